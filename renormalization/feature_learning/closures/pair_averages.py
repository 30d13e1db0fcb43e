r"""E[phi phi^T] over h ~ N(0, Q) at many points, and its gradient in Q, for theories that adapt Q.

By Price's theorem dE[phi_a phi_b]/dQ_ab = E[phi'_a phi'_b]; with respect to a variance E[phi''_a phi_b]/2.
Hermite series, powers on either side of 0 and the arcsine kernel of erf give both without derivatives of phi.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.moments import Pair
from fieldtheory.activations.unequal_variances import hermite_functions
from fieldtheory.array_types import Floats

_TERMS = 96  # of a Hermite series
_MISSING = 1e-6  # of E[phi^2], beyond which a series is none
_PARALLEL = 4 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class PairAverages:
    """F = E[phi phi^T], and its derivatives: in Q_ab, in Q_aa (row a) of F_ab; on the diagonal, in Q_aa."""

    values: Floats
    across: Floats
    along: Floats

    def pulled(self, weights: Floats) -> Floats:
        """sum_ab W_ab dF_ab/dQ, W symmetric: a symmetric matrix, off-diagonal entries per ordered entry."""
        across = self.across.copy()
        np.fill_diagonal(across, 0.0)  # infinite where phi jumps
        found = weights * across
        off = weights * self.along
        diagonal = 2 * off.sum(axis=1) - np.diag(off)
        found[np.diag_indices_from(found)] = diagonal
        return found


def pair_averages(phi: Activation, covariance: Floats) -> PairAverages:
    """Of any activation; ValueError for one with neither a series nor a power on either side of 0.

    >>> from fieldtheory import activation
    >>> found = pair_averages(activation("relu"), np.array([[2.0, 0.0], [0.0, 2.0]]))
    >>> found.values.round(6).tolist()
    [[1.0, 0.31831], [0.31831, 1.0]]
    """
    if phi.name == "erf":
        return _erf(covariance)
    if phi.rays is not None:
        return _rays(phi, covariance)
    return _series(phi, covariance)


def _erf(q: Floats) -> PairAverages:
    s = 1 / np.sqrt(1 + 2 * np.diag(q))
    sine = 2 * q * np.outer(s, s)
    across = 4 / math.pi / np.sqrt(1 - sine**2) * np.outer(s, s)
    along = -across * sine * (s[:, None] / s) / 2
    return _with_diagonal(2 / math.pi * np.arcsin(sine), across, along)


def _with_diagonal(values: Floats, across: Floats, along: Floats) -> PairAverages:
    """dF_aa/dQ_aa is the sum of the derivatives in all three arguments."""
    diagonal = np.diag(across) + 2 * np.diag(along)
    along[np.diag_indices_from(along)] = diagonal
    return PairAverages(values, across, along)


def _rays(phi: Activation, q: Floats) -> PairAverages:
    rays = phi.rays
    assert rays is not None
    variances = np.diag(q)
    roots = np.sqrt(np.outer(variances, variances))
    rho = q / roots
    # on the diagonal, and next to it, rounding
    rho = np.where(np.abs(rho) > 1 - _PARALLEL, np.sign(rho), rho)
    unit = rays.layer(Pair(rho, 1 - rho, 1.0))
    values = roots**rays.power * unit.covariance
    across = roots ** (rays.power - 1) * unit.derivative
    if not np.isfinite(across[~np.eye(len(q), dtype=bool)]).all():
        raise ValueError(
            "activation must not jump for theory='gaussian' with points that are parallel (got "
            f"{phi.name!r}); take theory='tree'"
        )
    along = (rays.power * values - q * across) / (2 * variances[:, None])
    along[np.diag_indices_from(along)] = rays.power * np.diag(values) / variances
    return PairAverages(values, across, along)


def _series(phi: Activation, q: Floats) -> PairAverages:
    function, variances = phi.require_function("derivatives of a kernel"), np.diag(q)
    z, weights, hermite = hermite_functions(_TERMS)
    at_nodes = function(np.sqrt(variances)[:, None] * z)
    a = (at_nodes * weights) @ hermite
    squares = at_nodes**2 @ (weights * hermite[:, 0])
    missing = np.abs(squares - np.sum(a**2, axis=1)).max() / squares.max()
    if missing > _MISSING:
        raise ValueError(
            f"activation must have a Hermite series of {_TERMS} terms for theory='gaussian' (got "
            f"{phi.name!r}, of which {missing:.1e} is missing)"
        )
    n = np.arange(_TERMS)
    roots = np.sqrt(np.outer(variances, variances))
    rho = q / roots
    values, across, along = np.zeros_like(q), np.zeros_like(q), np.zeros_like(q)
    up, twice = np.sqrt(n + 1.0), np.sqrt((n + 1.0) * (n + 2.0))
    for k in range(_TERMS - 1, -1, -1):  # Horner
        values = values * rho + np.outer(a[:, k], a[:, k])
        if k + 1 < _TERMS:
            across = across * rho + up[k] ** 2 * np.outer(a[:, k + 1], a[:, k + 1])
        if k + 2 < _TERMS:
            along = along * rho + twice[k] * np.outer(a[:, k + 2], a[:, k])
    return _with_diagonal(values, across / roots, along / (2 * variances[:, None]))
