"""Time and memory that eigenvalues take, estimated from the sizes asked for.

Measured on one core of 2020; to a factor of about 3.
"""

from __future__ import annotations

import math

from fieldtheory.budgets import require_budget


def require_contour(dim: int, max_degree: int, layers: int) -> None:
    """ReLU networks: tables of 3 kB for a degree, 10 while they are made, and samples through all layers."""
    samples = 4000.0 + 4.0 * max_degree
    seconds = 4e-4 * max_degree + 1e-7 * layers * samples
    _require(dim, max_degree, seconds, 1e4 * max_degree)


def require_series(dim: int, max_degree: int, layers: int, closed: bool) -> None:
    """All other networks: series of about as many terms as degrees, composed layer by layer.

    A closed form takes some products of series, a Hermite series of n terms 3 sqrt(n), n at most 1024.
    """
    square = (max_degree / 1000.0) ** 2
    one = 1e-3 + 3e-3 * square if closed else 5e-3 + 8e-3 * square
    if layers > 100:  # may need the longest series
        one = max(one, 0.06)
    weights = 3e-3 * square
    _require(dim, max_degree, layers * one + weights, 200.0 * max_degree)


def require_quadrature(dim: int, max_degree: int) -> None:
    """A function of t: Gauss rules of up to four nodes a degree, twice."""
    nodes = 4.0 * max_degree + 64.0
    _require(dim, max_degree, 3e-8 * nodes**2 + 1e-8 * max_degree * nodes, 32.0 * max_degree * nodes)


def _require(dim: int, max_degree: int, seconds: float, memory: float) -> None:
    # exact multiplicities: about (d - 2) log2(l/d) bits, at least log2 of the smaller factorial
    less, more = sorted((float(dim), float(max(max_degree, 1))))
    bits = less * math.log2(1.0 + more / less) * 1.5
    memory += max_degree * (bits / 8 + 300.0)
    seconds += max_degree * (1e-6 + 1e-9 * bits * min(max_degree, dim) ** 0.5)
    require_budget(
        f"a spectrum up to degree {max_degree}", seconds=seconds, memory=memory, smaller="max_degree"
    )


def require_digits(digits: int, working: float, node: float) -> None:
    """Certified digits: a double-exponential rule of about 16 nodes for each working digit.

    `node`: seconds that one node takes, as measured or, where that took too long, as estimated.
    """
    nodes = 16.0 * working
    require_budget(f"digits = {digits}", seconds=nodes * node, memory=200.0 * working, smaller="digits")


def seconds_for_product(digits: float) -> float:
    """Time of a product of two numbers of so many digits, in pure Python."""
    return 1e-6 + 1e-9 * math.pow(digits, 1.6)
