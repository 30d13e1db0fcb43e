r"""How far to trust a theory of learning curves, field by field.

The best theory at hand is the first order of the loop expansion (`loop_series`). What is left out begins with
the second order, of which the iterated rings are one part and two-loop diagrams another, of opposite sign:
the size of the one part stands for the whole; and with the words on two points that are no rings. Beside
that, a share of the first order, what exactly N points change divided by N once more, the tail of the
spectrum counted as a pure ridge, and target power of unknown degree, counted as never learnt. Sizes are those
of the parts of each degree, which do not cancel.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_types import Booleans, Floats
from replicas.prediction import Prediction, Problem
from replicas.resummation.loop_sums import OrderSizes
from replicas.saddle_point.saddle_point import SaddlePoint

BARS = MappingProxyType(
    {
        name: f"{name}_bar"
        for name in (
            "error",
            "bias",
            "variance",
            "training_error",
            "posterior_variance",
            "label_noise_gain",
            "coefficients",
        )
    }
)
LARGE = 0.5  # of the error: a bar that is said
FELT = 1e-3  # of the error: what a tail changes that is said
UNKNOWN = 1e3  # times the value: as much as a bar ever says
SHARE = 0.03  # of the first order that is doubted however small the second


class Assessment(NamedTuple):
    """What the best theory says, with bars, for all others to be measured by, and warnings in words."""

    best: Prediction
    warnings: tuple[str, ...]

    def judge(self, problem: Problem, prediction: Prediction) -> Prediction:
        """With bars, the distance from the best theory plus the bar of that, and with all warnings."""
        best = self.best
        bars: dict[str, Any] = {
            bar: np.abs(getattr(prediction, name) - getattr(best, name)) + getattr(best, bar)
            for name, bar in BARS.items()
        }
        assert best.error_bar is not None
        said = distance_warnings(problem.n, prediction.error, best.error, best.error_bar)
        warnings = (*self.warnings, *prediction.warnings, *said, *prediction.impossible())
        return replace(prediction, **bars, warnings=warnings)


def distance_warnings(n: Floats, error: Floats, best: Floats, bar: Floats) -> tuple[str, ...]:
    """What to say of a theory that is far from the best one, in units of its bar."""
    off = is_far(error, best, bar)
    if not off.any():
        return ()
    return (f"this theory is off by more than half of the error, at n = {n[off][0]:g} for one: see its bar",)


def is_far(error: Floats, best: Floats, bar: Floats) -> Booleans:
    """Where a theory is far from the best one, in units of its bar."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(error - best) > 0.5 * np.abs(best) + bar)


def first_order_bar(sizes: OrderSizes, n: Floats) -> Floats:
    """How far a first order may be off, from the sizes of its parts; infinite where these are unknown."""
    second, poisson, frozen, pairs = sizes
    with np.errstate(invalid="ignore"):
        return _or_infinite(second + pairs + SHARE * (poisson + frozen) + frozen / n)


def zeroth_order_bar(zeroth: Floats, first: Floats, bar: Floats) -> Floats:
    """The bar where the zeroth order stands in for a first order that makes no sense, which has this bar."""
    with np.errstate(invalid="ignore"):
        return _or_infinite(np.abs(first - zeroth)) + bar


def bounded(value: Floats, bar: Floats) -> Floats:
    """A bar that says no more than that the value is unknown."""
    return np.minimum(bar, UNKNOWN * np.abs(value))


def _or_infinite(bar: Floats) -> Floats:
    return np.where(np.isfinite(bar), bar, np.inf)


def tail_bars(problem: Problem, found: SaddlePoint) -> dict[str, Any]:
    """What the tail of the spectrum and target power of unknown degree add to the bar of each field.

    By `tail_correction`, x/(1 - gamma) for log kappa and three times that for the error; the tail's own
    posterior variance falls by at most its largest eigenvalue over kappa.
    """
    unknown = problem.unresolved
    bars: dict[str, Any] = dict.fromkeys(("error", "bias", "variance", "training_error"), unknown)
    spectrum, n, noise = problem.spectrum, problem.n, problem.label_noise
    if spectrum.tail == 0:
        return bars
    share = tail_correction(problem, found)
    values = found.observables(n, problem.ridge, noise)
    felt = share * (found.error(0.0) + noise / found.one_minus_gamma)
    learnt = spectrum.eigenvalues / (spectrum.eigenvalues + found.kappa[:, None])
    own = spectrum.tail * spectrum.tail_eigenvalue / found.kappa
    return {
        "error": felt + unknown,
        "bias": share * values["bias"] + unknown,
        "variance": felt + unknown,
        "training_error": 2 * share * values["training_error"] + unknown,
        "posterior_variance": share * n * found.kappa + own,
        "label_noise_gain": share / found.one_minus_gamma,
        "coefficients": share[:, None] * learnt * (1 - learnt),
    }


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
    kappa = np.where(tail > 0, kappa, 1.0)  # without a tail or a ridge it may be 0
    return np.asarray(3 * (tail / (n * kappa**2)) / one_minus_gamma)
