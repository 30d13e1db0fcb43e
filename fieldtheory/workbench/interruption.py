"""Ctrl-C and SIGTERM in the middle of a command: the process ends, and with it all that it has started."""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.util
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

from fieldtheory.workbench.output_files import discard_unfinished
from fieldtheory.workbench.simulation.workers import processes_are_starting, wait_for_starting_processes

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_leaving = threading.Event()
_STARTS = 3.0  # seconds until processes that start are not waited for
_PATIENCE = 0.3  # seconds until compiled code that does not return is left where it is


@contextlib.contextmanager
def watch() -> Iterator[None]:
    """Within the block, a signal ends the process with 128 + its number, also inside compiled code.

    Its workers and their shared memory, and files that are not complete, go too. Python runs the handler of a
    signal only between two of its own steps; so a thread waits for the signals as well.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    handlers = {number: signal.signal(number, _leave) for number in _SIGNALS}
    threading.Thread(target=_wait, args=(reading,), daemon=True).start()
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before)
        os.close(writing)


def _wait(reading: int) -> None:
    while received := os.read(reading, 1):
        if received[0] in _SIGNALS:
            threading.Event().wait(_PATIENCE)
            wait_for_starting_processes(_STARTS)
            leave(received[0])


def _leave(number: int, frame: FrameType | None) -> None:
    if not processes_are_starting():  # else the thread that waits does it once they are there
        leave(number)


def leave(number: int) -> None:
    """End this process and all that it has started, by this signal; at once if that has begun already."""
    if _leaving.is_set():
        os._exit(128 + number)
    _leaving.set()
    for other in _SIGNALS:
        with contextlib.suppress(ValueError):  # of another thread than the main one
            signal.signal(other, signal.SIG_IGN)
    discard_unfinished()
    end_workers()
    with contextlib.suppress(OSError, ValueError):
        if sys.stderr.isatty():
            os.write(sys.stderr.fileno(), b"\x1b[?25h\n")  # a progress bar hides the cursor
    os._exit(128 + number)


def end_workers() -> None:
    """Kill the processes that simulate, and remove the semaphores that they share."""
    for worker in multiprocessing.active_children():
        with contextlib.suppress(OSError):
            if worker.pid is not None:  # worker.kill() is not there for those of loky
                os.kill(worker.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    with contextlib.suppress(Exception):
        multiprocessing.util._run_finalizers(0)  # type: ignore[attr-defined]
