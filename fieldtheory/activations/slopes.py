r"""Derivatives phi' and phi'' of an activation at points, for networks whose weights are varied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.moments import Function
from fieldtheory.array_types import Floats

_PANEL, _NODES = 0.4, 16  # panels meet at 0, where activations have their kinks
_KINK = 1e-6
_BESIDE = np.array([-1e-9, 1e-9])


class Slopes(NamedTuple):
    """phi' and phi'' away from 0, and `sides`, phi' left and right of it, where phi'' may be a delta."""

    first: Function
    second: Function
    sides: tuple[float, float]

    @property
    def kinked(self) -> bool:
        """Whether phi' jumps at 0."""
        left, right = self.sides
        return abs(right - left) > _KINK * (1 + max(abs(left), abs(right)))


def slopes(phi: Activation) -> Slopes:
    """The derivatives: exact ones for powers and formulas, those of polynomials on panels for functions.

    ValueError for an activation that jumps and one of which only averages are known.

    >>> from fieldtheory.activations.by_name import activation
    >>> found = slopes(activation("tanh"))
    >>> found.first(np.zeros(1)), found.second(np.zeros(1)), found.kinked
    (array([1.]), array([0.]), False)
    """
    function = phi.require_function("a tangent kernel")
    if phi.rays is not None:
        phi.slope_square(1.0)  # refuses jumps
        first = phi.rays.slope
        second = first.slope if first.power else _zero
        return Slopes(first, second, (float(first(_BESIDE)[0]), float(first(_BESIDE)[1])))
    if phi.symbol_function is None:
        phi.slope_square(1.0)
        once: Function = _PanelDerivative(function, 1)
        twice: Function = _PanelDerivative(function, 2)
    else:
        once, twice = (_derivative(function, phi.symbol_function, order) for order in (1, 2))
    left, right = once(_BESIDE).tolist()
    return Slopes(once, twice, (left, right))


def _zero(x: Floats) -> Floats:
    return np.zeros_like(x)


@lru_cache(maxsize=64)
def _derivative(function: Function, symbol_function: Callable[[Any], Any], order: int) -> Function:
    import sympy

    from fieldtheory.expression_parts import numeric_function

    x = sympy.Symbol("x", real=True)
    formula = sympy.diff(symbol_function(x), x, order)
    module = "scipy" if formula.has(sympy.erf) else "numpy"  # SciPy takes longer to load than all the rest
    return _FormulaDerivative(numeric_function(formula, x, module), _PanelDerivative(function, order))


@dataclass(frozen=True)
class _FormulaDerivative:
    """A formula, and `otherwise` where it overflows, as exp(-x)/(1 + exp(-x))^2 does."""

    formula: Callable[[Floats], Any]
    otherwise: Function

    def __call__(self, x: Floats) -> Floats:
        with np.errstate(all="ignore"):  # what is not finite is replaced below
            found = np.array(np.broadcast_to(self.formula(x), x.shape), dtype=np.float64)
        lost = ~np.isfinite(found)
        if lost.any():
            found[lost] = self.otherwise(x[lost])
        return found


@dataclass(frozen=True)
class _PanelDerivative:
    """The derivative of the polynomials through the values of a function on panels."""

    function: Function
    order: int

    def __call__(self, x: Floats) -> Floats:
        legendre = np.polynomial.legendre
        panels, place = np.unique(np.floor(x / _PANEL), return_inverse=True)
        nodes = legendre.leggauss(_NODES)[0]
        values = self.function((panels[:, None] + (1 + nodes) / 2) * _PANEL)
        series = legendre.legder(
            np.linalg.solve(legendre.legvander(nodes, _NODES - 1), values.T),
            self.order,
            scl=2 / _PANEL,
        )
        inside = 2 * (x / _PANEL - np.floor(x / _PANEL)) - 1
        table = legendre.legvander(inside.ravel(), len(series) - 1)
        found = np.einsum("qk,kq->q", table, series[:, place.ravel()])
        return np.asarray(found.reshape(x.shape), dtype=np.float64)
