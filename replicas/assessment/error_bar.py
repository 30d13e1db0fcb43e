r"""How far to trust a theory of learning curves.

The best theory at hand is the first order of the loop expansion (`loop_series`). What is left out begins with
the second order, of which the iterated rings are one part and two-loop diagrams another, of opposite sign:
the size of the one part stands for the whole. Beside that, a tenth of the first order, what exactly N points
change divided by N once more, the tail of the spectrum counted as a pure ridge, and target power of unknown
degree, counted as never learnt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_types import Booleans, Floats
from replicas.prediction import Prediction, Problem, kept_with_problem
from replicas.resummation.loop_sums import loop_orders
from replicas.saddle_point.saddle_point import SaddlePoint, solve_saddle_point

_DIFFERENCE = 1e-3
BELOW, ABOVE = 1 - _DIFFERENCE, 1 + _DIFFERENCE  # sizes for the second derivative, relative
LARGE = 0.5  # of the error: a bar that is said
FELT = 1e-3  # of the error: what a tail changes that is said
UNKNOWN = 1e3  # times the error: as much as a bar ever says
SHARE = 0.1  # of the first order that is doubted however small the second


class Assessment(NamedTuple):
    """What the best theory says, for all others to be measured by: error, its bar, and warnings in words."""

    error: Floats
    bar: Floats
    warnings: tuple[str, ...]

    def judge(self, problem: Problem, prediction: Prediction) -> Prediction:
        """With a bar, the distance from the best theory plus the bar of that, and with all warnings."""
        bar = np.abs(prediction.error - self.error) + self.bar
        said = self.distance_warnings(problem.n, prediction.error)
        warnings = (*self.warnings, *prediction.warnings, *said, *prediction.impossible())
        return replace(prediction, error_bar=bar, warnings=warnings)

    def distance_warnings(self, n: Floats, error: Floats) -> tuple[str, ...]:
        """What to say of a theory that is far from the best one, in units of its bar."""
        off = is_far(error, self.error, self.bar)
        if not off.any():
            return ()
        return (
            f"this theory is off by more than half of the error, at n = {n[off][0]:g} for one: see its bar",
        )


def is_far(error: Floats, best: Floats, bar: Floats) -> Booleans:
    """Where a theory is far from the best one, in units of its bar."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(error - best) > 0.5 * np.abs(best) + bar)


@kept_with_problem
def loop_assessment(problem: Problem) -> Assessment:
    """The error at first order, its bar and what is to be said, from the loop series to second order."""
    found, spectrum, n = solve_saddle_point(problem), problem.spectrum, problem.n
    orders = loop_orders(problem).errors
    frozen, warnings = None, []
    if spectrum.dim is not None and problem.ensemble == "fixed":
        frozen = frozen_number(problem)
    if spectrum.dim is None:
        warnings.append(
            "spectrum has no dim: crossed diagrams, which need it, are estimated, for the bar only"
        )
        bar = np.abs(_or_infinite(orders[1])) + orders[0] * crossing_estimate(problem, found)
        error, bar = _bounded(orders[0], orders, bar)
    else:
        error, bar = first_order_bar(orders, frozen, n)
    tail = tail_correction(problem, found)
    size = bar_sizes(error, bar)
    warnings += bar_warnings(n, size, tail, spectrum.max_degree)
    noise = problem.label_noise / found.one_minus_gamma
    return Assessment(error, bar + tail * (orders[0] + noise) + problem.unresolved, tuple(warnings))


def first_order_bar(orders: Sequence[Floats], frozen: Floats | None, n: Floats) -> tuple[Floats, Floats]:
    """The error at first order, and how far it may be off; arrays with n as last axis.

    `orders`: terms of the error to second order; `frozen`: `frozen_number` for exactly N points.
    """
    first, second = _or_infinite(orders[1]), _or_infinite(orders[2])
    doubted = np.abs(first)
    if frozen is not None:
        doubted = doubted + np.abs(frozen) * (1 + 1 / (SHARE * n))
    return _bounded(orders[0] + first, orders, np.abs(second) + SHARE * doubted)


def _or_infinite(term: Floats) -> Floats:
    return np.where(np.isfinite(term), term, np.inf)


def _bounded(error: Floats, orders: Sequence[Floats], bar: Floats) -> tuple[Floats, Floats]:
    """The bar, and the zeroth order where nothing is left of an expansion with such a first order."""
    zeroth, first = orders[0], _or_infinite(orders[1])
    lost = ~((error >= 0) & (error < np.inf))
    bound = np.minimum(bar + np.abs(first), UNKNOWN * zeroth)
    return np.where(lost, zeroth, error), np.where(lost, bound, np.minimum(bar, UNKNOWN * error))


def bar_sizes(error: Floats, bar: Floats) -> Floats:
    """The bar relative to the error."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bar > 0, bar / error, 0.0)


def bar_warnings(n: Floats, size: Floats, tail: Floats, max_degree: int) -> list[str]:
    """What to say of a curve whose bar is of this size and whose tail changes it so much."""
    said = []
    if (size > LARGE).any():
        where = n[int(np.argmax(size))]
        said.append(
            f"corrections to the theory are as large as its error, at n = {where:g} for one: take it as an "
            "order of magnitude only (small ridge, low dimension, n near a plateau of the spectrum)"
        )
    if (tail > FELT).any():
        worst = int(np.argmax(tail))
        said.append(
            f"degrees above {max_degree} count as ridge, which puts the error off by up to "
            f"{tail[worst]:.1g} of itself at n = {n[worst]:g}: raise max_degree"
        )
    return said


def frozen_number(problem: Problem) -> Floats:
    """-(N/2) d^2E/dN^2: what exactly N points change at first order; the next one is smaller by 1/N.

    By central differences of the self-consistent error; infinite where those meet the divergence at N =
    number of modes without ridge.
    """
    around = problem.at(problem.n * BELOW), problem, problem.at(problem.n * ABOVE)
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = [solve_saddle_point(each).error(problem.label_noise) for each in around]
    return frozen_difference(errors, problem.n)


def frozen_difference(errors: Sequence[Floats], n: Floats) -> Floats:
    """`frozen_number` from the errors at n BELOW, n and n ABOVE."""
    with np.errstate(invalid="ignore"):
        found = -(errors[0] - 2 * errors[1] + errors[2]) / (2 * n * _DIFFERENCE**2)
    return np.where(np.isfinite(found), found, np.inf)


def crossing_estimate(problem: Problem, found: SaddlePoint) -> Floats:
    """How large crossed diagrams may be, relative to the error, where the eigenfunctions are not known.

    The leading word 1212 adds N^2 T^4 [G^3]_l to N T, and [G^3]_l <= G(x,x) [G^2]_0: at most gamma times
    T G(x,x) = 1 - ridge/(N kappa), the share of the points that is fitted. The response 1/(1 - gamma) makes
    an estimate of it, not a bound: the error can feel a self-energy several times over.
    """
    kappa = np.where(found.kappa > 0, found.kappa, np.inf)
    fitted = 1 - problem.total_ridge / (problem.n * kappa)
    return np.asarray(found.gamma * fitted / found.one_minus_gamma)


def tail_correction(problem: Problem, found: SaddlePoint) -> Floats:
    """Relative error of counting the tail as ridge: its lambda/kappa in the sums for kappa and gamma.

    First order in x = tail tail_eigenvalue/(N kappa^2): kappa changes by x/(1-gamma) at most, gamma by x,
    and the error with both: at most 3 x/(1-gamma) in all.
    """
    spectrum = problem.spectrum
    if spectrum.tail == 0:
        return np.zeros_like(found.kappa)
    return tail_share(spectrum.tail * spectrum.tail_eigenvalue, problem.n, found.kappa, found.one_minus_gamma)


def tail_share(tail: Any, n: Floats, kappa: Floats, one_minus_gamma: Floats) -> Floats:
    """`tail_correction` for a tail times the eigenvalue that bounds it."""
    return np.asarray(3 * (tail / (n * kappa**2)) / one_minus_gamma)
