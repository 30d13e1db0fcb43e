"""Critical points of even, scale-free, hopeless and slow activations, against mpmath and closed forms."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

from renormalization import DepthFlow


def gaussian_mean(function: Any, variance: Any) -> Any:
    """E function(u), u of this variance, with mpmath."""
    points = [-12, -6, -3, -1, 0, 1, 3, 6, 12]
    return mp.quad(lambda z: function(mp.sqrt(variance) * z) * mp.npdf(z), points)


def silu(x: Any) -> Any:
    return x / (1 + np.exp(-x))


@pytest.mark.parametrize(
    ("phi", "weight", "q"),
    [
        # E cos² = (1 + e^{-2q})/2, E sin² = (1 - e^{-2q})/2: q* = coth q*
        (np.cos, 2.1996786402577337, 1.1996786402577337),
        # E phi² = (1 + 2q)^{-1/2}, E phi'² = q (1 + 2q)^{-3/2}: q*² = 1 + 2 q*, w = (1 + 2 q*)^{3/2}/q*
        (lambda x: np.exp(-(x**2) / 2), (3 + 2 * math.sqrt(2)) ** 1.5 / (1 + math.sqrt(2)), 1 + math.sqrt(2)),
    ],
)
def test_even_activations_without_bias(phi: Any, weight: float, q: float) -> None:
    """q* = E[phi²]/E[phi'²] > 0, w = 1/E[phi'²], where phi(0) != 0"""
    point = DepthFlow.critical_point(phi, bias_variance=0.0)
    assert point.weight_variance == pytest.approx(weight, rel=1e-12)
    assert point.q_star == pytest.approx(q, rel=1e-12)
    flow = DepthFlow(phi, point.weight_variance)
    assert flow.fixed_point == pytest.approx(q, rel=1e-6)
    assert flow.chi_1 == pytest.approx(1, rel=1e-6)


def test_even_activation_by_quadrature() -> None:
    """1/(1 + x²): q E[phi'²] = E[phi²] at q*, w = 1/E[phi'²]"""
    point = DepthFlow.critical_point(lambda x: 1 / (1 + x**2), bias_variance=0.0)
    with mp.workdps(20):
        slope = gaussian_mean(lambda x: (2 * x / (1 + x**2) ** 2) ** 2, mp.mpf(point.q_star))
        power = gaussian_mean(lambda x: 1 / (1 + x**2) ** 2, mp.mpf(point.q_star))
    assert point.weight_variance * float(slope) == pytest.approx(1, rel=1e-10)
    assert point.q_star == pytest.approx(float(power / slope), rel=1e-10)


@pytest.mark.parametrize(
    "phi",
    [
        lambda x: np.logaddexp(0, x),
        lambda x: np.log1p(np.exp(x)),  # overflows at x = 710
        lambda x: x + 1,
    ],
)
@pytest.mark.parametrize("given", [{"bias_variance": 0.0}, {"bias_variance": 0.4}, {"q_star": 2.0}])
def test_no_critical_line(phi: Any, given: dict[str, float]) -> None:
    """E[phi²] > q E[phi'²] at every q: q + 1 > q for x + 1, softplus by its positive mean"""
    with pytest.raises(ValueError, match=r"which has none: E\[phi\^2\] > q E\[phi'\^2\] at every variance"):
        DepthFlow.critical_point(phi, **given)


@pytest.mark.filterwarnings("ignore:averages of the activation")
@pytest.mark.parametrize("threshold", [0.5, 1.0])
def test_flat_around_zero(threshold: float) -> None:
    """max(0, x - a), c = a/sqrt(q): E[phi'^2] = Phi(-c), E[phi^2] = (q + a^2) Phi(-c) - a sqrt(q) n(c)"""
    with pytest.warns(UserWarning, match="repels the variance, which grows without bound"):
        point = DepthFlow.critical_point(lambda x: np.maximum(x - threshold, 0), bias_variance=0.1)
    with mp.workdps(20):
        root = mp.sqrt(point.q_star)
        tail = mp.ncdf(-threshold / root)
        power = (root**2 + threshold**2) * tail - threshold * root * mp.npdf(threshold / root)
        assert point.weight_variance == pytest.approx(float(1 / tail), rel=1e-9)
        assert float(root**2 - power / tail) == pytest.approx(0.1, rel=1e-9)


def test_flat_everywhere() -> None:
    """0: no slope at any variance"""
    with pytest.raises(ValueError, match="a derivative that is not zero everywhere"):
        DepthFlow.critical_point(lambda x: 0.0 * x, bias_variance=0.1)


def test_line_that_is_only_there_at_large_variance() -> None:
    """a x² + c: E[phi²] = 3 a² q² + 2 a c q + c², q E[phi'²] = 4 a² q², more from (1 + sqrt 2) c/a on"""
    point = DepthFlow.critical_point(lambda x: 0.1 * x**2 + 3, q_star=80.0)
    assert point.weight_variance == pytest.approx(1 / (0.04 * 80))
    assert point.bias_variance == pytest.approx(80 - (0.03 * 6400 + 0.6 * 80 + 9) / (0.04 * 80))
    with pytest.raises(ValueError, match="try another q_star"):
        DepthFlow.critical_point(lambda x: 0.1 * x**2 + 3, q_star=20.0)


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(1e-3, 1e3))
@settings(max_examples=20)
def test_activations_without_a_scale(right: float, left: float, q: float) -> None:
    """phi(x) = a x for x > 0, b x else: E[phi²] = q E[phi'²] = q (a² + b²)/2, so that every q is critical"""
    square = (right**2 + left**2) / 2

    def phi(x: Any) -> Any:
        return np.where(x > 0, right * x, left * x)

    if square < 1e-6:
        return
    assert DepthFlow.critical_point(phi, bias_variance=0.0) == pytest.approx((1 / square, 0.0, 1.0))
    assert DepthFlow.critical_point(phi, q_star=q) == pytest.approx((1 / square, 0.0, q))
    with pytest.raises(ValueError, match="bias_variance must be 0, which the critical line of phi takes"):
        DepthFlow.critical_point(phi, bias_variance=0.1)


def test_names_of_activations_without_a_scale() -> None:
    """|x|: w = 1; leaky 1/10: w = 2/(1 + 1/100), q* = 1 as for relu"""
    for phi, weight in ((np.abs, 1.0), (lambda x: np.maximum(0.1 * x, x), 2 / 1.01), ("relu", 2.0)):
        assert DepthFlow.critical_point(phi, bias_variance=0) == pytest.approx((weight, 0, 1), rel=1e-14)


@pytest.mark.parametrize("bias", [0.0, 0.5])
def test_callables_are_fast_and_quiet(bias: float) -> None:
    """silu: w = 1/E[phi'²], b = q* - w E[phi²] by mpmath, from fewer than 3 million values of phi"""
    points = 0

    def counted(x: Any) -> Any:
        nonlocal points
        points += np.size(x)
        return silu(x)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        point = DepthFlow.critical_point(counted, bias_variance=bias)
    assert 0 < points < 3e6
    assert [str(each.message) for each in caught if "repels the variance" not in str(each.message)] == []
    if bias == 0:  # phi'(0) = 1/2
        assert point == pytest.approx((4, 0, 0), rel=1e-12)
        return
    with mp.workdps(20):
        q = mp.mpf(point.q_star)
        slope = gaussian_mean(lambda x: mp.diff(lambda y: y / (1 + mp.exp(-y)), x) ** 2, q)
        power = gaussian_mean(lambda x: (x / (1 + mp.exp(-x))) ** 2, q)
    assert point.weight_variance == pytest.approx(float(1 / slope), rel=1e-9)
    assert float(q - power / slope) == pytest.approx(bias, rel=1e-8)


def test_no_point_where_the_line_never_meets_zero() -> None:
    """|x|^{3/2}: b = q (1 - E|z|³/(9/4 E|z|)) = q/9 on the critical line, never 0"""
    with pytest.raises(ValueError, match=r"bias_variance must be from 1\.11111e-13 to 111111, which"):
        DepthFlow.critical_point(lambda x: np.abs(x) ** 1.5, bias_variance=0)
    point = DepthFlow.critical_point(lambda x: np.abs(x) ** 1.5, q_star=1.8)
    assert point.bias_variance == pytest.approx(0.2, rel=1e-6)
