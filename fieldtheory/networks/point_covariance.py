r"""Covariances of random networks at any points, layer by layer: K_0 = b + w s x.y, K_h = b + w E[phi phi'].

The recursion of `fieldtheory.networks.layers` on the sphere, here for points whose norms differ.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.unequal_variances import cross_averages, mean_squares
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.networks.zonal_kernel import SIX_DIGITS


class PointCovariance(NamedTuple):
    """Cov(h(x_i), h(y_j)) of a layer, the variances of h(x_i) and of h(y_j), a bound on relative errors."""

    values: Floats
    first: Floats
    second: Floats
    error: float = 0.0

    def after(self, phi: Activation, weight: float, bias: float) -> PointCovariance:
        """That of the next layer, b + w E[phi phi'].

        >>> from fieldtheory import activation
        >>> below = PointCovariance(np.array([[2.0]]), np.array([2.0]), np.array([2.0]))
        >>> below.after(activation("relu"), 2.0, 0.5).values.tolist()
        [[2.5]]
        """
        found = cross_averages(phi, self.values, self.first, self.second)
        first = bias + weight * mean_squares(phi, self.first)
        second = first if self.second is self.first else bias + weight * mean_squares(phi, self.second)
        values = bias + weight * found.values
        if self.second is self.first:
            values = _symmetric(values, first)
        return PointCovariance(values, first, second, self.error + found.error)


def layer_covariance(activation: Activation, covariance: Floats) -> Floats:
    """The matrix E[phi phi^T] over h ~ N(0, covariance).

    >>> from fieldtheory import activation
    >>> layer_covariance(activation("relu"), np.diag([2.0, 8.0])).round(6).tolist()
    [[1.0, 0.63662], [0.63662, 4.0]]
    """
    variances = np.diag(covariance)
    return PointCovariance(covariance, variances, variances).after(activation, 1.0, 0.0).values


def _symmetric(values: Floats, diagonal: Floats) -> Floats:
    """Without the rounding that would tell a matrix from its transpose."""
    values = (values + values.T) / 2
    np.fill_diagonal(values, diagonal)
    return values


def points(name: str, given: Any) -> Floats:
    """Points, one a row, as float64; ValueError for other shapes and for none.

    >>> points("X", [[1, 2]])
    array([[1., 2.]])
    """
    found = require_reals(name, given, what="finite numbers, one point a row")
    if found.ndim != 2 or not found.size:
        raise ValueError(f"{name} must be a matrix with one point in each row (got shape {found.shape})")
    return found


def input_covariance(X: Any, Y: Any, slope: float, bias: float) -> PointCovariance:
    """b + w s x.y of the points, `slope` = w s; `Y` None: of X with itself.

    >>> input_covariance([[3.0, 4.0]], None, 2.0, 1.0).values.tolist()
    [[51.0]]
    """
    x = points("X", X)
    y = x if Y is None else points("Y", Y)
    if x.shape[1] != y.shape[1]:
        raise ValueError(
            f"Y must have points in {x.shape[1]} dimensions, as X has (got {y.shape[1]} dimensions)"
        )
    require_budget(
        f"a covariance of {len(x)} x {len(y)} points",
        seconds=1e-6 * len(x) * len(y),
        memory=48.0 * len(x) * len(y),
        smaller="the number of points",
    )
    with np.errstate(over="ignore"):
        first = bias + slope * np.einsum("nd,nd->n", x, x)
        second = first if y is x else bias + slope * np.einsum("nd,nd->n", y, y)
        values = bias + slope * (x @ y.T)
    if y is x:
        values = _symmetric(values, first)
    if not all(np.isfinite(each).all() for each in (first, second, values)):
        raise ValueError(f"X must have points whose squares are floats (got {np.abs(x).max():.3g})")
    return PointCovariance(values, first, second)


def prior_covariances(
    phi: Activation, X: Any, Y: Any, weights: Sequence[float], bias: float, scale: float
) -> list[PointCovariance]:
    """Those of all layers, the first pre-activations first and the outputs last."""
    found = [input_covariance(X, Y, weights[0] * scale, bias)]
    for weight in weights[1:]:
        found.append(found[-1].after(phi, weight, bias))
    if found[-1].error > SIX_DIGITS:
        warnings.warn(
            f"averages of {phi.name} over points of different norms are known to {found[-1].error:.0e} only "
            "(kinks or jumps away from 0, or a steep activation?)",
            UserWarning,
            stacklevel=3,
        )
    return found
