"""The arithmetic of power series and of their eigenvalues, against exact fractions and mpmath."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from fieldtheory.power_series import compose, funk_hecke, integrate, inverse_square_root, multiply
from fieldtheory.sphere.projection import project_by_parity

COEFFICIENT = st.just(0.0) | st.floats(1e-6, 1.0)
PAIRS = st.integers(1, 23).flatmap(lambda n: st.tuples(*(st.lists(COEFFICIENT, min_size=n, max_size=n),) * 2))


def product(a, b):
    """Σ_{j+k=m} a_j b_k, m < len(a), exactly"""
    return [sum(Fraction(a[j]) * Fraction(b[m - j]) for j in range(m + 1)) for m in range(len(a))]


@given(PAIRS)
def test_products(pair):
    """(ab)_m = Σ_j a_j b_{m-j}, each to rounding of its own size"""
    a, b = map(np.array, pair)
    np.testing.assert_allclose(multiply(a, b), np.array(product(*pair), dtype=float), rtol=1e-14)


@pytest.mark.parametrize("length", [300, 301, 302, 303, 304, 1001])
def test_long_products(length):
    """(ab)_m = Σ_j a_j b_{m-j} of series with gaps, each summed without rounding"""
    random = np.random.default_rng(length)
    a, b = random.random((2, length)) * 0.9 ** np.arange(length)
    a[:7], a[40:60], b[1::2] = 0, 0, 0
    exact = [math.fsum(a[: m + 1] * b[m::-1]) for m in range(length)]
    np.testing.assert_allclose(multiply(a, b), exact, rtol=1e-14)


@given(PAIRS)
def test_inverse_square_roots(pair):
    """s² (1 − u²) = 1 for s = (1 − u²)^(−1/2)"""
    u = np.array(pair[0]) / 4
    exact = [Fraction(s) for s in inverse_square_root(u)]
    square = product(u.tolist(), u.tolist())
    rest = [(1 if m == 0 else 0) - square[m] for m in range(len(u))]
    whole = product(product(exact, exact), rest)
    largest = float(max(exact)) ** 2 + 1
    np.testing.assert_allclose(np.array(whole, dtype=float), np.eye(len(u))[0], atol=1e-14 * largest)


@given(PAIRS)
def test_integrals(pair):
    """m F_m = Σ_k k u_k F'_{m−k}: with F' = 2u it is u² up to its constant"""
    u = np.array(pair[0])
    found = integrate(2 * u, u, float(u[0] ** 2))
    np.testing.assert_allclose(found, np.array(product(pair[0], pair[0]), dtype=float), rtol=1e-14)


@given(st.lists(COEFFICIENT, min_size=1, max_size=12), PAIRS)
def test_compositions(other, pair):
    """Σ_n c_n u^n by Horner's rule in fractions, for two outer series at once"""
    outer, inner = pair
    both = compose([np.array(outer), np.array(other)], np.array(inner))
    for coefficients, found in zip((outer, other), both, strict=True):
        expected = [Fraction(0)] * len(inner)
        for c in reversed(coefficients):
            expected = product(expected, inner)
            expected[0] += Fraction(c)
        np.testing.assert_allclose(found, np.array(expected, dtype=float), rtol=1e-13)


@pytest.mark.parametrize("dim", [2, 3, 4, 10, 300])
@pytest.mark.parametrize("length", [4, 40, 300])
def test_weights_that_are_left_out(dim, length):
    """max_s W(l, s) over all coefficients beyond the given ones, W walked up to where it falls for good"""
    degrees = [0, 1, 2, 3, 10, 41, 90]
    _, exponent, beyond = funk_hecke(np.zeros(length), dim, max(degrees))
    for degree in degrees:
        with mp.workdps(25):
            weight, s, largest = mpf(1), 0, mpf(0)
            for step in range(1, degree + 1):
                weight *= mpf(step) / (dim + 2 * step - 2)
            while degree + 2 * s < length or s < degree**2:
                if degree + 2 * s >= length:
                    largest = max(largest, weight)
                ratio = mpf((2 * s + degree + 2) * (2 * s + degree + 1)) / (2 * (s + 1))
                weight *= ratio / (2 * s + 2 * degree + dim)
                s += 1
            largest = max(largest, weight)
            assert float(mp.ldexp(mpf(beyond[degree]), int(exponent[degree])) / largest) == pytest.approx(
                1, rel=1e-9
            )


@pytest.mark.parametrize("dim", [2, 3, 7, 50])
@pytest.mark.parametrize("points", [1, 63, 64, 131])
def test_projections(dim, points):
    """Σ_i f(t_i) P_l(t_i) and Σ_i m_i |P_l(t_i)|, P_l = 2F1(−l, l + d − 2; (d − 1)/2; (1 − t)/2)

    Equation: power-series-eigenvalue
    """
    random = np.random.default_rng(points)
    t, functions, measure = (
        random.uniform(-1, 1, points),
        random.normal(size=(2, points)),
        random.random(points),
    )
    found, sizes = project_by_parity(9, t, dim, functions, measure)
    for degree in range(10):
        values = np.array(
            [float(mp.hyp2f1(-degree, degree + dim - 2, mpf(dim - 1) / 2, (1 - mpf(x)) / 2)) for x in t]
        )
        assert found[degree] == pytest.approx(functions[degree % 2] @ values, abs=1e-12)
        assert sizes[degree] == pytest.approx(measure @ np.abs(values), rel=1e-12)
