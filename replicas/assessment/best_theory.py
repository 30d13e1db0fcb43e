r"""The most accurate theory at every n, by which all others are measured.

The first order of the loop expansion; one and two points exactly; the self-consistent theory where the first
order makes no sense; and with a Poisson number of points the average over exact numbers, where rare small
training sets, which no expansion around the mean number knows, dominate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_types import Booleans, Floats
from replicas.assessment.error_bar import (
    BARS,
    Assessment,
    bar_sizes,
    bar_warnings,
    bounded,
    crossing_estimate,
    first_order_bar,
    tail_bars,
    tail_correction,
    zeroth_order_bar,
)
from replicas.assessment.few_points import MOST, exactly_few_points
from replicas.prediction import Prediction, Problem, kept_with_problem
from replicas.resummation.loop_sums import loop_orders
from replicas.saddle_point.saddle_point import saddle_point_prediction, solve_saddle_point
from replicas.sites.site_prediction import SitePrediction

_MOST_AVERAGED = 1000.0  # mean numbers of points up to here are checked for rare training sets
_MOSTLY = 0.99  # share of the training sets for which the average must have a theory
_NOT_RARE = 0.9, 0.09  # of the second order and of the first: what next orders may account for
_TOO_LARGE = 1e3  # second orders beyond this many zeroth ones mean nothing
_NO_SPHERE = "spectrum has no dim: crossed diagrams, which need it, are estimated, for the bar only"


class BestTheory(NamedTuple):
    """The prediction with its bars, and what the other theories are measured by."""

    prediction: Prediction
    assessment: Assessment


@kept_with_problem
def best_theory(problem: Problem) -> BestTheory:
    """The best theory of the problem."""
    if problem.sites is not None:
        from replicas.sites.site_theory import predict_sites

        return _on_points(predict_sites(problem.sites), problem.spectrum.max_degree + 1)
    if problem.spectrum.dim is None:
        chosen, said = _without_sphere(problem), [_NO_SPHERE]
    else:
        chosen, said = _first_order(problem), []
    tail = tail_correction(problem, solve_saddle_point(problem))
    size = bar_sizes(chosen.error, _bar(chosen))
    said += bar_warnings(problem.n, size, tail, problem.spectrum.max_degree)
    wider: dict[str, Any] = {
        BARS[name]: getattr(chosen, BARS[name]) + bar
        for name, bar in tail_bars(problem, solve_saddle_point(problem)).items()
    }
    chosen = replace(chosen, **wider, warnings=(*said, *chosen.warnings))
    if problem.spectrum.dim is not None and problem.ensemble == "fixed":
        exactly = few_points(problem)
        if exactly is not None:
            few = problem.n <= MOST
            chosen = chosen.where(~few, exactly.spread(few), "")
    elif problem.spectrum.dim is not None:
        chosen = _with_rare_sets(problem, chosen)
    return BestTheory(chosen, Assessment(chosen, tuple(said)))


def _on_points(found: SitePrediction, degrees: int) -> BestTheory:
    """The theory of sites; where the kernel vanishes, a last degree that it leaves out, nothing is learnt."""
    unlearnt: dict[str, Any] = {
        name: np.pad(getattr(found, name), ((0, 0), (0, degrees - found.coefficients.shape[1])))
        for name in ("coefficients", BARS["coefficients"])
    }
    return BestTheory(found, Assessment(replace(found, **unlearnt), found.warnings))


def _first_order(problem: Problem) -> Prediction:
    """The first order of the loop expansion with its bars, the zeroth where that makes no sense."""
    n, trace = problem.n, problem.spectrum.trace
    first, sizes = loop_orders(problem)
    bars = {
        name: first_order_bar(size, n[:, None] if name == "coefficients" else n)
        for name, size in sizes.items()
    }
    zeroth_error = solve_saddle_point(problem).error(problem.label_noise)
    kept = makes_sense(vars(first), trace, zeroth_error, sizes["error"].second)
    learnt = first.coefficients
    sensible = kept[:, None] & (learnt >= 0) & (learnt <= 1)
    chosen = first
    if not sensible.all():
        zeroth = saddle_point_prediction(problem)
        for name, bar in bars.items():
            places = sensible if name == "coefficients" else kept
            instead = zeroth_order_bar(getattr(zeroth, name), getattr(first, name), bar)
            bars[name] = np.where(places, bar, instead)
        learnt = np.where(sensible, learnt, zeroth.coefficients)
        chosen = replace(first.where(kept, zeroth, ""), coefficients=learnt)
    limits = {"posterior_variance": trace, "coefficients": 1.0}
    found: dict[str, Any] = {
        BARS[name]: np.minimum(bar, limits[name]) if name in limits else bounded(getattr(chosen, name), bar)
        for name, bar in bars.items()
    }
    said = () if kept.all() else (nonsense_warning(n[~kept]),)
    return replace(chosen, **found, converged=kept, warnings=said)


def _without_sphere(problem: Problem) -> Prediction:
    """The self-consistent theory; its bars hold what exactly N points change, and guess the crossed words.

    A self-energy that is off by a share changes the error by that share, and the coefficients by a (1 - a)
    times it.
    """
    found, zeroth, first = solve_saddle_point(problem), saddle_point_prediction(problem), loop_orders(problem)
    crossed, learnt = crossing_estimate(problem, found), zeroth.coefficients
    scales: dict[str, Any] = {
        "variance": zeroth.error,
        "label_noise_gain": 1 + zeroth.label_noise_gain,
        "coefficients": learnt * (1 - learnt),
    }
    bars: dict[str, Any] = {}
    for name, bar in BARS.items():
        value = getattr(zeroth, name)
        share = crossed if value.ndim == 1 else crossed[:, None]
        guess = share * scales.get(name, value)
        found_bar = zeroth_order_bar(value, getattr(first.first, name), guess)
        bars[bar] = np.minimum(found_bar, 1.0) if name == "coefficients" else bounded(value, found_bar)
    return replace(zeroth, **bars)


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


def makes_sense(values: Mapping[str, Any], trace: Any, zeroth: Floats, second: Floats) -> Booleans:
    """Whether a first order is possible, and its second order leaves something of the zeroth.

    Fields `values` of the first order: averages of squares are not negative, the posterior variance is
    between 0 and that of the prior, `trace`. `zeroth`, `second`: orders of the error, the latter's size.
    """
    error, posterior = values["error"], values["posterior_variance"]
    with np.errstate(invalid="ignore"):
        scale = 1e-9 * (np.abs(zeroth) + np.abs(error))
        good = (error >= 0) & np.isfinite(error) & (second <= _TOO_LARGE * zeroth)
        good &= (values["variance"] >= -scale) & (values["bias"] >= -scale)
        good &= (values["label_noise_gain"] >= -1e-9) & (values["training_error"] >= 0)
        good &= (posterior >= -1e-9 * trace) & (posterior <= (1 + 1e-9) * trace)
    return np.asarray(good)


def nonsense_warning(sizes: Floats) -> str:
    """What to say where the first order is replaced by the zeroth."""
    return f"the first order makes no sense at {_named(sizes)}: self-consistent numbers there"


def _named(sizes: Floats) -> str:
    more = ", ..." if len(sizes) > 5 else ""
    return "n = " + ", ".join(f"{n:g}" for n in sizes[:5]) + more


def _with_rare_sets(problem: Problem, direct: Prediction) -> Prediction:
    """The average over exact numbers of points where next orders do not explain it, or the rest is lost."""
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
    averaged = replace(
        direct.at(few),
        error=error,
        bias=bias,
        variance=error - bias,
        coefficients=learnt,
        error_by_degree=average("error_by_degree"),
        posterior_variance=average("posterior_variance"),
        label_noise_gain=average("label_noise_gain"),
        training_error=average("training_error"),
        converged=average("converged") > _MOSTLY,
    )
    rare = np.zeros(len(problem.n), dtype=bool)
    second, first, *_ = loop_orders(problem).sizes["error"]
    rest = (_NOT_RARE[0] * second + _NOT_RARE[1] * first)[few]
    rare[few] = (np.abs(error - direct.error[few]) > rest) | ~direct.converged[few]
    wider: dict[str, Any] = {}
    bars: dict[str, Any] = {}
    for name, bar in BARS.items():
        distance = np.abs(getattr(averaged, name) - getattr(direct, name)[few])
        bars[bar] = distance + average(bar)
        wider[bar] = getattr(direct, bar).copy()
        wider[bar][few] = np.maximum(wider[bar][few], bars[bar])
    direct, averaged = replace(direct, **wider), replace(averaged, **bars)
    whole = averaged.at(rare[few]).spread(rare)
    said = f"rare small training sets dominate at {_named(problem.n[rare])}: averaged over numbers of points"
    return direct.where(~rare, whole, said)
