"""Gaussian moments of activations against one-dimensional mpmath integrals over closed conditional means."""

import functools
import math

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf
from scipy import integrate, special

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.by_name import activation
from fieldtheory.activations.hermite import hermite_series, rough_places
from fieldtheory.activations.moments import Pair

CLOSED = ["relu", "erf", "linear", "sin", "gelu"]


def density(x):
    return mp.exp(-(x**2) / 2) / mp.sqrt(2 * mp.pi)


def normal(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


# phi, phi', and their means under N(m, s²): elementary, and not the formulas under test
PHI = {
    "relu": lambda u: max(u, mpf(0)),
    "erf": mp.erf,
    "linear": lambda u: u,
    "sin": mp.sin,
    "gelu": lambda u: u * normal(u),
}
SLOPE = {
    "relu": lambda u: mpf(u > 0),
    "erf": lambda u: 2 / mp.sqrt(mp.pi) * mp.exp(-(u**2)),
    "linear": lambda u: mpf(1),
    "sin": mp.cos,
    "gelu": lambda u: normal(u) + u * density(u),
}
MEAN = {
    "relu": lambda m, v: (
        m * normal(m / mp.sqrt(v)) + mp.sqrt(v) * density(m / mp.sqrt(v)) if v else max(m, mpf(0))
    ),
    "erf": lambda m, v: mp.erf(m / mp.sqrt(1 + 2 * v)),
    "linear": lambda m, v: m,
    "sin": lambda m, v: mp.exp(-v / 2) * mp.sin(m),
    "gelu": lambda m, v: m * normal(m / mp.sqrt(1 + v)) + v / mp.sqrt(1 + v) * density(m / mp.sqrt(1 + v)),
}
SLOPE_MEAN = {
    "relu": lambda m, v: normal(m / mp.sqrt(v)) if v else mpf(m > 0),
    "erf": lambda m, v: 2 / mp.sqrt(mp.pi * (1 + 2 * v)) * mp.exp(-(m**2) / (1 + 2 * v)),
    "linear": lambda m, v: mpf(1),
    "sin": lambda m, v: mp.exp(-v / 2) * mp.cos(m),
    "gelu": lambda m, v: normal(m / mp.sqrt(1 + v)) + m / mp.sqrt(1 + v) ** 3 * density(m / mp.sqrt(1 + v)),
}


def expectation(f, mean, k, q):
    """E[f(u) g(v)] = ∫ f(u) E[g(v)|u] N(u; 0, q) du, v|u ~ N(k u/q, q − k²/q)"""
    k, q = mpf(k), mpf(q)
    variance, root = (q - k) * (q + k) / q, mp.sqrt(q)
    width = mp.sqrt(variance) / root
    points = sorted(
        {mpf(0), *(s * x for s in (-1, 1) for x in (1, 3, 6, 13) + ((4 * width,) if width else ()))}
    )
    return mp.quad(lambda z: f(root * z) * mean(k / q * root * z, variance) * density(z), points)


@functools.cache
def moments(name, k, q, digits=18):
    """E[φφ'], E[φ'φ'] to about `digits` digits."""
    with mp.workdps(digits + 5):
        return expectation(PHI[name], MEAN[name], k, q), expectation(SLOPE[name], SLOPE_MEAN[name], k, q)


def pair(k, q, deficit=None):
    k = np.atleast_1d(np.asarray(k, float))
    return Pair(k, q - k if deficit is None else np.atleast_1d(deficit), q)


# --- closed forms ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CLOSED)
def test_the_reference_is_a_double_integral(name):
    """E[φ(u)φ(v)] = ∫∫ φ(u)φ(v) N(u, v): SciPy's adaptive quadrature in polar coordinates"""
    q, rho = 0.8, 0.6
    phi = {
        "relu": lambda u: np.maximum(u, 0),
        "erf": lambda u: math.erf(u),
        "linear": lambda u: u,
        "sin": math.sin,
        "gelu": lambda u: u * (1 + math.erf(u / math.sqrt(2))) / 2,
    }[name]

    def integrand(r, a):
        u = math.sqrt(q) * r * math.cos(a)
        v = math.sqrt(q) * r * (rho * math.cos(a) + math.sqrt(1 - rho**2) * math.sin(a))
        return phi(u) * phi(v) * r * math.exp(-(r**2) / 2) / (2 * math.pi)

    double, _ = integrate.dblquad(integrand, 0, 2 * math.pi, 0, 12, epsabs=1e-9, epsrel=1e-9)
    assert double == pytest.approx(float(moments(name, rho * q, q)[0]), abs=1e-8)


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize("q", [0.05, 7.5])
def test_float_moments(name, q):
    """E[φφ'] and E[φ'φ'] to 1e-14 of their values at k = q

    Equation: arc-cosine, arcsine
    """
    rho = [-0.999, -0.7, 0.0, 0.2, 0.9999]
    found = activation(name).layer(pair(np.array(rho) * q, q))
    exact = np.array([[float(x) for x in moments(name, r * q, q)] for r in rho])
    top = activation(name).top(q)
    assert np.abs(found.covariance - exact[:, 0]).max() < 1e-14 * top.variance
    assert np.abs(found.derivative - exact[:, 1]).max() < 1e-14 * top.derivative


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize("q", [0.05, 1.0, 7.5, 1e3])
def test_top(name, q):
    """E[φ²], E[φ'²] at k = q, relative 1e-14"""
    top = activation(name).top(q)
    with mp.workdps(25):
        root, points = mp.sqrt(mpf(q)), [-12, -3, -1, -0.1, -0.01, 0, 0.01, 0.1, 1, 3, 12]
        for found, f in ((top.variance, PHI[name]), (top.derivative, SLOPE[name])):
            if name == "sin" and q > 10:  # E[sin²] = (1 − e^{−2q})/2, too many waves for a quadrature
                exact = mpf(1) / 2
            else:
                exact = mp.quad(lambda z: f(root * z) ** 2 * density(z), points)  # noqa: B023
            assert found == pytest.approx(float(exact), rel=1e-14)


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize("gap", [1e-3, 1e-8, 1e-14, 1e-17, 1e-30])
def test_deficit_keeps_its_digits(name, gap):
    """E[φ²] − E[φφ'] relative 1e-13 for q − k = 10⁻³ … 10⁻³⁰ (SymPy formula to 80 digits)"""
    q = 1.3
    found = activation(name).layer(pair(q - gap, q, gap))
    k, v = sympy.symbols("k q", positive=True)
    formula = activation(name).covariance(k, v)
    exact = sympy.N(
        formula.subs({k: v}).subs(v, sympy.Rational(q))
        - formula.subs({k: sympy.Rational(q) - sympy.Rational(gap), v: sympy.Rational(q)}),
        30,
        maxn=200,
    )
    assert found.deficit[0] == pytest.approx(float(exact), rel=1e-13)


@pytest.mark.parametrize("name", ["relu", "erf", "sin", "gelu"])
def test_deficit_of_the_formula_is_that_of_the_integral(name):
    """E[φ²] − E[φφ'] for q − k = 10⁻⁵, by 45-digit quadrature"""
    q, gap = mpf("1.25"), mpf(2) ** -17
    with mp.workdps(45):
        exact = moments(name, q, q, 40)[0] - moments(name, q - gap, q, 40)[0]
    found = activation(name).layer(pair(float(q - gap), 1.25, float(gap)))
    assert found.deficit[0] == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize("q", [0.3, 1.0, 20.0])
def test_symbols_floats_and_numbers_agree(name, q):
    """One formula, three number systems, to 1e-14 of the value at k = q, next to k = ±q too"""
    gaps = np.concatenate([np.logspace(-15, -1, 8), [0.5, 1.0]])
    k = q * np.concatenate([1 - gaps, gaps - 1, [1.0, -1.0]])
    k_, q_ = sympy.symbols("k q", real=True)
    rule = activation(name)
    formulas = [
        sympy.lambdify((k_, q_), f, "mpmath")
        for f in (rule.covariance(k_, q_), rule.derivative_covariance(k_, q_))
    ]
    found, top = rule.layer(pair(k, q)), rule.top(q)
    with mp.workdps(40):
        exact = np.array([[float(mp.re(f(mpf(float(x)), mpf(q)))) for f in formulas] for x in k])
    assert np.abs(found.covariance - exact[:, 0]).max() < 1e-14 * top.variance
    # the step function of relu moves by sqrt(rounding) next to its ends
    near = np.abs(found.derivative - exact[:, 1]) / top.derivative
    assert near.max() < 1e-14


@pytest.mark.parametrize("name", CLOSED)
def test_prices_theorem(name):
    """∂E[φφ']/∂k = E[φ'φ'], by central differences of the 40-digit integral"""
    q, k, step = mpf(2), mpf("0.7"), mpf(10) ** -10
    with mp.workdps(40):
        slope = (moments(name, k + step, q, 35)[0] - moments(name, k - step, q, 35)[0]) / (2 * step)
    assert activation(name).layer(pair(0.7, 2.0)).derivative[0] == pytest.approx(float(slope), rel=1e-13)
    formula = activation(name).derivative_covariance(sympy.Rational(7, 10), sympy.Integer(2))
    assert float(formula) == pytest.approx(float(slope), rel=1e-15)


@pytest.mark.parametrize("name", CLOSED)
def test_symbolic_ends(name):
    """The formula at k = ±q is finite: E[φ²] and E[φ(u)φ(−u)]"""
    rule, q = activation(name), sympy.Integer(2)
    for sign in (1, -1):
        value, slope = rule.covariance(sign * q, q), rule.derivative_covariance(sign * q, q)
        assert value.is_finite is not False
        assert slope.is_finite is not False
        exact = [float(x) for x in moments(name, 2 * sign, 2)]
        assert [float(value), float(slope)] == pytest.approx(exact, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize(("q", "k"), [(400.0, -400.0), (1e4, -1e4), (1e4, 1e4), (800.0, -0.5)])
def test_sin_at_large_variance(q, k):
    """e^{−q} sinh k and e^{−q} cosh k, without overflow"""
    found = activation("sin").layer(pair(k, q))
    assert found.covariance[0] == pytest.approx(float(mp.exp(-q) * mp.sinh(k)), rel=1e-13, abs=1e-300)
    assert found.derivative[0] == pytest.approx(float(mp.exp(-q) * mp.cosh(k)), rel=1e-13, abs=1e-300)


# --- power series ----------------------------------------------------------------------------------

INNER = [0.3, 0.5, 0.0, 0.15, 0.05]  # k(t), k(1) = 1


@pytest.mark.parametrize("name", CLOSED)
def test_power_series_of_a_layer(name):
    """Taylor coefficients of C(k(t), q) and ∂C/∂k by numerical differentiation at 60 digits"""
    k = np.zeros(20)
    k[:5] = INNER
    found = activation(name).series_layer(k, 1.0, False)
    a, b = sympy.symbols("k q", real=True)
    inner = [mpf(x) for x in INNER]
    for series, formula in (
        (found.covariance, activation(name).covariance(a, b)),
        (found.derivative, activation(name).derivative_covariance(a, b)),
    ):
        value = sympy.lambdify((a, b), formula, "mpmath")
        with mp.workdps(80):
            exact = mp.taylor(lambda t: value(mp.polyval(inner[::-1], t), mpf(1)), 0, 19)  # noqa: B023
        for found_one, exact_one in zip(series, exact, strict=True):
            assert found_one == pytest.approx(float(exact_one), rel=1e-13, abs=1e-30)
            assert found_one >= 0


def test_hermite_series_composed():
    """Σ a_n² k(t)^n of φ = He_1 + 2 He_3/√6: k + 4 k³, slope 1 + 12 k²"""
    k = np.zeros(16)
    k[:5] = INNER
    found = Activation.from_coefficients([0.0, 1.0, 0.0, 2.0]).series_layer(k, 1.0, False)
    p = np.polynomial.Polynomial(INNER)
    assert np.abs(found.covariance[:13] - (p + 4 * p**3).coef).max() < 1e-14
    assert np.abs(found.derivative[:9] - (1 + 12 * p**2).coef).max() < 2e-14


# --- Hermite route ---------------------------------------------------------------------------------


def gelu_callable(x):
    return x * (1 + np.array([math.erf(v) for v in np.ravel(x / math.sqrt(2))]).reshape(np.shape(x))) / 2


def erf_callable(x):
    return np.array([math.erf(v) for v in np.ravel(x)]).reshape(np.shape(x))


def relu_callable(x):
    return np.maximum(x, 0.0)


@pytest.mark.parametrize(
    ("name", "function", "loosest"),
    [
        ("relu", relu_callable, 1e-3),
        ("erf", erf_callable, 1e-12),
        ("gelu", gelu_callable, 1e-12),
        ("sin", np.sin, 1e-12),
    ],
)
@pytest.mark.parametrize("q", [0.1, 1.0, 4.0])
def test_callable_against_closed_form(name, function, loosest, q):
    """Error of E[φφ'] within `uncertainty`, which is small for smooth activations"""
    rule = activation(function)
    rho = np.concatenate([np.linspace(-1, 1, 41), 1 - np.logspace(-12, -2, 11)])
    found, exact = rule.layer(pair(rho * q, q)), activation(name).layer(pair(rho * q, q))
    bound, top = rule.uncertainty(q), activation(name).top(q)
    rounding = 1e-14 * top.variance
    assert np.abs(found.covariance - exact.covariance).max() <= bound.covariance + rounding
    assert np.abs(found.deficit - exact.deficit).max() <= bound.covariance + rounding
    assert abs(rule.top(q).variance - top.variance) <= bound.covariance + rounding
    assert bound.covariance < loosest * top.variance
    assert np.abs(found.derivative - exact.derivative).max() <= bound.derivative + 1e-13 * top.derivative
    assert bound.derivative < (1e-9 if name != "relu" else 0.05) * top.derivative


@pytest.mark.parametrize("q", [0.25, 1.0, 3.0])
def test_tanh_against_the_trapezoid_rule(q):
    """∫∫ tanh(√q x) tanh(√q (ρx + √(1−ρ²) y)) N(x) N(y): the trapezoid rule converges geometrically"""
    z = np.arange(-9.5, 9.5, 0.0625)
    weight = np.exp(-(z**2) / 2) * 0.0625 / math.sqrt(2 * math.pi)
    rule, root = activation("tanh"), math.sqrt(q)
    bound = rule.uncertainty(q)
    for rho in (-1.0, -0.6, 0.0, 0.3, 0.95, 1.0):
        u, v = root * z[:, None], root * (rho * z[:, None] + math.sqrt(1 - rho**2) * z)
        value = weight @ (np.tanh(u) * np.tanh(v)) @ weight
        slope = weight @ (1 / np.cosh(u) ** 2 / np.cosh(v) ** 2) @ weight
        found = rule.layer(pair(rho * q, q))
        assert abs(found.covariance[0] - value) <= bound.covariance + 3e-15
        assert abs(found.derivative[0] - slope) <= bound.derivative + 3e-15
    assert bound.covariance < 1e-12
    assert bound.derivative < 1e-9


@given(st.lists(st.floats(-2, 2), min_size=2, max_size=9), st.floats(-1, 1))
@settings(max_examples=30)
def test_finite_hermite_series_at_unit_variance(coefficients, rho):
    """q = 1: E[φφ'] = Σ c_n² ρⁿ, E[φ'φ'] = Σ n c_n² ρ^{n−1}

    Equation: hermite-series
    """
    rule = Activation.from_coefficients(coefficients)
    squares = np.square(coefficients)
    found = rule.layer(pair(rho, 1.0))
    scale = squares.sum() + 1e-30
    assert found.covariance[0] == pytest.approx(np.polyval(squares[::-1], rho), abs=1e-13 * scale)
    slope = np.polyval((np.arange(len(squares)) * squares)[:0:-1], rho)
    assert found.derivative[0] == pytest.approx(slope, abs=1e-12 * scale)


def test_finite_hermite_series_at_another_variance():
    """φ = He_2/√2 = (x² − 1)/√2: E[φφ'] = (2k² + (q − 1)²)/2, E[φ'φ'] = 2k"""
    rule, q, k = Activation.from_coefficients([0.0, 0.0, 1.0]), 2.5, np.array([-2.5, -1.0, 0.0, 0.3, 2.5])
    found = rule.layer(pair(k, q))
    assert np.abs(found.covariance - (2 * k**2 + (q - 1) ** 2) / 2).max() < 1e-13
    assert np.abs(found.derivative - 2 * k).max() < 1e-13


@pytest.mark.parametrize(("function", "parity"), [(np.tanh, 1), (np.sin, 1), (np.cos, 0), (np.abs, 0)])
def test_zeros_by_parity_are_exact(function, parity):
    """a_n = 0 for n of the other parity"""
    found = hermite_series(function, 1.7).coefficients
    assert (found[1 - parity :: 2] == 0).all()
    assert abs(found[parity]) > 0.01


def test_hermite_coefficients_of_relu():
    """a_0 = √(q/2π), a_1 = √q/2, a_n = √q (−1)^{n/2−1} (n−3)!!/√(2π n!) for even n ≥ 2, 0 for odd n ≥ 3"""
    found = hermite_series(relu_callable, 2.0)
    for n in (2, 4, 6, 20, 60):
        exact = (
            math.sqrt(2 / (2 * math.pi))
            * (-1) ** (n // 2 - 1)
            * float(mpmath.fac2(n - 3) / mpmath.sqrt(mpmath.factorial(n)))
        )
        assert found.coefficients[n] == pytest.approx(exact, abs=2e-15)
    assert found.coefficients[0] == pytest.approx(1 / math.sqrt(math.pi), rel=1e-14)
    assert found.coefficients[1] == pytest.approx(math.sqrt(0.5), rel=1e-14)
    assert np.abs(found.coefficients[3::2]).max() <= max(found.noise, 1e-15)


def test_kink_away_from_zero_is_bounded():
    """clip(x, −1, 1): E[φ²] = ∫ min(x², 1) N(x) dx within the reported uncertainty"""
    rule = activation(lambda x: np.clip(x, -1, 1))
    for q in (0.5, 1.0, 2.0):
        with mp.workdps(20):
            edge = 1 / mp.sqrt(mpf(q))
            exact = 2 * mp.quad(lambda z: q * z**2 * density(z), [0, edge]) + mp.erfc(edge / mp.sqrt(2))  # noqa: B023
        assert abs(rule.top(q).variance - float(exact)) <= rule.uncertainty(q).covariance


@pytest.mark.parametrize(("low", "high"), [(-1.0, 1.0), (-0.5, 1.3), (0.2, 0.9)])
@pytest.mark.parametrize("q", [0.05, 0.3, 0.5, 1.0, 2.0, 2.7, 7.3, 100.0])
def test_kinks_are_found(low, high, q):
    """clip(x, a, b): E[φ'²] = P(a < x < b), and E[φ²] = a² P(x < a) + E[x²; a < x < b] + b² P(x > b)"""
    top = activation(lambda x: np.clip(x, low, high)).top(q)
    a, b = low / math.sqrt(q), high / math.sqrt(q)
    inside = special.ndtr(b) - special.ndtr(a)
    ends = [math.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) for z in (a, b)]
    power = q * (inside + a * ends[0] - b * ends[1]) + low**2 * special.ndtr(a) + high**2 * special.ndtr(-b)
    assert top.derivative == pytest.approx(inside, rel=0, abs=1e-11)
    assert top.variance == pytest.approx(power, rel=1e-11)


@pytest.mark.parametrize("q", [0.3, 1.0, 1.0001, 7.3])
def test_jumps_away_from_zero_are_found(q):
    """θ(x − 1/3): E[φ²] = P(x > 1/3), and no finite slope"""
    rule = activation(lambda x: np.where(x > 1 / 3, 1.0, 0.0))
    assert rule.top(q).variance == pytest.approx(special.ndtr(-1 / (3 * math.sqrt(q))), rel=1e-11)
    assert rule.top(q).derivative == rule.uncertainty(q).derivative == math.inf


def test_noise_is_stated():
    """A staircase of more steps than can be told apart: the error of its quadrature is in the uncertainty"""
    rule = activation(lambda x: np.round(50 * x) / 50)
    z = np.linspace(-12, 12, 4_000_001)
    exact = float(
        np.mean((np.round(50 * z * 10) / 50) ** 2 * np.exp(-(z**2) / 2)) * 24 / math.sqrt(2 * math.pi)
    )
    assert 0 < abs(rule.top(100.0).variance - exact) <= rule.uncertainty(100.0).covariance + 1e-6


def test_smooth_functions_take_no_more_panels():
    assert len(rough_places(np.tanh, 1.0)) == len(rough_places(lambda x: np.maximum(x, 0), 1.0)) == 26
    assert len(rough_places(lambda x: np.clip(x, -1, 1), 0.3)) < 120


def test_jump_has_no_finite_slope():
    """sign(x): E[φφ'] = (2/π) asin ρ, and E[φ'²] = ∞, which no finite bound covers"""
    rule = activation(np.sign)
    rho = np.linspace(-0.99, 0.99, 9)
    found = rule.layer(pair(rho, 1.0))
    assert np.abs(found.covariance - 2 / np.pi * np.arcsin(rho)).max() <= rule.uncertainty(1.0).covariance
    assert rule.uncertainty(1.0).derivative == math.inf


# --- choice ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "hint"),
    [("rellu", "relu"), ("ReLU", "relu"), ("Tanh", "tanh"), ("geluu", "gelu"), ("sine", "sin")],
)
def test_unknown_names_suggest(text, hint):
    with pytest.raises(ValueError, match=f"did you mean '{hint}'"):
        activation(text)


@pytest.mark.parametrize("bad", [None, 3, ""])
def test_not_an_activation(bad):
    with pytest.raises(ValueError, match="activation must be one of"):
        activation(bad)


def test_names_and_objects():
    assert activation("tanh").name == "tanh"
    assert activation(np.cos) is activation(np.cos)
    rule = Activation.from_coefficients([1.0, 2.0])
    assert activation(rule) is rule


def test_callables_without_a_hash():
    class Scaled:
        __hash__ = None

        def __call__(self, x):
            return 2 * np.tanh(x)

    assert activation(Scaled()).top(1.0).variance == pytest.approx(4 * activation("tanh").top(1.0).variance)


@pytest.mark.parametrize(
    "bad", [np.log, lambda x: np.full_like(x, np.nan), lambda x: np.where(x > 3, np.inf, x)]
)
def test_functions_that_are_not_finite(bad):
    with pytest.raises(ValueError, match="activation must be finite"):
        activation(bad).top(1.0)


@pytest.mark.parametrize("bad", [lambda x: 1.0, lambda x: x[:-1], lambda x: x[:, None] * np.ones(2)])
def test_functions_of_the_wrong_shape(bad):
    with pytest.raises(ValueError, match="activation must map an array"):
        activation(bad).top(1.0)


@pytest.mark.parametrize("bad", [[], [[1.0]], [math.nan], [1.0, math.inf]])
def test_bad_coefficients(bad):
    with pytest.raises(ValueError, match="coefficients must be"):
        Activation.from_coefficients(bad)


@pytest.mark.parametrize("name", ["tanh", np.cos])
def test_no_formula_without_a_closed_form(name):
    with pytest.raises(ValueError, match="closed form"):
        activation(name).covariance(*sympy.symbols("k q"))
