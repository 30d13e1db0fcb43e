"""Data sets of one size, drawn and solved one after the other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, NamedTuple, Protocol

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.budgets import current_budget
from fieldtheory.workbench.progress_bar import ProgressBar
from fieldtheory.workbench.simulation.control_variates import control_slopes
from fieldtheory.workbench.simulation.dataset_batches import run_datasets, worker_counts
from fieldtheory.workbench.simulation.dataset_statistics import Estimate

_CHUNK = 512  # data sets in memory one by one


class DatasetRows(NamedTuple):
    """Data sets as rows of one matrix, and the largest of their roundings by name."""

    values: Floats
    roundings: dict[str, Any]


class Draws(Protocol):
    """Data sets of one size that can be drawn."""

    @property
    def size(self) -> int:
        """Number of training points."""

    @property
    def seconds(self) -> float:
        """About the time that one data set takes."""

    @property
    def memory(self) -> int:
        """Bytes that one data set takes."""

    def draw(self, repeat: int) -> tuple[Any, Floats]:
        """The averages of data set number `repeat`, a function of that, and its control variates."""

    @property
    def kept(self) -> int:
        """Bytes that are kept of one."""

    @property
    def controlled(self) -> int:
        """How many of its averages, the first ones, the control variates are taken out of."""

    def rows(self, datasets: Sequence[Any]) -> DatasetRows:
        """Averages of data sets as rows."""

    def estimates(self, rows: DatasetRows) -> dict[str, Estimate]:
        """Averages over data sets by name, "error" among them."""


@dataclass(eq=False)
class DrawnSample:
    """The data sets 0 … count−1, and the `seconds` that they took."""

    draws: Draws
    count: int = 0
    seconds: float = 0.0
    _rows: list[DatasetRows] = field(default_factory=list)
    _controls: list[Floats] = field(default_factory=list)

    @property
    def seconds_each(self) -> float:
        """The time that one data set takes: measured, or estimated before there is any."""
        return self.seconds / self.count if self.count else self.draws.seconds

    def workers(self, count: int, jobs: int | None) -> int:
        """Processes that draw so many more."""
        limit, needs = current_budget().memory, [self.draws.memory]
        return worker_counts([self.draws.size], count, jobs, needs, limit, lambda _: self.draws.seconds)[0]

    def draw(self, count: int, seconds: float, jobs: int | None, bar: ProgressBar) -> None:
        """Draw so many more data sets, or fewer if they take more seconds."""
        if count < 1 or seconds <= 0:
            return
        start, workers = time.monotonic(), self.workers(count, jobs)
        solve = partial(_draw_later, self.count)
        found = run_datasets(solve, self.draws, count, workers)
        try:
            while chunk := self._chunk(found, bar, start + seconds):
                self._rows.append(self.draws.rows([averages for averages, _ in chunk]))
                self._controls.append(np.array([controls for _, controls in chunk]))
                self.count += len(chunk)
        finally:
            found.close()
            self.seconds += time.monotonic() - start

    def _chunk(self, found: Any, bar: ProgressBar, end: float) -> list[tuple[Any, Floats]]:
        chunk = []
        if time.monotonic() < end:
            for dataset in bar.count(islice(found, _CHUNK)):
                chunk.append(dataset)
                if time.monotonic() >= end:
                    break
        return chunk

    def rows(self, first: int, last: int, slopes: Floats | None = None) -> DatasetRows:
        """The data sets first … last−1, with what the controls explain taken out by these slopes."""
        values = np.concatenate([each.values for each in self._rows])[first:last]
        if slopes is not None:
            values[:, : slopes.shape[1]] -= np.concatenate(self._controls)[first:last] @ slopes
        names = self._rows[0].roundings
        return DatasetRows(
            values, {name: np.max([each.roundings[name] for each in self._rows], axis=0) for name in names}
        )

    def slopes(self, first: int, last: int) -> Floats:
        """Slopes of the averages on the controls, from the data sets first … last−1."""
        values = self.rows(first, last).values[:, : self.draws.controlled]
        return control_slopes(values, np.concatenate(self._controls)[first:last])

    def estimates(self, first: int, last: int, slopes: Floats | None = None) -> dict[str, Estimate]:
        """Averages over the data sets first … last−1."""
        return self.draws.estimates(self.rows(first, last, slopes))


def _draw_later(start: int, draws: Draws, repeat: int) -> tuple[Any, Floats]:
    return draws.draw(start + repeat)
