r"""The theory of sites at all sizes of a problem: coherent potentials from the largest size down, and rings.

A solution with more points lies above that with fewer, so that Newton's method can start from it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from replicas.resummation.ring_weights import ring_sum
from replicas.sites.coherent_potential import coherent_potential
from replicas.sites.copies import Sites, sites_of
from replicas.sites.fixed_number import FixedNumber
from replicas.sites.occupations import occupations
from replicas.sites.site_averages import Observed, SiteAverages, SiteLines
from replicas.sites.site_modes import mode_labels
from replicas.sites.site_observables import ExactNumber, Fields, observables
from replicas.sites.site_problem import SiteProblem
from replicas.sites.site_rings import RingPolynomial, SiteRings, ring_polynomial

Progress = Callable[[int, int], None]  # sizes done, of all
_CROSSED = RingPolynomial((1,), ())  # of all rings the word 1212 alone: the first term of f


class SiteOrders(NamedTuple):
    """What the theory says at one size, step by step.

    `steps`: fields at the coherent potential, and unless left out with the word 1212, with all rings, and
    with exactly N points; `top`: the largest eigenvalue of Gamma; `effective_ridge`: 1/sum_i Sigma_i.
    """

    steps: tuple[Fields, ...]
    top: float
    effective_ridge: float


def site_orders(
    problem: SiteProblem, rings: bool = True, progress: Progress | None = None
) -> list[SiteOrders]:
    """The orders of the theory at every size."""
    sites = sites_of(problem)
    modes = mode_labels(sites)
    found: list[SiteOrders | None] = [None] * len(problem.n)
    start = None
    for done, place in enumerate(np.argsort(-problem.n, kind="stable")):
        orders, start = _orders(problem, sites, modes, float(problem.n[place]), start, rings)
        found[place] = orders
        if progress is not None:
            progress(done + 1, len(problem.n))
    return [each for each in found if each is not None]


def _orders(
    problem: SiteProblem, sites: Sites, modes: Floats, n: float, above: Floats | None, rings: bool
) -> tuple[SiteOrders, Floats]:
    """The orders at one size, and its self-energies."""

    def lines(size: float, above: Floats | None) -> SiteLines:
        law = occupations(sites.counts, size / sites.points, problem.sampling)
        found = coherent_potential(sites.features, law, problem.ridge, above)
        return SiteLines(found, Observed(sites, law, problem.points == "unseen"), modes)

    def fields(averages: SiteAverages, exact: ExactNumber | None = None) -> Fields:
        return observables(averages, here.observed, n, problem.label_noise, exact)

    if not rings:
        here = lines(n, above)
        return SiteOrders((fields(here.averages()),), 0.0, _effective(here)), here.found.sigma
    fixed = FixedNumber.of(n, sites, problem.sampling)
    larger = None if fixed.exact else lines(n * fixed.ratio, above)
    here = lines(n, above if larger is None else larger.found.sigma)
    zeroth = here.averages()
    crossed, ringed, top = _with_rings(here, zeroth)
    exact = None
    if larger is not None:
        smaller = lines(n / fixed.ratio, here.found.sigma)
        around = smaller.averages(), zeroth, larger.averages()
        exact = ExactNumber(fixed, around, (smaller.observed, here.observed, larger.observed))
    steps = (*(fields(each) for each in (zeroth, crossed, ringed)), fields(ringed, exact))
    return SiteOrders(steps, top, _effective(here)), here.found.sigma


def _with_rings(lines: SiteLines, zeroth: SiteAverages) -> tuple[SiteAverages, SiteAverages, float]:
    """Averages with the word 1212, and with all rings; the largest eigenvalue of Gamma."""
    found = []
    for weight in (_CROSSED, ring_polynomial(ring_sum("poisson"))):
        rings = SiteRings(lines.found, lines.matrix, weight)
        found.append(zeroth.plus(lines.changes(rings)))
        top = rings.top()
    return found[0], found[1], top


def _effective(lines: SiteLines) -> float:
    total = float(lines.found.sigma.sum())
    return 1.0 / total if total > 0 else np.inf
