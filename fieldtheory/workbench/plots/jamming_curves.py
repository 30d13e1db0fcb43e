"""The jamming transition: jammed runs and unsatisfied patterns over parameters per pattern."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from fieldtheory.workbench.plots.style import colour, new_axes, styled

if TYPE_CHECKING:
    from fieldtheory.workbench.regimes.jamming import JammingCurve


def jamming(curves: Sequence[JammingCurve], axes: Axes | None = None) -> Axes:
    """Of one or several numbers of patterns: jammed fraction as a line, N_Delta/N of every run as points.

    Over N/P, where they collapse. Test errors, where there are any, are dotted.
    """
    with styled():
        axes = new_axes() if axes is None else axes
        for place, curve in enumerate(curves):
            order = np.argsort(curve.parameters)
            x = curve.parameters[order] / curve.patterns
            style: dict[str, Any] = {"color": colour(place)}
            axes.errorbar(
                x,
                curve.jammed_fraction[order],
                curve.jammed_stderr[order],
                marker="o",
                markersize=3.5,
                capsize=2,
                label=f"jammed, $P = {curve.patterns}$",
                **style,
            )
            share = curve.unsatisfied[order] / curve.parameters[order, None]
            across = np.repeat(x, share.shape[1])
            axes.plot(across, share.reshape(-1), linestyle="", marker="x", markersize=4, **style)
            if curve.test_error is not None:
                errors = curve.test_error[order].mean(axis=1)
                axes.plot(x, errors, linestyle=":", label=f"test error, $P = {curve.patterns}$", **style)
        axes.plot([], [], linestyle="", marker="x", color="black", label=r"$N_\Delta/N$, each run")
        axes.set_xlabel("parameters per pattern $N/P$")
        axes.set_ylabel("share of runs, patterns per parameter")
        axes.set_ylim(bottom=0)
        axes.grid(True)
        axes.legend()
    return axes
