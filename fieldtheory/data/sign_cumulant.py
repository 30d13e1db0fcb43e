r"""The fourth cumulant of signs of Gaussian numbers, by one integral.

Signs s_i of Gaussian numbers with the correlations M(w) = w P + (1 - w) I, P a correlation matrix: Price's
theorem in the form of Plackett (1954) gives

    d/dw <s_1 s_2 s_3 s_4> = (2/pi)^2 sum_{i<j} P_ij asin(r_kl|ij)/sqrt(1 - w^2 P_ij^2),

k, l the other two and r_kl|ij = -Q_kl/sqrt(Q_kk Q_ll) their partial correlation, Q = M(w)^{-1}. The products
of two-point functions grow with asin(w P_kl) in its place, and so the cumulant with the difference.

The integrand is singular at real w only, outside (-1/3, 1), and there where M has no inverse: next to w = 1
if sites coincide. Panels of a Gauss-Legendre rule shrink with v = 1 - w, by which everything is computed.
"""

from __future__ import annotations

import numpy as np

from fieldtheory.array_types import Floats

_POINTS = 16  # of a panel: 4.4^-32 is lost
_FINEST = 2.0**-110  # a panel from there to v = 0 changes the integral by the root of that
_ZERO = 4e-15  # eigenvalues that are 0 but for rounding
_BATCH = 2048  # matrices at a time
_PAIRS = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))


def sign_cumulant(correlations: Floats, weight: float, rest: float) -> Floats:
    r"""(pi/2)^2 times the fourth cumulant of the signs at w = `weight`, for matrices P of shape (n, 4, 4).

    `rest`: 1 - w, with all its digits.

    >>> sign_cumulant(np.ones((1, 4, 4)), 1.0, 0.0) * (2 / np.pi) ** 2  # all signs equal: 1 - 3
    array([-2.])
    """
    found = np.zeros(len(correlations))
    for start in range(0, len(correlations), _BATCH):
        batch = slice(start, start + _BATCH)
        found[batch] = _integrals(correlations[batch], weight, rest)
    return found


def _integrals(matrices: Floats, weight: float, rest: float) -> Floats:
    x, share = np.polynomial.legendre.leggauss(_POINTS)
    x, share = (1 + x) / 2, share / 2
    first = min(weight, 0.5)
    total = _near_independence(matrices, first * x) @ (first * share)
    values, vectors = np.linalg.eigh(matrices)
    values = np.where(values > _ZERO, values, 0.0)
    high = 0.5
    while high > rest:
        low = max(high / 2, rest) if high > _FINEST else rest
        total += _integrand(matrices, values, vectors, low + (high - low) * x) @ ((high - low) * share)
        high = low
    return np.asarray(total, dtype=np.float64)


def _near_independence(matrices: Floats, w: Floats) -> Floats:
    """The integrand at w <= 1/2, shape (n, nodes), by differences, so that no digits are lost at small w.

    With P = I + N: Q = I - w N + w^2 N Q N.
    """
    between = matrices - np.eye(4)
    inverse = np.linalg.inv(np.eye(4) + w[:, None, None] * between[:, None])
    second = between[:, None] @ inverse @ between[:, None]
    total = np.zeros((len(matrices), len(w)))
    for i, j in _PAIRS:
        k, l = _others(i, j)
        apart, rho = w * between[:, i, j, None], w * between[:, k, l, None]
        curls = w**2 * second[:, :, k, k], w**2 * second[:, :, l, l]
        square = curls[0] + curls[1] + curls[0] * curls[1]  # Q_kk Q_ll - 1
        root = np.sqrt(1 + square)
        change = -rho * square / (root * (1 + root)) - w**2 * second[:, :, k, l] / root
        middle = (np.arcsin(rho + change) + np.arcsin(rho)) / 2
        angle = 2 * np.arcsin(change / (2 * np.cos(middle)))
        total += between[:, i, j, None] / np.sqrt(1 - apart**2) * angle
    return total


def _integrand(matrices: Floats, values: Floats, vectors: Floats, v: Floats) -> Floats:
    """The integrand at w = 1 - v, shape (n, nodes), in which nothing cancels at small v."""
    w = 1 - v
    eigenvalues = w[:, None] * values[:, None, :] + v[:, None]
    inverse = np.einsum("nab,nqb,ncb->nqac", vectors, 1 / eigenvalues, vectors)
    determinant = np.prod(1 / eigenvalues, axis=-1)
    total = np.zeros((len(matrices), len(v)))
    for i, j in _PAIRS:
        k, l = _others(i, j)
        left, right = matrices[:, i, j, None], matrices[:, k, l, None]
        cosine = _one_minus_square(w, v, left)
        # Jacobi: the minor of Q at k, l is that of M at i, j, times det Q
        angle = np.arctan2(-inverse[:, :, k, l], np.sqrt(cosine * determinant))
        angle -= np.arctan2(w * right, np.sqrt(_one_minus_square(w, v, right)))
        total += left / np.sqrt(cosine) * angle
    return total


def _others(i: int, j: int) -> tuple[int, int]:
    k, l = {0, 1, 2, 3} - {i, j}
    return k, l


def _one_minus_square(w: Floats, v: Floats, rho: Floats) -> Floats:
    """1 - w^2 rho^2."""
    size = np.abs(rho)
    return np.asarray((v + w * (1 - size)) * (1 + w * size), dtype=np.float64)
