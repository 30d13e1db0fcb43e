"""Pictures of effective Hamiltonians: their largest couplings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldtheory.workbench.plots.style import colour, figure_of, new_axes, styled

if TYPE_CHECKING:
    from renormalization.real_space.hamiltonian.couplings import Couplings

_ROUNDING = 1e-12  # of the largest
_MARKS = "os^vDx"


def largest_couplings(found: Couplings, axes: Axes) -> None:
    """|J_S| of the ten largest, as `coupling_bars` draws them."""
    _bars(axes, found, (), 10)


def coupling_bars(exact: Couplings, orders: Sequence[Couplings] = (), largest: int = 10) -> Figure:
    """|J_S| of the largest exact couplings as bars, and those of each order of an expansion as marks.

    Dark bars are fields and pairs of neighbours, pale ones reach further: they make up the rangeness. An
    order in which all of these vanish has no marks.
    ValueError unless there is a coupling other than 0.
    """
    with styled():
        axes = new_axes(5.2, 3.6)
        _bars(axes, exact, orders, largest)
        return figure_of(axes)


def _bars(axes: Axes, exact: Couplings, orders: Sequence[Couplings], largest: int) -> None:
    found = [(blocks, _size(value)) for blocks, value in exact.largest(largest)]
    least = _ROUNDING * found[0][1] if found else 0.0
    found = [(blocks, value) for blocks, value in found if value > least]
    if not found:
        raise ValueError(f"exact must have a coupling other than 0 to draw (got none of {largest})")
    places = np.arange(len(found))
    near = [len(blocks) == 1 or blocks in exact.neighbours for blocks, _ in found]
    for kind, shade, label in ((True, "0.35", "near"), (False, "0.75", "far")):
        chosen = [k for k in places.tolist() if near[k] is kind]
        if chosen:
            axes.bar(chosen, [found[k][1] for k in chosen], color=shade, width=0.7, label=label)
    for number, each in enumerate(orders):
        values = np.array([_size(each[blocks]) for blocks, _ in found])
        seen = values > least
        if seen.any():
            mark = _MARKS[number % len(_MARKS)]
            axes.plot(places[seen], values[seen], mark, color=colour(number), label=f"order {number}")
    axes.set_yscale("log")
    axes.set_ylim(found[-1][1] / 4, 4 * found[0][1])
    axes.set_xticks(places, [",".join(map(str, blocks)) for blocks, _ in found], rotation=60)
    axes.set_xlabel("blocks $S$")
    axes.set_ylabel("coupling $|J_S|$")
    axes.legend(loc="upper right", ncols=2)


def _size(value: object) -> float:
    return float(np.abs(np.asarray(value)).sum())
