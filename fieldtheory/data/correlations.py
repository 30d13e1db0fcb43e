"""Correlation matrices that a user gives, and Gaussian numbers drawn from them."""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.one_thread import one_blas_thread

_ROUNDING = 1e-12  # by how much a matrix may miss its diagonal, its symmetry and its positivity


def require_correlation(name: str, value: Any) -> Floats:
    """Numbers from -1 to 1, to rounding, as float64 of any shape; ValueError else.

    >>> require_correlation("rho", [0.5, -1 - 1e-15])
    array([ 0.5, -1. ])
    """
    found = require_reals(name, value)
    beyond = np.abs(found) > 1 + _ROUNDING
    if beyond.any():
        raise ValueError(f"{name} must be from -1 to 1 (got {found[beyond][0]:.9g})")
    return np.clip(found, -1.0, 1.0)  # rounding only, as checked


def require_correlations(name: str, value: Any, *, stacked: bool = False) -> Floats:
    """A matrix of correlations as float64, shape (k, k), or a stack of them, (..., k, k); ValueError else.

    Symmetric, with 1 on the diagonal and no negative eigenvalue, to 1e-12; sites that coincide have the
    correlation 1.

    >>> require_correlations("correlations", [[1, 0.5], [0.5, 1]]).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    found = require_reals(name, value)
    if found.ndim < 2 or (found.ndim > 2 and not stacked) or found.shape[-1] != found.shape[-2]:
        stack = ", or a stack of them" if stacked else ""
        raise ValueError(f"{name} must be a square matrix{stack} (got shape {found.shape})")
    if not found.size:
        raise ValueError(f"{name} must be of one site or more (got shape {found.shape})")
    diagonal = np.diagonal(found, axis1=-2, axis2=-1)
    if not (np.abs(diagonal - 1) <= _ROUNDING).all():
        odd = diagonal[np.abs(diagonal - 1) > _ROUNDING][0]
        raise ValueError(
            f"{name} must have 1 on the diagonal (got {odd:.9g}); divide a covariance by the deviations, "
            "C/np.sqrt(np.outer(np.diag(C), np.diag(C)))"
        )
    turned = np.swapaxes(found, -1, -2)
    askew = np.abs(found - turned) > _ROUNDING
    if askew.any():
        raise ValueError(
            f"{name} must be symmetric (got {found[askew][0]:.9g} and {turned[askew][0]:.9g} for one pair)"
        )
    found = require_correlation(name, (found + turned) / 2)
    lowest = float(np.linalg.eigvalsh(found)[..., 0].min())
    if lowest < -_ROUNDING * found.shape[-1]:
        raise ValueError(f"{name} must have no negative eigenvalue (got {lowest:.3g})")
    places = np.arange(found.shape[-1])
    found[..., places, places] = 1.0
    return found


def draw_gaussian(covariance: Floats, samples: int, seed: int) -> Floats:
    """Gaussian numbers of mean 0 and this covariance, shape (samples, sites).

    >>> draw_gaussian(np.ones((2, 2)), 3, 0).round(3).tolist()
    [[-0.005, -0.005], [0.527, 0.527], [-0.123, -0.123]]
    """
    with one_blas_thread():
        values, vectors = np.linalg.eigh(covariance)
        # the symmetric root, which does not depend on signs of eigenvectors; below 0 they are by rounding
        root = vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
        found: Floats = np.random.default_rng(seed).standard_normal((samples, len(values))) @ root
    return found
