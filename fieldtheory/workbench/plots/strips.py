"""Pictures of strips: scaled correlation lengths that cross at the critical coupling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldtheory.workbench.plots.style import POINTS, colour, figure_of, logarithmic_ticks, new_axes, styled
from renormalization.real_space.strips.strip import Strip

if TYPE_CHECKING:
    from renormalization.real_space.strips.strip_limit import StripLimit

_COUPLINGS = 25


def strip_crossings(widths: Sequence[int], states: int = 2) -> Figure:
    """xi_L/L over the Potts coupling J around J_c = ln(1 + sqrt q), dashed: a line for each width L."""
    strips = [Strip(width, states) for width in widths]
    if not strips:
        raise ValueError("widths must name at least one width (got none)")
    critical = strips[0].critical_coupling
    couplings = np.linspace(0.85, 1.15, _COUPLINGS) * critical
    with styled():
        axes = new_axes(4.8, 3.6)
        for place, strip in enumerate(strips):
            lengths = [strip.correlation_length(each) / strip.width for each in couplings.tolist()]
            axes.plot(couplings, lengths, color=colour(place), label=f"$L$ = {strip.width}")
        axes.axvline(critical, color="0.4", linestyle="--", linewidth=0.9, zorder=0)
        axes.set_xlabel("Potts coupling $J$")
        axes.set_ylabel(r"correlation length $\xi_L/L$")
        axes.set_yscale("log")
        logarithmic_ticks(axes.yaxis)
        axes.grid(True)
        axes.legend()
        return figure_of(axes)


def strip_limit(found: StripLimit, axes: Axes) -> None:
    """The exponent nu of each pair of strips over 1/L, and what it goes to, with its error."""
    inverse = 1 / np.array(found.widths, dtype=float)
    axes.plot(
        inverse,
        [point.nu for point in found.points],
        "o-",
        color=colour(0),
        markersize=4,
        label="pairs of strips",
    )
    axes.errorbar([0], [found.nu.value], [found.nu.error], label="limit", **POINTS | {"color": colour(1)})
    axes.set_xlim(left=-0.02)
    axes.set(xlabel="$1/L$", ylabel=r"exponent $\nu$")
    axes.set_title(f"{found.states} states: $J_c$ = {found.coupling.value:.6g}", fontsize=9)
    axes.grid(True)
    axes.legend()
