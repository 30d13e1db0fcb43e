"""Covariances of networks at points of any norm: quadrature, closed forms, the kernel on the sphere."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

import fieldtheory as ft

NAMES = ("relu", "erf", "gelu", "sin", "tanh", "linear", "abs", "elu", "selu", "silu", "gaussian", "sigmoid")
X = np.array(
    [[0.3, -0.2, 0.1], [1.5, 0.5, -1.0], [-0.9, 0.4, 2.0], [0.6, -0.4, 0.2]]
)  # the last is 2 x the first


def average(phi, first, second, rho):
    """∫∫ φ(√q z) φ(√q'(ρz + √(1−ρ²)w)) N(z) N(w), adaptive, piece by piece between the kinks"""

    def inner(z):
        mean, spread = rho * z, math.sqrt(1 - rho**2)
        kink = min(max(-mean / spread, -9.0), 9.0)
        value = lambda w: (  # noqa: E731
            float(phi(np.array([math.sqrt(second) * (mean + spread * w)]))[0]) * math.exp(-(w**2) / 2)
        )
        pieces = sum(
            integrate.quad(value, a, b, epsabs=1e-11, limit=200)[0] for a, b in ((-9, kink), (kink, 9))
        )
        return float(phi(np.array([math.sqrt(first) * z]))[0]) * pieces * math.exp(-(z**2) / 2)

    outer = sum(integrate.quad(inner, a, b, epsabs=1e-10, limit=100)[0] for a, b in ((-9, 0), (0, 9)))
    return outer / (2 * math.pi)


@pytest.mark.parametrize("name", ["relu", "tanh", "selu", "elu"])
def test_one_layer(name):
    """K_1 = b + w E[φ(u)φ(v)], u, v of variance .29, 1.6 and correlation −.55, by adaptive quadrature"""
    net = ft.FullyConnected(1, name, [1.5], 0.125, 0.5, readout_variance=2.0)
    inputs = net.input_covariance(X[:2])
    assert inputs == pytest.approx(0.125 + 0.75 * X[:2] @ X[:2].T, rel=1e-15)
    first, second = np.diagonal(inputs)
    phi = ft.activation(name).function
    expected = average(phi, first, second, inputs[0, 1] / math.sqrt(first * second))
    assert net.nngp_gram(X[:2])[0, 1] == pytest.approx(0.125 + 2.0 * expected, abs=1e-9)


def test_two_layers_of_erf():
    """K_h = b + w_h (2/π) asin(2k/√((1+2q)(1+2q')))"""
    net = ft.FullyConnected(2, "erf", [2.0, 1.5], 0.1, 0.4, width=8, readout_variance=1.2, feature_strength=4)
    k = 0.1 + 0.8 * X @ X.T
    found = net.prior_covariances(X)
    assert found[0] == pytest.approx(k, rel=1e-15)
    for layer, weight in ((1, 1.5), (2, 0.3)):
        lengths = np.sqrt(1 + 2 * np.diagonal(k))
        k = 0.1 + weight * 2 / math.pi * np.arcsin(2 * k / np.outer(lengths, lengths))
        assert found[layer] == pytest.approx(k, rel=1e-13)
    assert net.nngp_gram(X) == pytest.approx(0.1 + 4 * (k - 0.1), rel=1e-13)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("layers", [0, 1, 3])
def test_on_the_sphere(name, layers):
    """Points of norm 1: the Gram matrix of `nngp()`"""
    net = ft.FullyConnected(layers, name, 1.5, 0.1)
    unit = X / np.linalg.norm(X, axis=1)[:, None]
    assert net.nngp_gram(unit) == pytest.approx(net.nngp().gram(unit), rel=1e-12)
    assert net.nngp_gram(unit, unit[1:3]) == pytest.approx(net.nngp().gram(unit, unit[1:3]), rel=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_series_and_plane_agree(name):
    """Points of norms that differ by 1e-13, and equal ones: closed forms and series, or quadrature, agree"""
    net = ft.FullyConnected(1, name, 1.5, 0.1)
    unit = X / np.linalg.norm(X, axis=1)[:, None]
    near = unit * (1 + 1e-12 * np.arange(4))[:, None]
    assert net.nngp_gram(near) == pytest.approx(net.nngp().gram(unit), rel=1e-10)


@given(
    st.sampled_from(NAMES),
    st.integers(1, 3),
    st.floats(0.05, 4),
    st.floats(0, 1),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=25)
def test_covariance(name, layers, weight, bias, seed):
    """Symmetric, positive, |K_xy| ≤ √(K_xx K_yy); rows of Gram(X, Y) are those of Gram(X ∪ Y); invariant
    under rotations of X"""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(5, 3)) * rng.uniform(0.3, 2, size=(5, 1))
    net = ft.FullyConnected(layers, name, weight, bias)
    gram = net.nngp_gram(points)
    top = gram.max()
    assert (gram == gram.T).all()
    assert np.linalg.eigvalsh(gram)[0] > -1e-12 * top
    assert net.nngp_gram(points[:2], points[2:]) == pytest.approx(gram[:2, 2:], abs=1e-13 * top)
    turned = points @ np.linalg.qr(rng.normal(size=(3, 3)))[0]
    assert net.nngp_gram(turned) == pytest.approx(gram, abs=2e-12 * top)


def test_origin():
    """x = 0 without bias: φ(0) ⟨φ⟩; with relu nothing"""
    points = np.array([[0.0, 0.0], [1.0, 1.0]])
    z, weights = np.polynomial.hermite_e.hermegauss(80)
    sigmoid = ft.FullyConnected(1, "sigmoid").nngp_gram(points)
    mean = weights @ (1 / (1 + np.exp(-math.sqrt(2) * z))) / math.sqrt(2 * math.pi)
    assert sigmoid[0].tolist() == pytest.approx([0.25, 0.5 * mean], rel=1e-12)
    assert ft.FullyConnected(1, "relu").nngp_gram(points)[0].tolist() == [0, 0]
    assert ft.FullyConnected(1, "selu").nngp_gram(points)[0].tolist() == [0, 0]


def test_kink_away_from_the_origin():
    """φ = max(x − 1, 0) at norms that differ: a warning that says how many digits are lost"""
    hinge = ft.FullyConnected(1, lambda x: np.maximum(x - 1, 0))
    with pytest.warns(UserWarning, match="kinks or jumps away from 0"):
        found = hinge.nngp_gram([[1.0, 0.0], [1.0, 1.0]])
    z, weights = np.polynomial.legendre.leggauss(60)
    z = 1 + 4.5 * (z + 1)  # (z − 1)² on [1, 10]
    exact = 4.5 * weights @ ((z - 1) ** 2 * np.exp(-(z**2) / 2)) / math.sqrt(2 * math.pi)
    assert found[0, 0] == pytest.approx(exact, rel=1e-5)


@pytest.mark.parametrize(
    ("points", "others", "words"),
    [
        ([1.0, 2.0], None, "X must be"),
        ([[1.0, math.nan]], None, "X must be finite"),
        (np.ones((2, 0)), None, "X must be a matrix"),
        ([[1.0, 2.0]], [[1.0]], "Y must have points in 2 dimensions"),
        ([["a", "b"]], None, "X must be"),
        ([[1e200, 0.0]], None, "squares"),
    ],
)
def test_refusals(points, others, words):
    net = ft.FullyConnected(1, "relu")
    for method in (net.input_covariance, net.nngp_gram, net.prior_covariances):
        with pytest.raises(ValueError, match=words):
            method(points, others)


def test_averages_alone():
    """An activation of which only averages at equal variances are known has no covariance of other points"""
    known = ft.activation("erf")
    bare = ft.Activation("bare", known.top, known.layer, known.series_layer)
    with pytest.raises(ValueError, match="for inputs of different norms"):
        ft.FullyConnected(1, bare).nngp_gram(X)
