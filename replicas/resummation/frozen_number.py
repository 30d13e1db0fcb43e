"""The correction for exactly N training points instead of a Poisson number, on any space.

The number of points does not fluctuate, which takes rings in degree 0 away. Rings in other degrees need
products of lines on the sphere.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.array_types import Floats
from replicas.prediction import Problem
from replicas.resummation.ring_weights import frozen_number_sum
from replicas.self_energy.local_and_smooth import LocalAndSmooth


class FrozenNumberCorrection:
    """The correction by rings in degree 0 that only exactly N points have.

    X[h] = -(gamma - h_l)/(N (1 - gamma)^2), gamma = sum deg h^2/N, from the difference of the ring sums with
    exactly N and a Poisson number of points, f_0 - f = -1/(1 - gamma)^2; 0 for the latter. To first order it
    changes the error by -(N/2) d^2E/dN^2.

    Equation: fixed-number
    """

    def __init__(self, problem: Problem) -> None:
        self.fixed = problem.ensemble == "fixed"
        deg = problem.spectrum.multiplicities
        self.multiplicities = np.where(deg < np.inf, deg, 0.0)  # where it is not finite, deg h^2 vanishes

    def __call__(self, lines: Any, n: Floats) -> Any:
        """X at these lines."""
        if not self.fixed:
            return LocalAndSmooth(0 * lines[..., 0], 0 * lines).in_degrees(lines.shape[-1])
        gamma = (lines**2) @ self.multiplicities / n
        weight = frozen_number_sum()(gamma) / n
        return LocalAndSmooth(weight * gamma, -weight[..., None] * lines).in_degrees(lines.shape[-1])
