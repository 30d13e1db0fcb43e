"""Mean and covariance of Gaussian numbers that a user gives."""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats

_ROUNDING = 1e-9  # of correlations: by how much a matrix may miss its symmetry and positivity
LARGEST = 1e100  # of means and covariances: products of a few are floats


def require_gaussian(mean: Any, covariance: Any) -> tuple[Floats, Floats]:
    """Mean, shape (n,), and covariance, (n, n), as float64; ValueError unless Gaussian numbers have them.

    Symmetric and positive semidefinite to rounding: neurons may be deterministic, and equal to each other.

    >>> require_gaussian([1, 2], [[1, 0], [0, 0]])[1].tolist()
    [[1.0, 0.0], [0.0, 0.0]]
    """
    average = require_reals("mean", mean, axes=1, what="real numbers, one for each neuron")
    if not len(average):
        raise ValueError("mean must have at least one neuron (got none)")
    found = require_reals("covariance", covariance, axes=2, what="a matrix of real numbers")
    if found.shape != (len(average), len(average)):
        raise ValueError(
            f"covariance must have shape {(len(average), len(average))}, as mean has {len(average)} entries "
            f"(got shape {found.shape})"
        )
    for name, values in (("mean", average), ("covariance", found)):
        if np.abs(values).max() > LARGEST:
            raise ValueError(f"{name} must be at most {LARGEST:g} (got {np.abs(values).max():g})")
    variances = np.diag(found)
    if (variances < 0).any():
        a = int(np.argmin(variances))
        raise ValueError(f"covariance must have no negative variance (got {variances[a]:g} for neuron {a})")
    spread = np.sqrt(variances)
    scale = np.outer(spread, spread)
    askew = np.abs(found - found.T) > _ROUNDING * scale
    if askew.any():
        a, b = np.argwhere(askew)[0].tolist()
        raise ValueError(
            f"covariance must be symmetric (got {found[a, b]:.6g} at {a}, {b} and {found[b, a]:.6g} at {b}, "
            f"{a}); take (covariance + covariance.T)/2"
        )
    found = (found + found.T) / 2
    beyond = np.abs(found) > scale * (1 + _ROUNDING)
    if beyond.any():
        a, b = np.argwhere(beyond)[0].tolist()
        raise ValueError(
            f"covariance must have correlations from -1 to 1 (got {found[a, b]:.6g} at {a}, {b}, where the "
            f"variances allow {scale[a, b]:.6g})"
        )
    correlation = np.divide(found, scale, out=np.zeros_like(found), where=scale > 0)
    correlation[np.diag_indices_from(correlation)] += _ROUNDING * len(average)
    try:
        np.linalg.cholesky(correlation)  # in a fifth of the time that eigenvalues take
    except np.linalg.LinAlgError:
        lowest = float(np.linalg.eigvalsh(correlation)[0]) - _ROUNDING * len(average)
        raise ValueError(
            f"covariance must have no negative eigenvalue (got correlations with the eigenvalue {lowest:.3g})"
        ) from None
    return average, found
