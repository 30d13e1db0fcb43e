"""The self-consistent fixed point: effective ridge and what follows from it, for a whole curve at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.spectrum import Spectrum
from replicas.prediction import Problem
from replicas.saddle_point.effective_ridge import effective_ridges, point_sums


class FixedPoint(NamedTuple):
    """kappa, gamma = sum deg (lambda/(lambda+kappa))^2/N, 1 - gamma, sum g_l^2 (1-a_l)^2; arrays over n."""

    kappa: Floats
    gamma: Floats
    rest: Floats
    bias: Floats

    def error(self, label_noise: float) -> Floats:
        """sum_l g_l^2 E_l + label_noise W."""
        return (self.bias + label_noise * self.gamma) / self.rest


def fixed_point(problem: Problem) -> FixedPoint:
    """The fixed point at every n, in two compiled calls."""
    spectrum, n = problem.spectrum, problem.n
    modes = spectrum.eigenvalues, spectrum.degree_traces, spectrum.multiplicities
    kappa = effective_ridges(n, problem.total_ridge, *modes)
    gamma, rest, bias = point_sums(kappa, n, problem.total_ridge, *modes, problem.powers)
    return FixedPoint(kappa, gamma, rest, bias + problem.unresolved)


def learnability(spectrum: Spectrum, kappa: Floats) -> tuple[Floats, Floats]:
    """a_l = lambda_l/(lambda_l + kappa) and 1 - a_l, shape (len(kappa), degrees); a zero is never learnt."""
    total = spectrum.eigenvalues + kappa[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        learnt = np.where(total > 0, spectrum.eigenvalues / total, 0.0)
        missed = np.where(total > 0, kappa[:, None] / total, 1.0)
    return learnt, missed


def traced_learnability(spectrum: Spectrum, kappa: Floats) -> Floats:
    """deg(l) lambda_l/(lambda_l + kappa), finite where deg(l) is not, shape (len(kappa), degrees)."""
    total = spectrum.eigenvalues + kappa[:, None]
    traces = np.broadcast_to(spectrum.degree_traces, total.shape)
    found: Floats = np.divide(traces, total, out=np.zeros_like(total), where=(total > 0) & (traces > 0))
    return found


def require_finite(problem: Problem, found: FixedPoint) -> None:
    """ValueError where a ridge of 0 meets a kernel of just as many modes as points: the error diverges."""
    diverging = found.rest <= 0
    if diverging.any():
        raise ValueError(
            f"ridge must be positive at n = {problem.n[diverging][0]:g}, the number of modes of the kernel: "
            f"the error diverges there (got {problem.ridge})"
        )
