r"""Learning curves of no, one and two training points, exactly: averages over one angle.

With A the Gram matrix plus ridge, (K2)_l = lambda_l^2 and a target of unit norm in degree l, averaged over
its orientation, a_l = lambda_l <tr A^{-1} P_l>, E_l = 1 - 2 a_l + <tr A^{-1} K2 A^{-1} P_l>,
V = K(1) - <tr A^{-1} K2> and W = <tr A^{-1} K2 A^{-1}>; P_l and K2 stand for the matrices of P_l(x_n.x_m) and
K2(x_n.x_m). For two points the average is an integral over t = x_1.x_2. The tail of the spectrum counts as
ridge.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.sphere.harmonics import AngleTransform
from replicas.assessment.error_bar import BARS
from replicas.prediction import Prediction, Problem

MOST = 2
_NODES = 600


def exactly_few_points(problem: Problem, count: int) -> Prediction:
    """All fields for exactly 0, 1 or 2 points, whatever `problem.n`; arrays of length 1.

    The bars are the errors of the quadrature. Two points need a spectrum with dim.
    """
    nodes = max(_NODES, 2 * (problem.spectrum.max_degree + 1))
    found = _prediction(problem, count, _averages(problem, count, nodes))
    coarse = _prediction(problem, count, _averages(problem, count, nodes // 2)) if count == 2 else found
    bars: dict[str, Any] = {
        bar: np.abs(getattr(found, name) - getattr(coarse, name)) for name, bar in BARS.items()
    }
    return replace(found, **bars)


def _prediction(problem: Problem, count: int, found: _Averages) -> Prediction:
    """All fields from the averages."""
    spectrum, powers = problem.spectrum, problem.powers
    missed = 1 - found.learnt
    error = found.error(problem)
    bias = np.array([missed**2 @ powers + problem.unresolved])
    noise = problem.label_noise + problem.unresolved
    return Prediction(
        error=error,
        bias=bias,
        variance=error - bias,
        coefficients=found.learnt[None],
        error_by_degree=found.errors[None],
        effective_ridge=np.array([spectrum.trace + problem.ridge]) / max(count, 1),
        posterior_variance=np.array([found.posterior]),
        label_noise_gain=np.array([found.gain]),
        training_error=np.array([found.training @ powers + noise * found.training_noise]),
    )


class _Averages:
    """By degree: learnt shares, errors, training errors; and the numbers V, W, training error of noise."""

    def __init__(self, size: int, trace: float) -> None:
        self.learnt, self.errors, self.training = np.zeros(size), np.ones(size), np.zeros(size)
        self.posterior, self.gain, self.training_noise = trace, 0.0, 0.0

    def error(self, problem: Problem) -> Floats:
        noise = problem.label_noise + problem.unresolved
        return np.array([self.errors @ problem.powers + problem.unresolved + noise * self.gain])


def _averages(problem: Problem, count: int, nodes: int) -> _Averages:
    spectrum = problem.spectrum
    values, traces = spectrum.eigenvalues, spectrum.degree_traces
    found = _Averages(len(values), spectrum.trace)
    diagonal = float(traces.sum()) + problem.total_ridge  # of A
    second = float(traces @ values)  # K2(1)
    if count == 1:
        inverse = 1 / diagonal
        found.learnt = values * inverse
        found.errors = 1 - 2 * found.learnt + second * inverse**2
        found.gain = second * inverse**2
        found.posterior = spectrum.trace - second * inverse
        found.training += (problem.ridge * inverse) ** 2
        found.training_noise = (problem.ridge * inverse) ** 2
    elif count == 2:
        transform = AngleTransform.build(spectrum.require_dim("two points"), spectrum.max_degree, nodes)
        weights, polynomials = transform.weights, transform.polynomials
        off, second_off = traces @ polynomials, (traces * values) @ polynomials
        # A and K2 have the eigenvectors (1, 1) and (1, -1)
        even, odd = 1 / (diagonal + off), 1 / (diagonal - off)
        second_even, second_odd = second + second_off, second - second_off

        def by_degree(both: Floats, difference: Floats) -> Floats:
            """<tr M P_l> of a matrix with these eigenvalues."""
            same, other = (both + difference) / 2, (both - difference) / 2
            total: Floats = 2 * (weights @ same) + 2 * (polynomials @ (weights * other))
            return total

        found.learnt = values * by_degree(even, odd)
        spread = even**2 * second_even, odd**2 * second_odd
        found.errors = 1 - 2 * found.learnt + by_degree(*spread)
        found.gain = float(weights @ (spread[0] + spread[1]))
        found.posterior = spectrum.trace - float(weights @ (even * second_even + odd * second_odd))
        found.training = problem.ridge**2 / 2 * by_degree(even**2, odd**2)
        found.training_noise = problem.ridge**2 / 2 * float(weights @ (even**2 + odd**2))
    return found
