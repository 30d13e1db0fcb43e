"""The mean prediction for any number of points up to about the dimension: two expansions together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fieldtheory.array_types import Floats
from replicas.data_variability.alike_points import uniform_orders
from replicas.data_variability.binary_task import BinaryTask
from replicas.data_variability.deterministic_equivalent import DeterministicEquivalent


@dataclass(frozen=True, eq=False)
class MatchedMean:
    """The deterministic equivalent, and what the orders in the fluctuations of the kernel have more.

    Arrays over n. An offset of the kernel, no small fluctuation, is left to the equivalent.
    """

    task: BinaryTask
    n: Floats
    ridge: float

    @cached_property
    def equivalent(self) -> DeterministicEquivalent:
        """Every mode learnt as at the effective ridge."""
        return DeterministicEquivalent(self.task.modes, self.n, self.ridge)

    @property
    def mean(self) -> Floats:
        """The equivalent, with what it lacks at few points."""
        return np.asarray(self.equivalent.mean + self._few.sum(axis=0))

    @property
    def bar(self) -> Floats:
        """How far it may be off for n <= dim: by the higher orders in 1/dim that only the equivalent has.

        Or by what matching adds, which has no such orders, times n/dim.
        """
        higher = np.abs(self._plain.mean - np.sum(self._plain.orders, axis=0))
        return np.asarray(np.maximum(higher, self.n / self.task.dim * self.equivalent_bar) + self.offset_bar)

    @property
    def equivalent_bar(self) -> Floats:
        """How far the equivalent may be off: by what it lacks, both orders without their signs."""
        return np.asarray(np.abs(self._few).sum(axis=0))

    @property
    def offset_bar(self) -> Floats:
        """What an offset may do at few points that the equivalent does not know."""
        return np.asarray(2 * np.abs(self.equivalent.mean - self._plain.mean) / self.n)

    @cached_property
    def _plain(self) -> DeterministicEquivalent:
        return DeterministicEquivalent(self.task.modes.without_offset, self.n, self.ridge)

    @cached_property
    def _few(self) -> Floats:
        """What zeroth and first order have more than the equivalent has of them."""
        own, other = self.task.mean_kernel
        covariance, own = self.task.covariance_without_offset, own - self.task.modes.offset
        zeroth, [first] = uniform_orders(own, other, covariance, self.n, self.ridge, 1, replicas=0)
        return np.array([zeroth, first.sum(axis=0)]) - self._plain.orders
