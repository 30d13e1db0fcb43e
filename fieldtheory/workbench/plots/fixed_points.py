"""Pictures of what happens at a fixed point of a renormalisation-group map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle

from fieldtheory.workbench.plots.rg_map import rg_map_axes
from fieldtheory.workbench.plots.style import colour

if TYPE_CHECKING:
    from renormalization.real_space.maps.fixed_point import EigenOperators, FixedPoint
    from renormalization.real_space.percolation.percolation_cell import PercolationCell


def fixed_point(found: FixedPoint, axes: Axes) -> None:
    """Eigenvalues in the complex plane: what lies outside of the unit circle grows, and is full."""
    values = np.atleast_1d(np.asarray(found.eigenvalues, dtype=complex))
    axes.add_patch(Circle((0, 0), 1.0, fill=False, color="0.6", linewidth=0.9))
    axes.axhline(0, color="0.9", linewidth=0.6, zorder=0)
    grows = np.abs(values) > 1
    for chosen, face, label in ((grows, colour(1), "grows"), (~grows, "white", "decays")):
        if chosen.any():
            axes.plot(
                values.real[chosen],
                values.imag[chosen],
                "o",
                color=colour(1),
                markerfacecolor=face,
                label=label,
            )
    reach = 1.15 * max(1.0, float(np.abs(values).max(initial=1.0)))
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    axes.set(xlabel="real part of an eigenvalue", ylabel="imaginary part")
    axes.legend(loc="upper left")


def eigen_operators(found: EigenOperators, axes: Axes) -> None:
    """The direction of each eigenvalue, its components side by side."""
    directions = np.real(np.atleast_2d(np.asarray(found.directions)))
    wide = 0.8 / len(directions)
    for row, (direction, exponent) in enumerate(zip(directions, np.atleast_1d(found.exponents), strict=True)):
        places = np.arange(len(direction)) + wide * (row - (len(directions) - 1) / 2)
        axes.bar(places, direction, wide, color=colour(row), label=f"$y$ = {exponent:.3g}")
    axes.axhline(0, color="black", linewidth=0.7)
    axes.set_xticks(range(directions.shape[1]))
    axes.set(xlabel="coupling, by its place", ylabel="component of the direction")
    axes.legend()


def percolation_cell(found: PercolationCell, axes: Axes) -> None:
    """The map of the cell, p' over p, with its fixed points."""
    rg_map_axes(found.map, axes)
