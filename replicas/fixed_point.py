"""The self-consistent fixed point: effective ridge and what follows from it, for a whole curve at once."""

from __future__ import annotations

from typing import NamedTuple

from replicas.effective_ridge import effective_ridges, point_sums
from replicas.prediction import Floats, Problem


class FixedPoint(NamedTuple):
    """kappa, gamma = sum deg (lambda/(lambda+kappa))^2/N, and sum_l g_l^2 (1 - a_l)^2, arrays over n."""

    kappa: Floats
    gamma: Floats
    bias: Floats

    def error(self, label_noise: float) -> Floats:
        """sum_l g_l^2 E_l + label_noise W."""
        return (self.bias + label_noise * self.gamma) / (1 - self.gamma)


def fixed_point(problem: Problem) -> FixedPoint:
    """The fixed point at every n, in two compiled calls."""
    spectrum, n = problem.spectrum, problem.n
    modes = spectrum.eigenvalues, spectrum.degree_traces
    kappa = effective_ridges(n, problem.total_ridge, *modes, spectrum.multiplicities)
    return FixedPoint(kappa, *point_sums(kappa, n, *modes, problem.powers))
