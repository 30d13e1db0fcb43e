r"""The largest matrix of a diagram among all numberings of its nodes, compiled; and its automorphisms.

Of the numberings that keep the colours, the canonical one makes the rows, read one after the other, as large
as can be. A row with all its lines known can be compared before later rows are.
Read, Ann. Discrete Math. 2 (1978) 107; Faradzev (1978); Meringer, J. Graph Theory 30 (1999) 137.
"""

from __future__ import annotations

from typing import NamedTuple

from fieldtheory.array_types import Integers
from fieldtheory.compiled import compiled

_PATIENCE = 8  # comparisons for each node


class Search(NamedTuple):
    """Room for the search: nodes by position after each level, what is tried there, orbits of the group.

    `orbit[i]`: a node of the orbit of i that is not larger, itself for the smallest; `lengths[i]`: length of
    the orbit of node i under the automorphisms that leave all nodes before in place; `scratch`: what
    `diagrams.matrices.cuts` works in.
    """

    nodes: Integers
    tried: Integers
    orbit: Integers
    lengths: Integers
    scratch: Integers


@compiled(no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")
def is_maximal(known: int, codes: Integers, cells: Integers, search: Search) -> bool:
    """Whether no other numbering makes the first `known` rows larger; fills `lengths`.

    `cells[i]`: first node of the cell of each node, before row i.
    """
    n = codes.shape[0]
    orbit, lengths = search.orbit, search.lengths
    for i in range(n):
        orbit[i] = i
    for base in range(known - 1, -1, -1):
        lengths[base] = 1
        other = base + 1
        while other < n and cells[base, other] == base:
            if other < known and orbit[other] == other:
                found = _renumbered(base, other, known, codes, cells, search)
                if found > 0:
                    return False
                if found == 0:
                    for i in range(base, n):
                        _join(orbit, i, search.nodes[known, i])
                    for i in range(base, n):
                        orbit[i] = orbit[orbit[i]]
            other += 1
        for i in range(base + 1, n):
            lengths[base] += orbit[i] == base
    return True


@compiled(no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")
def _join(orbit: Integers, i: int, j: int) -> None:
    while orbit[i] != i:
        i = orbit[i]
    while orbit[j] != j:
        j = orbit[j]
    if i < j:
        orbit[j] = i
    else:
        orbit[i] = j


@compiled(no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")
def _renumbered(base: int, start: int, known: int, codes: Integers, cells: Integers, search: Search) -> int:
    """What the best numbering with `start` at position `base` (before it nothing moved) gives.

    1 if larger rows, 0 if the same (an automorphism), -1 if smaller ones.
    """
    n = codes.shape[0]
    nodes, tried = search.nodes, search.tried
    for i in range(n):
        nodes[base, i] = i
    level = base
    tried[base] = start
    # while rows are missing a search may be given up: what it would reject is rejected when they are there
    left = _PATIENCE * n if known < n else -1
    while level >= base and left != 0:
        position = tried[level]
        if position >= n or cells[level, position] != level or (level == base and position != start):
            level -= 1
            if level >= base:
                tried[level] += 1
            continue
        tried_alike = level > base and _has_twin_before(level, position, known, codes, nodes)
        if nodes[level, position] >= known or tried_alike:
            tried[level] += 1
            continue
        left -= 1
        sign = _compared(level, position, codes, cells, nodes)
        if sign > 0:
            return 1
        if sign < 0:
            tried[level] += 1
            continue
        level += 1
        if level == known:
            return 0
        tried[level] = level
    return -1


@compiled(no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")
def _has_twin_before(level: int, position: int, known: int, codes: Integers, nodes: Integers) -> bool:
    """Whether a node tried before at this level has the same lines to all others, and so the same fate."""
    n, node = codes.shape[0], nodes[level, position]
    for k in range(level, position):
        twin, same = nodes[level, k], True
        if twin >= known:
            continue
        for i in range(n):
            if i in (node, twin):
                same = codes[node, twin] == codes[twin, node]
            else:
                same = codes[node, i] == codes[twin, i] and codes[i, node] == codes[i, twin]
            if not same:
                break
        if same:
            return True
    return False


@compiled(no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")
def _compared(level: int, position: int, codes: Integers, cells: Integers, nodes: Integers) -> int:
    """Put a node at position `level`, arrange those after it, and compare its row with the present one."""
    n = codes.shape[0]
    before, after = nodes[level], nodes[level + 1]
    for i in range(n):
        after[i] = before[i]
    chosen = before[position]
    after[position] = before[level]
    after[level] = chosen
    begin = level + 1
    while begin < n:
        end = begin + 1
        while end < n and cells[level, end] == cells[level, begin]:
            end += 1
        for i in range(begin + 1, end):
            node = after[i]
            out, back = codes[chosen, node], codes[node, chosen]
            if out == 0 and back == 0:
                continue
            k = i
            while k > begin:
                left = after[k - 1]
                if codes[chosen, left] > out or (codes[chosen, left] == out and codes[left, chosen] >= back):
                    break
                after[k] = left
                k -= 1
            after[k] = node
        for i in range(begin, end):
            node = after[i]
            if codes[chosen, node] != codes[level, i]:
                return 1 if codes[chosen, node] > codes[level, i] else -1
            if codes[node, chosen] != codes[i, level]:
                return 1 if codes[node, chosen] > codes[i, level] else -1
        begin = end
    return 0
