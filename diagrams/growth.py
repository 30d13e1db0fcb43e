r"""Growth of diagrams, compiled: all Wick contractions of the next open leg, in canonical form.

A state is a partly contracted diagram in canonical form, one row of integers (see `RowLayout`). The open leg
to contract next is chosen by the canonical form, so merging loses nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diagrams.canonical import canonical_order
from diagrams.packing import RowLayout, count_at, one_at
from fieldtheory.array_types import Integers
from fieldtheory.compiled import compiled


@compiled()
def expand(
    rows: Integers, layout: RowLayout, legs: Integers, pairs: Integers, connected: bool, bubbles: bool
) -> tuple[Integers, Integers, Integers]:
    """The partial diagrams that follow by one contraction: (rows, equivalent contractions, parents).

    `legs[t, f]`: legs of field f of vertex type t; `pairs[p]`: the fields of
    propagator p. A row without open legs is given a vertex of the first type left, if it is empty or
    `bubbles` allows more components without external points; otherwise it has no future, and neither has
    a row with a finished component and open external points left, if `connected`.
    """
    size, types, width = layout.size, layout.types, layout.width
    unused, kinds, opens, matrix = layout.unused, layout.kinds, layout.opens, layout.matrix
    capacity = max(16, 4 * len(rows))
    out = np.empty((capacity, width), np.int64)
    ways = np.empty(capacity, np.int64)
    parents = np.empty(capacity, np.int64)
    found = 0
    work = np.empty(width, np.int64)
    for r in range(len(rows)):
        row = rows[r]
        nodes = row[layout.nodes]
        active = -1
        for i in range(nodes):
            if row[opens + i] != 0:
                active = i
                break
        if active == -1:
            if nodes > 0 and not bubbles:
                continue
            for t in range(types):
                if row[unused + t] > 0:
                    _copy(row, work)
                    _add_vertex(work, t, layout, legs)
                    if found == len(ways):
                        out, ways, parents = _grown(out), _grown_line(ways), _grown_line(parents)
                    _canonise(work, layout, out[found])
                    ways[found], parents[found] = 1, r
                    found += 1
                    break
            continue
        if connected and row[kinds + active] >= 0 and _any_edge(row, matrix):
            continue
        field = 0
        while count_at(row[opens + active], field) == 0:
            field += 1
        for p in range(len(pairs)):
            for end in range(2):
                if pairs[p, end] != field or (end == 1 and pairs[p, 0] == pairs[p, 1]):
                    continue
                partner = pairs[p, 1 - end]
                for target in range(nodes + types):
                    if target < nodes:
                        choices = count_at(row[opens + target], partner)
                        if target == active and partner == field:
                            choices -= 1
                    else:
                        choices = legs[target - nodes, partner] * row[unused + target - nodes]
                    if choices <= 0:
                        continue
                    _copy(row, work)
                    other = target
                    if target >= nodes:
                        _add_vertex(work, target - nodes, layout, legs)
                        other = nodes
                    work[opens + active] -= one_at(field)
                    work[opens + other] -= one_at(partner)
                    first, second = (active, other) if end == 0 else (other, active)
                    work[matrix + first * size + second] += one_at(p)
                    if pairs[p, 0] == pairs[p, 1] and first != second:
                        work[matrix + second * size + first] += one_at(p)
                    if found == len(ways):
                        out, ways, parents = _grown(out), _grown_line(ways), _grown_line(parents)
                    _canonise(work, layout, out[found])
                    ways[found], parents[found] = choices, r
                    found += 1
    return out[:found], ways[:found], parents[:found]


@compiled()
def fingerprints(rows: Integers) -> NDArray[np.uint64]:
    """A 64-bit hash of each row."""
    out = np.empty(len(rows), np.uint64)
    for r in range(len(rows)):
        total = np.uint64(0)
        for value in rows[r]:
            total = (total ^ np.uint64(value)) * np.uint64(0x9E3779B97F4A7C15)
            total ^= total >> np.uint64(29)
        out[r] = total
    return out


@compiled()
def _add_vertex(row: Integers, kind: int, layout: RowLayout, legs: Integers) -> None:
    node = row[layout.nodes]
    row[layout.nodes] += 1
    row[layout.unused + kind] -= 1
    row[layout.kinds + node] = -1 - kind
    packed = 0
    for f in range(legs.shape[1]):
        packed += legs[kind, f] * one_at(f)
    row[layout.opens + node] = packed


@compiled()
def _canonise(row: Integers, layout: RowLayout, out: Integers) -> None:
    """The row with its nodes in canonical order."""
    n, size = row[layout.nodes], layout.size
    kinds, opens, matrix = layout.kinds, layout.opens, layout.matrix
    codes = row[matrix:].reshape((size, size))
    colours = np.empty(n, np.int64)
    for i in range(n):
        # nodes with open legs first, so that finished ones do not slow the search down
        colours[i] = row[kinds + i] * (1 << 40) - row[opens + i]
    order = np.empty(n, np.int64)
    canonical_order(codes, colours, n, order)
    for k in range(len(out)):
        out[k] = row[k] if k < kinds else 0
    for i in range(n):
        out[kinds + i] = row[kinds + order[i]]
        out[opens + i] = row[opens + order[i]]
        for j in range(n):
            out[matrix + i * size + j] = codes[order[i], order[j]]


@compiled()
def _grown(rows: Integers) -> Integers:
    out = np.empty((2 * rows.shape[0], rows.shape[1]), np.int64)
    for r in range(len(rows)):
        _copy(rows[r], out[r])
    return out


@compiled()
def _grown_line(line: Integers) -> Integers:
    out = np.empty(2 * len(line), np.int64)
    _copy(line, out)
    return out


@compiled()
def _copy(source: Integers, target: Integers) -> None:
    for k in range(len(source)):  # a loop compiles in a fraction of the time of a slice assignment
        target[k] = source[k]


@compiled()
def _any_edge(row: Integers, start: int) -> bool:
    for k in range(start, len(row)):  # noqa: SIM110 (compiled)
        if row[k] != 0:
            return True
    return False
