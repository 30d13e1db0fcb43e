"""Changes of tangent kernels as a table for people."""

from __future__ import annotations

import math

from rich.text import Text

from fieldtheory.workbench.cli.printing.numbers import short, with_error
from fieldtheory.workbench.cli.printing.tables import plain_console, plain_table
from fieldtheory.workbench.cli.results.lazy import LazyResult


def print_lazy(result: LazyResult) -> None:
    """One row per width and scale; then the scale where the change is 1, and its exponent."""
    console, table, found = plain_console(), plain_table(), result.found
    for head in ("h", "α", "α√h", "change", "linear", "worst error", "converged"):
        table.add_column(head)
    _, *rows = result.rows()
    for width, scale, change, stderr, linear, worst, done in rows:
        table.add_row(
            str(width),
            short(scale, 4),
            short(scale * math.sqrt(width), 4),
            _value(change, stderr),
            short(linear, 4),
            short(worst, 2),
            f"{done} of {found.repeats}",
        )
    console.print(Text("change of the tangent kernel, |Θ_end − Θ_0|/|Θ_0|", style="bold"))
    console.print(table)
    for width, scale, stderr in zip(
        found.widths.tolist(), found.scale.tolist(), found.scale_stderr.tolist(), strict=True
    ):
        if not math.isnan(scale):
            console.print(f"h = {width}: α* = {_value(scale, stderr)}, where the change is 1")
    if not math.isnan(found.exponent):
        exponent = _value(found.exponent, found.exponent_stderr)
        console.print(f"d ln α*/d ln h = {exponent}, −1/2 on the side of features")
    console.print(Text("linear: wide linear network of target 1, √(1 + 1/(α²h)) − 1", style="dim"))


def _value(value: float, stderr: float) -> str:
    return short(value, 4) if math.isnan(stderr) else with_error(value, stderr)
