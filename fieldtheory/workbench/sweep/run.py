"""The parts of a sweep, handed to an executor and taken back as they are done."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

from fieldtheory.compiled import interpret_small_work
from fieldtheory.machine import usable_cores
from fieldtheory.one_thread import one_blas_thread
from fieldtheory.workbench.sweep.grid import Grid, Part
from fieldtheory.workbench.sweep.part_curves import PartCurves, part_curves

_WAITING = 64  # parts with an executor at a time: enough for some dozens of workers, few enough to hold
_NUMBER = re.compile(r"(?<![A-Za-z])[-+]?\d+(\.\d*)?(e[-+]?\d+)?")


def run_parts(grid: Grid, parts: Iterable[Part], executor: Executor | None) -> Iterator[PartCurves]:
    """Each part's curves, in the order in which they are done.

    None: threads, one a core. BrokenExecutor where a process of a pool was killed.
    """
    interpret_small_work(0)  # of the command line: its bits depend on what ran before
    with one_blas_thread(), _pool(executor) as pool:
        running: set[Future[PartCurves]] = set()
        try:
            for part in parts:
                running.add(pool.submit(part_curves, grid, part))
                if len(running) >= _WAITING:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    yield from (each.result() for each in done)
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (each.result() for each in done)
        finally:
            for each in running:
                each.cancel()


def kind(text: str) -> str:
    """What a warning says but for its numbers, by which many curves differ.

    >>> kind("off by 0.3 of itself at n = 1e3") == kind("off by 12 of itself at n = 20")
    True
    """
    return _NUMBER.sub("#", text)


@contextmanager
def _pool(executor: Executor | None) -> Iterator[Executor]:
    if executor is not None:
        yield executor  # which is the caller's, to shut down too
        return
    with ThreadPoolExecutor(usable_cores()) as threads:
        yield threads
