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
from diagrams.compile.operations import OperationTable
from diagrams.compile.translation import Translation
from diagrams.rules import PointIntegral
from fieldtheory.array_types import Floats
from fieldtheory.expression_parts import parts
from fieldtheory.shown_value import shown

_CHUNK = 1 << 13  # points at a time, copied from the arrays: the variables stay in the L2 cache
_CACHE = 1 << 18  # bytes of all registers; smaller tiles would fit the L1 cache, but cost more to direct


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

    Sums, products and powers, Abs, sign, floor, ceiling, Max, Min, Heaviside, Piecewise, exp, log, erf, erfc,
    gamma, loggamma, Bessel functions J and I of integer order, atan2, circular and hyperbolic functions and
    their inverses. Equal parts are computed once. The sequence of the operations is not that of the
    expression (common factors are taken out of sums), so the last digits may differ, and where it overflows
    on the way; an argument of acos, asin or sqrt(1 - u^2) that rounding has carried beyond 1, by less than
    1.5e-14, counts as 1. Constants may leave the float range on the way.

    TheoryError for a symbol without a variable, a function that is not in the list, an integral that was not
    carried out, and complex or infinite numbers.

    Equation: compiled-expression

    >>> x, y = sympy.symbols("x y")
    >>> compile_expression(x**2 * y + x**2 * sympy.exp(-y) / 3, [x, y])([1, 2], 0.0)
    array([0.33333333, 1.33333333])
    """
    try:
        scalar = require_scalar("expression", expression, (Number,), deep=True)
    except TheoryError:
        if isinstance(expression, sympy.Expr) and any(
            isinstance(p, PointIntegral) for p in parts(expression)
        ):
            raise TheoryError(
                f"expression must have its integrals carried out (got {shown(expression)})"
            ) from None
        raise
    symbols = require_entries("variables", variables, "SymPy symbols, such as `[x]`")
    if not all(isinstance(symbol, sympy.Symbol) for symbol in symbols) or len(set(symbols)) < len(symbols):
        raise TheoryError(f"variables must be different SymPy symbols (got {shown(list(symbols))})")
    translation = Translation(symbols)
    node = translation.node(scalar)
    if translation.missing:
        missing = sorted(translation.missing, key=str)
        raise TheoryError(f"variables must have all symbols of the expression (got none for {missing})")
    return CompiledExpression(symbols, translation.graph.table(node))


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
