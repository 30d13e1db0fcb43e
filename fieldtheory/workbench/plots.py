"""Pictures of learning curves, without pyplot: nothing needs a display, and no state is shared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from fieldtheory.harmonics import Floats

if TYPE_CHECKING:
    from fieldtheory.workbench.learning_curve import LearningCurve
    from fieldtheory.workbench.simulation import Simulation

# Okabe and Ito's palette, which all kinds of colour vision tell apart
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_BAND = 0.2  # opacity
_STYLE: Any = {
    "font.size": 9.0,
    "axes.linewidth": 0.7,
    "lines.linewidth": 1.4,
    "legend.frameon": False,
    "axes.axisbelow": True,
    "grid.color": "0.92",
    "grid.linewidth": 0.6,
}
_POINTS: dict[str, Any] = {
    "fmt": "o",
    "color": "black",
    "markersize": 3.5,
    "capsize": 2.0,
    "elinewidth": 0.9,
    "zorder": 4,
}


def plot_curve(curve: LearningCurve, axes: Axes | None = None, **style: Any) -> Axes:
    """Error against n, both logarithmic, with the theory's error bar as a band.

    `axes`: where to draw, default a new figure. `style` goes to the line (color=..., label=...); the label is
    the theory's name by default. Returns the axes.
    """
    with matplotlib.rc_context(_STYLE):
        axes = _new_axes() if axes is None else axes
        order = np.argsort(curve.n, kind="stable")
        n, error, bar = curve.n[order], curve.error[order], curve.error_bar[order]
        style = {"label": curve.theory, "marker": "." if len(n) == 1 else ""} | style
        (line,) = axes.plot(n, error, **style)
        low, high = _band(error, bar)
        axes.fill_between(n, low, high, color=line.get_color(), alpha=_BAND, linewidth=0, zorder=1.5)
        _logarithmic(axes)
        return axes


def _band(error: Floats, bar: Floats) -> tuple[Floats, Floats]:
    """error - bar and error + bar; a lower edge that is not positive lies far below any axis."""
    low = error - bar
    return np.where(low > 0, low, 1e-9 * np.abs(error)), error + bar


def plot_simulation(simulation: Simulation, axes: Axes | None = None, **style: Any) -> Axes:
    """Simulated error against n as points with standard errors; arguments and result as for `plot_curve`."""
    with matplotlib.rc_context(_STYLE):
        axes = _new_axes() if axes is None else axes
        style = _POINTS | {"label": f"simulation, {simulation.repeats} data sets"} | style
        axes.errorbar(simulation.n, simulation.error, simulation.error_stderr, **style)
        _logarithmic(axes)
        return axes


def plot_comparison(
    curves: Sequence[LearningCurve], simulation: Simulation | None = None, title: str | None = None
) -> Figure:
    """Theories as lines with bands, simulation as points, and below it how far the theories are off.

    The first theory is shown with its bias (dashed) and variance (dotted). The lower panel, theory/simulation
    - 1 in per cent at the sizes that both have, is there only if there are such sizes: its bars are the
    standard error of the simulation, its bands the error bar of the theory. ValueError without any curve.
    """
    if not curves:
        raise ValueError("curves must hold at least one learning curve (got none)")
    with matplotlib.rc_context(_STYLE):
        below = simulation is not None and any(len(_common(curve, simulation)[0]) for curve in curves)
        figure = Figure(figsize=(5.6, 5.0 if below else 4.0), layout="constrained")
        if below:
            upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1.3))
        else:
            upper, lower = figure.subplots(), None
        for place, curve in enumerate(curves):
            plot_curve(curve, upper, color=_colour(place))
        _bias_and_variance(upper, curves[0])
        if simulation is not None:
            plot_simulation(simulation, upper)
        upper.set_ylim(*_limits(curves, simulation))
        if lower is not None and simulation is not None:
            deviations = [
                _deviation(lower, curve, simulation, _colour(place)) for place, curve in enumerate(curves)
            ]
            _finish_deviation(lower, [largest for largest in deviations if largest > 0])
            upper.set_xlabel("")
        figure.legend(loc="outside upper center", ncols=3, handlelength=1.8, columnspacing=1.4)
        if title:
            figure.suptitle(title, fontsize=10)
        return figure


def _colour(place: int) -> str:
    return COLOURS[place % len(COLOURS)]


def _bias_and_variance(axes: Axes, curve: LearningCurve) -> None:
    order = np.argsort(curve.n, kind="stable")
    for values, name, dashes in ((curve.bias, "bias²", "--"), (curve.variance, "variance", ":")):
        if (values > 0).any():
            positive = np.where(values > 0, values, np.nan)[order]
            axes.plot(curve.n[order], positive, dashes, color=_colour(0), linewidth=0.9, label=f"its {name}")


def _common(curve: LearningCurve, simulation: Simulation) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Places of the sizes that both have, in the curve and in the simulation, by increasing size."""
    _, ours, theirs = np.intersect1d(curve.n, simulation.n, return_indices=True)
    usable = simulation.error[theirs] > 0
    return ours[usable], theirs[usable]


def _deviation(axes: Axes, curve: LearningCurve, simulation: Simulation, colour: str) -> float:
    """Draw theory/simulation - 1; the largest of it in per cent."""
    ours, theirs = _common(curve, simulation)
    n, measured = curve.n[ours], simulation.error[theirs]
    ratio = 100 * curve.error[ours] / measured
    band = 100 * curve.error_bar[ours] / measured
    noise = ratio * simulation.error_stderr[theirs] / measured
    deviation = ratio - 100
    style = _POINTS | {"fmt": ".-", "color": colour, "markersize": 5, "linewidth": 0.9}
    axes.errorbar(n, deviation, noise, **style)
    axes.fill_between(n, deviation - band, deviation + band, color=colour, alpha=_BAND, linewidth=0)
    return float(np.abs(deviation).max(initial=0.0))


def _finish_deviation(axes: Axes, largest: list[float]) -> None:
    """Linear where the deviations are alike, logarithmic on both sides of ±1 % where one dwarfs the other."""
    axes.axhline(0, color="black", linewidth=0.7, zorder=1)
    if largest and max(largest) > max(10 * min(largest), 5.0):
        axes.set_yscale("symlog", linthresh=1.0)
    axes.set_xscale("log")
    axes.set_xlabel("training points $N$")
    axes.set_ylabel("theory/sim. − 1 (%)")
    axes.grid(True)


def _limits(curves: Sequence[LearningCurve], simulation: Simulation | None) -> tuple[float, float]:
    """Of the errors, and of the first bias and variance as far as two decades below them."""
    errors = np.concatenate([curve.error for curve in curves] + ([simulation.error] if simulation else []))
    errors = errors[np.isfinite(errors) & (errors > 0)]
    if not len(errors):
        return 0.1, 10.0
    parts = np.concatenate([errors, curves[0].bias, curves[0].variance])
    lowest = float(parts[parts > errors.min() / 100].min())
    return lowest / 1.3, float(errors.max()) * 1.3


def _new_axes() -> Axes:
    return Figure(figsize=(5.0, 3.6), layout="constrained").subplots()


def _logarithmic(axes: Axes) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log", nonpositive="clip")
    axes.set_xlabel("training points $N$")
    axes.set_ylabel(r"error $\langle\Vert f - g\Vert^2\rangle$")
    axes.grid(True)


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write the figure in the format of the suffix, the same bytes each time (no date, no random names)."""
    path = Path(path)
    kind = path.suffix.lower().removeprefix(".")
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind)
    with matplotlib.rc_context({"svg.hashsalt": "fieldtheory", "pdf.fonttype": 42}):
        figure.savefig(path, format=kind, dpi=200, metadata=metadata)
