"""Couplings of coarse variables as a table for people."""

from __future__ import annotations

from rich.text import Text

from fieldtheory.counted import counted
from fieldtheory.workbench.cli.printing.numbers import short
from fieldtheory.workbench.cli.printing.tables import plain_console, plain_table
from fieldtheory.workbench.cli.results.couplings import CouplingResult

_DIGITS = 8


def print_couplings(result: CouplingResult) -> None:
    """The rangeness, then a row per coupling with a column for each order."""
    console, table = plain_console(), plain_table()
    text = f"{counted(len(result.blocks), 'block')}, rangeness {short(result.exact.rangeness, _DIGITS)}"
    console.print(Text(text, style="bold"))
    _, *rows = result.rows()
    table.add_column("blocks")
    table.add_column("")
    table.add_column("exact")
    for order in range(len(result.orders)):
        table.add_column(f"order {order}")
    for (blocks, _), (name, *values) in zip(result.largest, rows, strict=True):
        near = "neighbours" if blocks in result.exact.neighbours else "field" if len(blocks) == 1 else ""
        table.add_row(name, near, *(short(value, _DIGITS) for value in values))
    console.print(table)
