r"""Rings over the sites of a data set: what scattering back and forth between points adds.

The free energy of all rings is Phi = -Tr F(Gamma) with F' = f/2 (`resummation.ring_weights`, the same words
as on the sphere) and Gamma_ij = sqrt(tau_i) G_ij^2 sqrt(tau_j) between different sites. Its derivatives by
the line and by the noise of a site are Delta_ij = -sqrt(tau_i tau_j) G_ij f(Gamma)_ij between different
sites, and kappa_i = -[f(Gamma) Gamma]_ii/(2 tau_i). Of the matrix f is a polynomial in Gamma and Y =
Gamma/(1 - Gamma).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.sparse.linalg import eigsh

from fieldtheory.array_types import Floats
from replicas.resummation.ring_weights import RingWeight
from replicas.sites.coherent_potential import CoherentPotential, SiteMatrix
from replicas.sites.response import Response
from replicas.sites.scattering import row_sums
from replicas.sites.site_kernel import NoSolution, filled


class RingPolynomial(NamedTuple):
    """A ring weight f(x) as sum_k direct[k] x^k + sum_k closed[k] y^k, k = 1, 2, ..., with y = x/(1-x)."""

    direct: tuple[int, ...]
    closed: tuple[int, ...]


@lru_cache
def ring_polynomial(weight: RingWeight) -> RingPolynomial:
    """A ring weight without constant term in x and y: x y = y - x, and 1/(1-x) = 1 + y.

    >>> from replicas.resummation.ring_weights import ring_sum
    >>> ring_polynomial(ring_sum("poisson"))
    RingPolynomial(direct=(-2,), closed=(3, 1))
    """
    terms: dict[tuple[int, int], int] = {}
    for power, coefficient in enumerate(weight.numerator):
        # x^k (1+y)^p = x^(k-j) y^j (1+y)^(p-j) with j = min(k, p)
        shared = min(power, weight.poles)
        for extra, count in enumerate(_binomials(weight.poles - shared)):
            for (x, y), share in _without_products(power - shared, shared + extra).items():
                terms[x, y] = terms.get((x, y), 0) + coefficient * count * share
    if terms.get((0, 0)):
        raise ArithmeticError(f"the weight of rings must vanish without links (got {weight})")
    highest = [max((key[i] for key, value in terms.items() if value), default=0) for i in (0, 1)]
    direct = tuple(terms.get((k, 0), 0) for k in range(1, highest[0] + 1))
    return RingPolynomial(direct, tuple(terms.get((0, k), 0) for k in range(1, highest[1] + 1)))


def _binomials(power: int) -> list[int]:
    row = [1]
    for _ in range(power):
        row = [a + b for a, b in zip([0, *row], [*row, 0], strict=True)]
    return row


def _without_products(x: int, y: int) -> dict[tuple[int, int], int]:
    """x^a y^b as a sum of pure powers, by x y = y - x."""
    if not (x and y):
        return {(x, y): 1}
    found = dict(_without_products(x - 1, y))
    for key, count in _without_products(x, y - 1).items():
        found[key] = found.get(key, 0) - count
    return found


class SiteRings:
    """The rings around a coherent potential: `delta`, `kappa`, and `shift`, minus the change of the lines g.

    `weight`: f; only the word 1212 where that is x. `matrix`: the response of the coherent potential.
    """

    def __init__(self, found: CoherentPotential, matrix: SiteMatrix, weight: RingPolynomial) -> None:
        at = found.sites
        self.found, self.matrix, self.weight = found, matrix, weight
        self.places = np.flatnonzero(at.noise > 0)
        self.root = np.sqrt(at.noise[self.places])
        self.line = self._between(found.line)
        self.gamma = self.root[:, None] * (self.line * self.line) * self.root
        self.gamma.flat[:: len(self.places) + 1] = 0.0
        self.closed = None
        if any(weight.closed) and len(self.places):
            self.closed = _closed(self.gamma)
        self.f = self._function()
        self.delta = -self.root[:, None] * (self.f * self.line) * self.root
        self.delta.flat[:: len(self.places) + 1] = 0.0
        self.kappa = self._spread(-0.5 * row_sums(self.f, self.gamma) / self.root**2)
        self.passed_on = self._to_all(found.line) @ self.delta  # G Delta
        back = row_sums(self.passed_on, self._to_all(found.line))
        self.shift = matrix.lines(back + matrix.squares @ (self.kappa * at.noise_slope))

    def top(self) -> float:
        """The largest eigenvalue of Gamma: rings with many links grow like its powers."""
        return largest_eigenvalue(self.gamma)

    def variances(self) -> Floats:
        """What rings add to the mean of G_ii given n points on site i: shape (sites, levels)."""
        at = self.found.sites
        return self.kappa[:, None] * at.noise_levels - at.passed * self.shift[:, None]

    def self_energy(self) -> Floats:
        """The change d of the diagonal of the self-energy; off it, it is `delta`."""
        at = self.found.sites
        return self.kappa * at.noise_slope + at.pull * self.shift

    def applied(self, residual: Floats) -> Floats:
        """The change of the self-energy times a vector (sites, ...)."""
        found: Floats = self.self_energy()[:, None] * residual
        found[self.places] += self.delta @ residual[self.places]
        return found

    def change(self, of: Response) -> RingResponse:
        """How the rings answer to a source."""
        at, places = self.found.sites, self.places
        dline = self._between(of.line)
        slope = of.noise[places] / (2.0 * at.noise[places])
        slopes = slope[:, None] + slope
        dgamma = self.line * dline
        dgamma *= 2.0 * self.root[:, None]
        dgamma *= self.root
        dgamma += slopes * self.gamma
        dgamma.flat[:: len(places) + 1] = 0.0
        df = self._function_change(dgamma)
        ddelta = df * self.line
        ddelta += self.f * dline
        ddelta *= -self.root[:, None]
        ddelta *= self.root
        slopes *= self.delta
        ddelta += slopes
        ddelta.flat[:: len(places) + 1] = 0.0
        sums = row_sums(df, self.gamma) + row_sums(self.f, dgamma)
        dkappa = self._spread(-0.5 * sums / self.root**2 - 2.0 * slope * self.kappa[places])
        columns = self._to_all(self.found.line)
        dback = 2.0 * row_sums(self.passed_on, self._to_all(of.line)) + row_sums(columns @ ddelta, columns)
        dsource = dkappa * at.noise_slope + self.kappa * of.noise_slope
        dsquares = 2.0 * ((self.found.line * of.line) @ (self.kappa * at.noise_slope + at.pull * self.shift))
        dshift = self.matrix.lines(dback + dsquares + self.matrix.squares @ (dsource + of.pull * self.shift))
        dvariances = (
            dkappa[:, None] * at.noise_levels
            + self.kappa[:, None] * of.noise_levels
            - of.passed * self.shift[:, None]
            - at.passed * dshift[:, None]
        )
        return RingResponse(dvariances, ddelta, dsource + of.pull * self.shift + at.pull * dshift)

    def _function(self) -> Floats:
        found = _horner(self.weight.direct, self.gamma)
        if self.closed is not None:
            found += _horner(self.weight.closed, self.closed)
        return found

    def _function_change(self, dgamma: Floats) -> Floats:
        found = _horner_change(self.weight.direct, self.gamma, dgamma)
        if self.closed is not None:
            half = dgamma + self.closed @ dgamma  # R dGamma with R = 1/(1 - Gamma) = 1 + Y
            found += _horner_change(self.weight.closed, self.closed, half + half @ self.closed)
        return found

    def _between(self, matrix: Floats) -> Floats:
        whole = len(self.places) == len(matrix)
        return matrix if whole else matrix[np.ix_(self.places, self.places)]

    def _to_all(self, matrix: Floats) -> Floats:
        return matrix if len(self.places) == len(matrix) else matrix[:, self.places]

    def _spread(self, values: Floats) -> Floats:
        found = np.zeros(len(self.found.sigma))
        found[self.places] = values
        return found


class RingResponse(NamedTuple):
    """Changes with a source: of `SiteRings.variances()`, of `delta` and of `self_energy()`."""

    variances: Floats
    delta: Floats
    self_energy: Floats


def largest_eigenvalue(matrix: Floats) -> float:
    """The largest eigenvalue of a symmetric matrix without negative entries."""
    if len(matrix) < 3:
        return float(np.linalg.eigvalsh(matrix).max(initial=0.0))
    start = np.sqrt(matrix.sum(axis=1)) + np.finfo(float).tiny
    if not matrix.any():
        return 0.0
    return float(eigsh(matrix, k=1, which="LA", v0=start, tol=1e-6, return_eigenvectors=False)[0])


def _closed(gamma: Floats) -> Floats:
    """Y = Gamma/(1 - Gamma) = 1/(1 - Gamma) - 1."""
    matrix = -gamma
    matrix.flat[:: len(gamma) + 1] += 1.0
    factor, failed = dpotrf(matrix.T, lower=True, overwrite_a=True)
    if failed:
        raise NoSolution("the rings over the sites of a data set have no sum here")
    found: Floats = filled(dpotri(factor, lower=True, overwrite_c=True)[0].T)
    # no link ends where it begins: the diagonal of 1/(1 - Gamma) - 1 without cancellation
    found.flat[:: len(gamma) + 1] = row_sums(gamma, found)
    return found


def _horner(coefficients: Sequence[int], matrix: Floats) -> Floats:
    """sum_k coefficients[k] matrix^(k+1)."""
    found = coefficients[-1] * matrix
    for coefficient in coefficients[-2::-1]:
        found = found @ matrix
        found += coefficient * matrix
    return found


def _horner_change(coefficients: Sequence[int], matrix: Floats, dmatrix: Floats) -> Floats:
    found, dfound = coefficients[-1] * matrix, coefficients[-1] * dmatrix
    for k, coefficient in enumerate(coefficients[-2::-1]):
        if k == 0:  # a multiple of the matrix, whose change is symmetric
            product = dfound @ matrix
            dfound = product + product.T
        else:
            dfound = dfound @ matrix + found @ dmatrix
        found = found @ matrix + coefficient * matrix if k + 2 < len(coefficients) else found
        dfound += coefficient * dmatrix
    return dfound
