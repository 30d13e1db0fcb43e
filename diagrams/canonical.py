r"""Canonical form and automorphisms of small coloured multigraphs, compiled.

A graph is a square matrix of integer codes (what joins node i to node j) and a colour for each node.
Colours are refined by what each node sees around it; where that leaves nodes alike, each of them is
singled out in turn and the smallest matrix wins. The number of ways to reach it is the order of the
automorphism group.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.array_types import Integers
from fieldtheory.compiled import compiled


@compiled()
def _mix(a: int, b: int, c: int) -> Any:
    """A 64-bit hash of three integers (wrapping arithmetic)."""
    h = np.uint64(a) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(b) * np.uint64(0xC2B2AE3D27D4EB4F)
    h += np.uint64(c) * np.uint64(0x165667B19E3779F9)
    h ^= h >> np.uint64(29)
    h *= np.uint64(0xBF58476D1CE4E5B9)
    h ^= h >> np.uint64(32)
    return h


@compiled()
def _refine(codes: Integers, colours: Integers, n: int) -> None:
    """Split colours by what the nodes see until nothing changes; a colour is the number of nodes below."""
    seen = np.empty(n, np.uint64)
    ranks = np.empty(n, np.int64)
    cells = 0
    while True:
        for i in range(n):
            total = np.uint64(0)
            for j in range(n):
                total += _mix(codes[i, j], codes[j, i], colours[j] * 2 + (1 if i == j else 0))
            seen[i] = total
        count = 0
        for i in range(n):
            below, first = 0, True
            for j in range(n):
                if colours[j] < colours[i] or (colours[j] == colours[i] and seen[j] < seen[i]):
                    below += 1
                elif j < i and colours[j] == colours[i] and seen[j] == seen[i]:
                    first = False
            ranks[i] = below
            count += first
        for i in range(n):
            colours[i] = ranks[i]
        if count in (cells, n):
            return
        cells = count


def _steps(codes: Integers, colours: Integers, n: int, order: Integers) -> float:
    return 20.0 * n**3


@compiled(steps=_steps)
def canonical_order(codes: Integers, colours: Integers, n: int, order: Integers) -> int:
    """Fill `order` with the nodes in canonical order; return the order of the automorphism group.

    `codes` (at least n x n) and `colours` describe the graph; colours need not be ranks.
    """
    levels = np.empty((n + 1, n), np.int64)
    candidate = np.full(n + 1, -1, np.int64)
    cell = np.full(n + 1, -1, np.int64)
    for i in range(n):
        below = 0
        for j in range(n):
            if colours[j] < colours[i]:
                below += 1
        levels[0, i] = below
    _refine(codes, levels[0], n)
    sizes = np.empty(n, np.int64)
    leaf = np.empty(n, np.int64)
    level, group = 0, 0
    while level >= 0:
        current = levels[level]
        if candidate[level] == -1:
            for i in range(n):
                sizes[i] = 0
            for i in range(n):
                sizes[current[i]] += 1
            cell[level] = -1
            for colour in range(n):
                if sizes[colour] > 1:
                    cell[level] = colour
                    break
            if cell[level] == -1:
                for i in range(n):
                    leaf[current[i]] = i
                sign = -1
                if group > 0:
                    sign = 0
                    for i in range(n):
                        for j in range(n):
                            difference = codes[leaf[i], leaf[j]] - codes[order[i], order[j]]
                            if difference != 0:
                                sign = -1 if difference < 0 else 1
                                break
                        if sign != 0:
                            break
                if sign < 0:
                    for i in range(n):
                        order[i] = leaf[i]
                    group = 1
                elif sign == 0:
                    group += 1
                level -= 1
                continue
        chosen = candidate[level] + 1
        while chosen < n and current[chosen] != cell[level]:
            chosen += 1
        if chosen == n:
            candidate[level] = -1
            level -= 1
            continue
        candidate[level] = chosen
        following = levels[level + 1]
        for i in range(n):
            following[i] = current[i] + (1 if current[i] == cell[level] and i != chosen else 0)
        _refine(codes, following, n)
        level += 1
        candidate[level] = -1
    return group
