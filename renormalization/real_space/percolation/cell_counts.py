"""How many configurations of a square cell are spanned, exactly, site by site."""

from __future__ import annotations

_Row = tuple[int, ...]


def spanning_counts(size: int) -> tuple[int, ...]:
    """Of the configurations with k = 0...b^2 occupied sites, those joined from the first row to the last.

    A row is moved over the cell, site by site. What it remembers of the sites behind is which of its own are
    joined: 0 for an empty one, 1 for one joined to the first row, else the number of its cluster. To each
    such row belongs how many configurations with k occupied sites lead to it: all k in one integer, in
    groups of `bits` bits, so that one more occupied site is a shift.
    """
    bits = size * size + 1
    rows: dict[_Row, int] = {(0,) * size: 1}
    for place in range(size * size):
        column, first = place % size, place < size
        found: dict[_Row, int] = {}
        for row, number in rows.items():
            empty = _renumbered((*row[:column], 0, *row[column + 1 :]))
            found[empty] = found.get(empty, 0) + number
            occupied = _with_site(row, column, first)
            found[occupied] = found.get(occupied, 0) + (number << bits)
        rows = found
    total = sum(number for row, number in rows.items() if 1 in row)
    return tuple(total >> (bits * k) & ((1 << bits) - 1) for k in range(size * size + 1))


def _with_site(row: _Row, column: int, first: bool) -> _Row:
    """An occupied site joins the clusters of the sites above it and on its left."""
    above = 1 if first else row[column]
    left = row[column - 1] if column else 0
    joined = {label for label in (above, left) if label}
    label = min(joined, default=len(row) + 2)
    merged = [label if each in joined else each for each in row]
    merged[column] = label
    return _renumbered(tuple(merged))


def _renumbered(row: _Row) -> _Row:
    """Clusters 2, 3, ... in the order in which they come, so that equal rows are one."""
    names = {0: 0, 1: 1}
    for label in row:
        names.setdefault(label, len(names))
    return tuple(names[label] for label in row)
