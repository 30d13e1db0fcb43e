"""One thread of BLAS while something is computed, whatever the machine: sums of several have other digits."""

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


@cache
def _libraries() -> Any:
    import scipy.linalg  # noqa: F401 - its own BLAS, to be found
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
