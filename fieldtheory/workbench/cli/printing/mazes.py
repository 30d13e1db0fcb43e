"""Mazes as a table for people."""

from __future__ import annotations

from rich.text import Text

from fieldtheory.workbench.cli.printing.numbers import with_error
from fieldtheory.workbench.cli.printing.tables import plain_console, plain_table
from fieldtheory.workbench.cli.results.mazes import MazeResult


def print_mazes(result: MazeResult) -> None:
    """Connection and path, and a row per depth under them."""
    console, table = plain_console(), plain_table()
    mazes = result.mazes
    path = "none" if mazes.mean_path is None else with_error(*mazes.mean_path)
    console.print(
        Text(f"{mazes.samples} mazes of {mazes.size} x {mazes.size}, p = {mazes.p:g}", style="bold")
    )
    console.print(Text(f"connected {with_error(*mazes.connected)}, mean shortest path {path}"))
    for head in ("depth", "missed, of connected", "error"):
        table.add_column(head)
    for row in result.depths:
        missed = "none" if row["missed"] is None else with_error(*row["missed"].values())
        table.add_row(str(row["depth"]), missed, with_error(*row["error"].values()))
    console.print(table)
