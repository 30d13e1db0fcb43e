r"""E[phi(u) phi(v)] for Gaussian u, v whose variances differ, as those of inputs of different norms do.

For u = sqrt(q) z of variance q and v of variance q', correlation rho, phi(sqrt(q) z) = sum_n a_n(q) h_n(z):
E[phi(u) phi(v)] = sum_n a_n(q) a_n(q') rho^n (Mehler). Powers on either side of 0 scale; where neither helps,
steep functions and those with kinks, averages are quadratures in the plane.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.gaussian_averages import line_quadrature, plane_quadrature
from fieldtheory.activations.moments import Function, Pair
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget

_TERMS = 64, 256, 1024  # of a Hermite series: the first that are enough
_NODES, _WIDTH = 16, 0.25  # of a panel in z
_EQUAL = 1e-14  # relative spread of variances that are equal but for rounding
_ROUNDING = 4e-15  # of a sum of squares, relative
_PARALLEL = 4 * float(np.finfo(np.float64).eps)  # 1 - |rho| of inputs that are parallel but for rounding
_SAFETY = 3.0  # other correlations may be worse than equal inputs: by 2.2 for kinks away from 0
_SECONDS_PER_PAIR = 4e-3  # of a quadrature in the plane


class CrossAverages(NamedTuple):
    """E[phi(u_i) phi(v_j)], a matrix, and a bound on its error relative to the largest E[phi^2]."""

    values: Floats
    error: float


def cross_averages(phi: Activation, covariance: Floats, first: Floats, second: Floats) -> CrossAverages:
    """Averages over Gaussian u_i, v_j with Cov(u_i, v_j) = covariance[i, j] and these variances.

    ValueError where only averages at equal variances are known, and for values that are not finite.

    >>> from fieldtheory import activation
    >>> found = cross_averages(activation("relu"), np.array([[6.0]]), np.array([4.0]), np.array([9.0]))
    >>> found.values.round(12).tolist()  # parallel, of length 2 and 3: half of 6
    [[3.0]]
    """
    roots = np.sqrt(first)[:, None] * np.sqrt(second)
    rho = np.divide(covariance, roots, out=np.zeros_like(roots), where=roots > 0)
    rho = np.where(np.abs(rho) > 1 - _PARALLEL, np.sign(rho), rho)
    largest = float(max(first.max(), second.max()))
    if largest > 0 and min(first.min(), second.min()) >= (1 - _EQUAL) * largest:
        moments = phi.layer(Pair(largest * rho, largest * (1 - rho), largest))
        bound = phi.uncertainty(largest).covariance
        return CrossAverages(moments.covariance, bound / phi.top(largest).variance if bound else 0.0)
    if phi.cross is not None:
        return CrossAverages(phi.cross(covariance, first[:, None], second), 0.0)
    if phi.rays is not None:
        unit = phi.rays.covariance(Pair(rho, 1 - rho, 1.0))
        return CrossAverages(roots**phi.rays.power * unit, 0.0)
    function = phi.require_function("inputs of different norms")
    return _by_series(function, rho, first, second) or _by_quadrature(function, rho, first, second)


def mean_squares(phi: Activation, variances: Floats) -> Floats:
    """E[phi^2] at each of these variances.

    >>> from fieldtheory import activation
    >>> mean_squares(activation("relu"), np.array([2.0, 6.0]))
    array([1., 3.])
    """
    found, places = np.unique(variances, return_inverse=True)
    squares = [_at_zero(phi) ** 2 if q == 0 else phi.mean_square(q) for q in found.tolist()]
    return np.array(squares)[places]


def _at_zero(phi: Activation) -> float:
    return float(phi.require_function("inputs at the origin")(np.zeros(1))[0])


def _by_series(function: Function, rho: Floats, first: Floats, second: Floats) -> CrossAverages | None:
    """By Hermite series; None if no number of terms exhausts E[phi^2]."""
    variances, places = np.unique(np.concatenate([first, second]), return_inverse=True)
    for terms in _TERMS:
        z, weights, hermite = hermite_functions(terms)
        values = function(np.sqrt(variances)[:, None] * z)
        coefficients = (values * weights) @ hermite
        squares = values**2 @ (weights * hermite[:, 0])
        missing = float(np.abs(squares - (coefficients**2).sum(axis=1)).max())
        if missing <= _ROUNDING * float(squares.max()):
            rows, columns = coefficients[places[: len(first)]], coefficients[places[len(first) :]]
            total, product = np.zeros_like(rho), np.empty_like(rho)
            for n in range(terms - 1, -1, -1):  # Horner
                total *= rho
                total += np.multiply.outer(rows[:, n], columns[:, n], out=product)
            return CrossAverages(total, _ROUNDING)
    return None


@lru_cache(maxsize=3)
def hermite_functions(terms: int) -> tuple[Floats, Floats, Floats]:
    """Nodes z, weights, and h_n(z) times the Gaussian density over its own root, one n a column."""
    x, w = np.polynomial.legendre.leggauss(_NODES)
    edges = np.arange(-(2 * math.isqrt(terms) + 10), 2 * math.isqrt(terms) + 10 + _WIDTH / 2, _WIDTH)
    z = (edges[:-1, None] + _WIDTH * (1 + x) / 2).ravel()
    weights = np.tile(w * _WIDTH / 2, len(edges) - 1)
    envelope = np.exp(-(z**2) / 4) / (2 * math.pi) ** 0.25
    found = np.empty((len(z), terms))
    previous, current = np.zeros_like(z), envelope
    for n in range(terms):
        found[:, n] = current
        previous, current = current, (z * current - math.sqrt(n) * previous) / math.sqrt(n + 1)
    weights = weights * envelope  # of an average against h_n: density = envelope^2
    return z, weights, found


def _by_quadrature(function: Function, rho: Floats, first: Floats, second: Floats) -> CrossAverages:
    """In the plane, a pair of variances and its correlation at a time."""
    cells = np.stack(
        [np.broadcast_to(first[:, None], rho.shape), np.broadcast_to(second, rho.shape), rho], axis=-1
    ).reshape(-1, 3)
    cells[:, :2].sort(axis=1)
    different, places = np.unique(cells, axis=0, return_inverse=True)
    require_budget(
        f"a covariance of {rho.shape[0]} x {rho.shape[1]} points of different norms",
        seconds=_SECONDS_PER_PAIR * len(different),
        smaller="the number of points, or scale them to one norm",
    )
    found = np.array([_average(function, *cell) for cell in different.tolist()])
    # equal inputs have an accurate average of their own: what the plane makes of it says how good it is
    z, weights = line_quadrature()
    variances = np.unique(np.concatenate([first, second]))
    squares = np.array([weights @ function(math.sqrt(q) * z) ** 2 for q in variances.tolist()])
    some = np.unique(np.linspace(0, len(variances) - 1, 8).astype(int))
    in_plane = np.array([_average(function, q, q, 1.0) for q in variances[some].tolist()])
    error = float(np.abs(in_plane - squares[some]).max() / squares.max())
    return CrossAverages(found[places.ravel()].reshape(rho.shape), _SAFETY * error + _ROUNDING)


def _average(function: Function, first: float, second: float, rho: float) -> float:
    if first == 0 or second == 0:  # one of them is constant
        z, weights = line_quadrature()
        values = [weights @ function(math.sqrt(q) * z) for q in (first, second)]
        return float(values[0] * values[1])
    covariance = rho * math.sqrt(first * second)
    nodes, weights = plane_quadrature(np.array([[first, covariance], [covariance, second]]))
    return float(weights @ (function(nodes[:, 0]) * function(nodes[:, 1])))
