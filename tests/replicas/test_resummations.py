"""Dressed lines of corrections: their equations, their expansions, and what they say where they have none."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from mpmath import mp, mpf

from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.spectrum import Spectrum
from fieldtheory.sphere.harmonics import multiplicities
from fieldtheory.targets import Target
from fieldtheory.workbench.curves.learning_curve import learning_curve
from fieldtheory.workbench.records import CURVE_COLUMNS, DEGREE_COLUMNS
from replicas.observables import product
from replicas.prediction import Problem
from replicas.resummation.dressed_line import dressed_line
from replicas.resummation.loop_series import loop_series
from replicas.resummation.rings import RingCorrection
from replicas.resummation.skeleton_words import SkeletonCorrection
from replicas.saddle_point.saddle_point import solve_saddle_point
from replicas.theories.perturbative import perturbation_series

PUBLIC = json.loads((Path(__file__).parents[1] / "data" / "learning_curves.json").read_text())["configs"]
FINITE_RANK = json.loads((Path(__file__).parents[1] / "data" / "finite_rank.json").read_text())["cases"]
LAM, DIM = [1.0, 0.4, 0.1], 5


def problem(n, ridge=0.5, lam=LAM, dim=DIM, ensemble="poisson"):
    spectrum = Spectrum.from_arrays(lam, multiplicities(len(lam) - 1, dim), dim=dim)
    return Problem(spectrum, np.ones(len(lam)), np.atleast_1d(np.array(n, float)), ridge, 0.0, ensemble)


def summed(response):
    """1 - a_l and E_l with all their orders."""
    errors = product(response.missed, response.missed, response.source)
    return np.concatenate([sum(response.missed), sum(errors)], axis=-1)


def of_theory(name, case):
    found = solve_saddle_point(case)
    if name == "loop":
        return summed(loop_series(case).truncate(1))
    rings = name == "rings"
    correction = (
        RingCorrection(case, found.kappa) if rings else SkeletonCorrection(case, found.kappa, int(name))
    )
    line = dressed_line(case, found, correction)
    assert line.converged.all()
    return summed(line.response)


COMPLETE = [
    ("0", "poisson", 1),
    ("2", "poisson", 2),
    ("3", "poisson", 3),
    ("rings", "poisson", 3),
    ("loop", "poisson", 3),
    ("0", "fixed", 0),
    ("1", "fixed", 1),
    ("2", "fixed", 2),
    ("rings", "fixed", 1),
    ("loop", "fixed", 1),
]


@pytest.mark.parametrize(("theory", "ensemble", "order"), COMPLETE)
def test_expansion_is_perturbation_theory(theory, ensemble, order):
    """N -> infinity: the distance from perturbation theory of this order falls as N^-(order+1), no faster.

    In a strip of N where that is above rounding. Skeletons of order n are complete to order n, and with
    Poisson numbers rings too through order 3; the order that exactly N points add needs more than rings.
    """
    n = {0: 16000, 1: 4000, 2: 1000, 3: 500}[order] * np.array([1.0, 2.0])
    case = problem(n, ensemble=ensemble)
    distance = np.abs(of_theory(theory, case) - summed(perturbation_series(case, order)))
    leading = summed(perturbation_series(case, 0))
    relative = (distance / np.abs(leading))[:, [0, 1, 2, 4, 5, 6]]
    assert np.log2(relative[0] / relative[1]) == pytest.approx(order + 1, abs=0.2)
    higher = summed(perturbation_series(case, order + 1))
    if order < 3:  # what comes next in perturbation theory is of the size that is left
        assert (distance[:, :3] < 3 * np.abs(higher - summed(perturbation_series(case, order)))[:, :3]).all()


def test_order_zero_is_the_self_consistent_theory():
    spectrum = Spectrum.from_arrays(LAM, multiplicities(2, DIM), dim=DIM)
    target = Target({0: 0.2, 1: 1.0, 2: 0.5})
    for ensemble in ("poisson", "fixed"):
        options = {"ridge": 0.1, "label_noise": 0.3, "ensemble": ensemble}
        plain = learning_curve(spectrum, target, [3, 30, 300], theory="self-consistent", **options)
        for theory in ("skeleton", "loop-expansion"):
            found = learning_curve(spectrum, target, [3, 30, 300], theory=theory, order=0, **options)
            for name in (*CURVE_COLUMNS, *DEGREE_COLUMNS):
                np.testing.assert_allclose(
                    getattr(found, name), getattr(plain, name), rtol=1e-11, atol=1e-15, err_msg=name
                )


def angle_rule(nodes=60):
    t, w = np.polynomial.legendre.leggauss(nodes)
    w = w * (1 - t**2)  # d = 5
    return t, w / w.sum()


def basis_at(t, size):
    rows = [1 + 0 * t, t]
    for l in range(1, size):
        rows.append(((2 * l + 3) * t * rows[l] - l * rows[l - 1]) / (l + 3))
    return np.array(rows[:size])


def equations(theory, ensemble, green, n, ridge):
    """Sigma_l of section 5 for a line G_l, d = 5, written out in absolute units."""
    t, w = angle_rule()
    size = 4 * len(green)
    basis, deg = basis_at(t, size), np.array(multiplicities(size - 1, DIM), dtype=float)
    own = slice(0, len(green))
    line = (deg[own] * green) @ basis[own]
    scattering = 1 / (ridge + deg[own] @ green)
    if theory == "2":
        words = -(n**2) * scattering**4 * basis[own] @ (w * line**3)
        if ensemble == "fixed":
            words = words + n * scattering**2 * green  # -N 1.1 with two visits
            words = words + fixed_words_of_order_two(green, deg[own], n, scattering)
        return n * scattering + words
    gamma = n * scattering**2 * (basis @ (w * line**2))
    f = (3 * gamma - 2 * gamma**2) / (1 - gamma) ** 2 - 2 * gamma
    if ensemble == "fixed":
        f[0] = -1 - gamma[0] + gamma[0] ** 2 / (1 - gamma[0])
    q = (deg * f) @ basis
    local = n * scattering + scattering * (deg * f * gamma).sum()
    return local - n * scattering**2 * basis[own] @ (w * line * q)


def fixed_words_of_order_two(green, deg, n, scattering):
    """121|12, 1213|1,23 and so on: N^2 or N, T^k, and the lines with points joined by nothing but them.

    Three visits to one block of N: points aba, abc with -1 and +2; four to two blocks crossing, with one of
    them or both of two points: -1 each.
    """
    total, square = deg @ green, deg @ green**2
    # three visits, one block: 121 (two points), 123 (three points): sign +, cumulants -1 and +2
    found = n * scattering**3 * (-square + 2 * green**2)
    assert total > 0
    # four visits in two crossing blocks, sign -: a line through all, loops of two and one of three lines
    split = -(n**2) * scattering**4
    return found + split * (-2 * green * square + green**3)


@pytest.mark.parametrize(
    ("theory", "ensemble"), [("rings", "poisson"), ("rings", "fixed"), ("2", "poisson"), ("2", "fixed")]
)
@pytest.mark.parametrize(("n", "ridge"), [(6.0, 0.5), (60.0, 0.05), (3000.0, 1.0)])
def test_the_line_solves_its_equations(theory, ensemble, n, ridge):
    """G_l = 1/(1/lambda_l + Sigma_l[G]) to 1e-9, with Sigma in absolute units and Gauss-Legendre angles.

    Equation: ring-sum, skeleton-series
    """
    case = problem([n], ridge, ensemble=ensemble)
    lam = np.array(LAM)
    green = lam * of_theory(theory, case)[0, : len(lam)]
    sigma = equations(theory, ensemble, green, n, ridge)
    assert green == pytest.approx(1 / (1 / lam + sigma), rel=1e-9, abs=0)


def tiny(theory, n, ridge, source):
    """The line of a kernel of degrees 0 and 1 (d = 3) with a source, solved by mpmath."""
    # [G^2]_l and [G^3]_l from P_1^2 = (2 P_2 + 1)/3, exactly
    half = mpf(1) / 3

    def self_energy(g0, g1):
        a, b = g0, 3 * g1  # G(t) = a + b t
        scattering = 1 / (ridge + a + b)
        if theory == "2":
            cubes = [a**3 + a * b**2, a**2 * b + b**3 / 5]
            return [n * scattering - n**2 * scattering**4 * c for c in cubes]
        squares = [a**2 + b**2 * half, 2 * a * b * half, 2 * b**2 / 15]
        gamma = [n * scattering**2 * x for x in squares]
        f = [(3 * x - 2 * x**2) / (1 - x) ** 2 - 2 * x for x in gamma]
        q = [f[0], 3 * f[1], 5 * f[2]]  # Q(t) in P_0, P_1, P_2
        local = n * scattering + scattering * sum(
            m * x * y for m, x, y in zip((1, 3, 5), f, gamma, strict=True)
        )
        # int G Q P_l: with t P_1 = 1/3 + 2 P_2/3 and P_2 t = (2/5) t + ..., normalised to P_l(1) = 1
        product0 = a * q[0] + b * q[1] * half
        product1 = (a * q[1] + b * q[0]) * half + b * q[2] * 2 / 15
        return [local - n * scattering**2 * x for x in (product0, product1)]

    def residual(g0, g1):
        s0, s1 = self_energy(g0, g1)
        return [g0 * (1 + source + s0) - 1, g1 * (1 / mpf("0.4") + source + s1) - 1]

    start = solve_saddle_point(problem([float(n)], float(ridge), [1.0, 0.4], 3))
    guess = [1 / (1 + 1 / start.kappa[0]), 1 / (2.5 + 1 / start.kappa[0])]
    return list(mp.findroot(residual, guess, tol=mpf(10) ** -60))


@pytest.mark.parametrize("theory", ["rings", "2"])
@pytest.mark.parametrize(("n", "ridge"), [(12, 0.5), (40, 0.125)])
def test_derivative_by_the_source(theory, n, ridge):
    """E_l = -(1/lambda_l^2) dG_l/ds of the fixed point, by differences with 40 digits."""
    with mp.workdps(40):
        step = mpf(10) ** -12
        here = tiny(theory, mpf(n), mpf(ridge), mpf(0))
        up, down = (tiny(theory, mpf(n), mpf(ridge), s) for s in (step, -step))
        expected = [
            -(x - y) / (2 * step) / mpf(l) ** 2 for x, y, l in zip(up, down, (1, mpf("0.4")), strict=True)
        ]
        missed = [float(x / l) for x, l in zip(here, (1, mpf("0.4")), strict=True)]
    found = of_theory(theory, problem([n], ridge, [1.0, 0.4], 3))[0]
    assert found[:2] == pytest.approx(missed, rel=1e-10, abs=0)
    assert found[3:5] == pytest.approx([float(x) for x in expected], rel=1e-8, abs=0)


@pytest.mark.parametrize("case", FINITE_RANK, ids=lambda c: f"{c['ensemble']}-d{c['d']}-{c['n']}-{c['sig2']}")
def test_first_loop_against_exact_averages(case):
    """Three times closer than the self-consistent theory, or within 4 standard errors."""
    lam = np.array(case["lam"])
    found = problem([case["n"]], case["sig2"], lam, case["d"], case["ensemble"])
    values = of_theory("loop", found)[0]
    numbers = np.concatenate([lam * values[:2], lam**2 * values[3:5]])
    miss, plain = np.abs(numbers - case["mc"]), np.abs(np.array(case["SC"]) - case["mc"])
    assert (miss <= plain / 3 + 4 * np.array(case["se"])).all()


def broken():
    """One hidden ReLU layer without bias, d = 5, N = 20, ridge 0.1: 1 + X changes sign."""
    (config,) = (each for each in PUBLIC if each["id"] == "c061")
    p = config["params"]
    net = FullyConnected(p["L"], p["act"], weight_variance=p["sw2"], bias_variance=p["sb2"])
    return net.ntk().spectrum(5, max_degree=40), {"ridge": config["sigma2"], "ensemble": config["ensemble"]}


@pytest.mark.parametrize(("theory", "order"), [("one-loop", None), ("skeleton", 3)])
def test_no_solution_is_said(theory, order):
    """Self-consistent numbers, all of them finite, a warning with the size, and `converged` False."""
    spectrum, options = broken()
    target, n = Target({1: 0.5, 2: 0.5}), [20, 2000]
    found = learning_curve(spectrum, target, n, theory=theory, order=order, **options)
    plain = learning_curve(spectrum, target, n, theory="self-consistent", **options)
    assert found.converged.tolist() == [False, True]
    assert any("no solution" in text and "n = 20:" in text for text in found.warnings)
    for name in ("error", "bias", "variance", "coefficients", "label_noise_gain", "training_error"):
        assert np.isfinite(getattr(found, name)).all(), name
        np.testing.assert_allclose(getattr(found, name)[0], getattr(plain, name)[0], rtol=1e-9, atol=1e-12)
    assert found.error_bar[0] == pytest.approx(plain.error_bar[0], rel=1e-9, abs=0)
    assert found.error[1] != plain.error[1]


@pytest.mark.parametrize(("theory", "order"), [("one-loop", None), ("skeleton", 2), ("skeleton", 3)])
@pytest.mark.parametrize("ensemble", ["poisson", "fixed"])
def test_curves_are_finite_and_positive(theory, order, ensemble):
    """Whatever the regime: no NaN, no negative error, no 1e24."""
    spectrum, target = broken()[0].truncate(16), Target({0: 0.2, 1: 0.5, 2: 0.5})
    for ridge in (0.0, 1e-4, 1.0):
        found = learning_curve(
            spectrum,
            target,
            np.geomspace(1, 3e3, 6),
            ridge=ridge,
            theory=theory,
            order=order,
            ensemble=ensemble,
        )
        assert np.isfinite(found.error_bar).all()
        assert (found.error > 0).all()
        assert (found.error < 5).all()
        assert (found.error_by_degree > 0).all()
        assert found.converged.all() or any("no solution" in text for text in found.warnings)


def test_a_curve_is_its_points():
    """To the degrees left out of products (1e-7): convergence of one size leaves the others alone."""
    spectrum, options = broken()
    target, n = Target({1: 0.5, 2: 0.5}), [5, 20, 60, 2000]
    whole = learning_curve(spectrum, target, n, theory="one-loop", **options)
    for k, size in enumerate(n):
        alone = learning_curve(spectrum, target, [size], theory="one-loop", **options)
        np.testing.assert_allclose(whole.error[k], alone.error[0], rtol=1e-6)
        assert whole.converged[k] == alone.converged[0]


def test_orders_of_the_skeletons_come_closer():
    """Against the exact finite-rank averages, order by order, for Poisson numbers of points."""
    (case,) = (c for c in FINITE_RANK if c["n"] == 60 and c["d"] == 5)
    found = problem([60], 1.0, case["lam"], 5)
    misses = [
        np.abs(case["lam"] * of_theory(name, found)[0, :2] - case["mc"][:2]) for name in ("0", "2", "3")
    ]
    assert all((b < a).all() for a, b in pairwise(misses))


def test_small_coefficients_keep_their_digits():
    """a_l (λ_l + κ₀)/λ_l − 1 → −log(κ/κ₀) at degrees far above the learnt ones, log κ of the same order."""
    network = FullyConnected(3, "relu", weight_variance=2.0, bias_variance=1.0)
    spectrum, target = network.ntk().spectrum(50, 20), Target({1: 0.5, 2: 0.5})
    first = learning_curve(spectrum, target, 1000)
    bare = learning_curve(spectrum, target, 1000, theory="self-consistent")
    learnt = spectrum.eigenvalues / (spectrum.eigenvalues + bare.effective_ridge)
    change = first.coefficients[0] / learnt - 1
    assert learnt[-1] < 1e-16
    assert change[-4:] == pytest.approx(-np.log(first.effective_ridge[0] / bare.effective_ridge[0]), rel=1e-9)
