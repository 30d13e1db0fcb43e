"""Pictures of coarse-graining rules: the states of a block, sorted by the value that takes their place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from fieldtheory.array_types import Integers
from fieldtheory.counted import counted
from fieldtheory.shown_value import shown
from fieldtheory.workbench.plots.style import COLOURS, figure_of, new_axes, styled

if TYPE_CHECKING:
    from renormalization.real_space.rules import Rule

_SPINS = ("0.15", "0.88")  # +1, -1
_MOST, _WIDEST = 1024, 24  # states drawn, and cells of a line of them
_CELL, _LEFT, _RIGHT = 0.22, 5, 4  # inches; cells for names of values, for the legend
_DRAWN = "drawn"


def rule_states(rule: Rule, shape: Any = None, occurring: Any = None) -> Figure:
    """A small picture of each state of the block, a group for each value h; states of spins +1 are dark.

    `shape`: (rows, columns) of the sites, by default a square where their number is one, else a row.
    `occurring`: numbers of the states to show, such as `joint.block_index`; default all. States whose value
    the rule draws form a group of their own, with P(h = 0) below them. ValueError for more than 1024 states.
    """
    rows, columns = _block_shape(rule, shape)
    numbers = np.arange(len(rule.table)) if occurring is None else np.asarray(occurring)
    if len(numbers) > _MOST:
        raise ValueError(f"rule must have at most {_MOST} states to draw (got {len(numbers)})")
    groups = _groups(rule, numbers)
    line = max(1, _WIDEST // (columns + 1))  # states beside each other
    heights = [-(-len(states) // line) * (rows + 1) + 1 for _, states in groups]
    width = min(line, max(len(states) for _, states in groups)) * (columns + 1)
    count = max(rule.states)
    colours = ListedColormap(_SPINS if count == 2 else _colours(count))
    top = 0
    with styled():
        axes = new_axes(_CELL * (width + _LEFT + _RIGHT), _CELL * sum(heights))
        for (name, states), height in zip(groups, heights, strict=True):
            picture = np.full((height, width), np.nan)
            for place, state in enumerate(states.tolist()):
                row, column = place // line * (rows + 1), place % line * (columns + 1)
                cells = np.array(np.unravel_index(state, rule.states)).reshape(rows, columns)
                picture[row : row + rows, column : column + columns] = cells
                if name == _DRAWN:
                    at = (column + columns / 2, top + row + rows + 0.5)
                    axes.text(*at, f"{rule.table[state, 0]:.2g}", ha="center", va="center", fontsize=6)
            edges = np.arange(width + 1), top + np.arange(height + 1)
            cells = np.ma.masked_invalid(picture)
            axes.pcolormesh(*edges, cells, cmap=colours, vmin=-0.5, vmax=count - 0.5, edgecolors="white")
            label = "drawn,\n$P(h=0)$" if name == _DRAWN else f"$h = {name}$"
            axes.text(-0.8, top + rows / 2, label, ha="right", va="center")
            top += height
        kinds = ("$+1$", "$-1$") if count == 2 else [str(state) for state in range(count)]
        patches = [Patch(color=colours(state), label=kind) for state, kind in enumerate(kinds)]
        axes.legend(handles=patches, loc="center right", handlelength=1.0)
        axes.set(xlim=(-_LEFT, width + _RIGHT), ylim=(top, 0), aspect="equal")
        axes.set_axis_off()
        return figure_of(axes)


def _colours(count: int) -> list[Any]:
    """As many as there are states."""
    if count <= len(COLOURS):
        return list(COLOURS[:count])
    return [colormaps["viridis"](place / (count - 1)) for place in range(count)]


def _block_shape(rule: Rule, shape: Any) -> tuple[int, int]:
    sites = len(rule.states)
    side = math.isqrt(sites)
    if shape is None:
        return (side, side) if side * side == sites else (1, sites)
    if not isinstance(shape, Sequence) or len(shape) != 2 or shape[0] * shape[1] != sites:
        raise ValueError(f"shape must be (rows, columns) of {counted(sites, 'site')} (got {shown(shape)})")
    return int(shape[0]), int(shape[1])


def _groups(rule: Rule, numbers: Integers) -> list[tuple[Any, Integers]]:
    """Values with their states, in order; last the states whose value is drawn."""
    largest = rule.table.max(axis=1)[numbers]
    values = rule.table.argmax(axis=1)[numbers]
    certain = largest == 1
    found: list[tuple[Any, Integers]] = [
        (value, numbers[certain & (values == value)]) for value in range(rule.values)
    ]
    found.append((_DRAWN, numbers[~certain]))
    return [(name, states) for name, states in found if len(states)]
