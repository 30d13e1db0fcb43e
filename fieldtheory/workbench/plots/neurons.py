"""Pictures of what a single neuron learns."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from fieldtheory.array_types import Floats
from fieldtheory.workbench.plots.style import colour, figure_of, logarithmic_ticks, new_axes, styled
from renormalization.feature_learning.closures.single_neuron import NeuronScan, NeuronState

_FAINTEST = -6.0  # log10 of the density, relative to the highest, where the colours end


def single_neuron(scan: NeuronScan, axes: Axes | None = None) -> Axes:
    """The law of |u| along a scan, in colour relative to its highest value; its maxima; the phases by name.

    u: how far the weights reach along the direction of the target. `axes`: where to draw, default a new
    figure; the colour bar goes to its figure. Returns the axes. ValueError for a scan of one strength.
    """
    if len(scan.states) < 2:
        raise ValueError(f"scan must have at least 2 strengths (got {len(scan.states)})")
    with styled():
        axes = new_axes(5.8, 4.0) if axes is None else axes
        u = np.linspace(0, max(_end(state.u, state.density) for state in scan.states), 400)
        columns = []
        for state in scan.states:
            logs = np.log10(np.maximum(state.density, 1e-300))
            columns.append(np.interp(u, state.u, logs - logs.max(), right=2 * _FAINTEST))
        r = scan.strengths
        edges = np.sqrt(r[1:] * r[:-1])
        edges = np.concatenate([[r[0] ** 2 / edges[0]], edges, [r[-1] ** 2 / edges[-1]]])
        shown = axes.pcolormesh(
            edges,
            np.append(u, 2 * u[-1] - u[-2]),
            np.array(columns).T,
            vmin=_FAINTEST,
            vmax=0.0,
            cmap="Blues",
            rasterized=True,
        )
        bar = figure_of(axes).colorbar(shown, ax=axes, extend="min")
        bar.set_label(r"$\log_{10}$ density of $|u|$, relative to its maximum")
        for state in scan.states:
            strengths = np.full(len(state.maxima), state.strength)
            axes.plot(strengths, state.maxima, "o", color=colour(1), markersize=2.5, clip_on=False)
        axes.set_xscale("log")
        logarithmic_ticks(axes.xaxis)
        axes.set_xlim(edges[0], edges[-1])
        axes.set_ylim(0, u[-1])
        axes.set_xlabel(r"strength $r = P/\kappa_0$")
        axes.set_ylabel("overlap $|u|$ with the target")
        _name_phases(axes, scan, edges)
        return axes


def neuron_state(state: NeuronState, axes: Axes) -> None:
    """The law of |u| at one strength, with its maxima."""
    shown = state.u <= _end(state.u, state.density)
    axes.plot(state.u[shown], state.density[shown], color=colour(0))
    heights = np.interp(state.maxima, state.u, state.density)
    axes.plot(state.maxima, heights, "o", color=colour(1), markersize=4, label="maxima")
    axes.set(xlabel="overlap $|u|$ with the target", ylabel="density")
    axes.set_title(f"strength {state.strength:.4g}", fontsize=9)
    axes.legend()


def _end(u: Floats, density: Floats) -> float:
    return float(u[density > density.max() * 10.0**_FAINTEST][-1])


def _name_phases(axes: Axes, scan: NeuronScan, edges: Floats) -> None:
    """Above the axes, over the strengths that have it; dashed lines between."""
    start = 0
    for place in range(1, len(scan.phases) + 1):
        if place < len(scan.phases) and scan.phases[place] == scan.phases[start]:
            continue
        middle = float(np.sqrt(edges[start] * edges[place]))
        axes.annotate(
            scan.phases[start],
            (middle, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            fontsize=8,
        )
        if place < len(scan.phases):
            axes.axvline(float(edges[place]), color="0.4", linewidth=0.8, linestyle="dashed")
        start = place
