"""Ridge regression on random features phi(g w.x)/sqrt(h), whose kernel is a mean over h of them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import linalg

from fieldtheory.array_types import Floats

_BLOCK = 4096  # features at once
_WELL_POSED = 1e-8  # of the trace: with less ridge, the kernel matrix would lose half of the digits


def feature_outputs(
    function: Callable[[Floats], Floats],
    weights: Floats,
    train: Floats,
    labels: Floats,
    test: Floats,
    ridge: float,
) -> tuple[Floats, Floats]:
    """f at the training and at the test points; `weights`: g w of each feature, (d, h).

    f is k(x)^T (K_h + ridge)^-1 y, K_h = (1/h) sum of phi phi'; of the least norm where the ridge is 0.

    >>> fit, other = feature_outputs(np.sign, np.ones((1, 3)), np.eye(1), np.ones(1), -np.eye(1), 1.0)
    >>> fit.round(12).tolist(), other.round(12).tolist()
    ([0.5], [-0.5])
    """
    width, number = weights.shape[1], len(train)

    def features(points: Floats, part: slice = slice(None)) -> Floats:
        return function(points @ weights[:, part]) / math.sqrt(width)

    if ridge and width > number:
        parts = [slice(start, start + _BLOCK) for start in range(0, width, _BLOCK)]
        kernel, predicted = np.zeros((number, number)), np.zeros(len(test))
        for part in parts:
            z = features(train, part)
            kernel += z @ z.T
        if ridge > _WELL_POSED * np.trace(kernel):
            dual = _ridge_solve(kernel, ridge, labels)
            for part in parts:
                predicted += features(test, part) @ (features(train, part).T @ dual)
            return labels - ridge * dual, predicted
    z = features(train)
    if width <= number and ridge > _WELL_POSED * np.vdot(z, z):
        readout = _ridge_solve(z.T @ z, ridge, z.T @ labels)
    else:
        readout = _by_singular_values(z, ridge, labels)
    return z @ readout, features(test) @ readout


def _ridge_solve(matrix: Floats, ridge: float, right: Floats) -> Floats:
    matrix[np.diag_indices_from(matrix)] += ridge
    found: Floats = linalg.cho_solve(linalg.cho_factor(matrix, overwrite_a=True), right)
    return found


def _by_singular_values(features: Floats, ridge: float, labels: Floats) -> Floats:
    """The readout; singular values that are rounding count as 0."""
    left, values, right = np.linalg.svd(features, full_matrices=False)
    kept = values > np.finfo(float).eps * max(features.shape) * values[0]
    values = values[kept]
    found: Floats = right[kept].T @ (values / (values**2 + ridge) * (left[:, kept].T @ labels))
    return found
