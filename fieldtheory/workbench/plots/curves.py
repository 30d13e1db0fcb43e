"""Pictures of learning curves: theories as lines with bands, simulations as points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldtheory.array_types import Booleans, Floats
from fieldtheory.counted import counted
from fieldtheory.workbench.plots.style import (
    BAND,
    POINTS,
    colour,
    error_axes,
    new_axes,
    new_figure,
    size_axis,
    styled,
)

if TYPE_CHECKING:
    from fieldtheory.workbench.learning_curve import LearningCurve
    from fieldtheory.workbench.simulation.simulation import Simulation

_LAST = ("bias", "variance", "no solution")  # in the legend
_UNSOLVED: dict[str, Any] = {"linestyle": "", "marker": "o", "markersize": 4.0, "markerfacecolor": "none"}


def error_curve(curve: LearningCurve, axes: Axes | None = None, **style: Any) -> Axes:
    """Error against n, both logarithmic, with the theory's error bar, if it has one, as a band.

    Where the theory has no solution the line is interrupted, and open circles show the self-consistent
    numbers that stand in. `axes`: where to draw, default a new figure. `style` goes to the line (color=...,
    label=...); the label is the theory's name and order by default. Returns the axes.
    """
    with styled():
        axes = new_axes() if axes is None else axes
        order = np.argsort(curve.n, kind="stable")
        n, error = curve.n[order], curve.error[order]
        solved = curve.converged[order]
        lonely = solved & ~np.append(False, solved[:-1]) & ~np.append(solved[1:], False)
        marks = {"marker": ".", "markevery": np.flatnonzero(lonely).tolist()} if lonely.any() else {}
        style = {"label": theory_label(curve)} | marks | style
        (line,) = axes.plot(n, np.where(solved, error, np.nan), **style)
        if curve.error_bar is not None:
            low, high = _band(error, curve.error_bar[order])
            axes.fill_between(
                n,
                low,
                high,
                where=_drawable(solved),
                color=line.get_color(),
                alpha=BAND,
                linewidth=0,
                zorder=1.5,
            )
        if not solved.all():
            label = f"no solution of {line.get_label()}: self-consistent"
            axes.plot(n[~solved], error[~solved], color=line.get_color(), label=label, **_UNSOLVED)
        error_axes(axes)
        return axes


def theory_label(curve: LearningCurve) -> str:
    """The theory and, for an expansion, its order."""
    return curve.theory if curve.order is None else f"{curve.theory}, order {curve.order}"


def _drawable(solved: Booleans) -> Any:
    """None, everywhere, if nothing is to be left out."""
    return None if solved.all() else solved


def _band(error: Floats, bar: Floats) -> tuple[Floats, Floats]:
    """error - bar and error + bar; a lower edge that is not positive lies far below any axis."""
    low = error - bar
    return np.where(low > 0, low, 1e-9 * np.abs(error)), error + bar


def simulated_curve(simulation: Simulation, axes: Axes | None = None, **style: Any) -> Axes:
    """Simulated error against n as points with standard errors; arguments and result as for `error_curve`."""
    with styled():
        axes = new_axes() if axes is None else axes
        style = POINTS | {"label": f"simulation, {counted(simulation.repeats, 'data set')}"} | style
        axes.errorbar(simulation.n, simulation.error, simulation.error_stderr, **style)
        error_axes(axes)
        return axes


def comparison(
    curves: Sequence[LearningCurve], simulation: Simulation | None = None, title: str | None = None
) -> Figure:
    """Theories as lines with bands, simulation as points, and below it how far the theories are off.

    The first theory is shown with its bias (dashed) and variance (dotted). The lower panel, theory/simulation
    - 1 in per cent at the sizes that both have, is there only if there are such sizes: its bars are the
    standard error of the simulation, its bands the error bar of the theory. ValueError without any curve.
    """
    if not curves:
        raise ValueError("curves must hold at least one learning curve (got none)")
    deviations = [] if simulation is None else [_deviation(curve, simulation) for curve in curves]
    below = any(len(deviation.n) for deviation in deviations)
    with styled():
        figure = new_figure(5.6, 5.2 if below else 4.0)
        panels = figure.subplots(
            1 + below, 1, sharex=True, squeeze=False, height_ratios=(3, 1.2) if below else (1,)
        )
        upper = panels[0, 0]
        for place, curve in enumerate(curves):
            error_curve(curve, upper, color=colour(place))
        _bias_and_variance(upper, curves[0], f" ({theory_label(curves[0])})" if len(curves) > 1 else "")
        if simulation is not None:
            simulated_curve(simulation, upper)
        upper.set_ylim(*_limits(curves, simulation))
        if below:
            _plot_deviations(panels[1, 0], deviations)
            upper.set_xlabel("")
        columns = 2 if len(curves) > 1 or simulation is not None else 3
        handles, labels = upper.get_legend_handles_labels()
        order = sorted(range(len(labels)), key=lambda place: labels[place].startswith(_LAST))
        figure.legend(
            [handles[place] for place in order],
            [labels[place] for place in order],
            loc="outside upper center",
            title=title,
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


class Deviation(NamedTuple):
    """Theory/simulation - 1 in per cent by increasing n, its standard error, and the theory's error bar.

    `solved`: where the theory has a solution.
    """

    n: Floats
    value: Floats
    noise: Floats
    band: Floats
    solved: Booleans

    @property
    def largest(self) -> float:
        """Largest size, without bars."""
        return float(np.abs(self.value).max(initial=0.0))


def _deviation(curve: LearningCurve, simulation: Simulation) -> Deviation:
    """At the sizes that both have and where the simulated error is not zero."""
    _, ours, theirs = np.intersect1d(curve.n, simulation.n, return_indices=True)
    usable = simulation.error[theirs] > 0
    ours, theirs = ours[usable], theirs[usable]
    measured = simulation.error[theirs]
    ratio = 100 * curve.error[ours] / measured
    noise = ratio * simulation.error_stderr[theirs] / measured
    bar = np.zeros_like(ratio) if curve.error_bar is None else 100 * curve.error_bar[ours] / measured
    return Deviation(curve.n[ours], ratio - 100, noise, bar, curve.converged[ours])


def _plot_deviations(axes: Axes, deviations: Sequence[Deviation]) -> None:
    """Linear where the deviations are alike, logarithmic on both sides of ±1 % where one dwarfs the other."""
    low = high = 0.0
    extent = max(deviation.largest for deviation in deviations)
    for place, (n, value, noise, band, solved) in enumerate(deviations):
        style = POINTS | {"fmt": ".-", "color": colour(place), "markersize": 5, "linewidth": 0.9}
        axes.errorbar(n, np.where(solved, value, np.nan), noise, **style)
        if not solved.all():
            axes.plot(n[~solved], value[~solved], color=colour(place), **_UNSOLVED)
        lower, upper = value - band, value + band
        band_style: dict[str, Any] = {
            "color": colour(place),
            "alpha": BAND,
            "linewidth": 0,
            "zorder": 1.5 - 0.01 * place,
        }
        axes.fill_between(n, lower, upper, where=_drawable(solved), **band_style)
        # the bands count, but do not squeeze the points
        low = min(low, *(value - noise), *np.maximum(lower, -1.6 * extent))
        high = max(high, *(value + noise), *np.minimum(upper, 1.6 * extent))
    axes.axhline(0, color="black", linewidth=0.7, zorder=1)
    smallest = min(deviation.largest for deviation in deviations)
    if extent > max(10 * smallest, 5.0):
        axes.set_yscale("symlog", linthresh=1.0, linscale=0.7)
        axes.yaxis.set_major_formatter("{x:g}")
    margin = 0.08 * (high - low)
    if margin > 0:
        axes.set_ylim(low - margin, high + margin)
    size_axis(axes)
    axes.set_ylabel("theory/sim.\n− 1  (%)")


def _limits(curves: Sequence[LearningCurve], simulation: Simulation | None) -> tuple[float, float]:
    """Of the errors, and of the first bias and variance as far as 30 times below them."""
    errors = np.concatenate([curve.error for curve in curves] + ([simulation.error] if simulation else []))
    errors = errors[np.isfinite(errors) & (errors > 0)]
    if not len(errors):
        return 0.1, 10.0
    parts = np.concatenate([errors, curves[0].bias, curves[0].variance])
    lowest = float(parts[parts > errors.min() / 30].min())
    return lowest / 1.3, float(errors.max()) * 1.3
