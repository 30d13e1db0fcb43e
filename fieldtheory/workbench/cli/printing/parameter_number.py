"""Errors over the number of parameters as a table for people."""

from __future__ import annotations

import math

from rich.text import Text

from fieldtheory.workbench.cli.printing.numbers import short, with_error
from fieldtheory.workbench.cli.printing.tables import plain_console, plain_table
from fieldtheory.workbench.cli.results.parameter_number import ParameterResult
from fieldtheory.workbench.regimes.ensemble_statistics import Measured


def print_parameters(result: ParameterResult) -> None:
    """One row per width; under them the limits of diagrams, where there are any."""
    console, table, found = plain_console(), plain_table(), result.found
    trained = found.model == "network"
    heads = ("h", "error", "wrong signs", "ensemble: error", "wrong signs", "h·Var")
    for head in (*heads, *(("N", "converged") if trained else ())):
        table.add_column(head)
    together = found.ensemble_classification_error
    for k, width in enumerate(found.widths.tolist()):
        cells = [
            str(width),
            _cell(found.error, k),
            _cell(found.classification_error, k),
            _cell(found.ensemble_error, k),
            _cell(together, k),
            _cell(found.variance, k, width),
        ]
        if trained:
            cells += [str(int(found.parameters[k])), f"{int(found.converged[k].sum())} of {found.repeats}"]
        table.add_row(*cells)
    p, d = found.task.train.shape
    what = f"networks by {found.loss} loss" if trained else "ridge regression on random features"
    title = f"{found.activation} {what}, {p} points of dim {d}, {found.repeats} for each width"
    console.print(Text(title, style="bold"))
    console.print(table)
    limits = found.limits
    if limits is not None:
        console.print(
            Text(
                f"h → ∞, from diagrams: error {short(limits.infinite_width_error, 4)}, "
                f"h·Var {with_error(limits.variance, limits.variance_stderr)}, "
                f"h·(error − error_∞) {with_error(limits.excess, limits.excess_stderr)}"
            )
        )


def _cell(measured: Measured, place: int, factor: int = 1) -> str:
    value, stderr = factor * float(measured.value[place]), factor * float(measured.stderr[place])
    return short(value, 4) if math.isnan(stderr) else with_error(value, stderr)
