"""Runs of small networks as a table for people."""

from __future__ import annotations

import math

import numpy as np
from rich.text import Text

from fieldtheory.counted import counted
from fieldtheory.workbench.cli.printing.numbers import short
from fieldtheory.workbench.cli.printing.tables import plain_console, plain_table
from fieldtheory.workbench.cli.results.jamming import JammingResult


def print_jamming(result: JammingResult) -> None:
    """One row per width, and N* under them."""
    console, table, curve = plain_console(), plain_table(), result.curve
    runs = curve.loss.shape[1]
    heads = ["h", "N", "N/P", "jammed", "N_Δ/N of jammed runs", "unfinished"]
    for head in (*heads, *(["test error"] if curve.test_error is not None else [])):
        table.add_column(head)
    for k, width in enumerate(curve.widths.tolist()):
        n = int(curve.parameters[k])
        jammed = curve.loss[k] >= 1e-8
        share = curve.unsatisfied[k][jammed] / n
        cells = [
            str(width),
            str(n),
            f"{n / curve.patterns:.3g}",
            f"{int(jammed.sum())} of {runs}",
            ", ".join(short(each, 2) for each in np.sort(share)) or "none",
            str(int((~curve.converged[k]).sum())),
        ]
        if curve.test_error is not None:
            cells.append(short(float(curve.test_error[k].mean()), 3))
        table.add_row(*cells)
    labels = "digits, even or odd" if curve.labels == "digits-parity" else "random labels"
    title = (
        f"{curve.activation} networks on {counted(curve.patterns, 'pattern')} of dim {curve.dim}, {labels}"
    )
    console.print(Text(title, style="bold"))
    console.print(table)
    star, low, high = curve.threshold()
    if math.isfinite(star) and star > 0:
        console.print(Text(f"N* = {short(star, 3)}, 68 % from {short(low, 3)} to {short(high, 3)}"))
    else:
        console.print(Text("N* is not within these widths: " + ("above" if star else "below") + " them"))
