"""Packed diagrams: counts by field or propagator in one integer, a partly contracted diagram in one row.

Every function here runs in Python and in compiled code.
"""

from __future__ import annotations

from typing import NamedTuple

from fieldtheory.compiled import inlined

BITS = 4  # of a packed count
MOST = (1 << BITS) - 1  # legs of one field at a vertex, parallel edges
PLACES = 60 // BITS  # fields, propagators: the sign of an integer stays out of it


@inlined
def count_at(packed: int, place: int) -> int:
    """The count at a place (a field or propagator number) of a packed integer.

    >>> packed = 3 * one_at(0) + 2 * one_at(1)
    >>> count_at(packed, 0), count_at(packed, 1), count_at(packed, 2)
    (3, 2, 0)
    """
    return (packed >> (BITS * place)) & MOST


@inlined
def one_at(place: int) -> int:
    """The packed integer with a count of 1 at a place."""
    return 1 << (BITS * place)


class RowLayout(NamedTuple):
    """The columns of a partly contracted diagram in its row of integers.

    Column `nodes`: how many there are; from `unused`: vertices not used yet, by type; from `kinds`: for each
    node the label of an external point or -1-type of a vertex; from `opens`: its open legs by field (packed);
    from `matrix`: the contractions of each pair of nodes by propagator (packed), `size` x `size`.
    """

    size: int  # most nodes of a row
    types: int  # of vertices
    nodes: int
    unused: int
    kinds: int
    opens: int
    matrix: int
    width: int

    @classmethod
    def of(cls, size: int, types: int) -> RowLayout:
        """The layout for so many nodes and types of vertices.

        >>> RowLayout.of(size=3, types=1)
        RowLayout(size=3, types=1, nodes=0, unused=1, kinds=2, opens=5, matrix=8, width=17)
        """
        nodes, unused = 0, 1
        kinds = unused + types
        opens = kinds + size
        matrix = opens + size
        return cls(size, types, nodes, unused, kinds, opens, matrix, matrix + size * size)
