"""Flows as tables for people."""

from __future__ import annotations

from rich.text import Text

from fieldtheory.workbench.cli.printing.numbers import short
from fieldtheory.workbench.cli.printing.tables import plain_console, plain_table
from fieldtheory.workbench.cli.results.depth import DepthData
from fieldtheory.workbench.cli.results.phases import PhaseData
from fieldtheory.workbench.cli.results.wilson import WilsonData

_WILSON = {
    "ridge": "ridge",
    "ridge_naive": "naive",
    "vertex": "vertex",
    "label_noise": "noise",
    "factor": "Z",
    "coupling": "u",
    "truncated_error": "error",
    "kappa_residual": "κ off",
}
_DEPTH = {
    "variance": "variance",
    "correlation": "correlation",
    "shift": "shift δK/n",
    "fluctuation": "V/n",
    "coupling": "coupling V/(n K²)",
}
_TANGENT = {
    "tangent_kernel": "kernel H",
    "tangent_shift": "shift δH/n",
    "tangent_variance": "variance",
    "tangent_cross": "with f²",
    "tangent_drift": "drift",
}
_NOT_REACHED = " †"
_ROUNDING = 1e-14  # relative to the variance
_MEANINGS = {
    "ridge": "ridge: screened, of the theory below the cut-off",
    "ridge_naive": "naive: without screening",
    "vertex": "vertex: to be added to the ridge",
    "label_noise": "noise: of the labels",
    "factor": "Z: factor of the error",
    "coupling": "u = λ/κ at the cut-off",
    "truncated_error": "error: predicted, of the kernel cut there with this ridge",
    "kappa_residual": "κ off: relative change of κ, solved afresh below the cut-off",
}


def print_wilson(data: WilsonData) -> None:
    """A table by cut-off for each N."""
    console = plain_console()
    console.print(Text(data.title, style="bold"))
    flow, errors = data.flow, None if data.flow.target is None else data.flow.error
    for place, n in enumerate(flow.n):
        last = data.horizon[place]
        parts = [f"N = {n}", f"κ = {short(float(flow.kappa[place]), 4)}"]
        parts.append("nothing is learnt" if last < 0 else f"horizon: degree {last}")
        parts += [] if errors is None else [f"error {short(float(errors[place]), 4)}"]
        console.print(Text("\n" + ", ".join(parts)))
        table = plain_table()
        table.add_column("Λ", justify="right")
        for name in data.columns:
            table.add_column(_WILSON[name])
        for row, cut in enumerate(data.cutoffs):
            cells = [_cell(name, float(column[place, row])) for name, column in data.columns.items()]
            table.add_row(str(cut), *cells)
        console.print(table)
    meanings = "; ".join(_MEANINGS[name] for name in data.columns)
    console.print(Text(f"Λ: highest degree kept; {meanings}", style="dim"))


def _cell(name: str, value: float) -> str:
    if name == "kappa_residual":
        return f"{value:.0e}" if value else "0"
    return f"{value:.6f}" if name == "factor" else short(value, 5)


def print_depth(data: DepthData) -> None:
    """The fixed point, then a row per layer."""
    console = plain_console()
    console.print(Text(data.title, style="bold"))
    if data.phase is None:
        console.print(Text("the variance grows without bound"))
    else:
        numbers = {
            "fixed point of the variance": "fixed_point",
            "χ₁": "chi_1",
            "χ∥": "chi_parallel",
            "correlation at the fixed point": "fixed_correlation",
            "correlation depth": "correlation_depth",
            "variance depth": "variance_depth",
        }
        table = plain_table()
        table.show_header = False
        table.add_row("phase", data.phase)
        for text, name in numbers.items():
            value = data.numbers[name]
            layers = " layers" if name.endswith("depth") else ""
            table.add_row(text, "-" if value is None else short(value, 7) + layers)
        console.print(table)
    widths = data.finite.widths
    shown = widths[:1] if len(set(widths)) == 1 else widths
    console.print(Text(f"\nwidth n = {', '.join(map(str, shown))}"))
    table = plain_table()
    table.add_column("layer", justify="right")
    for name in data.columns:
        table.add_column(_DEPTH[name])
    for layer, row in enumerate(zip(*data.columns.values(), strict=True)):
        # what is exactly zero at infinite precision is shown as such
        table.add_row(
            str(layer), *(short(value if abs(value) > _ROUNDING * row[0] else 0.0, 5) for value in row)
        )
    console.print(table)
    caption = "variance K and correlation of two inputs at infinite width; shift, V: first order in 1/n"
    console.print(Text(caption, style="dim"))
    if data.tangent is None:
        return
    table = plain_table()
    table.add_column("layer", justify="right")
    for name in data.tangent_columns:
        table.add_column(_TANGENT[name])
    for layer, row in enumerate(zip(*data.tangent_columns.values(), strict=True)):
        table.add_row(
            str(layer), *(short(value if abs(value) > _ROUNDING * row[0] else 0.0, 5) for value in row)
        )
    console.print(Text("\ntangent kernel of one output"))
    console.print(table)
    caption = (
        "H: at infinite width, the rest at order 1/n: shift, variance, covariance with f²,\n"
        "drift <∇Θ.∇f f>, as gradient flow on (f - y)²/2 starts like d<Θ>/dt = -drift"
    )
    console.print(Text(caption, style="dim"))


def print_phases(data: PhaseData) -> None:
    """Points of the critical line."""
    console, diagram = plain_console(), data.diagram
    low, high = diagram.weight_variance[[0, -1]].tolist()
    console.print(Text(f"{diagram.activation}, critical line: χ₁ = 1", style="bold"))
    table = plain_table()
    for name in ("bias variance", "weight variance", "fixed point of the variance"):
        table.add_column(name)
    for point, reached in zip(data.critical_line, data.reached, strict=True):
        bias, weight, q_star = point.bias_variance, point.weight_variance, point.q_star
        mark = "" if reached else _NOT_REACHED
        table.add_row(short(bias, 6), short(weight, 6), short(q_star, 6) + mark)
    console.print(table)
    sides = f"weight variances from {low:g} to {high:g}: ordered below the line, chaotic or unbounded above"
    if not all(data.reached):
        sides += f"; {_NOT_REACHED.strip()}: from 1 the variance flows elsewhere"
    console.print(Text(sides, style="dim"))
