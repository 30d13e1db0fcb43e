"""Timing in one process, on one core: CPU and wall time of a call, and the rows of the table."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

from threadpoolctl import threadpool_limits

_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (0.0, "ns"))


class Timing(NamedTuple):
    """Seconds of one call: what the process computed, and what passed."""

    cpu: float
    wall: float

    def per(self, parts: float) -> Timing:
        """Of one part of the call."""
        return Timing(self.cpu / parts, self.wall / parts)

    def as_time(self) -> str:
        """CPU time, and wall time in the same unit where it is another.

        >>> Timing(0.012, 0.0131).as_time(), Timing(0.012, 0.0121).as_time()
        ('12 ms, wall 13.1', '12 ms')
        """
        scale, unit = next((s, u) for s, u in _UNITS if max(self.cpu, 1e-9) >= s)
        scale = scale or 1e-9
        wall = f", wall {self.wall / scale:.3g}" if self._apart else ""
        return f"{self.cpu / scale:.3g} {unit}{wall}"

    def as_rate(self) -> str:
        """Calls in a second of CPU time, and of wall time where that is another number.

        >>> Timing(0.001, 0.002).as_rate()
        '1,000 per second, wall 500'
        """
        wall = f", wall {1 / self.wall:,.0f}" if self._apart else ""
        return f"{1 / self.cpu:,.0f} per second{wall}"

    @property
    def _apart(self) -> bool:
        """More than 5 % between the two: something else had the core."""
        return abs(self.wall / self.cpu - 1) > 0.05


class Row(NamedTuple):
    """One line of the table: what, ours, the alternative, how many times less CPU and wall time we take."""

    what: str
    ours: str
    alternative: str = ""
    ratios: tuple[float, float] | None = None


def time_row(what: str, ours: Timing, name: str = "", theirs: Timing | None = None, note: str = "") -> Row:
    """Times of one call; `name`: of the alternative; `note`: what else is to say of ours."""
    return _row(what, ours.as_time() + note, name, theirs, Timing.as_time, ours)


def rate_row(what: str, ours: Timing, name: str = "", theirs: Timing | None = None) -> Row:
    """Calls in a second."""
    return _row(what, ours.as_rate(), name, theirs, Timing.as_rate, ours)


def _row(
    what: str, text: str, name: str, theirs: Timing | None, shown: Callable[[Timing], str], ours: Timing
) -> Row:
    if theirs is None:
        return Row(what, text, name)
    return Row(what, text, f"{name}: {shown(theirs)}", (theirs.cpu / ours.cpu, theirs.wall / ours.wall))


def timed(run: Callable[[], object], repeats: int = 15, calls: int = 1) -> Timing:
    """Medians over `repeats` of one call on one core, each taken over `calls`; one warm-up run first."""
    with threadpool_limits(1):
        run()
        cpu, wall = [], []
        for _ in range(repeats):
            found = _once(run, calls)
            cpu.append(found.cpu)
            wall.append(found.wall)
    return Timing(statistics.median(cpu), statistics.median(wall))


def timed_once(run: Callable[[], object]) -> Timing:
    """The first call and no other, on one core: for what caches its result or takes long."""
    with threadpool_limits(1):
        return _once(run, 1)


def _once(run: Callable[[], object], calls: int) -> Timing:
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(calls):
        run()
    return Timing((time.process_time() - cpu) / calls, (time.perf_counter() - wall) / calls)
