"""Moments of a network as a table for people."""

from __future__ import annotations

import math

from rich.text import Text

from fieldtheory.workbench.cli.printing.numbers import short, with_error
from fieldtheory.workbench.cli.printing.tables import plain_console, plain_table
from fieldtheory.workbench.cli.results.moments import MomentsResult

_ROWS = 20  # outputs that the table shows


def print_moments(result: MomentsResult) -> None:
    """Mean and standard deviation of each output; what is known of the error of the covariance."""
    console, table = plain_console(), plain_table()
    table.add_column("output", justify="right")
    for name in [*result.orders, *([] if result.sampling is None else ["sampled"])]:
        table.add_column(f"{name}\nmean", justify="right")
        table.add_column("standard\ndeviation", justify="right")
    for output in range(min(result.outputs, _ROWS)):
        cells = [
            short(float(each), 4)
            for found in result.orders.values()
            for each in (found.mean[output], found.standard_deviation[output])
        ]
        if result.sampling is not None:
            of = result.sampling
            deviation = math.sqrt(of.covariance[output, output])
            error = of.covariance_stderr[output, output] / (2 * deviation) if deviation else 0.0
            cells += [
                with_error(float(of.mean[output]), float(of.mean_stderr[output])),
                with_error(deviation, float(error)),
            ]
        table.add_row(str(output), *cells)
    console.print(Text(result.title, style="bold"))
    console.print(table)
    if result.outputs > _ROWS:
        console.print(f"and {result.outputs - _ROWS} more, in --json")
    for name, found in result.orders.items():
        error = found.closure_error
        said = "not known" if error is None else f"about {short(100 * error, 2)} %" if error else "none"
        console.print(f"{name}: error of the closure, relative to the covariance, {said}")
