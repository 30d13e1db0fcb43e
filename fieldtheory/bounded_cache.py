"""Tables that are kept as long as they fit: a cache with a limit in bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from threading import Lock
from typing import Any, TypeVar

import numpy as np

Found = TypeVar("Found")


def kept_within(limit: int) -> Callable[[Callable[..., Found]], Callable[..., Found]]:
    """Decorator: results are kept while the arrays in them take at most `limit` bytes in all.

    The ones used longest ago go first; the latest stays whatever its size. For functions of hashable
    positional arguments that return objects with attributes, whose arrays are not to be changed.

    >>> from types import SimpleNamespace
    >>> @kept_within(3000)
    ... def row(length):
    ...     return SimpleNamespace(numbers=np.zeros(length))
    >>> row(100) is row(100), row(200) is row(200), row(100) is row(100), row.kept_bytes()
    (True, True, True, 2400)
    >>> row(1000) is row(1000), row.kept_bytes()
    (True, 8000)
    """

    def decorate(function: Callable[..., Found]) -> Callable[..., Found]:
        kept: OrderedDict[tuple[Hashable, ...], Found] = OrderedDict()
        lock = Lock()

        @wraps(function)
        def found(*arguments: Hashable) -> Found:
            with lock:
                if arguments in kept:
                    kept.move_to_end(arguments)
                    return kept[arguments]
            made = function(*arguments)
            with lock:
                kept[arguments] = made
                kept.move_to_end(arguments)
                while len(kept) > 1 and sum(map(_bytes_of, kept.values())) > limit:
                    kept.popitem(last=False)
            return made

        found.kept_bytes = lambda: sum(map(_bytes_of, kept.values()))  # type: ignore[attr-defined]
        return found

    return decorate


def _bytes_of(result: Any) -> int:
    return sum(each.nbytes for each in vars(result).values() if isinstance(each, np.ndarray))
