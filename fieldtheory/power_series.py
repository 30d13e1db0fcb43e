r"""Power series with non-negative coefficients, truncated: the arithmetic of kernels in powers of t.

Every recurrence here only adds non-negative terms, so each coefficient keeps its relative accuracy
however small it is, and a coefficient that vanishes by symmetry is exactly zero.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled


def multiply(a: Floats, b: Floats) -> Floats:
    """Product of two series, truncated at the length of the first."""
    return np.convolve(a, b)[: len(a)]


def inverse_square_root(u: Floats) -> Floats:
    """Inverse square root (1 - u^2)^(-1/2) of a series, u(0) < 1, from (1-w) s' = w' s / 2 with w = u^2."""
    return _inverse_square_root(multiply(u, u), (1.0 - u[0]) * (1.0 + u[0]))


def _series_steps(series: Floats, *more: object) -> float:
    return 0.2 * len(series) ** 2


@compiled(error_model="numpy", steps=_series_steps)
def _inverse_square_root(w: Floats, rest: float) -> Floats:
    """(1 - w)^(-1/2), given 1 - w(0) to full accuracy."""
    s = np.zeros(len(w))
    s[0] = 1.0 / math.sqrt(rest)
    for m in range(1, len(w)):
        total = 0.0
        for k in range(1, m + 1):
            total += w[k] * (m - 0.5 * k) * s[m - k]
        s[m] = total / (m * rest)
    return s


@compiled(error_model="numpy", steps=_series_steps)
def integrate(derivative: Floats, u: Floats, constant: float) -> Floats:
    """The series F(u(t)) with F(u(0)) = constant, given F'(u(t)) = derivative: F' = derivative u'."""
    n = len(u)
    out = np.zeros(n)
    out[0] = constant
    for m in range(1, n):
        total = 0.0
        for k in range(1, m + 1):
            total += k * u[k] * derivative[m - k]
        out[m] = total / m
    return out


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


def compose(outer: Floats, inner: Floats) -> Floats:
    """Composition outer(inner(t)) by baby steps and giant steps: about 2 sqrt(len(outer)) series products."""
    terms = len(outer)
    block = math.isqrt(terms - 1) + 1
    one = np.zeros(len(inner))
    one[0] = 1.0
    powers = [one]
    for _ in range(block):
        powers.append(multiply(powers[-1], inner))
    out = np.zeros(len(inner))
    for start in range((terms - 1) // block * block, -1, -block):
        coefficients = outer[start : start + block]
        out = multiply(out, powers[block]) + coefficients @ np.array(powers[: len(coefficients)])
    return out


def _projection_steps(b: Floats, dim: int, max_degree: int) -> float:
    return (1.0 + max_degree) * (1.3 * len(b) + max_degree**2 / dim)


@compiled(error_model="numpy", steps=_projection_steps)
def funk_hecke(b: Floats, dim: int, max_degree: int) -> tuple[Floats, NDArray[np.int64], Floats]:
    r"""Eigenvalues of sum_q b_q t^q on S^{dim-1} as mantissa 2^exponent, and the weight of what follows.

    lambda_l = sum_s b_{l+2s} W(l, s), W(l, 0) = l!/(d(d+2)...(d+2l-2)) and
    W(l, s+1)/W(l, s) = (2s+l+2)(2s+l+1)/(4(s+1)(s+l+d/2)); all terms are positive. The last array bounds
    the weights (in units of 2^exponent) of all coefficients beyond the given ones.
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
        best = weight
        while _growth(degree, s, dim) > 1.0:  # the weights rise, then fall: their maximum bounds them all
            weight *= _growth(degree, s, dim)
            best = max(best, weight)
            s += 1
        mantissa[degree], exponent[degree], beyond[degree] = total, shift, best
    return mantissa, exponent, beyond


@compiled(error_model="numpy")
def _growth(degree: int, s: int, dim: int) -> float:
    numerator = (2.0 * s + degree + 2.0) * (2.0 * s + degree + 1.0)
    return numerator / (4.0 * (s + 1.0) * (s + degree + 0.5 * dim))
