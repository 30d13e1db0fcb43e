"""Functions with kinks and jumps, anywhere, found or given: averages, kernels and spectra to rounding."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf
from scipy import special

import fieldtheory as ft
from fieldtheory.activations.by_name import activation
from fieldtheory.activations.hermite import kink_places
from fieldtheory.activations.kinks import has_kinks
from fieldtheory.activations.moments import Pair


def density(x: Any) -> Any:
    return mp.exp(-(x**2) / 2) / mp.sqrt(2 * mp.pi)


def normal(x: Any) -> Any:
    return mp.erfc(-x / mp.sqrt(2)) / 2


def ramp(c: Any, m: Any, v: Any) -> Any:
    """E[max(0, x - c)], x ~ N(m, v)"""
    s = mp.sqrt(v)
    return (m - c) * normal((m - c) / s) + s * density((m - c) / s)


def below(m: Any, v: Any) -> Any:
    """E[(exp(x) - 1) 1(x < 0)], x ~ N(m, v)"""
    return mp.exp(m + v / 2) * normal(-(m + v) / mp.sqrt(v)) - normal(-m / mp.sqrt(v))


SELU = mpf("1.6732632423543772"), mpf("1.0507009873554805")
# the function, phi, its mean under N(m, v), phi' and its mean, where it breaks
CASES: dict[str, tuple[Any, Any, Any, Any, Any, list[float]]] = {
    "hard tanh": (
        lambda x: np.clip(x, -1, 1),
        lambda x: min(max(x, mpf(-1)), mpf(1)),
        lambda m, v: ramp(-1, m, v) - ramp(1, m, v) - 1,
        lambda x: mpf(abs(x) < 1),
        lambda m, v: normal((1 - m) / mp.sqrt(v)) - normal((-1 - m) / mp.sqrt(v)),
        [-1.0, 1.0],
    ),
    "step at 0.3": (
        lambda x: (x > 0.3).astype(float),
        lambda x: mpf(x > 0.3),
        lambda m, v: normal((m - mpf(0.3)) / mp.sqrt(v)),
        None,
        None,
        [0.3],
    ),
    "hinge at 2": (
        lambda x: np.maximum(x - 2, 0),
        lambda x: max(x - 2, mpf(0)),
        lambda m, v: ramp(2, m, v),
        lambda x: mpf(x > 2),
        lambda m, v: normal((m - 2) / mp.sqrt(v)),
        [2.0],
    ),
    "elu": (
        "elu",
        lambda x: x if x > 0 else mp.expm1(x),
        lambda m, v: ramp(0, m, v) + below(m, v),
        lambda x: mpf(1) if x > 0 else mp.exp(x),
        lambda m, v: below(m, v) + 1,
        [0.0],
    ),
    "selu": (
        "selu",
        lambda x: SELU[1] * (x if x > 0 else SELU[0] * mp.expm1(x)),
        lambda m, v: SELU[1] * (ramp(0, m, v) + SELU[0] * below(m, v)),
        lambda x: SELU[1] * (1 if x > 0 else SELU[0] * mp.exp(x)),
        lambda m, v: SELU[1] * (normal(m / mp.sqrt(v)) + SELU[0] * (below(m, v) + normal(-m / mp.sqrt(v)))),
        [0.0],
    ),
}


def average(phi: Any, mean: Any, rho: float, q: float, breaks: list[float]) -> float:
    """E[phi(u) phi(v)] = ∫ phi(u) E[phi(v) | u] N(u; 0, q) du"""
    with mp.workdps(20):
        r, root = mpf(rho), mp.sqrt(mpf(q))
        width = mp.sqrt(1 - r**2)
        places = {b / root * s for b in breaks for s in (1, 1 / r if r else 1)}
        around = {p + s * x for p in {*places, mpf(0)} for s in (-1, 1) for x in (0, 4 * width, 2, 5, 13)}
        points = [z for z in around if abs(z) <= 13]  # beyond lies 1e-37
        return float(
            mp.quad(lambda z: phi(root * z) * mean(r * root * z, q * (1 - r**2)) * density(z), sorted(points))
        )


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("q", [0.4, 2.0])
def test_averages(name: str, q: float) -> None:
    """E[phi phi'] and E[phi'phi'] within the stated error, which is 1e-12 at most"""
    function, phi, mean, slope, slope_mean, breaks = CASES[name]
    found_by, rho = activation(function), np.array([-0.95, -0.3, 0.0, 0.5, 0.99])
    found, top = found_by.layer(Pair(rho * q, (1 - rho) * q, q)), found_by.top(q)
    unsure = found_by.uncertainty(q)
    assert unsure.covariance < 1e-12 * top.variance
    for place, r in enumerate(rho):
        exact = average(phi, mean, r, q, breaks)
        assert abs(found.covariance[place] - exact) <= unsure.covariance + 1e-15 * top.variance
        if slope is not None:
            exact = average(slope, slope_mean, r, q, breaks)
            assert abs(found.derivative[place] - exact) <= unsure.derivative
            assert unsure.derivative < 1e-10 * top.derivative


@pytest.mark.parametrize("gap", [1e-4, 1e-9, 1e-14])
def test_deficits_next_to_coinciding_inputs(gap: float) -> None:
    """Step at c: E[phi²] - E[phi phi'] = ∫_0^theta exp(-c²/(1 + cos x)) dx/(2 pi), at angle theta"""
    found = activation(CASES["step at 0.3"][0]).layer(Pair(np.array([1 - gap]), np.array([gap]), 1.0))
    with mp.workdps(30):
        theta = 2 * mp.asin(mp.sqrt(mpf(gap) / 2))
        exact = mp.quad(lambda x: mp.exp(-(mpf(0.3) ** 2) / (1 + mp.cos(x))), [0, theta]) / (2 * mp.pi)
    assert found.deficit[0] == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_layers_of_signs(layers: int) -> None:
    """K_h(1) = 1 and K_h = (2/pi) asin K_(h-1): two layers of np.sign gave 0.886 with an infinite bound"""
    kernel = ft.FullyConnected(layers, np.sign).nngp()
    t = np.array([-1.0, -0.2, 0.5, 1.0])
    exact = t
    for _ in range(layers):
        exact = 2 / np.pi * np.arcsin(exact)
    np.testing.assert_allclose(kernel(t), exact, rtol=1e-14)
    assert kernel(1.0) == 1.0
    assert kernel.error_bound < 1e-13


@pytest.mark.parametrize("layers", [1, 2])
def test_layers_of_a_step_elsewhere(layers: int) -> None:
    """K_1(t) = P(u > c, v > c) by Owen's T; two layers of a step at 0.3: K(1) exact and a finite bound"""
    kernel = ft.FullyConnected(layers, CASES["step at 0.3"][0]).nngp()
    assert kernel.error_bound < 1e-12
    power = 1.0
    for _ in range(layers):
        power = float(special.ndtr(-0.3 / math.sqrt(power)))
    assert float(kernel(1.0)) == pytest.approx(power, rel=1e-13)
    if layers == 1:
        rho, c = 0.4, 0.3
        owen = special.owens_t(c, math.sqrt((1 - rho) / (1 + rho)))
        assert float(kernel(rho)) == pytest.approx(special.ndtr(-c) - 2 * owen, rel=1e-13)


@pytest.mark.parametrize("slope", [0.1, -0.5])
def test_leaky_relu_given_as_a_function(slope: float) -> None:
    """The spectrum is that of the name to every degree, from a few values of the function"""
    exact = ft.FullyConnected(2, f"leaky_relu:{slope}", 1.5, 0.1).ntk().spectrum(6, 40)
    points = 0

    def phi(x: np.ndarray) -> np.ndarray:
        nonlocal points
        points += np.size(x)
        return np.where(x > 0, x, slope * x)

    found = ft.FullyConnected(2, phi, 1.5, 0.1).ntk().spectrum(6, 40)
    assert 0 < points < 10_000
    np.testing.assert_allclose(found.eigenvalues, exact.eigenvalues, rtol=1e-12)
    assert found.relative_error.max() < (1e-10 if slope > 0 else 1e-7)


@pytest.mark.parametrize("name", ["elu", "selu", "hard tanh"])
def test_spectra_within_their_error(name: str) -> None:
    """λ_l = ∫ K P_l dμ by mpmath quadrature of the exact average, one layer, dim 4"""
    function, phi, mean, _, _, breaks = CASES[name]
    spectrum = ft.FullyConnected(1, function).nngp().spectrum(4, 6)
    x, w = np.polynomial.legendre.leggauss(40)  # of 60 the same to 4e-16
    angle = math.pi * (1 + x) / 2
    values = np.array([average(phi, mean, math.cos(a), 1.0, breaks) for a in angle])
    for degree in (0, 1, 2, 5):
        polynomial = np.sin((degree + 1) * angle) / (np.sin(angle) * (degree + 1))
        exact = float((w * values * polynomial * np.sin(angle) ** 2).sum()) * math.pi / 2 * 2 / math.pi
        allowed = spectrum.relative_error[degree] * spectrum.eigenvalues[degree] + 1e-14
        assert abs(spectrum.eigenvalues[degree] - exact) <= allowed
        assert spectrum.relative_error[degree] < 1e-8


@given(st.floats(0.05, 5), st.floats(0.2, 4))
@settings(max_examples=25)
def test_places_are_found(place: float, q: float) -> None:
    """A kink and a jump at x = c, to the digits that the function shows"""
    for function in (lambda x: np.abs(x - place), lambda x: np.sign(x + place)):
        found = kink_places(function, q) * math.sqrt(q)
        if place / math.sqrt(q) < 6:  # beyond, the weight is below 1e-8
            assert np.abs(found - place).min() < 1e-10


def test_places_can_be_given() -> None:
    """Kinks closer than the search can tell apart: E[phi²] of a tent of width 2e-8 is (2/3) w³ N(1/2)"""
    width = 1e-8

    def tent(x: Any) -> Any:
        return np.maximum(width - np.abs(x - 0.5), 0) / width

    given_places = ft.Activation.from_function("tent", tent, breakpoints=[0.5 - width, 0.5, 0.5 + width])
    exact = 2 / 3 * width * math.exp(-0.125) / math.sqrt(2 * math.pi)
    assert given_places.top(1.0).variance == pytest.approx(exact, rel=1e-7)


@pytest.mark.parametrize(
    ("breakpoints", "words"),
    [
        ([math.nan], "breakpoints must be finite"),
        (["a"], "breakpoints must be real numbers"),
        ([[1.0]], r"breakpoints must be a list of numbers \(got shape \(1, 1\)\)"),
    ],
)
def test_places_that_are_refused(breakpoints: Any, words: str) -> None:
    """No numbers"""
    with pytest.raises(ValueError, match=words):
        ft.Activation.from_function("f", np.tanh, breakpoints=breakpoints)


def test_a_large_bound_is_said_where_it_matters() -> None:
    """A staircase with many jumps: values come with a warning, from a call and from gram"""
    kernel = ft.FullyConnected(1, lambda x: np.rint(4 * x)).nngp()
    assert kernel.error_bound > 1e-6
    words = r"values of NNGP\(<lambda>, .* are known to .* of K\(1\) only"
    with pytest.warns(UserWarning, match=words):
        kernel(0.5)
    with pytest.warns(UserWarning, match=words):
        kernel.gram(np.eye(3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ft.FullyConnected(1, "selu").ntk()(0.5)


@settings(max_examples=60)
@given(st.floats(-7.9, 7.9), st.floats(0.5, 20.0), st.floats(0.1, 20.0), st.sampled_from([1, 2, 3]))
def test_kinks_among_bends(place, size, frequency, power):
    """sin(f x) + s (x − a)₊^p has a kink for p = 1, and none for others"""
    found = has_kinks(lambda x: np.sin(frequency * x) + size * np.maximum(x - place, 0.0) ** power)
    assert found == (power == 1)


@settings(max_examples=30)
@given(st.floats(-7.9, 7.9), st.floats(0.05, 20.0))
def test_jumps_count_as_kinks(place, size):
    """tanh(x) + s θ(x − a)"""
    assert has_kinks(lambda x: np.tanh(x) + size * (x > place))
