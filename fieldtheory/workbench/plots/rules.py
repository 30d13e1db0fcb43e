"""Pictures of coarse-graining rules: the states of a block, sorted by the value that takes their place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from fieldtheory.arguments import require_integer
from fieldtheory.shown_value import shown
from fieldtheory.workbench.plots.style import COLOURS, colour, figure_of, new_axes, styled
from renormalization.real_space.rules import Rule

_MOST = 256  # states
_WIDE = 8  # states in a row, of few
_GAP = 0.8  # between states, in sites
_SPINS = ("0.15", "white")  # +1 and -1


def rule_states(rule: Rule, columns: Any = None, occurring: Any = None, axes: Axes | None = None) -> Any:
    """Each state of the block as a picture, next to the value h that is most likely to take its place.

    Spins: +1 is black, -1 white; sites of more states have a colour for each. Under the states of a
    stochastic rule a bar shows P(h|v). `columns`: sites in a row of the block, default a square where their
    number is one, else one row. `occurring`: numbers of the states to draw, such as `joint.block_index`;
    default all. `axes`: where to draw, default a new figure. ValueError for more than 256 states.

    >>> rule_states(Rule.majority(4, of=(0, 1, 2))).savefig("majority.png")  # doctest: +SKIP
    """
    if not isinstance(rule, Rule):
        raise ValueError(f"rule must be a Rule, such as Rule.majority(4) (got {shown(rule)})")
    drawn = np.ones(len(rule.table), dtype=bool)
    if occurring is not None:
        drawn = np.isin(np.arange(len(rule.table)), occurring)
    sites, states = len(rule.states), int(drawn.sum())
    if states > _MOST:
        raise ValueError(f"rule must have at most {_MOST} block states to be drawn (got {states})")
    root = math.isqrt(sites)
    width = root if root**2 == sites else sites
    if columns is not None:
        width = require_integer("columns", columns, minimum=1, maximum=sites)
    height = -(-sites // width)
    with styled():
        likely = rule.table.argmax(axis=1)
        lines = _lines(
            [np.flatnonzero(drawn & (likely == value)).tolist() for value in range(rule.values)],
            states,
        )
        wide = max(len(each) for _, each in lines)
        tall = height + _GAP + (0 if rule.is_deterministic else 0.5)
        size = max(2.0, 0.9 + 0.16 * wide * (width + _GAP)), max(1.0, 0.3 + 0.2 * len(lines) * (tall + 0.5))
        drawn_in = new_axes(*size) if axes is None else axes
        _draw(drawn_in, rule, lines, width, tall)
        return figure_of(drawn_in) if axes is None else axes


def _lines(groups: list[list[int]], states: int) -> list[tuple[int, list[int]]]:
    """(value, states) of each line of pictures."""
    wide = max(_WIDE, math.isqrt(2 * states))
    return [
        (value, group[k : k + wide]) for value, group in enumerate(groups) for k in range(0, len(group), wide)
    ]


def _draw(axes: Axes, rule: Rule, lines: list[tuple[int, list[int]]], width: int, tall: float) -> None:
    patches, fills = [], []
    top, last = 0.0, None
    for value, group in lines:
        if value != last:
            top -= 0.5
            axes.text(-0.6, top - tall / 2 + _GAP / 2, _name(rule, value), ha="right", va="center")
        last = value
        for k, state in enumerate(group):
            left = k * (width + _GAP)
            digits = np.unravel_index(state, rule.states)
            for site, (digit, count) in enumerate(zip(digits, rule.states, strict=True)):
                corner = (left + site % width, top - 1 - site // width)
                patches.append(Rectangle(corner, 1, 1))
                fills.append(_SPINS[int(digit)] if count == 2 else colour(int(digit)))
            if not rule.is_deterministic:
                start = left
                for other, chance in enumerate(rule.table[state].tolist()):
                    patches.append(Rectangle((start, top - tall + _GAP - 0.05), width * chance, 0.3))
                    fills.append(COLOURS[other % len(COLOURS)])
                    start += width * chance
        top -= tall
    axes.add_collection(PatchCollection(patches, facecolors=fills, edgecolors="0.4", linewidths=0.5))
    axes.set_xlim(-0.6, max(len(group) for _, group in lines) * (width + _GAP))
    axes.set_ylim(top + _GAP / 2, 0)
    axes.set_aspect("equal")
    axes.axis("off")


def _name(rule: Rule, value: int) -> str:
    return f"h = {('+1', '−1')[value]}" if rule.values == 2 else f"h = {value}"
