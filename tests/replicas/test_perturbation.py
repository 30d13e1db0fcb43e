"""Perturbation theory against its formulas written out, exact finite-rank averages, and N made exact."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from fieldtheory.spectrum import Spectrum
from fieldtheory.sphere.harmonics import multiplicities
from fieldtheory.targets import Target
from fieldtheory.workbench.curves.learning_curve import learning_curve
from replicas.observables import product, reciprocal
from replicas.prediction import Problem
from replicas.self_energy.words import self_energy_words
from replicas.theories.perturbative import perturbation_series

FINITE_RANK = json.loads((Path(__file__).parents[1] / "data" / "finite_rank.json").read_text())["cases"]
NAMES = [f"{c['ensemble']}-d{c['d']}-{c['n']}-{c['sig2']}" for c in FINITE_RANK]


def problem(lam, n, ridge, dim, ensemble="poisson"):
    spectrum = Spectrum.from_arrays(lam, multiplicities(len(lam) - 1, dim), dim=dim)
    return Problem(spectrum, np.ones(len(lam)), np.atleast_1d(np.array(n, float)), ridge, 0.0, ensemble)


def curve(lam, n, ridge, dim, order, ensemble="poisson", **options):
    spectrum = Spectrum.from_arrays(lam, multiplicities(len(lam) - 1, dim), dim=dim)
    target = Target({l: 1.0 for l in range(len(lam))})
    return learning_curve(
        spectrum, target, [n], ridge=ridge, theory="perturbative", order=order, ensemble=ensemble, **options
    )


def by_order(lam, n, ridge, dim, order, ensemble="poisson"):
    """Terms of a_l and E_l, shape (order + 1, degrees)."""
    series = perturbation_series(problem(lam, n, ridge, dim, ensemble), order)
    errors = product(series.missed, series.missed, series.source)
    coefficients = [(k == 0) - term[0, :-1] for k, term in enumerate(series.missed)]
    return np.array(coefficients), np.array([term[0, :-1] for term in errors])


def resolvents(case, order):
    """G_l = lambda_l (1 - a_l) and (G^2)_l = lambda_l^2 E_l."""
    lam = np.array(case["lam"])
    found = curve(case["lam"], case["n"], case["sig2"], case["d"], order, case["ensemble"])
    return np.concatenate([lam * (1 - found.coefficients[0]), lam**2 * found.error_by_degree[0]])


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("case", [c for c in FINITE_RANK if "PT1" in c], ids=lambda c: f"{c['d']}-{c['n']}")
def test_finite_rank_numbers(case, order):
    """Orders 1 to 3 of two-degree kernels, from another program, to 1e-12."""
    assert resolvents(case, order) == pytest.approx(case[f"PT{order}"], rel=1e-12, abs=0)


@pytest.mark.parametrize("case", FINITE_RANK, ids=NAMES)
def test_fourth_order_against_exact_averages(case):
    """Monte Carlo within 4 standard errors and twice what the fourth order adds, as is next to come."""
    fourth, third = resolvents(case, 4), resolvents(case, 3)
    miss = np.abs(fourth - case["mc"])
    assert (miss <= 4 * np.array(case["se"]) + 2 * np.abs(fourth - third)).all()
    size = (1 + case["d"]) / case["n"]  # modes/N
    if size <= 0.1:
        assert (miss <= 4 * np.array(case["se"]) + 40 * size**5 * np.abs(case["mc"])).all()


def angle_rule(dim, nodes=40):
    """Gauss-Legendre times (1-t^2)^((d-3)/2), normalised: exact for odd d and low degree."""
    t, w = np.polynomial.legendre.leggauss(nodes)
    w = w * (1 - t**2) ** ((dim - 3) // 2)
    return t, w / w.sum()


def polynomials_at(t, size, dim):
    rows = [1 + 0 * t, t]
    for l in range(1, size):
        rows.append(((2 * l + dim - 2) * t * rows[l] - l * rows[l - 1]) / (l + dim - 2))
    return np.array(rows[:size])


def written_out(lam, n, ridge, dim, rule=None):
    """a_l and E_l at orders 0, 1, 2: the formulas of sections 3.1 to 3.4 (floats, or mpmath with a rule)."""
    deg = np.array(multiplicities(len(lam) - 1, dim))
    t, w = angle_rule(dim) if rule is None else rule
    basis = polynomials_at(t, len(lam), dim)
    delta = ridge / n
    c = lam * delta / (lam + delta)
    c1, c2, c3 = ((deg * c**k).sum() for k in (1, 2, 3))
    once, twice = (deg * c) @ basis, (deg * c**2) @ basis
    x, y = basis @ (w * once**3), basis @ (w * once**2 * twice)
    first = n / ridge**2
    sigma2 = n / ridge**3 * c1**2 - first**2 * (c1 * c2 + x)
    coefficients = [
        lam / (lam + delta),
        -c1 / n * lam / (lam + delta) ** 2,
        -(c**3 * first**2 * c1**2 - c**2 * sigma2) / lam,
    ]
    errors = [
        (delta / (lam + delta)) ** 2,
        first * (2 * c**3 * c1 + c**2 * c2) / lam**2,
        (
            first**2
            * (3 * c**4 * c1**2 + 4 * c**3 * c1 * c2 + 2 * c**3 * x + c**2 * (c2**2 + 2 * c1 * c3 + 3 * y))
            - 2 * n / ridge**3 * (c**3 * c1**2 + c**2 * c1 * c2)
        )
        / lam**2,
    ]
    return np.array(coefficients), np.array(errors)


@settings(max_examples=60)
@example([10.0, 0.001], 1.0, 100.0, 3)
@given(
    st.lists(st.floats(-3, 2).map(lambda x: 10.0**x), min_size=1, max_size=6),
    st.floats(0, 4).map(lambda x: 10.0**x),
    st.floats(-3, 2).map(lambda x: 10.0**x),
    st.sampled_from([3, 5, 7]),
)
def test_formulas_of_the_first_orders(lam, n, ridge, dim):
    """Every term of a_l and E_l through second order, to 1e-12 of the terms it is made of.

    Equation: first-order, second-order
    """
    found = by_order(lam, n, ridge, dim, 2)
    expected = written_out(np.array(lam), n, ridge, dim)
    for each, formula in zip(found, expected, strict=True):
        modes = 1 + sum(m * x / (x + ridge / n) for m, x in zip(multiplicities(9, dim), lam, strict=False))
        size = np.abs(formula) + (modes / n) ** np.arange(3)[:, None]  # rounding of a_l is that of 1
        assert (np.abs(each - formula) <= 1e-12 * size).all()


def test_variance_of_second_order():
    """lambda_l^2 v_l at second order, section 3.4: the error less the square of 1 - a_l, order by order."""
    lam, n, ridge, dim = np.array([1.0, 0.3, 0.05, 0.01]), 40.0, 0.7, 5
    deg, (t, w) = np.array(multiplicities(3, dim)), angle_rule(dim)
    basis = polynomials_at(t, 4, dim)
    c = lam * ridge / (n * lam + ridge)
    c1, c2, c3 = ((deg * c**k).sum() for k in (1, 2, 3))
    y = basis @ (w * ((deg * c) @ basis) ** 2 * ((deg * c**2) @ basis))
    expected = c**2 * (
        n**2 / ridge**4 * (2 * c * c1 * c2 + c2**2 + 2 * c1 * c3 + 3 * y) - 2 * n / ridge**3 * c1 * c2
    )
    full = curve(lam, n, ridge, dim, 2)
    lower = curve(lam, n, ridge, dim, 1)
    # bias and variance for a target in one degree only
    for l in range(4):
        spectrum = Spectrum.from_arrays(lam, deg, dim=dim)
        two, one = (
            learning_curve(
                spectrum, Target({l: 1.0}), [n], ridge, theory="perturbative", order=k, ensemble="poisson"
            ).variance[0]
            for k in (2, 1)
        )
        assert (two - one) * lam[l] ** 2 == pytest.approx(expected[l], rel=1e-11, abs=0)
    assert full.order == 2
    assert lower.theory == "perturbative"


def gauss_rule_of_mp(dim, nodes):
    t, w = np.polynomial.legendre.leggauss(nodes)
    nodes_mp, weights = [], []
    for x in t:  # Newton to the working precision
        x = mpf(float(x))
        for _ in range(6):
            x -= mp.legendre(nodes, x) / mp.diff(lambda z: mp.legendre(nodes, z), x)
        slope = nodes * (mp.legendre(nodes - 1, x) - x * mp.legendre(nodes, x)) / (1 - x**2)
        nodes_mp.append(x)
        weights.append(2 / ((1 - x**2) * slope**2) * (1 - x**2) ** ((dim - 3) // 2))
    total = mp.fsum(weights)
    return np.array(nodes_mp), np.array([x / total for x in weights])


@pytest.mark.parametrize("lam", [[1.0, 0.5], [1.0, 0.25, 0.0625]])
def test_exact_number_of_points(lam):
    """Section 7: F(N) = exp{N [ln(1+D) - D]} F_P, term by term through third order, with 60 digits.

    F_P - (N/2) F_P'' + (N/3 D^3 + N^2/8 D^4) F_P - (N/4 D^4 + N^2/6 D^5 + N^3/48 D^6) F_P + ...

    Equation: fixed-number
    """
    dim, n, ridge = 5, 30, 0.5
    frozen = np.array(by_order(lam, n, ridge, dim, 3, "fixed"))
    poisson = np.array(by_order(lam, n, ridge, dim, 3))
    with mp.workdps(60):
        rule = gauss_rule_of_mp(dim, 8)
        values = np.array([mpf(x) for x in lam])

        def terms(size):
            return written_out(values, size, mpf(ridge), dim, rule)

        step = mpf(10) ** -6
        stencil = {k: terms(n + k * step) for k in range(-4, 5)}

        def derivative(which, order, degree, power):
            """From a polynomial of degree 8 through nine points: errors of step^2 at least."""
            points = [stencil[k][which][order, degree] for k in range(-4, 5)]
            matrix = mp.matrix([[mpf(k) ** j for j in range(9)] for k in range(-4, 5)])
            return mp.lu_solve(matrix, mp.matrix(points))[power] * mp.factorial(power) / step**power

        size = mpf(n)
        shifts = {
            1: {2: -size / 2},
            2: {3: size / 3, 4: size**2 / 8},
            3: {4: -size / 4, 5: -(size**2) / 6, 6: -(size**3) / 48},
        }
        for which in (0, 1):
            for l in range(len(lam)):
                for order in range(4):
                    expected = mpf(float(poisson[which][order, l]))
                    for by in range(1, order + 1):
                        for power, factor in shifts[by].items():
                            expected += factor * derivative(which, order - by, l, power)
                    assert frozen[which][order, l] == pytest.approx(float(expected), rel=1e-9, abs=0)


@pytest.mark.parametrize("case", [c for c in FINITE_RANK if c["ensemble"] == "fixed"], ids=lambda c: c["n"])
def test_exact_number_of_points_is_closer(case):
    """Against the exact averages at fixed N the words of that ensemble, from order 1 to 4, come closer."""
    misses = [np.abs(resolvents(case, k) / np.array(case["mc"]) - 1).max() for k in range(5)]
    noise = (np.array(case["se"]) / case["mc"]).max()
    assert all(b < 0.6 * a + 4 * noise for a, b in zip(misses[:-1], misses[1:], strict=True))


@pytest.mark.parametrize("ensemble", ["poisson", "fixed"])
def test_one_mode_by_hand(ensemble):
    """lambda_0 alone: G = <1/(1/lambda + N/ridge)>, exact: only the number of points fluctuates."""
    lam, n, ridge = 0.7, 25, 1.3
    found = curve([lam], n, ridge, 3, 4, ensemble)
    if ensemble == "fixed":
        exact = [lam / (lam + ridge / n)]
        assert found.coefficients[0] == pytest.approx(exact, rel=1e-13, abs=0)
        assert found.error_by_degree[0] == pytest.approx((1 - exact[0]) ** 2, rel=1e-12, abs=0)
    else:
        with mp.workdps(30):
            chances = [mp.exp(-n) * mpf(n) ** k / mp.factorial(k) for k in range(160)]
            missed = mp.fsum(p * ridge / (ridge + k * lam) for k, p in enumerate(chances))
            squared = mp.fsum(p * (ridge / (ridge + k * lam)) ** 2 for k, p in enumerate(chances))
        assert 1 - found.coefficients[0, 0] == pytest.approx(float(missed), rel=1e-4)
        assert found.error_by_degree[0, 0] == pytest.approx(float(squared), rel=3e-3)
        third = curve([lam], n, ridge, 3, 3, ensemble)
        assert abs(found.error_by_degree[0, 0] - squared) < abs(third.error_by_degree[0, 0] - squared)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_self_energy_by_the_values_of_one_mode(order):
    """A constant kernel: every line is C_0, so the order-n self-energy counts its words with their signs."""
    series = perturbation_series(problem([2.0], 9.0, 0.5, 4), order)
    c = 2.0 * 0.5 / (9 * 2.0 + 0.5) * 9 / 0.5  # C_0/kappa
    sums = [1.0] + [
        sum(w.coefficient * c ** (w.visits - 1) for w in self_energy_words(k)) / 9**k
        for k in range(1, order + 1)
    ]
    missed = [(1 - c) * x for x in reciprocal([1.0, *(c * x for x in sums[1:])])]
    assert [term[0, 0] for term in series.missed] == pytest.approx(missed, rel=1e-12, abs=0)
    # only its local words act at infinite degree
    local = [
        sum(w.coefficient * c ** (w.visits - 1) for w in self_energy_words(k) if w.is_local) / 9**k
        for k in range(1, order + 1)
    ]
    assert [term[0] for term in series.local[1:]] == pytest.approx(local, rel=1e-12, abs=0)


def test_series_algebra():
    """product and reciprocal against polynomials multiplied by NumPy."""
    a, b = [1.0, 2.0, -3.0, 0.5], [1.0, -1.0, 4.0, 2.0]
    assert product(a, b) == pytest.approx(np.polynomial.polynomial.polymul(a, b)[:4])
    assert product(a, reciprocal(a)) == pytest.approx([1, 0, 0, 0])


def test_no_ridge_and_no_tail_raises():
    with pytest.raises(ValueError, match=r"ridge must be positive for theory=\"perturbative\" \(got 0"):
        curve([1.0, 0.5], 20, 0.0, 5, 2)


def test_orders_that_need_a_sphere_raise():
    spectrum = Spectrum.from_arrays([1.0, 0.5], [1, 5])
    first = learning_curve(spectrum, Target({1: 1.0}), [20], ridge=0.1, theory="perturbative", order=1)
    assert np.isfinite(first.error).all()
    with pytest.raises(ValueError, match=r"order must be at most 1 for a spectrum without dim \(got 2\)"):
        learning_curve(spectrum, Target({1: 1.0}), [20], ridge=0.1, theory="perturbative", order=2)
