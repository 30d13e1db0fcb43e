"""An executor that the user gives: any `concurrent.futures.Executor`, of this machine or of a cluster."""

from __future__ import annotations

import sys
from concurrent.futures import BrokenExecutor, Executor
from typing import Any

from fieldtheory.shown_value import shown


def require_executor(executor: Any) -> Executor | None:
    """An executor, or None; ValueError for anything else."""
    if executor is not None and not isinstance(executor, Executor):
        raise ValueError(
            "executor must be a concurrent.futures.Executor, such as ProcessPoolExecutor(), or None "
            f"(got {shown(executor)})"
        )
    return executor


def known_workers(executor: Executor) -> int | None:
    """How many workers it has on this machine; None for one that does not tell, such as a cluster's.

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> known_workers(ThreadPoolExecutor(3))
    3
    """
    found = getattr(executor, "_max_workers", None)
    return found if isinstance(found, int) and found > 0 else None


def killed_workers() -> tuple[type[BaseException], ...]:
    """What executors raise where a worker was killed: pools of processes, and Dask after several of them."""
    dask = sys.modules.get("distributed")
    return (BrokenExecutor, dask.KilledWorker) if dask is not None else (BrokenExecutor,)
