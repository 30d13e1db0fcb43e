r"""Formulas of numbers and names as text, read into SymPy without executing anything.

Every name is a symbol ("pi" too), numbers are exact, exponents integers; what would grow large is refused.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

import sympy

from diagrams.arguments import TheoryError
from fieldtheory.formula_text import exact_number, read_formula

MAX_NESTING = 40
MAX_DIGITS = 500  # of a number in text
MAX_EXPONENT = 100
MAX_BITS = 4_000  # of a number
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_PRIME = 2**127 - 1


def symbolic_formula(text: str, what: str, max_length: int) -> sympy.Expr:
    """A SymPy expression from numbers, names, + - * / ** ^ and parentheses; TheoryError for other text.

    `what`: the first word of messages.

    >>> symbolic_formula("g^2/4", "coupling", 100)
    g**2/4
    """
    try:
        found: sympy.Expr = read_formula(text, _Symbols(what), max_length, MAX_NESTING)
    except ValueError as error:
        raise TheoryError(str(error)) from None
    return found


@dataclass(frozen=True)
class _Symbols:
    """The algebra of such texts; `what` they are is the first word of messages."""

    what: str
    allowed: str = "numbers, names, + - * / ** and parentheses"

    def number(self, literal: str) -> sympy.Expr:
        return sympy.Rational(exact_number(literal, self.what, MAX_DIGITS))

    def name(self, name: str) -> sympy.Expr | None:
        return sympy.Symbol(name) if NAME.fullmatch(name) else None

    def sum(self, terms: Sequence[sympy.Expr]) -> sympy.Expr:
        return self.bounded(sympy.Add(*terms))

    def negative(self, value: sympy.Expr) -> sympy.Expr:
        return -value

    def multiply(self, left: sympy.Expr, right: sympy.Expr) -> sympy.Expr:
        return self.bounded(left * right)

    def divide(self, left: sympy.Expr, right: sympy.Expr) -> sympy.Expr:
        self.require_divisor(right)
        return self.bounded(left / right)

    def power(self, base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
        if not exponent.is_Integer or abs(int(exponent)) > MAX_EXPONENT:
            raise ValueError(f"{self.what} must have integer exponents up to {MAX_EXPONENT} (got another)")
        if exponent < 0:
            self.require_divisor(base)
        bits = max((_bits(number) for number in base.atoms(sympy.Rational)), default=1)
        if bits * abs(int(exponent)) > MAX_BITS:
            raise ValueError(f"{self.what} must have numbers of at most {MAX_BITS} bits (got more)")
        return self.bounded(base**exponent)

    def require_divisor(self, value: sympy.Expr) -> None:
        if _at_random(value) == 0:
            raise ValueError(f"{self.what} must not be divided by zero (got a zero divisor)")

    def bounded(self, found: sympy.Expr) -> sympy.Expr:
        if any(_bits(number) > MAX_BITS for number in found.atoms(sympy.Rational)):
            raise ValueError(f"{self.what} must have numbers of at most {MAX_BITS} bits (got more)")
        if degree_of(found) > MAX_EXPONENT:
            raise ValueError(f"{self.what} must have degree at most {MAX_EXPONENT} (got more)")
        return found


def _bits(number: sympy.Rational) -> int:
    return max(int(number.p).bit_length(), int(number.q).bit_length())


def degree_of(found: sympy.Expr) -> int:
    """The degree in all symbols together, negative powers counted as positive ones.

    >>> degree_of(symbolic_formula("a^2/(b + c)^3", "formula", 100))
    5
    """
    if found.is_Pow:
        return degree_of(found.base) * abs(int(found.exp))
    degrees = [degree_of(part) for part in found.args]
    return sum(degrees) if found.is_Mul else max(degrees, default=int(found.is_Symbol))


def _at_random(found: sympy.Expr) -> int:
    """Value modulo a prime with fixed random values of the names: 0, in practice, only for what is zero."""
    if found.is_Rational:
        return int(found.p) * pow(int(found.q), -1, _PRIME) % _PRIME
    if found.is_Symbol:
        return random.Random(found.name).randrange(1, _PRIME)
    if found.is_Pow:
        return pow(_at_random(found.base), int(found.exp), _PRIME)
    values = [_at_random(part) for part in found.args]
    return (math.prod(values) if found.is_Mul else sum(values)) % _PRIME
