r"""Growth of diagrams, compiled: each class once, row by row of its largest matrix, with its symmetry number.

Orderly generation: a partial diagram is only followed up where its rows are those of its largest matrix (see
`diagrams.matrices.maximal_matrix`), so that nothing is ever compared with what had been found before.
"""

from __future__ import annotations

from typing import Any

from diagrams.matrices.contracted_rows import Partial, Question, next_loops, next_row
from diagrams.matrices.cuts import is_unwanted
from diagrams.matrices.maximal_matrix import Search, is_maximal
from diagrams.matrices.packing import count_at
from fieldtheory.array_types import Integers
from fieldtheory.compiled import compiled

_LARGE = 1 << 62


def _steps(question: Question, partial: Partial, *more: Any) -> float:
    patience: float = more[3]  # rows at most; whole numbers, so that nothing is raised halfway
    return 4.0 * patience * len(partial.codes)


@compiled(error_model="numpy", no_cfunc_wrapper=True, steps=_steps)
def grow(
    question: Question,
    partial: Partial,
    search: Search,
    lines: Integers,
    numbers: Integers,
    patience: int,
    cuts: int | None,
) -> int:
    """Fill `lines` with the next diagrams, and `numbers` with factors of their symmetry numbers.

    How many were found: fewer than there is room for when `patience` rows were tried. It goes on from
    `partial.place`, whose first entry is -1 after the last diagram. A line from node a to node b by
    propagator p is (a nodes + b) propagators + p. `cuts`: filters, as in
    `diagrams.matrices.cuts`; for None their functions are not compiled.
    """
    place, found = partial.place, 0
    n = partial.opens.shape[0]
    while place[0] >= 0 and found < len(lines) and patience > 0:
        patience -= 1
        level = place[0]
        fresh, place[1] = place[1] == 1, 0
        if level == 0:
            filled = next_loops(fresh, question, partial)
        else:
            filled = next_row(level - 1, fresh, question, partial)
        if not filled:
            place[0] -= 1
            continue
        _split_cells(level, question, partial)
        if not _has_future(level, question, partial):
            continue
        if level > 0 and not is_maximal(level, partial.codes, partial.cells, search):
            continue
        if cuts is not None:
            settled = level == n or (level >= question.outer and question.connected)
            if settled and is_unwanted(
                cuts, question.outer, partial.codes, partial.opens, question.loops, search.scratch
            ):
                continue
        if level < n:
            place[0], place[1] = level + 1, 1
            continue
        _write(question, partial, search, lines[found], numbers[found])
        found += 1
    return found


@compiled(no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")
def _split_cells(level: int, question: Question, partial: Partial) -> None:
    """Nodes that the row just filled in tells apart go to cells of their own; connected parts grow."""
    cells, parts, codes = partial.cells, partial.parts, partial.codes
    n, row = codes.shape[0], level - 1
    if level == 0:
        for i in range(n):
            parts[0, i] = cells[0, i] = i
            if (
                i > 0
                and question.colours[i] == question.colours[i - 1]
                and codes[i, i] == codes[i - 1, i - 1]
            ):
                cells[0, i] = cells[0, i - 1]
        return
    for i in range(n):
        parts[level, i] = parts[row, i]
        cells[level, i] = i
    for j in range(row + 1, n):
        if (
            j > row + 1
            and cells[row, j] == cells[row, j - 1]
            and codes[row, j] == codes[row, j - 1]
            and codes[j, row] == codes[j - 1, row]
        ):
            cells[level, j] = cells[level, j - 1]
        if codes[row, j] + codes[j, row] != 0 and parts[level, j] != parts[level, row]:
            old = max(parts[level, j], parts[level, row])
            new = min(parts[level, j], parts[level, row])
            for i in range(n):
                if parts[level, i] == old:
                    parts[level, i] = new


@compiled(no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")
def _has_future(level: int, question: Question, partial: Partial) -> bool:
    """No part is finished that must not be, and the open legs can tie all parts together if they must."""
    opens, parts = partial.opens, partial.parts[level]
    n, fields = opens.shape
    legs = pieces = finished = 0
    for part in range(n):
        if parts[part] != part:
            continue
        pieces += 1
        inside = 0
        for i in range(part, n):
            if parts[i] == part:
                for f in range(fields):
                    inside += opens[i, f]
        legs += inside
        if inside == 0:
            finished += 1
            if not question.connected and not question.bubbles and part >= question.outer:
                return False
    if not question.connected or pieces == 1:
        return True
    return finished == 0 and legs >= 2 * (pieces - 1)


@compiled(no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")
def _write(question: Question, partial: Partial, search: Search, lines: Integers, numbers: Integers) -> None:
    """The lines in order, and the orders of the groups of nodes and of lines as products of `numbers`."""
    codes, loops = partial.codes, question.loops
    n, many, found, factor = codes.shape[0], loops.shape[0], 0, 0
    for k in range(len(numbers)):
        numbers[k] = 1
    for i in range(n):
        factor = _times(numbers, factor, search.lengths[i])
    for i in range(n):
        for j in range(n):
            if codes[i, j] == 0:
                continue
            for p in range(many):
                symmetric = loops[p, 1] == loops[p, 2]
                if symmetric and i > j:
                    continue  # it stands in the matrix twice
                for each in range(count_at(codes[i, j], p)):
                    lines[found] = (i * n + j) * many + p
                    factor = _times(numbers, factor, (each + 1) * (2 if symmetric and i == j else 1))
                    found += 1


@compiled(no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")
def _times(numbers: Integers, factor: int, by: int) -> int:
    """Multiply the last factor, or begin another one where it would not fit an integer."""
    if numbers[factor] > _LARGE // by:
        factor += 1
    numbers[factor] *= by
    return factor
