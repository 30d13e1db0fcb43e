"""The workers that a user has asked joblib for, `joblib.parallel_config`; who has not imported it has not."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Argument = TypeVar("Argument")
Found = TypeVar("Found")


def configured_jobs() -> int | None:
    """How many workers there are by the `parallel_config` in force; None where there is none.

    >>> from joblib import parallel_config
    >>> with parallel_config(backend="threading", n_jobs=3):
    ...     configured_jobs()
    3
    """
    joblib = sys.modules.get("joblib")
    if joblib is None:
        return None
    backend, jobs = joblib.parallel.get_active_backend()
    if jobs is None and type(backend).__name__ == "LokyBackend":  # the one that is used without joblib, too
        return None
    return int(joblib.effective_n_jobs(joblib.Parallel().n_jobs))


def by_joblib(work: Callable[[Argument], Found], arguments: Sequence[Argument], jobs: int) -> Iterator[Found]:
    """What `work` makes of each, in order, by the workers of the `parallel_config` in force."""
    import joblib

    backend, _ = joblib.parallel.get_active_backend()
    one_by_one = "generator" if backend.supports_return_generator else "list"
    workers = joblib.Parallel(n_jobs=jobs, batch_size=1, return_as=one_by_one)
    found = iter(workers(joblib.delayed(work)(each) for each in arguments))
    try:
        for each in found:  # noqa: UP028 - which would close it before the warning is silenced
            yield each
    finally:
        if hasattr(found, "close"):
            with warnings.catch_warnings():  # where time is up, what is left is given up on purpose
                warnings.filterwarnings("ignore", ".*have been cancelled", UserWarning)
                found.close()
