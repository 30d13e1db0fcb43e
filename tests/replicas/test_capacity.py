"""Perceptrons: counts of separable labellings, capacity and contacts by replicas, minimum norm."""

import itertools
import json
import math
from fractions import Fraction
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

import replicas
from replicas import gardner_capacity, gardner_margin, separable_probability

FILE = Path(__file__).parents[1] / "data" / "regimes.json"
ROWS = json.loads(FILE.read_text(encoding="utf-8"))["rows"]


def rows(feature: str) -> list[dict]:  # type: ignore[type-arg]
    return [row for row in ROWS if row["feature"] == feature]


def squared_excess(k: float) -> mp.mpf:
    """int_{-k}^inf Dt (t + k)^2 by quadrature over u = t + k, the factor e^{-k^2/2} in front"""
    width = 1 / max(1, abs(k)) if k < 0 else 1
    points = sorted({width * each for each in (0, 3, 10, 30, 100)} | {max(k, 0), max(k, 0) + 12})
    return mp.npdf(k) * mp.quad(lambda u: u**2 * mp.exp(k * u - u**2 / 2), [*points, mp.inf])


@given(st.integers(2, 3), st.integers(1, 6), st.integers(0, 10**6))
@settings(max_examples=30)
def test_separable_labellings_are_counted(inputs: int, patterns: int, seed: int) -> None:
    """All 2^P labellings of random patterns, each by a linear programme

    Equation: cover
    """
    x = np.random.default_rng(seed).normal(size=(patterns, inputs))
    count = 0
    for signs in itertools.product((-1.0, 1.0), repeat=patterns):
        rows = np.array(signs)[:, None] * x
        found = optimize.linprog(
            np.zeros(inputs), A_ub=-rows, b_ub=-np.ones(patterns), bounds=[(None, None)] * inputs
        )
        count += found.status == 0
    exact = separable_probability(inputs, patterns, exact=True)
    assert exact == Fraction(count, 2**patterns)
    assert separable_probability(inputs, patterns) == pytest.approx(float(exact), rel=1e-14)


@given(st.integers(1, 400), st.integers(1, 400))
def test_cover_in_floats_and_fractions(inputs: int, patterns: int) -> None:
    exact = separable_probability(inputs, patterns, exact=True)
    assert separable_probability(inputs, patterns) == pytest.approx(float(exact), rel=1e-11)
    assert separable_probability(inputs, 2 * inputs, exact=True) == Fraction(1, 2)


def test_reference_rows() -> None:
    # eq: contacts, minimum-norm-trace
    for row in rows("gardner"):
        margin = row["params"]["margin"]
        assert gardner_capacity(margin) == pytest.approx(row["values"]["alpha_c"], rel=1e-10)
    (row,) = rows("cover")
    exact = separable_probability(row["params"]["N"], row["params"]["P"])
    assert exact == pytest.approx(row["values"]["P_separable"], rel=1e-12)
    (row,) = rows("min_norm")
    trace = replicas.minimum_norm_trace(row["params"]["N"], row["params"]["P"])
    assert trace == pytest.approx(row["values"]["exact"], rel=1e-12)
    assert abs(trace - row["values"]["measured"]) < 4 * row["stderr"]["measured"]


@pytest.mark.parametrize("k", [-30.0, -6.0, -3.001, -2.999, -0.5, 0.0, 0.3, 2.0, 12.0])
@pytest.mark.filterwarnings("ignore:margins below 0")
def test_capacity_is_the_integral(k: float) -> None:
    # eq: gardner-capacity
    with mp.workdps(40):
        assert gardner_capacity(k) == pytest.approx(float(1 / squared_excess(k)), rel=3e-13)


@given(st.floats(1e-12, 2.0))
def test_margin_is_the_inverse(load: float) -> None:
    k = gardner_margin(load)
    assert gardner_capacity(k) == pytest.approx(load, rel=1e-13)
    assert replicas.contacts_per_weight(load) == pytest.approx(load * float(mp.ncdf(k)), rel=1e-14)


def test_beyond_the_capacity() -> None:
    """Negative margins only when asked for, and said to be a bound"""
    with pytest.raises(ValueError, match=r"^load must be at most 2, .*: use negative=True"):
        gardner_margin(2.5)
    with pytest.warns(UserWarning, match="^margins below 0 .* an upper bound"):
        k = gardner_margin(2.5, negative=True)
    with mp.workdps(30):
        assert float(1 / squared_excess(k)) == pytest.approx(2.5, rel=1e-12)
    with pytest.warns(UserWarning, match="an upper bound"):
        gardner_capacity(-0.1)


def test_the_action_gives_the_capacity() -> None:
    """For q near 1 it grows below the capacity, where entropy wins, and falls above it, where energy does"""
    found = replicas.gardner_action()
    k, load, q = found.margin, found.load, found.overlap
    for margin in (0.0, 0.5, 1.3):
        assert float(found.capacity.subs(k, margin)) == pytest.approx(gardner_capacity(margin), rel=1e-12)

    def action(overlap: float, alpha: float, margin: float) -> mp.mpf:
        chance = sympy.lambdify((q, k, found.energy.variables[0]), found.energy.function, "mpmath")
        energy = mp.quad(lambda t: chance(overlap, margin, t), [-12, -4, 0, 4, 12])
        return mp.mpf(float(found.entropy.subs(q, overlap))) + alpha * energy

    for alpha, sign in ((0.7, 1), (1.3, -1)):  # of the capacity at k = 0.5
        alpha *= gardner_capacity(0.5)
        slope = action(0.999, alpha, 0.5) - action(0.998, alpha, 0.5)
        assert mp.sign(slope) == sign
    assert r"\alpha_c(k)" in found.latex()
    assert load in found.saddle_point.free_symbols


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gardner_capacity(math.nan), "^margin must be .*nan"),
        (lambda: gardner_capacity(math.inf), "^margin must be .*inf"),
        (lambda: gardner_capacity(-40.0), "^margin must be .*-37"),
        (lambda: gardner_capacity(1e200), "^margin must be at most 1e"),
        (lambda: gardner_margin(0.0), "^load must be"),
        (lambda: gardner_margin(-1.0), "^load must be"),
        (lambda: replicas.contacts_per_weight(3.0), "^load must be at most 2"),
        (lambda: separable_probability(0, 3), "^inputs must be"),
        (lambda: separable_probability(3, 0), "^patterns must be"),
        (lambda: separable_probability(3, 2.5), "^patterns must be"),
        (lambda: replicas.minimum_norm_trace(41, 40), "^inputs must be at least .*42: the mean is infinite"),
        (lambda: replicas.minimum_norm_trace(20, 40), "the mean is infinite"),
    ],
)
def test_what_is_refused(call, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=message):
        call()
