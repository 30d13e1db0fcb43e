"""The correction by skeleton words: crossing visits to training points, up to an order."""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.array_types import Floats
from replicas.learnability import active_degrees
from replicas.prediction import Problem
from replicas.self_energy.word_table import self_energy_table


class SkeletonCorrection:
    """The correction by all skeleton words up to an order: X[h] = sum_{m <= order} N^{-m} S_m[h].

    Equation: skeleton-series
    """

    def __init__(self, problem: Problem, kappa: Floats, order: int) -> None:
        spectrum = problem.spectrum
        self.table = self_energy_table(order, problem.ensemble, skeleton=True)
        self.degrees = self.active = spectrum.max_degree + 1
        self.multiplicities = spectrum.multiplicities
        # sums over degrees begin with deg h^2 here, which vanishes where deg leaves the float range
        self.finite = np.where(self.multiplicities < np.inf, self.multiplicities, 0.0)
        self.transform = None
        if self.table.needs_sphere:
            dim = spectrum.require_dim(f"crossing words of order {order}", "take theory='auto'")
            self.active = active_degrees(spectrum, kappa)
            self.transform = self.table.transform(dim, self.active - 1, problem.target_degree)

    def __call__(self, lines: Any, n: Floats) -> Any:
        """X at these lines."""
        traced = lines * self.finite
        parts = self.table.values(lines, traced, self.transform, self.multiplicities, self.active)
        found = np.zeros((*lines.shape[:-1], self.degrees + 1), dtype=lines.dtype)
        for power, each in enumerate(parts, start=1):
            found = found + each.in_degrees(self.degrees) * n[:, None] ** -power
        return found
