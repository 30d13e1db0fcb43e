r"""Two correlated normal numbers: integrals of their density phi_2(a, b; rho) over the correlation.

Price: dPhi_2/drho = phi_2, so Phi_2(a, b; r) = Phi(a) Phi(b) + J_0, with

    J_p(a, b; r) = int_0^r (r - rho)^p/p! phi_2(a, b; rho) drho,    J_p(a, b; -r) = (-1)^(p+1) J_p(a, -b; r).

The integrand is positive: nothing cancels, in no tail. With rho = tanh x it is exp(-E) sech(x)/(2 pi),
E = (a^2 + b^2)/4 + ((a + b)^2 exp(-2x) + (a - b)^2 exp(2x))/8: smooth on the scale of 1 up to r = 1, and
with one maximum. Panels of a Gauss-Legendre rule cover what is within exp(-42) of it. Owen's function is
T(h, t) = J_0(h, 0; t/sqrt(1 + t^2)).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled
from fieldtheory.moments.normal_law import distribution

_POINTS = 16  # of a panel
_FALL = 42.0  # exp(-42) of the largest is left out
_STEEPEST, _LONGEST = 10.0, 25.0  # change of either exponent, and factor of exp(2x), over a panel
_HALF = 0.5  # correlation up to which rho itself is the variable
_UNDERFLOW = 740.0
# exp(2x) that stands for r = 1, p = 0, 1, 2: beyond, (1 - rho)^p phi_2 drho is below 1e-18 of all
_FARTHEST = 1e36, 1e18, 1e18


def _unit_rule() -> tuple[Floats, Floats]:
    x, w = np.polynomial.legendre.leggauss(_POINTS)
    return np.asarray((1 + x) / 2, dtype=np.float64), np.asarray(w / 2, dtype=np.float64)


_NODES, _WEIGHTS = _unit_rule()


@compiled(error_model="numpy")
def density_integral(a: float, b: float, r: float, q: float, power: int) -> float:
    """J_p(a, b; r) for -1 <= r <= 1, q = sqrt(1 - r^2), p = 0, 1, 2."""
    if r < 0:
        sign = -1.0 if power % 2 == 0 else 1.0
        return sign * _positive_integral(a, -b, -r, q, power)
    return _positive_integral(a, b, r, q, power)


@compiled(error_model="numpy", fastmath={"contract"})
def _positive_integral(a: float, b: float, r: float, q: float, power: int) -> float:
    if r == 0:
        return 0.0
    if q == 0 and power == 0:
        return distribution(min(a, b)) * distribution(-max(a, b))
    plus, minus = (a + b) ** 2 / 8, (a - b) ** 2 / 8
    # exp(2x) at rho = 0 and at r, there from q: next to 1, 1 - r has no digits left
    first, last = 1.0, _FARTHEST[power]
    if q * q * last > (1 + r) ** 2:
        last = ((1 + r) / q) ** 2
    top = last if minus * last * last <= plus else max(1.0, math.sqrt(plus / minus))
    least = plus / top + minus * top
    if (a * a + b * b) / 4 + least > _UNDERFLOW:
        return 0.0
    limit, is_cut = least + _FALL, False
    root = math.sqrt(max(0.0, limit * limit - 4 * plus * minus))
    if plus + minus > limit:
        first = 2 * plus / (limit + root)
    if plus / last + minus * last > limit:
        last, is_cut = (limit + root) / (2 * minus), True
    past, total = (q / (1 + r)) ** 2, 0.0
    while first < last:
        following, steep = first * _LONGEST, _STEEPEST * first
        if steep < plus:
            following = min(following, first / (1 - steep / plus))
        following = min(following, first + _STEEPEST / minus if minus > 0 else last)
        is_last = following >= last
        following = min(following, last)
        if r < _HALF:
            end = r if is_last and not is_cut else (following - 1) / (following + 1)
            total += _over_correlation(plus, minus, least, r, (first - 1) / (first + 1), end, power)
        else:
            total += _over_angle(
                plus, minus, least, past, math.log(first) / 2, math.log(following) / 2, power
            )
        first = following
    return total * math.exp(-(a * a + b * b) / 4 - least) / (2 * math.pi)


@compiled(error_model="numpy", fastmath={"contract"})
def _over_correlation(
    plus: float, minus: float, least: float, r: float, start: float, end: float, power: int
) -> float:
    total = 0.0
    for k in range(_POINTS):
        rho = start + (end - start) * _NODES[k]
        turn = 1 / (1 - rho * rho)
        up, down = (1 + rho) * (1 + rho) * turn, (1 - rho) * (1 - rho) * turn
        value = math.exp(least - plus * down - minus * up) * math.sqrt(turn) * _WEIGHTS[k]
        for p in range(power):
            value *= (r - rho) / (p + 1)
        total += value
    return total * (end - start)


@compiled(error_model="numpy", fastmath={"contract"})
def _over_angle(
    plus: float, minus: float, least: float, past: float, start: float, end: float, power: int
) -> float:
    """`past`: exp(-2x) at rho = r, 0 at r = 1."""
    total = 0.0
    for k in range(_POINTS):
        half = math.exp(-(start + (end - start) * _NODES[k]))
        down = half * half
        value = math.exp(least - plus * down - minus / down) * 2 * half / (1 + down) * _WEIGHTS[k]
        for p in range(power):  # r - rho
            value *= 2 * (down - past) / ((1 + down) * (1 + past) * (p + 1))
        total += value
    return total * (end - start)


@compiled(error_model="numpy")
def _owens(h: Floats, t: Floats, found: Floats) -> None:
    for i in range(h.size):
        root = math.hypot(1.0, t[i])
        found[i] = density_integral(h[i], 0.0, t[i] / root, 1 / root, 0)


@compiled(error_model="numpy")
def _distributions(a: Floats, b: Floats, r: Floats, found: Floats) -> None:
    for i in range(a.size):
        q = math.sqrt((1 - r[i]) * (1 + r[i]))
        x, y = a[i], b[i]
        if r[i] >= 0:
            found[i] = distribution(x) * distribution(y) + density_integral(x, y, r[i], q, 0)
        elif x + y > 0:  # P(x, y) = P(-x, -y) + what is certain: small where both are rare
            rare = density_integral(-x, -y, r[i], q, 0) + distribution(-x) * distribution(-y)
            found[i] = distribution(x) - distribution(-y) + rare
        else:
            found[i] = distribution(x) * distribution(y) + density_integral(x, y, r[i], q, 0)


def owens_t(h: Any, t: Any) -> Floats:
    """Owen's function T(h, t) = int_0^t exp(-h^2 (1 + x^2)/2)/(1 + x^2) dx/(2 pi), arrays broadcast.

    Relatively accurate, in the tails too, but for the rounding of h^2. ValueError for what is not finite.

    >>> owens_t(0.0, 1.0), owens_t([1.0, 40.0], 0.5)
    (array(0.125), array([0.04306469, 0.        ]))
    """
    x, y = np.broadcast_arrays(require_reals("h", h), require_reals("t", t))
    found = np.empty(x.size)
    _owens(x.ravel(), y.ravel(), found)
    return found.reshape(x.shape)


def bivariate_normal(a: Any, b: Any, correlation: Any) -> Floats:
    """P(x < a, y < b) of standard normal x, y of this correlation, arrays broadcast: absolutely to 1e-15.

    Relatively accurate for correlations >= 0. ValueError for what is not finite, and correlations beyond 1.

    >>> bivariate_normal(0.0, 0.0, [0.5, -1.0]).round(12)
    array([0.33333333, 0.        ])
    """
    r = require_reals("correlation", correlation)
    if (np.abs(r) > 1).any():
        raise ValueError(f"correlation must be from -1 to 1 (got {r[np.abs(r) > 1].flat[0]:.17g})")
    x, y, r = np.broadcast_arrays(require_reals("a", a), require_reals("b", b), r)
    found = np.empty(x.size)
    _distributions(x.ravel(), y.ravel(), r.ravel(), found)
    return found.reshape(x.shape)
