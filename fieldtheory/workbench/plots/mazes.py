"""Pictures of mazes: the error of breadth-first networks over their depth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from fieldtheory.workbench.plots.style import BAND, colour, figure_of, new_axes, styled

if TYPE_CHECKING:
    from renormalization.real_space.percolation.mazes import MazeStatistics

_PATH_EXPONENT = 1.1308  # of shortest paths at the threshold
_DEPTHS = 60


def maze_errors(mazes: MazeStatistics | Sequence[MazeStatistics], axes: Axes | None = None) -> Any:
    """P(path > depth | connected) over depth/L^1.1308, a line for each size, which at p_c fall on one.

    Bands are standard errors. `axes`: where to draw, default a new figure. ValueError where no maze is
    connected.
    """
    several = list(mazes) if isinstance(mazes, Sequence) else [mazes]
    if not several:
        raise ValueError("mazes must be at least one MazeStatistics (got none)")
    with styled():
        given = axes
        axes = new_axes(4.8, 3.6) if axes is None else axes
        for place, each in enumerate(several):
            lengths = each.paths[each.paths >= 0]
            if not len(lengths):
                raise ValueError(
                    f"mazes must have connected ones (got none of {each.samples}, p = {each.p:g})"
                )
            depths = np.unique(np.linspace(0, lengths.max(), _DEPTHS).astype(int))
            found = [each.missed(depth) for depth in depths.tolist()]
            values = np.array([one for one in found if one is not None])
            x = depths / each.size**_PATH_EXPONENT
            shade = colour(place)
            axes.plot(x, values[:, 0], color=shade, label=f"$L$ = {each.size}")
            low, high = values[:, 0] - values[:, 1], values[:, 0] + values[:, 1]
            axes.fill_between(x, np.maximum(low, 0), high, color=shade, alpha=BAND, linewidth=0)
        axes.set_xlabel(f"depth/$L^{{{_PATH_EXPONENT}}}$")
        axes.set_ylabel("missed, of connected mazes")
        axes.set_xlim(0)
        axes.grid(True)
        axes.legend()
        return figure_of(axes) if given is None else axes
