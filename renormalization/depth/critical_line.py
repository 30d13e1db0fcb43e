r"""The critical line of the flow in depth: where two inputs neither merge nor part, chi_1 = 1.

Parametrised by the fixed point q* of the variance: w = 1/E[phi'^2], b = q* - w E[phi^2]. With the Hermite
coefficients a_n of phi(sqrt(q) z) this is b = q sum_n (n-1) a_n^2 / sum_n n a_n^2, without cancellation for
odd activations, where b falls like q^3.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import brentq

from fieldtheory.activations.activation import Activation, ActivationLike
from fieldtheory.activations.hermite import MAX_TERMS, hermite_series
from fieldtheory.activations.kinks import quadrature_activation
from fieldtheory.activations.moments import Function
from fieldtheory.arguments import require_number
from renormalization.depth.fixed_points import slope_at_zero, variance_fixed_point

_SMALLEST, _LARGEST, _STEP = 1e-12, 1e6, 1.25


class CriticalPoint(NamedTuple):
    """Weight variance, bias variance, and the fixed point of the variance that they lead to."""

    weight_variance: float
    bias_variance: float
    q_star: float


def critical_point(
    activation: ActivationLike, *, bias_variance: Any = None, q_star: Any = None
) -> CriticalPoint:
    """The point of the critical line with this bias variance, or with this fixed point of the variance.

    Give one of the two. Where a bias variance belongs to several points, the smallest q* among those that the
    flow of the variance from 1 reaches; if there is none, the smallest of all, with a UserWarning: the
    variance flees from it (gelu below a bias variance of about 0.17). Activations without a scale (relu and
    linear without bias) get q* = 1. ValueError where the line does not go, for an activation that jumps, and
    for negative numbers. Poole et al., arXiv 1606.05340; Schoenholz et
    al., arXiv 1611.01232, Sec. 3.

    >>> critical_point("relu", bias_variance=0.0)
    CriticalPoint(weight_variance=2.0, bias_variance=0.0, q_star=1.0)
    >>> critical_point("tanh", q_star=0.5)
    CriticalPoint(weight_variance=1.687975, bias_variance=0.038041, q_star=0.5)
    """
    if (bias_variance is None) == (q_star is None):
        given = "both" if q_star is not None else "neither"
        raise ValueError(f"one of bias_variance and q_star must be given (got {given})")
    phi = quadrature_activation(activation)
    if q_star is not None:
        return _at_variance(phi, require_number("q_star", q_star))
    return _at_bias(phi, require_number("bias_variance", bias_variance))


def _at_variance(phi: Activation, q: float) -> CriticalPoint:
    weight, bias = _line(phi, q)
    if bias < 0:
        raise ValueError(
            f"q_star must be where the bias variance is not negative on the critical line of {phi.name} "
            f"(got {q}, which would need bias_variance = {bias:.6g}); try another q_star"
        )
    return CriticalPoint(weight, bias, q)


def _at_bias(phi: Activation, bias: float) -> CriticalPoint:
    first: CriticalPoint | None = None
    for point in _points(phi, bias):
        if _is_reached(phi, point):
            return point
        first = first or point
    assert first is not None
    reached = variance_fixed_point(phi, first.weight_variance, bias)
    where = f"flows to {reached:.6g}" if math.isfinite(reached) else "grows without bound"
    warnings.warn(
        f"q_star = {first.q_star:.6g}, critical for {phi.name} with bias_variance {bias:g}, repels the "
        f"variance, which {where} from 1",
        UserWarning,
        stacklevel=3,
    )
    return first


def _is_reached(phi: Activation, point: CriticalPoint) -> bool:
    weight, bias, q = point
    if bias == 0 and q > 0:  # every variance is a fixed point
        return True
    return math.isclose(variance_fixed_point(phi, weight, bias), q, rel_tol=1e-3, abs_tol=1e-6)


def _points(phi: Activation, bias: float) -> Iterator[CriticalPoint]:
    """By q*, from the smallest; ValueError if there is none."""
    found = 0
    if bias == 0.0:
        q = 1.0 if _line(phi, 1.0)[1] == 0 else 0.0
        if _line(phi, q)[1] == 0:
            yield CriticalPoint(_line(phi, q)[0], 0.0, q)
            if q > 0:
                return
            found += 1
    low, before = _SMALLEST, _line(phi, _SMALLEST)[1] - bias
    taken = [before]
    while low < _LARGEST:
        high = low * _STEP
        after = _line(phi, high)[1] - bias
        if before * after <= 0 and before != after:
            q = brentq(lambda x: _line(phi, x)[1] - bias, low, high, xtol=1e-300, rtol=1e-14)
            yield CriticalPoint(_line(phi, q)[0], bias, float(q))
            found += 1
        low, before = high, after
        taken.append(after)
    if found:
        return
    least, most = max(min(taken) + bias, 0.0), max(max(taken) + bias, 0.0)
    span = f"{least:.6g}" if most <= least else f"from {least:.6g} to {most:.6g}"
    raise ValueError(
        f"bias_variance must be {span}, which the critical line of {phi.name} takes (got {bias:g})"
    )


def _line(phi: Activation, q: float) -> tuple[float, float]:
    """Weight and bias variance of the critical line at this q*; the latter may come out negative."""
    if q == 0:
        slope = slope_at_zero(phi)
        value = float(phi.require_function("q_star = 0")(np.zeros(1))[0])
        return _inverse(phi, slope), -(value**2) / slope
    if phi.function is not None and not _is_homogeneous(phi.function):
        series = hermite_series(phi.function, q)
        if len(series.coefficients) < MAX_TERMS or series.missing <= 1e-15 * series.top.variance:
            n, squares = np.arange(len(series.coefficients)), series.squares
            total = float(n @ squares)
            return _inverse(phi, total / q), q * float((n - 1) @ squares) / total if total else -math.inf
    weight = _inverse(phi, phi.slope_square(q))
    bias = q - weight * phi.top(q).variance
    return weight, 0.0 if abs(bias) < 1e-15 * q else bias


def _is_homogeneous(function: Function) -> bool:
    """phi(a x) = a phi(x) for a > 0, as of relu: the series of such a kink would be long."""
    x = np.array([-1.0, 1.0])
    return np.array_equal(function(2 * x), 2 * function(x))


def _inverse(phi: Activation, slope: float) -> float:
    if not slope > 0:
        raise ValueError(f"activation must have a derivative that is not zero everywhere (got {phi.name})")
    return 1.0 / slope
