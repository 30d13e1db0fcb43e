r"""Quadratures for averages over one Gaussian number, and over two correlated ones.

The flow in depth needs E[phi^2] at many variances and, at finite width, E[phi^4], derivatives of E[phi phi']
with respect to the covariance of its arguments, and E[phi phi phi phi]: quadratures on the real line and, for
two inputs, in the plane; for more inputs products of rules on half-lines (`half_line_quadrature`). Panels
meet where activations have their kinks: at 0, or on the lines u = 0, v = 0.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Floats

_REACH = 13.0  # standard deviations: what is beyond has weight 1e-37
_STEEPEST = 2.0**-10  # width of the first panel: activations may vary that fast at 0


class PlaneQuadrature(NamedTuple):
    """Nodes, shape (q, 2), and weights for averages over two Gaussian numbers of a given covariance."""

    nodes: Floats
    weights: Floats


@lru_cache(maxsize=2)
def line_quadrature(points: int = 16) -> tuple[Floats, Floats]:
    """Nodes and weights of a standard normal average: panels that shrink towards 0, from both sides.

    `points`: nodes of a panel.

    >>> z, weights = line_quadrature()
    >>> round(float(weights @ z**4), 13)
    3.0
    """
    z, width = _graded_panels(_REACH, points)
    weights = width * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return _frozen(np.concatenate([-z[::-1], z]), np.concatenate([weights[::-1], weights]))


@lru_cache(maxsize=4)
def half_line_quadrature(points: int) -> tuple[Floats, Floats]:
    """Gauss nodes and weights of a standard normal average over z > 0: exact for powers below 2 `points`.

    From the recurrence of the orthogonal polynomials, found on the nodes of `line_quadrature`.

    >>> z, weights = half_line_quadrature(8)
    >>> round(float(weights @ z**4), 13)
    1.5
    """
    z, weights = line_quadrature()
    z, weights = z[z > 0], weights[z > 0]
    basis = np.empty((points, len(z)))
    basis[0] = np.sqrt(weights / weights.sum())
    jacobi = np.zeros((points, points))
    for k in range(points):
        raised = z * basis[k]
        jacobi[k, k] = raised @ basis[k]
        for _ in range(2):  # twice is enough for orthogonality to rounding
            raised = raised - (basis[: k + 1] @ raised) @ basis[: k + 1]
        if k + 1 < points:
            length = float(np.linalg.norm(raised))
            jacobi[k, k + 1] = jacobi[k + 1, k] = length
            basis[k + 1] = raised / length
    nodes, vectors = np.linalg.eigh(jacobi)
    return _frozen(nodes.astype(np.float64), (weights.sum() * vectors[0] ** 2).astype(np.float64))


def plane_quadrature(covariance: Floats) -> PlaneQuadrature:
    """Nodes and weights of an average over Gaussian (u, v) with this 2 x 2 covariance.

    In polar coordinates of independent normal numbers u = 0 and v = 0 are lines of constant angle, at which
    panels meet: exact for kinked activations too.

    >>> nodes, weights = plane_quadrature(np.array([[1.0, 0.5], [0.5, 1.0]]))
    >>> round(float(weights @ (nodes[:, 0] * nodes[:, 1])), 12)
    0.5
    """
    first, second = math.sqrt(covariance[0, 0]), math.sqrt(covariance[1, 1])
    correlation = min(max(covariance[0, 1] / (first * second), -1.0), 1.0)
    turn = math.acos(correlation)
    kinks = np.sort(
        np.mod([math.pi / 2, 3 * math.pi / 2, turn + math.pi / 2, turn - math.pi / 2], 2 * math.pi)
    )
    starts, ends = kinks, np.append(kinks[1:], kinks[0] + 2 * math.pi)
    angles, angle_weights = [], []
    unit, unit_weights = _UNIT_ARC
    for start, end in zip(starts, ends, strict=True):
        if end > start:
            angles.append(start + (end - start) * unit)
            angle_weights.append((end - start) * unit_weights)
    angle, angle_weight = np.concatenate(angles), np.concatenate(angle_weights) / (2 * math.pi)
    r, radial = _RADIAL
    nodes = np.stack(
        [first * np.outer(r, np.cos(angle)), second * np.outer(r, np.cos(angle - turn))], axis=-1
    )
    return PlaneQuadrature(nodes.reshape(-1, 2), np.outer(radial, angle_weight).ravel())


def _graded_panels(reach: float, points: int) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights on [0, reach]: panels of at most 1/2, ever smaller towards 0."""
    edges = [0.0, _STEEPEST]
    while edges[-1] < 0.5:
        edges.append(2 * edges[-1])
    edges = [*edges, *np.linspace(0.5, reach, math.ceil(2 * (reach - 0.5)) + 1)[1:]]
    return _panels(np.array(edges), points)


def _panels(edges: Floats, points: int) -> tuple[Floats, Floats]:
    x, w = np.polynomial.legendre.leggauss(points)
    widths = np.diff(edges)
    nodes = edges[:-1, None] + widths[:, None] * (1 + x) / 2
    return nodes.ravel(), (widths[:, None] * w / 2).ravel()


def _frozen(nodes: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """The same arrays, read-only, since every caller gets them."""
    for each in (nodes, weights):
        each.setflags(write=False)
    return nodes, weights


def _radial() -> tuple[Floats, Floats]:
    r, w = _panels(np.array([0.0, 0.02, 0.1, 0.4, *np.arange(1.0, 11.5, 0.75)]), 14)
    return r, w * r * np.exp(-(r**2) / 2)


def _unit_arc() -> tuple[Floats, Floats]:
    half = np.array([0.0, 0.03, 0.1, 0.25, 0.5])
    return _panels(np.concatenate([half, 1 - half[-2::-1]]), 14)


_RADIAL = _frozen(*_radial())
_UNIT_ARC = _frozen(*_unit_arc())
