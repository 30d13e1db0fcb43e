"""Shortest ways out of mazes: grown from the centre, each site drawn when it is first touched."""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.compiled import compiled, inlined

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11, _1 = (np.uint64(number) for number in (30, 27, 31, 11, 1))
_UNIT = 2.0**-53


@inlined
def mixed(number: Any) -> Any:
    """64 bits from 64 bits, each of which depends on all (the finaliser of SplitMix64)."""
    number = (number ^ (number >> _30)) * _FIRST
    number = (number ^ (number >> _27)) * _SECOND
    return number ^ (number >> _31)


@inlined
def uniform_number(key: Any, site: Any) -> Any:
    """The number in [0, 1) that belongs to a site of the maze with this key: open where it is below p."""
    return float(mixed(key + _STEP * (np.uint64(site) + _1)) >> _11) * _UNIT


@compiled()
def shortest_ways(size: int, p: float, seed: Any, first: int, lengths: Any) -> None:
    """Lengths of the shortest ways from the centre of mazes number `first`, ... to the boundary, -1 without.

    A maze is an array of numbers fixed by `seed` and its own number: which of them are looked at, and in
    what order, changes nothing, and a maze with larger p has all the open sites of one with smaller p.
    """
    marks = np.full(size * size, -1, dtype=np.int32)  # the last maze in which a site was touched
    queue = np.empty(size * size, dtype=np.int32)
    centre = (size // 2) * size + size // 2
    for maze in range(len(lengths)):
        key = mixed(seed + _STEP * (np.uint64(first + maze) + _1))
        lengths[maze] = 0 if size < 3 else -1
        if size < 3:  # the centre lies on the boundary
            continue
        marks[centre] = maze
        queue[0] = centre
        begin, end, length = 0, 1, 0
        while begin < end and lengths[maze] < 0:
            length += 1
            last = end
            while begin < last and lengths[maze] < 0:
                here = queue[begin]
                begin += 1
                # no site on the boundary is ever in the queue, so all four neighbours exist
                for direction in range(4):
                    site = here
                    if direction == 0:
                        site -= size
                    elif direction == 1:
                        site -= 1
                    elif direction == 2:
                        site += 1
                    else:
                        site += size
                    if marks[site] == maze:
                        continue
                    marks[site] = maze
                    if uniform_number(key, site) < p:
                        row, column = site // size, site % size
                        if row == 0 or column == 0 or row == size - 1 or column == size - 1:
                            lengths[maze] = length
                            break
                        queue[end] = site
                        end += 1
