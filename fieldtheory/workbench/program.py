"""The program `fieldtheory` as a process: what ends it, from its first moment to its last."""

from __future__ import annotations

import os
import signal
from types import FrameType


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(128 + number)


def main() -> None:
    """Run the command line of the process.

    Ctrl-C and SIGTERM end it without a word, with the status 130 or 143: before a command runs and after it
    at once, while it runs as `interruption.watch` says.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    from fieldtheory.compiled import interpret_small_work
    from fieldtheory.workbench.cli import main as command_line
    from fieldtheory.workbench.interruption import watch

    interpret_small_work()
    with watch():
        command_line()
