"""What every command that computes has in common: files first, then JSON or a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from fieldtheory.workbench.cli.root import say_warnings
from fieldtheory.workbench.records import json_text, require_writable, write_rows

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
        path.write_text(json_text(result.to_dict()) + "\n", encoding="utf-8")
    elif suffix == ".csv":
        heads, *rows = result.rows()
        write_rows(path, heads, rows)
    else:
        from fieldtheory.workbench.plots.style import save_figure

        save_figure(result.figure(), path)


def hand_over(result: Result, options: dict[str, Any], print_table: Callable[[], None]) -> None:
    """Write the files of --out; then, even if one can't be, JSON or the table; then warnings."""
    try:
        for path in options["files"]:
            write_result(result, path)
    finally:
        if options["as_json"]:
            click.echo(json_text(result.to_dict()))
        else:
            if not options["quiet"]:
                print_table()
            _print_notes(result.references, options)
        say_warnings(result.warnings)


def _print_notes(references: Sequence[str], options: dict[str, Any]) -> None:
    from fieldtheory.workbench.cli.printing.tables import print_files, print_references

    if options["references"] or not options["quiet"]:
        print_references(references, options["references"])
    if not options["quiet"]:
        print_files(options["files"])
