"""Values in messages: one line, cut short, whatever they are."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldtheory.shown_value import shown


def test_numbers() -> None:
    assert shown(10**1000) == "an integer of 3322 bits"
    assert shown([10**1000]) == "[an integer of 3322 bits]"
    assert shown(Fraction(1, 2)) == "1/2"
    assert shown(np.float64(0.5)) == "0.5"
    assert shown(float("nan")) == "nan"


def test_arrays_are_named_by_shape() -> None:
    assert shown(np.zeros((300, 4))) == "an array of shape (300, 4)"
    assert shown(np.zeros(7)) == "an array of shape (7,)"
    assert shown(np.arange(3)) == "[0, 1, 2]"


class _Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no words")


class _TwoLines:
    def __repr__(self) -> str:
        return "two\nlines"


@pytest.mark.parametrize(
    "value", [_Broken(), _TwoLines(), "a\nb", ["x" * 10**6] * 10**4, {1: {2: {3: {4: 5}}}}]
)
def test_anything_is_one_short_line(value: object) -> None:
    assert len(shown(value)) <= 60
    assert len(shown(value).splitlines()) == 1


@given(
    st.recursive(
        st.none() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda below: st.lists(below) | st.dictionaries(st.text(), below),
    )
)
def test_short_values_are_as_python_writes_them(value: Any) -> None:
    text = shown(value)
    assert len(text) <= 60
    assert len(text.splitlines()) <= 1
    if isinstance(value, int | float | str | bytes) and len(repr(value)) <= 57 and repr(value).isascii():
        assert text == " ".join(repr(value).split())
