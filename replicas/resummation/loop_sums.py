"""The loop series by rings as sums over degrees: observables at first order, the error to the second."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from replicas.prediction import Prediction, Problem, kept_with_problem
from replicas.resummation.loop_kernel import ring_sums
from replicas.resummation.loop_series import loop_series
from replicas.resummation.rings import ring_tables
from replicas.saddle_point.saddle_point import solve_saddle_point


class LoopSums(NamedTuple):
    """The rows of `ring_sums`, shape (..., ROWS, n), with what is added to them, numbers or (..., 1).

    `passed`: ridge over total ridge; `unresolved`, `tail`: target power and trace of unknown degree.
    """

    rows: Floats
    kappa: Floats
    unresolved: float
    label_noise: float
    passed: Any
    tail: Any

    def _first(self, row: int) -> Floats:
        """Orders 0 and 1 of what begins in this row."""
        total: Floats = self.rows[..., row, :] + self.rows[..., row + 1, :]
        return total

    def observables(self) -> dict[str, Any]:
        """Every field of the prediction at first order but those by degree."""
        far = self._first(3)
        gain = far - 1.0
        bias = self._first(6) + self.unresolved
        signal = self._first(0) + self.unresolved * far
        noise = self.label_noise * gain
        fitted = self._first(8) + (self.unresolved + self.label_noise) * self._first(10)
        return {
            "error": signal + noise,
            "bias": bias,
            "variance": signal - bias + noise,
            "effective_ridge": self.kappa * (1.0 - self.rows[..., 14, :]),
            "posterior_variance": self._first(12) + self.tail,
            "label_noise_gain": gain,
            "training_error": self.passed**2 * fitted,
        }

    def errors(self) -> tuple[Floats, Floats, Floats]:
        """The error, order by order: the terms whose sum is the prediction."""
        noise = self.label_noise + self.unresolved
        zeroth, first, second = (self.rows[..., k, :] + noise * self.rows[..., 3 + k, :] for k in range(3))
        return zeroth - self.label_noise, first, second


class LoopOrders(NamedTuple):
    """The loop series of a problem: the prediction at first order, the terms of the error to the second."""

    first: Prediction
    errors: tuple[Floats, Floats, Floats]


@kept_with_problem
def loop_orders(problem: Problem) -> LoopOrders:
    """The loop series, on a sphere in one compiled call; of other spectra only what exactly N points do."""
    found, spectrum = solve_saddle_point(problem), problem.spectrum
    if spectrum.dim is None:
        series = loop_series(problem)
        with np.errstate(invalid="ignore", over="ignore"):
            zeroth, first, second = series.error(problem)
            return LoopOrders(series.truncate(1).prediction(problem), (zeroth, first, second))
    by_degree = np.empty((1, 2, len(problem.n), len(problem.powers)))
    rows = ring_sums(
        np.ascontiguousarray(problem.n),
        np.zeros(1, dtype=np.int64),
        np.array([problem.total_ridge]),
        np.ascontiguousarray(spectrum.eigenvalues)[None],
        np.ascontiguousarray(spectrum.degree_traces)[None],
        problem.powers,
        np.array([found[:3]]),
        ring_tables(problem, found.kappa),
        by_degree,
    )[0]
    passed = problem.ridge / problem.total_ridge if problem.total_ridge > 0 else 1.0
    sums = LoopSums(rows, found.kappa, problem.unresolved, problem.label_noise, passed, spectrum.tail)
    learnt, errors = by_degree[0]
    with np.errstate(over="ignore", invalid="ignore"):  # gamma may round to 1
        prediction = Prediction(coefficients=learnt, error_by_degree=errors, **sums.observables())
        return LoopOrders(prediction, sums.errors())
