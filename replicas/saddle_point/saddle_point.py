"""The self-consistent saddle point: the effective ridge of a whole curve and what follows from it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from replicas.learnability import learnability
from replicas.prediction import Prediction, Problem, kept_with_problem
from replicas.saddle_point.effective_ridge import effective_ridges, point_sums


class SaddlePoint(NamedTuple):
    """kappa, gamma = sum deg (lambda/(lambda+kappa))^2/N, 1 - gamma, sum g_l^2 (1-a_l)^2; arrays over n.

    Equation: self-consistent-error
    """

    kappa: Floats
    gamma: Floats
    one_minus_gamma: Floats
    bias: Floats

    def error(self, label_noise: float) -> Floats:
        """sum_l g_l^2 E_l + label_noise W."""
        return (self.bias + label_noise * self.gamma) / self.one_minus_gamma

    def observables(self, n: Floats, ridge: Any, label_noise: float) -> dict[str, Any]:
        """Every field of a prediction that needs no sum over degrees but these."""
        kappa, gamma, one_minus_gamma, bias = (each.copy() for each in self)  # what is kept stays as it is
        with np.errstate(divide="ignore", invalid="ignore"):
            # where all is learnt its limit
            passed = np.where(kappa > 0, ridge / (n * kappa), one_minus_gamma)
        gain = gamma / one_minus_gamma
        error = self.error(label_noise)
        return {
            "error": error,
            "bias": bias,
            "variance": (bias + label_noise) * gain,
            "effective_ridge": kappa,
            "label_noise_gain": gain,
            "training_error": passed**2 * (error + label_noise),
        }


@kept_with_problem
def solve_saddle_point(problem: Problem) -> SaddlePoint:
    """The saddle point at every n, in two compiled calls."""
    spectrum, n = problem.spectrum, problem.n
    modes = spectrum.eigenvalues, spectrum.degree_traces, spectrum.multiplicities
    kappa = effective_ridges(n, problem.total_ridge, *modes)
    gamma, one_minus_gamma, bias = point_sums(kappa, n, problem.total_ridge, *modes, problem.powers)
    return SaddlePoint(kappa, gamma, one_minus_gamma, bias + problem.unresolved)


def finite_saddle_point(problem: Problem) -> SaddlePoint:
    """The saddle point; ValueError where ridge 0 meets as many modes as points: the error diverges there."""
    found = solve_saddle_point(problem)
    diverging = found.one_minus_gamma <= 0
    if diverging.any():
        raise ValueError(
            f"ridge must be positive at n = {problem.n[diverging][0]:g}, the number of modes of the kernel: "
            f"the error diverges there (got {problem.ridge})"
        )
    return found


def saddle_point_prediction(problem: Problem) -> Prediction:
    """All fields at the saddle point: the self-consistent theory; ValueError where it diverges."""
    spectrum, n = problem.spectrum, problem.n
    found = finite_saddle_point(problem)
    learnt, missed = learnability(spectrum.eigenvalues, found.kappa)
    return Prediction(
        coefficients=learnt,
        error_by_degree=missed**2 / found.one_minus_gamma[:, None],
        posterior_variance=missed @ spectrum.degree_traces + spectrum.tail,
        **found.observables(n, problem.ridge, problem.label_noise),
    )
