"""Answers that are formulas: equal where their values are, whatever their form."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from fieldtheory.arguments import require_shallow
from fieldtheory.expression_parts import free_symbols, parts
from fieldtheory.shown_value import shown
from fieldtheory.workbench.exercise_book.answers.text import formula_of

_POINTS, _DIGITS = 6, 40
_EXACT, _ROUNDED = 1e-25, 1e-10  # relative: of formulas with exact numbers, and with floats
_PLAIN = sympy.Add | sympy.Mul | sympy.Pow | sympy.Function | sympy.Symbol | sympy.Number | sympy.NumberSymbol


@dataclass(frozen=True)
class Expression:
    """A formula in symbols, each known by its name, with the interval it may be compared in.

    Two are the same if their values agree to 25 digits at random points.
    """

    symbols: tuple[tuple[str, float, float], ...]

    @classmethod
    def of(cls, names: str, low: float = 0.5, high: float = 3.0) -> Expression:
        """Names, separated by spaces, in one interval."""
        return cls(tuple((name, low, high) for name in names.split()))

    @property
    def names(self) -> tuple[str, ...]:
        """Of the symbols."""
        return tuple(name for name, *_ in self.symbols)

    @property
    def what(self) -> str:
        """Names the symbols."""
        return f"a formula in {', '.join(self.names)} (SymPy, or text)"

    def read(self, answer: Any) -> sympy.Expr:
        """As SymPy expression in these symbols."""
        found = formula_of(answer, self.names) if isinstance(answer, str) else _expression(answer)
        require_shallow("answer", found)
        foreign = sorted({symbol.name for symbol in free_symbols(found)} - set(self.names))
        if foreign:
            known = ", ".join(self.names)
            raise ValueError(f"answer must be a formula in {known} (got the symbol {shown(foreign[0])})")
        if not all(isinstance(part, _PLAIN) for part in parts(found)):
            raise ValueError(
                "answer must be made of sums, products, powers and functions, without integrals "
                f"or conditions (got {shown(found)})"
            )
        for point in self.points():
            _value(found, point)
        return found

    def same(self, given: sympy.Expr, right: sympy.Expr) -> bool:
        """Equal at every point."""
        tolerance = _ROUNDED if given.has(sympy.Float) or right.has(sympy.Float) else _EXACT
        for point in self.points():
            a, b = _value(given, point), _value(right, point)
            if abs(a - b) > tolerance * max(abs(a), abs(b)):
                return False
        return True

    def points(self) -> list[dict[str, sympy.Rational]]:
        """Where formulas are compared: the same points for every answer."""
        drawn = random.Random(20230)
        return [
            {
                name: sympy.Rational(round(drawn.uniform(low, high) * 997), 997)
                for name, low, high in self.symbols
            }
            for _ in range(_POINTS)
        ]


def _expression(answer: Any) -> sympy.Expr:
    if isinstance(answer, bool):
        raise ValueError(f"answer must be a formula (got {answer})")
    if isinstance(answer, int | Fraction):
        return sympy.Rational(answer)
    if isinstance(answer, float):
        return sympy.Float(answer)
    if not isinstance(answer, sympy.Expr):
        raise ValueError(f"answer must be a SymPy expression, or a formula as text (got {shown(answer)})")
    return answer


def _value(formula: sympy.Expr, point: dict[str, sympy.Rational]) -> Any:
    """The value at a point; ValueError unless it is finite."""
    at = {symbol: point[symbol.name] for symbol in free_symbols(formula)}
    try:
        value = formula.evalf(_DIGITS, subs=at)  # not xreplace: powers of fractions would be factored
    except ArithmeticError:
        value = sympy.nan
    if not value.is_number or value.is_finite is not True:
        where = ", ".join(f"{name} = {float(number):.3g}" for name, number in point.items())
        raise ValueError(f"answer must have a finite value at {where or 'every point'} (got {shown(value)})")
    return value
