r"""Recursive functions without a stack: generators that yield the calls they wait for."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

Deep = Generator[Any, Any, Any]  # yields others of its kind, is sent what they return


def returned(call: Deep) -> Any:
    """What a deep call returns, however many calls it waits for.

    >>> def depth(nested):
    ...     return 1 + (yield depth(nested[0])) if nested else 0
    >>> returned(depth([[[]]]))
    2
    """
    waiting = [call]
    value: Any = None
    while waiting:
        try:
            waiting.append(waiting[-1].send(value))
            value = None
        except StopIteration as end:
            waiting.pop()
            value = end.value
    return value
