r"""Learning curves at finite width: at every size that of infinite width with the ridge chi kappa/R.

R, the scale of the kernel, is the saddle of `AveragedScale`. The bar adds to that of the theory what the
scale does beyond: its one loop, its fluctuation between data sets, and R from the averages of the theory in
place of the self-consistent ones; and where the kernel has a shape, more than one degree, what networks do
to that: the kernel of the last layer changes by (V/2n)(tau tau^T - (K + kappa)^-1), of relative size
(tr + tau^T K tau)/n (over layers: the sum of 1/n), which may go into any degree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from fieldtheory.array_types import Floats
from renormalization.feature_learning.curves.averaged_scale import AveragedScale
from replicas.assessment.error_bar import BARS
from replicas.assessment.judge import predict
from replicas.prediction import Prediction, Problem
from replicas.saddle_point.saddle_point import saddle_point_prediction, solve_saddle_point

_ERRORS, _SPREAD = ("error", "bias", "variance"), ("error", "variance")


@dataclass(frozen=True, eq=False)
class RescaledCurve:
    """The prediction, and R at every size."""

    prediction: Prediction
    rescaling: Floats


def rescaled_curve(
    problem: Problem,
    widths: tuple[int, ...],
    feature_strength: float,
    theory: str,
    order: int | None,
    error_bar: bool,
) -> RescaledCurve:
    """The learning curve of networks of these widths by a theory of the data average.

    `problem`: that of infinite width with the ridge chi kappa, which must be positive, on a sphere.
    """
    found, scales = [], []
    for size in problem.n:
        one = problem.at(np.array([size]))
        action = AveragedScale(one, problem.ridge, widths, feature_strength)
        saddles = action.saddles()
        scale = action.scale(saddles[0])
        rescaled = replace(one, ridge=problem.ridge / scale)
        prediction = predict(rescaled, theory, order, error_bar=error_bar)
        if error_bar:
            prediction = _with_bars(action, saddles[0], rescaled, prediction)
        if len(saddles) > 1:
            scales_in_words = " and ".join(f"{action.scale(each):.3g}" for each in saddles)
            said = f"the scale of the kernel may be {scales_in_words} at n = {size:g}: the likeliest is taken"
            prediction = replace(prediction, warnings=(*prediction.warnings, said))
        variance = scale / feature_strength
        bar = prediction.posterior_variance_bar
        found.append(
            replace(
                prediction,
                posterior_variance=variance * prediction.posterior_variance,
                posterior_variance_bar=None if bar is None else variance * bar,
            )
        )
        scales.append(scale)
    return RescaledCurve(_joined(found), np.array(scales))


def _joined(found: list[Prediction]) -> Prediction:
    """One prediction for all sizes."""
    arrays: dict[str, Any] = {
        each.name: np.concatenate([getattr(one, each.name) for one in found])
        for each in fields(Prediction)
        if isinstance(getattr(found[0], each.name), np.ndarray)
    }
    warnings = tuple(dict.fromkeys(said for one in found for said in one.warnings))
    return replace(found[0], **arrays, warnings=warnings)


def _with_bars(action: AveragedScale, q: float, problem: Problem, prediction: Prediction) -> Prediction:
    """The bars of the theory with what the scale of the kernel does beyond its saddle."""
    mean, deviation = action.fluctuation(q)
    below, here, above = (
        replace(problem, ridge=problem.ridge * math.exp(step)) for step in (deviation, 0.0, -deviation)
    )
    values = [saddle_point_prediction(each) for each in (below, here, above)]
    # a sum over random points is known to sqrt(2/N) of itself
    drawn = math.sqrt(2 / action.size)
    between = action.learnt_and_fitted(q)[1] * drawn * deviation**2 / 2
    moved = between * drawn + _misplaced(action, q, prediction) * deviation**2 / 2
    # <f>_Q is one predictor: the spread of f_Q around it does not count
    spread = (_overlap(below, below) - 2 * _overlap(below, above) + _overlap(above, above)) / 4
    reshaped, felt = _reshaped(action, q), float(np.abs(error_by_eigenvalues(problem)).sum())
    bars: dict[str, Any] = {}
    for name, bar in BARS.items():
        low, middle, high = (getattr(each, name) for each in values)
        slope, curvature = (high - low) / (2 * deviation), (high - 2 * middle + low) / deviation**2
        loop = mean * slope + deviation**2 / 2 * curvature
        if name in _SPREAD:
            loop = loop - spread
        more = np.abs(loop) + np.abs(slope) * moved + np.abs(curvature) * between**2 / 2
        more = more + (felt if name in _ERRORS else np.abs(slope)) * reshaped
        bars[bar] = getattr(prediction, bar) + more
    return replace(prediction, **bars)


def _misplaced(action: AveragedScale, q: float, prediction: Prediction) -> float:
    """By how much the force on log Q changes with the averages of the theory.

    For every data set tr[K (K + rho)^-1] = sum deg a_l and g^T (K + rho)^-1 g = sum g_l^2 a_l/lambda_l.
    """
    problem, size = action.problem, action.size
    ridge, scale = action.ridge / action.scale(q), action.scale(q)
    learnt, fitted = action.learnt_and_fitted(q)
    coefficients, values = prediction.coefficients[0], problem.spectrum.eigenvalues
    known = values > 0
    traces = problem.spectrum.multiplicities[known] * coefficients[known]
    tail = problem.spectrum.tail / action.effective_ridge(q)
    new_learnt = float(traces.sum()) + tail
    noise = problem.label_noise + problem.unresolved + float(problem.powers[~known].sum())
    quadratic = float(problem.powers[known] @ (coefficients[known] / values[known]))
    quadratic += noise * (size - new_learnt) / ridge
    x = quadratic - size * float(prediction.training_error[0]) / ridge
    return abs(new_learnt - learnt) + abs(action.feature_strength / scale * x - fitted)


def _reshaped(action: AveragedScale, q: float) -> float:
    """By how much of itself the kernel may change its shape; a kernel of one degree has none."""
    if np.count_nonzero(action.problem.spectrum.eigenvalues) + (action.problem.spectrum.tail > 0) < 2:
        return 0.0
    learnt, fitted = action.learnt_and_fitted(q)
    return (learnt + fitted / action.scale(q)) * sum(1 / width for width in action.widths)


def error_by_eigenvalues(problem: Problem) -> Floats:
    """Derivatives of the self-consistent error by the logarithm of each eigenvalue, at the first size."""
    spectrum, found, n = problem.spectrum, solve_saddle_point(problem), problem.n[0]
    kappa, rest = found.kappa[0], found.one_minus_gamma[0]
    missed = kappa / (spectrum.eigenvalues + kappa)
    learnt = spectrum.eigenvalues / (spectrum.eigenvalues + kappa)
    counts = spectrum.degree_traces / (spectrum.eigenvalues + kappa)  # deg a
    bias, gamma = -2 * problem.powers * missed**2 * learnt, 2 * counts * learnt * missed / n
    by_kappa = counts * missed / (n * rest)
    noise = problem.label_noise + found.error(problem.label_noise)[0]
    slopes = (bias - bias.sum() * by_kappa) + noise * (gamma - gamma.sum() * by_kappa)
    return np.asarray(slopes / rest)


def _overlap(one: Problem, two: Problem) -> Floats:
    """Mean over data sets of the product of the errors of two predictors, at ridges of their own."""
    found = [solve_saddle_point(each).kappa[0] for each in (one, two)]
    values, counts = one.spectrum.eigenvalues, one.spectrum.multiplicities
    first, second = (values / (values + kappa) for kappa in found)
    both = float(counts @ (first * second)) / one.n[0]
    missed = float(one.powers @ ((1 - first) * (1 - second))) + one.unresolved
    return np.array([(missed + one.label_noise * both) / (1 - both)])
