"""Derivatives of an activation as functions of float64 arrays, for gradients of networks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.array_function import ArrayFunction
from fieldtheory.activations.hermite import HermiteSum
from fieldtheory.activations.moments import Function
from fieldtheory.array_types import Floats

# phi^(k) ~ sum_j c_j phi(x + j h)/h^k, j = -3 ... 3: errors of order h^6, and rounding/h^k
_STENCILS = {
    1: (1e-2, np.array([-1, 9, -45, 0, 45, -9, 1]) / 60),
    2: (2e-2, np.array([2, -27, 270, -490, 270, -27, 2]) / 180),
}


@lru_cache(maxsize=64)
def activation_derivative(phi: Activation, order: int) -> Function:
    """phi', or phi'' for order 2, away from kinks and jumps; at a kink, one of the two sides or their mean.

    Of formulas in closed form; of other functions by differences of sixth order, to about 1e-10 where they
    are smooth. What sits on a kink or a jump itself, a delta function, is left out.

    >>> from fieldtheory.activations.by_name import activation
    >>> activation_derivative(activation("tanh"), 1)(np.array([0.0]))
    array([1.])
    >>> activation_derivative(activation("relu"), 1)(np.array([-2.0, 3.0])).tolist()
    [0.0, 1.0]
    """
    function = phi.require_function("a derivative")
    if phi.rays is not None:
        rays = phi.rays
        for _ in range(order):
            if not rays.power:
                return np.zeros_like
            rays = rays.slope
        return rays
    given = function.function if isinstance(function, ArrayFunction) else function
    if isinstance(given, HermiteSum):
        return _derivative_of_series(given, order)
    if phi.symbol_function is not None:
        return _derivative_of_formula(phi.symbol_function, _Difference(function, order))
    return _Difference(function, order)


@dataclass(frozen=True)
class _Difference:
    """A derivative by central differences."""

    function: Function
    order: int

    def __call__(self, x: Floats) -> Floats:
        step, weights = _STENCILS[self.order]
        places = step * np.arange(-3, 4)
        terms = (weight * self.function(x + place) for weight, place in zip(weights, places, strict=True))
        return np.asarray(sum(terms) / step**self.order)


def _derivative_of_series(series: HermiteSum, order: int) -> Function:
    """Of h_n = He_n/sqrt(n!) it is sqrt(n) h_(n-1)."""
    coefficients = list(series.coefficients)
    for _ in range(order):
        coefficients = [math.sqrt(n) * value for n, value in enumerate(coefficients)][1:] or [0.0]
    return HermiteSum(tuple(coefficients))


def _derivative_of_formula(symbol_function: Callable[[Any], Any], difference: _Difference) -> Function:
    import sympy

    x = sympy.Symbol("x", real=True)
    formula = sympy.diff(symbol_function(x), x, difference.order)
    values = sympy.lambdify(x, formula, ["scipy", "numpy"], cse=True)

    def derivative(at: Floats) -> Floats:
        with np.errstate(all="ignore"):  # what is not finite is refused by ArrayFunction
            found = np.broadcast_to(np.asarray(values(at), dtype=np.float64), at.shape).copy()
            lost = ~np.isfinite(found)
            if lost.any():  # far out, where exponentials of the formula overflow
                found[lost] = difference(at[lost])
        return found

    return ArrayFunction(derivative)
