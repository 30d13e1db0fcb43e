r"""E[phi(h_a) phi(h_b)] for jointly Gaussian h of any covariance: a layer at points of any norms."""

from __future__ import annotations

import numpy as np

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.gaussian_averages import line_quadrature, plane_quadrature
from fieldtheory.activations.moments import Pair
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted

_EQUAL = 1e-13  # relative spread of variances that counts as rounding
_SECONDS = 4e-3  # of a quadrature in the plane


def layer_covariance(activation: Activation, covariance: Floats) -> Floats:
    """The matrix E[phi phi^T] over h ~ N(0, covariance).

    Equal variances, and powers on either side of 0 at any variances, take the activation's own averages;
    other pairs a quadrature in the plane.

    >>> from fieldtheory import activation
    >>> layer_covariance(activation("relu"), np.diag([2.0, 8.0])).round(6).tolist()
    [[1.0, 0.63662], [0.63662, 4.0]]
    """
    variances = np.diag(covariance)
    scales = np.sqrt(variances)
    rays = activation.rays
    if rays is not None:
        power = scales**rays.power
        safe = np.where(scales > 0, scales, 1.0)
        return np.outer(power, power) * _equal(activation, covariance / np.outer(safe, safe), 1.0)
    if np.ptp(variances) <= _EQUAL * variances.max(initial=0):
        return _equal(activation, covariance, float(variances.max(initial=0)))
    return _pairs(activation, covariance)


def _equal(activation: Activation, covariance: Floats, variance: float) -> Floats:
    inside = np.clip(covariance, -variance, variance)  # rounding of products may leave the range
    np.fill_diagonal(inside, variance)
    return activation.layer(Pair(inside, variance - inside, variance)).covariance


def _pairs(activation: Activation, covariance: Floats) -> Floats:
    phi, points = activation.require_function("averages over points of different norms"), len(covariance)
    pairs = points * (points - 1) // 2
    require_budget(
        f"averages over pairs of {counted(points, 'point')}",
        seconds=_SECONDS * pairs,
        smaller="the number of points, or give them one norm",
    )
    scales = np.sqrt(np.diag(covariance))
    z, weights = line_quadrature()
    line = phi(z[:, None] * scales)
    found = np.empty_like(covariance)
    for a in range(points):
        found[a, a] = weights @ line[:, a] ** 2
        for b in range(a):
            if scales[a] * scales[b] == 0:
                found[a, b] = (weights @ line[:, a]) * (weights @ line[:, b])
            else:
                nodes, plane = plane_quadrature(covariance[np.ix_([a, b], [a, b])])
                found[a, b] = plane @ np.prod(phi(nodes), axis=1)
            found[b, a] = found[a, b]
    return found
