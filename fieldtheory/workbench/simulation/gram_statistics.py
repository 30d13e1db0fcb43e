"""What many training sets drawn from the points of a data set say: averages with their standard errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.eigenvalues.eigenvalues import EPS
from fieldtheory.workbench.simulation.dataset_statistics import Estimate
from fieldtheory.workbench.simulation.gram_regression import GramAverages


def gram_statistics(found: list[GramAverages], label_noise: float, unseen: bool) -> dict[str, Any]:
    """By the field names of `GramSimulation`: a mean and, with `_stderr`, its standard error.

    `found`: the training sets, at least two, with a point that counts.
    """
    table = GramTable.of(found, unseen)
    estimates = table.estimates(label_noise)
    means = {name: each.mean for name, each in estimates.items()}
    errors = {f"{name}_stderr": each.stderr for name, each in estimates.items()}
    return means | errors | {"rounding": table.rounding, "condition": table.condition}


@dataclass(frozen=True, eq=False)
class GramTable:
    """The averages of many training sets, which are the first axis, and the largest of their roundings.

    `noise_free`, `training`: error and training error by output, of labels without noise; `missed`: training
    error of noise; `residuals`: (sets, M, outputs); `weights`: (sets, M), which points count.
    """

    noise_free: Floats
    training: Floats
    gain: Floats
    posterior_variance: Floats
    missed: Floats
    residuals: Floats
    weights: Floats
    condition: float
    rounding: float
    rounding_of_variance: float

    @classmethod
    def of(cls, found: list[GramAverages], unseen: bool) -> GramTable:
        """The table of these training sets."""
        residuals = np.stack([each.residuals for each in found])
        weights = np.ones(residuals.shape[:2])
        if unseen:
            weights = np.stack([~each.drawn for each in found]).astype(np.float64)
        return cls(
            noise_free=np.einsum("ai,aio->ao", weights, residuals**2) / weights.sum(axis=1)[:, None],
            training=np.stack([each.training_by_output for each in found]),
            gain=np.array([each.label_noise_gain for each in found]),
            posterior_variance=np.array([each.posterior_variance for each in found]),
            missed=np.array([each.training_label_noise for each in found]),
            residuals=residuals,
            weights=weights,
            condition=max(each.condition for each in found),
            rounding=max(each.rounding for each in found),
            rounding_of_variance=max(each.rounding_of_variance for each in found),
        )

    def estimates(self, label_noise: float) -> dict[str, Estimate]:
        """Averages over training sets, by the field names of `GramSimulation`.

        The bias sum_i w_i <r_i>^2 is a sum over pairs of different training sets, which makes it unbiased:
        with z_a = r_a sqrt(w/(c (c - 1))), c_i the number of training sets in which point i counts (points
        where that is below 2 are left out), it is sum_{a != b} z_a . z_b. Its standard error, and that of the
        variance, come from the linearised contribution of each training set, so that correlations with the
        error count, and the second-order term.
        """
        residuals, weights, rounding = self.residuals, self.weights, self.rounding
        sets, number, outputs = residuals.shape
        relative = EPS * self.condition
        by_output = self.noise_free + label_noise * self.gain[:, None] / outputs
        error = by_output.sum(axis=1)

        times = weights.sum(axis=0)  # of the training sets in which a point counts
        squares = (residuals**2).sum(axis=2)
        with np.errstate(invalid="ignore", divide="ignore"):
            by_point = (weights * squares).sum(axis=0) / times
            # whose variance over all sets, over their number, is that of the mean over those that count
            scale = np.sqrt(sets * (sets - 1) / (times * (times - 1)))
            point_shares = weights * (squares - by_point) * scale

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
        second_order = 2.0 * _overlaps(steps)

        training = self.training + label_noise * self.missed[:, None] / outputs
        bias, gain, variance = float(bias_by_output.sum()), self.gain, self.posterior_variance
        missed = 2 * relative * training.mean()
        return {
            "error": Estimate(error.mean(), error, rounding),
            "bias": Estimate(bias, slopes.sum(axis=1), rounding, second_order),
            "variance": Estimate(error.mean() - bias, error - slopes.sum(axis=1), rounding, second_order),
            "posterior_variance": Estimate(variance.mean(), variance, self.rounding_of_variance),
            "label_noise_gain": Estimate(gain.mean(), gain, 2 * relative * gain.mean()),
            "training_error": Estimate(training.sum(axis=1).mean(), training.sum(axis=1), missed),
            "error_by_point": Estimate(by_point, point_shares, rounding),
            "error_by_output": Estimate(by_output.mean(axis=0), by_output, rounding),
            "bias_by_output": Estimate(bias_by_output, slopes, rounding, second_order),
            "training_error_by_output": Estimate(training.mean(axis=0), training, missed),
        }


def _overlaps(steps: Floats) -> float:
    """sum_{a != b} (s_a . s_b)^2 over the rows: of one with itself it would be noise, for many columns."""
    own = np.einsum("ak,ak->a", steps, steps)
    if len(steps) <= steps.shape[1]:
        squares = steps @ steps.T
        np.fill_diagonal(squares, 0.0)
        return float((squares**2).sum())
    return max(float(((steps.T @ steps) ** 2).sum() - own @ own), 0.0)
