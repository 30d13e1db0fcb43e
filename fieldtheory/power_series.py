r"""Power series with non-negative coefficients, truncated: the arithmetic of kernels in powers of t.

Every recurrence here only adds non-negative terms, so each coefficient keeps its relative accuracy
however small it is, and a coefficient that vanishes by symmetry is exactly zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled

_SHORT = 300  # terms of a series that NumPy multiplies about as fast, and without loading Numba


def _series_steps(series: Floats, *more: object) -> float:
    return 0.2 * len(series) ** 2


def multiply(a: Floats, b: Floats) -> Floats:
    """Product of two series of one length, truncated there."""
    if len(a) <= _SHORT:
        return np.convolve(a, b)[: len(a)]
    return _product(a, b)


@compiled(error_model="numpy")
def _product(a: Floats, b: Floats) -> Floats:
    """The product, with half the work of a convolution."""
    n = len(a)
    out = np.zeros(n)
    whole = n - n % 4
    for k in range(0, whole, 4):  # four rows at a time: the sums are loaded and stored less often
        a0, a1, a2, a3 = a[k], a[k + 1], a[k + 2], a[k + 3]
        if a0 == 0 and a1 == 0 and a2 == 0 and a3 == 0:
            continue
        out[k] += a0 * b[0]
        out[k + 1] += a0 * b[1] + a1 * b[0]
        out[k + 2] += a0 * b[2] + a1 * b[1] + a2 * b[0]
        row = out[k + 3 :]
        b0, b1, b2, b3 = b[3:], b[2:], b[1:], b
        for j in range(len(row)):
            row[j] += (a0 * b0[j] + a1 * b1[j]) + (a2 * b2[j] + a3 * b3[j])
    for k in range(whole, n):
        for j in range(n - k):
            out[k + j] += a[k] * b[j]
    return out


def inverse_square_root(u: Floats) -> Floats:
    """Inverse square root (1 - u^2)^(-1/2) of a series, u(0) < 1, from (1-w) s' = w' s / 2 with w = u^2."""
    return _inverse_square_root(multiply(u, u), (1.0 - u[0]) * (1.0 + u[0]))


@compiled(error_model="numpy", steps=_series_steps)
def _inverse_square_root(w: Floats, rest: float) -> Floats:
    """(1 - w)^(-1/2), given 1 - w(0) to full accuracy."""
    n = len(w)
    s, total = np.zeros(n), np.zeros(n)
    half = 0.5 * np.arange(n) * w
    s[0] = 1.0 / math.sqrt(rest)
    for m in range(n - 1):  # what s[m] adds to all that follow, (m + k) s[m + k] rest: a loop without a chain
        last = s[m]
        tail = total[m:]
        for k in range(1, n - m):
            tail[k] += (m * w[k] + half[k]) * last
        s[m + 1] = total[m + 1] / ((m + 1) * rest)
    return s


def integrate(derivative: Floats, u: Floats, constant: float) -> Floats:
    """The series F(u(t)) with F(u(0)) = constant, given F'(u(t)) = derivative: F' = derivative u'."""
    orders = np.arange(len(u), dtype=np.float64)
    slope = multiply(orders * u, derivative)  # t F'
    return np.concatenate([[constant], slope[1:] / orders[1:]])


@compiled(error_model="numpy", steps=_series_steps)
def hyperbolic(a: Floats, scale: float) -> tuple[Floats, Floats]:
    """sinh and cosh of a series, times scale exp(-a(0)), which keeps them in the float range."""
    n = len(a)
    sinh, cosh = np.zeros(n), np.zeros(n)
    cosh[0] = 0.5 * scale * (1.0 + math.exp(-2.0 * a[0]))
    sinh[0] = -0.5 * scale * math.expm1(-2.0 * a[0])
    for m in range(1, n):
        odd, even = 0.0, 0.0
        for k in range(1, m + 1):
            odd += k * a[k] * cosh[m - k]
            even += k * a[k] * sinh[m - k]
        sinh[m], cosh[m] = odd / m, even / m
    return sinh, cosh


def damped_hyperbolic(name: str, k: Floats, q: float) -> tuple[Floats, Floats]:
    """exp(-q) sinh and exp(-q) cosh of a series k; ValueError, with the activation's name, for a large q."""
    if q - k[0] > 1000:
        raise ValueError(
            f"weight_variance must leave the inputs of {name} a variance below 1000 for a spectrum "
            f"(got {q:g})"
        )
    # the first coefficients are as small as exp(-q), the largest of order 1: shifted into the float range
    shift = min(q - k[0], 350.0)
    sinh, cosh = hyperbolic(k, math.exp(k[0] - q + shift))
    return sinh * math.exp(-shift), cosh * math.exp(-shift)


def compose(outers: Sequence[Floats], inner: Floats) -> list[Floats]:
    """Compositions outer(inner(t)): sqrt(len(outer)) products for powers of `inner`, and for each of them.

    >>> [each.tolist() for each in compose([np.array([1.0, 0.0, 2.0])], np.array([0.0, 1.0, 3.0]))]
    [[1.0, 0.0, 2.0]]
    """
    block = math.isqrt(max(map(len, outers)) - 1) + 1
    powers = np.zeros((block, len(inner)))
    powers[0, 0] = 1.0
    for k in range(1, block):
        powers[k] = multiply(powers[k - 1], inner)
    giant = multiply(powers[-1], inner)
    found = []
    for outer in outers:
        out = np.zeros(len(inner))
        for start in range((len(outer) - 1) // block * block, -1, -block):
            coefficients = outer[start : start + block]
            out = multiply(giant, out) + coefficients @ powers[: len(coefficients)]
        found.append(out)
    return found


def _projection_steps(b: Floats, dim: int, max_degree: int) -> float:
    return 0.7 * (1.0 + max_degree) * (4.0 + len(b))


@compiled(error_model="numpy", steps=_projection_steps)
def funk_hecke(b: Floats, dim: int, max_degree: int) -> tuple[Floats, NDArray[np.int64], Floats]:
    r"""Eigenvalues of sum_q b_q t^q on S^{dim-1} as mantissa 2^exponent, and the weight of what follows.

    lambda_l = sum_s b_{l+2s} W(l, s), W(l, 0) = l!/(d(d+2)...(d+2l-2)) and
    W(l, s+1)/W(l, s) = (2s+l+2)(2s+l+1)/(4(s+1)(s+l+d/2)); all terms are positive. The last array bounds
    the weights (in units of 2^exponent) of all coefficients beyond the given ones.

    Equation: power-series-eigenvalue
    """
    mantissa, beyond = np.zeros(max_degree + 1), np.zeros(max_degree + 1)
    exponent = np.zeros(max_degree + 1, dtype=np.int64)
    first, power = 1.0, 0
    for degree in range(max_degree + 1):
        if degree > 0:
            first *= degree / (dim + 2.0 * degree - 2.0)
            if first < 2.0**-64:
                first, power = first * 2.0**64, power - 64
        weight, total, shift, s = first, 0.0, power, 0
        while degree + 2 * s < len(b):
            total += b[degree + 2 * s] * weight
            weight *= _growth(degree, s, dim)
            if weight > 2.0**512:
                weight, total, shift = weight * 2.0**-512, total * 2.0**-512, shift + 512
            s += 1
        # the weights rise to the s from which _growth <= 1, then fall: their maximum bounds them all
        top = math.ceil((degree * (degree - 1.0) + 2.0 - 2.0 * dim) / (2.0 * dim - 2.0))
        best = weight
        if top > s:
            best *= math.exp(_log_weight(degree, top, dim) - _log_weight(degree, s, dim))
        mantissa[degree], exponent[degree], beyond[degree] = total, shift, best
    return mantissa, exponent, beyond


@compiled(error_model="numpy")
def _growth(degree: int, s: int, dim: int) -> float:
    numerator = (2.0 * s + degree + 2.0) * (2.0 * s + degree + 1.0)
    return numerator / (4.0 * (s + 1.0) * (s + degree + 0.5 * dim))


@compiled(error_model="numpy")
def _log_weight(degree: int, s: float, dim: int) -> float:
    """log W(l, s), but for what does not depend on s."""
    rising = math.lgamma(degree + 2.0 * s + 1.0) - 2.0 * s * math.log(2.0)
    return rising - math.lgamma(s + 1.0) - math.lgamma(s + degree + 0.5 * dim)
