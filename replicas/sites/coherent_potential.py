r"""The coherent potential: one self-energy for each point of a data set, all scattering on a point exactly.

The averaged line is G = (K^-1 + Sigma)^-1 with a diagonal Sigma, such that on every site <g_n> = G_ii (Soven,
Phys. Rev. 156, 809 (1967), for alloys). The map of Sigma to 1/g - u(g) is increasing and concave in every
component (`docs/site_theory.md`), so that Newton's method from above decreases every Sigma_i at every step.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg.blas import dtrsm
from scipy.linalg.lapack import dpotrf, dpotrs

from fieldtheory.array_types import Floats
from replicas.sites.occupations import Occupations
from replicas.sites.scattering import Scattering, scattering

_STEPS = 60
_CLOSE = 1e-8  # relative step of Newton's method after which the next one is below rounding
_UNSEEN = 1e-20  # of the largest G_ii: what counts as none
_SMALL = 1e-6  # of the mean diagonal of K: a ridge from which that of zero is reached


class NoSolution(ValueError):
    """The equations for the self-energies of the sites have no solution, or Newton's method finds none."""


class SiteMatrix:
    """G o G with the factors of the response to a change of the self-energies."""

    def __init__(self, line: Floats, pull: Floats) -> None:
        self.squares = line * line
        self._root = np.sqrt(pull)
        matrix = self.squares * -self._root[:, None] * self._root
        matrix.flat[:: len(pull) + 1] += 1.0
        self._factor, failed = dpotrf(matrix.T, lower=True, overwrite_a=True, clean=False)
        if failed:
            raise NoSolution("the self-energies of the sites have no stable solution here")

    def lines(self, source: Floats) -> Floats:
        """(1 - (G o G) w)^-1 source: changes of the lines g with their feedback on the self-energies."""
        return source + self.squares @ self._inner(source)

    def self_energies(self, source: Floats) -> Floats:
        """(1 - w (G o G))^-1 source: changes of the self-energies with the feedback of the lines."""
        return source + self._inner(self.squares @ source)

    def _inner(self, source: Floats) -> Floats:
        root = self._root if source.ndim == 1 else self._root[:, None]
        found: Floats = dpotrs(self._factor, root * source, lower=True)[0]
        return root * found


class CoherentPotential(NamedTuple):
    """The solution: `sigma`, the line G (sites, sites), and the scattering at its diagonal."""

    sigma: Floats
    line: Floats
    sites: Scattering
    law: Occupations
    ridge: float


def coherent_potential(
    features: Floats, law: Occupations, ridge: float, start: Floats | None = None
) -> CoherentPotential:
    """The coherent potential, by Newton's method from above: from `start`, a solution with more points.

    NoSolution where ridge 0 meets more points than modes.
    """
    if start is None:
        start = _above(features, law, ridge)
    sigma, step = start, np.inf
    for _ in range(_STEPS):
        line = averaged_line(features, sigma)
        sites = scattering(line.diagonal().copy(), law, ridge)
        if step <= _CLOSE:
            return CoherentPotential(sigma, line, sites, law, ridge)
        occupied = start > 0  # rounding must not give a self-energy to sites that are never drawn
        change = SiteMatrix(line, sites.pull).self_energies(sites.self_energy - sigma) * occupied
        sigma = sigma + change
        step = float(np.max(np.abs(change[occupied]) / sigma[occupied], initial=0.0))
        if not np.isfinite(step) or (sigma[occupied] <= 0).any():
            break
    raise NoSolution("Newton's method for the self-energies of the sites doesn't converge")


def averaged_line(features: Floats, sigma: Floats) -> Floats:
    """G = (K^-1 + Sigma)^-1 = F (1 + F^T Sigma F)^-1 F^T for K = F F^T of any rank."""
    scaled = features * np.sqrt(sigma)[:, None]
    inner = scaled.T @ scaled
    inner.flat[:: len(inner) + 1] += 1.0
    factor, failed = dpotrf(inner.T, lower=True, overwrite_a=True, clean=False)
    if failed:
        raise NoSolution("the self-energies of the sites leave the range of numbers")
    half = dtrsm(1.0, factor, features.T, lower=True)
    found: Floats = half.T @ half
    diagonal = found.diagonal()  # a point that the kernel does not see stays finite in 1/g
    found.flat[:: len(found) + 1] = np.maximum(diagonal, _UNSEEN * diagonal.max())
    return found


def _above(features: Floats, law: Occupations, ridge: float) -> Floats:
    """Self-energies above the solution: <n>/ridge, or those of a small ridge where it is zero."""
    mean = law.weights @ law.numbers
    if ridge > 0:
        return mean / ridge
    small = _SMALL * float(np.einsum("ij,ij->", features, features)) / len(features)
    found = coherent_potential(features, law, small)
    sites = scattering(found.sites.line, law, 0.0)
    # one step of Newton's method for a concave map ends above its solution, wherever it begins
    return found.sigma + SiteMatrix(found.line, sites.pull).self_energies(sites.self_energy - found.sigma)
