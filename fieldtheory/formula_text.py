r"""Formulas as text: numbers, names, + - * / ** ^ and parentheses, read without executing anything.

The reader knows the grammar and nothing else. What a number, a name and the operations are is the business of
an `Algebra`, which also refuses what gets too large. From loose to tight: sums, products, signs, powers (to
the right: 2**3**2 is 2**9); a sign after an operator is fine, two factors side by side are not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Generic, Protocol, TypeVar

from fieldtheory.shown_value import shown

Value = TypeVar("Value")

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<operator>\*\*|[-+*/^()])|(?P<end>\Z)|(?P<other>.))",
    re.DOTALL,
)


class Algebra(Protocol[Value]):
    """What the formulas of a text are made of; each method raises ValueError for what it refuses."""

    @property
    def what(self) -> str:
        """The first word of messages."""

    @property
    def allowed(self) -> str:
        """What a text may consist of, in words."""

    def number(self, literal: str) -> Value:
        """An unsigned decimal, perhaps with an exponent."""

    def name(self, name: str) -> Value | None:
        """The value of a name; None for one that has no place in such a text."""

    def sum(self, terms: Sequence[Value]) -> Value:
        """All terms added up."""

    def negative(self, value: Value) -> Value:
        """The value with the other sign."""

    def multiply(self, left: Value, right: Value) -> Value:
        """The product."""

    def divide(self, left: Value, right: Value) -> Value:
        """The quotient."""

    def power(self, base: Value, exponent: Value) -> Value:
        """The power."""


def read_formula(text: object, algebra: Algebra[Value], max_length: int, max_nesting: int) -> Value:
    """The value of a text in an algebra.

    `max_length`: characters of text; `max_nesting`: levels of parentheses and powers (the reader recurses).
    ValueError for other text, with the culprit and its place, and for what the algebra refuses.
    """
    if not isinstance(text, str) or len(text) > max_length:
        raise ValueError(
            f"{algebra.what} must be text of at most {max_length} characters (got {shown(text)})"
        )
    return _Reader(text, algebra, max_nesting).read()


def exact_number(literal: str, what: str, digits: int) -> Fraction:
    """A decimal as a fraction; ValueError beyond so many digits or so large an exponent.

    >>> exact_number("2.5e-1", "coupling", 500)
    Fraction(1, 4)
    """
    mantissa, _, exponent = literal.lower().partition("e")
    if len(mantissa) > digits or len(exponent) > 5 or abs(int(exponent or 0)) > digits:
        raise ValueError(f"{what} must have numbers of at most {digits} digits (got {shown(literal)})")
    return Fraction(literal)


class _Reader(Generic[Value]):
    """Recursive descent over the tokens of a text."""

    def __init__(self, text: str, algebra: Algebra[Value], max_nesting: int) -> None:
        self.algebra = algebra
        self.max_nesting = max_nesting
        self.depth = 0
        self.tokens = _TOKEN.finditer(text)
        self.advance()

    def advance(self) -> None:
        match = next(self.tokens)
        self.kind = match.lastgroup or ""
        self.value = match.group(self.kind)
        self.position = match.start(self.kind)

    def refuse(self) -> ValueError:
        found = "the end of the text" if self.kind == "end" else shown(self.value)
        made = f"{self.algebra.what} must be made of {self.algebra.allowed}"
        return ValueError(f"{made} (got {found} at character {self.position + 1})")

    def read(self) -> Value:
        found = self.sum()
        if self.kind != "end":
            raise self.refuse()
        return found

    def sum(self) -> Value:
        terms = [self.product()]
        while self.value in ("+", "-"):
            terms.append(self.product())  # the sign stays with the term, which reads it
        return self.algebra.sum(terms)

    def product(self) -> Value:
        result = self.signed()
        while self.value in ("*", "/"):
            combine = self.algebra.divide if self.value == "/" else self.algebra.multiply
            self.advance()
            result = combine(result, self.signed())
        return result

    def signed(self) -> Value:
        negative = False
        while self.value in ("+", "-"):
            negative ^= self.value == "-"
            self.advance()
        found = self.power()
        return self.algebra.negative(found) if negative else found

    def power(self) -> Value:
        base = self.atom()
        if self.value not in ("**", "^"):
            return base
        self.advance()
        self.descend()
        exponent = self.signed()
        self.depth -= 1
        return self.algebra.power(base, exponent)

    def atom(self) -> Value:
        found: Value | None
        if self.kind == "number":
            found = self.algebra.number(self.value)
        elif self.kind == "name":
            found = self.algebra.name(self.value)
        elif self.value == "(":
            self.descend()
            self.advance()
            found = self.sum()
            if self.value != ")":
                raise self.refuse()
            self.depth -= 1
        else:
            raise self.refuse()
        if found is None:
            raise self.refuse()
        self.advance()
        return found

    def descend(self) -> None:
        self.depth += 1
        if self.depth > self.max_nesting:
            raise ValueError(f"{self.algebra.what} must be nested at most {self.max_nesting} deep (got more)")
