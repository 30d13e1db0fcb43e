"""Diagrams the slow way, contraction by contraction: what the engine generates is checked against these."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from fieldtheory.workbench.exercise_book.answers.diagram_list import Lines, least_graph


def pairings(legs: tuple[int, ...]) -> Iterator[Lines]:
    """All ways to put an even number of legs into pairs.

    >>> sum(1 for _ in pairings((0, 1, 2, 3)))
    3
    """
    if not legs:
        yield ()
        return
    for k in range(1, len(legs)):
        for rest in pairings(legs[1:k] + legs[k + 1 :]):
            yield ((legs[0], legs[k]), *rest)


def wick_graphs(external: int, vertices: Sequence[int]) -> Counter[Lines]:
    """The connected diagrams with external points and vertices of so many legs: contractions of each.

    >>> wick_graphs(2, (4,))
    Counter({((0, 2), (1, 2), (2, 2)): 12})
    """
    owners = [*range(external), *(external + v for v, legs in enumerate(vertices) for _ in range(legs))]
    inner = len(vertices)
    found: Counter[Lines] = Counter()
    for pairs in pairings(tuple(range(len(owners)))):
        found[tuple(sorted((owners[i], owners[j]) for i, j in pairs))] += 1
    merged: Counter[Lines] = Counter()
    for lines, count in found.items():
        if is_connected(lines, external + inner):
            merged[least_graph(lines, external, inner)] += count
    return merged


def is_connected(lines: Sequence[tuple[int, int]], nodes: int) -> bool:
    """Whether all nodes hang together."""
    reached, waiting = {0}, [0]
    while waiting:
        here = waiting.pop()
        for i, j in lines:
            if here in (i, j) and not {i, j} <= reached:
                waiting += {i, j} - reached
                reached |= {i, j}
    return len(reached) == nodes


def is_irreducible(lines: Lines) -> bool:
    """Whether the vertices hang together when any line between them is cut.

    The external points are 0 and 1, and the lines to them are outer.
    """
    inner = [(i - 2, j - 2) for i, j in lines if i > 1]
    nodes = max(j for _, j in lines) - 1
    return all(is_connected(inner[:k] + inner[k + 1 :], nodes) for k in range(len(inner)))
