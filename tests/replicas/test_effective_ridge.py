"""κ of the self-consistent theory against bisection with mpmath: N = ridge/κ + Σ deg λ/(λ+κ)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from fieldtheory.networks.fully_connected import FullyConnected
from replicas.saddle_point.effective_ridge import effective_ridges


def kappa_by_bisection(n, ridge, eigenvalues, counts=None, traces=None):
    """κ to 25 digits; the float64 input is exact. κ/λ may be 1e-600 beside N: hence the working precision."""
    with mp.workdps(660):
        lam = [mpf(float(x)) for x in eigenvalues]
        if traces is None:
            traces = [int(m) * x for m, x in zip(counts, lam, strict=True)]
        traces = [mpf(x) for x in traces]
        low, high = mpf(10) ** -700, mpf(10) ** 700
        while high > low * (1 + mpf(10) ** -25):
            middle = mp.sqrt(low * high)
            learnt = mp.fsum(trace / (x + middle) for x, trace in zip(lam, traces, strict=True))
            low, high = (middle, high) if ridge / middle + learnt > n else (low, middle)
        return middle


def solve(n, ridge, eigenvalues, counts):
    eigenvalues, counts = np.array(eigenvalues, dtype=float), np.array(counts, dtype=float)
    return effective_ridges(
        np.atleast_1d(np.asarray(n, dtype=float)), float(ridge), eigenvalues, eigenvalues * counts, counts
    )


def relative_error(found, exact):
    with mp.workdps(60):
        return abs(float(mpf(float(found)) / exact - 1))


def exponents(largest):
    return st.floats(-largest, largest) | st.floats(-3, 3) | st.integers(-largest, largest).map(float)


def shells(largest):
    return st.lists(st.tuples(exponents(largest), st.integers(1, 10**6)), min_size=1, max_size=6)


@st.composite
def plateaus(draw, largest):
    """Spectra from 1e-largest to 1e+largest, N at, beside, or between partial sums of the multiplicities."""
    pairs = draw(shells(largest))
    eigenvalues = [10.0**x for x, _ in pairs]
    counts = [m if x < 293 else 1 for x, m in pairs]  # deg λ has to be a float
    ridge = draw(st.just(0.0) | exponents(largest).map(lambda x: 10.0**x))
    order = sorted(range(len(pairs)), key=lambda i: -eigenvalues[i])
    partial = np.cumsum([counts[i] for i in order])
    step = draw(st.integers(0, len(pairs) - 1))
    offset = draw(st.sampled_from([0.0, 1.0, -1.0, 0.5, 1e-3, -1e-3, 1e-9, -1e-9, 1e-12, -1e-12]))
    n = draw(st.just(float(partial[step] + offset)) | st.floats(1e-3, 1e9))
    return n, ridge, eigenvalues, counts


def check(case):
    n, ridge, eigenvalues, counts = case
    assume(n > 0)
    (found,) = solve(n, ridge, eigenvalues, counts)
    if ridge == 0 and sum(counts) <= n:
        assert found == 0.0
        return
    exact = kappa_by_bisection(n, ridge, eigenvalues, counts)
    assume(1e-300 < exact < 1e300)
    assert relative_error(found, exact) <= 1e-14


@settings(max_examples=300)
@given(plateaus(largest=100))
@example((6.0, 0.0, [1.0, 0.5, 1e-100], [1, 5, 14]))
@example((999999.999999, 0.0, [1.0], [10**6]))
@example((6.0, 1e-100, [1.0, 0.5], [1, 5]))
def test_against_bisection(case):
    """|κ/κ_exact − 1| ≤ 1e-14, also where N is a partial sum of multiplicities; κ = 0 only where exact.

    Equation: self-consistent-kappa
    """
    n, ridge, _, counts = case
    assume(ridge > 0 or not 0 < sum(counts) - n < 1e-7 * n)  # those are in test_one_mode_left
    check(case)


@settings(max_examples=300)
@given(plateaus(largest=300))
@example((6.0, 0.0, [1.0, 0.5, 1e-300], [1, 5, 14]))
@example((6.0, 1e-290, [1.0, 0.5], [1, 5]))
@example((19.5, 0.0, [1e300, 1e-300], [1, 19]))
@example((1e-3, 1e-300, [1e-300], [1]))
@example((46.999999999, 0.0, [1.0], [47]))
def test_against_bisection_in_the_whole_float_range(case):
    """The same over the whole float range: 1e-300 to 1e300."""
    check(case)


def random_problem(rng):
    shells = rng.integers(1, 9)
    counts = np.unique(rng.integers(1, 10 ** rng.integers(1, 7), shells))
    eigenvalues = 10.0 ** (rng.uniform(-1, 1, len(counts)) * 10.0 ** rng.uniform(-1, 2))
    ridge = 0.0 if rng.random() < 0.5 else 10.0 ** rng.uniform(-10, 10)
    n = (
        float(np.cumsum(counts)[rng.integers(len(counts))])
        if rng.random() < 0.5
        else 10 ** rng.uniform(-1, 6)
    )
    return n, ridge, eigenvalues, counts


def test_typical_accuracy():
    """The median error is that of rounding, the worst of 300 spectra below 2e-15."""
    rng, errors = np.random.default_rng(0), []
    while len(errors) < 300:
        n, ridge, eigenvalues, counts = random_problem(rng)
        if ridge == 0 and counts.sum() <= n:
            continue
        found = solve(n, ridge, eigenvalues, counts)[0]
        errors.append(relative_error(found, kappa_by_bisection(n, ridge, eigenvalues, counts)))
    assert np.median(errors) <= 2.3e-16
    assert max(errors) <= 2e-15


@pytest.mark.parametrize("modes", [3 * 10**9, 10**10, 10**13 - 5])
def test_one_mode_left(modes):
    """One shell, ridge 0: κ = λ (modes/N − 1), here with modes − N = 1."""
    (found,) = solve(modes - 1, 0.0, [1.0], [modes])
    assert found == pytest.approx(1 / (modes - 1), rel=1e-14, abs=0)


def test_one_shell_in_closed_form():
    """Ridge 0: κ = λ (m/N − 1).  No modes: κ = ridge/N."""
    n = np.linspace(0.5, 99.5, 100)
    np.testing.assert_allclose(solve(n, 0.0, [3.0], [100]), 3 * (100 - n) / n, rtol=1e-14)
    np.testing.assert_allclose(solve(n, 2.0, [0.0], [100]), 2 / n, rtol=1e-15)


@settings(max_examples=100)
@given(
    shells(300), st.just(0.0) | st.floats(1e-6, 1e6), st.lists(st.floats(1e-2, 1e7), min_size=2, max_size=30)
)
def test_falls_with_n_and_any_order_of_n(pairs, ridge, sizes):
    """κ does not grow with N; a curve is the same in any order of N, and point by point."""
    eigenvalues, counts = [10.0 ** (x / 10) for x, _ in pairs], [m for _, m in pairs]
    together = solve(sizes, ridge, eigenvalues, counts)
    alone = [solve(n, ridge, eigenvalues, counts)[0] for n in sizes]
    np.testing.assert_allclose(together, alone, rtol=4e-15)
    falling = solve(np.sort(sizes), ridge, eigenvalues, counts)
    assert (np.diff(falling) <= 4e-15 * falling[:-1]).all()


@settings(max_examples=100)
@given(plateaus(largest=100), st.floats(-20, 20))
def test_scaling(case, exponent):
    """λ → c λ, ridge → c ridge gives κ → c κ (exactly so for c a power of 2, up to the stopping rule)."""
    n, ridge, eigenvalues, counts = case
    assume(n > 0)
    factor = 2.0 ** round(exponent)
    (plain,) = solve(n, ridge, eigenvalues, counts)
    (scaled,) = solve(n, factor * ridge, np.array(eigenvalues) * factor, counts)
    assert scaled == pytest.approx(factor * plain, rel=1e-14, abs=0)


@settings(max_examples=50)
@given(shells(300), st.floats(1e-3, 1e3))
def test_modes_below_or_at_n_without_ridge(pairs, more):
    """ridge = 0 and no more modes than N: everything is learnt, κ = 0, before and after other points."""
    eigenvalues, counts = [10.0 ** (x / 10) for x, _ in pairs], [m for _, m in pairs]
    modes = float(sum(counts))
    found = solve([modes + more, modes / 2, modes, modes / 2], 0.0, eigenvalues, counts)
    assert found[0] == found[2] == 0.0
    assert found[1] > 0
    assert found[3] == pytest.approx(found[1], rel=4e-15)


def test_eigenvalue_zero_does_not_count():
    assert solve(6, 0.0, [1.0, 0.0, 0.5], [1, 100, 5])[0] == 0.0
    assert solve(5.5, 0.0, [1.0, 0.0, 0.5], [1, 100, 5])[0] == pytest.approx(
        float(kappa_by_bisection(5.5, 0, [1.0, 0.5], [1, 5])), rel=1e-14
    )


@pytest.mark.parametrize("ridge", [0.0, 1e-12, 1.0])
@pytest.mark.parametrize(("layers", "activation"), [(3, "relu"), (1, "relu"), (2, "erf")])
def test_infinite_multiplicities(layers, activation, ridge):
    """d = 10^4: deg(l) beyond the float range, λ_l below it, deg λ in between."""
    spectrum = FullyConnected(layers, activation, weight_variance=2.0).ntk().spectrum(10**4, max_degree=150)
    assert math.isinf(spectrum.multiplicities[-1])
    assert spectrum.eigenvalues[-1] == 0.0
    n = np.array([1.0, 37.0, 1e4, 1e4 + 1, 3e5, 5e7, 1e8])
    total = ridge + spectrum.tail
    modes = spectrum.eigenvalues, spectrum.degree_traces
    found = effective_ridges(n, total, *modes, spectrum.multiplicities)
    exact = [kappa_by_bisection(size, total, modes[0], traces=modes[1]) for size in n]
    for have, want in zip(found, exact, strict=True):
        assert relative_error(have, want) <= 1e-14
