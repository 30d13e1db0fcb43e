"""An optimum beside the default, as a table for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from fieldtheory.counted import counted
from fieldtheory.workbench.cli.printing.numbers import with_error
from fieldtheory.workbench.cli.printing.tables import plain_console, plain_table
from fieldtheory.workbench.cli.results.optimise import OptimiseResult
from fieldtheory.workbench.optimisation.optimum import Optimum, shown_parameter

_MOST_TIED = 5
_OBJECTIVES = {"samples": "points needed", "evidence": "mean ln p(y|X)"}


def print_optimum(result: OptimiseResult) -> None:
    """A row for the best, the choices that are tied with it, and the default; then what is flat."""
    best, console, table = result.best, plain_console(), plain_table()
    names = [*best.space.varied]
    heads = ["", *(name.replace("_", " ") for name in names)]
    if best.objective in _OBJECTIVES:
        heads.append(_OBJECTIVES[best.objective])
    heads.append("error ± bar")
    if result.simulations is not None:
        heads.append("simulated ± s.e.")
    for head in heads:
        table.add_column(head)
    for place, (name, each) in enumerate((("best", best), ("default", best.default))):
        cells = [name, *_cells(each.parameters, names)]
        if best.objective in _OBJECTIVES:
            cells.append(with_error(each.value, each.bar))
        cells.append(with_error(each.error, each.error_bar) + ("" if each.trusted else " ?"))
        if result.simulations is not None:
            drawn = result.simulations[place]
            cells.append(with_error(float(drawn.error[0]), float(drawn.error_stderr[0])))
        table.add_row(*cells)
        if not place:
            for tied in best.tied[:_MOST_TIED]:
                table.add_row("tied", *_cells(tied, names), *[""] * (len(heads) - len(names) - 1))
    n = f"N = {best.n:g}, " if best.objective != "samples" else ""
    console.print(
        Text(
            f"d = {best.dim}, {n}{counted(best.evaluations, 'point')} looked at; {_gain(best)}", style="bold"
        )
    )
    console.print(table)
    notes = [f"flat: {text}" for text in best.flat]
    if len(best.tied) > _MOST_TIED:
        notes.append(f"tied: {len(best.tied)} in all, whose bars reach that of the best")
    if not (best.trusted and best.default.trusted):
        notes.append("?: not converged, or a bar above half of the error")
    for note in notes:
        console.print(Text(note, style="dim"))


def _cells(parameters: Mapping[str, Any], names: list[str]) -> list[str]:
    return [shown_parameter(parameters[name]) for name in names]


def _gain(best: Optimum) -> str:
    what = "points" if best.objective == "samples" else "error"
    return f"the default has {best.gain:.3g} times the {what}"
