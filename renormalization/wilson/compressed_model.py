r"""Kernel regression with a truncated kernel and a renormalised ridge, with as many unknowns as modes.

f(x) = sum_{l<=Lambda,m} sqrt(lambda_l) Y_lm(x) w_lm, w = (A^T A + s)^{-1} A^T y with A = Y sqrt(lambda) on
the data: n M^2 operations for M modes instead of n^3. Where M exceeds n the same predictor comes from the n x
n matrix of K_<, whose entries the addition theorem gives.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.arguments import require_variance
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.drawing import plot
from fieldtheory.references import COHEN_MALKA_RINGEL, HOWARD
from fieldtheory.spectrum import Spectrum
from fieldtheory.sphere.harmonic_features import count_harmonics, harmonic_features
from renormalization.wilson.truncation import harmonic_kernel

_ROWS = 4096  # of test points at a time


@dataclass(eq=False)
class CompressedModel:
    """Regression with the degrees l <= cutoff of a spectrum; made by `WilsonFlow.compressed_model`.

    `ridge`: added as K_< + ridge I. `modes`: number of harmonics kept. `predicted_error`, `full_error`:
    errors <||f - g||^2> that the flow predicts for this model and for the full kernel, None without a target.
    ValueError for a spectrum without a dim.

    >>> model = CompressedModel(Spectrum.from_arrays([1.0, 0.5], [1, 2], dim=2), cutoff=1, ridge=0.1)
    >>> model.modes
    3
    """

    spectrum: Spectrum
    cutoff: int
    ridge: float
    predicted_error: float | None = None
    full_error: float | None = None
    _weights: Floats | None = field(default=None, init=False, repr=False)
    _points: Floats | None = field(default=None, init=False, repr=False)

    plot = plot

    def __post_init__(self) -> None:
        self.spectrum.require_dim("a model on the sphere")
        self.ridge = require_variance("ridge", self.ridge)
        self.spectrum = self.spectrum.truncate(self.cutoff)
        self.kernel = harmonic_kernel(self.spectrum, self.cutoff)

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return HOWARD, COHEN_MALKA_RINGEL

    @property
    def dim(self) -> int:
        """Number of coordinates of a point."""
        return self.spectrum.require_dim("a model on the sphere")

    @property
    def modes(self) -> int:
        """Harmonics of degrees 0 to cutoff."""
        return count_harmonics(self.cutoff, self.dim)

    @property
    def predicted_loss(self) -> float:
        """Predicted error of this model minus that of the full kernel; ValueError without a target."""
        if self.predicted_error is None or self.full_error is None:
            raise ValueError("target must be given to the flow for a predicted loss (got None)")
        return self.predicted_error - self.full_error

    def fit(self, X: ArrayLike, y: ArrayLike) -> CompressedModel:
        """Fit labels y, shape (n,) or (n, outputs), at unit rows X, shape (n, dim); returns itself.

        ValueError for points that are not on the unit sphere (to 1e-8), labels of another length, or where
        ridge 0 leaves a singular matrix.
        """
        from scipy.linalg import LinAlgError, cho_factor, cho_solve

        points = self._checked(X)
        labels = require_reals("y", y)
        if labels.ndim not in (1, 2) or len(labels) != len(points):
            raise ValueError(f"y must hold {len(points)} finite labels, as X (got shape {labels.shape})")
        if self.modes < len(points):
            features = self._features(points)
            matrix, right = features.T @ features, features.T @ labels
            self._points = None
        else:
            matrix, right = self.kernel(np.clip(points @ points.T, -1.0, 1.0)), labels
            self._points = points
        matrix[np.diag_indices_from(matrix)] += self.ridge
        try:
            self._weights = cho_solve(cho_factor(matrix, lower=True, overwrite_a=True), right)
        except LinAlgError:
            raise ValueError(f"ridge must be larger for these points (got {self.ridge:g})") from None
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """The posterior mean at unit rows X, shape (len(X),) or (len(X), outputs).

        ValueError before `fit`, and for points as there.
        """
        if self._weights is None:
            raise ValueError("model must be fitted before it predicts: call fit(X, y)")
        points = self._checked(X)
        parts: list[Any] = [np.empty((0, *self._weights.shape[1:]))]
        for start in range(0, len(points), _ROWS):
            part = points[start : start + _ROWS]
            if self._points is None:
                row = self._features(part)
            else:
                row = self.kernel(np.clip(part @ self._points.T, -1.0, 1.0))
            parts.append(row @ self._weights)
        return np.asarray(np.concatenate(parts))

    def _features(self, points: Floats) -> Floats:
        """sqrt(lambda_l) Y_lm at the points."""
        roots = np.repeat(np.sqrt(self.spectrum.eigenvalues), self.spectrum.exact_multiplicities)
        return np.asarray(harmonic_features(points, self.cutoff) * roots)

    def _checked(self, X: ArrayLike) -> Floats:
        points = require_reals("X", X)
        if points.ndim != 2 or points.shape[1] != self.dim:
            raise ValueError(f"X must have shape (n, {self.dim}) (got {points.shape})")
        off = np.abs(np.einsum("nd,nd->n", points, points) - 1).max(initial=0.0)
        if not off < 1e-8:
            raise ValueError(f"X must have rows of unit norm (got a squared norm that is off by {off:.2g})")
        return points
