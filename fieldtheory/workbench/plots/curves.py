"""Pictures of learning curves: theories as lines with bands, simulations as points."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldtheory.array_types import Booleans, Floats
from fieldtheory.counted import counted
from fieldtheory.workbench.plots.deviations import deviation, deviation_note, plot_deviations
from fieldtheory.workbench.plots.style import (
    BAND,
    POINTS,
    UNSOLVED,
    colour,
    error_axes,
    new_axes,
    new_figure,
    styled,
)

if TYPE_CHECKING:
    from fieldtheory.workbench.curves.predicted_curve import LearningCurve
    from fieldtheory.workbench.simulation.gram_simulation import GramSimulation
    from fieldtheory.workbench.simulation.simulation import Simulation

_LAST = ("bias", "variance", "no solution")  # in the legend
REACH = 10.0  # a band is drawn as far as this factor below and above the errors of its curve


def error_curve(curve: LearningCurve, axes: Axes | None = None, **style: Any) -> Axes:
    """Error against n, both logarithmic, with the theory's error bar, if it has one, as a band.

    Where the theory has no solution the line is interrupted, and open circles show the self-consistent
    numbers that stand in. A band that reaches 0, or far above the curve, is cut off a decade from its errors:
    a note above new axes says so, in given ones the label of the band. `axes`: where to draw, default a new
    figure. `style` goes to the line (color=..., label=...); the label is the theory's name and order by
    default. Returns the axes.
    """
    with styled():
        if axes is not None:
            _draw(curve, axes, style, named=True)
            return axes
        axes = new_axes()
        _say(axes, _draw(curve, axes, style, named=False))
        return axes


def _draw(curve: LearningCurve, axes: Axes, style: dict[str, Any], named: bool) -> str:
    """Line and band; says what is cut off the band, in its label if that is to be `named`."""
    order = np.argsort(curve.n, kind="stable")
    n, error = curve.n[order], curve.error[order]
    solved = curve.converged[order]
    lonely = solved & ~np.append(False, solved[:-1]) & ~np.append(solved[1:], False)
    marks = {"marker": ".", "markevery": np.flatnonzero(lonely).tolist()} if lonely.any() else {}
    style = {"label": theory_label(curve)} | marks | style
    (line,) = axes.plot(n, np.where(solved, error, np.nan), **style)
    note = ""
    if curve.error_bar is not None:
        low, high, note = _band(error, curve.error_bar[order], solved)
        band = axes.fill_between(
            n,
            low,
            high,
            where=_drawable(solved),
            color=line.get_color(),
            alpha=BAND,
            linewidth=0,
            zorder=1.5,
        )
        if note and named:
            band.set_label(note)
    apart = ~solved & np.isfinite(error)
    if apart.any():
        label = f"no solution of {line.get_label()}: self-consistent"
        axes.plot(n[apart], error[apart], color=line.get_color(), label=label, **UNSOLVED)
    error_axes(axes)
    return note


def _say(axes: Axes, note: str) -> None:
    """A note above the axes."""
    if note:
        axes.set_title(note, fontsize=7, loc="right", pad=2.0)


def theory_label(curve: LearningCurve) -> str:
    """The theory and, for an expansion, its order; "auto" in front where that was asked for."""
    name = curve.theory if curve.order is None else f"{curve.theory}, order {curve.order}"
    return f"auto: {name}" if curve.asked == "auto" else name


def _drawable(solved: Booleans) -> Any:
    """None, everywhere, if nothing is to be left out."""
    return None if solved.all() else solved


def _band(error: Floats, bar: Floats, solved: Booleans) -> tuple[Floats, Floats, str]:
    """error - bar and error + bar within a decade of the errors, and what this cuts off."""
    error = np.where(np.isfinite(error), error, np.nan)
    low, high = error - bar, error + bar
    shown = error[solved & (error > 0) & np.isfinite(error)]
    if not len(shown):
        return np.where(low > 0, low, np.nan), high, ""
    floor, ceiling = float(shown.min()) / REACH, float(shown.max()) * REACH
    note = ""
    if (solved & ((low < floor) | (high > ceiling))).any():
        note = f"band cut off: the error bar reaches {'0' if (solved & (low <= 0)).any() else 'further'}"
    return np.maximum(low, floor), np.minimum(high, ceiling), note


def simulated_curve(simulation: Simulation | GramSimulation, axes: Axes | None = None, **style: Any) -> Axes:
    """Simulated error against n as points with standard errors; arguments and result as for `error_curve`."""
    with styled():
        axes = new_axes() if axes is None else axes
        style = POINTS | {"label": f"simulation, {counted(simulation.repeats, 'data set')}"} | style
        low, high, _ = _band(simulation.error, simulation.error_stderr, simulation.error > 0)
        bars = np.maximum([simulation.error - low, high - simulation.error], 0.0)
        axes.errorbar(simulation.n, simulation.error, bars, **style)
        error_axes(axes)
        return axes


def comparison(
    curves: Sequence[LearningCurve],
    simulation: Simulation | GramSimulation | None = None,
    title: str | None = None,
) -> Figure:
    """Theories as lines with bands, simulation as points, and below it how far the theories are off.

    The first theory is shown with its bias (dashed) and variance (dotted). The lower panel, theory/simulation
    - 1 in per cent, has every simulated size within those of the theory (between them the theory is
    interpolated), and names the others; it is there only if there are such sizes. Its bars are the standard
    error of the simulation, its bands the error bar of the theory. ValueError without any curve.
    """
    if not curves:
        raise ValueError("curves must hold at least one learning curve (got none)")
    deviations = [] if simulation is None else [deviation(curve, simulation) for curve in curves]
    below = any(len(each.n) for each in deviations)
    with styled():
        figure = new_figure(5.6, 5.2 if below else 4.0)
        panels = figure.subplots(
            1 + below, 1, sharex=True, squeeze=False, height_ratios=(3, 1.2) if below else (1,)
        )
        upper = panels[0, 0]
        notes: list[str] = []
        for place, curve in enumerate(curves):
            notes.append(_draw(curve, upper, {"color": colour(place)}, named=False))
        owner = "auto" if curves[0].asked == "auto" else theory_label(curves[0])
        _say(upper, max(notes, key=len))
        _bias_and_variance(upper, curves[0], f" ({owner})" if len(curves) > 1 else "")
        if simulation is not None:
            simulated_curve(simulation, upper)
        upper.set_ylim(*_limits(curves, simulation))
        if below:
            plot_deviations(panels[1, 0], deviations)
            upper.set_xlabel("")
        elif deviations:
            upper.set_title(deviation_note(deviations), fontsize=7, loc="left", pad=2.0)
        columns = 2 if len(curves) > 1 or simulation is not None else 3
        handles, labels = upper.get_legend_handles_labels()
        order = sorted(range(len(labels)), key=lambda place: labels[place].startswith(_LAST))
        figure.legend(
            [handles[place] for place in order],
            [labels[place] for place in order],
            loc="outside upper center",
            title=None if title is None else textwrap.fill(title, 76),
            title_fontsize=10,
            ncols=columns,
        )
        return figure


def _bias_and_variance(axes: Axes, curve: LearningCurve, owner: str) -> None:
    order = np.argsort(curve.n, kind="stable")
    for values, name, dashes in ((curve.bias, "bias²", "--"), (curve.variance, "variance", ":")):
        if (values > 0).any():
            positive = np.where((values > 0) & curve.converged, values, np.nan)[order]
            label = f"{name}{owner}"
            axes.plot(curve.n[order], positive, dashes, color=colour(0), linewidth=0.9, label=label)


def _limits(
    curves: Sequence[LearningCurve], simulation: Simulation | GramSimulation | None
) -> tuple[float, float]:
    """Of the errors, and of the first bias and variance as far as 30 times below them."""
    errors = np.concatenate([curve.error for curve in curves] + ([simulation.error] if simulation else []))
    errors = errors[np.isfinite(errors) & (errors > 0)]
    if not len(errors):
        return 0.1, 10.0
    parts = np.concatenate([errors, curves[0].bias, curves[0].variance])
    lowest = float(parts[parts > errors.min() / 30].min())
    return lowest / 1.3, float(errors.max()) * 1.3
