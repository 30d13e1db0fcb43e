r"""The theory of sites at all sizes of a problem: coherent potentials from the largest size down, and rings.

A solution with more points lies above that with fewer, so that Newton's method can start from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from replicas.resummation.ring_weights import ring_sum
from replicas.sites.close_pairs import ClosePairs, close_pairs
from replicas.sites.coherent_potential import coherent_potential
from replicas.sites.copies import Sites
from replicas.sites.fixed_number import FixedNumber
from replicas.sites.occupations import occupations
from replicas.sites.site_averages import Observed, SiteAverages, SiteLines
from replicas.sites.site_kernel import NoSolution, SiteKernel
from replicas.sites.site_observables import ExactNumber, Fields, observables
from replicas.sites.site_problem import SiteProblem
from replicas.sites.site_rings import RingPolynomial, SiteRings, ring_polynomial

Progress = Callable[[int, int], None]  # sizes done, of all
_RAISED = tuple(10.0**power for power in range(-15, -2))  # of the mean of K_ii: ridges to try instead
_CROSSED = RingPolynomial((1,), ())  # of all rings the word 1212 alone: the first term of f


class SiteOrders(NamedTuple):
    """What the theory says at one size, step by step.

    `steps`: fields at the coherent potential, and unless left out with the word 1212, with all rings, and
    with exactly N points; `top`: the largest eigenvalue of Gamma; `effective_ridge`: 1/sum_i Sigma_i.
    `raised`: the ridge of the coherent potential, which is then all, where the problem's leaves no digits;
    `pairs`: what pairs of points that are almost one add beyond.
    """

    steps: tuple[Fields, ...]
    top: float
    effective_ridge: float
    raised: float | None = None
    pairs: ClosePairs = ClosePairs(0.0, 0.0)


def site_orders(
    problem: SiteProblem, sites: Sites, rings: bool = True, progress: Progress | None = None
) -> list[SiteOrders]:
    """The orders of the theory at every size."""
    curve = SiteCurve(problem, sites)
    found: dict[int, SiteOrders] = {}
    for place in np.argsort(-problem.n, kind="stable").tolist():
        size = float(problem.n[place])
        try:
            found[place] = curve.with_rings(size) if rings else curve.without_rings(size)
        except NoSolution:
            found[place] = _with_raised_ridge(problem, sites, size)
        if progress is not None:
            progress(len(found), len(problem.n))
    return [found[place] for place in range(len(problem.n))]


def _with_raised_ridge(problem: SiteProblem, sites: Sites, n: float) -> SiteOrders:
    """The coherent potential at the smallest ridge that leaves it digits enough."""
    scale = SiteKernel(sites).mean_square
    larger = [share * scale for share in _RAISED if share * scale > problem.ridge]
    for ridge in larger:
        try:
            found = SiteCurve(replace(problem, ridge=ridge), sites).without_rings(n)
            return found._replace(raised=ridge)
        except NoSolution:
            if ridge == larger[-1]:
                raise
    raise NoSolution(f"the self-energies of the sites have no solution at ridge {problem.ridge:g}")


class SiteCurve:
    """The theory at one size after another; each begins with what the last two say of the next."""

    def __init__(self, problem: SiteProblem, sites: Sites) -> None:
        self.problem, self.sites, self.kernel = problem, sites, SiteKernel(sites)
        self._last: list[tuple[float, Floats]] = []  # ln n and self-energies

    def without_rings(self, n: float) -> SiteOrders:
        """The coherent potential alone."""
        here = self.lines(n)
        fields = observables(here.averages(), here.observed, n, self.problem.label_noise, here.by_mode())
        return SiteOrders((fields,), 0.0, _effective(here))

    def with_rings(self, n: float) -> SiteOrders:
        """All steps."""
        fixed = FixedNumber.of(n, self.sites, self.problem.sampling)
        around = [] if fixed.exact else [self._averages(n * fixed.ratio)]
        here = self.lines(n)
        by_mode, zeroth = here.by_mode(), here.averages()
        crossed, ringed, top = _with_rings(here, zeroth)
        observed = here.observed
        effective, pairs = _effective(here), close_pairs(here, n)
        del here  # matrices that are no longer needed
        exact = None
        if not fixed.exact:
            exact = ExactNumber(fixed, [self._averages(n / fixed.ratio), (zeroth, observed), *around])

        def fields(averages: SiteAverages, exact: ExactNumber | None = None) -> Fields:
            return observables(averages, observed, n, self.problem.label_noise, by_mode, exact)

        steps = (*(fields(each) for each in (zeroth, crossed, ringed)), fields(ringed, exact))
        return SiteOrders(steps, top, effective, pairs=pairs)

    def lines(self, n: float) -> SiteLines:
        """The coherent potential for n points."""
        sites, problem = self.sites, self.problem
        law = occupations(sites.counts, n / sites.points, problem.sampling)
        found = coherent_potential(self.kernel, law, problem.ridge, self._start(n))
        self._last = [*self._last[-1:], (float(np.log(n)), found.sigma)]
        return SiteLines(found, Observed(sites, law, problem.points == "unseen"), self.kernel)

    def _averages(self, n: float) -> tuple[SiteAverages, Observed]:
        lines = self.lines(n)
        return lines.averages(), lines.observed

    def _start(self, n: float) -> Floats | None:
        """Self-energies extrapolated as powers of n; with a single size, as n itself."""
        if not self._last:
            return None
        at, sigma = self._last[-1]
        power: Floats | float = 1.0
        if len(self._last) > 1 and self._last[0][0] != at:
            before, other = self._last[0]
            ratio = np.divide(sigma, other, out=np.ones_like(sigma), where=other > 0)
            power = np.log(ratio) / (at - before)
        found: Floats = sigma * np.exp(power * (np.log(n) - at))
        return found


def _with_rings(lines: SiteLines, zeroth: SiteAverages) -> tuple[SiteAverages, SiteAverages, float]:
    """Averages with the word 1212, and with all rings; the largest eigenvalue of Gamma."""
    sources = lines.sources()
    crossed = SiteRings(lines.found, lines.matrix, _CROSSED)
    top, of_crossed = crossed.top(), lines.changes(crossed, sources._replace(observed=None), modes=False)
    del crossed
    rings = SiteRings(lines.found, lines.matrix, ring_polynomial(ring_sum("poisson")))
    return zeroth.plus(of_crossed), zeroth.plus(lines.changes(rings, sources)), top


def _effective(lines: SiteLines) -> float:
    total = float(lines.found.sigma.sum())
    return 1.0 / total if total > 0 else np.inf
