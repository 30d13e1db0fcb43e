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
from fieldtheory.machine import usable_cores
from fieldtheory.workbench.progress_bar import ProgressBar
from fieldtheory.workbench.simulation.dataset_batches import PROCESS
from fieldtheory.workbench.simulation.dataset_statistics import Estimate
from fieldtheory.workbench.simulation.drawn_sample import DrawnSample, Draws
from fieldtheory.workbench.simulation.wanted_accuracy import WantedAccuracy
from fieldtheory.workbench.simulation.workers import WorkerDied

_WORK = 20_000  # training points in the data sets that a pilot, or a mean, has at least
_FEWEST, _ENOUGH = 64, 512  # data sets, at least for many training points, and for few
_IN_TIME = 16  # data sets at least, where time runs out
_PILOT_SHARE = 8  # the last pilot is at least this part of what it plans
_MARGIN = 1.15  # more data sets than the pilot finds needed
_AIM = 0.98  # of the wanted accuracy: to join the theory may make the error smaller than the bar counts on
# Of the standard error without control variates, at least: what these explain nearly all of still scatters by
# rare data sets, with points that nearly coincide, which a few pilots do not know (with two points bars
# without this held 89 % of the time).
_LEFT = 0.2
_NORMAL = 1.96  # standard errors that hold the mean in 95 % of all cases, for many data sets


@dataclass(frozen=True, eq=False)
class DrawnEstimates:
    """Averages over `repeats` data sets by name, with what the control variates explain taken out.

    `plain`: with that left in.
    """

    estimates: dict[str, Estimate]
    plain: dict[str, Estimate]
    repeats: int

    def bar(self, name: str) -> Any:
        """What holds the distance from the average over all data sets in 95 % of all cases."""
        from scipy.special import stdtrit

        stderr = np.maximum(self.estimates[name].stderr, _LEFT * self.plain[name].stderr)
        return float(stdtrit(self.repeats - 1, 0.975)) * stderr


@dataclass(eq=False)
class _Size:
    """One size on its way: the last pilot is data sets `first` to `last`, those after it are averaged."""

    sample: DrawnSample
    accuracy: float
    constant: float  # part of the bar that no data sets can lessen
    first: int = 0
    last: int = 0
    needed: int = 0
    failure: str = ""

    @property
    def fewest(self) -> int:
        """Data sets of a pilot and of a mean: enough to know their scatter, rare large values included."""
        return min(max(_WORK // self.sample.draws.size, _FEWEST), _ENOUGH)

    @property
    def slopes(self) -> Floats:
        return self.sample.slopes(self.first, self.last)

    def plan(self) -> None:
        """Take what was drawn since the last pilot for the last pilot."""
        self.first, self.last = self.last, self.sample.count
        self.needed = self.enough(self.averages(self.first, self.last))

    def averages(self, first: int, last: int) -> DrawnEstimates:
        """Over these data sets, with the slopes of the last pilot."""
        estimates = self.sample.estimates(first, last, self.slopes)
        return DrawnEstimates(estimates, self.sample.estimates(first, last), last - first)

    def enough(self, found: DrawnEstimates) -> int:
        """Data sets, with such a scatter, whose mean is as accurate as wanted."""
        error, plain = found.estimates["error"], found.plain["error"]
        half = max(_AIM * self.accuracy * float(plain.mean) - self.constant, 0.0) / _NORMAL
        # rounding counts too; where it is nearly all, no number would do
        variance = max(half**2 - float(error.rounding) ** 2, half**2 / 4)
        scatter = max(float(np.var(error.shares)), _LEFT**2 * float(np.var(plain.shares)))
        return max(self.fewest, math.ceil(_MARGIN * scatter / max(variance, 1e-12 * scatter, 1e-300)) + 4)

    def pilot(self) -> int:
        """Data sets of a second pilot, where the first is too small a part of what it plans."""
        planned = self.needed // _PILOT_SHARE
        return planned if planned > self.last - self.first else 0

    def more(self) -> int:
        """Data sets to add once those that were planned turn out to scatter more."""
        found = self.found()
        if self.sample.count - self.last < self.needed or isinstance(found, str):
            return 0  # there was no time for those
        error = found.estimates["error"]
        if found.bar("error") + self.constant <= _AIM * self.accuracy * error.mean:
            return 0
        return max(0, self.enough(found) - found.repeats)

    def found(self) -> DrawnEstimates | str:
        """The averages, or why there are none.

        Over the pilots too, with their controls left in, where time ran out early.
        """
        sample, main = self.sample, self.sample.count - self.last
        if main >= max(_IN_TIME, (self.last - self.first) // 2):
            return self.averages(self.last, sample.count)
        if self.failure or sample.count < _IN_TIME:
            return self.failure or f"there was no time for {_IN_TIME} of them"
        plain = sample.estimates(0, sample.count)
        return DrawnEstimates(plain, plain, sample.count)


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
    first = [size.fewest for size in sizes]
    with ProgressBar(wanted.progress, sum(first)) as bar:
        run = _Run(sizes, wanted, bar)
        run.draw(first, share=0.5)
        run.plan()
        run.require([size.needed for size in sizes])
        run.draw([size.pilot() for size in sizes], share=0.25)
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
            if size.sample.count - size.last >= max(_IN_TIME, size.last - size.first):
                size.plan()

    def require(self, counts: Sequence[int]) -> None:
        """OverBudget for more than a call may take."""
        seconds, memory = 0.0, 0.0
        largest = max(size.sample.draws.size for size in self.sizes)
        for size, count in zip(self.sizes, counts, strict=True):
            draws, workers = size.sample.draws, size.sample.workers(max(count, 1), self.wanted.jobs)
            seconds += count * draws.seconds / min(workers, usable_cores())
            processes = float(PROCESS * workers) if workers > 1 else 0.0
            memory = max(memory, processes + float(draws.memory * workers) + float(draws.kept * count))
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
