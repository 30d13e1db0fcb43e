"""The best points of a sweep as a table for people."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from fieldtheory.counted import counted
from fieldtheory.workbench.cli.printing.numbers import short, with_error
from fieldtheory.workbench.cli.printing.tables import plain_console, plain_table
from fieldtheory.workbench.cli.results.sweep import SweepResult


def print_sweep(result: SweepResult) -> None:
    """One row per best point: where it is, its error, and how many others its bar can't tell from it."""
    console, table = plain_console(), plain_table()
    sweep = result.sweep
    last = [name for name in sweep.dims if name != "n"]
    heads = [*(["n"] if "n" in sweep.dims else []), *last]
    for head in heads:
        table.add_column(head.replace("_", " "))
    for head in ("error ± bar", "tied"):
        table.add_column(head)
    for best in result.optima:
        cells = [_cell(best.parameters[name]) for name in heads]
        error = short(best.error, 4) if best.error_bar is None else with_error(best.error, best.error_bar)
        table.add_row(*cells, error + ("" if best.trusted else " ?"), str(len(best.tied)))
    sizes = " x ".join(
        f"{name.replace('_', ' ')} {size}" for name, size in zip(sweep.dims, sweep.shape, strict=True)
    )
    console.print(Text(f"{counted(sweep.grid.points, 'point')}: {sizes}; the best of them", style="bold"))
    console.print(table)
    note = "tied: other points whose bars reach that of the best"
    if not all(best.trusted for best in result.optima):
        note += "; ?: not converged, or a bar above half of the error"
    console.print(Text(note, style="dim"))
    if result.store is not None:
        console.print(Text(f"all points: {result.store}", style="dim"))


def _cell(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)
