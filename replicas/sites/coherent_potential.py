r"""The coherent potential: one self-energy for each point of a data set, all scattering on a point exactly.

The averaged line is G = (K^-1 + Sigma)^-1 with a diagonal Sigma, such that on every site <g_n> = G_ii (Soven,
Phys. Rev. 156, 809 (1967), for alloys). The map of Sigma to 1/g - u(g) is increasing and concave in every
component, so that Newton's method from above decreases every Sigma_i at every step, and one step from
anywhere ends above.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotrs

from fieldtheory.array_types import Floats
from replicas.sites.occupations import Occupations
from replicas.sites.scattering import Scattering, scattering
from replicas.sites.site_kernel import AveragedLine, NoSolution, SiteKernel

_STEPS = 60
_ROUGH = 1e-5  # relative step down to which the line need not be known better
_CLOSE = 1e-11  # relative distance from a fixed point
_ROUNDED = 1e-7  # the same where rounding lets it no longer shrink
_SMALL = (1e-6, 1e-9, 1e-12, 1e-15)  # of the mean of K_ii: ridges from which that of zero is reached


class SiteMatrix:
    """G o G with the factors of the response to a change of the self-energies."""

    def __init__(self, line: Floats, pull: Floats) -> None:
        self.squares = line * line
        self._root = np.sqrt(pull)
        matrix = self.squares * -self._root[:, None]
        matrix *= self._root
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
        found: Floats = dpotrs(self._factor, self._root * source, lower=True)[0]
        return self._root * found


class CoherentPotential(NamedTuple):
    """The solution: `sigma` of every site, 0 where none is drawn; the line; the scattering on the sites."""

    sigma: Floats
    averaged: AveragedLine
    sites: Scattering
    law: Occupations
    ridge: float

    @property
    def line(self) -> Floats:
        """G, shape (sites, sites)."""
        return self.averaged.line


def coherent_potential(
    kernel: SiteKernel, law: Occupations, ridge: float, start: Floats | None = None
) -> CoherentPotential:
    """The coherent potential, by Newton's method from `start`, or from above where that fails.

    NoSolution where ridge 0 meets more points than modes.
    """
    of_drawn = law if kernel.all_drawn else law.at(kernel.drawn)
    found = None
    if start is not None:
        try:
            found = _solution(kernel, of_drawn, ridge, start[kernel.drawn])
        except NoSolution:
            found = None
    sigma, averaged, sites = found or _solution(kernel, of_drawn, ridge, _above(kernel, of_drawn, ridge))
    if not kernel.all_drawn:
        averaged = kernel.whole_line(sigma)
        sites = scattering(averaged.line.diagonal().copy(), law, ridge)
        whole = np.zeros(len(kernel.drawn))
        whole[kernel.drawn] = sigma
        sigma = whole
    return CoherentPotential(sigma, averaged, sites, law, ridge)


def newton_steps(kernel: SiteKernel, law: Occupations, ridge: float, steps: int) -> list[Floats]:
    """The self-energies of so many steps of Newton's method from above, all sites drawn."""
    sigma = _above(kernel, law, ridge)
    found = [sigma]
    for _ in range(steps):
        line = kernel.line(sigma).line
        sigma = sigma + _newton_step(line, scattering(line.diagonal().copy(), law, ridge), sigma)
        found.append(sigma)
    return found


def _solution(
    kernel: SiteKernel, law: Occupations, ridge: float, sigma: Floats
) -> tuple[Floats, AveragedLine, Scattering]:
    rough, averaged, before = True, None, np.inf
    for _ in range(_STEPS):
        if not rough:
            averaged = kernel.line(sigma)
        line = kernel.rough_line(sigma) if averaged is None else averaged.line
        sites = scattering(line.diagonal().copy(), law, ridge)
        if averaged is not None:
            distance = _largest(sites.self_energy - sigma, sigma)
            if distance <= _CLOSE or (before <= _ROUNDED and distance > before / 2):
                return sigma, averaged, sites
            before = distance
        change = _newton_step(line, sites, sigma)
        sigma = sigma + change
        step = _largest(change, sigma)
        if not step < np.inf or (sigma <= 0).any():
            break
        rough = rough and step > _ROUGH
    raise NoSolution("Newton's method for the self-energies of the sites doesn't converge")


def _newton_step(line: Floats, sites: Scattering, sigma: Floats) -> Floats:
    return SiteMatrix(line, sites.pull).self_energies(sites.self_energy - sigma)


def _largest(change: Floats, sigma: Floats) -> float:
    return float(np.max(np.abs(change) / np.abs(sigma)))


def _above(kernel: SiteKernel, law: Occupations, ridge: float) -> Floats:
    """Self-energies above the solution: <n>/ridge, or those of a small ridge where it is zero."""
    mean = law.weights @ law.numbers
    if ridge > 0:
        found: Floats = mean / ridge
        return found
    for share in _SMALL:  # the closer the modes come to filling up, the smaller a ridge they feel
        small = share * kernel.mean_square
        sigma, averaged, near = _solution(kernel, law, small, mean / small)
        try:
            return sigma + _newton_step(averaged.line, scattering(near.line, law, 0.0), sigma)
        except NoSolution:
            continue
    raise NoSolution("the self-energies of the sites have no stable solution at ridge 0")
