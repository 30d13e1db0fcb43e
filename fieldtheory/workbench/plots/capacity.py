"""Margins and contacts of random patterns over the load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from fieldtheory.workbench.plots.style import POINTS, colour, new_axes, styled
from replicas.capacity.perceptron import contacts_per_weight, gardner_margin

if TYPE_CHECKING:
    from fieldtheory.workbench.regimes.capacity_curve import CapacityCurve


def capacity_figure(curve: CapacityCurve, axes: Axes | None = None) -> Axes:
    """Replicas as lines up to a load of 2, sets as points with standard errors, Cover's count dotted."""
    with styled():
        axes = new_axes() if axes is None else axes
        low, high = float(curve.load.min()), float(min(curve.load.max(), 2.0))
        if low < high:
            loads = np.linspace(low, high, 200)
            axes.plot(loads, [gardner_margin(a) for a in loads.tolist()], color=colour(0), label="margin")
            axes.plot(
                loads, [contacts_per_weight(a) for a in loads.tolist()], color=colour(1), label="contacts/N"
            )
        axes.plot(curve.load, curve.separable, color=colour(2), linestyle=":", label="separable")
        for place, name in enumerate(("margin", "contacts", "separable")):
            style = POINTS | {"color": colour(place)}
            stderr = np.nan_to_num(getattr(curve, f"{name}_stderr"))
            axes.errorbar(curve.load, getattr(curve, f"{name}_measured"), stderr, **style)
        axes.set_xlabel("load $P/N$")
        axes.set_ylabel(f"random patterns, $N = {curve.inputs}$")
        axes.set_ylim(bottom=0)
        axes.grid(True)
        axes.legend()
    return axes
