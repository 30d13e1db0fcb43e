"""Margins of random patterns as a table for people."""

from __future__ import annotations

import math

from rich.text import Text

from fieldtheory.workbench.cli.printing.numbers import short, with_error
from fieldtheory.workbench.cli.printing.tables import plain_console, plain_table
from fieldtheory.workbench.cli.results.capacity import CapacityResult

_DIGITS = 4


def print_capacity(result: CapacityResult) -> None:
    """One row per load; what was measured beside the theory where sets were drawn."""
    console, table, curve = plain_console(), plain_table(), result.curve
    heads = ["P/N", "margin", "contacts/N", "separable"]
    if curve.repeats:
        heads = ["P/N", "margin", "measured", "contacts/N", "measured", "separable", "share"]
    for head in heads:
        table.add_column(head)
    for place, load in enumerate(curve.load.tolist()):
        cells = [f"{load:g}"]
        for name in ("margin", "contacts", "separable"):
            value = float(getattr(curve, name)[place])
            cells.append("none" if math.isnan(value) else short(value, _DIGITS))
            if curve.repeats:
                measured = float(getattr(curve, f"{name}_measured")[place])
                # of a share the number of sets says how far to trust it
                stderr = math.nan if name == "separable" else float(getattr(curve, f"{name}_stderr")[place])
                cells.append(_measured(measured, stderr))
        table.add_row(*cells)
    sets = f", {curve.repeats} sets each" if curve.repeats else ""
    console.print(Text(f"random patterns on a perceptron, N = {curve.inputs}{sets}", style="bold"))
    console.print(table)
    console.print(Text("margin, contacts/N: replicas at large N; separable: Cover's count", style="dim"))


def _measured(value: float, stderr: float) -> str:
    if math.isnan(value):
        return "none"
    return short(value, 4) if math.isnan(stderr) else with_error(value, stderr)
