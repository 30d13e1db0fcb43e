"""Training as tables for people."""

from __future__ import annotations

from rich.text import Text

from fieldtheory.workbench.cli.printing.numbers import short, with_error
from fieldtheory.workbench.cli.printing.tables import plain_console, plain_table
from fieldtheory.workbench.cli.results.training import TrainingResult

_ROWS = 11  # steps that a table shows


def print_training(result: TrainingResult) -> None:
    """Loss and alignment of every layer along some of the steps; then the outputs after the last one."""
    console = plain_console()
    along, after = plain_table(), plain_table()
    along.add_column("step", justify="right")
    after.add_column("point", justify="right")
    after.add_column("label", justify="right")
    for name in result.columns:
        along.add_column(f"{name}\nloss")
        along.add_column("alignment by layer")
        after.add_column(f"{name}\nlast output")
    last = len(next(iter(result.columns.values())).outputs) - 1
    for step in sorted({round(last * row / (_ROWS - 1)) for row in range(_ROWS)}):
        cells = []
        for found in result.columns.values():
            layers = " ".join(short(float(layer[step]), 3) for layer in found.alignment)
            cells += [short(float(found.loss[step]), 3), layers]
        along.add_row(str(step), *cells)
    for point, label in enumerate(result.labels):
        where = f"{point}" if point < result.train else f"{point} test"
        cells = []
        for found in result.columns.values():
            value, error = float(found.outputs[-1, point]), float(found.stderr[-1, point])
            cells.append(with_error(value, error) if error else short(value, 4))
        after.add_row(where, short(label, 4), *cells)
    console.print(Text(result.title, style="bold"))
    console.print(along)
    console.print(after)
