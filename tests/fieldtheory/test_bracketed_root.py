"""Brent's method against SciPy's, which is the same algorithm, and against roots known in closed form."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from fieldtheory.bracketed_root import bracketed_root

FUNCTIONS: dict[str, Callable[[float], float]] = {
    "line": lambda x: x - 0.3,
    "cubic": lambda x: x**3 - 0.2,
    "flat": lambda x: (x - 0.4) ** 9,
    "steep": lambda x: math.atan(1e6 * (x - 0.123)),
    "exponential": lambda x: math.expm1(20 * (x - 0.7)),
    "step": lambda x: -1.0 if x < 0.51 else 1.0,
    "wave": lambda x: math.sin(30 * x) + 0.1,
    "pole": lambda x: 1.0 / (x - 0.25001) if x != 0.25001 else 1.0,
}


@given(
    st.sampled_from(sorted(FUNCTIONS)),
    st.floats(-1, 0.29),
    st.floats(0.71, 3),
    st.sampled_from([1e-15, 1e-12, 1e-6, 1e-2]),
)
def test_the_iterates_of_scipy(name: str, low: float, high: float, rtol: float) -> None:
    """Every point at which the function is asked for is the same, bit for bit, and so is the root."""
    asked: list[list[float]] = [[], []]

    def listed(place: int) -> Callable[[float], float]:
        def function(x: float) -> float:
            asked[place].append(x)
            return FUNCTIONS[name](x)

        return function

    if FUNCTIONS[name](low) * FUNCTIONS[name](high) > 0:
        with pytest.raises(ValueError, match="low and high must enclose a root"):
            bracketed_root(listed(0), low, high, rtol)
        return
    found = bracketed_root(listed(0), low, high, rtol)
    assert found == brentq(listed(1), low, high, xtol=1e-300, rtol=rtol, maxiter=500)
    assert asked[0] == asked[1]


@pytest.mark.parametrize("target", [1e-250, 3e-7, 2.0, 5e200])
def test_relative_accuracy_at_any_size(target: float) -> None:
    """x = e^u of log x = log target, also where an absolute tolerance would stop early."""
    found = bracketed_root(lambda x: x / target - 1, target / 7, 11 * target, rtol=1e-15)
    assert found == pytest.approx(target, rel=2e-15)


def test_ends_that_are_roots() -> None:
    assert bracketed_root(lambda x: x, 0.0, 1.0, 1e-12) == 0.0
    assert bracketed_root(lambda x: x - 1, 0.0, 1.0, 1e-12) == 1.0


def test_values_that_are_no_numbers() -> None:
    with pytest.raises(ValueError, match="got nan at 1"):
        bracketed_root(lambda x: np.nan if x == 1 else -1.0, 0.0, 1.0, 1e-12)


def test_an_accuracy_that_cannot_be_reached() -> None:
    """A jump at 0, seen from 1: each step halves the bracket, which never gets small beside itself."""
    with pytest.raises(ValueError, match="rtol must be larger"):
        bracketed_root(lambda x: -1.0 if x <= 0 else 1.0, -1.0, 1.0, 1e-15)
