"""One thread while something is computed: of BLAS, as several give other digits, or of Numba, for speed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

_changing = threading.Lock()
_inside = 0
_limits: Any = None


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """In this block, in all threads of the process; the first one in limits, the last one out lifts it."""
    global _inside, _limits
    with _changing:
        if not _inside:
            _limits = _libraries().limit(limits=1, user_api="blas")
            _limits.__enter__()
        _inside += 1
    try:
        yield
    finally:
        with _changing:
            _inside -= 1
            if not _inside:
                _limits.__exit__(None, None, None)


@contextmanager
def one_numba_thread() -> Iterator[None]:
    """In this block, in this thread: a parallel loop with little work costs less than to hand it round."""
    import numba

    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(before)


@cache
def _libraries() -> Any:
    import scipy.linalg  # noqa: F401 - its own BLAS, to be found
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
