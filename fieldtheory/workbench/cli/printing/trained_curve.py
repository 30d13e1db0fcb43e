"""A learning curve of real networks as a table for people."""

from __future__ import annotations

import math

from rich.text import Text

from fieldtheory.workbench.cli.printing.numbers import short, with_error
from fieldtheory.workbench.cli.printing.tables import plain_console, plain_table
from fieldtheory.workbench.cli.results.trained_curve import TrainedCurveResult


def print_trained_curve(result: TrainedCurveResult) -> None:
    """One row per size: theory, kernel regression; then each width, and what it is above the regression."""
    console, table, found = plain_console(), plain_table(), result.curve
    kernel = "NNGP" if found.method == "langevin" else "NTK"
    for head in ("n", "width", "error ± stderr", "excess ± stderr", "variance"):
        table.add_column(head, justify="right" if head in ("n", "width") else "left")
    for row, n in enumerate(found.n.tolist()):
        theory, bar = float(found.theory.error[row]), found.theory.error_bar
        cell = short(theory, 4) if bar is None else with_error(theory, float(bar[row]))
        table.add_row(str(n), "theory", cell, "", "")
        regression = with_error(float(found.kernel_error[row]), float(found.kernel_error_stderr[row]))
        table.add_row("", kernel, regression, "", short(float(found.kernel_variance[row]), 3))
        for column, width in enumerate(found.widths):
            cells = [
                _cell(float(getattr(found, name)[row, column]), float(stderr[row, column]))
                for name, stderr in (
                    ("error", found.error_stderr),
                    ("excess", found.excess_stderr),
                    ("variance", found.variance_stderr),
                )
            ]
            table.add_row("", str(width), *cells)
    console.print(Text(f"{result.title}: {found.method}", style="bold"))
    console.print(table)
    note = "excess: above kernel regression on the same data sets"
    if not found.converged.all():
        note += "; -: not trained to the end"
    console.print(Text(note, style="dim"))


def _cell(value: float, stderr: float) -> str:
    return with_error(value, stderr) if math.isfinite(value) else "-"
