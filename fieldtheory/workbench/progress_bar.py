"""A progress bar: over data sets, sizes, sweeps."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from fieldtheory.shown_value import shown as in_words

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn, Task

Found = TypeVar("Found")


class ProgressBar:
    """A rich progress bar over data sets, or `what` else, on stderr, or nothing at all (`shown` false).

    `rate`: with how many are done per second.
    """

    def __init__(self, shown: bool, total: int, what: str = "data sets", rate: bool = False) -> None:
        self._bar: Progress | None = None
        if shown:
            from rich.console import Console
            from rich.progress import Progress

            columns = [*Progress.get_default_columns()]
            if rate:
                columns.insert(-1, _rate_column())
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(what, total=total)

    def __enter__(self) -> ProgressBar:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def reach(self, done: int) -> None:
        """So many are done."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done)

    def advance(self, done: int = 1) -> None:
        """So many more are done."""
        if self._bar is not None:
            self._bar.advance(self._task, done)

    def expect(self, total: int) -> None:
        """From now on so many data sets make the whole."""
        if self._bar is not None:
            self._bar.update(self._task, total=total)

    def say(self, text: str) -> None:
        """Print one line above the bar."""
        if self._bar is not None:
            self._bar.console.print(text)

    def count(self, datasets: Iterable[Found]) -> Iterator[Found]:
        """Pass `datasets` on, advancing the bar with each."""
        for dataset in datasets:
            self.advance()
            yield dataset


def progress_shown(progress: Any) -> bool:
    """Whether a bar is asked for; None: on a terminal only. ValueError for what is neither."""
    if progress is None:
        return sys.stderr.isatty()
    if not isinstance(progress, bool):
        raise ValueError(f"progress must be True, False or None (got {in_words(progress)})")
    return progress


def _rate_column() -> ProgressColumn:
    """How many are done per second, as soon as that is known."""
    from rich.progress import ProgressColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text("" if speed is None else f"{speed:.0f} per second", style="progress.data.speed")

    return Rate()
