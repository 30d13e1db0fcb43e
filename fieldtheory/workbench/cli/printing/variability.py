"""Averages over data sets as a table for people."""

from __future__ import annotations

from rich.text import Text

from fieldtheory.array_types import Floats
from fieldtheory.workbench.cli.printing.numbers import short, with_error
from fieldtheory.workbench.cli.printing.tables import plain_console, plain_table
from fieldtheory.workbench.cli.results.variability import VariabilityResult


def print_variability(result: VariabilityResult) -> None:
    """One row per n: what is trusted and sampled, with the orders, or with the annealed average."""
    console, table, curve = plain_console(), plain_table(), result.curve
    table.add_column("N", justify="right")
    columns = {"mean ± bar": _with_errors(curve.mean, curve.error_bar), "by": list(curve.trusted)}
    if result.annealed is None:
        columns["mean\nkernel"] = _short(curve.zeroth)
        columns["first\norder"] = _short(curve.first_order)
        columns["eff.\nridge"] = _short(curve.effective_ridge_mean)
    if curve.sampled is not None:
        columns["sampled\nmean ± s.e."] = _with_errors(curve.sampled.mean, curve.sampled.stderr)
    if result.annealed is not None:
        columns["annealed"] = _short(curve.annealed)
        columns["sampled"] = _with_errors(result.annealed.mean, result.annealed.stderr)
    for head in columns:
        table.add_column(head, no_wrap=True)
    for size, *row in zip(curve.n.astype(int).tolist(), *columns.values(), strict=True):
        table.add_row(str(size), *row)
    console.print(Text(result.title, style="bold"))
    console.print(table)


def _short(values: Floats) -> list[str]:
    return [short(value, 4) for value in values.tolist()]


def _with_errors(values: Floats, errors: Floats) -> list[str]:
    return [with_error(*pair) for pair in zip(values.tolist(), errors.tolist(), strict=True)]
