"""Compiled functions against mpmath, cases and conditions, and constants beyond the float range."""

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from diagrams import TheoryError, compile_expression

x, y, n = sympy.symbols("x y n")
SIDES = np.array([-2.5, -1.0, -0.0, 0.0, 0.3, 1.0, 7.9])


def values(expression: sympy.Expr, *at: Any) -> np.ndarray:
    """With x, y in that sequence."""
    return compile_expression(expression, [x, y][: len(at)])(*at)


def expected(reference: Callable[[Any], Any], at: np.ndarray) -> list[float]:
    with mpmath.workdps(40):
        return [float(reference(mpmath.mpf(float(each)))) for each in at]


@pytest.mark.parametrize(
    ("name", "at", "tolerance"),
    [
        ("gamma", [-170.5, -2.5, 1e-300, 0.1, 1.0, 3.7, 20.0, 100.3, 171.6], 4e-14),
        ("loggamma", [1e-300, 0.1, 0.9999, 1.5, 2.0001, 30.0, 1e6, 1e300], 1e-12),
        ("erfc", [-3.0, 0.0, 0.5, 3.0, 26.0], 1e-14),
        ("sign", SIDES, 0),
        ("floor", SIDES, 0),
        ("ceiling", SIDES, 0),
        ("Abs", SIDES, 0),
    ],
)
def test_functions_of_one(name: str, at: Any, tolerance: float) -> None:
    """f(x) of mpmath, to 40 digits"""
    reference = {"ceiling": mpmath.ceil, "Abs": mpmath.fabs}.get(name) or getattr(mpmath, name)
    found = values(getattr(sympy, name)(x), np.array(at))
    np.testing.assert_allclose(found, expected(reference, np.array(at)), rtol=tolerance, atol=1e-16)


@pytest.mark.parametrize("order", [0, 1, 2, 3, 10, 100, 1000])
def test_bessel_functions(order: int) -> None:
    """J_n and I_n of mpmath, through series, recursion and asymptotic expansion"""
    near = order * np.linspace(0.3, 2, 15) + 0.1
    at = near if order > 100 else np.concatenate([10.0 ** np.linspace(-3, 4, 57), near])
    envelope = np.hypot(
        expected(lambda u: mpmath.besselj(order, u), at), expected(lambda u: mpmath.besselj(order + 1, u), at)
    )
    found = values(sympy.besselj(order, x), at)
    error = np.abs(found - expected(lambda u: mpmath.besselj(order, u), at))
    assert (error <= 2e-14 * envelope + 1e-307).all()
    at = at[at < 700]
    found = values(sympy.besseli(order, x), at)
    np.testing.assert_allclose(
        found, expected(lambda u: mpmath.besseli(order, u), at), rtol=1e-13, atol=1e-307
    )
    parity = (-1) ** order
    for function in (sympy.besselj, sympy.besseli):
        np.testing.assert_array_equal(
            values(function(order, x), -at), parity * values(function(order, x), at)
        )


@given(st.integers(1, 50), st.floats(0.01, 600))
def test_bessel_recursions(order: int, at: float) -> None:
    """J_{n-1} + J_{n+1} = (2n/x) J_n, I_{n-1} - I_{n+1} = (2n/x) I_n, J_{-n} = (-1)^n J_n, I_{-n} = I_n"""
    for function, sign in ((sympy.besselj, 1), (sympy.besseli, -1)):
        below, here, above = (float(values(function(order + k, x), at)) for k in (-1, 0, 1))
        scale = abs(below) + abs(above) + 2 * order / at * abs(here)
        assert abs(below + sign * above - 2 * order / at * here) <= 1e-12 * scale + 1e-300
        mirrored = values(function(-order, x, evaluate=False), at)
        assert mirrored == (here if sign < 0 else (-1) ** order * here)


def test_edges_of_functions() -> None:
    """Poles, branch cuts, infinities and NaN: as the functions have them"""
    nan, inf = np.nan, np.inf
    at = np.array([-inf, -1.5, -1.0, 0.0, inf, nan])
    np.testing.assert_array_equal(values(sympy.loggamma(x), at), [nan, nan, nan, inf, inf, nan])
    np.testing.assert_array_equal(values(sympy.besselj(0, x), at)[[0, 3, 4, 5]], [0, 1, 0, nan])
    np.testing.assert_array_equal(values(sympy.besseli(1, x), at)[[0, 3, 4, 5]], [-inf, 0, inf, nan])
    np.testing.assert_array_equal(values(sympy.Heaviside(x), at), [0, 0, 0, 0.5, 1, nan])
    np.testing.assert_array_equal(values(sympy.Heaviside(x, y), [-1.0, 0.0, 2.0], 7.0), [0, 7, 1])
    np.testing.assert_array_equal(values(sympy.sign(x), at), [-1, -1, -1, 0, 1, nan])
    assert np.isnan(values(sympy.gamma(x), [-inf, -1.0, -2.0, nan])).all()
    assert values(sympy.gamma(x), 0.0) == inf


def test_cases() -> None:
    """Piecewise: the first condition that holds, whatever the other cases give; NaN where none does"""
    at = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    huber = sympy.Piecewise((x**2 / 2, sympy.Abs(x) <= 1), (sympy.Abs(x) - sympy.Rational(1, 2), True))
    np.testing.assert_array_equal(values(huber, at), np.where(abs(at) <= 1, at**2 / 2, abs(at) - 0.5))
    entropy = sympy.Piecewise((0, sympy.Eq(x, 0)), (x * sympy.log(x), True))
    np.testing.assert_array_equal(values(entropy, [0.0, 1.0]), [0, 0])
    np.testing.assert_array_equal(values(sympy.Piecewise((1, x > 1)), at), [np.nan] * 4 + [1])
    assert np.isnan(values(huber, np.nan))


TESTS: list[tuple[sympy.Basic, Callable[[float, float], bool]]] = [
    (x < y, lambda a, b: a < b),
    (x <= y, lambda a, b: a <= b),
    (x > y, lambda a, b: a > b),
    (x >= y, lambda a, b: a >= b),
    (sympy.Eq(x, y), lambda a, b: a == b),
    (sympy.Ne(x, y), lambda a, b: a != b),
    ((x > 0) & (y > 0) & (x < 2), lambda a, b: 0 < a < 2 and b > 0),
    ((x > 0) | sympy.Not(sympy.Eq(y, 1)), lambda a, b: a > 0 or b != 1),
    (sympy.ITE(x > 0, y > 1, y < 1), lambda a, b: b > 1 if a > 0 else b < 1),
]


@pytest.mark.parametrize(("condition", "meant"), TESTS)
@given(a=st.integers(-2, 2), b=st.integers(-2, 2))
def test_conditions(condition: sympy.Basic, meant: Callable[[float, float], bool], a: int, b: int) -> None:
    """Comparisons, and, or, not, as Python has them"""
    assert values(sympy.Piecewise((1, condition), (0, True)), a, b) == meant(a, b)


@pytest.mark.parametrize(
    ("expression", "reference"),
    [
        (sympy.log(sympy.factorial(365)) - x, lambda u: mpmath.loggamma(366) - u),
        (sympy.Mul(sympy.exp(800), sympy.exp(-x), evaluate=False), lambda u: mpmath.exp(800 - u)),
        (sympy.Mul(sympy.exp(-800), sympy.exp(x), x, evaluate=False), lambda u: u * mpmath.exp(u - 800)),
        (sympy.Integer(10) ** 400 * sympy.exp(-x) ** 2, lambda u: mpmath.mpf(10) ** 400 * mpmath.exp(-2 * u)),
        (x**150 * x**200 / sympy.factorial(365), lambda u: u**350 / mpmath.factorial(365)),
        (sympy.log(x * sympy.factorial(365)), lambda u: mpmath.log(u) + mpmath.loggamma(366)),
        (sympy.sqrt(x * sympy.Integer(10) ** 500) / 10**250, lambda u: mpmath.sqrt(u)),
        (
            sympy.Mul(sympy.Pow(sympy.Integer(10), 400, evaluate=False), x, sympy.Rational(3, 10**400)),
            lambda u: 3 * u,
        ),
        (
            sympy.exp(sympy.Add(sympy.loggamma(400), -sympy.loggamma(399), evaluate=False)) * x,
            lambda u: 399 * u,
        ),
        (sympy.Rational(10**400, 10**399 + 1) + x, lambda u: 10 + u),
        (sympy.Mul((1 + sympy.I) * (1 - sympy.I), x, evaluate=False), lambda u: 2 * u),
        (sympy.zeta(3) * x, lambda u: mpmath.zeta(3) * u),
        (
            sympy.Add(sympy.sqrt(2) * sympy.sqrt(3), -sympy.sqrt(6), x, evaluate=False),
            lambda u: u,
        ),
        (
            x * sympy.Add(sympy.exp(60), sympy.Rational(1, 7), -sympy.exp(60), evaluate=False),
            lambda u: u / 7,
        ),
    ],
)
def test_constants_beyond_floats(expression: sympy.Expr, reference: Callable[[Any], Any]) -> None:
    """Constants whose parts no float holds, in an expression whose value one holds"""
    at = np.array([1.0, 2.5, 100.25, 400.0, 800.5, 900.0])
    exact = np.array(expected(reference, at))
    found = values(expression, at)
    normal = np.isfinite(exact) & (np.abs(exact) > 1e-300)
    assert normal.sum() >= 2
    np.testing.assert_allclose(found[normal], exact[normal], rtol=4e-13)


def test_unsupported() -> None:
    """One line with what is not supported and what to do"""
    for wrong, words in (
        (sympy.besselk(0, x), r"compiled form \(got besselk\); give the values of that part as a variable"),
        (sympy.besselj(n, x), r"order of besselj must be an integer from -1000 to 1000 \(got n\); give"),
        (sympy.besseli(sympy.Rational(1, 2), x) + sympy.sqrt(x), r"order of besseli .* \(got 1/2\)"),
        (sympy.besselj(1001, x), r"\(got 1001\)"),
        (sympy.Piecewise((x, sympy.Contains(x, sympy.Interval(0, 1))), (0, True)), "compiled form"),
        (sympy.Integral(sympy.exp(-(y**2)), (y, 0, x)), "compiled form"),
        (x + sympy.exp(sympy.exp(1000)), "real numbers in the float range"),
        (x + sympy.exp(sympy.exp(sympy.exp(100))), "real numbers in the float range"),
        (x * sympy.sqrt(-2), "real numbers in the float range"),
    ):
        with pytest.raises(TheoryError, match=words) as refusal:
            compile_expression(wrong, [x, y, n])
        assert "\n" not in str(refusal.value)
