r"""Harmonic analysis of zonal functions on the unit sphere S^{d-1}, d >= 2.

Measure: uniform, total mass 1. P_l is the Gegenbauer polynomial normalised to P_l(1) = 1 (Legendre for
d = 3, Chebyshev for d = 2). A zonal function is F(t) = sum_l deg(l) F_l P_l(t) with the Funk-Hecke
coefficients F_l = int F(t) P_l(t) dmu(t).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.arguments import require_dimension, require_integer
from fieldtheory.array_arguments import require_numbers, require_reals
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted

_FEW_NODES = 64  # up to which a full matrix costs less than loading SciPy, and gives the same digits


def multiplicity(degree: int, dim: int) -> int:
    r"""Dimension of the space of degree-l harmonics on S^{dim-1}, an exact integer.

    deg(l) = (2l+d-2)/(l+d-2) binom(l+d-2, l); deg(0) = 1, and deg(l) = 2 for d = 2, l >= 1.

    Equation: multiplicity

    >>> multiplicity(2, 50)
    1274
    >>> multiplicity(5, 2)
    2
    """
    degree, dim = require_integer("degree", degree, minimum=0), require_dimension(dim)
    if degree == 0:
        return 1
    less, more = sorted((float(degree), float(dim)))
    bits = less * math.log2(2.0 + more / less)
    require_budget(
        f"the multiplicity of degree {degree} in {dim} dimensions",
        seconds=1e-10 * bits**1.6,
        memory=bits,
        smaller="degree or dim",
    )
    return (2 * degree + dim - 2) * math.comb(degree + dim - 3, degree - 1) // degree


@lru_cache(maxsize=64)
def multiplicities(max_degree: int, dim: int) -> tuple[int, ...]:
    """Exact multiplicities of the degrees 0 to max_degree.

    >>> multiplicities(3, 3)
    (1, 3, 5, 7)
    """
    require_budget(
        f"max_degree = {max_degree}",
        seconds=2e-6 * max_degree,
        memory=100.0 * max_degree,
        smaller="max_degree",
        say=False,
    )
    return tuple(multiplicity(degree, dim) for degree in range(max_degree + 1))


@lru_cache(maxsize=64)
def log_multiplicities(max_degree: int, dim: int) -> Floats:
    """Natural logarithms of the multiplicities: finite where the float64 value would overflow."""
    logs = np.array([math.log(m) for m in multiplicities(max_degree, dim)])
    logs.setflags(write=False)
    return logs


@lru_cache(maxsize=64)
def float_multiplicities(max_degree: int, dim: int) -> Floats:
    """Multiplicities rounded to float64; `inf` beyond the float range (use the logarithms there)."""
    rounded = np.array([to_float(m) for m in multiplicities(max_degree, dim)])
    rounded.setflags(write=False)
    return rounded


def to_float(value: int) -> float:
    """A multiplicity as float64; `inf` beyond the float range."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def gegenbauer_rows(max_degree: int, t: Floats, dim: int) -> Iterator[Floats]:
    """P_0(t), P_1(t), ... one after the other, by the three-term recurrence (stable on [-1, 1])."""
    previous, current = np.ones_like(t), t
    yield previous
    for l in range(1, max_degree + 1):
        yield current
        previous, current = current, ((2 * l + dim - 2) * t * current - l * previous) / (l + dim - 2)


def gegenbauer(max_degree: int, t: ArrayLike, dim: int) -> Floats:
    r"""Normalised Gegenbauer polynomials P_0 ... P_max_degree at t, shape (max_degree+1, *t.shape).

    P_l(1) = 1, |P_l| <= 1 on [-1, 1]; recurrence (l+d-2) P_{l+1} = (2l+d-2) t P_l - l P_{l-1}.

    Equation: gegenbauer-recursion

    >>> gegenbauer(2, 0.5, 3).tolist()
    [1.0, 0.5, -0.125]
    """
    max_degree, dim = require_integer("max_degree", max_degree, minimum=0), require_dimension(dim)
    angles = require_reals("t", t)
    cells = (max_degree + 1.0) * (angles.size + 20)
    require_budget(
        f"max_degree = {max_degree}", seconds=1e-8 * cells, memory=16 * cells, smaller="max_degree"
    )
    with np.errstate(over="ignore", invalid="ignore"):
        found = np.stack(list(gegenbauer_rows(max_degree, angles, dim)))
    if not np.isfinite(found).all():
        raise ValueError(
            f"t must be within [-1, 1], or near enough that P_{max_degree}(t) stays a float "
            f"(got {np.abs(angles).max():g})"
        )
    return found


def _jacobi_eigenvalues(off: Floats) -> Floats:
    """Of the symmetric tridiagonal matrix with zeros on the diagonal, from below."""
    if len(off) < _FEW_NODES:
        return np.linalg.eigvalsh(np.diag(off, -1)).astype(np.float64)
    from scipy.linalg import eigh_tridiagonal

    return eigh_tridiagonal(np.zeros(len(off) + 1), off, eigvals_only=True).astype(np.float64)


@lru_cache(maxsize=32)
def gauss_rule(dim: int, n: int) -> tuple[Floats, Floats]:
    """Nodes and weights of the n-point Gauss rule for the measure of t = x.x' (weights sum to 1).

    Eigenvalues of the Jacobi matrix of the *normalised* recurrence (no gamma functions, finite up to
    dim 10^4 and beyond), weights from the Christoffel function, which keeps their relative accuracy.

    >>> t, w = gauss_rule(1000, 20)
    >>> round(float(w @ t**2) * 1000, 12)
    1.0
    """
    dim, n = require_dimension(dim), require_integer("n", n, minimum=1)
    require_budget(f"a Gauss rule of {n} nodes", seconds=3e-8 * n * n, memory=100.0 * n, smaller="n")
    if dim == 2:  # Chebyshev
        nodes, weights = np.sin(np.pi * np.arange(1 - n, n, 2) / (2 * n)), np.full(n, 1 / n)
        nodes.setflags(write=False)
        weights.setflags(write=False)
        return nodes, weights
    k = np.arange(1, n)
    off = np.sqrt(k * (k + dim - 3.0) / ((2 * k + dim - 2.0) * (2 * k + dim - 4.0)))
    nodes = _jacobi_eigenvalues(off)
    nodes = (nodes - nodes[::-1]) / 2
    previous, current, total, exponent = np.zeros(n), np.ones(n), np.ones(n), np.zeros(n)
    for j in range(n - 1):
        below = off[j - 1] if j else 0.0
        previous, current = current, (nodes * current - below * previous) / off[j]
        total += current**2
        if j % 16 == 0:  # the outermost weights can leave the float range
            large = total > 1e100
            previous[large] *= 1e-50
            current[large] *= 1e-50
            total[large] *= 1e-100
            exponent[large] += 100
    weights = np.where(exponent > 300, 0.0, 10.0 ** -np.minimum(exponent, 300)) / total
    weights /= weights.sum()
    nodes.setflags(write=False)
    weights.setflags(write=False)
    return nodes, weights


@lru_cache(maxsize=4)  # such tables can be large
def _gegenbauer_at_nodes(max_degree: int, dim: int, n: int) -> Floats:
    table = gegenbauer(max_degree, gauss_rule(dim, n)[0], dim)
    table.setflags(write=False)
    return table


@dataclass(frozen=True)
class AngleTransform:
    """Degree <-> angle tables: zonal functions by coefficients F_l or by values F(t) at Gauss nodes.

    `nodes`, `weights`: the Gauss rule; `polynomials`: P_l at the nodes, shape (max_degree+1, nodes).
    The round trip is exact for coefficients up to max_degree; a pointwise product of k band-limited
    functions is projected exactly when nodes >= (k+1) (max_degree+1)/2.

    Equation: funk-hecke

    >>> transform = AngleTransform.build(dim=5, max_degree=4)
    >>> transform.to_degrees(transform.to_angles([0.0, 1.0, 0.0, 0.0, 0.0])).round(12).tolist()
    [0.0, 1.0, 0.0, 0.0, 0.0]
    """

    dim: int
    nodes: Floats
    weights: Floats
    polynomials: Floats

    @classmethod
    def build(cls, dim: int, max_degree: int, nodes: int | None = None) -> AngleTransform:
        """Tables for degrees 0 to max_degree on `nodes` Gauss points (default 2 max_degree + 2).

        ValueError for fewer nodes than degrees: no round trip would be exact.
        """
        dim, max_degree = require_dimension(dim), require_integer("max_degree", max_degree, minimum=0)
        count = 2 * max_degree + 2 if nodes is None else require_integer("nodes", nodes, minimum=1)
        if count <= max_degree:
            raise ValueError(
                f"nodes must be at least {max_degree + 1}, one for each of the degrees 0 to {max_degree} "
                f"(got {count})"
            )
        cells = (max_degree + 1.0) * count
        require_budget(
            f"max_degree = {max_degree} with {count} nodes",
            seconds=3e-8 * (cells + float(count) ** 2),
            memory=16 * cells,
            smaller="max_degree or nodes",
            say=False,
        )
        t, w = gauss_rule(dim, count)
        return cls(dim, t, w, _gegenbauer_at_nodes(max_degree, dim, count))

    @property
    def max_degree(self) -> int:
        """Highest degree in the tables."""
        return len(self.polynomials) - 1

    def to_angles(self, coefficients: ArrayLike) -> Any:
        """F(t) at the nodes from F_l; the last axis of `coefficients` runs over the degrees.

        Complex coefficients give complex values, as in the other two directions.
        """
        given = require_numbers("coefficients", coefficients)
        self._require_degrees("coefficients", given)
        return (given * float_multiplicities(self.max_degree, self.dim)) @ self.polynomials

    def traces_to_angles(self, degree_traces: ArrayLike) -> Any:
        """F(t) at the nodes from deg(l) F_l, which stays in the float range when deg(l) does not."""
        traces = require_numbers("degree_traces", degree_traces)
        self._require_degrees("degree_traces", traces)
        return traces @ self.polynomials

    def to_degrees(self, values: ArrayLike) -> Any:
        """F_l = int F P_l dmu from the values at the nodes (last axis)."""
        return (self._at_nodes(values) * self.weights) @ self.polynomials.T

    def _at_nodes(self, values: ArrayLike) -> Any:
        found = require_numbers("values", values)
        if found.shape[-1:] != self.nodes.shape:
            got = found.shape[-1] if found.ndim else "a number"
            raise ValueError(f"values must be given at {counted(len(self.nodes), 'node')} (got {got})")
        return found

    def _require_degrees(self, name: str, found: Any) -> None:
        if found.shape[-1:] != (self.max_degree + 1,):
            got = found.shape[-1] if found.ndim else "a number"
            raise ValueError(f"{name} must have {counted(self.max_degree + 1, 'degree')} (got {got})")
