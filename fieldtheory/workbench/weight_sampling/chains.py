"""Chains that run side by side in threads, as compiled code lets go of the interpreter's lock."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

from fieldtheory.workbench.weight_sampling.chain import Chain
from fieldtheory.workbench.weight_sampling.sweeps import Layers


def run_chains(
    layers: Layers, chains: Sequence[Chain], sweeps: int, jobs: int, progress: bool | None
) -> None:
    """Take every chain so many sweeps on, after its burn-in; what comes out does not depend on `jobs`."""
    total = sum(sweeps + chain.waiting for chain in chains)
    stop = threading.Event()
    with SweepBar(progress, total) as bar:

        def run(chain: Chain) -> None:
            for done in chain.steps(layers, sweeps):
                bar.advance(done)
                if stop.is_set():
                    return

        if jobs == 1 or len(chains) == 1:
            for chain in chains:
                run(chain)
            return
        with ThreadPoolExecutor(min(jobs, len(chains))) as pool:
            try:
                for future in [pool.submit(run, chain) for chain in chains]:
                    future.result()
            finally:  # Ctrl-C, or a chain that failed: the others need not finish
                stop.set()


class SweepBar:
    """A bar with the rate of sweeps and what is left, on a terminal; quiet elsewhere or if not `shown`."""

    def __init__(self, shown: bool | None, total: int) -> None:
        self._bar = None
        if shown is not False and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            self._bar = Progress(
                TextColumn("sweeps"),
                BarColumn(),
                TextColumn("{task.percentage:3.0f} %, {task.speed:.0f} per second"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task("sweeps", total=total)

    def __enter__(self) -> SweepBar:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advance(self, sweeps: int) -> None:
        """So many more are done."""
        if self._bar is not None:
            self._bar.advance(self._task, sweeps)
