"""Multiplicities, Gegenbauer polynomials, Gauss rules: counting, mpmath, SciPy, moments of the sphere."""

import itertools
import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from fieldtheory.sphere.harmonics import (
    AngleTransform,
    float_multiplicities,
    gauss_rule,
    gegenbauer,
    log_multiplicities,
    multiplicities,
    multiplicity,
)


def harmonics_by_counting(degree, dim):
    """Homogeneous polynomials of degree l, less those divisible by |x|²."""
    divisible = math.comb(degree + dim - 3, dim - 1) if degree >= 2 else 0
    return math.comb(degree + dim - 1, dim - 1) - divisible


def gegenbauer_exact(degree, t, dim):
    """P_l(t) = ₂F₁(−l, l+d−2; (d−1)/2; (1−t)/2)"""
    with mpmath.workdps(30 + degree):
        x = (1 - mpmath.mpf(float(t))) / 2
        terms, total = mpmath.mpf(1), mpmath.mpf(1)
        for n in range(degree):
            terms *= (
                mpmath.mpf(n - degree) * (n + degree + dim - 2) / (mpmath.mpf(dim - 1) / 2 + n) / (n + 1) * x
            )
            total += terms
        return float(total)


def even_moment(half, dim):
    """∫ t^{2n} dμ = (2n−1)!!/(d(d+2)…(d+2n−2))"""
    value = 1.0
    for n in range(half):
        value *= (2 * n + 1) / (dim + 2 * n)
    return value


# --- multiplicities --------------------------------------------------------------------------------


@pytest.mark.parametrize("dim", [2, 3, 4, 5, 7, 50, 101, 1000, 10_000])
def test_multiplicity_counts_polynomials(dim):
    """deg(l) = C(l+d−1, d−1) − C(l+d−3, d−1)

    Equation: multiplicity
    """
    degrees = [*range(12), 40, 173]
    assert [multiplicity(l, dim) for l in degrees] == [harmonics_by_counting(l, dim) for l in degrees]


@given(st.integers(0, 2000), st.integers(2, 10_000))
@settings(max_examples=50)
def test_multiplicity_is_exact(degree, dim):
    """deg(l) = C(l+d−1, d−1) − C(l+d−3, d−1)"""
    assert multiplicity(degree, dim) == harmonics_by_counting(degree, dim)


@pytest.mark.parametrize("dim", [2, 3, 4, 9, 300])
def test_multiplicities_add_up_to_two_shells_of_the_sphere_above(dim):
    """Σ_{l≤n} deg_d(l) = deg_{d+1}(n): a harmonic restricted to a meridian"""
    for n in range(8):
        assert sum(multiplicities(n, dim)) == harmonics_by_counting(n, dim + 1)


def test_multiplicities_beyond_the_float_range():
    counts = multiplicities(400, 10_000)
    assert counts[400] > 10**308
    assert float_multiplicities(400, 10_000)[400] == math.inf
    logs = log_multiplicities(400, 10_000)
    assert logs[400] == pytest.approx(float(mpmath.log(counts[400])), rel=1e-15)
    assert not logs.flags.writeable


@pytest.mark.parametrize("dim", [1, 0, -3, 2.5, True, "3", None])
def test_bad_dimension(dim):
    with pytest.raises(ValueError, match="dim must be"):
        multiplicity(2, dim)
    with pytest.raises(ValueError, match="dim must be"):
        gegenbauer(2, 0.5, dim)


@pytest.mark.parametrize("degree", [-1, 1.5, True, "2", None])
def test_bad_degree(degree):
    with pytest.raises(ValueError, match="degree must be"):
        multiplicity(degree, 3)
    with pytest.raises(ValueError, match="max_degree must be"):
        gegenbauer(degree, 0.5, 3)


# --- polynomials -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dim", [2, 3, 10, 1000])
def test_gegenbauer_against_the_hypergeometric_sum(dim):
    """P_l(t) = ₂F₁(−l, l+d−2; (d−1)/2; (1−t)/2)

    Equation: gegenbauer-recursion
    """
    t = np.array([-1.0, -0.999, -0.6, -0.05, 0.0, 0.3, 0.77, 1 - 1e-9, 1.0])
    table = gegenbauer(60, t, dim)
    for degree in (0, 1, 2, 3, 10, 31, 60):
        exact = np.array([gegenbauer_exact(degree, x, dim) for x in t])
        assert np.abs(table[degree] - exact).max() < 2e-13  # errors grow like l² next to t = 1
    assert (table[:, -1] == 1).all()
    assert (table[:, 0] == (-1.0) ** np.arange(61)).all()


def test_gegenbauer_of_circle_and_sphere():
    """d = 2: cos l a; d = 3: Legendre; else C_l^{(d/2−1)}(t)/C_l^{(d/2−1)}(1)"""
    t = np.linspace(-1, 1, 41)
    l = np.arange(30)[:, None]
    assert np.abs(gegenbauer(29, t, 2) - np.cos(l * np.arccos(t))).max() < 1e-13
    assert np.abs(gegenbauer(29, t, 3) - special.eval_legendre(l, t)).max() < 1e-14
    for dim in (4, 10):
        scipy_values = special.eval_gegenbauer(l, dim / 2 - 1, t) / special.eval_gegenbauer(
            l, dim / 2 - 1, 1.0
        )
        assert np.abs(gegenbauer(29, t, dim) - scipy_values).max() < 1e-12


def test_shape_follows_t():
    assert gegenbauer(3, 0.5, 3).shape == (4,)
    assert gegenbauer(3, np.zeros((2, 5)), 3).shape == (4, 2, 5)
    assert gegenbauer(0, [0.1, 0.2], 7).tolist() == [[1.0, 1.0]]


def test_addition_theorem_on_the_ordinary_sphere():
    """Σ_m Y_lm(x) Y_lm*(y) = deg(l) P_l(x·y), Y orthonormal for the measure of mass 1"""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 20, 3))
    x, y = (v / np.linalg.norm(v, axis=1)[:, None] for v in (x, y))
    polar, azimuth = (np.arccos(np.stack([x, y])[..., 2]), np.arctan2(*np.stack([x, y]).T[1::-1]).T)
    p = gegenbauer(8, (x * y).sum(axis=1), 3)
    for l in range(9):
        total = np.zeros(20, complex)
        for m in range(-l, l + 1):
            both = special.sph_harm_y(l, m, polar, azimuth) * math.sqrt(4 * math.pi)
            total += both[0] * both[1].conj()
        assert np.abs(total - multiplicity(l, 3) * p[l]).max() < 1e-12


@pytest.mark.parametrize(("dim", "half"), [(2, 3), (3, 4), (4, 3), (5, 2)])
def test_addition_theorem_in_any_dimension(dim, half):
    """∫ deg(l) P_l(x·z) deg(l') P_l'(z·y) dμ(z) = δ_ll' deg(l) P_l(x·y), an exact cubature of the sphere"""
    t, w = special.roots_legendre(4 * half)  # Π sin^k of the angles, by Gauss–Jacobi rules
    nodes, weights = np.ones((1, 0)), np.ones(1)
    sine = np.ones(1)
    for axis in range(dim - 2):
        t, w = special.roots_jacobi(4 * half, (dim - 3 - axis) / 2, (dim - 3 - axis) / 2)
        nodes = np.concatenate([np.repeat(nodes, len(t), axis=0), (sine[:, None] * t).reshape(-1, 1)], axis=1)
        sine = (sine[:, None] * np.sqrt(1 - t**2)).ravel()
        weights = (weights[:, None] * w / w.sum()).ravel()
    angles = 2 * np.pi * np.arange(4 * half + 1) / (4 * half + 1)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    z = np.concatenate(
        [np.repeat(nodes, len(angles), axis=0), (sine[:, None, None] * circle).reshape(-1, 2)], axis=1
    )
    weights = np.repeat(weights, len(angles)) / len(angles)
    rng = np.random.default_rng(dim)
    x, y = rng.standard_normal((2, dim))
    x, y = x / np.linalg.norm(x), y / np.linalg.norm(y)
    px, py = gegenbauer(half, z @ x, dim), gegenbauer(half, z @ y, dim)
    expected = gegenbauer(half, float(x @ y), dim)
    for l, k in itertools.product(range(half + 1), repeat=2):
        integral = multiplicity(l, dim) * (weights * px[l] * py[k]).sum()
        assert integral == pytest.approx(expected[l] if l == k else 0.0, abs=1e-13)


# --- Gauss rules -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dim", [2, 3, 4, 50, 1000, 10_000])
@pytest.mark.parametrize("n", [1, 2, 7, 40, 400])
def test_gauss_rule_moments(dim, n):
    """∫ t^{2m} dμ = (2m−1)!!/(d(d+2)…(d+2m−2)) for 2m ≤ 2n−1"""
    t, w = gauss_rule(dim, n)
    assert len(t) == len(w) == n
    assert np.isfinite(t).all()
    assert (w >= 0).all()
    assert (np.diff(t) > 0).all()
    assert np.abs(t).max(initial=0) < 1
    assert (t == -t[::-1]).all()
    for half in range(min(n, 12)):
        assert w @ t ** (2 * half) == pytest.approx(even_moment(half, dim), rel=1e-12)


@pytest.mark.parametrize(("dim", "n"), [(3, 200), (2, 100), (4, 150)])
def test_gauss_rule_against_scipy(dim, n):
    t, w = gauss_rule(dim, n)
    nodes, weights = special.roots_jacobi(n, (dim - 3) / 2, (dim - 3) / 2)
    assert np.abs(t - nodes).max() < 1e-13
    assert np.abs(w * weights.sum() / weights - 1).max() < 1e-9


@pytest.mark.parametrize("dim", [2, 3, 10, 1000, 10_000])
def test_gauss_rule_orthogonality(dim):
    """∫ P_l P_l' dμ = δ_ll'/deg(l)"""
    t, w = gauss_rule(dim, 41)
    p = gegenbauer(40, t, dim)
    scale = np.sqrt(float_multiplicities(40, dim))
    gram = (w * p) @ p.T * scale[:, None] * scale
    degrees = slice(0, 41 if dim < 1000 else 12)  # the recurrence is absolutely, not relatively, accurate
    assert np.abs(gram - np.eye(41))[degrees, degrees].max() < 1e-8


@pytest.mark.parametrize(("dim", "n"), [(500, 1000), (1000, 2000), (10_000, 1000)])
def test_gauss_rule_with_weights_below_the_float_range(dim, n):
    """The outermost weights underflow to 0; nothing becomes NaN and nothing warns."""
    t, w = gauss_rule(dim, n)
    assert np.isfinite(w).all()
    assert w.sum() == pytest.approx(1, rel=1e-14)
    assert w @ t**2 == pytest.approx(1 / dim, rel=1e-12)


@pytest.mark.parametrize("n", [0, -1, 2.5, None])
def test_bad_number_of_nodes(n):
    with pytest.raises(ValueError, match="n must be"):
        gauss_rule(3, n)


# --- transform -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dim", [2, 3, 10, 100])
def test_round_trip(dim):
    transform = AngleTransform.build(dim, 12)
    assert transform.max_degree == 12
    coefficients = np.random.default_rng(1).uniform(0.5, 1, (3, 13)) / float_multiplicities(12, dim)
    back = transform.to_degrees(transform.to_angles(coefficients))
    assert back.shape == (3, 13)
    assert np.abs(back - coefficients).max() < 1e-14


def test_transform_of_powers():
    """t² = 1/d + (1 − 1/d) P_2(t), so F_0 = 1/d, F_2 = (1 − 1/d)/deg(2)

    Equation: funk-hecke
    """
    for dim in (2, 3, 17, 10_000):
        transform = AngleTransform.build(dim, 4)
        found = transform.to_degrees(transform.nodes**2)
        expected = [1 / dim, 0, (1 - 1 / dim) / multiplicity(2, dim), 0, 0]
        assert np.abs(found - expected).max() < 1e-15


@pytest.mark.parametrize("dim", [2, 3, 8])
def test_product_projection(dim):
    """[A B]_l = Σ deg(i) A_i deg(j) B_j ∫ P_i P_j P_l dμ, by SciPy's quadrature of many more nodes"""
    rng = np.random.default_rng(2)
    a, b = rng.standard_normal((2, 9))
    transform = AngleTransform.build(dim, 8, nodes=14)  # (2+1)(8+1)/2 = 13.5
    found = transform.to_degrees(transform.to_angles(a) * transform.to_angles(b))
    t, w = special.roots_jacobi(60, (dim - 3) / 2, (dim - 3) / 2)
    p = np.array([[gegenbauer_exact(l, x, dim) for x in t] for l in range(9)])
    deg = np.array([harmonics_by_counting(l, dim) for l in range(9)])
    expected = p @ (w / w.sum() * ((a * deg) @ p) * ((b * deg) @ p))
    assert np.abs(found - expected).max() < 1e-12 * np.abs(expected).max()


def test_traces_stay_finite_where_multiplicities_do_not():
    transform = AngleTransform.build(10_000, 200, nodes=210)
    assert float_multiplicities(200, 10_000)[-1] == math.inf
    traces = np.exp(-np.arange(201.0))
    assert np.isfinite(transform.traces_to_angles(traces)).all()


def test_wrong_number_of_degrees():
    transform = AngleTransform.build(3, 4)
    with pytest.raises(ValueError, match=r"degree_traces must have 5 degrees \(got 4\)"):
        transform.traces_to_angles(np.ones(4))
    with pytest.raises(ValueError, match=r"coefficients must have 5 degrees \(got 6\)"):
        transform.to_angles(np.ones(6))
    with pytest.raises(ValueError, match=r"coefficients must have 5 degrees \(got a number\)"):
        transform.to_angles(1.0)


@pytest.mark.parametrize(
    ("bad", "message"), [(4, "nodes must be at least 5"), (2.5, "nodes must be an integer")]
)
def test_too_few_nodes_for_the_round_trip(bad, message):
    with pytest.raises(ValueError, match=message):
        AngleTransform.build(3, 4, nodes=bad)
    exact = AngleTransform.build(3, 4, nodes=5)
    coefficients = np.arange(1.0, 6.0)
    assert np.abs(exact.to_degrees(exact.to_angles(coefficients)) - coefficients).max() < 1e-13


def test_transform_of_complex_numbers():
    """Real and imaginary parts apart, in each direction"""
    transform = AngleTransform.build(4, 3)
    real, imaginary = np.random.default_rng(3).standard_normal((2, 4))
    for direction in (transform.to_angles, transform.traces_to_angles):
        found = direction(real + 1j * imaginary)
        assert (
            np.abs(found - (direction(real) + 1j * direction(imaginary))).max() < 1e-14 * np.abs(found).max()
        )
    values = transform.to_angles(real + 1j * imaginary)
    assert np.abs(transform.to_degrees(values) - (real + 1j * imaginary)).max() < 1e-13
    assert transform.to_degrees(transform.to_angles(np.ones(4, dtype=np.int64))).dtype == np.float64


@pytest.mark.parametrize("bad", [-1, 1.5])
def test_transform_refuses_bad_degrees(bad):
    with pytest.raises(ValueError, match="max_degree must be"):
        AngleTransform.build(3, bad)
