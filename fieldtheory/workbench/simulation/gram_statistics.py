"""Means and standard errors over training sets that were drawn from the points of a data set."""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.eigenvalues.eigenvalues import EPS
from fieldtheory.workbench.simulation.gram_regression import GramAverages


def gram_statistics(found: list[GramAverages], label_noise: float, unseen: bool) -> dict[str, Any]:
    """By the field names of `GramSimulation`: a mean and, with `_stderr`, its standard error.

    `found`: the training sets, at least two, with a point that counts.

    The bias sum_i w_i <r_i>^2 is a sum over pairs of different training sets, which makes it unbiased: with
    z_a = r_a sqrt(w/(c (c - 1))), c_i the number of training sets in which point i counts (points where that
    is below 2 are left out), it is sum_{a != b} z_a . z_b. Its standard error, and that of the variance, come
    from the linearised contribution of each training set, so that correlations with the error count, and the
    second-order term.
    """
    residuals = np.stack([each.residuals for each in found])  # (sets, M, outputs)
    sets, number, outputs = residuals.shape
    weights = np.ones((sets, number))
    if unseen:
        weights = np.stack([~each.drawn for each in found]).astype(np.float64)
    relative = EPS * max(each.condition for each in found)
    rounding = max(each.rounding for each in found)
    gain = np.array([each.label_noise_gain for each in found])
    noise_free = np.einsum("ai,aio->ao", weights, residuals**2) / weights.sum(axis=1)[:, None]
    by_output = noise_free + label_noise * gain[:, None] / outputs
    error = by_output.sum(axis=1)

    times = weights.sum(axis=0)  # of the training sets in which a point counts
    squares = (residuals**2).sum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        by_point = (weights * squares).sum(axis=0) / times
        spread = (weights * (squares - by_point) ** 2).sum(axis=0) / (times - 1)
        by_point_stderr = np.sqrt(spread / times)

    twice = times >= 2
    share = twice / max(1, twice.sum())
    pairs = np.divide(share, times * (times - 1), out=np.zeros(number), where=twice)
    once = np.divide(share, times, out=np.zeros(number), where=twice)
    weighted = residuals * weights[:, :, None]
    total = weighted.sum(axis=0)
    own = np.einsum("i,aio,aio->o", pairs, weighted, weighted)
    bias_by_output = np.einsum("i,io,io->o", pairs, total, total) - own
    mean = total / np.maximum(times, 1)[:, None]
    centred = (residuals - mean) * weights[:, :, None]
    slopes = 2 * sets * np.einsum("i,io,aio->ao", once, mean, centred)  # mean zero
    steps = (centred * np.sqrt(once / np.maximum(times, 1))[:, None]).reshape(sets, -1)
    overlaps = steps @ steps.T
    np.fill_diagonal(overlaps, 0.0)  # of a set with itself: noise, where there are many points
    second_order = 2.0 * float((overlaps**2).sum())

    training_by_output = np.stack([each.training_by_output for each in found])
    missed = np.array([each.training_label_noise for each in found])
    training_by_output = training_by_output + label_noise * missed[:, None] / outputs
    variance = np.array([each.posterior_variance for each in found])
    bias = float(bias_by_output.sum())

    def measured(samples: Floats, rounding: float, second_order: float = 0.0) -> tuple[Any, Any]:
        spread = np.var(samples, axis=0, ddof=1) / len(samples)
        return samples.mean(axis=0), np.sqrt(spread + rounding**2 + second_order)

    _, bias_stderr = measured(slopes.sum(axis=1), rounding, second_order)
    _, bias_by_output_stderr = measured(slopes, rounding, second_order)
    _, variance_stderr = measured(error - slopes.sum(axis=1), rounding, second_order)
    pairs_of = {
        "error": measured(error, rounding),
        "bias": (bias, bias_stderr),
        "variance": (error.mean() - bias, variance_stderr),
        "posterior_variance": measured(variance, max(each.rounding_of_variance for each in found)),
        "label_noise_gain": measured(gain, 2 * relative * gain.mean()),
        "training_error": measured(training_by_output.sum(axis=1), 2 * relative * training_by_output.mean()),
        "error_by_point": (by_point, np.hypot(by_point_stderr, rounding)),
        "error_by_output": measured(by_output, rounding),
        "bias_by_output": (bias_by_output, bias_by_output_stderr),
        "training_error_by_output": measured(training_by_output, 2 * relative * training_by_output.mean()),
    }
    means = {name: mean for name, (mean, _) in pairs_of.items()}
    errors = {f"{name}_stderr": stderr for name, (_, stderr) in pairs_of.items()}
    condition = max(each.condition for each in found)
    return means | errors | {"rounding": rounding, "condition": condition}
