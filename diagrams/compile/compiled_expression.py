r"""Expressions as fast functions of arrays: SymPy to a table of operations, run by the tile interpreter.

No code is generated: the interpreter is compiled once per machine and kept on disk, an expression is data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from numbers import Number
from typing import Any

import numpy as np
import sympy
from numpy.typing import ArrayLike

from diagrams.arguments import TheoryError, require_entries, require_instance, require_scalar
from diagrams.compile import tiles
from diagrams.compile.operations import Monomial, OperationGraph, OperationTable
from diagrams.rules import PointIntegral
from fieldtheory.array_types import Floats
from fieldtheory.shown_value import shown

_CHUNK = 1 << 13  # points at a time, copied from the arrays: the variables stay in the L2 cache
_CACHE = 1 << 18  # bytes of all registers; smaller tiles would fit the L1 cache, but cost more to direct
_SQUARINGS = 64  # highest power by repeated multiplication: its error grows with the exponent
_FUNCTIONS = {getattr(sympy, name): kind for name, kind in tiles.FUNCTIONS.items()}
_FOLDED = {sympy.Max: tiles.MAXIMUM, sympy.Min: tiles.MINIMUM}
_HALF = sympy.Rational(1, 2)

Polynomial = dict[Monomial, float]  # coefficients by monomial in nodes of the graph


@dataclass(frozen=True, eq=False)
class CompiledExpression:
    """A function of float64 arrays, one for each of `variables`, in that order; see `compile_expression`."""

    variables: tuple[sympy.Symbol, ...]
    table: OperationTable = field(repr=False)

    def __post_init__(self) -> None:
        for each in require_entries("variables", self.variables, "SymPy symbols"):
            require_instance("each of variables", each, sympy.Symbol, "a SymPy symbol")
        require_instance("table", self.table, OperationTable, "made by `compile_expression`")

    @property
    def operations(self) -> int:
        """Sums, products and functions per point."""
        return self.table.operations

    @property
    def registers(self) -> int:
        """Numbers per point that are kept at once."""
        return self.table.registers

    def __call__(self, *values: ArrayLike) -> Floats:
        """The value where the variables have these: real arrays that broadcast; of their common shape.

        NaN where the expression has no real value, infinite where it diverges, without a warning.
        ValueError for arrays that do not fit.
        """
        if len(values) != len(self.variables):
            raise TheoryError(
                f"values must be one for each of {list(self.variables)} (got {len(values)} of them)"
            )
        arrays = [_real(v, value) for v, value in zip(self.variables, values, strict=True)]
        try:
            shape = np.broadcast_shapes(*(array.shape for array in arrays))
        except ValueError:
            shapes = [array.shape for array in arrays]
            raise ValueError(f"values must broadcast (got the shapes {shapes})") from None
        out = np.empty(shape)
        flat = out.reshape(-1)
        used = [_flat(arrays[k], shape) for k in self.table.inputs]
        block = np.empty((len(used), min(_CHUNK, flat.size)))
        tile = max(32, min(256, _CACHE // (8 * self.table.registers) // 16 * 16))
        for start in range(0, flat.size, _CHUNK):
            part = flat[start : start + _CHUNK]
            for row, array in zip(block, used, strict=True):
                row[: len(part)] = array if array.ndim == 0 else array[start : start + _CHUNK]
            t = self.table
            tiles.run_tiles(t.code, t.numbers, block, t.registers, tile, t.result, part)
        return out


def compile_expression(expression: Any, variables: Sequence[sympy.Symbol]) -> CompiledExpression:
    r"""A fast function of arrays from a SymPy expression: real, in any number of `variables`.

    Sums, products and powers, Abs, Max, Min, exp, log, erf, erfc, atan2, circular and hyperbolic functions
    and their inverses. Equal parts are computed once. The sequence of the operations is not that of the
    expression (common factors are taken out of sums), so the last digits may differ, and where it overflows
    on the way.

    TheoryError for a symbol without a variable, a function that is not in the list, an integral that was not
    carried out, and complex or infinite numbers.

    >>> x, y = sympy.symbols("x y")
    >>> compile_expression(x**2 * y + x**2 * sympy.exp(-y) / 3, [x, y])([1, 2], 0.0)
    array([0.33333333, 1.33333333])
    """
    if isinstance(expression, sympy.Expr) and expression.has(PointIntegral):
        raise TheoryError(f"expression must have its integrals carried out (got {shown(expression)})")
    scalar = require_scalar("expression", expression, (Number,))
    symbols = require_entries("variables", variables, "SymPy symbols, such as `[x]`")
    if not all(isinstance(symbol, sympy.Symbol) for symbol in symbols) or len(set(symbols)) < len(symbols):
        raise TheoryError(f"variables must be different SymPy symbols (got {shown(list(symbols))})")
    translation = _Translation(symbols)
    polynomial = translation.polynomial(scalar)
    if translation.missing:
        missing = sorted(translation.missing, key=str)
        raise TheoryError(f"variables must have all symbols of the expression (got none for {missing})")
    graph = translation.graph
    return CompiledExpression(symbols, graph.table(graph.sum(polynomial)))


def _real(variable: sympy.Symbol, value: ArrayLike) -> Floats:
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"values of {variable} must be real numbers (got {shown(value)})") from None
    if array.dtype.kind not in "iufb":
        raise ValueError(f"values of {variable} must be real numbers (got an array of {array.dtype})")
    return array.astype(np.float64, copy=False)


def _flat(array: Floats, shape: tuple[int, ...]) -> Floats:
    """One axis, or none for a single number."""
    if array.size == 1:
        return array.reshape(())
    return np.broadcast_to(array, shape).reshape(-1)


class _Translation:
    """SymPy to polynomials in nodes of a graph; whatever is no polynomial gets a node."""

    def __init__(self, variables: tuple[sympy.Symbol, ...]) -> None:
        self.graph = OperationGraph()
        self.position = {symbol: k for k, symbol in enumerate(variables)}
        self.missing: set[sympy.Symbol] = set()
        self.known: dict[sympy.Expr, Polynomial] = {}

    def polynomial(self, value: sympy.Expr) -> Polynomial:
        found = self.known.get(value)
        if found is None:
            found = self.known[value] = self.translated(value)
        return found

    def translated(self, value: sympy.Expr) -> Polynomial:
        if value.is_Symbol:
            if value not in self.position:
                self.missing.add(value)
            return _variable(self.graph.input(self.position.get(value, -1)))
        if value.is_Number or value.is_NumberSymbol or value is sympy.I:
            return {(): _number(value)}
        parts = [self.polynomial(part) for part in value.args]
        supported = value.is_Add or value.is_Mul or value.is_Pow or value.func in _FUNCTIONS
        if not supported and value.func not in _FOLDED and value.func is not sympy.atan2:
            raise TheoryError(f"expression must be made of functions with a compiled form (got {value.func})")
        if all(len(part) == 1 and () in part for part in parts):
            return {(): _number(value)}
        if value.is_Add:
            total: Polynomial = {}
            for part in parts:
                for monomial, coefficient in part.items():
                    total[monomial] = total.get(monomial, 0.0) + coefficient
            return total
        if value.is_Mul:
            return self.product(parts)
        if value.is_Pow:
            return self.power(parts[0], value.exp, parts[1])
        nodes = [self.graph.sum(part) for part in parts]
        kind = _FUNCTIONS.get(value.func)
        if kind is not None:
            return _variable(self.graph.node(kind, *nodes))
        kind = _FOLDED.get(value.func, tiles.ARCTAN2)
        first = nodes[0]
        for node in nodes[1:]:
            first = self.graph.node(kind, first, node)
        return _variable(first)

    def product(self, parts: Sequence[Polynomial]) -> Polynomial:
        exponents: dict[int, int] = {}
        coefficient = 1.0
        for part in parts:
            if len(part) > 1:
                part = _variable(self.graph.sum(part))
            [(monomial, factor)] = part.items()
            coefficient *= factor
            for node, exponent in monomial:
                exponents[node] = exponents.get(node, 0) + exponent
        return {tuple(sorted(exponents.items())): coefficient}

    def power(self, base: Polynomial, exponent: sympy.Expr, exponents: Polynomial) -> Polynomial:
        """Integers by multiplication, halves through the square root, negative ones through the inverse."""
        graph = self.graph
        if exponent.is_Number and float(2 * exponent).is_integer() and abs(exponent) <= _SQUARINGS:
            root = graph.sum(base)
            count = int(2 * exponent)
            if count % 2:
                root = graph.node(tiles.FUNCTIONS["sqrt"], root)
            else:
                count //= 2
                if count > 0 and len(base) == 1:
                    return self.product([base] * count)
            if count < 0:
                root = graph.node(tiles.INVERSE, root)
            return {((root, abs(count)),): 1.0}
        return _variable(graph.node(tiles.POWER, graph.sum(base), graph.sum(exponents)))


def _variable(node: int) -> Polynomial:
    return {((node, 1),): 1.0}


def _number(value: sympy.Expr) -> float:
    """A constant in float64; TheoryError if it is not real and finite there."""
    try:
        if value.is_Rational:
            return float(int(value.p) / int(value.q))
        found = float(value.evalf(20))
    except (TypeError, OverflowError):
        found = np.nan
    if not np.isfinite(found):
        raise TheoryError(f"expression must have real numbers in the float range (got {shown(value)})")
    return found
