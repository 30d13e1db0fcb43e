"""What a command has computed, and its files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from fieldtheory.workbench.output_files import require_writable, write_file
from fieldtheory.workbench.records import json_text, write_rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Result(Protocol):
    """What has been computed, in the three forms that a file can have."""

    def to_dict(self) -> dict[str, Any]:
        """Everything, for JSON."""
        ...

    def rows(self) -> Iterable[Sequence[Any]]:
        """The heads of the columns, then the rows, for CSV."""
        ...

    def figure(self) -> Figure:
        """The picture of it."""
        ...

    @property
    def references(self) -> tuple[str, ...]:
        """Papers that the numbers rest on, each once."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be said against it."""
        ...


def write_result(result: Result, path: Path) -> None:
    """Write data (.json, .csv) or else a figure (.svg, .png, .pdf), by the suffix; ValueError for others."""
    require_writable([path])
    suffix = path.suffix.lower()
    if suffix == ".json":
        write_file(path, json_text(result.to_dict()) + "\n")
    elif suffix == ".csv":
        heads, *rows = result.rows()
        write_rows(path, heads, rows)
    else:
        from fieldtheory.workbench.plots.style import save_figure

        save_figure(result.figure(), path)
