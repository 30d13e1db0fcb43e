r"""Covariance of any function of two Gaussian numbers by quadrature in the plane.

y = n + t (r z + q w) for x = m + s z and an independent w: the inner average over w has panels that end where
phi has its kinks in y, the outer one where it has them in x and, smoothed, in n + t r z.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from fieldtheory.activations.moments import Function
from fieldtheory.array_types import Floats
from fieldtheory.moments.neuron_series import REACH, line_nodes
from fieldtheory.moments.resolved_panels import POINTS

_COARSE = 11  # points of a panel whose result says how good that of POINTS is
_ROWS = 64  # of outer nodes at a time
_ROUNDING = 4e-15  # relative to the standard deviations


class PlanePair(NamedTuple):
    """The covariance, and by how much it may be wrong."""

    covariance: float
    error: float


class Neuron(NamedTuple):
    """A Gaussian number, and mean and standard deviation of phi of it."""

    mean: float
    spread: float
    average: float
    deviation: float


def plane_pair(function: Function, edges: Floats, x: Neuron, y: Neuron, r: float, q: float) -> PlanePair:
    """Cov(phi(x), phi(y)) at correlation r, q = sqrt(1 - r^2); `edges`: panels on which phi is smooth.

    >>> one = Neuron(0.0, 1.0, 0.0, 1.0)
    >>> found = plane_pair(lambda x: x, np.array([0.0]), one, one, 0.25, math.sqrt(1 - 0.25**2))
    >>> round(found.covariance, 13), found.error < 1e-12
    (0.25, True)
    """
    fine, coarse = (_average(function, edges, x, y, r, q, points) for points in (POINTS, _COARSE))
    return PlanePair(fine, abs(fine - coarse) + _ROUNDING * x.deviation * y.deviation)


def _average(
    function: Function, edges: Floats, x: Neuron, y: Neuron, r: float, q: float, points: int
) -> float:
    kinks = [(edges - x.mean) / x.spread]
    if abs(r) > 1e-8:
        kinks.append((edges - y.mean) / (y.spread * r))
    z, outer = line_nodes(np.concatenate(kinks), points=points)
    outer = outer * (function(x.mean + x.spread * z) - x.average)
    if q == 0:
        return float(outer @ (function(y.mean + y.spread * r * z) - y.average))
    nodes, weights = np.polynomial.legendre.leggauss(points)
    grid = np.arange(-REACH, REACH + 0.25, 0.5)
    total = 0.0
    for start in range(0, len(z), _ROWS):
        centre = y.mean + y.spread * r * z[start : start + _ROWS, None]
        inner = np.clip((edges - centre) / (y.spread * q), -REACH, REACH)
        always = np.broadcast_to(grid, (len(centre), len(grid)))
        ends = np.sort(np.concatenate([always, inner], axis=1), axis=1)
        lengths = np.diff(ends, axis=1)[:, :, None]
        w = ends[:, :-1, None] + lengths * (1 + nodes) / 2
        density = lengths * weights / 2 * np.exp(-(w**2) / 2) / math.sqrt(2 * math.pi)
        values = function(centre[:, :, None] + y.spread * q * w) - y.average
        total += float(outer[start : start + _ROWS] @ (density * values).sum(axis=(1, 2)))
    return total
