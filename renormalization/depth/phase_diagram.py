"""The phases of the flow in depth over weight and bias variance."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import ArrayLike

from fieldtheory.activations.activation import Activation, ActivationLike
from fieldtheory.activations.hermite import MAX_TERMS, hermite_series
from fieldtheory.activations.kinks import quadrature_activation
from fieldtheory.activations.moments import Moments, Pair, Top
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.drawing import plot
from fieldtheory.references import POOLE, SCHOENHOLZ
from fieldtheory.shown_value import shown
from renormalization.depth.fixed_points import (
    MARGIN,
    correlation_fixed_point,
    correlation_slope,
    decay_length,
    slope_at_zero,
    variance_fixed_point,
)

_LARGE = 1e10  # stands for a variance without bound
_NODES = 48  # of the interpolation in log q, for activations without a closed form


@dataclass(frozen=True, eq=False)
class PhaseDiagram:
    """Over a grid: rows go with `bias_variance`, columns with `weight_variance`.

    `fixed_point` q*, `chi_1`, `correlation_depth`: shape (bias variances, weight variances). Where the
    variance grows without bound (relu beyond weight variance 2) q* and the depth are inf, chi_1 its limit.
    """

    activation: str
    weight_variance: Floats
    bias_variance: Floats
    fixed_point: Floats
    chi_1: Floats
    correlation_depth: Floats

    plot = plot

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return POOLE, SCHOENHOLZ

    def __repr__(self) -> str:
        weight, bias = self.weight_variance, self.bias_variance
        return (
            f"PhaseDiagram({self.activation}, {len(weight)} weight variances {weight[0]:g} ... "
            f"{weight[-1]:g}, {len(bias)} bias variances {bias[0]:g} ... {bias[-1]:g})"
        )


def phase_diagram(
    activation: ActivationLike, weight_variance: ArrayLike, bias_variance: ArrayLike
) -> PhaseDiagram:
    """Fixed point, chi_1 and correlation depth over a grid of weight variances and bias variances.

    Exact cell by cell for closed forms; for others (tanh) the Gaussian averages are interpolated in the
    variance, to about 1e-8. ValueError for grids that do not increase and variances out of range.

    Equation: depth-recursion, depth-exponents

    >>> found = phase_diagram("erf", [0.5, 1.5], [0.01, 0.1])
    >>> found.chi_1.shape, bool(found.chi_1[0, 0] < 1 < found.chi_1[0, 1])
    ((2, 2), True)
    """
    weights, biases = _grid("weight_variance", weight_variance), _grid("bias_variance", bias_variance)
    if weights[0] <= 0:
        raise ValueError(f"weight_variance must be greater than 0 (got {weights[0]})")
    if biases[0] < 0:
        raise ValueError(f"bias_variance must be at least 0 (got {biases[0]})")
    phi = quadrature_activation(activation)
    stars = np.array([[variance_fixed_point(phi, w, b) for w in weights] for b in biases])
    averages = phi
    if phi.formula is None and phi.function is not None:
        positive = stars[np.isfinite(stars) & (stars > 0)]
        if positive.size:
            averages = _tabulated(phi, float(positive.min()), float(positive.max()))
    chi, depth = np.empty_like(stars), np.empty_like(stars)
    for (row, column), q in np.ndenumerate(stars):
        w, b = float(weights[column]), float(biases[row])
        if math.isinf(q):
            chi[row, column], depth[row, column] = w * phi.slope_square(_LARGE), math.inf
            continue
        slope = multiplier = w * (averages.slope_square(q) if q > 0 else slope_at_zero(phi))
        if slope > 1 + MARGIN and q > 0:
            c = correlation_fixed_point(averages, w, b, q)
            multiplier = correlation_slope(averages, w, q, c)
        chi[row, column], depth[row, column] = slope, decay_length(multiplier)
    return PhaseDiagram(phi.name, weights, biases, stars, chi, depth)


def _grid(name: str, values: ArrayLike) -> Floats:
    found = require_reals(name, values, what="an increasing list of numbers")
    if found.ndim != 1 or not len(found) or (np.diff(found) <= 0).any():
        raise ValueError(f"{name} must be an increasing list of numbers (got {shown(values)})")
    return found


def _tabulated(phi: Activation, low: float, high: float) -> Activation:
    """The same, its Hermite series interpolated in log q between Chebyshev nodes."""
    assert phi.function is not None
    middle, half = math.log(low * high) / 2, max(math.log(high / low) / 2, 1e-3) * 1.001
    nodes = chebyshev.chebpts1(_NODES)
    rows = []
    for q in np.exp(middle + half * nodes).tolist():
        found = hermite_series(phi.function, q)
        squares = np.pad(found.squares, (0, MAX_TERMS - len(found.squares)))
        rows.append([found.top.variance / q, found.top.derivative, *(squares / q)])
    coefficients = chebyshev.chebfit(nodes, np.array(rows), _NODES - 1)

    @lru_cache(maxsize=4096)
    def at(variance: float) -> Floats:
        x = (math.log(variance) - middle) / half
        return np.asarray(chebyshev.chebval(x, coefficients), dtype=np.float64)

    def top(variance: float) -> Top:
        return Top(variance * float(at(variance)[0]), float(at(variance)[1]))

    def layer(pair: Pair) -> Moments:
        q = pair.variance
        squares = q * at(q)[2:]
        rho, drop = pair.covariance / q, pair.deficit / q
        rest = np.cumsum(squares[::-1])[::-1][1:]
        slope = np.arange(1, len(squares)) * squares[1:] / q
        powers = rho[..., None] ** np.arange(len(squares))
        missing = top(q).variance - float(squares.sum())
        covariance, deficit = powers @ squares, drop * (powers[..., :-1] @ rest) + missing
        return Moments(covariance, deficit, powers[..., :-1] @ slope)

    return replace(phi, top=top, layer=layer)
