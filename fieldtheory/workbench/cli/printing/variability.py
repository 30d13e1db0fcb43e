"""Averages over data sets as a table for people."""

from __future__ import annotations

from rich.text import Text

from fieldtheory.workbench.cli.printing.numbers import short, with_error
from fieldtheory.workbench.cli.printing.tables import plain_console, plain_table
from fieldtheory.workbench.cli.results.variability import VariabilityResult


def print_variability(result: VariabilityResult) -> None:
    """One row per n: what is trusted, the orders, the effective ridge, sampling."""
    console, table, curve = plain_console(), plain_table(), result.curve
    table.add_column("N", justify="right")
    for head in ("mean ± bar", "by", "mean\nkernel", "first\norder", "annealed", "effective\nridge"):
        table.add_column(head)
    samples = {"quenched": curve.sampled, "annealed": result.annealed}
    drawn = {name: sample for name, sample in samples.items() if sample is not None}
    for name in drawn:
        table.add_column(f"sampled {name}\nmean ± s.e.")
    columns = (curve.zeroth, curve.first_order, curve.annealed, curve.effective_ridge_mean)
    for place, size in enumerate(curve.n.astype(int).tolist()):
        cells = [with_error(float(curve.mean[place]), float(curve.error_bar[place])), curve.trusted[place]]
        cells += [short(float(column[place]), 4) for column in columns]
        for sample in drawn.values():
            cells.append(with_error(float(sample.mean[place]), float(sample.stderr[place])))
        table.add_row(str(size), *cells)
    console.print(Text(result.title, style="bold"))
    console.print(table)
