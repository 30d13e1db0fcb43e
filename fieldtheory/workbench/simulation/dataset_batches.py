"""Running many data sets: how many processes, how much memory, how far along."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Protocol, TypeVar

from threadpoolctl import threadpool_limits

from fieldtheory.budgets import available_bytes, require_budget
from fieldtheory.counted import counted
from fieldtheory.machine import usable_cores
from fieldtheory.one_thread import one_blas_thread
from fieldtheory.workbench.given_executor import killed_workers, known_workers
from fieldtheory.workbench.simulation.configured_joblib import by_joblib, configured_jobs
from fieldtheory.workbench.simulation.workers import (
    WorkerDied,
    interrupts_held_back,
    prepare_worker,
    start_trackers,
)

__all__ = [
    "available_bytes",
    "before_each_dataset",
    "dataset_seconds",
    "over_memory",
    "require_time",
    "run_datasets",
    "worker_counts",
]

Found = TypeVar("Found")


class Regression(Protocol):
    """What all data sets of one size have in common."""

    @property
    def size(self) -> int:
        """Number of training points."""


Task = TypeVar("Task", bound=Regression)

# From here on one matrix at a time on all cores, to save memory. Below, one matrix per process: NumPy and
# SciPy have a pool of threads each, which keep cores from each other (measured for four data sets of N = 3500
# on two busy cores: 49 s with threads, 27 s with processes).
_THREADED_SIZE = 4000
# Seconds of estimated work below which processes are not started (measured: 0.5 to 0.6 s for two on an idle
# machine; the rest is a margin for busy ones).
_WORTH_PROCESSES = 4.0
_IDLE = 60  # seconds after which processes without work end
PROCESS = 120_000_000  # bytes of one more process, with its libraries
_FEWER_JOBS = "jobs=1, or fewer jobs"
_WAITING = 64  # batches with an executor at a time that does not tell how many workers it has


_BEFORE: ContextVar[Callable[[], None] | None] = ContextVar("before each data set", default=None)


@contextmanager
def before_each_dataset(call: Callable[[], None]) -> Iterator[None]:
    """In this block, `call` comes before each data set solved in this process; it may end them by raising."""
    token = _BEFORE.set(call)
    try:
        yield
    finally:
        _BEFORE.reset(token)


def dataset_seconds(size: int, columns: int = 0) -> float:
    """Time of one data set on one core: calls, matrix entries, flops at 50 Gflop/s.

    5 N³ flops for the exact average, N³/3 and 4 N² for each of `columns` right-hand sides for a sampled one.
    """
    if columns:
        return 1.7e-4 + (1.3e-8 + 8e-11 * columns) * float(size) ** 2 + 7e-12 * float(size) ** 3
    return 6e-5 + 4e-8 * float(size) ** 2 + 9e-11 * float(size) ** 3


def worker_counts(
    sizes: list[int],
    repeats: int,
    jobs: int | None,
    needs: list[int],
    limit: float,
    seconds: Callable[[int], float] = dataset_seconds,
) -> list[int]:
    """Processes to use at each size: `jobs` if given, else by size, amount of work and memory.

    A `joblib.parallel_config` in force gives `jobs`, too. `needs`: bytes of one data set of each size;
    `seconds`: the time that one takes on one core.

    >>> worker_counts([20], repeats=10, jobs=None, needs=[10**5], limit=1e9)
    [1]
    >>> worker_counts([20], repeats=10, jobs=2, needs=[10**5], limit=1e9)
    [2]
    """
    jobs = configured_jobs() if jobs is None else jobs
    if jobs is not None:
        return [min(jobs, repeats)] * len(sizes)
    fitting = [size for size, need in zip(sizes, needs, strict=True) if need <= limit]
    work = repeats * sum(seconds(size) for size in fitting if size < _THREADED_SIZE)
    if work < _WORTH_PROCESSES:
        return [1] * len(sizes)
    cores = usable_cores()
    return [
        max(1, min(cores, repeats, int(min(limit / need, 1e6)))) if size < _THREADED_SIZE else 1
        for size, need in zip(sizes, needs, strict=True)
    ]


def require_time(
    sizes: list[int],
    repeats: int,
    workers: list[int],
    seconds: Callable[[int], float] = dataset_seconds,
    kept: float = 2000.0,
) -> None:
    """OverBudget if so many data sets, or processes, are too many; `kept`: bytes that are kept of a set."""
    time = repeats * sum(
        seconds(size) / _busy_cores(size, used) for size, used in zip(sizes, workers, strict=True)
    )
    used = max(workers)
    require_budget(
        f"jobs = {used}", seconds=0.0, memory=float(PROCESS * used if used > 1 else 0), smaller="jobs"
    )
    require_budget(
        f"repeats = {repeats} at {counted(len(sizes), 'size')} up to n = {max(sizes)}",
        seconds=time,
        memory=kept * repeats * len(sizes),
        smaller="repeats or n",
    )


def _busy_cores(size: int, workers: int) -> int:
    if workers == 1:
        return usable_cores() if size >= _THREADED_SIZE else 1
    return min(workers, usable_cores())


def over_memory(
    sizes: list[int], needs: list[int], workers: list[int], limit: float, remedies: Sequence[str] = ()
) -> dict[int, str]:
    """What to say of the sizes that need more than `limit` bytes; MemoryError, for the largest, if all do.

    >>> over_memory([10, 1000], [8000, 8_000_000], [2, 2], 1e6)
    {1000: 'needs 0.02 GB with 2 processes, and 0.00 GB may be used; use jobs=1 or smaller n, or raise
    max_memory'}
    """
    totals = [need * used for need, used in zip(needs, workers, strict=True)]
    found = {}
    for size, total, used in zip(sizes, totals, workers, strict=True):
        if total > limit:
            ways = [*(["jobs=1"] if used > 1 else []), *remedies, "smaller n"]
            found[size] = (
                f"needs {total / 1e9:.2f} GB with {counted(used, 'process')}, and {limit / 1e9:.2f} GB "
                f"may be used; use {' or '.join(ways)}, or raise max_memory"
            )
    if found and len(found) == len(set(sizes)):
        largest = sizes[totals.index(max(totals))]
        raise MemoryError(f"n = {largest} {found[largest]}")
    return found


def run_datasets(
    solve: Callable[[Task, int], Found],
    problem: Task,
    repeats: int,
    workers: int,
    executor: Executor | None = None,
) -> Generator[Found, None, None]:
    """Data sets 0…repeats−1 in order, one by one: solved here (`workers` = 1) or in batches elsewhere.

    Elsewhere is the `executor`, else what a `joblib.parallel_config` in force says, else processes of loky.
    """
    if executor is not None:
        yield from _by_executor(executor, solve, problem, repeats)
    elif workers == 1:
        # One thread for small matrices: NumPy and SciPy bring a pool each, and the idle one's threads keep
        # the cores from the busy one (measured: 15 to 60 times slower at 100 to 200 points).
        with threadpool_limits(1 if problem.size < _THREADED_SIZE else None, user_api="blas"):
            before = _BEFORE.get()
            for repeat in range(repeats):
                if before is not None:
                    before()
                yield solve(problem, repeat)
    elif configured_jobs() is None:
        yield from _by_processes(solve, problem, repeats, workers)
    else:
        work = partial(_batch_of_one_thread, solve, problem)
        try:
            for found in by_joblib(work, _batches(repeats, 8 * workers), workers):
                yield from found
        except killed_workers():
            raise _died(problem, _FEWER_JOBS) from None


def _by_processes(
    solve: Callable[[Task, int], Found], problem: Task, repeats: int, workers: int
) -> Generator[Found, None, None]:
    """In batches, by processes of loky that wait for more work for a while."""
    from loky import get_reusable_executor

    one_thread = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
    start_trackers()
    with interrupts_held_back():  # an executor that is there may start processes at once
        executor = get_reusable_executor(
            workers, timeout=_IDLE, initializer=prepare_worker, initargs=(os.getpid(),), env=one_thread
        )
    try:
        with interrupts_held_back():
            batches = [
                executor.submit(_batch, solve, problem, batch) for batch in _batches(repeats, 8 * workers)
            ]
        for batch in batches:
            yield from batch.result()
    except killed_workers():
        raise _died(problem, _FEWER_JOBS) from None
    except BaseException:
        executor.shutdown(wait=True, kill_workers=True)
        raise


def _by_executor(
    executor: Executor, solve: Callable[[Task, int], Found], problem: Task, repeats: int
) -> Generator[Found, None, None]:
    """In batches, of which few wait at a time: each travels with the whole problem."""
    workers = known_workers(executor)
    batches = _batches(repeats, 8 * workers if workers else _WAITING)
    running: deque[Future[list[Found]]] = deque()
    try:
        with one_blas_thread():  # of all threads of this process, if those are the workers
            for batch in batches:
                if len(running) >= (2 * workers if workers else _WAITING):
                    yield from running.popleft().result()
                running.append(executor.submit(_batch_of_one_thread, solve, problem, batch))
            while running:
                yield from running.popleft().result()
    except killed_workers():
        raise _died(problem, "an executor of fewer workers") from None
    finally:
        for each in running:
            each.cancel()


def _died(problem: Regression, remedy: str) -> WorkerDied:
    return WorkerDied(
        f"n = {problem.size}: a process that simulated was killed, perhaps for lack of memory; use {remedy}"
    )


def _batches(repeats: int, count: int) -> list[range]:
    """At most `count` consecutive ranges of nearly equal length that cover 0…repeats−1."""
    count = min(count, repeats)
    return [range(repeats * k // count, repeats * (k + 1) // count) for k in range(count)]


def _batch(solve: Callable[[Task, int], Found], problem: Task, repeats: range) -> list[Found]:
    return [solve(problem, repeat) for repeat in repeats]


def _batch_of_one_thread(solve: Callable[[Task, int], Found], problem: Task, repeats: range) -> list[Found]:
    """In a worker that others have started: sums of several threads of BLAS have other digits."""
    with one_blas_thread():
        return _batch(solve, problem, repeats)
