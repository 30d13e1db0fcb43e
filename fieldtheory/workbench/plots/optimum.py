"""The landscape around an optimum: error over one interval, a line for each choice, or over two as a map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from fieldtheory.workbench.plots.style import COLOURS, colour, logarithmic_ticks
from fieldtheory.workbench.plots.sweep import ERROR, NAMES, axis_places, best_errors, sweep_figure

if TYPE_CHECKING:
    from fieldtheory.workbench.optimisation.optimum import Optimum
    from fieldtheory.workbench.sweep.sweep import Sweep


def landscape(best: Optimum, axes: Axes) -> None:
    """The best as a star; where error is an axis of its own, the default's as a dotted line."""
    found, space = best.landscape, best.space
    intervals = [name for name in found.dims if name in space.intervals]
    choices = [name for name in found.dims if name in space.choices]
    if len(intervals) > 1:
        sweep_figure(found, intervals[0], intervals[1], axes)
        return
    x, *others = [*intervals, *choices]
    lines = [name for name in others if len(found.coords[name]) <= len(COLOURS)][:1]
    _draw_lines(found, axes, x, *lines)
    chosen = axis_places(found, axes, x, "x")[found.grid.values(x).index(best.parameters[x])]
    axes.plot(chosen, best.error, marker="*", color="black", markersize=11, linestyle="", zorder=4)
    axes.axhline(best.default.error, color="0.4", linestyle=":", label="default network")
    axes.legend(fontsize="small")


def _draw_lines(found: Sweep, axes: Axes, x: str, name: str | None = None) -> None:
    """The smallest error over all but `x`, or for each value of another axis."""
    places = axis_places(found, axes, x, "x")
    errors, _ = best_errors(found, (x,) if name is None else (x, name))
    columns = errors.reshape(len(places), -1)
    for place, column in enumerate(columns.T):
        text = None
        if name is not None:
            text = f"{NAMES.get(name, name.replace('_', ' '))}: {found.coords[name][place]}"
        axes.plot(places, column, color=colour(place), marker=".", markersize=3, label=text)
    if errors.min() > 0 and errors.max() > 3 * errors.min():
        axes.set_yscale("log")
        logarithmic_ticks(axes.yaxis)
    axes.set_ylabel(ERROR)
    axes.grid(True)
