r"""Covariances of activations of Gaussian numbers of any mean, in closed form or as one positive integral.

For F = a power on either side of 0 (`Rays`), F^(p+1) = p! (right - (-1)^p left) delta. Price's theorem,
d Cov/dc = E[F'(x) F'(y)], p + 1 times, gives

    Cov = sum_{k=1}^p (c^k/k!) E[F^(k)(x)] E[F^(k)(y)] + (p! jump)^2 (s t)^p J_p(m/s, n/t; r),

for means m, n, standard deviations s, t and c = r s t: Heaviside, relu and its square, |x| and the identity.
The error function is a step at a variance more by 1/2, averaged over that Gaussian. gelu is S - S'' with S
the relu at a variance more by 1, and derivatives of S are derivatives with respect to the mean.

Weakly correlated pairs, most of those in a wide network, are done by the Hermite ladder, to the last digit.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.functions.erf import ERF
from fieldtheory.activations.functions.gelu import GELU
from fieldtheory.activations.functions.linear import LINEAR
from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled
from fieldtheory.moments.bivariate_normal import density_integral
from fieldtheory.moments.hermite_ladder import FLIGHTS, RUNGS, climb, climb_alone, fill_rungs, jump_of
from fieldtheory.moments.normal_law import INTEGRALS, density, distribution, repeated_integrals

_SPLIT = 134217729.0  # 2^27 + 1


class SmoothedRays(NamedTuple):
    """F(x) = E[rays(x + sqrt(extra) z)], less its second derivative if `curved`; z standard normal.

    >>> from fieldtheory import activation
    >>> SmoothedRays.of(activation("erf"))
    SmoothedRays(right=1.0, left=-1.0, power=0, extra=0.5, curved=False)
    >>> SmoothedRays.of(activation("tanh")) is None
    True
    """

    right: float
    left: float
    power: int
    extra: float = 0.0
    curved: bool = False

    @classmethod
    def of(cls, phi: Activation) -> SmoothedRays | None:
        """The activation in this form; None for those that have none."""
        if phi is ERF:
            return cls(1.0, -1.0, 0, extra=0.5)
        if phi is GELU:
            return cls(1.0, 0.0, 1, extra=1.0, curved=True)
        if phi is LINEAR:
            return cls(1.0, -1.0, 1)
        return None if phi.rays is None else cls(phi.rays.right, phi.rays.left, phi.rays.power)


def _pair_steps(mean: Floats, *_: object) -> float:
    return 60.0 * len(mean) ** 2 + 1000.0 * len(mean)


def rays_moments(form: SmoothedRays, mean: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Mean and covariance of F(x) for Gaussian x with these moments.

    >>> found = rays_moments(SmoothedRays(1.0, 0.0, 1), np.zeros(2), np.array([[1.0, 0.5], [0.5, 1.0]]))
    >>> found[1].round(6).tolist()
    [[0.340845, 0.145344], [0.145344, 0.340845]]
    """
    average, found = np.empty_like(mean), np.empty_like(covariance)
    _fill_moments(mean, covariance, *form, average, found)
    return average, found


@compiled(error_model="numpy", steps=_pair_steps)
def _fill_moments(
    mean: Floats,
    covariance: Floats,
    right: float,
    left: float,
    power: int,
    extra: float,
    curved: bool,
    average: Floats,
    found: Floats,
) -> None:
    n = mean.size
    rungs, rest = np.zeros((RUNGS, n)), np.zeros((FLIGHTS, n))
    size, spread, r, served = np.zeros(n), np.empty(n), np.empty(n), np.empty(n, dtype=np.bool_)
    for i in range(n):
        variance = covariance[i, i] + extra
        spread[i] = math.sqrt(variance)
        if variance == 0:  # a number that is what it is
            average[i], found[i, i] = ray_at(mean[i], right, left, power), 0.0
            continue
        size[i] = mean[i] / spread[i]
        fill_rungs(size[i], spread[i], right, left, power, curved, rungs[:, i], rest[:, i])
        average[i] = rungs[0, i]
        if curved:  # S and S'' cancel at small variances
            average[i] = mean[i] * distribution(size[i]) + covariance[i, i] / spread[i] * density(size[i])
        if extra > 0:
            value = climb_alone(covariance[i, i] / variance, rungs[:, i], rest[:, i])
            if math.isnan(value):
                value = _covariance(size, spread, covariance, rungs, i, i, right, left, power, extra, curved)
            found[i, i] = value
        else:
            found[i, i] = _variance(size[i], spread[i], right, left, power, rungs[:, i])
    for i in range(n):
        for j in range(i):
            scale = spread[i] * spread[j]
            r[j] = covariance[i, j] / scale if scale > 0 else 0.0
        climb(i, r, rungs, rest, found[i], served)
        for j in range(i):
            if not served[j]:
                found[i, j] = _covariance(
                    size, spread, covariance, rungs, i, j, right, left, power, extra, curved
                )
            found[j, i] = found[i, j]


@compiled(error_model="numpy")
def ray_at(x: float, right: float, left: float, power: int) -> float:
    """right x^power or left |x|^power."""
    if x == 0:
        return (right + left) / 2 if power == 0 else 0.0
    return right * x**power if x > 0 else left * (-x) ** power


@compiled(error_model="numpy")
def _variance(a: float, s: float, right: float, left: float, power: int, rungs: Floats) -> float:
    """Of F itself, from J_p(a, a; 1) = J_p(-|a|, -|a|; 1), where no large numbers cancel."""
    total = 0.0
    for k in range(1, power + 1):
        total += rungs[k] * rungs[k]
    integrals = np.empty(INTEGRALS)
    repeated_integrals(-abs(a), integrals)
    zero, one, two = integrals[0], integrals[1], integrals[2]
    rest: float = zero * distribution(abs(a))
    if power == 1:
        rest = 2 * two - one * one - zero * zero
    elif power == 2:
        rest = 6 * integrals[4] - two * two - one * one - zero * zero / 2
    jump: float = jump_of(right, left, power) * s**power
    return total + jump * jump * rest


@compiled(error_model="numpy")
def _excess(x: float, y: float) -> float:
    """x y - fl(x y), by Dekker."""
    big, large = _SPLIT * x, _SPLIT * y
    high, tall = big - (big - x), large - (large - y)
    low, short = x - high, y - tall
    return ((high * tall - x * y) + high * short + low * tall) + low * short


@compiled(error_model="numpy")
def determinant(first: float, second: float, covariance: float) -> float:
    """first second - covariance^2 with no digit lost, 0 where it is negative."""
    product, square = first * second, covariance * covariance
    return max(0.0, (product - square) + (_excess(first, second) - _excess(covariance, covariance)))


@compiled(error_model="numpy")
def independent_part(first: float, second: float, covariance: float) -> float:
    """sqrt(1 - r^2) of positive variances, in units of powers of 2 whose products stay floats."""
    m, n = math.frexp(math.sqrt(first))[1], math.frexp(math.sqrt(second))[1]
    v, w = math.ldexp(first, -2 * m), math.ldexp(second, -2 * n)
    return math.sqrt(determinant(v, w, math.ldexp(covariance, -m - n))) / (math.sqrt(v) * math.sqrt(w))


@compiled(error_model="numpy")
def _covariance(
    size: Floats,
    spread: Floats,
    covariance: Floats,
    rungs: Floats,
    i: int,
    j: int,
    right: float,
    left: float,
    power: int,
    extra: float,
    curved: bool,
) -> float:
    a, b, s, t, c = size[i], size[j], spread[i], spread[j], covariance[i, j]
    r = c / (s * t)
    first, second = covariance[i, i], covariance[j, j]
    if extra == 0:
        q = independent_part(first, second, c)
    else:
        det = determinant(first, second, c) + extra * (first + second + extra)
        q = math.sqrt(det) / (s * t)
    r = math.copysign(min(1.0, abs(r)), r)
    jump = jump_of(right, left, power)
    if curved:
        return _gelu_covariance(a, b, s, t, r, q)
    total, rise = 0.0, 1.0
    for k in range(1, power + 1):
        rise *= r
        total += rise * rungs[k, i] * rungs[k, j]
    if jump == 0:
        return total
    unit: float = (s * t) ** power
    return total + jump * jump * unit * density_integral(a, b, r, q, power)


@compiled(error_model="numpy")
def _gelu_covariance(a: float, b: float, s: float, t: float, r: float, q: float) -> float:
    """(1 - d_m^2)(1 - d_n^2) of the covariance of relus at these standard deviations."""
    ratio = s / t
    x, y = (a - r * b) / q, (b - r * a) / q
    total = s * t * (r * distribution(a) * distribution(b) + density_integral(a, b, r, q, 1))
    total -= ratio * density(b) * (q * _ramp(x) - _ramp(a))
    total -= density(a) * (q * _ramp(y) - _ramp(b)) / ratio
    # log of phi_2 over that of r = 0
    gain = (r * a * b - r * r * (a * a + b * b) / 2) / (q * q) - math.log(q)
    if gain < 1:
        return total + density(a) * density(b) * math.expm1(gain) / (s * t)
    pair = density(a) * density(y) / q  # phi_2
    return total + (pair - density(a) * density(b)) / (s * t)


@compiled(error_model="numpy")
def _ramp(a: float) -> float:
    """E[max(0, a + z)]."""
    return a * distribution(a) + density(a)
