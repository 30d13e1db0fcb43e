"""Learning curves on the points of a data set, predicted, judged and with their papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from fieldtheory.arguments import require_choice, require_flag
from fieldtheory.array_types import Booleans, Floats
from fieldtheory.budgets import require_budget
from fieldtheory.references import COHEN_MALKA_RINGEL, SOVEN
from fieldtheory.shown_value import shown
from replicas.sites.copies import Sites, sites_of
from replicas.sites.fixed_number import FixedNumber
from replicas.sites.occupations import occupations
from replicas.sites.site_assessment import BARS, SiteAssessment, site_assessment, site_warnings
from replicas.sites.site_curve import Progress, SiteOrders, site_orders
from replicas.sites.site_modes import rank_of
from replicas.sites.site_observables import Fields
from replicas.sites.site_prediction import SitePrediction
from replicas.sites.site_problem import POINTS, SAMPLINGS, SiteProblem
from replicas.theories.registry import AUTO, THEORIES

_UNFELT = 1e-25  # of the mean of K(x, x): a ridge that is lost beside what rounding leaves of a mode
_THREADED_SIZE = 4000  # sites; measured beside other work: threads take 8 times the CPU at 1000, 4 at 1800
_EQUAL = 1e-9  # relative difference of numbers of points and modes
SITE_THEORIES = ("self-consistent", "loop-expansion")
REFERENCES = (SOVEN, COHEN_MALKA_RINGEL)


def predict_sites(
    problem: SiteProblem,
    theory: str = AUTO,
    order: int | None = None,
    *,
    error_bar: bool = True,
    progress: Progress | None = None,
) -> SitePrediction:
    """All averages over data sets drawn from the points of a data set.

    "self-consistent" and order 0 of "loop-expansion": one self-energy for each point; order 1 adds the rings
    between points and goes over to exactly n points. "auto": order 1 where it holds. `progress` is told how
    many sizes are done, and of how many. Ridge 0 with more different points than modes is the solution of
    least norm. ValueError for what a problem doesn't have: more points than there are, without replacement;
    unseen points where none is expected.
    """
    require_choice("theory", theory, (*SITE_THEORIES, AUTO))
    require_flag("error_bar", error_bar)
    if theory == AUTO:
        if order is not None:
            raise ValueError(f'order must be None for theory="auto", which chooses (got {shown(order)})')
        order = 1
    else:
        order = THEORIES[theory].require_order(order)
    _require_solvable(problem)
    _require_time(problem, error_bar or order == 1)
    sites = sites_of(problem)
    problem = _with_felt_ridge(problem, sites)
    # threads that wait for each other at every matrix cost more than they bring
    with threadpool_limits(1 if len(sites.features) < _THREADED_SIZE else None, user_api="blas"):
        found = site_orders(problem, sites, rings=error_bar or order == 1, progress=progress)
    fields = [_chosen(each, theory, order) for each in found]
    judged: list[SiteAssessment] = []
    warnings = _raised(problem, found)
    if error_bar or theory == AUTO:
        judged = [site_assessment(each, n, sites, problem) for each, n in zip(found, problem.n, strict=True)]
        warnings += site_warnings(problem.n, judged, sites)
        if theory == AUTO:
            fields = [each.best for each in judged]
    arrays: dict[str, Any] = {name: np.array([each[name] for each in fields]) for name in fields[0]}
    if error_bar:
        arrays |= _bars(fields, judged)
    return SitePrediction(
        **arrays,
        effective_ridge=np.array([each.effective_ridge for each in found]),
        converged=np.array([each.raised is None for each in found]),
        theory="loop-expansion" if theory == AUTO else theory,
        order=order,
        references=REFERENCES,
        warnings=warnings,
    )


def _raised(problem: SiteProblem, found: Sequence[SiteOrders]) -> tuple[str, ...]:
    """What to say of sizes at which the ridge is too small to solve for the self-energies."""
    places = [(n, each.raised) for n, each in zip(problem.n, found, strict=True) if each.raised is not None]
    if not places:
        return ()
    where = ", ".join(f"{n:g}" for n, _ in places[:5]) + (", ..." if len(places) > 5 else "")
    return (
        f"n = {where}: rounding leaves no solution at ridge {problem.ridge:.3g}, and the numbers are those "
        f"of {max(raised for _, raised in places):.1g}, with infinite bars",
    )


def _chosen(orders: SiteOrders, theory: str, order: int | None) -> Fields:
    return orders.steps[0 if theory == "self-consistent" or order == 0 else -1]


def _bars(fields: Sequence[Fields], judged: Sequence[SiteAssessment]) -> dict[str, Any]:
    """The distance from the best theory plus the bar of that."""
    return {
        f"{name}_bar": np.array(
            [
                np.abs(mine[name] - each.best[name]) + each.bars[name]
                for mine, each in zip(fields, judged, strict=True)
            ]
        )
        for name in BARS
    }


def _require_solvable(problem: SiteProblem) -> None:
    require_choice("sampling", problem.sampling, SAMPLINGS)
    require_choice("points", problem.points, POINTS)
    points, most = _points(problem), float(problem.n.max())
    if problem.sampling == "without-replacement" and most > points:
        raise ValueError(f"n must be at most {points}, all points, without replacement (got {most:g})")
    if problem.points == "unseen" and problem.drawn is None and _missed(problem).min() < 1:
        raise ValueError(
            f'points must be "all" where fewer than one point is expected to be left: at n = {most:g} of '
            f"{points} points (got {shown(problem.points)})"
        )


def at_peaks(problem: SiteProblem) -> Booleans:
    """Sizes at which the error diverges: ridge 0, and as many different points as the kernel has modes.

    Not where all points are drawn: there is a single data set.
    """
    points = _points(problem)
    if problem.ridge >= _UNFELT * _scale(problem):
        return np.zeros(len(problem.n), dtype=bool)
    sites = sites_of(problem)
    modes = rank_of(problem.features[:points], problem.rounding)
    found = np.array([_different(n, sites, problem.sampling) for n in problem.n])
    peaks: Booleans = (np.abs(found - modes) <= _EQUAL * modes) & (_missed(problem) > 0)
    return peaks


def _with_felt_ridge(problem: SiteProblem, sites: Sites) -> SiteProblem:
    """Ridge 0 for one that no digit feels, if each size has fewer different points than the kernel modes.

    Solutions of least norm, beyond, are the limit of a small ridge: one that no digit feels. Beyond are also
    sizes from which a step to more points (`fixed_number`) leads there.
    """
    points, least = _points(problem), _UNFELT * _scale(problem)
    if problem.ridge >= least:
        return problem
    modes = rank_of(problem.features[:points], problem.rounding)
    largest = float(problem.n.max())
    largest *= FixedNumber.of(largest, sites, problem.sampling).ratio
    beyond = _different(largest, sites, problem.sampling) >= modes
    return replace(problem, ridge=least if beyond else 0.0)


def _different(n: float, sites: Sites, sampling: str) -> float:
    """How many sites are drawn on average, of those that the kernel sees."""
    law = occupations(sites.counts, n / sites.points, sampling)
    return float((1.0 - law.weights[:, 0])[sites.features.any(axis=1)].sum())


def _points(problem: SiteProblem) -> int:
    """How many may be drawn."""
    return len(problem.features) if problem.drawn is None else problem.drawn


def _scale(problem: SiteProblem) -> float:
    """The mean of K(x, x)."""
    features = problem.features[: _points(problem)]
    return float(np.einsum("ij,ij->", features, features)) / len(features)


def _missed(problem: SiteProblem) -> Floats:
    """How many of the points are not drawn on average, at each size."""
    points = _points(problem)
    if problem.sampling == "with-replacement":
        return np.asarray(points * (1.0 - 1.0 / points) ** problem.n)
    return points - problem.n


def _require_time(problem: SiteProblem, rings: bool) -> None:
    """By flops, on one core."""
    points, rank = problem.features.shape
    sizes = len(problem.n)
    steps = 20.0 * (rank**3 / 3 + 2.0 * points * rank**2 + points**2 * rank + points**3 / 3)
    loops = 60.0 * points**3 if rings else 0.0
    require_budget(
        f"{sizes} sizes n and {points} points",
        seconds=sizes * (steps + loops) / 1e10,
        memory=8.0 * points**2 * (20.0 if rings else 6.0),
        smaller="the number of points or of sizes",
    )
