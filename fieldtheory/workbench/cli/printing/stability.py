"""Stabilities of functions as a table for people."""

from __future__ import annotations

from rich.text import Text

from fieldtheory.workbench.cli.printing.numbers import short, with_error
from fieldtheory.workbench.cli.printing.tables import plain_console, plain_table
from fieldtheory.workbench.cli.results.stability import StabilityResult


def print_stability(result: StabilityResult) -> None:
    """One row per function."""
    console, table, waves = plain_console(), plain_table(), result.deformations
    for head in ("function", "R_f", "T → 0", "change, deformed", "change, noise", "wrong signs"):
        table.add_column(head)
    for name, sampled, linear, error in result.functions:
        changes = (short(sampled.numerator, 3), short(sampled.denominator, 3))
        ratio = with_error(sampled.ratio, sampled.stderr)
        table.add_row(name, ratio, short(linear.ratio, 4), *changes, f"{error:.1%}")
    title = f"deformed digits, cutoff {waves.cutoff}, T = {waves.temperature:g}, {result.fields} fields"
    console.print(Text(title, style="bold"))
    console.print(table)
    moved = f"pixels move by {short(result.displacement, 2)} pixels"
    console.print(Text(f"{moved}; {result.folded.value:.2g} of the square is folded", style="dim"))
