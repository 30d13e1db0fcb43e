"""Cumulants of data as a table for people."""

from __future__ import annotations

from rich.text import Text

from fieldtheory.workbench.cli.printing.numbers import short
from fieldtheory.workbench.cli.printing.tables import plain_console, plain_table
from fieldtheory.workbench.cli.results.data_cumulants import DataResult

_DIGITS = 10


def print_data(result: DataResult) -> None:
    """One row per cumulant."""
    console, table = plain_console(), plain_table()
    is_closed = any(row.exact is not None for row in result.cumulants)
    closed = ("closed form",) if is_closed else ()
    for head in ("sites", *closed, "sum of diagrams", "truncation", "resummed", "error"):
        table.add_column(head)
    for sites, exact, series in result.cumulants:
        table.add_row(
            sites,
            *((short(exact, _DIGITS),) if exact is not None else ()),
            short(series.value, _DIGITS),
            short(series.truncation, 2),
            short(series.resummed.value, _DIGITS),
            short(series.resummed.error, 2),
        )
    name, gain = result.data.name, short(result.data.gain, 4)
    title = f"cumulants of {name}(g z)/Z, g = {gain}, ρ = {short(result.correlation, 4)}"
    console.print(Text(title, style="bold"))
    console.print(table)
    console.print(Text(f"diagrams with up to {result.order} lines", style="dim"))
