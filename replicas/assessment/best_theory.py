r"""The most accurate theory at every n, by which all others are measured.

The first order of the loop expansion; one and two points exactly; the self-consistent theory where the first
order makes no sense; and with a Poisson number of points the average over exact numbers, where rare small
training sets, which no expansion around the mean number knows, dominate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_types import Booleans, Floats
from replicas.assessment.error_bar import Assessment, loop_assessment
from replicas.assessment.few_points import MOST, exactly_few_points
from replicas.prediction import Prediction, Problem, kept_with_problem
from replicas.resummation.loop_sums import loop_orders
from replicas.saddle_point.saddle_point import saddle_point_prediction
from replicas.sites.site_theory import predict_sites

_MOST_AVERAGED = 1000.0  # mean numbers of points up to here are checked for rare training sets
_MOSTLY = 0.99  # share of the training sets for which the average must have a theory
_TOO_LARGE = 1e3  # second orders beyond this many zeroth ones mean nothing


class BestTheory(NamedTuple):
    """The prediction with its bar, and what the other theories are measured by."""

    prediction: Prediction
    assessment: Assessment


@kept_with_problem
def best_theory(problem: Problem) -> BestTheory:
    """The best theory of the problem."""
    if problem.sites is not None:
        found = predict_sites(problem.sites)
        return BestTheory(found, Assessment(found.error, _bar(found), found.warnings))
    orders, loops = loop_orders(problem), loop_assessment(problem)
    if problem.spectrum.dim is None:
        return BestTheory(loops.judge(problem, saddle_point_prediction(problem)), loops)
    first = loops.judge(problem, orders.first)
    kept = makes_sense(first.error, first.variance, first.label_noise_gain, orders.errors)
    chosen = first
    if not kept.all():
        said = nonsense_warning(problem.n[~kept])
        chosen = first.where(kept, loops.judge(problem, saddle_point_prediction(problem)), said)
    chosen = replace(chosen, converged=kept)
    if problem.ensemble == "fixed":
        exactly = few_points(problem)
        if exactly is not None:
            few = problem.n <= MOST
            chosen = chosen.where(~few, exactly.spread(few), "")
    else:
        chosen = _with_rare_sets(problem, chosen)
    said_of_all = tuple(text for text in loops.warnings if text in chosen.warnings)
    return BestTheory(chosen, Assessment(chosen.error, _bar(chosen), said_of_all))


def _bar(prediction: Prediction) -> Floats:
    """The error bar, which every prediction has here."""
    assert prediction.error_bar is not None
    return prediction.error_bar


def _is_invertible(problem: Problem) -> bool:
    """Whether the matrix of so few points is: without ridge a kernel needs more modes than points."""
    spectrum = problem.spectrum
    modes = float(spectrum.multiplicities[spectrum.eigenvalues > 0].sum())
    return problem.total_ridge > 0 or modes > MOST


def few_points(problem: Problem) -> Prediction | None:
    """Exact numbers at the sizes of at most two points, None where there are none or the matrix is singular.

    A fractional number of points is a mixture of the two next to it.
    """
    few = problem.n <= MOST
    if not few.any() or not _is_invertible(problem):
        return None
    problem = problem.at(problem.n[few])
    exact = [exactly_few_points(problem, count) for count in range(MOST + 1)]
    lower = np.minimum(np.floor(problem.n).astype(int), MOST - 1)
    share = problem.n - lower

    def mixed(name: str) -> Floats:
        values = np.concatenate([getattr(each, name) for each in exact])
        weight = share.reshape(-1, *[1] * (values.ndim - 1))
        found: Floats = (1 - weight) * values[lower] + weight * values[lower + 1]
        return found

    names = [each.name for each in fields(Prediction) if isinstance(getattr(exact[0], each.name), np.ndarray)]
    arrays: dict[str, Any] = {name: mixed(name) for name in names}
    found = replace(exact[0], **arrays)
    bias = (1 - found.coefficients) ** 2 @ problem.powers + problem.unresolved
    kept = np.ones(len(problem.n), dtype=bool)
    return replace(found, bias=bias, variance=found.error - bias, converged=kept)


def makes_sense(error: Floats, variance: Floats, gain: Floats, orders: Sequence[Floats]) -> Booleans:
    """Nothing negative that is a mean of squares, and a second order that leaves something of the rest.

    `error`, `variance` and label-noise `gain` of the first order; `orders`: of the error.
    """
    zeroth, _, second = orders
    with np.errstate(invalid="ignore"):
        scale = np.abs(zeroth) + np.abs(error)
        good = (error >= 0) & (variance >= -1e-9 * scale) & (gain >= -1e-9)
        good &= np.isfinite(error) & (np.abs(second) <= _TOO_LARGE * zeroth)
    return np.asarray(good)


def nonsense_warning(sizes: Floats) -> str:
    """What to say where the first order is replaced by the zeroth."""
    return f"the first order makes no sense at {_named(sizes)}: self-consistent numbers there"


def _named(sizes: Floats) -> str:
    more = ", ..." if len(sizes) > 5 else ""
    return "n = " + ", ".join(f"{n:g}" for n in sizes[:5]) + more


def _with_rare_sets(problem: Problem, direct: Prediction) -> Prediction:
    """The average over exact numbers of points where it is farther off than the bar, or the rest is lost."""
    few = problem.n <= _MOST_AVERAGED
    if not few.any() or (problem.total_ridge == 0 and problem.spectrum.multiplicities.sum() < np.inf):
        return direct
    means = problem.n[few]
    most = int(means.max() + 10 * np.sqrt(means.max()) + 20)
    sizes = np.arange(1, most + 1, dtype=np.float64)
    exactly = replace(problem, n=sizes, ensemble="fixed")
    fixed = best_theory(exactly).prediction
    none = exactly_few_points(problem, 0)
    counts = np.arange(most + 1)
    log_factorials = np.concatenate([[0.0], np.cumsum(np.log(sizes))])
    weights = np.exp(counts * np.log(means[:, None]) - means[:, None] - log_factorials)

    def average(name: str) -> Floats:
        values = np.concatenate([getattr(none, name), getattr(fixed, name)])
        found: Floats = np.tensordot(weights, values, axes=1)
        return found

    error, learnt = average("error"), average("coefficients")
    bias = (1 - learnt) ** 2 @ problem.powers + problem.unresolved
    rare = np.zeros(len(problem.n), dtype=bool)
    bars = np.abs(error - direct.error[few]) + average("error_bar")
    rare[few] = (np.abs(error - direct.error[few]) > _bar(direct)[few]) | ~direct.converged[few]
    wider = _bar(direct).copy()
    wider[few] = np.maximum(wider[few], bars)
    direct = replace(direct, error_bar=wider)
    kept = rare[few]
    averaged = replace(
        direct,
        error=error,
        bias=bias,
        variance=error - bias,
        error_bar=bars,
        coefficients=learnt,
        error_by_degree=average("error_by_degree"),
        effective_ridge=direct.effective_ridge[few],
        posterior_variance=average("posterior_variance"),
        label_noise_gain=average("label_noise_gain"),
        training_error=average("training_error"),
        converged=average("converged") > _MOSTLY,
    )
    whole = averaged.at(kept).spread(rare)
    said = f"rare small training sets dominate at {_named(problem.n[rare])}: averaged over numbers of points"
    return direct.where(~rare, whole, said)
