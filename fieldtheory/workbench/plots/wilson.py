"""Pictures of the Wilsonian flow: running parameters by cut-off, the error of compressed models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from fieldtheory.array_types import Floats
from fieldtheory.workbench.plots.style import (
    COLOURS,
    error_axes,
    figure_of,
    logarithmic_ticks,
    new_axes,
    new_figure,
    styled,
)
from renormalization.wilson.flow import WilsonFlow

if TYPE_CHECKING:
    from fieldtheory.workbench.simulation.simulation import Simulation
    from renormalization.wilson.compressed_model import CompressedModel


def wilson_flow(flow: WilsonFlow, max_cutoff: int | None = None) -> Figure:
    """Running ridge and running noise against the cut-off, a colour for every n of the flow.

    Left: the screened ridge (solid) and the naive sum (dashed, the same for every n); then the label noise,
    if there is any, and how far the factor Z exceeds 1. A circle marks the learnability horizon, where
    lambda = kappa. `max_cutoff`: last degree shown, default that of the spectrum; ValueError beyond it.
    """
    highest = flow.spectrum.max_degree if max_cutoff is None else max_cutoff
    degrees = np.arange(highest + 1)
    n = np.atleast_1d(flow.n)
    ridge, naive, noise, factor, coupling = (
        np.reshape(each, (len(n), len(degrees))) for each in flow.at(degrees)
    )
    gained = np.where(factor > 1 + 1e-12, factor - 1, np.nan)
    colours = _shades(len(n))
    with styled():
        shown = (ridge, noise, gained) if noise.any() else (ridge, gained)
        figure = new_figure(3.2 * len(shown), 3.4)
        panels = figure.subplots(1, len(shown))
        panels[0].plot(degrees, naive[0], "--", color="black", linewidth=1.0, label="naive sum", zorder=3)
        for place, size in enumerate(n):
            colour = colours[place]
            learnt = np.flatnonzero(coupling[place] > 1)
            for axes, values in zip(panels, shown, strict=True):
                axes.plot(degrees, values[place], color=colour, label=f"$N$ = {size:g}")
                if len(learnt):
                    axes.plot(learnt[-1], values[place, learnt[-1]], "o", color=colour, markersize=4)
        _finish(panels[0], r"running ridge $\sigma_R^2(\Lambda)$", ridge, naive)
        if noise.any():
            _finish(panels[1], r"running label noise $\tau_R^2(\Lambda)$", noise)
        _finish(panels[-1], r"running factor $Z(\Lambda) - 1$", gained)
        handles, labels = panels[0].get_legend_handles_labels()
        handles.append(Line2D([], [], marker="o", color="0.4", linestyle="", markersize=4))
        labels.append(r"horizon $\lambda = \kappa$")
        columns = min(len(labels), 7 if noise.any() else 5)
        figure.legend(handles, labels, loc="outside upper center", ncols=columns)
        for axes in panels:
            axes.set_xlim(*panels[0].get_xlim())
        return figure


def running_ridge(flow: WilsonFlow, axes: Axes) -> None:
    """The left panel of `wilson_flow`: the screened ridge, and dashed the naive sum."""
    degrees = np.arange(flow.spectrum.max_degree + 1)
    sizes = np.atleast_1d(flow.n)
    ridge, naive, _, _, coupling = (np.reshape(each, (len(sizes), -1)) for each in flow.at(degrees))
    axes.plot(degrees, naive[0], "--", color="black", linewidth=1.0, label="naive sum", zorder=3)
    for place, (size, shade) in enumerate(zip(sizes, _shades(len(sizes)), strict=True)):
        axes.plot(degrees, ridge[place], color=shade, label=f"$N$ = {size:g}")
        learnt = np.flatnonzero(coupling[place] > 1)
        if len(learnt):
            axes.plot(learnt[-1], ridge[place, learnt[-1]], "o", color=shade, markersize=4)
    _finish(axes, r"running ridge $\sigma_R^2(\Lambda)$", ridge, naive)
    axes.legend(title=r"circle: horizon $\lambda = \kappa$", title_fontsize=8)


def compressed_model(model: CompressedModel, axes: Axes) -> None:
    """The eigenvalues that are kept, and the ridge that stands for all others."""
    degrees = np.arange(model.cutoff + 1)
    kept = model.spectrum.degree_traces[: model.cutoff + 1]
    axes.plot(degrees, kept, "o-", color=COLOURS[0], markersize=4, label=r"kept, $\deg(l)\,\lambda_l$")
    axes.axhline(model.ridge, color=COLOURS[1], linestyle="--", label="renormalised ridge")
    positive = [*kept[kept > 0], *([model.ridge] if model.ridge > 0 else [])]
    if positive:
        _limit(axes, min(positive), max(positive))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="degree $l$", ylabel="part of the kernel")
    axes.set_title(f"{model.modes} modes", fontsize=9)
    axes.grid(True)
    axes.legend()


def _shades(count: int) -> Any:
    if count <= len(COLOURS):
        return COLOURS[:count]
    return matplotlib.colormaps["viridis"](np.linspace(0.0, 0.9, count))


def _finish(axes: Axes, name: str, *values: Floats) -> None:
    positive = np.concatenate([np.ravel(each) for each in values])
    positive = positive[positive > 0]
    if len(positive):
        _limit(axes, float(positive.min()), float(positive.max()))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(r"cut-off degree $\Lambda$")
    axes.set_ylabel(name)
    axes.grid(True)


def _limit(axes: Axes, low: float, high: float) -> None:
    """Logarithmic, and at most five decades below `high`."""
    axes.set_yscale("log", nonpositive="mask")
    axes.set_ylim(max(low, 1e-5 * high) / 1.3, high * 1.3)
    logarithmic_ticks(axes.yaxis)


def compression(
    flow: WilsonFlow,
    cutoff: int,
    full: Sequence[Simulation] = (),
    compressed: Sequence[Simulation] = (),
) -> Figure:
    """Learning curve of the full kernel and of its compressed model, theory as lines, simulation as points.

    `flow`: with the sizes of the curve and a target; `full`, `compressed`: simulations of the two (the
    truncated kernel has another ridge at each size, so there is one simulation for each). ValueError for a
    flow without a target.
    """
    if flow.target is None:
        raise ValueError("flow must have a target for a learning curve (got None)")
    n = np.atleast_1d(np.asarray(flow.n, dtype=np.float64))
    order = np.argsort(n, kind="stable")
    with styled():
        axes = new_axes(5.4, 3.8)
        for error, simulations, name, colour, marker, style in (
            (flow.error, full, "full kernel", COLOURS[0], "o", "-"),
            (
                flow.truncated_error(cutoff),
                compressed,
                rf"compressed, $l \leq {cutoff}$",
                COLOURS[1],
                "s",
                "--",
            ),
        ):
            axes.plot(n[order], np.atleast_1d(error)[order], style, color=colour, label=name)
            if simulations:
                sizes, errors, bars = (
                    np.concatenate([np.ravel(getattr(each, part)) for each in simulations])
                    for part in ("n", "error", "error_stderr")
                )
                label = f"{name.partition(',')[0]}, simulated"
                axes.errorbar(
                    sizes, errors, bars, fmt=marker, color=colour, markersize=4, capsize=2, label=label
                )
        error_axes(axes)
        errors = np.concatenate([np.ravel(line.get_ydata()) for line in axes.get_lines()])
        errors = errors[errors > 0]
        if len(errors):
            _limit(axes, float(errors.min()), float(errors.max()))
        figure = figure_of(axes)
        figure.legend(loc="outside upper center", ncols=2)
        return figure
