"""What many data sets on the sphere say: every average over data sets, with its standard error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.workbench.simulation.dataset_regression import DatasetAverages

_ARRAYS = ("coefficients", "error_by_degree", "training_by_degree")
_NUMBERS = ("posterior_variance", "label_noise_gain", "training_label_noise")


class Estimate(NamedTuple):
    """The average of a quantity over data sets.

    `shares`: what each data set contributes, to first order; data sets are the first axis. `rounding` and
    `second_order`: standard error and variance that the scatter of these does not show.
    """

    mean: Any
    shares: Floats
    rounding: Any
    second_order: Any = 0.0

    @property
    def stderr(self) -> Any:
        """Standard error of the mean."""
        variance = np.var(self.shares, axis=0, ddof=1) / len(self.shares)
        return np.sqrt(variance + self.rounding**2 + self.second_order)


@dataclass(frozen=True, eq=False)
class DatasetTable:
    """The averages of many data sets as rows of one matrix, and the largest of their roundings.

    `rows`: a_l, E_l and training error by degree, then V, W and the training error of noise.
    """

    rows: Floats
    roundings: Mapping[str, Any]

    @classmethod
    def of(cls, datasets: Sequence[DatasetAverages]) -> DatasetTable:
        """The table of these data sets."""
        rows = [
            np.concatenate(
                [getattr(each, name) for name in _ARRAYS] + [[getattr(each, name) for name in _NUMBERS]]
            )
            for each in datasets
        ]
        names = [name for name in vars(datasets[0]) if "rounding" in name]
        roundings = {name: np.max([getattr(each, name) for each in datasets], axis=0) for name in names}
        return cls(np.array(rows), roundings)

    @property
    def degrees(self) -> int:
        """How many degrees the averages by degree have."""
        return int(self.rows.shape[1] - len(_NUMBERS)) // len(_ARRAYS)

    def by_degree(self, name: str) -> Floats:
        """One of the averages by degree, (data sets, degrees)."""
        place = _ARRAYS.index(name) * self.degrees
        return self.rows[:, place : place + self.degrees]

    def number(self, name: str) -> Floats:
        """One of the other averages, (data sets,)."""
        return self.rows[:, len(_ARRAYS) * self.degrees + _NUMBERS.index(name)]

    def estimates(self, powers: Floats, label_noise: float) -> dict[str, Estimate]:
        """Averages over data sets, by the field names of `Simulation`.

        The bias is a quadratic function of the mean coefficients.  Its standard error, and that of the
        variance, come from the linearised contribution of each data set (so that correlations between error
        and coefficients count) plus the second-order term, which is what is left when ⟨a_l⟩ is close to 1.
        """
        coefficients, by_degree = self.by_degree("coefficients"), self.by_degree("error_by_degree")
        gain = self.number("label_noise_gain")
        error = by_degree @ powers + label_noise * gain
        training = self.by_degree("training_by_degree") @ powers
        training = training + label_noise * self.number("training_label_noise")
        deviation = 1.0 - coefficients.mean(axis=0)
        covariance = np.atleast_2d(np.cov(coefficients, rowvar=False)) / len(self.rows)
        bias_by_degree = deviation**2 - np.diag(covariance)
        bias = float(powers @ bias_by_degree)
        # Contribution of one data set to the bias, to first order: −2 Σ g_l² (1 − ⟨a_l⟩) a_l.
        slopes = -2.0 * coefficients * deviation
        second_order = 2.0 * float(powers @ covariance**2 @ powers)
        second_by_degree = 2.0 * np.diag(covariance) ** 2

        of, relative = self.roundings, self.roundings["relative_rounding"]
        rounding = float(powers @ of["rounding_by_degree"]) + label_noise * of["rounding_of_gain"]
        training_rounding = 2.0 * relative * training.mean()
        training_rounding += float(powers.sum()) * of["rounding_of_training"]
        bias_rounding = relative * float(np.abs(slopes).mean(axis=0) @ powers)
        posterior_variance = self.number("posterior_variance")
        by_degree_mean, by_degree_rounding = by_degree.mean(axis=0), of["rounding_by_degree"]
        return {
            "error": Estimate(error.mean(), error, rounding),
            "bias": Estimate(bias, slopes @ powers, bias_rounding, second_order),
            "variance": Estimate(error.mean() - bias, error - slopes @ powers, rounding, second_order),
            "coefficients": Estimate(
                coefficients.mean(axis=0), coefficients, relative * np.abs(coefficients).mean(axis=0)
            ),
            "error_by_degree": Estimate(by_degree_mean, by_degree, by_degree_rounding),
            "variance_by_degree": Estimate(
                by_degree_mean - bias_by_degree, by_degree - slopes, by_degree_rounding, second_by_degree
            ),
            "posterior_variance": Estimate(
                posterior_variance.mean(), posterior_variance, of["rounding_of_variance"]
            ),
            "label_noise_gain": Estimate(gain.mean(), gain, of["rounding_of_gain"]),
            "training_error": Estimate(training.mean(), training, training_rounding),
        }
