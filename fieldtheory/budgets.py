"""The budget of a call: the memory and the time it may take, estimated before the work."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from fieldtheory.arguments import require_number
from fieldtheory.machine import unused_bytes

_LARGE_TIME, _LARGE_MEMORY = 20.0, float(1 << 30)  # said from here on: seconds, bytes
_SHARE = 0.8  # of the memory that is available
_YEAR = 365.25 * 86400.0
_TIMES = (  # up to, unit, name
    (59.5, 1.0, "s"),
    (3570.0, 60.0, "min"),
    (48 * 3600.0, 3600.0, "h"),
    (_YEAR, 86400.0, "days"),
    (100 * _YEAR, _YEAR, "years"),
)


class OverBudget(ValueError):
    """A call that would take more time than its budget allows; nothing has been computed."""


class OverMemory(OverBudget, MemoryError):
    """A call that would take more memory than its budget allows; nothing has been computed."""


@dataclass(frozen=True)
class Budget:
    """What every call inside may take: `max_memory` in bytes, `max_time` in seconds.

    `max_memory` None: 80 % of what is available when the call begins. `say` is given a sentence about every
    call whose estimate is large (20 s, 1 GiB).
    """

    max_memory: float | None = None
    max_time: float = 3600.0
    say: Callable[[str], None] | None = None

    @property
    def memory(self) -> float:
        """Bytes that may be taken now."""
        return available_bytes() if self.max_memory is None else self.max_memory


_USUAL = Budget()
_CURRENT: ContextVar[Budget] = ContextVar("budget", default=_USUAL)


@contextmanager
def budget(
    max_memory: float | None = None, max_time: float | None = None, say: Callable[[str], None] | None = None
) -> Iterator[Budget]:
    """Within the block, calls may take so many bytes and seconds; None leaves a limit as it is.

    Estimates, made before the work from sizes alone, are held against the limits: a call that looks larger is
    refused at once. Without a block the limits are 80 % of the available memory, and one hour.

    >>> from fieldtheory import FullyConnected
    >>> kernel = FullyConnected(3, "relu", weight_variance=2.0).ntk()
    >>> with budget(max_time=0.001):
    ...     kernel.spectrum(dim=10, max_degree=10**6)
    Traceback (most recent call last):
    fieldtheory.budgets.OverBudget: a spectrum up to degree 1000004 would take ...
    """
    found = _CURRENT.get()
    if max_memory is not None:
        found = replace(found, max_memory=require_number("max_memory", max_memory, exclusive=True))
    if max_time is not None:
        found = replace(found, max_time=require_number("max_time", max_time, exclusive=True))
    if say is not None:
        found = replace(found, say=say)
    token = _CURRENT.set(found)
    try:
        yield found
    finally:
        _CURRENT.reset(token)


def current_budget() -> Budget:
    """The budget that holds here."""
    return _CURRENT.get()


def require_budget(what: str, *, seconds: float, memory: float = 0.0, smaller: str, say: bool = True) -> None:
    """Says what a call will take if that is much; OverBudget or OverMemory if it is more than it may take.

    `what`: argument and value, "max_degree = 1000"; `seconds`, `memory`: the estimates, `inf` for more than a
    float holds; `smaller`: the argument to lower; `say`: whether to announce what is large.

    >>> require_budget("layers = 9", seconds=8000.0, smaller="layers")
    Traceback (most recent call last):
    fieldtheory.budgets.OverBudget: layers = 9 would take 2.2 h, and max_time allows 1 h: lower layers,
    or raise the limit, with ft.budget(max_time=16000)
    """
    found = _CURRENT.get()
    if seconds > found.max_time:
        raise OverBudget(_refusal(what, "max_time", seconds, found.max_time, time_in_words, smaller))
    # the system is only asked where it could matter
    limit = found.memory if memory > _LARGE_MEMORY / 16 or found.max_memory is not None else math.inf
    if memory > limit:
        raise OverMemory(_refusal(what, "max_memory", memory, limit, memory_in_words, smaller))
    if say and found.say is not None and (seconds > _LARGE_TIME or memory > _LARGE_MEMORY):
        found.say(f"{what}: about {time_in_words(seconds)} and {memory_in_words(memory)} of memory")


def _refusal(
    what: str, name: str, need: float, allowed: float, tell: Callable[[float], str], smaller: str
) -> str:
    return (
        f"{what} would take {tell(need)}, and {name} allows {tell(allowed)}: lower {smaller}"
        f"{_lifted(name, need)}"
    )


def _lifted(name: str, need: float) -> str:
    """How to lift a limit: double the estimate, to two digits; nothing where no machine or life suffices."""
    if need > (1e18 if name == "max_memory" else 1e9):
        return ""
    digits = max(0, math.floor(math.log10(2 * need)) - 1)
    number = math.ceil(2 * need / 10**digits) * 10**digits
    return f", or raise the limit, with ft.budget({name}={number})"


def time_in_words(seconds: float) -> str:
    """A time to two digits.

    >>> time_in_words(0.5), time_in_words(90), time_in_words(7000), time_in_words(1e30)
    ('0.5 s', '1.5 min', '1.9 h', 'more than 100 years')
    """
    for limit, unit, name in _TIMES:
        if seconds < limit:
            return f"{_two_digits(seconds / unit)} {name}"
    return "more than 100 years"


def memory_in_words(size: float) -> str:
    """A size in memory to two digits.

    >>> memory_in_words(3e6), memory_in_words(2.5e9), memory_in_words(1e30)
    ('3 MB', '2.5 GB', 'more than 1000 TB')
    """
    for unit, name in ((1e6, "MB"), (1e9, "GB"), (1e12, "TB")):
        if size < 999.5 * unit:
            return f"{_two_digits(size / unit)} {name}"
    return "more than 1000 TB"


def _two_digits(number: float) -> str:
    return f"{number:.0f}" if number >= 9.95 else f"{number:.2g}"


def available_bytes() -> float:
    """80 % of the memory that this process may still take."""
    return _SHARE * unused_bytes()
