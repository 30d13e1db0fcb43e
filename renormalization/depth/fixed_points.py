r"""Fixed points of the flow in depth, of the variance q and of the correlation c.

q' = b + w E[phi^2], c' q = b + w E[phi phi'] (Poole et al., arXiv 1606.05340, Eqs. 3 and 5): roots, not
iterations, since at criticality the flow itself only creeps.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from fieldtheory.activations.activation import Activation
from fieldtheory.bracketed_root import bracketed_root
from fieldtheory.networks.layers import LayerMap, floats

_EPS = float(np.finfo(np.float64).eps)
_SMALLEST, _LARGEST = 1e-14, 1e10
_STILL, _FINEST = 1e-10, 1e-34  # of the extrapolation to no variance: relative change, last step
_ROUNDING = 1e-11  # relative to the values extrapolated
MARGIN = 1e-12  # how close to 1 a multiplier counts as critical


def depth_map(phi: Activation, weight: float, bias: float) -> LayerMap:
    """One layer of the flow in float64, with E[phi^2] by `Activation.mean_square`."""
    return LayerMap(floats(phi, phi.mean_square), weight, bias)


def variance_fixed_point(phi: Activation, weight: float, bias: float) -> float:
    """The first fixed point of q that the flow from q = 1 meets; inf if it grows beyond all bounds."""
    layer = depth_map(phi, weight, bias)

    def growth(q: float) -> float:
        return float(layer.variance(q)) - q

    start, at_start = 1.0, growth(1.0)
    if abs(at_start) <= 8 * _EPS:
        return 1.0
    factor = 1.25 if at_start > 0 else 0.8
    while True:
        end = start * factor
        if factor < 1 and end < max(bias, _SMALLEST):
            if bias == 0:
                return 0.0
            end = bias  # q' >= b: a fixed point there or above
            if growth(end) <= 8 * _EPS * end:
                return end
        if end > _LARGEST:
            return math.inf
        at_end = growth(end)
        if at_end * at_start <= 0:
            return _root(growth, start, end)
        start, at_start = end, at_end


def correlation_fixed_point(phi: Activation, weight: float, bias: float, q: float) -> float:
    """c* below 1, where the variance is q and chi_1 > 1; to the accuracy of 1 - c*."""

    layer = depth_map(phi, weight, bias)

    def growth(log_drop: float) -> float:
        drop = math.exp(log_drop)
        return correlation_step(layer, q, q, 1.0 - drop, drop)[1] / drop - 1

    if growth(0.0) >= -8 * _EPS:  # c = 0 is a fixed point of odd activations without bias
        return 0.0
    high, low = 0.0, -0.25
    while growth(low) <= 0:
        high, low = low, low - 0.25
        if low < math.log(_EPS):
            return 1.0
    return 1.0 - math.exp(_root(growth, low, high))


def correlation_step(layer: LayerMap, q: float, after: float, c: float, drop: float) -> tuple[float, float]:
    """c and 1 - c = drop one layer further, where the variance is q before and `after` after it."""
    found = layer.pair(np.array([c * q]), np.array([drop * q]), q)
    return float(found.covariance[0]) / after, float(found.deficit[0]) / after


def correlation_slope(phi: Activation, weight: float, q: float, c: float) -> float:
    """w E[phi' phi'] at correlation c: chi_c at the fixed point."""
    found = depth_map(phi, weight, 0.0).pair(np.array([c * q]), np.array([(1 - c) * q]), q)
    return weight * float(found.slope[0])


def decay_length(multiplier: float) -> float:
    """-1/log|multiplier| layers; inf if nothing decays, 0 if all is forgotten at once."""
    size = abs(multiplier)
    if size >= 1 - MARGIN:
        return math.inf
    return -1 / math.log(size) if size > 0 else 0.0


def slope_at_zero(phi: Activation) -> float:
    """E[phi'^2] in the limit of no variance, phi'(0)^2 of smooth activations.

    Extrapolated from ever smaller variances until it stands still, whatever the scale of the activation.
    ValueError if it never does.
    """
    step, before = 1e-4, math.inf
    while step > _FINEST:
        values = np.array([phi.slope_square(step * each) for each in (1.0, 2.0, 3.0, 4.0, 5.0)])
        found = float(np.array([5.0, -10.0, 10.0, -5.0, 1.0]) @ values)
        if abs(found - before) <= _STILL * abs(found):
            return found
        if max(abs(found), abs(before)) <= _ROUNDING * values.max():  # x^2, say: nothing but rounding is left
            return 0.0
        step, before = step / 4, found
    raise ValueError(
        f"activation must be smooth at 0 for the limit of no variance (got {phi.name}, whose "
        f"E[phi'^2] still changes at the variance {step:.0e})"
    )


def _root(function: Callable[[float], float], start: float, end: float) -> float:
    return bracketed_root(function, start, end, rtol=4 * _EPS)
