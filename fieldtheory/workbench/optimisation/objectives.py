"""What an optimisation seeks: least error at n, fewest points to a goal, most evidence, or a function."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.shown_value import shown
from fieldtheory.spectrum import Spectrum
from fieldtheory.targets import Target
from fieldtheory.workbench.curves.learning_curves import LearningCurves, quiet_curves
from fieldtheory.workbench.curves.learning_problem import Ensemble, learning_problem
from fieldtheory.workbench.curves.predicted_curve import LearningCurve
from fieldtheory.workbench.sweep.optimum import LARGE
from fieldtheory.workbench.sweep.run import kind
from replicas.saddle_point.evidence import mean_evidence

MOST_POINTS = 1e9  # that "samples" looks at
_SIZES = 40  # first sizes, from 1 to 1e9, and how many in between in every further round
_BETWEEN = 32
_TINY = 1e-300


class Estimate(NamedTuple):
    """What a theory says of one choice of parameters.

    `value` +- `bar`: of the objective; `loss`: the same with the sign that makes less better; `cost`: what
    the search descends, smooth and with a penalty where the theory is not to be trusted; `error` +-
    `error_bar` at `n` points; `trusted`: converged, and the bar at most half of the error.
    """

    value: float
    bar: float
    loss: float
    cost: float
    error: float
    error_bar: float
    n: float
    trusted: bool


@dataclass
class Regression:
    """What does not vary in an optimisation, and what the theories have said while it went on."""

    target: Target
    n: Floats
    label_noise: float
    theory: str
    order: int | None
    ensemble: Ensemble
    goal: float = 0.0
    function: Callable[[LearningCurve], Any] | None = None
    warnings: dict[str, str] = field(default_factory=dict)
    references: dict[str, None] = field(default_factory=dict)

    def curves(self, spectra: Sequence[Spectrum], ridge: float, sizes: Floats) -> LearningCurves:
        """Of every spectrum at one ridge."""
        found = quiet_curves(
            spectra,
            self.target,
            sizes,
            ridge,
            self.label_noise,
            self.theory,
            self.ensemble,
            True,
            self.order,
        )
        self.references |= dict.fromkeys(found.references)
        return found

    def say(self, texts: Iterable[str]) -> None:
        """Keep what is said of the result, once of each kind."""
        for text in texts:
            self.warnings.setdefault(kind(text), text)


def of_error(task: Regression, spectra: Sequence[Spectrum], ridge: float) -> list[Estimate]:
    """The error at n, least best; the search descends its logarithm."""
    curves = task.curves(spectra, ridge, task.n)
    return [_of_error(*each) for each in _points(curves, 0)]


def of_samples(task: Regression, spectra: Sequence[Spectrum], ridge: float) -> list[Estimate]:
    """The smallest N with an error of at most the goal, least best, infinite where there is none to 1e9.

    The first of a list of sizes that reaches it, and then the crossing in between, by rounds of sizes: the
    search descends its logarithm, and where there is none that of the error at 1e9.
    """
    sizes = np.geomspace(1.0, MOST_POINTS, _SIZES)
    curves = task.curves(spectra, ridge, sizes)
    return [
        _of_samples(task, spectrum, ridge, sizes, curves.error[place, 0])
        for place, spectrum in enumerate(spectra)
    ]


def of_evidence(task: Regression, spectra: Sequence[Spectrum], ridge: float) -> list[Estimate]:
    """The mean of ln p(y|X) at n, greatest best."""
    curves = task.curves(spectra, ridge, task.n)
    found = []
    for spectrum, (error, bar, n, trusted) in zip(spectra, _points(curves, 0), strict=True):
        problem, _ = learning_problem(spectrum, task.target, task.n, ridge, task.label_noise, task.ensemble)
        evidence = mean_evidence(problem)
        value, off = float(evidence.log_evidence[0]), float(evidence.error_bar[0])
        cost = -value / n + _penalty(error, bar, trusted)
        found.append(Estimate(value, off, -value, cost, error, bar, n, trusted))
    return found


def of_function(task: Regression, spectra: Sequence[Spectrum], ridge: float) -> list[Estimate]:
    """A function of the curve, least best; its bar is not known, and the curve is trusted as a whole."""
    assert task.function is not None
    curves = task.curves(spectra, ridge, task.n)
    found = []
    for place in range(len(spectra)):
        each = [_trust(curves, place, size) for size in range(len(task.n))]
        curve = curves.curve(place)
        value = _value(task.function, curve)
        penalty = max(_penalty(*point) for point in each)
        found.append(
            Estimate(
                value,
                0.0,
                value,
                value + penalty * max(1.0, abs(value)),
                *each[-1][:2],
                float(task.n[-1]),
                all(point[2] for point in each),
            )
        )
    return found


# name -> what it does to some spectra at one ridge; a function of a curve has the name "function"
Objective = Callable[[Regression, Sequence[Spectrum], float], list[Estimate]]
OBJECTIVES: Mapping[str, Objective] = {"error": of_error, "samples": of_samples, "evidence": of_evidence}


def estimate_at(task: Regression, spectrum: Spectrum, ridge: float, n: float) -> tuple[float, float, bool]:
    """Error, its bar, and whether they are trusted, at one size; what the theory says of it is kept."""
    curves = task.curves([spectrum], ridge, np.array([n]))
    task.say([*curves.unlearnable, *(each.text for each in curves.warnings)])
    return _trust(curves, 0, 0)


def _points(curves: LearningCurves, size: int) -> Iterable[tuple[float, float, float, bool]]:
    for place in range(len(curves.spectra)):
        error, bar, trusted = _trust(curves, place, size)
        yield error, bar, float(curves.n[size]), trusted


def _trust(curves: LearningCurves, place: int, size: int) -> tuple[float, float, bool]:
    assert curves.error_bar is not None
    error, bar = float(curves.error[place, 0, size]), float(curves.error_bar[place, 0, size])
    return error, bar, bool(curves.converged[place, 0, size]) and bar <= LARGE * error


def _penalty(error: float, bar: float, trusted: bool) -> float:
    """0 where trusted, and from there on it grows with the bar, faster than an error falls there."""
    return 0.0 if trusted else 0.1 + 3 * max(0.0, math.log(max(bar, _TINY) / (LARGE * max(error, _TINY))))


def _of_error(error: float, bar: float, n: float, trusted: bool) -> Estimate:
    cost = math.log(max(error, _TINY)) + _penalty(error, bar, trusted)
    return Estimate(error, bar, error, cost, error, bar, n, trusted)


def _of_samples(
    task: Regression, spectrum: Spectrum, ridge: float, sizes: Floats, errors: Floats
) -> Estimate:
    reached = np.flatnonzero(errors <= task.goal)
    if not len(reached):
        error, bar, trusted = _trust(task.curves([spectrum], ridge, sizes[-1:]), 0, 0)
        cost = math.log(MOST_POINTS) + math.log(max(error, _TINY) / task.goal)
        return Estimate(math.inf, 0.0, math.inf, cost, error, bar, MOST_POINTS, trusted)
    first = int(reached[0])
    if not first:
        error, bar, trusted = _trust(task.curves([spectrum], ridge, sizes[:1]), 0, 0)
        return Estimate(1.0, 0.0, 1.0, _penalty(error, bar, trusted), error, bar, 1.0, trusted)
    low, high = float(sizes[first - 1]), float(sizes[first])
    slope = 0.0
    while high / low > 1 + 1e-3:
        between = np.geomspace(low, high, _BETWEEN)
        found = task.curves([spectrum], ridge, between).error[0, 0]
        at = max(1, int(np.flatnonzero(found <= task.goal)[0]))
        low, high = float(between[at - 1]), float(between[at])
        slope = math.log(found[at - 1] / found[at]) / math.log(high / low)
    share = math.log(found[at - 1] / task.goal) / max(math.log(found[at - 1] / found[at]), _TINY)
    n = low * (high / low) ** min(max(share, 0.0), 1.0)
    whole = float(math.ceil(n * (1 - 1e-12)))
    error, bar, trusted = _trust(task.curves([spectrum], ridge, np.array([whole])), 0, 0)
    # how many points more or less the bar is worth
    off = whole * bar / error / slope if slope > 0 else math.inf
    return Estimate(
        whole, off, whole, math.log(n) + _penalty(error, bar, trusted), error, bar, whole, trusted
    )


def _value(function: Callable[[LearningCurve], Any], curve: LearningCurve) -> float:
    try:
        value = function(curve)
    except Exception as error:
        said = (str(error).splitlines() or [""])[0]
        raise ValueError(
            f"objective must be a function that takes a LearningCurve (got {shown(function)}, which raised "
            f"{type(error).__name__} {said})"
        ) from error
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise ValueError(f"objective must return a finite number (got {shown(value)})")
    return found
