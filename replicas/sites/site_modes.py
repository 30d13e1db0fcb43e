"""The rank of a kernel matrix to rounding."""

from __future__ import annotations

import numpy as np

from fieldtheory.array_types import Floats


def rank_of(features: Floats, rounding: float) -> int:
    """The number of eigenvalues of features features^T that can be told from zero."""
    scales = np.linalg.eigvalsh(features.T @ features)
    return int((scales > len(features) * rounding * scales.max(initial=0.0)).sum())
