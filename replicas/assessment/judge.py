"""A theory's prediction with its error bar and warnings, judged by the best theory at hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fieldtheory.arguments import require_choice, require_flag
from fieldtheory.budgets import require_budget
from fieldtheory.shown_value import shown
from replicas.assessment.best_theory import best_theory
from replicas.assessment.divergence import diverging_sizes, with_divergence, with_peaks
from replicas.assessment.error_bar import BARS
from replicas.prediction import Prediction, Problem
from replicas.saddle_point.saddle_point import finite_saddle_point
from replicas.sites.site_prediction import SitePrediction
from replicas.sites.site_problem import POINTS, SAMPLINGS, SiteProblem
from replicas.theories.registry import AUTO, THEORIES

if TYPE_CHECKING:
    from replicas.sites.site_curve import Progress


def predict(
    problem: Problem,
    theory: str = AUTO,
    order: Any = None,
    *,
    error_bar: bool = True,
    progress: Progress | None = None,
) -> Prediction:
    """All averages over data sets that a theory predicts, with its name, order, papers and error bar.

    Every bar, that of `error` and those of the other averages, is the distance from the most accurate theory
    plus the bar of that, as derived in docs/error_bars.md; with `error_bar=False` all are None, the warnings
    that come with them are left out, and a cheap theory costs no more than itself. "auto" chooses the most
    accurate theory.

    A problem on the points of a data set, `problem.sites`, has a `SitePrediction` by theories that know
    points; the others see its modes and are measured by the best of those. `progress` is told how many sizes
    of such a problem are done, and of how many.

    At sizes where the error diverges, ridge 0 and as many modes as points, the limit is given, with infinite
    bars; ValueError if there are no other sizes, for an unknown theory, an order that it does not have, and a
    problem that it cannot solve (unseen points with a theory that knows modes only).

    Equation: source-identity, self-consistent-kappa, ring-sum

    >>> import numpy as np
    >>> from fieldtheory import Spectrum
    >>> spectrum = Spectrum.from_arrays([1.0, 0.5], [1, 5], dim=5)
    >>> problem = Problem(spectrum, np.array([0.0, 1.0]), np.array([10.0]), 0.1, 0.0, "fixed")
    >>> found = predict(problem, "self-consistent", error_bar=False)
    >>> found.error.round(4), found.error_bar
    (array([0.0045]), None)
    """
    if not isinstance(problem, Problem):
        raise ValueError(f"problem must be a replicas.Problem (got {shown(problem)})")
    require_choice("theory", theory, (*THEORIES, AUTO))
    require_flag("error_bar", error_bar)
    if problem.sites is not None:
        if theory == AUTO or THEORIES[theory].on_points:
            return _on_points(problem, problem.sites, theory, order, error_bar, progress)
        _require_density(theory, problem.sites)
    sizes, degrees = len(problem.n), problem.spectrum.max_degree + 2
    require_budget(
        f"{sizes} sizes n and {degrees - 1} degrees",
        seconds=2e-6 * sizes * degrees,
        memory=600.0 * sizes * degrees,
        smaller="the number of sizes or max_degree",
    )
    diverging = diverging_sizes(problem)
    if diverging.any() and not diverging.all():
        others = predict(problem.at(problem.n[~diverging]), theory, order, error_bar=error_bar)
        return with_divergence(problem, diverging, others)
    if theory == AUTO:
        _none_for_auto(order)
        theory, order = ("self-consistent", None) if problem.spectrum.dim is None else ("loop-expansion", 1)
        finite_saddle_point(problem)
        if problem.spectrum.dim is not None:
            found = best_theory(problem).prediction.copy()
            found = replace(found, theory=theory, order=order, references=THEORIES[theory].references)
            none: dict[str, Any] = dict.fromkeys(BARS.values())
            return found if error_bar else replace(found, **none)
    row = THEORIES[theory]
    order = row.require_order(order)
    finite_saddle_point(problem)
    found = replace(row.prediction(problem, order), theory=theory, order=order, references=row.references)
    if not error_bar:
        return replace(found, warnings=(*found.warnings, *found.impossible()))
    return best_theory(problem).assessment.judge(problem, found)


def _on_points(
    problem: Problem,
    sites: SiteProblem,
    theory: str,
    order: int | None,
    error_bar: bool,
    progress: Progress | None,
) -> SitePrediction:
    """The theory of sites; infinite rows where the error diverges, unless there are no others."""
    from replicas.sites.site_theory import at_peaks, predict_sites

    peaks = at_peaks(sites)
    if peaks.all():
        raise ValueError(
            f"ridge must be positive at n = {problem.n[0]:g}, with as many different points as the kernel "
            f"has modes: the error diverges there (got {problem.ridge:g})"
        )
    found = predict_sites(sites.at(sites.n[~peaks]), theory, order, error_bar=error_bar, progress=progress)
    found = replace(found, posterior_variance=found.posterior_variance + sites.beyond)
    return with_peaks(problem.n, peaks, found) if peaks.any() else found


def _none_for_auto(order: Any) -> None:
    if order is not None:
        raise ValueError(f'order must be None for theory="auto", which chooses (got {shown(order)})')


def _require_density(theory: str, sites: SiteProblem) -> None:
    """ValueError for what a theory does not know that takes points for a density."""
    known = ", ".join(name for name, row in THEORIES.items() if row.on_points)
    for name, value, usual in (
        ("sampling", sites.sampling, SAMPLINGS[0]),
        ("points", sites.points, POINTS[0]),
    ):
        if value != usual or sites.drawn is not None:
            raise ValueError(
                f"{name} must be {usual!r} for theory={theory!r}, which knows modes only (got {value!r}); "
                f"theories that know points: {known}, {AUTO}"
            )
