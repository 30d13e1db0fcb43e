"""The loop series by rings as sums over degrees: observables at first order, and how large the rest is."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from replicas.prediction import Prediction, Problem, kept_with_problem
from replicas.resummation.loop_kernel import (
    BIAS,
    ERRORS,
    FAR,
    FAR_TRAINING,
    FIRST,
    FROZEN_SIZE,
    LEARNT,
    LEARNT_SIZES,
    LOCAL,
    PAIR_SIZE,
    POISSON_SIZE,
    POSTERIOR,
    SECOND_SIZE,
    SIGNAL,
    TRAINING,
    VARIANCE,
    ZEROTH,
    ring_sums,
)
from replicas.resummation.loop_series import loop_series
from replicas.resummation.pair_kernel import pair_tables
from replicas.resummation.rings import ring_tables
from replicas.saddle_point.saddle_point import solve_saddle_point

_SIZES = (SECOND_SIZE, POISSON_SIZE, FROZEN_SIZE, PAIR_SIZE)


class OrderSizes(NamedTuple):
    """How large parts of an average are, degree by degree: of its second order, of its first order with a
    Poisson number of points, of what exactly N points change in that, and of the words on two points."""

    second: Floats
    poisson: Floats
    frozen: Floats
    pairs: Floats


class LoopSums(NamedTuple):
    """What `ring_sums` finds, shape (..., sums, parts, n), with what is added, numbers or (..., 1).

    `passed`: ridge over total ridge; `unresolved`, `tail`: target power and trace of unknown degree.
    """

    sums: Floats
    kappa: Floats
    unresolved: float
    label_noise: float
    passed: Any
    tail: Any

    def _part(self, row: int, part: int) -> Floats:
        found: Floats = self.sums[..., row, part, :]
        return found

    def _first(self, row: int) -> Floats:
        """Orders 0 and 1 of a sum."""
        return self._part(row, ZEROTH) + self._part(row, FIRST)

    def observables(self) -> dict[str, Any]:
        """Every field of the prediction at first order but those by degree.

        The effective ridge is the first order of its logarithm, which is never negative.
        """
        far = self._first(FAR)
        gain = far - 1.0
        bias = self._first(BIAS) + self.unresolved
        signal = self._first(SIGNAL) + self.unresolved * far
        noise = self.label_noise * gain
        fitted = self._first(TRAINING) + (self.unresolved + self.label_noise) * self._first(FAR_TRAINING)
        return {
            "error": signal + noise,
            "bias": bias,
            "variance": signal - bias + noise,
            "effective_ridge": self.kappa * np.exp(-self._part(LOCAL, FIRST)),
            "posterior_variance": self._first(POSTERIOR) + self.tail,
            "label_noise_gain": gain,
            "training_error": self.passed**2 * fitted,
        }

    def sizes(self) -> dict[str, OrderSizes]:
        """The sizes of what makes the bar of each field but those by degree."""
        noise = self.label_noise + self.unresolved

        def of(row: int, far: int | None = None, factor: Any = 1.0) -> OrderSizes:
            parts = (self._part(row, part) for part in _SIZES)
            if far is None or noise == 0.0:
                return OrderSizes(*(factor * part for part in parts))
            beyond = (self._part(far, part) for part in _SIZES)
            return OrderSizes(*(factor * (a + noise * b) for a, b in zip(parts, beyond, strict=True)))

        return {
            "error": of(SIGNAL, FAR),
            "bias": of(BIAS),
            "variance": of(VARIANCE, FAR),
            "training_error": of(TRAINING, FAR_TRAINING, self.passed**2),
            "posterior_variance": of(POSTERIOR),
            "label_noise_gain": of(FAR),
        }


class LoopOrders(NamedTuple):
    """The loop series of a problem: the prediction at first order, and for its fields the sizes behind."""

    first: Prediction
    sizes: dict[str, OrderSizes]


@kept_with_problem
def loop_orders(problem: Problem) -> LoopOrders:
    """The loop series, on a sphere in one compiled call; of other spectra only what exactly N points do."""
    found, spectrum = solve_saddle_point(problem), problem.spectrum
    if spectrum.dim is None:
        with np.errstate(invalid="ignore", over="ignore"):
            return LoopOrders(loop_series(problem).truncate(1).prediction(problem), {})
    tables = ring_tables(problem, found.kappa)
    by_degree = np.empty((1, LEARNT_SIZES + 4, len(problem.n), len(problem.powers)))
    sums = ring_sums(
        np.ascontiguousarray(problem.n),
        np.zeros(1, dtype=np.int64),
        np.array([problem.total_ridge]),
        np.ascontiguousarray(spectrum.eigenvalues)[None],
        np.ascontiguousarray(spectrum.degree_traces)[None],
        problem.powers,
        np.array([found[:3]]),
        tables,
        pair_tables(spectrum.dim, len(problem.powers)),
        by_degree,
    )[0]
    passed = problem.ridge / problem.total_ridge if problem.total_ridge > 0 else 1.0
    whole = LoopSums(sums, found.kappa, problem.unresolved, problem.label_noise, passed, spectrum.tail)
    learnt, errors = by_degree[0, [LEARNT, ERRORS]]
    with np.errstate(over="ignore", invalid="ignore"):  # gamma may round to 1
        prediction = Prediction(coefficients=learnt, error_by_degree=errors, **whole.observables())
        sizes = whole.sizes() | {"coefficients": OrderSizes(*by_degree[0, LEARNT_SIZES:])}
        return LoopOrders(prediction, sizes)
