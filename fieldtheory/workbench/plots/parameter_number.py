"""The error over the number of parameters, its ensemble, and the line in 1/h of generated diagrams."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from fieldtheory.workbench.plots.style import POINTS, colour, logarithmic_ticks, new_axes, styled

if TYPE_CHECKING:
    from fieldtheory.workbench.regimes.parameter_number import ParameterNumber


def parameter_figure(found: ParameterNumber, axes: Axes | None = None) -> Axes:
    """Mean squared error, or share of wrong signs for the hinge, of single networks and of their ensemble.

    With standard errors over networks, over N. Regression on features has lines: infinite_width_error +
    excess/h and, of the ensemble, less (1 - 1/repeats) variance/h, where they correct by less than the error.
    """
    names = ("error", "ensemble_error")
    label = r"error $\langle (f - y)^2\rangle$"
    if found.model == "network" and found.loss == "hinge":
        names, label = ("classification_error", "ensemble_classification_error"), "share of wrong signs"
    with styled():
        axes = new_axes() if axes is None else axes
        said = ("single networks", f"ensemble of {found.repeats}")
        for place, name in enumerate(names):
            measured, style = getattr(found, name), POINTS | {"color": colour(place)}
            axes.errorbar(found.parameters, measured.value, measured.stderr, label=said[place], **style)
        limits = found.limits
        if limits is not None:
            start = max(found.widths[0], limits.excess / limits.infinite_width_error)
            if start < found.widths[-1]:
                h = np.geomspace(start, found.widths[-1], 100)
                gaps = (limits.excess, limits.excess - (1 - 1 / found.repeats) * limits.variance)
                for place, gap in enumerate(gaps):
                    words = "diagrams, order $1/h$" if not place else None
                    line = limits.infinite_width_error + gap / h
                    axes.plot(h, line, color=colour(place), linewidth=1.1, label=words)
            axes.axhline(
                limits.infinite_width_error,
                color="0.4",
                linestyle="--",
                linewidth=0.9,
                label=r"$h \to \infty$",
            )
        _parameters_axis(axes, found)
        axes.set_yscale("log", nonpositive="clip")
        logarithmic_ticks(axes.yaxis)
        axes.set_ylabel(label)
        axes.legend()
    return axes


def excess_figure(found: ParameterNumber, axes: Axes | None = None) -> Axes:
    """h times what networks of width h err beyond h -> infinity, and h times their variance, with the limits.

    ValueError where there are no limits, see `ParameterNumber.limits`.
    """
    limits = found.require_limits()
    with styled():
        axes = new_axes() if axes is None else axes
        h = found.widths
        for place, (measured, shift, limit, stderr, words) in enumerate(
            (
                (
                    found.error,
                    limits.infinite_width_error,
                    limits.excess,
                    limits.excess_stderr,
                    "excess error",
                ),
                (found.variance, 0.0, limits.variance, limits.variance_stderr, "variance"),
            )
        ):
            style = POINTS | {"color": colour(place)}
            axes.errorbar(h, h * (measured.value - shift), h * measured.stderr, label=words, **style)
            axes.axhspan(limit - stderr, limit + stderr, color=colour(place), alpha=0.25, linewidth=0)
            axes.axhline(limit, color=colour(place), linewidth=1.1, label=f"{words}, limit of diagrams")
        _parameters_axis(axes, found)
        axes.set_ylabel(r"$h$ times excess error, variance")
        axes.legend()
    return axes


def _parameters_axis(axes: Axes, found: ParameterNumber) -> None:
    axes.set_xscale("log")
    logarithmic_ticks(axes.xaxis)
    axes.set_xlabel("number of features $h$" if found.model == "features" else "parameters $N$")
    axes.grid(True)
