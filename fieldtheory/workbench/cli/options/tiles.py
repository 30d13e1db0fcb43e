"""Tiles: how variables in a rectangle are grouped."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from fieldtheory.shown_value import shown
from fieldtheory.workbench.cli.options.lattices import read_tile

Groups = list[tuple[int, ...]]


def tiled(name: str, text: str, lengths: Sequence[int]) -> tuple[Groups, tuple[int, ...]]:
    """Numbers of the variables in each tile, row after row, and how many tiles lie along each axis.

    >>> tiled("layer", "2x2", (4, 2))
    ([(0, 1, 2, 3), (4, 5, 6, 7)], (2, 1))
    """
    tile = read_tile(name, text)
    if len(tile) != len(lengths) or 0 in tile or any(n % k for n, k in zip(lengths, tile, strict=True)):
        of = "x".join(map(str, lengths))
        raise ValueError(
            f"{name} must be a tile that divides the {of} variables before it (got {shown(text)})"
        )
    counts = tuple(n // k for n, k in zip(lengths, tile, strict=True))
    groups = []
    for corner in product(*map(range, counts)):
        places = product(*(range(k * at, k * (at + 1)) for k, at in zip(tile, corner, strict=True)))
        groups.append(tuple(_number(place, lengths) for place in places))
    return groups, counts


def _number(place: Sequence[int], lengths: Sequence[int]) -> int:
    found = 0
    for at, length in zip(place, lengths, strict=True):
        found = found * length + at
    return found
