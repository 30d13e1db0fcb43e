"""The perceptron: separable patterns counted, capacity at a margin by replicas, contacts, minimum norm."""

from __future__ import annotations

import math
import warnings
from fractions import Fraction
from typing import Literal, overload

import numpy as np
from scipy import optimize, special

from fieldtheory.arguments import require_flag, require_integer, require_number
from fieldtheory.budgets import require_budget

_NODES = 80
_STEEP = 3.0  # margins below minus this: the two terms of the closed form cancel
_LOWEST, _HIGHEST = -37.0, 1e100  # beyond, the capacity or its inverse leaves the floats
UPPER_BOUND = "margins below 0 make a problem that is not convex, replica symmetry breaks: an upper bound"


@overload
def separable_probability(inputs: int, patterns: int, exact: Literal[True]) -> Fraction: ...
@overload
def separable_probability(inputs: int, patterns: int, exact: bool = False) -> float | Fraction: ...


def separable_probability(inputs: int, patterns: int, exact: bool = False) -> float | Fraction:
    r"""The share of all labellings of P patterns in N dimensions that a hyperplane through 0 separates.

    2^{1-P} sum_{k<N} binom(P-1, k), for patterns in general position (Cover 1965): 1 up to P = N, 1/2 at
    P = 2N. `exact`: a Fraction instead of a float.

    ValueError for numbers that are not positive integers.

    Equation: cover

    >>> separable_probability(20, 40), separable_probability(3, 5, exact=True)
    (0.5, Fraction(11, 16))
    """
    n = require_integer("inputs", inputs, minimum=1)
    p = require_integer("patterns", patterns, minimum=1)
    if not require_flag("exact", exact):
        return 1.0 if p <= n else float(special.bdtr(n - 1, p - 1, 0.5))
    require_budget(f"{p} patterns", seconds=1e-9 * min(n, p) * float(p), memory=0.2 * p, smaller="patterns")
    count = term = 1
    for k in range(1, min(n, p)):
        term = term * (p - k) // k
        count += term
    return Fraction(count, 2 ** (p - 1))


def gardner_capacity(margin: float) -> float:
    r"""Patterns per weight that a perceptron stores with a margin k, at large N.

    1/alpha_c(k) = int_{-k}^inf Dt (t + k)^2, replica symmetric (Gardner 1988); stabilities y w.x/|w| of
    patterns with entries of unit variance are at least k. A UserWarning below k = 0, where it is an upper
    bound.

    ValueError for what is no number from -37 to 1e100.

    Equation: gardner-capacity

    >>> gardner_capacity(0.0), round(gardner_capacity(0.5), 10)
    (2.0, 0.9612050528)
    """
    k = require_number("margin", margin, minimum=_LOWEST)
    if k > _HIGHEST:
        raise ValueError(f"margin must be at most {_HIGHEST:g} (got {k:g})")
    if k < 0:
        warnings.warn(UPPER_BOUND, UserWarning, stacklevel=2)
    return 1 / _squared_excess(k)


def gardner_margin(load: float, negative: bool = False) -> float:
    """The largest margin k at which patterns, `load` of them per weight, are stored: alpha_c(k) = load.

    `negative`: allow loads above 2, whose margin is below 0: an upper bound then, as a UserWarning says.

    ValueError for a load that is not positive, and for one above 2 unless it is asked for.

    Equation: gardner-capacity

    >>> round(gardner_margin(1.0), 10)
    0.4706553526
    """
    alpha = require_number("load", load, exclusive=True)
    negative = require_flag("negative", negative)
    if alpha < 1 / _HIGHEST:
        raise ValueError(f"load must be at least {1 / _HIGHEST:g} (got {alpha:g})")
    if alpha > 2 and not negative:
        raise ValueError(
            f"load must be at most 2, beyond which no margin is positive (got {alpha:g}): "
            "use negative=True for an upper bound of negative margins"
        )
    if alpha > 2:
        warnings.warn(UPPER_BOUND, UserWarning, stacklevel=2)
        if 1 / _squared_excess(_LOWEST) < alpha:
            raise ValueError(f"load must be at most {1 / _squared_excess(_LOWEST):.2g} (got {alpha:g})")
    return margin_at(alpha)


def margin_at(alpha: float) -> float:
    """`gardner_margin` of a load that is right, of either sign, without a warning."""
    if alpha == 2:
        return 0.0

    def off(k: float) -> float:
        return math.log(_squared_excess(k)) + math.log(alpha)

    # 1/alpha_c > k^2 bounds positive margins
    low, high = (0.0, 1.0000001 / math.sqrt(alpha)) if alpha < 2 else (_LOWEST, 0.0)
    return float(optimize.brentq(off, low, high, xtol=1e-300, rtol=8.9e-16, maxiter=500))


def contacts_per_weight(load: float) -> float:
    """Patterns exactly at the margin, per weight, at capacity: load Phi(k), 1 at k = 0 (isostatic).

    Stabilities at capacity are a Gaussian cut at k, with the weight Phi(k) of all below it in a peak at k.

    ValueError for loads that are not positive or above 2.

    Equation: contacts

    >>> round(contacts_per_weight(1.0), 10), contacts_per_weight(2.0)
    (0.6810565637, 1.0)
    """
    k = gardner_margin(load)
    return float(load) * float(special.ndtr(k))


def minimum_norm_trace(inputs: int, patterns: int) -> float:
    """The mean of Tr (X X^T)^{-1}, X (P x N) standard normal: the norm that interpolation of noise needs.

    P/(N - P - 1) (inverse Wishart matrices). Of P random labels +-1 on N inputs the least-norm solution has
    this mean squared norm.

    ValueError for N <= P + 1, where the mean is infinite.

    Equation: minimum-norm-trace

    >>> minimum_norm_trace(80, 40)
    1.0256410256410255
    """
    n = require_integer("inputs", inputs, minimum=1)
    p = require_integer("patterns", patterns, minimum=1)
    if n <= p + 1:
        raise ValueError(f"inputs must be at least patterns + 2, {p + 2}: the mean is infinite (got {n})")
    return p / (n - p - 1)


def _squared_excess(k: float) -> float:
    """int_{-k}^inf Dt (t + k)^2 to 13 digits, where the closed form cancels by Gauss-Laguerre quadrature."""
    if k > -_STEEP:
        density = math.exp(-(k**2) / 2) / math.sqrt(2 * math.pi) if abs(k) < 40 else 0.0
        return float((1 + k**2) * special.ndtr(k) + k * density)
    # t = x + s/x with x = -k: e^{-x^2/2} int ds s^2 e^{-s - s^2/(2 x^2)} / x^3
    x = -k
    s, weights = special.roots_genlaguerre(_NODES, 2.0)
    total = float(np.sum(weights * np.exp(-(s**2) / (2 * x**2))))
    return math.exp(-(x**2) / 2) / math.sqrt(2 * math.pi) * total / x**3
