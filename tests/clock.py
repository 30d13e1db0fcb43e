"""A clock for what stops when time is up, so that no test depends on the load of a machine."""

from itertools import count


class Clock:
    """A clock that goes on by a step whenever somebody looks."""

    def __init__(self, step: float) -> None:
        self.ticks, self.step = count(), step

    def monotonic(self) -> float:
        return next(self.ticks) * self.step
