"""The base classes of scikit-learn, or a line that says what installs it."""

from __future__ import annotations

try:
    from sklearn.base import BaseEstimator, OneToOneFeatureMixin, RegressorMixin, TransformerMixin
    from sklearn.gaussian_process.kernels import Hyperparameter, Kernel
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise ImportError(
        'fieldtheory.sklearn needs scikit-learn: pip install "deep-fieldtheory[sklearn]"'
    ) from error

__all__ = [
    "BaseEstimator",
    "Hyperparameter",
    "Kernel",
    "OneToOneFeatureMixin",
    "RegressorMixin",
    "TransformerMixin",
    "check_is_fitted",
    "validate_data",
]
