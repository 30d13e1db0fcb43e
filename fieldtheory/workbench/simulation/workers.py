"""Processes that simulate: what they do when they are interrupted, killed or left alone."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_WATCH = 0.5  # seconds between two looks at the parent process
_starting = threading.Lock()  # held while processes start


class WorkerDied(RuntimeError):
    """A process that simulated was killed; `finished`: the simulation of the sizes before, None if none."""

    finished: Any = None


def start_trackers() -> None:
    """Start the processes that clean up after others, before `interrupts_held_back`.

    To start one lets Ctrl-C through again, for the processes that start after it as well.
    """
    if not hasattr(signal, "pthread_sigmask"):
        return
    from multiprocessing import resource_tracker

    from loky.backend import resource_tracker as tracker_of_loky

    resource_tracker.ensure_running()
    tracker_of_loky.ensure_running()


@contextmanager
def interrupts_held_back() -> Iterator[None]:
    """Processes that start within the block never see Ctrl-C, which reaches this one after the block."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    with _starting:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def processes_are_starting() -> bool:
    """Whether some are on their way, so that not all that there will be can be ended."""
    return _starting.locked()


def wait_for_starting_processes(seconds: float) -> None:
    """Until all are there, or so long; after that no more of them start."""
    _starting.acquire(timeout=seconds)


def prepare_worker(parent: int) -> None:
    """End this process soon after its parent, which may be killed without a chance to say so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def wait() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
