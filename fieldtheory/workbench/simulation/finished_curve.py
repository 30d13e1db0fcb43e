"""Learning curves to a wanted accuracy: a theory, and data sets drawn at the sizes where its bar is too wide.

Both bars say within what the error lies in 95 % of all cases. What the data sets say of the other averages
follows the error to where theory and data sets join, by their regression on it over data sets, so that
error = bias + variance = Σ g_l² E_l + label_noise W still.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_types import Booleans, Floats
from fieldtheory.workbench.simulation.dataset_statistics import Estimate
from fieldtheory.workbench.simulation.drawn_estimates import DrawnEstimates, drawn_estimates
from fieldtheory.workbench.simulation.drawn_sample import Draws
from fieldtheory.workbench.simulation.joined_error import join
from fieldtheory.workbench.simulation.sphere_draws import sphere_draws
from fieldtheory.workbench.simulation.wanted_accuracy import WantedAccuracy
from replicas.assessment.error_bar import BARS, tail_bars
from replicas.prediction import Prediction, Problem
from replicas.saddle_point.saddle_point import solve_saddle_point


class FinishedCurve(NamedTuple):
    """A prediction, and at which of its sizes data sets were drawn."""

    prediction: Prediction
    sampled: Booleans


def finished_curve(problem: Problem, found: Prediction, wanted: WantedAccuracy) -> FinishedCurve:
    """The prediction with data sets drawn where its bar is larger than `wanted.accuracy` times the error.

    ValueError where data sets are needed and sizes are no whole numbers, or the spectrum is on no sphere;
    OverBudget where they would take too much. A size at which none can be drawn keeps the theory's numbers,
    with a warning that says why.
    """
    assert found.error_bar is not None
    wide = found.error_bar > wanted.accuracy * found.error
    constants = {} if problem.sites is not None else tail_bars(problem, solve_saddle_point(problem))
    constant = np.broadcast_to(constants.get("error", 0.0), problem.n.shape)
    hopeless = wide & (constant > 0.5 * wanted.accuracy * found.error)
    said = []
    if hopeless.any():
        said.append(
            f"accuracy = {wanted.accuracy:g} is out of reach at {_named(problem.n[hopeless])}, whatever is "
            "drawn: degrees that spectrum or target do not hold leave more of it open; raise max_degree"
        )
    sampled = wide & ~hopeless
    if not sampled.any():
        return FinishedCurve(replace(found, warnings=(*found.warnings, *said)), sampled)
    places = np.flatnonzero(sampled)
    sizes, first, where = np.unique(_whole(problem.n[places], wanted), return_index=True, return_inverse=True)
    highest = [float(constant[places[where == k]].max()) for k in range(len(sizes))]
    draws = _draws(problem, sizes.tolist(), found.effective_ridge[places[first]].tolist(), wanted.seed)
    possible = [k for k, each in enumerate(draws) if not isinstance(each, str)]
    results = drawn_estimates(
        [each for each in draws if not isinstance(each, str)], [highest[k] for k in possible], wanted
    )
    drawn = dict(enumerate(draws)) | dict(zip(possible, results, strict=True))
    finished = _Arrays(found, constants)
    for place, k in zip(places.tolist(), where.tolist(), strict=True):
        each = drawn[k]
        if isinstance(each, DrawnEstimates):
            finished.put(place, each)
        else:
            sampled[place] = False
            said.append(f"n = {sizes[k]}: no data sets, {each}")
    said = list(dict.fromkeys(said))
    warnings = (*found.warnings, *said, *finished.warnings(problem.n, wanted))
    return FinishedCurve(replace(found, **finished.arrays, warnings=warnings), sampled)


def _draws(
    problem: Problem, sizes: list[int], effective_ridges: list[float], seed: int
) -> Sequence[Draws | str]:
    """What is drawn at these sizes, or why nothing is."""
    if problem.sites is None:
        return sphere_draws(problem, sizes, seed)
    from fieldtheory.workbench.simulation.gram_draws import gram_draws

    return gram_draws(problem.sites, sizes, effective_ridges, seed)


class _Arrays:
    """The arrays of a prediction that become those of data sets, size by size."""

    def __init__(self, found: Prediction, constants: Mapping[str, Any]) -> None:
        self.found, self.constants = found, constants
        self.arrays: dict[str, Any] = {}
        self.contradictions: list[int] = []
        self.done: list[int] = []

    def put(self, place: int, drawn: DrawnEstimates) -> None:
        """All averages of one size, as the data sets say them, and the error joined with the theory's."""
        error, theory, bars = drawn.estimates["error"], self.found, self.found.error_bar
        assert bars is not None
        constant = self._constant("error", place, 1)
        joined = join(
            float(theory.error[place]),
            max(float(bars[place] - constant), 0.0),
            float(error.mean),
            float(drawn.bar("error")),
        )
        for name, each in drawn.estimates.items():
            if not hasattr(theory, name):
                continue  # theories that know modes only have nothing by point
            value = each.mean + _slope(each, error) * (joined.value - error.mean)
            self._put(name, place, value)
            if name in BARS:
                bar = joined.bar if name == "error" else drawn.bar(name)
                self._put(BARS[name], place, bar + self._constant(name, place, np.size(value)))
        self.done.append(place)
        if joined.contradiction:
            self.contradictions.append(place)

    def _constant(self, name: str, place: int, length: int) -> Any:
        """Part of the bar that data sets do not lessen: what spectrum and target leave open."""
        constant = np.asarray(self.constants.get(name, 0.0))
        if constant.ndim == 2:
            return constant[place, :length]
        return constant[place] if constant.ndim else constant

    def _put(self, name: str, place: int, value: Any) -> None:
        if name not in self.arrays:
            self.arrays[name] = getattr(self.found, name).copy()
        array = self.arrays[name]
        if array.ndim == 1:
            array[place] = value
        else:
            array[place, : len(value)] = value

    def warnings(self, n: Floats, wanted: WantedAccuracy) -> list[str]:
        """What is to be said of these sizes."""
        said = []
        if self.contradictions:
            said.append(
                f"theory and data sets contradict each other at {_named(n[self.contradictions])}: the data "
                "sets are trusted alone"
            )
        bars = np.array([self.arrays["error_bar"][k] / self.arrays["error"][k] for k in self.done])
        short = bars > wanted.accuracy
        if short.any():
            where = f"is not reached at {_named(n[self.done][short])}: there the bar is up to"
            remedy = "" if wanted.max_seconds is None else f"; raise max_seconds = {wanted.max_seconds:g}"
            said.append(f"accuracy = {wanted.accuracy:g} {where} {bars.max():.2g} of the error{remedy}")
        return said


def _slope(estimate: Estimate, error: Estimate) -> Any:
    """How much the estimate of an average moves with that of the error: their regression over data sets."""
    if estimate is error:
        return 1.0
    deviations = error.shares - error.shares.mean()
    norm = float(deviations @ deviations)
    return np.tensordot(deviations, estimate.shares, axes=1) / norm if norm > 0 else 0.0


def _whole(n: Floats, wanted: WantedAccuracy) -> Floats:
    """The sizes as integers."""
    if (n != np.round(n)).any():
        raise ValueError(
            f"n must be whole numbers where data sets are drawn (got {n[n != np.round(n)][0]:g}, whose bar "
            f"exceeds accuracy = {wanted.accuracy:g}); leave accuracy out for a fractional number of points"
        )
    return n.astype(np.int64)


def _named(n: Floats) -> str:
    return "n = " + ", ".join(f"{each:g}" for each in n[:5]) + (", ..." if len(n) > 5 else "")
