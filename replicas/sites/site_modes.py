"""Modes of a data set: eigenvectors of its kernel matrix, as labels and as what coefficients belong to."""

from __future__ import annotations

import numpy as np

from fieldtheory.array_types import Floats
from replicas.sites.copies import Sites


def mode_labels(sites: Sites) -> Floats:
    """Labels of unit mean square in each mode of K/M, the largest eigenvalue first: shape (sites, rank).

    Off the points that are drawn they go on as the kernel does.
    """
    weighted = sites.features * np.sqrt(sites.counts)[:, None]
    inner = weighted.T @ weighted
    scales = inner.diagonal().copy()
    inner.flat[:: len(inner) + 1] = 0.0
    if np.abs(inner).max(initial=0.0) <= 1e-12 * scales.max():  # the columns are modes as they are
        order = np.argsort(-scales, kind="stable")
        vectors = sites.features[:, order]
    else:
        inner.flat[:: len(inner) + 1] = scales
        scales, turn = np.linalg.eigh(inner)
        order = np.argsort(-scales, kind="stable")
        vectors = sites.features @ turn[:, order]
    found: Floats = vectors * np.sqrt(sites.points / np.maximum(scales[order], np.finfo(float).tiny))
    return found


def rank_of(features: Floats, rounding: float) -> int:
    """The number of eigenvalues of features features^T that can be told from zero."""
    scales = np.linalg.eigvalsh(features.T @ features)
    return int((scales > len(features) * rounding * scales.max(initial=0.0)).sum())
