r"""Gaussian averages of derivatives, E[F^(k)(x)] and E[F^(i)(x) F^(j)(y)], also where F has a kink or a jump.

They are derivatives of E[F(x)] and E[F(x) F(y)] with respect to the means: the vertices of cumulant
expansions. A power on either side of 0 gives up to its own order moments of half planes, in units of the
standard deviations P_kl = E[max(0, a + z)^k max(0, b + w)^l], with Stein's recurrence

    P_kl = a P_{k-1,l} + (k - 1) P_{k-2,l} + r l P_{k-1,l-1}    (at order 0: averages at x = 0 or y = 0)

and beyond it jump delta^(n)(x): derivatives of the density at 0 times the average of F^(j)(y) given x = 0.
"""

from __future__ import annotations

import math

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled
from fieldtheory.moments.bivariate_normal import density_integral
from fieldtheory.moments.hermite_ladder import jump_of
from fieldtheory.moments.normal_law import INTEGRALS, density, distribution, repeated_integrals
from fieldtheory.moments.pair_covariance import SmoothedRays, determinant, ray_at

MOST_DERIVATIVES = 12  # of one neuron, two for each of gelu included
_POWERS = 3  # 0, 1, 2


def rays_derivative_means(form: SmoothedRays, mean: Floats, variance: Floats, order: int) -> Floats:
    """E[F^(k)(x)] for k = 0 ... order, shape (order + 1, len(mean)).

    For neurons of variance 0, whose cumulants all vanish, what lies beyond the kink is given as 0.

    >>> rays_derivative_means(SmoothedRays(1.0, 0.0, 1), np.zeros(1), np.ones(1), 3).round(6).ravel().tolist()
    [0.398942, 0.5, 0.398942, -0.0]
    """
    found = np.empty((order + 1, len(mean)))
    _fill_means(mean, variance, *form, found)
    return found


def rays_square_means(form: SmoothedRays, mean: Floats, variance: Floats, order: int) -> Floats:
    """E[(F^2)^(k)(x)] for k = 0 ... order, finite where E[F^(i)(x) F^(j)(x)] is not.

    >>> rays_square_means(SmoothedRays(1.0, 0.0, 1), np.zeros(1), np.ones(1), 2).ravel().round(6).tolist()
    [0.5, 0.797885, 1.0]
    """
    if form.extra == 0:
        square = SmoothedRays(form.right**2, form.left**2, 2 * form.power)
        return rays_derivative_means(square, mean, variance, order)
    found = np.zeros((order + 1, len(mean)))
    for place, (m, v) in enumerate(zip(mean.tolist(), variance.tolist(), strict=True)):
        twice, same = np.array([m, m]), np.full((2, 2), v)
        for k in range(order + 1):
            for i in range(k + 1):
                pair = rays_derivative_pairs(form, twice, same, i, k - i)[0, 1]
                found[k, place] += math.comb(k, i) * pair
    return found


def rays_derivative_pairs(
    form: SmoothedRays, mean: Floats, covariance: Floats, first: int, second: int
) -> Floats:
    """E[F^(first)(x_a) F^(second)(x_b)], a matrix whose diagonal, which may be infinite, is left 0.

    ValueError for fully correlated neurons if both derivatives go beyond the kink: the average is infinite.

    >>> cov = np.array([[1.0, 0.5], [0.5, 1.0]])
    >>> rays_derivative_pairs(SmoothedRays(1.0, 0.0, 1), np.zeros(2), cov, 1, 1).round(6).tolist()
    [[0.0, 0.333333], [0.333333, 0.0]]
    """
    found = np.zeros_like(covariance)
    _fill_pairs(mean, covariance, *form, first, second, found)
    if not np.isfinite(found).all():
        a, b = np.argwhere(~np.isfinite(found))[0].tolist()
        raise ValueError(
            "covariance must leave neurons apart where the activation has a kink (got correlation 1 or -1 "
            f"of neurons {a} and {b}); take one of them"
        )
    return found


@compiled(error_model="numpy")
def _fill_means(
    mean: Floats,
    variance: Floats,
    right: float,
    left: float,
    power: int,
    extra: float,
    curved: bool,
    found: Floats,
) -> None:
    averages = np.empty(MOST_DERIVATIVES + 1)
    for i in range(mean.size):
        _fill_averages(mean[i], math.sqrt(variance[i] + extra), right, left, power, averages)
        for k in range(found.shape[0]):
            found[k, i] = averages[k] - averages[k + 2] if curved else averages[k]


@compiled(error_model="numpy")
def _fill_averages(
    mean: float, spread: float, right: float, left: float, power: int, averages: Floats
) -> None:
    """Derivatives with respect to the mean of E[rays(x)]."""
    averages[:] = 0.0
    if spread == 0:
        for k in range(power + 1):
            scale = math.gamma(power + 1.0) / math.gamma(power - k + 1.0)
            averages[k] = scale * ray_at(mean, right, left if k % 2 == 0 else -left, power - k)
        return
    up, down, a = np.empty(INTEGRALS), np.empty(INTEGRALS), mean / spread
    repeated_integrals(a, up)
    repeated_integrals(-a, down)
    for k in range(min(power + 1, averages.size)):
        other = left if k % 2 == 0 else -left
        value = right * up[power - k] + other * down[power - k]
        averages[k] = math.gamma(power + 1.0) * spread ** (power - k) * value
    _fill_densities(a, spread, averages[power + 1 :])
    averages[power + 1 :] *= jump_of(right, left, power)


@compiled(error_model="numpy")
def _fill_densities(a: float, spread: float, found: Floats) -> None:
    """Derivatives with respect to the mean of the density at 0."""
    before, here = 0.0, density(a) / spread
    for n in range(found.size):
        found[n] = here
        before, here = here, -(a * here + n * before / spread) / spread


@compiled(error_model="numpy")
def _fill_pairs(
    mean: Floats,
    covariance: Floats,
    right: float,
    left: float,
    power: int,
    extra: float,
    curved: bool,
    first: int,
    second: int,
    found: Floats,
) -> None:
    n, shape = mean.size, (right, left, power, extra)
    for x in range(n):
        for y in range(n):
            if x == y:
                continue
            v, w, c = covariance[x, x], covariance[y, y], covariance[x, y]
            value = _pair(mean[x], mean[y], v, w, c, shape, first, second)
            if curved:
                value -= _pair(mean[x], mean[y], v, w, c, shape, first + 2, second)
                value -= _pair(mean[x], mean[y], v, w, c, shape, first, second + 2)
                value += _pair(mean[x], mean[y], v, w, c, shape, first + 2, second + 2)
            found[x, y] = value


@compiled(error_model="numpy")
def _pair(
    m: float,
    n: float,
    v: float,
    w: float,
    c: float,
    shape: tuple[float, float, int, float],
    first: int,
    second: int,
) -> float:
    right, left, power, extra = shape
    if first <= power and second > power:
        return _pair(n, m, w, v, c, shape, second, first)
    s, t = math.sqrt(v + extra), math.sqrt(w + extra)
    if s == 0 or t == 0:
        one, other = np.empty(MOST_DERIVATIVES), np.empty(MOST_DERIVATIVES)
        _fill_averages(m, s, right, left, power, one)
        _fill_averages(n, t, right, left, power, other)
        product: float = one[first] * other[second]
        return product
    root = math.sqrt(determinant(v, w, c) + extra * (v + w + extra))
    if first > power:
        return _beyond(m, n, s, root / s, c, right, left, power, first - power - 1, second)
    return _half_planes(m / s, n / t, s, t, c / (s * t), root / (s * t), right, left, power, first, second)


@compiled(error_model="numpy")
def _beyond(
    m: float,
    n: float,
    s: float,
    rest: float,
    c: float,
    right: float,
    left: float,
    power: int,
    order: int,
    second: int,
) -> float:
    """jump E[delta^(order)(x) F^(second)(y)], `rest`: the standard deviation of y given x."""
    if rest == 0 and order + second > power:
        return math.inf
    weights, averages = np.empty(order + 1), np.empty(MOST_DERIVATIVES + 1)
    _fill_densities(m / s, s, weights)
    slope = -c / (s * s)
    _fill_averages(n + slope * m, rest, right, left, power, averages)
    total, factor = 0.0, jump_of(right, left, power)
    for k in range(order + 1):
        total += factor * weights[order - k] * averages[second + k]
        factor *= slope * (order - k) / (k + 1)
    return total


@compiled(error_model="numpy")
def _half_planes(
    a: float,
    b: float,
    s: float,
    t: float,
    r: float,
    q: float,
    right: float,
    left: float,
    power: int,
    first: int,
    second: int,
) -> float:
    """E[F^(first)(x) F^(second)(y)], powers on either side of 0."""
    k, l, total = power - first, power - second, 0.0
    scale = (math.gamma(power + 1.0) * s**k / math.gamma(k + 1.0)) * (
        math.gamma(power + 1.0) * t**l / math.gamma(l + 1.0)
    )
    for side in (1.0, -1.0):
        one = right if side > 0 else (left if first % 2 == 0 else -left)
        for across in (1.0, -1.0):
            other = right if across > 0 else (left if second % 2 == 0 else -left)
            if one * other != 0:
                total += one * other * _quadrant(side * a, across * b, side * across * r, q, k, l)
    return scale * total


@compiled(error_model="numpy")
def _quadrant(a: float, b: float, r: float, q: float, first: int, second: int) -> float:
    """P_kl = E[max(0, a + z)^k max(0, b + w)^l] for standard normal z, w of correlation r."""
    r = max(-1.0, min(1.0, r))
    found = np.empty((_POWERS, _POWERS))
    at_zero, at_zero_y = np.empty(_POWERS), np.empty(_POWERS)  # E[delta(x) y^l], E[x^k delta(y)]
    _fill_given_zero(a, b, r, q, at_zero)
    _fill_given_zero(b, a, r, q, at_zero_y)
    found[0, 0] = distribution(a) * distribution(b) + density_integral(a, b, r, q, 0)
    for l in range(1, second + 1):
        lower = found[0, l - 2] * (l - 1) if l > 1 else at_zero_y[0]
        found[0, l] = b * found[0, l - 1] + lower + r * at_zero[l - 1]
    for k in range(1, first + 1):
        for l in range(second + 1):
            lower = found[k - 2, l] * (k - 1) if k > 1 else at_zero[l]
            beside = l * found[k - 1, l - 1] if l > 0 else at_zero_y[k - 1]
            found[k, l] = a * found[k - 1, l] + lower + r * beside
    value: float = found[first, second]
    return value


@compiled(error_model="numpy")
def _fill_given_zero(a: float, b: float, r: float, q: float, found: Floats) -> None:
    """E[delta(a + z) max(0, b + w)^l], l = 0, 1, 2."""
    height, mean = density(a), b - r * a
    if q == 0:
        for l in range(_POWERS):
            found[l] = height * ray_at(mean, 1.0, 0.0, l)
        return
    integrals = np.empty(INTEGRALS)
    repeated_integrals(mean / q, integrals)
    for l in range(_POWERS):
        found[l] = height * math.gamma(l + 1.0) * q**l * integrals[l]
