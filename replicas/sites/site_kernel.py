"""The kernel between the sites of a data set, in its modes, and the averaged line of given self-energies."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg.blas import dtrsm
from scipy.linalg.lapack import dpotrf, dpotri, dtrtri

from fieldtheory.array_types import Floats
from fieldtheory.eigenvalues.eigenvalues import EPS
from replicas.sites.copies import Sites

_LOW_RANK = 0.6  # of the number of points: up to here the way by features is the cheaper one too
_DARK = 1e-30  # of the largest K_ii: what counts as none
_FELT = 1e-5  # least Sigma_i K_ii at which the way by 1/(1 + Sigma K) keeps digits enough


class NoSolution(ValueError):
    """The equations for the self-energies of the sites have no solution, or Newton's method finds none."""


class AveragedLine(NamedTuple):
    """G = (K^-1 + Sigma)^-1 = half^T half, with the lower triangle C of 1 + F^T Sigma F, half = C^-1 F^T."""

    line: Floats
    half: Floats
    factor: Floats

    def missed(self) -> Floats:
        """The diagonal of (1 + F^T Sigma F)^-1: what is not learnt of each mode."""
        inverse: Floats = dtrtri(self.factor, lower=True)[0]
        found: Floats = np.einsum("ij,ij->j", inverse, inverse)
        return found

    def residuals(self) -> Floats:
        """F (1 + F^T Sigma F)^-1, shape (sites, rank)."""
        found: Floats = dtrsm(1.0, self.factor, self.half, lower=True, trans_a=True).T
        return found


class SiteKernel:
    """K = F F^T between sites, the columns of F in the modes of K on the points that may be drawn.

    `scales`: the squares of the columns there, M times the eigenvalues of K/M, the largest first. `drawn`:
    sites that may be drawn, and on which there is something to learn: K_ii is not zero.
    """

    def __init__(self, sites: Sites) -> None:
        features, counts = sites.features, sites.counts
        squares = np.einsum("ij,ij->i", features, features)
        dark = squares <= _DARK * squares.max()
        if dark.any():
            features = np.where(dark[:, None], 0.0, features)
        inner = features.T @ (features * counts[:, None])
        scales = inner.diagonal().copy()
        inner.flat[:: len(inner) + 1] = 0.0
        if np.abs(inner).max(initial=0.0) > 1e-14 * scales.max(initial=0.0):
            inner.flat[:: len(inner) + 1] = scales
            scales, turn = np.linalg.eigh(inner)
            features = features @ turn
        del inner
        order = np.argsort(-scales, kind="stable")
        self.scales = np.maximum(scales[order], 0.0)
        sorted_already = bool((order == np.arange(len(order))).all())
        self.features = np.ascontiguousarray(features if sorted_already else features[:, order])
        self.drawn = sites.drawn & ~dark
        self.all_drawn = bool(self.drawn.all())
        self.of_drawn = self.features if self.all_drawn else self.features[self.drawn]
        points, rank = self.of_drawn.shape
        self._matrix = self.of_drawn @ self.of_drawn.T if rank > _LOW_RANK * points else None

    @property
    def rank(self) -> int:
        """The number of modes on the points that may be drawn, those that can be told from zero."""
        return int((self.scales > len(self.scales) * EPS * self.scales.max(initial=0.0)).sum())

    @property
    def mean_square(self) -> float:
        """The mean of K_ii over sites that may be drawn."""
        return float(np.einsum("ij,ij->", self.of_drawn, self.of_drawn)) / len(self.of_drawn)

    def line(self, sigma: Floats) -> AveragedLine:
        """The averaged line between the sites that may be drawn, `sigma` theirs; for any rank of K."""
        return _averaged(self.of_drawn, self.of_drawn, sigma)

    def whole_line(self, sigma: Floats) -> AveragedLine:
        """The averaged line between all sites."""
        return _averaged(self.features, self.of_drawn, sigma)

    def rough_line(self, sigma: Floats) -> Floats:
        """The averaged line between the sites that may be drawn, at a third of the cost and of the digits."""
        matrix = self._matrix
        if matrix is None or (sigma * matrix.diagonal()).min() < _FELT:
            return self.line(sigma).line
        root = np.sqrt(sigma)
        scaled = root[:, None] * matrix * root
        scaled.flat[:: len(root) + 1] += 1.0
        factor, failed = dpotrf(scaled.T, lower=True, overwrite_a=True)
        if failed:
            raise NoSolution("the self-energies of the sites leave the range of numbers")
        found: Floats = filled(-dpotri(factor, lower=True, overwrite_c=True)[0].T)
        found.flat[:: len(root) + 1] += 1.0
        found /= root[:, None]
        found /= root
        return found


def filled(upper: Floats) -> Floats:
    """A symmetric matrix from its upper triangle, zeros below, in place."""
    diagonal = upper.diagonal().copy()
    upper += upper.T
    upper.flat[:: len(upper) + 1] = diagonal
    return upper


def _averaged(features: Floats, of_drawn: Floats, sigma: Floats) -> AveragedLine:
    scaled = of_drawn * np.sqrt(sigma)[:, None]
    inner = scaled.T @ scaled
    inner.flat[:: len(inner) + 1] += 1.0
    factor, failed = dpotrf(inner.T, lower=True, overwrite_a=True)
    if failed:
        raise NoSolution("the self-energies of the sites leave the range of numbers")
    half = dtrsm(1.0, factor, features.T, lower=True)
    return AveragedLine(half.T @ half, half, factor)
