"""Fixed points and flow of a map as tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from fieldtheory.counted import counted
from fieldtheory.workbench.cli.printing.numbers import short
from fieldtheory.workbench.cli.printing.tables import plain_console, plain_table
from fieldtheory.workbench.cli.results.rg_map import MapResult

if TYPE_CHECKING:
    from renormalization.real_space.maps.fixed_point import FixedPoint

_DIGITS, _LONGEST = 9, 40


def print_map(result: MapResult) -> None:
    """One row per fixed point, then one per step of the flow."""
    console = plain_console()
    console.print(Text(f"{_title(result)}, b = {result.rg_map.scale}", style="bold"))
    if result.points:
        console.print(_one_coupling(result) if len(result.rg_map.symbols) == 1 else _several(result))
    else:
        console.print(Text("no fixed point there", style="dim"))
    if result.path is not None:
        steps = plain_table()
        steps.add_column("step", justify="right")
        for symbol in result.rg_map.symbols:
            steps.add_column(str(symbol))
        for step, couplings in enumerate(result.path.reshape(len(result.path), -1).tolist()):
            steps.add_row(str(step), *(short(value, _DIGITS) for value in couplings))
        console.print(Text(counted(len(result.path) - 1, "step"), style="bold"))
        console.print(steps)


def _title(result: MapResult) -> str:
    """The formula where it is short."""
    text = str(result.rg_map)
    return text if len(result.rg_map.symbols) == 1 else f"{result.settings['map']}: --formula prints it"


def _one_coupling(result: MapResult) -> Table:
    table = plain_table()
    for head in (f"{result.rg_map.symbols[0]}*", "exactly", "eigenvalue", "exponent y", "ν = 1/y", ""):
        table.add_column(head, overflow="fold")
    for point in result.points:
        exact = point.to_dict()["exact"] or ""
        values = (float(point.x), float(point.eigenvalues[0]), float(point.exponents[0]))
        place, *rest = (short(value, _DIGITS) for value in values)
        table.add_row(place, exact if len(exact) <= _LONGEST else "", *rest, *_kind(point))
    return table


def _several(result: MapResult) -> Table:
    """Of each fixed point a row for each coupling and eigenvalue."""
    table = plain_table()
    for head in ("", "coupling", "eigenvalue", "exponent y", "ν = 1/y", ""):
        table.add_column(head)
    for point in result.points:
        kind = _kind(point)
        for k, symbol in enumerate(result.rg_map.symbols):
            table.add_row(
                f"{symbol}*",
                short(float(point.x[k]), _DIGITS),
                _eigenvalue(point.eigenvalues[k]),
                short(float(point.exponents[k]), _DIGITS),
                *(kind if not k else ("", "")),
            )
        table.add_section()
    return table


def _kind(point: FixedPoint) -> tuple[str, str]:
    nu = "" if point.nu is None else short(point.nu, _DIGITS)
    return nu, "stable" if point.stable else "unstable"


def _eigenvalue(value: complex) -> str:
    if not value.imag:
        return short(float(value.real), _DIGITS)
    return f"{short(value.real, 5)} {'-' if value.imag < 0 else '+'} {short(abs(value.imag), 5)}i"
