"""The change of the tangent kernel over alpha sqrt(h)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from fieldtheory.workbench.plots.style import POINTS, colour, logarithmic_ticks, new_axes, styled
from replicas.lazy_training.linear_crossover import linear_crossover_mean

if TYPE_CHECKING:
    from fieldtheory.workbench.regimes.crossover_scale import CrossoverScale


def lazy_figure(found: CrossoverScale, axes: Axes | None = None) -> Axes:
    """Networks of each width as points with standard errors, open where runs have not converged.

    Dashed that of the wide linear network with y = 1, sqrt(1 + 1/(alpha^2 h)) - 1: slope -1, then -2.
    """
    with styled():
        axes = new_axes() if axes is None else axes
        for place, width in enumerate(found.widths.tolist()):
            x = found.scales * np.sqrt(width)
            mean, stderr = found.mean_change[place], np.nan_to_num(found.stderr[place])
            style = POINTS | {"color": colour(place)}
            axes.errorbar(x, mean, stderr, label=f"$h = {width}$", **style)
            missed = ~found.converged[place].all(axis=1)
            axes.plot(x[missed], mean[missed], "o", color="white", markersize=2.5, zorder=5)
        low, high = found.scales.min(), found.scales.max()
        line = np.geomspace(low * np.sqrt(found.widths.min()), high * np.sqrt(found.widths.max()), 100)
        linear = [linear_crossover_mean(1, x, 1.0, order=0, fixed="crossover") - 1 for x in line.tolist()]
        axes.plot(line, linear, color="0.4", linestyle="--", linewidth=0.9, label="linear network")
        axes.set_xscale("log")
        axes.set_yscale("log", nonpositive="clip")
        logarithmic_ticks(axes.xaxis)
        logarithmic_ticks(axes.yaxis)
        axes.set_xlabel(r"scale $\alpha\sqrt{h}$")
        axes.set_ylabel(r"change $\Vert\Theta_\infty - \Theta_0\Vert\,/\,\Vert\Theta_0\Vert$")
        axes.grid(True)
        axes.legend()
    return axes
