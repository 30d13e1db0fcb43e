"""Results as tables for people, as wide as the terminal or the pipe is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from fieldtheory.counted import counted
from fieldtheory.spectrum import Spectrum
from fieldtheory.workbench.cli.printing.numbers import count, from_logarithm, percent, short, with_error
from fieldtheory.workbench.cli.results.curves import CurveData
from fieldtheory.workbench.curves.predicted_curve import LearningCurve

_UNSOLVED = " †"


def print_curves(data: CurveData) -> None:
    """One row per N with a column per theory; one row per N and theory where that is too wide."""
    console = plain_console()
    table = _wide_table(data)
    if Measurement.get(console, console.options.update(max_width=10_000), table).maximum > console.width:
        table = _long_table(data)
    console.print(Text(data.title, style="bold"))
    console.print(table)
    console.print(Text(_caption(data), style="dim"))


def _wide_table(data: CurveData) -> Table:
    table = plain_table()
    table.add_column("N", justify="right")
    columns = []
    for name, curve in data.curves.items():
        cells = _errors(curve)
        heading = "error ± bar"
        if data.simulation:
            deviations = _deviations(data, curve)
            cells = _beside(cells, [deviations.get(size, "") for size in data.n], "vs sim.")
            heading = f"{heading:<{len(cells[0]) - 9}}  vs sim."
        table.add_column(f"{name}\n{heading}")
        columns.append(cells)
    if data.simulation:
        table.add_column("simulation\nerror ± s.e.")
        measured = _measured(data)
        columns.append([measured.get(size, "") for size in data.n])
    table.add_column("κ")
    first = next(iter(data.curves.values()))
    columns.append([short(kappa, 3) for kappa in first.effective_ridge.tolist()])
    for size, *row in zip(data.n, *columns, strict=True):
        table.add_row(str(size), *row)
    return table


def _errors(curve: LearningCurve) -> list[str]:
    if curve.error_bar is None:
        raise ValueError("error_bar must be True for the tables of the command line (got none)")
    columns = (column.tolist() for column in (curve.error, curve.error_bar, curve.converged))
    return [
        with_error(error, bar) + ("" if solved else _UNSOLVED)
        for error, bar, solved in zip(*columns, strict=True)
    ]


def _beside(left: list[str], right: list[str], heading: str) -> list[str]:
    """Two columns as one: the left one flush left, the right one flush right and as wide as `heading`."""
    widest = max(map(len, ["error ± bar", *left]))
    return [f"{a:<{widest}}  {b:>{len(heading)}}" for a, b in zip(left, right, strict=True)]


def _long_table(data: CurveData) -> Table:
    table = plain_table()
    table.add_column("N", justify="right")
    table.add_column("by")
    table.add_column("error ± bar")
    table.add_column("vs sim.", justify="right")
    table.add_column("κ")
    measured = _measured(data)
    for row, size in enumerate(data.n):
        for place, (name, curve) in enumerate(data.curves.items()):
            deviation = _deviations(data, curve).get(size, "")
            kappa = short(float(curve.effective_ridge[row]), 3)
            table.add_row("" if place else str(size), name, _errors(curve)[row], deviation, kappa)
        if size in measured:
            table.add_row("", "simulation", measured[size])
    return table


def _measured(data: CurveData) -> dict[int, str]:
    """Simulated error with its standard error, by N."""
    found = data.simulation
    if found is None:
        return {}
    columns = zip(found.n.tolist(), found.error.tolist(), found.error_stderr.tolist(), strict=True)
    return {
        n: "not computed" if n in found.failures else with_error(error, deviation)
        for n, error, deviation in columns
    }


def _deviations(data: CurveData, curve: LearningCurve) -> dict[int, str]:
    """Theory/simulation - 1, by N."""
    if data.simulation is None:
        return {}
    measured = dict(zip(data.simulation.n.tolist(), data.simulation.error.tolist(), strict=True))
    errors = dict(zip(data.n, curve.error.tolist(), strict=True))
    return {n: percent(errors[n] / value - 1 if value > 0 else math.nan) for n, value in measured.items()}


def _caption(data: CurveData) -> str:
    parts = ["bar: the theory's estimate of its own error"]
    if not all(curve.converged.all() for curve in data.curves.values()):
        parts.append(f"{_UNSOLVED.strip()}: the theory has no solution there, self-consistent number")
    drawn = sorted({n for curve in data.curves.values() for n in curve.n[curve.sampled].tolist()})
    if drawn:
        sizes = ", ".join(f"{n:g}" for n in drawn[:5]) + (", ..." if len(drawn) > 5 else "")
        parts.append(f"at N = {sizes} of the mean over drawn data sets too")
    parts += [
        f"auto: {curve.theory}" + ("" if curve.order is None else f" of order {curve.order}")
        for name, curve in data.curves.items()
        if name == "auto"
    ]
    if data.simulation:
        parts.append(f"s.e.: standard error over {counted(data.simulation.repeats, 'data set')}")
        parts.append("vs sim.: theory/simulation − 1")
    ridge = "κ: effective ridge per training point"
    parts.append(f"{ridge} ({next(iter(data.curves))})" if len(data.curves) > 1 else ridge)
    return "; ".join(parts)


def print_references(references: Sequence[str], listed: bool) -> None:
    """The papers one a line, or only how many there are."""
    console = plain_console()
    if not listed:
        papers = counted(len(references), "paper")
        console.print(Text(f"the numbers rest on {papers}: --references lists them", style="dim"))
        return
    grid = Table.grid(padding=(0, 1))
    for place, reference in enumerate(references):
        grid.add_row("" if place else "references", Text(reference))
    console.print(grid)


def print_files(files: Sequence[Path]) -> None:
    """The files that were written."""
    grid = Table.grid(padding=(0, 1))
    for place, path in enumerate(files):
        grid.add_row("" if place else "written", Text(str(path)))
    plain_console().print(grid)


def print_spectrum(name: str, spectrum: Spectrum, certified: Sequence[str] | None = None) -> None:
    """A row per degree, and one for all that is above."""
    console = plain_console()
    table = plain_table()
    table.add_column("degree l")
    table.add_column("multiplicity")
    table.add_column("eigenvalue λ", overflow="fold")
    table.add_column("share of trace")
    if certified is None:
        table.add_column("relative error")
    trace = spectrum.trace
    for degree, number in enumerate(spectrum.exact_multiplicities):
        share = short(spectrum.degree_traces[degree] / trace, 4)
        cells = [str(degree), count(number), "", share]
        if certified is None:
            cells[2] = from_logarithm(float(spectrum.log_eigenvalues[degree]), 7)
            cells.append(short(float(spectrum.relative_error[degree]), 2))
        else:
            cells[2] = certified[degree]
        table.add_row(*cells)
    table.add_section()
    bound, share = short(spectrum.tail_eigenvalue, 3), short(spectrum.tail / trace, 4)
    table.add_row(f"> {spectrum.max_degree}", "", f"≤ {bound}", share)
    console.print(Text(f"{name}, d = {spectrum.dim}, trace K(1) = {trace:.10g}", style="bold"))
    console.print(table)


def plain_table() -> Table:
    """An empty table, as all of the program look."""
    return Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)


def plain_console() -> Console:
    """Where tables are printed: no colour for numbers."""
    return Console(highlight=False)
