"""From lazy to feature learning: the solvable network, exactly and in generated diagrams."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.special import roots_genlaguerre

import replicas

DATA = json.loads((Path(__file__).parents[1] / "data" / "regimes.json").read_text(encoding="utf-8"))
ROWS = [row for row in DATA["rows"] if row["feature"] == "lazy_linear"]
WIDTH, SCALE, TARGET = sympy.symbols("h alpha y", positive=True)


def weights(seed, width):
    """a, then w, of the protocol"""
    rng = np.random.default_rng(seed)
    return rng.standard_normal(width), rng.standard_normal(width)


def trained_growth(a, w, scale, target):
    """Theta_end/Theta_0 by integrating da/dt = -(F - y) w/(alpha sqrt h), and so for w"""
    root, width = math.sqrt(len(a)), len(a)
    start = a @ w / root

    def flow(_time, state):
        readout, inner = state[:width], state[width:]
        left = scale * (readout @ inner / root - start) - target
        # times alpha/Theta, which changes the clock only
        speed = -left / root / scale / max(readout @ readout + inner @ inner, 1e-300) * width
        return speed * np.concatenate([inner, readout])

    end = solve_ivp(flow, (0, 40), np.concatenate([a, w]), method="DOP853", rtol=1e-12, atol=1e-13).y[:, -1]
    return float(end @ end / (a @ a + w @ w))


def exact_mean(width, scale, target):
    """<Theta_end/Theta_0>, where |a + w|^2 and |a - w|^2 are 4 times independent Gamma(h/2) variables"""
    nodes, masses = roots_genlaguerre(100, width / 2 - 1)
    up, down = 4 * nodes[:, None], 4 * nodes[None]
    output = (up - down) / 4 + math.sqrt(width) * target / scale
    growth = np.sqrt(4 * output**2 + up * down) / ((up + down) / 2)
    mass = masses / masses.sum()
    return float(mass @ growth @ mass)


@given(
    seed=st.integers(0, 10**6),
    width=st.integers(1, 8),
    scale=st.floats(0.05, 20),
    target=st.floats(-3, 3),
)
@settings(max_examples=15, deadline=None)
def test_conservation_law_against_the_flow(seed, width, scale, target):
    """(6.1): Theta_end^2 Theta_0^-2 = [4 h (f_0 + y/alpha)^2 + |a + w|^2 |a - w|^2]/(|a|^2 + |w|^2)^2

    Equation: linear-crossover
    """
    a, w = weights(seed, width)
    found = replicas.linear_crossover(a, w, scale, target)
    assert found == pytest.approx(trained_growth(a, w, scale, target), rel=1e-8)


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_published_draws(row):
    """The mean over the draws of the protocol: of the law 1e-9, of the integrated flow 1e-6"""
    h, alpha, y = (row["params"][name] for name in ("h", "alpha", "y"))
    drawn = [replicas.linear_crossover(*weights([s, h], h), alpha, y) for s in range(row["n_rep"])]
    assert np.mean(drawn) == pytest.approx(row["values"]["ratio_conservation_law"], rel=1e-9)
    assert np.mean(drawn) == pytest.approx(row["values"]["ratio_measured"], rel=1e-6)
    large = replicas.linear_crossover_mean(h, alpha, y, order=0, fixed="crossover")
    assert large == pytest.approx(row["values"]["ratio_large_h"], rel=1e-12)
    mean = replicas.linear_crossover_mean(h, alpha, y, order=2, fixed="crossover")
    assert abs(mean - np.mean(drawn)) < 4 * row["stderr"]["ratio_conservation_law"]


def test_first_diagram():
    """y^2/(2 alpha^2 h), one diagram: the first term of sqrt(1 + y^2/(alpha^2 h))

    Equation: linear-crossover-mean
    """
    (diagram,) = replicas.linear_crossover_diagrams(1)
    assert diagram.loops == 0
    found = replicas.linear_crossover_mean(WIDTH, SCALE, TARGET, order=1)
    assert sympy.simplify(found - 1 - TARGET**2 / (2 * SCALE**2 * WIDTH)) == 0
    wide = sympy.sqrt(1 + TARGET**2 / (SCALE**2 * WIDTH))
    assert replicas.linear_crossover_mean(WIDTH, SCALE, TARGET, 0, fixed="crossover") == wide


def test_trees_are_the_wide_network():
    """Trees that end in the source alone sum up to sqrt(1 + x^2/h), to the order 1/h^3"""
    x = sympy.Symbol("x")
    trees = [
        sum(d.value for d in replicas.linear_crossover_diagrams(order).select(lambda d: d.loops == 0))
        for order in (1, 2, 3)
    ]
    e = sympy.Symbol("e")
    series = sympy.series(sympy.sqrt(1 + e**2 * x**2), e, 0, 7).removeO()
    # trees with two or more ends in f_0 are none: <f_0 f_0> closes a loop
    assert sympy.expand(1 + e * sum(trees) - series) == 0


def test_one_theory_two_expansions():
    """Both expand one function: their common terms (y/alpha)^2m/h^n agree"""
    inverse = sympy.Symbol("u", positive=True)
    at = {WIDTH: 1 / inverse, SCALE: 1}
    narrow = replicas.linear_crossover_mean(WIDTH, SCALE, TARGET, order=3).subs(at)
    resummed = replicas.linear_crossover_mean(WIDTH, SCALE, TARGET, order=2, fixed="crossover").subs(at)
    difference = sympy.series(resummed - narrow, inverse, 0, 4).removeO()
    # what the second has beyond order 2 at fixed alpha sqrt(h), y^2/(alpha^2 h) per power of 1/h, comes later
    assert sympy.expand(difference) == 0


@pytest.mark.parametrize(("order", "fixed"), [(1, "scale"), (2, "scale"), (3, "scale")])
def test_mean_at_fixed_scale(order, fixed):
    """Twice the width divides the distance from the exact integral by 2^(order + 1)"""
    distances = [
        abs(replicas.linear_crossover_mean(h, 1.3, 0.9, order, fixed) - exact_mean(h, 1.3, 0.9))
        for h in (32, 64)
    ]
    assert distances[1] > 1e-12
    assert distances[0] / distances[1] == pytest.approx(2.0 ** (order + 1), rel=0.15)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_mean_at_fixed_crossover(order):
    """Twice the width at the same alpha sqrt(h) = y/3 divides the distance by 2^(order + 1)"""
    distances = []
    for h in (32, 64):
        alpha = 1 / (3 * math.sqrt(h))
        mean = replicas.linear_crossover_mean(h, alpha, 1.0, order, fixed="crossover")
        distances.append(abs(mean - exact_mean(h, alpha, 1.0)))
    assert distances[0] / distances[1] == pytest.approx(2.0 ** (order + 1), rel=0.15)


def test_crossover_scale():
    """At alpha* the wide network's kernel has grown by sqrt(2)"""
    scale = replicas.linear_crossover_scale(400, -0.7)
    assert scale == pytest.approx(0.035)
    mean = replicas.linear_crossover_mean(400, scale, -0.7, order=0, fixed="crossover")
    assert mean == pytest.approx(math.sqrt(2), rel=1e-12)


def test_extreme_numbers():
    """No power leaves the floats: Theta_end/Theta_0 -> |y|/(alpha sqrt h) on the feature side"""
    assert replicas.linear_crossover([1e50], [1e50], 1e-50, 0.0) == 1.0
    mean = replicas.linear_crossover_mean(1, 1e-60, 1e60, 0, fixed="crossover")
    assert mean == pytest.approx(1e120, rel=1e-12)
    assert replicas.linear_crossover([1.0], [0.0], 1e-60, 1.0) == pytest.approx(2e60, rel=1e-12)


def test_the_theory_prints():
    """One source, of order e, and no other term without a field of training"""
    printed = str(replicas.linear_crossover_theory(2))
    assert "sigma_r1_e1: e*x**2/2 sigma_r, order 1 in e" in printed
    assert "x" not in str(replicas.linear_crossover_theory(2, fixed="crossover").vertices[0].coupling)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: replicas.linear_crossover([1.0], [1.0, 2.0], 1, 1),
            "weights must be as many as readout has",
        ),
        (lambda: replicas.linear_crossover([0.0], [0.0], 1, 1), "must be from 1e-60 to 1e.60"),
        (lambda: replicas.linear_crossover([], [], 1, 1), "the largest of readout and weights must"),
        (lambda: replicas.linear_crossover([1.0], [1.0], 0, 1), "scale must be finite and greater than 0"),
        (lambda: replicas.linear_crossover([1.0], [1.0], -1, 1), "scale must be finite and greater than 0"),
        (lambda: replicas.linear_crossover([1.0], [1.0], 1, math.nan), "target must be finite"),
        (lambda: replicas.linear_crossover_mean(0, 1, 1), "width must be at least 1"),
        (lambda: replicas.linear_crossover_mean(10, 1, 1, 4), "order must be at most 3"),
        (lambda: replicas.linear_crossover_mean(10, 1, 1, 3, "crossover"), "order must be at most 2"),
        (lambda: replicas.linear_crossover_mean(10, 1e-60, 1, 3), "fixed='crossover'"),
        (lambda: replicas.linear_crossover_mean(10, 1, 1, fixed="width"), "fixed must be one of"),
        (lambda: replicas.linear_crossover_mean(WIDTH, "one", 1), "scale must be a finite number"),
        (lambda: replicas.linear_crossover_scale(0, 1), "width must be at least 1"),
        (lambda: replicas.linear_crossover_diagrams(0), "order must be at least 1"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
