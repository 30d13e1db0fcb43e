"""How far theories are off a simulation, size by size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes

from fieldtheory.array_types import Booleans, Floats
from fieldtheory.workbench.plots.style import BAND, POINTS, UNSOLVED, colour, size_axis

if TYPE_CHECKING:
    from fieldtheory.workbench.curves.predicted_curve import LearningCurve
    from fieldtheory.workbench.simulation.gram_simulation import GramSimulation
    from fieldtheory.workbench.simulation.simulation import Simulation

BETWEEN: dict[str, Any] = {"linestyle": "", "marker": "D", "markersize": 3.5, "markerfacecolor": "white"}


class Deviation(NamedTuple):
    """Theory/simulation - 1 in per cent by increasing n, its standard error, and the theory's error bar.

    `solved`: where the theory has a solution. `between`: where the theory was not asked at that size, and its
    error is interpolated between those at which it was; `beyond`: simulated sizes outside the theory's.
    """

    n: Floats
    value: Floats
    noise: Floats
    band: Floats
    solved: Booleans
    between: Booleans
    beyond: Floats

    @property
    def largest(self) -> float:
        """Largest size, without bars."""
        return float(np.abs(self.value).max(initial=0.0))


def deviation(curve: LearningCurve, simulation: Simulation | GramSimulation) -> Deviation:
    """At every simulated size within the theory's where the simulated error is not zero."""
    order = np.argsort(simulation.n, kind="stable")
    n, measured, stderr = (each[order] for each in (simulation.n, simulation.error, simulation.error_stderr))
    theory = _Interpolated.of(curve)
    inside = (n >= theory.n[0]) & (n <= theory.n[-1])
    usable = inside & (measured > 0)
    sizes, measured, stderr = n[usable], measured[usable], stderr[usable]
    error, bar, solved, between = theory.at(sizes)
    known = np.isfinite(error)
    ratio = 100 * error / measured
    return Deviation(
        sizes[known],
        (ratio - 100)[known],
        (ratio * stderr / measured)[known],
        (100 * bar / measured)[known],
        solved[known],
        between[known],
        np.unique(np.concatenate([n[~inside], sizes[~known]])),
    )


class _Interpolated(NamedTuple):
    """A learning curve at its own sizes, increasing."""

    n: Floats
    error: Floats
    bar: Floats
    solved: Booleans

    @classmethod
    def of(cls, curve: LearningCurve) -> _Interpolated:
        n, first = np.unique(curve.n, return_index=True)
        bar = np.zeros_like(curve.error) if curve.error_bar is None else curve.error_bar
        return cls(n, curve.error[first], bar[first], curve.converged[first])

    def at(self, sizes: Floats) -> tuple[Floats, Floats, Booleans, Booleans]:
        """Error, bar, whether there is a solution, and whether the size lies between the curve's.

        Between them ln error is a monotone cubic in ln n, whose distance from the straight line is added to
        the bar; nan where there is no solution on either side.
        """
        right = np.searchsorted(self.n, sizes)
        own = self.n[right] == sizes
        left = np.where(own, right, right - 1)
        error = self.error[right].copy()
        bar = np.maximum(self.bar[left], self.bar[right])
        solved = self.solved[left] & self.solved[right]
        whole = self.solved & (self.error > 0)
        fits = ~own & whole[left] & whole[right]
        error[~own] = np.nan
        if fits.any():
            from scipy.interpolate import PchipInterpolator

            x, y = np.log(self.n[whole]), np.log(self.error[whole])
            cubic = np.exp(PchipInterpolator(x, y)(np.log(sizes[fits])))
            straight = np.exp(np.interp(np.log(sizes[fits]), x, y))
            error[fits] = cubic
            bar[fits] += np.abs(cubic - straight)
        return error, bar, solved, ~own


def plot_deviations(axes: Axes, deviations: Sequence[Deviation]) -> None:
    """Linear where the deviations are alike, logarithmic on both sides of ±1 % where one dwarfs the other."""
    low = high = 0.0
    extent = max(each.largest for each in deviations)
    for place, (n, value, noise, band, solved, between, _) in enumerate(deviations):
        style = POINTS | {"fmt": ".-", "color": colour(place), "markersize": 5, "linewidth": 0.9}
        axes.errorbar(n, np.where(solved, value, np.nan), noise, **style)
        if between.any():
            axes.plot(n[between], value[between], color=colour(place), zorder=5, **BETWEEN)
        if not solved.all():
            axes.plot(n[~solved], value[~solved], color=colour(place), **UNSOLVED)
        lower, upper = value - band, value + band
        band_style: dict[str, Any] = {
            "color": colour(place),
            "alpha": BAND,
            "linewidth": 0,
            "zorder": 1.5 - 0.01 * place,
        }
        axes.fill_between(n, lower, upper, where=None if solved.all() else solved, **band_style)
        # the bands count, but do not squeeze the points
        low = min(low, *(value - noise), *np.maximum(lower, -1.6 * extent))
        high = max(high, *(value + noise), *np.minimum(upper, 1.6 * extent))
    axes.axhline(0, color="black", linewidth=0.7, zorder=1)
    smallest = min(each.largest for each in deviations)
    if extent > max(10 * smallest, 5.0):
        axes.set_yscale("symlog", linthresh=1.0, linscale=0.7)
        axes.yaxis.set_major_formatter("{x:g}")
    margin = 0.08 * (high - low)
    if margin > 0:
        axes.set_ylim(low - margin, high + margin)
    size_axis(axes)
    axes.set_ylabel("theory/sim.\n− 1  (%)")
    note = deviation_note(deviations)
    if note:
        axes.set_title(note, fontsize=7, loc="left", pad=2.0)


def deviation_note(deviations: Sequence[Deviation]) -> str:
    """What is not as the axes say."""
    parts = []
    if any(each.between.any() for each in deviations):
        parts.append("diamonds: theory interpolated between its sizes")
    beyond = np.unique(np.concatenate([each.beyond for each in deviations]))
    if len(beyond):
        shown = ", ".join(f"{n:g}" for n in beyond[:4]) + (", ..." if len(beyond) > 4 else "")
        parts.append(f"no theory at N = {shown}")
    return "; ".join(parts)
