"""One recursion in all number systems: they agree with each other and with its compiled twin."""

import math

import numpy as np
import pytest
import sympy
from mpmath import mp, mpc, mpf

import fieldtheory as ft
from fieldtheory.activations.moments import Pair
from fieldtheory.eigenvalues.contour import choose_radii, contour_table, left_cut
from fieldtheory.eigenvalues.relu_contour import relu_samples
from fieldtheory.networks.layers import LayerMap, digits, equal_inputs, floats, power_series, symbols

W, B, S = 1.5, 0.25, 0.5
CLOSED = ("relu", "erf", "linear", "sin", "gelu")


def by_hand(name, t, layers):
    """K_h = b + w E[φφ'], Θ_h = K_h + w E[φ'φ'] Θ_{h−1}, written out"""
    phi = ft.activation(name)
    kernel, variance = B + W * S * t, B + W * S
    tangent = kernel
    for _ in range(layers):
        found = phi.layer(Pair(np.array([kernel]), np.array([variance - kernel]), variance))
        kernel, variance = B + W * float(found.covariance[0]), B + W * phi.top(variance).variance
        tangent = kernel + W * float(found.derivative[0]) * tangent
    return kernel, variance, tangent


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize("layers", [0, 1, 3])
def test_number_systems_agree(name, layers):
    """K_L(t), K_L(1), Θ_L(t) at t = 0.3: arrays, mpmath, SymPy and the power series in t"""
    phi, t = ft.activation(name), 0.3
    kernel, variance, tangent = by_hand(name, t, layers)
    expected = pytest.approx((kernel, variance, tangent), rel=1e-13)
    found = LayerMap(floats(phi), W, B).recursion(np.array([t]), S, layers, np.array([1 - t]))
    assert (found.kernel[0], found.variance, found.tangent[0]) == expected
    assert found.deficit[0] == pytest.approx(variance - kernel, rel=1e-12)
    with mp.workdps(30):
        exact = LayerMap(digits(phi), mpf(W), mpf(B)).recursion(mpf(t), mpf(S), layers)
    assert tuple(map(float, (exact.kernel, exact.variance, exact.tangent))) == expected
    if layers < 3:  # the expressions of three layers are long
        rational = (sympy.Rational(x) for x in (W, B))
        symbolic = LayerMap(symbols(phi), *rational).recursion(sympy.Rational(t), sympy.Rational(S), layers)
        assert tuple(map(float, (symbolic.kernel, symbolic.variance, symbolic.tangent))) == expected
    linear = np.eye(200)[1]
    series = LayerMap(power_series(phi, False), W, B).recursion(linear, S, layers)
    powers = t ** np.arange(200.0)
    assert (series.kernel @ powers, series.variance, series.tangent @ powers) == expected


@pytest.mark.parametrize("name", [*CLOSED, "tanh"])
def test_equal_inputs(name):
    """t = 1: K_L(1) and Θ_L(1) of the arrays, exactly"""
    phi = ft.activation(name)
    top = LayerMap(equal_inputs(phi), W, B).recursion(1.0, S, 4)
    arrays = LayerMap(floats(phi), W, B).recursion(np.ones(1), S, 4, np.zeros(1))
    assert top.kernel == top.variance == arrays.variance
    assert arrays.tangent[0] == pytest.approx(top.tangent, rel=1e-13)


@pytest.mark.parametrize("ntk", [False, True])
@pytest.mark.parametrize("layers", [1, 2, 5])
@pytest.mark.parametrize("bias", [0.0, 0.1, 0.3])
def test_compiled_twin(ntk, layers, bias):
    """K_L(z) − K_L(1) on the lips of both cuts and on the circles: compiled deficits, and 40-digit mpmath"""
    weight, scale = 1.7, 0.8
    start = 1 + 2 * bias / (weight * scale)
    table = contour_table(7, 12, choose_radii(start))
    cut = left_cut(table, start)
    left = cut.distance if cut else table.right
    found = relu_samples(table.right, left, table.arc, weight, bias, scale, layers, ntk)
    with mp.workdps(60):
        exactly = LayerMap(digits(ft.activation("relu")), mpf(weight), mpf(bias))

        def kernel(z):
            layer = exactly.recursion(z, mpf(scale), layers)
            return layer.tangent if ntk else layer.kernel

        above, top = mpc(0, mpf(10) ** -50), kernel(mpf(1))
        edge = 1 + 2 * mpf(bias) / (mpf(weight) * mpf(scale))
        right = [float((kernel(1 + mpf(x) + above) - top).imag) for x in table.right]
        arc = [complex(kernel(mpc(z)) - top) for z in table.arc]
        if start == 1 or cut:
            far = np.array([complex(kernel(-edge - mpf(x) + above) - top) for x in left])
    sizes = len(table.right), len(table.arc)
    compiled = np.split(found, np.cumsum([sizes[0], sizes[1], sizes[1]]))
    np.testing.assert_allclose(compiled[0], right, rtol=1e-13)
    size = np.abs(arc)
    assert (np.abs(compiled[1] + 1j * compiled[2] - arc) <= 1e-13 * size).all()
    if start == 1 or cut:
        assert (np.abs(compiled[3] - far.imag) <= 1e-13 * np.abs(far)).all()


def test_layers_without_variance_are_refused():
    with pytest.raises(ValueError, match="every layer a positive variance"):
        LayerMap(equal_inputs(ft.activation([0.0, 0.0])), 1.0, 0.0).recursion(1.0, 1.0, 2)
    assert math.isfinite(LayerMap(equal_inputs(ft.activation("erf")), 1.0, 0.0).recursion(1.0, 1.0, 2).kernel)
