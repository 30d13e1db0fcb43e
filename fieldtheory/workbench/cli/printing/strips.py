"""Strips as a table for people."""

from __future__ import annotations

from rich.text import Text

from fieldtheory.workbench.cli.printing.numbers import short, with_error
from fieldtheory.workbench.cli.printing.tables import plain_console, plain_table
from fieldtheory.workbench.cli.results.strips import StripResult

_DIGITS = 7


def print_strips(result: StripResult) -> None:
    """One row per width, and the limits under them."""
    console, table = plain_console(), plain_table()
    for head in ("L", "free energy", "ξ/L", "J*", "ν", "c"):
        table.add_column(head)
    for row in result.strips:
        ratio = row.correlation_length / row.width
        values = (row.free_energy, ratio, *row.point, row.central_charge)
        table.add_row(str(row.width), *(short(value, _DIGITS) for value in values))
    title = f"strips of the Potts model, q = {result.states}, J = {short(result.coupling, _DIGITS)}"
    console.print(Text(title, style="bold"))
    console.print(table)
    if result.limit is not None:
        limits = plain_table()
        for head in ("", "J*", "ν", "η", "c"):
            limits.add_column(head)
        found = (result.limit.coupling, result.limit.nu, result.limit.eta, result.limit.central_charge)
        limits.add_row("infinite width", *(with_error(*each) for each in found))
        console.print(limits)
    console.print(Text("J*, ν, c: of widths L and L + 1 together, c at J = ln(1 + √q)", style="dim"))
