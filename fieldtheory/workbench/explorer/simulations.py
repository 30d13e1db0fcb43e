"""The measured points: one simulation at a time, in a thread, point after point, that can be cancelled."""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import fieldtheory as ft
from fieldtheory.workbench.explorer.controls import Refused
from fieldtheory.workbench.explorer.sizes import REPEATS, SEED, SIMULATED
from fieldtheory.workbench.explorer.view import View
from fieldtheory.workbench.simulation.dataset_batches import before_each_dataset

SECONDS, BYTES = 10.0, 2e8  # that a simulation may take


class Busy(Refused):
    """Another simulation is running."""


class _Ended(Exception):
    """The simulation is to stop, between two data sets."""


class Simulation:
    """One run: a thread that measures, and the lines that tell of it."""

    def __init__(
        self, view: View, loop: asyncio.AbstractEventLoop, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.view = view
        self.name = secrets.token_hex(8)
        self.ended = asyncio.Event()
        self._cancelled = threading.Event()
        self._loop = loop
        self._lines: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._clock, self._done, self._until = clock, 0, clock() + SECONDS

    def cancel(self) -> None:
        """Stop before the next data set."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether it is to stop."""
        return self._cancelled.is_set()

    async def lines(self) -> AsyncIterator[dict[str, Any]]:
        """What happens, until it has ended. To stop listening is to cancel it."""
        try:
            yield {"simulation": self.name, "sizes": SIMULATED, "repeats": REPEATS}
            while (line := await self._lines.get()) is not None:
                yield line
        finally:
            self.cancel()

    def start(self) -> None:
        """Begin to measure."""
        threading.Thread(target=self._run, daemon=True).start()

    def _finish(self) -> None:
        self.ended.set()
        self._lines.put_nowait(None)

    def _say(self, line: dict[str, Any]) -> None:
        self._loop.call_soon_threadsafe(self._lines.put_nowait, line)

    def _before(self) -> None:
        """Called before each data set."""
        if self.cancelled:
            raise _Ended("cancelled")
        if self._clock() > self._until:
            raise _Ended(f"stopped after {SECONDS:g} s")
        self._say({"progress": self._done / (REPEATS * len(SIMULATED))})
        self._done += 1

    def _run(self) -> None:
        try:
            with ft.budget(max_time=SECONDS, max_memory=BYTES), before_each_dataset(self._before):
                for size in SIMULATED:
                    self._measure(size)
            self._say({"end": "done"})
        except _Ended as why:
            self._say({"end": str(why)})
        except (ValueError, ArithmeticError, MemoryError) as error:
            self._say({"end": "error", "error": str(error)})
        except BaseException:
            self._say({"end": "error", "error": "the simulation failed: the terminal shows why"})
            raise
        finally:
            self._loop.call_soon_threadsafe(self._finish)

    def _measure(self, size: int) -> None:
        view = self.view
        found = ft.simulate(
            view.zonal_kernel,
            view.dim,
            view.target,
            size,
            ridge=view.ridge,
            label_noise=view.label_noise,
            repeats=REPEATS,
            seed=SEED,
            jobs=1,
        )
        self._say(
            {
                "n": size,
                "error": found.error[0],
                "stderr": found.error_stderr[0],
                "warnings": list(found.warnings),
            }
        )


class Simulations:
    """The one simulation that may be running."""

    def __init__(self) -> None:
        self._current: Simulation | None = None
        self._starting = asyncio.Lock()

    async def start(self, view: View) -> Simulation:
        """A new one, once a cancelled one has stopped; Busy while another is running."""
        async with self._starting:
            current = self._current
            if current is not None and current.cancelled:
                await current.ended.wait()
            if current is not None and not current.ended.is_set():
                raise Busy("a simulation is running: cancel it, or wait for its end")
            self._current = Simulation(view, asyncio.get_running_loop())
            self._current.start()
            return self._current

    def cancel(self, name: str) -> bool:
        """Stop the simulation of this name; False where there is none."""
        if self._current is None or self._current.name != name:
            return False
        self._current.cancel()
        return True
