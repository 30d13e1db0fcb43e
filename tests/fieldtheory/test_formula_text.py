"""The reader of formulas, over an algebra of fractions that has nothing to do with its users."""

from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldtheory.formula_text import exact_number, read_formula


@dataclass(frozen=True)
class Fractions:
    """Fractions, and the name "two"."""

    what: str = "value"
    allowed: str = "numbers and two"

    def number(self, literal: str) -> Fraction:
        return exact_number(literal, self.what, 20)

    def name(self, name: str) -> Fraction | None:
        return Fraction(2) if name == "two" else None

    def sum(self, terms: list[Fraction]) -> Fraction:
        return sum(terms, Fraction(0))

    def negative(self, value: Fraction) -> Fraction:
        return -value

    def multiply(self, left: Fraction, right: Fraction) -> Fraction:
        return left * right

    def divide(self, left: Fraction, right: Fraction) -> Fraction:
        return left / right

    def power(self, base: Fraction, exponent: Fraction) -> Fraction:
        return base ** int(exponent)


def read(text: object) -> Fraction:
    return read_formula(text, Fractions(), 1000, 10)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 - 2 - 3", -4),
        ("12/3/2", 2),
        ("2**3**2", 512),
        ("-2^2", -4),
        ("2*-3", -6),
        ("2**-1", Fraction(1, 2)),
        (" - ( two + .5 ) * 2. ", -5),
        ("1e2+1E-1", Fraction(1001, 10)),
        ("(" * 10 + "1" + ")" * 10, 1),
    ],
)
def test_values(text: str, value: Fraction) -> None:
    assert read(text) == value


def joined(parts: tuple[tuple[str, int], str, tuple[str, int]]) -> tuple[str, int]:
    """Text and value of an operation on two formulas."""
    (left, a), sign, (right, b) = parts
    return f"({left}{sign} {right})", {"+": a + b, "-": a - b, "*": a * b}[sign]


FORMULAS = st.recursive(
    st.integers(1, 9).map(lambda n: (str(n), n)),
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(joined),
    max_leaves=8,
)


@given(FORMULAS)
def test_formulas_of_integers(formula: tuple[str, int]) -> None:
    text, value = formula
    assert read(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"^value must be made of numbers and two \(got the end of the text at character 1\)$"),
        ("1 three", r"got 'three' at character 3"),
        ("three", r"got 'three' at character 1"),
        ("2two", r"got 'two' at character 2"),
        ("(1", "got the end of the text"),
        ("1)", r"got '\)' at character 2"),
        ("1__0", "got '__0'"),
        ("((((((((((((1))))))))))))", r"value must be nested at most 10 deep \(got more\)"),
        ("1**" * 20 + "1", "nested at most 10 deep"),
        ("1" * 21, "value must have numbers of at most 20 digits"),
        ("1e21", "at most 20 digits"),
        ("1e999999", "at most 20 digits"),
        ("1+" * 600, r"value must be text of at most 1000 characters \(got '1\+1"),
        (None, r"text of at most 1000 characters \(got None\)"),
    ],
)
def test_refusals(text: object, message: str) -> None:
    with pytest.raises(ValueError, match=message) as refusal:
        read(text)
    assert len(str(refusal.value)) < 200
