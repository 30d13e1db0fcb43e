"""What a network is given beyond one variance for all its layers: a list of them, a read-out, a width."""

import math

import numpy as np
import pytest
import sympy
from mpmath import mp, mpf

import fieldtheory as ft

T = sympy.Symbol("t")
WEIGHTS, READOUT, BIAS, SCALE = (2.0, 1.25, 0.75), 1.5, 0.125, 0.5


def averages(name, k, q):
    """E[φφ'], E[φ̇φ̇']: arc-cosine kernels; arcsine kernel"""
    if name == "linear":
        return k, mpf(1)
    if name == "relu":
        opening = mp.pi - mp.acos(k / q)
        return (mp.sqrt(q**2 - k**2) + k * opening) / (2 * mp.pi), opening / (2 * mp.pi)
    scale = 1 + 2 * q
    return 2 / mp.pi * mp.asin(2 * k / scale), 4 / mp.pi / mp.sqrt(scale**2 - 4 * k**2)


def by_hand(name, t, weights):
    """K_0 = b + w₁ s t, K_h = b + w_(h+1) E[φφ'], Θ_h = K_h + w_(h+1) E[φ̇φ̇'] Θ_(h−1)"""
    kernel, variance = BIAS + weights[0] * SCALE * mpf(t), mpf(BIAS + weights[0] * SCALE)
    tangent = kernel
    for weight in weights[1:]:
        value, slope = averages(name, kernel, variance)
        kernel, variance = BIAS + weight * value, BIAS + weight * averages(name, variance, variance)[0]
        tangent = kernel + weight * slope * tangent
    return float(kernel), float(tangent)


@pytest.mark.parametrize("name", ["relu", "erf", "linear"])
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_variance_of_each_layer(name, layers):
    """K_L(t) and Θ_L(t) with w_1 … w_L and g_a: float64, SymPy and certified digits"""
    net = ft.FullyConnected(layers, name, WEIGHTS[:layers], BIAS, SCALE, readout_variance=READOUT)
    for t in (-0.75, 0.25, 0.9375):
        expected = by_hand(name, t, (*WEIGHTS[:layers], READOUT))
        for kernel, value in zip((net.nngp(), net.ntk()), expected, strict=True):
            assert float(kernel(t)) == pytest.approx(value, rel=1e-13)
            assert float(kernel.symbolic(sympy.Rational(t))) == pytest.approx(value, rel=1e-13)
            with mp.workdps(25):
                assert float(kernel.number(mpf(t))) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize("name", ["relu", "abs", "erf"])
@pytest.mark.parametrize("ntk", [False, True])
@pytest.mark.parametrize("bias", [0.0, BIAS])
def test_spectrum_of_layers_that_differ(name, ntk, bias):
    """λ_l = ∫ K P_l: contour and power series against quadrature in the angle, d = 4"""
    net = ft.FullyConnected(2, name, WEIGHTS[:2], bias, SCALE, readout_variance=READOUT)
    kernel = net.ntk() if ntk else net.nngp()
    x, weights = np.polynomial.legendre.leggauss(60)
    theta = math.pi * (x + 1) / 2  # dμ = (2/π) sin² θ dθ, in which the kernels are smooth but for one end
    measure = weights * np.sin(theta) ** 2
    t = np.cos(theta)
    projected = ft.gegenbauer(4, t, 4) @ (kernel(t) * measure)
    assert kernel.spectrum(4, 4).eigenvalues == pytest.approx(projected, abs=1e-7 * kernel.trace)
    assert kernel.spectrum(4, 4).relative_error.max() < 1e-11


def test_closed_eigenvalue():
    """One hidden ReLU layer: λ ∝ w_1 g_a, exactly"""
    one = ft.FullyConnected(1, "relu", 2.0).ntk()
    two = ft.FullyConnected(1, "relu", 8.0, readout_variance=0.125).ntk()
    assert two.eigenvalue(4, 7, 30) * 4 == one.eigenvalue(4, 7, 30)
    assert two.spectrum(7, 4).eigenvalues * 4 == pytest.approx(one.spectrum(7, 4).eigenvalues, rel=1e-13)


@pytest.mark.parametrize("name", ["relu", "gelu", "tanh"])
def test_equal_layers(name):
    """A list of equal variances, and g_a = w, is the network with one variance: same digits"""
    one = ft.FullyConnected(3, name, 1.5, 0.1, 0.5)
    same = ft.FullyConnected(3, name, [1.5] * 3, 0.1, 0.5, width=7, readout_variance=1.5, feature_strength=4)
    t = np.linspace(-1, 1, 9)
    for kernel, other in ((one.nngp(), same.nngp()), (one.ntk(), same.ntk())):
        assert (kernel(t) == other(t)).all()
        assert (kernel.spectrum(5, 6).eigenvalues == other.spectrum(5, 6).eigenvalues).all()


def test_batches_of_networks():
    """ft.spectra of networks whose layers differ: those of the single calls"""
    networks = [ft.FullyConnected(2, "relu", [2.0, each], readout_variance=0.5) for each in (1.0, 2.0)]
    for found, network in zip(ft.spectra(networks, 6, max_degree=5), networks, strict=True):
        assert (found.eigenvalues == network.ntk().spectrum(6, 5).eigenvalues).all()


def test_symbols():
    """g_a as a symbol: K_1 = b + g_a E[φφ'], of the network and as a keyword; without it, g_a = w"""
    w, g = sympy.symbols("w g_a", positive=True)
    own = ft.FullyConnected(1, "erf", w, readout_variance=g).nngp().symbolic(T)
    assert sympy.simplify(own - g * 2 / sympy.pi * sympy.asin(2 * w * T / (1 + 2 * w))) == 0
    net = ft.FullyConnected(1, "erf")
    assert net.nngp().symbolic(T, weight_variance=w, readout_variance=g) == own
    assert net.nngp().symbolic(T, weight_variance=w) == own.subs(g, w)
    listed = ft.FullyConnected(2, "erf").ntk().symbolic(T, weight_variance=[w, g])
    assert listed.free_symbols == {w, g, T}
    with pytest.raises(ValueError, match="must be numbers"):
        ft.FullyConnected(1, "erf", readout_variance=g).nngp()(0.5)


def test_finite_width():
    """widths, χ and g = g_a/χ; infinite width has none"""
    net = ft.FullyConnected(2, "erf", 2.0, width=[20, 40], readout_variance=3.0)
    assert (net.widths, net.strength, net.scaled_readout_variance) == ((20, 40), 1.0, 3.0)
    mean_field = ft.FullyConnected(2, "erf", 2.0, width=np.int64(30), feature_strength="mean-field")
    assert (mean_field.widths, mean_field.strength) == ((30, 30), 30.0)
    assert mean_field.scaled_readout_variance == pytest.approx(2 / 30, rel=1e-15)
    assert net == eval(repr(net), {"FullyConnected": ft.FullyConnected})
    assert hash(net) == hash(ft.FullyConnected(2, "erf", 2.0, width=(20, 40), readout_variance=3.0))
    with pytest.raises(ValueError, match="width must be a number"):
        ft.FullyConnected(1).widths  # noqa: B018


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        *(("width", value) for value in (0, -1, 2.5, True, "wide", [20], [20, 0], [[20], [20]], math.inf)),
        *(
            ("weight_variance", value)
            for value in ([1.0], [1.0, 0.0], [1.0, "two"], [1.0, math.nan], [[1.0]])
        ),
        *(("readout_variance", value) for value in (0.0, -1.0, math.nan, "two", [1.0, 1.0])),
        *(("feature_strength", value) for value in (0.0, -1.0, math.inf, "meanfield", [1.0], None)),
    ],
)
def test_refusals(argument, value):
    with pytest.raises(ValueError, match=f"{argument} must be"):
        ft.FullyConnected(2, "erf", **({"width": 20} | {argument: value}))


@pytest.mark.parametrize("argument", [{"width": 20}, {"readout_variance": 1.0}, {"weight_variance": []}])
def test_no_hidden_layers(argument):
    with pytest.raises(ValueError, match=f"{next(iter(argument))} must be .*without hidden layers"):
        ft.FullyConnected(0, **argument)


def test_mean_field_needs_a_width():
    with pytest.raises(ValueError, match="give width="):
        ft.FullyConnected(1, feature_strength="mean-field")
