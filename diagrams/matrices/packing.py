"""Packed lines: their counts by propagator in one integer.

Every function here runs in Python and in compiled code.
"""

from __future__ import annotations

from fieldtheory.compiled import inlined

BITS = 4  # of a packed count
MOST = (1 << BITS) - 1  # legs of one field at a vertex, parallel edges
PLACES = 60 // BITS  # fields, propagators: the sign of an integer stays out of it


@inlined
def count_at(packed: int, place: int) -> int:
    """The count at a place (a propagator number) of a packed integer.

    >>> packed = 3 * one_at(0) + 2 * one_at(1)
    >>> count_at(packed, 0), count_at(packed, 1), count_at(packed, 2)
    (3, 2, 0)
    """
    return (packed >> (BITS * place)) & MOST


@inlined
def one_at(place: int) -> int:
    """The packed integer with a count of 1 at a place."""
    return 1 << (BITS * place)
