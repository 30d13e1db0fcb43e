r"""Averages to a wanted accuracy: how many data sets that takes, found from others, and these drawn.

Pilots say how much the error scatters and how it depends on the control variates. They are not used again, so
that the number of data sets and the slopes know nothing of the data sets that are averaged: the mean is
unbiased, and its standard error that of independent numbers. Where the scatter turns out larger than in the
pilots, data sets are added once; their number then depends on those before, which moves the mean by its
skewness over the root of their number, in standard errors.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.workbench.simulation.dataset_batches import PROCESS, ProgressBar, usable_cores
from fieldtheory.workbench.simulation.dataset_statistics import Estimate
from fieldtheory.workbench.simulation.drawn_sample import DrawnSample, Draws
from fieldtheory.workbench.simulation.wanted_accuracy import WantedAccuracy
from fieldtheory.workbench.simulation.workers import WorkerDied

_PILOT = 64  # data sets
_PILOT_SHARE = 8  # the last pilot is at least this part of what it plans
_FEWEST = 16  # data sets that are averaged, where time does not run out
_MARGIN = 1.15  # more data sets than the pilot finds needed
_AIM = 0.98  # of the wanted accuracy: to join the theory may make the error smaller than the bar counts on
_KEPT = 500.0  # bytes that are kept of a data set
_NORMAL = 1.96  # standard errors that hold the mean in 95 % of all cases, for many data sets


@dataclass(frozen=True, eq=False)
class DrawnEstimates:
    """Averages over `repeats` data sets by name."""

    estimates: dict[str, Estimate]
    repeats: int

    def bar(self, name: str) -> Any:
        """What holds the distance from the average over all data sets in 95 % of all cases."""
        from scipy.special import stdtrit

        return float(stdtrit(self.repeats - 1, 0.975)) * self.estimates[name].stderr


@dataclass(eq=False)
class _Size:
    """One size on its way: the last pilot is data sets `first` to `last`, those after it are averaged."""

    sample: DrawnSample
    accuracy: float
    constant: float  # part of the bar that no data sets can lessen
    first: int = 0
    last: int = 0
    needed: int = _PILOT
    failure: str = ""

    @property
    def slopes(self) -> Floats:
        return self.sample.slopes(self.first, self.last)

    def plan(self) -> None:
        """Take what was drawn since the last pilot for the last pilot."""
        self.first, self.last = self.last, self.sample.count
        found = self.sample.estimates(self.first, self.last, self.slopes)["error"]
        plain = self.sample.estimates(self.first, self.last)["error"]
        self.needed = self.enough(found, float(plain.mean))

    def enough(self, error: Estimate, mean: float) -> int:
        """Data sets with such a scatter whose mean is as accurate as wanted."""
        half = max(_AIM * self.accuracy * mean - self.constant, 0.0) / _NORMAL
        # rounding counts too; where it is nearly all, no number would do
        variance = max(half**2 - float(error.rounding) ** 2, half**2 / 4)
        scatter = float(np.var(error.shares, ddof=1))
        return max(_FEWEST, math.ceil(_MARGIN * scatter / max(variance, 1e-12 * scatter, 1e-300)) + 4)

    def more(self) -> int:
        """Data sets to add once those that were planned turn out to scatter more."""
        found = self.found()
        if self.sample.count - self.last < self.needed or isinstance(found, str):
            return 0  # there was no time for those
        error = found.estimates["error"]
        if found.bar("error") + self.constant <= _AIM * self.accuracy * error.mean:
            return 0
        return max(0, self.enough(error, float(error.mean)) - found.repeats)

    def found(self) -> DrawnEstimates | str:
        """The averages, or why there are none.

        Over the pilots too, with their controls left in, where time ran out early.
        """
        sample, main = self.sample, self.sample.count - self.last
        if main >= max(_FEWEST, (self.last - self.first) // 2):
            return DrawnEstimates(sample.estimates(self.last, sample.count, self.slopes), main)
        if self.failure or sample.count < _FEWEST:
            return self.failure or f"there was no time for {_FEWEST} of them"
        return DrawnEstimates(sample.estimates(0, sample.count), sample.count)


def drawn_estimates(
    draws: Sequence[Draws], constants: Sequence[float], wanted: WantedAccuracy
) -> list[DrawnEstimates | str]:
    """Averages over data sets of each of these sizes, or in words why there are none.

    `constants`: parts of the bar that no data sets can lessen, absolute. OverBudget where the data sets would
    take more than a call may; in time only if `wanted` does not say how long it is to take.
    """
    sizes = [
        _Size(DrawnSample(each), wanted.accuracy, constant)
        for each, constant in zip(draws, constants, strict=True)
    ]
    with ProgressBar(wanted.progress, 2 * _PILOT * len(sizes)) as bar:
        run = _Run(sizes, wanted, bar)
        run.draw([_PILOT] * len(sizes), share=0.5)
        run.plan()
        pilots = [size.needed // _PILOT_SHARE for size in sizes]
        run.require([size.needed for size in sizes])
        run.draw([0 if pilot <= _PILOT else pilot for pilot in pilots], share=0.25)
        run.plan()
        run.draw([size.needed for size in sizes])
        run.draw([size.more() for size in sizes])
    return [size.found() for size in sizes]


class _Run:
    """All sizes, and how long they may still take."""

    def __init__(self, sizes: Sequence[_Size], wanted: WantedAccuracy, bar: ProgressBar) -> None:
        self.sizes, self.wanted, self.bar = sizes, wanted, bar
        self.end = math.inf if wanted.max_seconds is None else time.monotonic() + wanted.max_seconds

    def plan(self) -> None:
        for size in self.sizes:
            if size.sample.count - size.last >= max(_FEWEST, size.last - size.first):
                size.plan()

    def require(self, counts: Sequence[int]) -> None:
        """OverBudget for more than a call may take."""
        seconds, memory = 0.0, 0.0
        largest = max(size.sample.draws.size for size in self.sizes)
        for size, count in zip(self.sizes, counts, strict=True):
            draws, workers = size.sample.draws, size.sample.workers(max(count, 1), self.wanted.jobs)
            seconds += count * draws.seconds / min(workers, usable_cores())
            processes = float(PROCESS * workers) if workers > 1 else 0.0
            memory = max(memory, processes + float(draws.memory * workers) + _KEPT * count)
        require_budget(
            f"accuracy = {self.wanted.accuracy:g} up to n = {largest}",
            seconds=seconds if self.wanted.max_seconds is None else 0.0,
            memory=memory,
            smaller="n, take a larger accuracy, say max_seconds",
        )

    def draw(self, counts: Sequence[int], share: float = 1.0) -> None:
        """So many more at each size, or the same part of each in this share of the time left."""
        self.require(counts)
        self.bar.expect(sum(size.sample.count for size in self.sizes) + sum(counts))
        times = [count * size.sample.seconds_each for size, count in zip(self.sizes, counts, strict=True)]
        for k, (size, count) in enumerate(zip(self.sizes, counts, strict=True)):
            left = self.end - time.monotonic()
            mine = left if left == math.inf else share * left * times[k] / max(sum(times[k:]), 1e-300)
            if not size.failure:
                try:
                    size.sample.draw(count, mine, self.wanted.jobs, self.bar)
                except (np.linalg.LinAlgError, WorkerDied) as error:
                    size.failure = str(error)
