r"""Rows of a diagram's matrix of lines, compiled: all contractions of the open legs of one node.

Nodes are numbered by colour: external points first, each a colour of its own, then vertices by type and by
the lines from themselves to themselves. A row is the lines of a node to all later ones; within a cell (nodes
that nothing found so far tells apart) they must not increase, or an exchange would make the matrix larger.
"""

from __future__ import annotations

from typing import NamedTuple

from fieldtheory.array_types import Integers
from fieldtheory.compiled import compiled


class Question(NamedTuple):
    """What is asked of the generator, in numbers.

    `colours[i]`: equal for vertices of one type; `kinds`: for each kind of line from a node to later ones the
    packed count of one, the field of its leg at the node, that at the other, and 1 if the other one carries
    the first field, 2 if the line has no direction, else 0; `loops`: the packed count of one and the two
    fields of the lines from a vertex to itself. `tadpoles`: whether there may be such lines.
    """

    outer: int  # external points
    colours: Integers
    kinds: Integers
    loops: Integers
    connected: bool
    bubbles: bool
    tadpoles: bool


class Partial(NamedTuple):
    """A diagram that is filled in row by row; all later levels are what is tried at the moment.

    `place`: the level (0: lines from vertices to themselves, i + 1: row i), and whether it is entered anew;
    `opens[i, f]`: open legs of field f; `codes[i, j]`: packed counts of lines, i carries the first field;
    `counts[level]`: lines by node and kind; `cells[i]`: first node of each node's cell before row i;
    `parts[i]`: first node of each node's connected part; `room[i, j, f]`: open legs of nodes j, j + 1, ...
    """

    place: Integers
    opens: Integers
    codes: Integers
    counts: Integers
    cells: Integers
    parts: Integers
    room: Integers


@compiled(no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")
def next_row(row: int, fresh: bool, question: Question, partial: Partial) -> bool:
    """Fill in the next possible row (the first one if `fresh`); False, and all undone, after the last."""
    opens, kinds = partial.opens, question.kinds
    n, fields, many = opens.shape[0], opens.shape[1], kinds.shape[0]
    lines = partial.counts[row + 1]
    room, cells = partial.room[row], partial.cells[row]
    slot, forward = n * many - 1, fresh
    if fresh:
        slot = (row + 1) * many
        for f in range(fields):
            room[n, f] = 0
            for j in range(n - 1, row, -1):
                room[j, f] = room[j + 1, f] + opens[j, f]
    while True:
        while forward:
            j = slot // many if many else n
            k = slot - j * many
            if k == 0:
                left = fits = 0
                for f in range(fields):
                    if opens[row, f] > 0:
                        left += 1
                        space = 0
                        for each in range(many):
                            if kinds[each, 1] == f:
                                space += room[j, kinds[each, 2]]
                        fits += space >= opens[row, f]
                if left == 0:
                    return True
                if fits < left:
                    slot, forward = slot - 1, False
                    break
            most = min(opens[row, kinds[k, 1]], opens[j, kinds[k, 2]])
            if most > 0 and j > row + 1 and cells[j] == cells[j - 1]:
                tied = True
                for each in range(k):
                    tied &= lines[slot - k + each] == lines[slot - k - many + each]
                if tied:
                    most = min(most, lines[slot - many])
            if most > 0:
                _change(row, j, k, most, slot, question, partial)
            slot += 1
        while slot >= (row + 1) * many and lines[slot] == 0:
            slot -= 1
        if slot < (row + 1) * many:
            return False
        j = slot // many
        _change(row, j, slot - j * many, -1, slot, question, partial)
        slot, forward = slot + 1, True


@compiled(no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")
def _change(row: int, j: int, k: int, by: int, slot: int, question: Question, partial: Partial) -> None:
    one, mine, other, side = question.kinds[k]
    partial.opens[row, mine] -= by
    partial.opens[j, other] -= by
    partial.counts[row + 1, slot] += by
    if side != 1:
        partial.codes[row, j] += by * one
    if side != 0:
        partial.codes[j, row] += by * one


@compiled(no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")
def next_loops(fresh: bool, question: Question, partial: Partial) -> bool:
    """Give the vertices their next possible lines from themselves to themselves, as `next_row`."""
    opens, codes, loops = partial.opens, partial.codes, question.loops
    n, many = opens.shape[0], loops.shape[0]
    lines = partial.counts[0]
    slot, forward = n * many - 1, fresh
    if fresh:
        slot = question.outer * many
    while True:
        if forward:
            while slot < n * many:
                j = slot // many
                k = slot - j * many
                one, first, second = loops[k]
                most = opens[j, first] // 2 if first == second else min(opens[j, first], opens[j, second])
                if not question.tadpoles:
                    most = 0
                if j > question.outer and question.colours[j] == question.colours[j - 1]:
                    tied = True
                    for each in range(k):
                        tied &= lines[slot - k + each] == lines[slot - k - many + each]
                    if tied:
                        most = min(most, lines[slot - many])
                lines[slot] += most
                opens[j, first] -= most
                opens[j, second] -= most
                codes[j, j] += most * one
                slot += 1
            return True
        while slot >= question.outer * many and lines[slot] == 0:
            slot -= 1
        if slot < question.outer * many:
            return False
        j = slot // many
        one, first, second = loops[slot - j * many]
        lines[slot] -= 1
        opens[j, first] += 1
        opens[j, second] += 1
        codes[j, j] -= one
        slot, forward = slot + 1, True
