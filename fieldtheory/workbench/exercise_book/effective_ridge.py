"""The self-consistent ridge by bisection in many digits, for exercises of several notebooks."""

from __future__ import annotations

from collections.abc import Iterable

import mpmath


def effective_ridge(modes: Iterable[tuple[float, int]], n: float, ridge: float) -> float:
    """The root κ of n κ = ridge + Σ deg λκ/(λ + κ); `modes`: eigenvalues, each with its multiplicity.

    >>> round(effective_ridge([(1.0, 10)], 20, 1.0), 6)
    0.092214
    """
    listed = list(modes)

    def excess(kappa: mpmath.mpf) -> mpmath.mpf:
        return n * kappa - ridge - sum(deg * lam * kappa / (lam + kappa) for lam, deg in listed)

    low, high = mpmath.mpf(ridge) / n, (mpmath.mpf(ridge) + sum(deg * lam for lam, deg in listed)) / n
    for _ in range(120):
        middle = (low + high) / 2
        low, high = (low, middle) if excess(middle) > 0 else (middle, high)
    return float(low)
