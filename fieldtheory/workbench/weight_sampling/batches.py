"""Averages along a chain, in batches of sweeps: as many as fit, then two become one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.workbench.weight_sampling.sweeps import Sums

MOST = 64  # batches; even
SHORTEST = 50  # sweeps of a batch


@dataclass(eq=False)
class Batches:
    """Sums over the sweeps of every batch, which are the same however many calls they were made in.

    `monitored`, `squares`: (batch, number); `variance`: (batch, point); `kernels`: (batch, layer, point,
    point), lower halves; `origin`: what monitored numbers are counted from; `length`: sweeps of a batch.
    """

    monitored: Floats
    squares: Floats
    variance: Floats
    kernels: Floats
    origin: Floats
    length: int = SHORTEST
    sweeps: int = field(default=0)

    @classmethod
    def empty(cls, numbers: int, points: int, layers: int) -> Batches:
        """Of no sweeps."""
        return cls(
            np.zeros((MOST, numbers)),
            np.zeros((MOST, numbers)),
            np.zeros((MOST, points)),
            np.zeros((MOST, layers, points, points)),
            np.full(numbers, np.nan),
        )

    @property
    def full(self) -> int:
        """Batches that are complete."""
        return self.sweeps // self.length

    def room(self) -> int:
        """Sweeps that the batch at hand still takes; when all are full, two each become one."""
        if self.sweeps == MOST * self.length:
            for sums in (self.monitored, self.squares, self.variance, self.kernels):
                sums[: MOST // 2] = sums[::2] + sums[1::2]
                sums[MOST // 2 :] = 0.0
            self.length *= 2
        return self.length - self.sweeps % self.length

    def sums(self) -> Sums:
        """Those of the batch at hand, to add to."""
        at = self.full
        return Sums(self.origin, self.monitored[at], self.squares[at], self.variance[at], self.kernels[at])
