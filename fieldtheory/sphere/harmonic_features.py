r"""Orthonormal spherical harmonics in any dimension, as features of points on the sphere.

Built coordinate by coordinate: a solid harmonic H_l(x_1 ... x_k) is r^j p_j(x_k/r) H_{l-j}(x_1 ... x_{k-1})
with r^2 = x_1^2 + ... + x_k^2 and p_j the orthonormal Gegenbauer polynomials of dimension k + 2(l-j). All are
polynomials in x, their recurrence is stable, and none divides by the length of a part of x.
"""

from __future__ import annotations

import math

import numpy as np

from fieldtheory.arguments import require_integer
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.sphere.harmonics import multiplicities


def count_harmonics(max_degree: int, dim: int) -> int:
    """Number of harmonics of degrees 0 to max_degree on S^{dim-1}, an exact integer.

    >>> count_harmonics(2, 20)
    230
    """
    return sum(multiplicities(max_degree, dim))


def harmonic_features(points: Floats, max_degree: int) -> Floats:
    r"""Y_{lm}(x) of degrees 0 to max_degree, shape (len(points), number of harmonics), by increasing degree.

    Real and orthonormal for the uniform measure of mass 1: sum_m Y_lm(x) Y_lm(y) = deg(l) P_l(x.y). `points`:
    unit rows, shape (N, dim) with dim >= 2; ValueError for another shape.

    Source: the hyperspherical harmonics of Avery and Avery, Hyperspherical Harmonics and Their Physical
    Applications (2017), chapter 3, in solid form.

    >>> features = harmonic_features(np.array([[1.0, 0.0, 0.0]]), 1)
    >>> (features**2).sum(axis=1).round(12).tolist()  # 1 + 3
    [4.0]
    """
    max_degree = require_integer("max_degree", max_degree, minimum=0)
    points = require_reals("points", points)
    if points.ndim != 2 or points.shape[1] < 2:
        raise ValueError(f"points must have shape (N, dim) with dim >= 2 (got {points.shape})")
    dim = points.shape[
        1
    ]  # the polynomials up to a degree number binom(max_degree + d - 1, d - 1), about twice
    log = math.lgamma(max_degree + dim) - math.lgamma(dim) - math.lgamma(max_degree + 1.0) + math.log(2.0)
    columns = math.exp(log) if log < 700 else math.inf
    require_budget(
        f"max_degree = {max_degree} for {len(points)} points in {dim} dimensions",
        seconds=2e-8 * columns * len(points),
        memory=24.0 * columns * len(points),
        smaller="max_degree",
    )
    levels = _circle(points[:, 0], points[:, 1], max_degree)
    squared = points[:, 0] ** 2 + points[:, 1] ** 2
    for k in range(3, points.shape[1] + 1):
        height = points[:, k - 1]
        squared = squared + height**2
        levels = _raised(levels, height, squared, k)
    return np.concatenate([level.T for level in levels], axis=1)


def _circle(x: Floats, y: Floats, max_degree: int) -> list[Floats]:
    """sqrt(2) Re (x + iy)^l and its imaginary part: shape (2, N), or (1, N) in degree 0."""
    power, levels = np.ones(len(x), dtype=np.complex128), [np.ones((1, len(x)))]
    for _ in range(max_degree):
        power = power * (x + 1j * y)
        levels.append(math.sqrt(2) * np.stack([power.real, power.imag]))
    return levels


def _raised(levels: list[Floats], height: Floats, squared: Floats, k: int) -> list[Floats]:
    """The solid harmonics of k coordinates from those of k - 1, by degree; `squared` = r^2."""
    highest = len(levels) - 1
    found: list[list[Floats]] = [[] for _ in levels]
    for below, level in enumerate(levels):
        dim = k + 2 * below
        # the measure of x_k times r'^(2 below) is that of dimension k + 2 below, up to its normalisation
        logs = _log_density(dim) - _log_density(k)
        previous, current = np.zeros_like(height), np.full_like(height, math.exp(0.5 * logs))
        for j in range(highest - below + 1):
            found[below + j].append(current * level)
            step = _off_diagonal(j + 1, dim)
            before = _off_diagonal(j, dim) if j else 0.0
            previous, current = current, (height * current - before * squared * previous) / step
    return [np.concatenate(parts) for parts in found]


def _log_density(dim: int) -> float:
    """log of the density of x.y at 0 on S^{dim-1}, up to a constant."""
    return math.lgamma(0.5 * dim) - math.lgamma(0.5 * (dim - 1))


def _off_diagonal(j: int, dim: int) -> float:
    """Jacobi matrix of the orthonormal Gegenbauer polynomials of S^{dim-1}."""
    return math.sqrt(j * (j + dim - 3.0) / ((2 * j + dim - 2.0) * (2 * j + dim - 4.0)))
