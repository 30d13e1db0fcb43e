"""Timing in one process: medians of repeated runs, and the rows of the table."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table: what, ours, the alternative, and how many times faster (None: no other)."""

    what: str
    ours: str
    alternative: str
    ratio: float | None


def median_seconds(run: Callable[[], object], repeats: int = 15, calls: int = 1) -> float:
    """Median over `repeats` of the time of one call, each taken over `calls`; one warm-up run first."""
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(calls):
            run()
        times.append((time.perf_counter() - start) / calls)
    return statistics.median(times)
