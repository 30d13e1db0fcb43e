"""Fixed points and flow of a map as tables for people."""

from __future__ import annotations

from rich.text import Text

from fieldtheory.counted import counted
from fieldtheory.workbench.cli.printing.numbers import short
from fieldtheory.workbench.cli.printing.tables import plain_console, plain_table
from fieldtheory.workbench.cli.results.rg_map import MapResult

_DIGITS, _LONGEST = 9, 40


def print_map(result: MapResult) -> None:
    """One row per fixed point, then one per step of the flow."""
    console, table, name = plain_console(), plain_table(), str(result.rg_map.symbols[0])
    for head in (f"{name}*", "exactly", "eigenvalue", "exponent y", "ν = 1/y", ""):
        table.add_column(head, overflow="fold")
    for point in result.points:
        exact = point.to_dict()["exact"] or ""
        values = (float(point.x), float(point.eigenvalues[0]), float(point.exponents[0]))
        place, *rest = (short(value, _DIGITS) for value in values)
        nu = "" if point.nu is None else short(point.nu, _DIGITS)
        table.add_row(
            place,
            exact if len(exact) <= _LONGEST else "",
            *rest,
            nu,
            "stable" if point.stable else "unstable",
        )
    console.print(Text(f"{result.rg_map}, b = {result.rg_map.scale}", style="bold"))
    if result.points:
        console.print(table)
    else:
        console.print(Text("no fixed point there", style="dim"))
    if result.path is not None:
        steps = plain_table()
        steps.add_column("step", justify="right")
        steps.add_column(name)
        for step, value in enumerate(result.path.tolist()):
            steps.add_row(str(step), short(value, _DIGITS))
        console.print(Text(counted(len(result.path) - 1, "step"), style="bold"))
        console.print(steps)
