r"""What cuts of one and two lines part, compiled: the filters of diagrams, finished or growing.

Every line that is not of a spanning tree closes a loop. A line is in a set of these loops: the empty set for
a bridge, and two lines part a diagram if their sets are the same. In a growing diagram all nodes with open
legs are taken for one: what is parted then stays so, whatever the legs are tied to.
"""

from __future__ import annotations

from diagrams.matrices.packing import count_at
from fieldtheory.array_types import Integers
from fieldtheory.compiled import compiled

# what is not wanted, added up
TADPOLES, BRIDGES, SELF_ENERGIES, LEG_CORRECTIONS, NO_SKELETONS = 1, 2, 4, 8, 16
SCRATCH = 14
MOST_LOOPS = 62  # a set of loops is an integer


@compiled(no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")
def is_unwanted(
    cuts: int, outer: int, codes: Integers, opens: Integers, loops: Integers, scratch: Integers
) -> bool:
    """Whether a cut makes the diagram one of those not wanted, which is then so for all it can grow to.

    `outer`: external points, the first nodes; `scratch`: `SCRATCH` rows, as long as there are nodes and
    lines; the other arguments as in `Question` and `Partial`.
    """
    many, ends = _lines(codes, opens, loops, scratch), scratch[:2]
    sets = scratch[2]  # of loops
    below = scratch[3]  # external points on the far side, for lines of the tree; else -1
    begin, end = scratch[4], scratch[5]  # nodes of the far side, as numbered on the way
    root, totals = scratch[6], scratch[7]
    _walk(outer, many, codes.shape[0], scratch)
    amputated = cuts & NO_SKELETONS != 0 and outer == 2
    for e in range(many):
        inner = ends[0, e] >= outer and ends[1, e] >= outer
        near = totals[root[e]] - below[e]
        if amputated and ends[0, e] < outer and ends[1, e] < outer:
            return True
        if sets[e] == 0:
            loose = below[e] == 0 or near == 0
            if inner and (cuts & BRIDGES or amputated or (cuts & TADPOLES and loose)):
                return True
            if inner and cuts & LEG_CORRECTIONS and (below[e] == 1 or near == 1):
                return True
            if loose and cuts & NO_SKELETONS and not amputated:
                return True
        for f in range(e if cuts & (SELF_ENERGIES | NO_SKELETONS) else 0):
            if sets[f] != sets[e] or root[f] != root[e]:
                continue
            upper, lower = (e, f) if begin[e] <= begin[f] else (f, e)
            if below[e] < 0 or below[f] < 0:
                part = max(below[e], below[f])
            elif begin[lower] < end[upper]:
                part = below[upper] - below[lower]
            else:  # two bridges side by side: what both of them hang on
                part = totals[root[e]] - below[e] - below[f]
            loose = part == 0 or (sets[e] != 0 and part == totals[root[e]])
            tied = inner and ends[0, f] >= outer and ends[1, f] >= outer
            if loose and (cuts & SELF_ENERGIES or (cuts & NO_SKELETONS and (tied or not amputated))):
                return True
    return False


@compiled(no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")
def _lines(codes: Integers, opens: Integers, loops: Integers, scratch: Integers) -> int:
    """How many lines join different nodes, parallel ones three times at most; their ends in two rows."""
    n, fields = opens.shape
    node = scratch[2]
    first = -1
    for i in range(n):
        node[i] = i
        for f in range(fields):
            if opens[i, f] > 0:
                first = i if first < 0 else first
                node[i] = first
    found = 0
    for i in range(n):
        for j in range(i + 1, n):
            if node[i] == node[j] or codes[i, j] + codes[j, i] == 0:
                continue
            many = 0
            for p in range(len(loops)):
                many += count_at(codes[i, j], p)
                if loops[p, 1] != loops[p, 2]:
                    many += count_at(codes[j, i], p)
            for _ in range(min(many, 3)):
                scratch[0, found], scratch[1, found] = node[i], node[j]
                found += 1
    return found


@compiled(no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")
def _walk(outer: int, many: int, n: int, scratch: Integers) -> None:
    """Depth first along the lines; the external points of each connected part, by its root."""
    ends, sets, below, begin, end = scratch[:2], scratch[2], scratch[3], scratch[4], scratch[5]
    root, points, path, entered = scratch[6], scratch[7], scratch[8], scratch[9]
    upwards = scratch[10]  # the line to the node before
    tried, covers, walked = scratch[11], scratch[12], scratch[13]
    clock = loops = 0
    for i in range(n):
        entered[i] = -1
        tried[i] = covers[i] = points[i] = 0
    for e in range(many):
        walked[e] = 0
    for i in range(outer):
        points[i] = 1
    for start in range(n):
        if entered[start] >= 0:
            continue
        path[0], level = start, 0
        entered[start] = clock
        clock += 1
        while level >= 0:
            at = path[level]
            if tried[at] == many:
                level -= 1
                if level >= 0:
                    e, before = upwards[at], path[level]
                    sets[e], below[e] = covers[at], points[at]
                    begin[e], end[e] = entered[at], clock
                    covers[before] ^= covers[at]
                    points[before] += points[at]
                continue
            e = tried[at]
            tried[at] += 1
            if walked[e] != 0 or (ends[0, e] != at and ends[1, e] != at):
                continue
            walked[e] = 1
            root[e] = start
            to = ends[0, e] + ends[1, e] - at
            if entered[to] < 0:
                entered[to] = clock
                clock += 1
                upwards[to] = e
                level += 1
                path[level] = to
            else:
                sets[e], below[e] = 1 << loops, -1
                loops += 1
                covers[at] ^= sets[e]
                covers[to] ^= sets[e]
