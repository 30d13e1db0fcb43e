"""Posteriors as tables for people."""

from __future__ import annotations

from rich.text import Text

from fieldtheory.workbench.cli.printing.numbers import short, with_error
from fieldtheory.workbench.cli.printing.tables import plain_console, plain_table
from fieldtheory.workbench.cli.results.posterior import PosteriorResult, ScanResult


def print_posterior(result: PosteriorResult) -> None:
    """One row per point and output, a column per theory."""
    console, table = plain_console(), plain_table()
    outputs = len(result.labels[0])
    for head in ("point", *(["output"] if outputs > 1 else []), "label"):
        table.add_column(head, justify="right")
    for name in result.columns:
        table.add_column(f"{name}\nmean ± {'s.e.' if name == 'sampling' else 'bar'}")
    for point, output, label, *values in _listed(result):
        where = f"{point}" if point < result.train else f"{point} test"
        cells = [with_error(*pair) for pair in zip(values[::2], values[1::2], strict=True)]
        table.add_row(where, *([str(output)] if outputs > 1 else []), short(label, 4), *cells)
    console.print(Text(result.title, style="bold"))
    console.print(table)


def _listed(result: PosteriorResult) -> list[list[float]]:
    _, *rows = result.rows()
    return [[row[0], *row[2:]] for row in rows]


def print_scan(result: ScanResult) -> None:
    """One row per value, test error and alignment by theory."""
    console, table, curve = plain_console(), plain_table(), result.curve
    table.add_column(curve.along.replace("_", " "), justify="right")
    for name in curve.theories:
        table.add_column(f"{name}\ntest error ± bar")
        table.add_column("alignment")
    for place, value in enumerate(curve.values.tolist()):
        cells = []
        for row in range(len(curve.theories)):
            cells.append(with_error(float(curve.error[row, place]), float(curve.error_bar[row, place])))
            cells.append(short(float(curve.alignment[row, place]), 3))
        table.add_row(f"{value:g}", *cells)
    console.print(Text(result.title, style="bold"))
    console.print(table)
