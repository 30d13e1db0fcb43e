r"""The mean prediction of many points in many dimensions: every mode learnt as at an effective ridge.

kappa solves n = ridge/kappa + sum_i lambda_i/(lambda_i + kappa), and the target, the constant function, is
learnt by [T (T + kappa)^-1]_00, T the kernel on the constant and the mean sign. What it has in common with
the orders in the fluctuations of the kernel is its beginning in e, with e/dim in the place of 1/dim and the
mean kernel kept: T = ((t, e^1/2 u), (e^1/2 u, e w)), other modes of degree 1 e b, their number over e.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fieldtheory.array_types import Floats
from replicas.data_variability.binary_task import TaskModes
from replicas.saddle_point.effective_ridge import effective_ridges


@dataclass(frozen=True, eq=False)
class DeterministicEquivalent:
    """Mean predictions for these modes at n training points; arrays over n, which may be in any order."""

    modes: TaskModes
    n: Floats
    ridge: float

    @cached_property
    def effective_ridge(self) -> Floats:
        """kappa, per training point."""
        values, counts = self.modes.eigenvalues, self.modes.counts
        return effective_ridges(self.n, self.ridge + self.modes.rest, values, values * counts, counts)

    @property
    def mean(self) -> Floats:
        """The mean prediction."""
        return self._learnt(self.effective_ridge)

    @property
    def bound(self) -> Floats:
        """The same with the bare ridge n^-1 (ridge + rest) in the place of kappa, which is more."""
        return self._learnt((self.ridge + self.modes.rest) / self.n)

    @property
    def orders(self) -> tuple[Floats, Floats]:
        """The mean prediction at e = 0, and what the first order in e adds."""
        (t, u), (_, w) = self.modes.block
        counts, values = self.modes.counts, self.modes.eigenvalues
        small = values > 0
        small[:2] = False  # those of the block; u and w are of order e
        one = np.array([t])
        others = float(values[small] @ counts[small])
        total = self.ridge + self.modes.rest + others + w
        kappa = effective_ridges(self.n, total, one, one, np.ones(1))
        slope = total / kappa**2 + t / (t + kappa) ** 2
        second = float(values[small] ** 2 @ counts[small]) / kappa**2
        second = second + u**2 / (kappa * (t + kappa)) + u**2 / (t + kappa) ** 2
        change = -second / slope  # of kappa
        return t / (t + kappa), -(t * change + u**2) / (t + kappa) ** 2

    def _learnt(self, ridge: Floats) -> Floats:
        values, vectors = np.linalg.eigh(self.modes.block)
        values = np.maximum(values, 0.0)
        return np.asarray((values / (values + ridge[:, None])) @ vectors[0] ** 2)
