"""What exactly N points change: their number does not fluctuate. All that can be had without a sphere."""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.array_types import Floats
from replicas.prediction import Problem
from replicas.resummation.ring_weights import frozen_number_sum
from replicas.self_energy.local_and_smooth import Parts


class FrozenNumber:
    """X[g] = -(gamma - g_l)/(N (1 - gamma)^2), gamma = sum deg g^2/N: rings in degree 0.

    The difference of the ring sums with exactly N and a Poisson number of points, f_0 - f = -1/(1 - gamma)^2;
    0 for the latter. To first order it changes the error by -(N/2) d^2E/dN^2.
    """

    def __init__(self, problem: Problem) -> None:
        self.fixed = problem.ensemble == "fixed"
        deg = problem.spectrum.multiplicities
        self.multiplicities = np.where(deg < np.inf, deg, 0.0)  # where it is not finite, deg g^2 vanishes

    def __call__(self, lines: Any, n: Floats) -> Any:
        """X at these lines."""
        if not self.fixed:
            return Parts(0 * lines[..., 0], 0 * lines).in_degrees(lines.shape[-1])
        gamma = (lines**2) @ self.multiplicities / n
        weight = frozen_number_sum()(gamma) / n
        return Parts(weight * gamma, -weight[..., None] * lines).in_degrees(lines.shape[-1])
