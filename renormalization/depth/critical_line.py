r"""The critical line of the flow in depth: where two inputs neither merge nor part, chi_1 = 1.

Parametrised by the fixed point q* of the variance: w = 1/E[phi'^2], b = q* - w E[phi^2]. With the Hermite
coefficients a_n of phi(sqrt(q) z) this is b = q sum_n (n-1) a_n^2 / sum_n n a_n^2, without cancellation for
odd activations, where b falls like q^3.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.activations.activation import Activation, ActivationLike
from fieldtheory.activations.array_function import NotFiniteError
from fieldtheory.activations.hermite import hermite_series
from fieldtheory.activations.kinks import quadrature_activation
from fieldtheory.arguments import require_number
from fieldtheory.bracketed_root import bracketed_root
from fieldtheory.references import POOLE, SCHOENHOLZ
from renormalization.depth.fixed_points import slope_at_zero, variance_fixed_point

# Variances looked through: between them b - b* changes sign at most once.
_VARIANCES = np.concatenate(
    [np.geomspace(1e-12, 1e-3, 35), np.geomspace(1e-3, 1e3, 63)[1:], np.geomspace(1e3, 1e6, 12)[1:]]
)
_EPS = float(np.finfo(np.float64).eps)
_FEW_TERMS = 64  # of a Hermite series; longer ones are no better than the quadrature
_SCALES = np.array([1e-6, 0.0137, 0.731, 1.0, 3.17, 41.9, 211.0])


class _FlatError(ValueError):
    """An activation without slope at some variance: where it is flat around 0, larger ones may have one."""


class CriticalPoint(NamedTuple):
    """Weight variance, bias variance, and the fixed point of the variance that they lead to."""

    weight_variance: float
    bias_variance: float
    q_star: float

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return POOLE, SCHOENHOLZ


def critical_point(
    activation: ActivationLike, *, bias_variance: Any = None, q_star: Any = None
) -> CriticalPoint:
    """The point of the critical line with this bias variance, or with this fixed point of the variance.

    Give one of the two. Where a bias variance belongs to several points, the smallest q* among those that the
    flow of the variance from 1 reaches; if there is none, the smallest of all, with a UserWarning: the
    variance flees from it (gelu below a bias variance of about 0.17). Activations without a scale (relu, |x|,
    linear, without bias) get q* = 1. ValueError where the line does not go, for an activation that has none
    (softplus: E[phi^2] > q E[phi'^2] at every q) or that jumps, and for negative numbers. Poole et al.,
    arXiv 1606.05340; Schoenholz et al., arXiv 1611.01232, Sec. 3.

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
        _require_line(phi, [taken for _, taken in _biases(phi)])
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
    if _rays(phi) is not None:  # every variance is a fixed point
        return True
    return math.isclose(variance_fixed_point(phi, weight, bias), q, rel_tol=1e-3, abs_tol=1e-6)


def _points(phi: Activation, bias: float) -> Iterator[CriticalPoint]:
    """By q*, from the smallest; ValueError if there is none."""
    if _rays(phi) is not None:
        point = CriticalPoint(_line(phi, 1.0)[0], 0.0, 1.0)
        if bias > 0:
            raise ValueError(
                f"bias_variance must be 0, which the critical line of {phi.name} takes (got {bias:g})"
            )
        yield point
        return
    found = 0
    if bias == 0.0 and _is_critical_at_zero(phi):
        yield CriticalPoint(_inverse(phi, slope_at_zero(phi)), 0.0, 0.0)
        found += 1
    line = list(_biases(phi))
    for (low, before), (high, after) in pairwise(line):
        if (before - bias) * (after - bias) <= 0 and before != after:
            q = bracketed_root(lambda x: _bias(phi, x) - bias, low, high, rtol=1e-14)
            yield CriticalPoint(_line(phi, q)[0], bias, q)
            found += 1
    if found:
        return
    taken = [each for _, each in line]
    _require_line(phi, taken)
    least, most = max(min(taken), 0.0), max(taken)
    span = f"{least:.6g}" if most <= least else f"from {least:.6g} to {most:.6g}"
    raise ValueError(
        f"bias_variance must be {span}, which the critical line of {phi.name} takes (got {bias:g})"
    )


def _biases(phi: Activation) -> Iterator[tuple[float, float]]:
    """Variances and bias variances of the line, where phi and its slope are in the float range."""
    found, flat = False, None
    for q in _VARIANCES:
        try:
            bias = _bias(phi, q)
        except NotFiniteError:
            if not found:
                raise
            return
        except _FlatError as error:
            flat = error
            continue
        found = True
        yield q, bias
    if flat and not found:
        raise flat


def _require_line(phi: Activation, taken: list[float]) -> None:
    """ValueError if all bias variances of the line, at all variances, are negative."""
    if max(taken) < 0 and not _is_critical_at_zero(phi):
        raise ValueError(
            f"activation must have a critical line (got {phi.name}, which has none: E[phi^2] > q E[phi'^2] "
            "at every variance q, so that chi_1 = 1 would need a negative bias variance)"
        )


def _is_critical_at_zero(phi: Activation) -> bool:
    """Whether q = 0 is a fixed point, phi(0) = 0, at which chi_1 = 1 can be had, phi'(0) != 0."""
    if phi.require_function("q_star = 0")(np.zeros(1))[0] != 0:
        return False
    try:
        return slope_at_zero(phi) > 0
    except ValueError:  # |x|^(3/2), say, which has no limit of no variance
        return False


def _bias(phi: Activation, q: float) -> float:
    return _line(phi, float(q))[1]


def _line(phi: Activation, q: float) -> tuple[float, float]:
    """Weight and bias variance of the critical line at this q*; the latter may come out negative."""
    rays = _rays(phi)
    if rays is not None:
        return _inverse(phi, (rays[0] ** 2 + rays[1] ** 2) / 2), 0.0
    if q == 0:
        slope = slope_at_zero(phi)
        value = float(phi.require_function("q_star = 0")(np.zeros(1))[0])
        return _inverse(phi, slope), -(value**2) / slope
    top = None
    if phi.function is not None:
        series = hermite_series(phi.function, q, _FEW_TERMS)
        if series.is_complete:
            n, squares = np.arange(len(series.coefficients)), series.squares
            total = float(n @ squares)
            return _inverse(phi, total / q), q * float((n - 1) @ squares) / total if total else -math.inf
        top = series.top
    if top is None or phi.formula is not None:
        top = phi.top(q)
    if not math.isfinite(top.derivative):
        phi.slope_square(q)  # which refuses it
    weight = _inverse(phi, top.derivative)
    return weight, q - weight * top.variance


def _rays(phi: Activation) -> tuple[float, float] | None:
    """phi(1) and phi(-1) of an activation without a scale, phi(a x) = a phi(x) for a > 0, as of relu."""
    if phi.function is None:
        return None
    right, left = phi.function(_SCALES) / _SCALES, phi.function(-_SCALES) / _SCALES
    if max(np.ptp(right), np.ptp(left)) > 8 * _EPS * max(np.abs(right).max(), np.abs(left).max()):
        return None
    return float(right[3]), float(left[3])


def _inverse(phi: Activation, slope: float) -> float:
    if not slope > 0:
        raise _FlatError(f"activation must have a derivative that is not zero everywhere (got {phi.name})")
    return 1.0 / slope
