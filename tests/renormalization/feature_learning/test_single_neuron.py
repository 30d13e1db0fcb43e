"""The law of a neuron: published solutions, its equations by adaptive quadrature, its limits."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad

from renormalization import SingleNeuron
from tests.renormalization.feature_learning.posterior_rows import reference

ROWS = [each for each in reference()["rows"] if each["feature"] == "single-neuron action"]
SCANS = sorted({each["id"].rpartition(".")[0] for each in ROWS})


def neuron_of(numbers):
    return SingleNeuron(numbers["d"], numbers["g_a"], numbers["g_w"], numbers["epsilon"])


@pytest.mark.parametrize("name", SCANS)
def test_published_scan(name):
    """f₁, f₃, ⟨u²⟩, ⟨u⁴⟩ to 1e-6, the maxima to .01 with their heights, along a scan in r"""
    rows = [each for each in ROWS if each["id"].rpartition(".")[0] == name]
    scan = neuron_of(rows[0]["parameters"]).scan([each["parameters"]["r"] for each in rows])
    for state, expected in zip(scan.states, (each["reference"] for each in rows), strict=True):
        assert state.learned_linear == pytest.approx(expected["f1"], rel=1e-6)
        assert state.learned_cubic == pytest.approx(expected["f3"], rel=1e-6)
        assert state.second_moment == pytest.approx(expected["u2"], rel=1e-6)
        assert state.fourth_moment == pytest.approx(expected["u4"], rel=1e-6)
        assert state.maxima == pytest.approx(np.array(expected["peaks"]), abs=0.01)
        if "heights" in expected:  # of the table: on a grid, with four digits
            assert state.heights == pytest.approx(np.array(expected["heights"]), rel=2e-3)
        assert state.residual < 1e-12


def test_phases():
    """g_a = 4, g_w = 1, ε = −.3, d = 60: one maximum, then a droplet, then both off the axis"""
    neuron = SingleNeuron(60, 4.0, 1.0, -0.3)
    scan = neuron.scan([14.97, 29.54, 58.29, 227.0])
    assert scan.phases == ("unimodal", "droplet", "droplet", "mixed")
    assert scan.path == ["unimodal", "droplet", "mixed"]
    assert SingleNeuron(20, 4.0, 1.0, 0.3).scan([1.0, 20.0]).path == ["unimodal"]


def integral(neuron, r, b, what):
    """∫ du d|w⊥| what(u, s², F₁, F₃) p, by adaptive quadrature"""

    def value(w, u):
        s2 = u * u + w * w
        first = 2 / math.sqrt(math.pi) * u / math.sqrt(1 + 2 * s2)
        third = -4 / math.sqrt(math.pi) * (u / math.sqrt(1 + 2 * s2)) ** 3
        tilt = neuron.readout_variance / 2 * (r * (b[0] * first + b[1] * third)) ** 2
        density = w ** (neuron.dim - 2) * math.exp(-neuron.dim * s2 / 2 / neuron.weight_variance + tilt)
        return density * what(u, s2, first, third)

    edges = [0.0, 0.7, 1.5, 3.0, 8.0]
    return sum(
        dblquad(value, a, c, p, q, epsabs=1e-13, epsrel=1e-10)[0]
        for a, c in zip(edges, edges[1:], strict=False)
        for p, q in zip(edges, edges[1:], strict=False)
    )


@pytest.mark.parametrize(
    ("neuron", "r"),
    [(SingleNeuron(2, 1.5, 2.0, 0.2), 3.0), (SingleNeuron(7, 4.0, 1.0, -0.3), 40.0)],
)
def test_equations(neuron, r):
    """f₁ = g_a r ⟨F₁Ψ⟩, f₃ = g_a r ⟨F₃Ψ⟩/6, Ψ = b₁F₁ + b₃F₃, the moments and the dressing: in few
    dimensions, where a neuron is broad"""
    state = neuron.solve(r)
    b = 1 - state.learned_linear, neuron.cubic - state.learned_cubic
    total = integral(neuron, r, b, lambda *_: 1.0)
    linear = integral(neuron, r, b, lambda u, s2, f, t: f * (b[0] * f + b[1] * t)) / total
    cubic = integral(neuron, r, b, lambda u, s2, f, t: t * (b[0] * f + b[1] * t)) / total
    assert state.learned_linear == pytest.approx(neuron.readout_variance * r * linear, rel=1e-9)
    assert state.learned_cubic == pytest.approx(neuron.readout_variance * r * cubic / 6, rel=1e-9)
    second = integral(neuron, r, b, lambda u, *_: u**2) / total
    assert state.second_moment == pytest.approx(second, rel=1e-9)
    across = integral(
        neuron,
        r,
        b,
        lambda u, s2, f, t: (
            2 / math.pi * math.asin(2 * s2 / (1 + 2 * s2)) - 4 / math.pi * s2 / (1 + 2 * s2) - t**2 / 6
        ),
    )
    assert state.dressing == pytest.approx(neuron.readout_variance * across / total, rel=1e-8)
    assert state.training_points(0.5) == pytest.approx(r * (0.5 + state.dressing), rel=1e-14)


@given(st.integers(2, 300), st.floats(0.3, 8), st.floats(0.3, 3), st.floats(-0.5, 0.5), st.floats(0.5, 150))
@settings(max_examples=25)
def test_one_solution(dim, readout, weight, cubic, strength):
    """The law of |u| has total weight 1 and is covered; a scan ends where one solve does"""
    neuron = SingleNeuron(dim, readout, weight, cubic)
    state = neuron.solve(strength)
    assert state.residual < 1e-10
    step = state.u[1] - state.u[0]
    half = np.ones(len(state.u))
    half[0] = 0.5
    assert half @ state.density * step == pytest.approx(1, rel=1e-12)
    assert state.density[-1] < 1e-12 * state.density.max()
    again = neuron.scan([0.01, strength / 1.5, strength]).states[-1]
    assert again.learned_linear == pytest.approx(state.learned_linear, rel=1e-9)
    assert again.learned_cubic == pytest.approx(state.learned_cubic, rel=1e-7, abs=1e-10)
    assert state.heights.max() == 1


def test_weak_strength():
    """r → 0: f₁ = g_a r ⟨F₁²⟩ over the prior, to first order in r"""
    neuron = SingleNeuron(10, 4.0, 1.0, 0.0)
    rng = np.random.default_rng(0)
    w = rng.normal(size=(400_000, 10)) / math.sqrt(10)
    square = 4 / math.pi * w[:, 0] ** 2 / (1 + 2 * (w**2).sum(axis=1))
    stderr = square.std() / math.sqrt(len(w))
    assert abs(neuron.solve(1e-6).learned_linear / 4e-6 - square.mean()) < 4 * stderr + 1e-5 * square.mean()


def test_strong_and_large():
    """r = 10⁶ and d = 10⁵: the linear and the cubic part are learnt; the equations hold"""
    state = SingleNeuron(20, 4.0, 1.0, -0.3).solve(1e6)
    assert (state.learned_linear, state.learned_cubic) == pytest.approx((1, -0.3), rel=1e-4)
    assert state.phase == "mixed"
    assert SingleNeuron(10**5, 4.0, 1.0, 0.1).solve(10.0).residual < 1e-10


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dim": 1}, "dim must be"),
        ({"readout_variance": 0.0}, "readout_variance must be"),
        ({"weight_variance": -1.0}, "weight_variance must be"),
        ({"weight_variance": 1e9}, "weight_variance must be"),
        ({"cubic": math.nan}, "cubic must be"),
        ({"cubic": 100}, "cubic must be"),
    ],
)
def test_bad_neuron(changes, words):
    with pytest.raises(ValueError, match=words):
        SingleNeuron(**({"dim": 20, "readout_variance": 4.0, "weight_variance": 1.0, "cubic": 0.1} | changes))


def test_bad_strengths():
    neuron = SingleNeuron(20, 4.0, 1.0, 0.1)
    for strength in (0.0, -1.0, math.inf, "weak", 1e9):
        with pytest.raises(ValueError, match="strength must be"):
            neuron.solve(strength)
    for strengths in ([], [2.0, 1.0], 1.0, [0.0, 1.0], [1.0, 1e9]):
        with pytest.raises(ValueError, match="strengths must be"):
            neuron.scan(strengths)
    with pytest.raises(ValueError, match="ridge must be"):
        neuron.solve(1.0).training_points(-1.0)
