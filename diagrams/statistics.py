r"""Signs of anticommuting fields: of closed loops, and of exchanged external legs.

A contraction of a product of Grassmann factors is worth its propagators times the sign of the permutation
that brings the factors into pairs, in the order in which the propagators name them. The product is that of
the external points, then of the vertices, each in the order of its legs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diagrams.theories.theory import Theory

Edge = tuple[int, int, int]


def pairing_sign(pairs: Iterable[tuple[int, int]]) -> int:
    """The sign of the permutation that brings anticommuting factors, by their places, into pairs.

    >>> pairing_sign([(0, 1), (2, 3)]), pairing_sign([(0, 2), (1, 3)]), pairing_sign([(1, 0)])
    (1, -1, -1)
    """
    places = [place for pair in pairs for place in pair]
    return -1 if sum(a > b for a, b in combinations(places, 2)) % 2 else 1


def outer_first(edges: Iterable[Edge], outer: int) -> Iterator[tuple[int, Edge]]:
    """The edges with their positions: those of external points by label, then the others as they stand.

    In this sequence the edges take the legs of a field at a vertex, the first leg first.
    """
    numbered = list(enumerate(edges))
    yield from sorted(numbered, key=lambda each: min(*each[1][:2], outer))


def edge_legs(theory: Theory, outer: int, edges: Sequence[Edge]) -> list[tuple[int, int]]:
    """For each edge which leg of its field it takes at both of its nodes, counted from 0."""
    taken: dict[tuple[int, str], int] = {}
    found = [(0, 0)] * len(edges)
    for position, (i, j, p) in outer_first(edges, outer):
        numbers = []
        for key in ((i, theory.propagators[p].first), (j, theory.propagators[p].second)):
            numbers.append(taken.get(key, 0))
            taken[key] = numbers[-1] + 1
        found[position] = numbers[0], numbers[1]
    return found


def diagram_sign(
    theory: Theory,
    outer: int,
    vertices: Sequence[int],
    edges: Sequence[Edge],
    legs: Sequence[tuple[int, int]] | None = None,
) -> int:
    """The sign of a diagram whose edges take these legs (default: `edge_legs`); 1 if all commutes."""
    if not theory.grassmann:
        return 1
    starts, place = {}, outer  # place of the first leg of a field at a node
    for node, v in enumerate(vertices, start=outer):
        for name, count in theory.vertices[v].legs.items():
            starts[node, name] = place
            place += count
    pairs = []
    for (i, j, p), (a, b) in zip(edges, legs or edge_legs(theory, outer, edges), strict=True):
        propagator = theory.propagators[p]
        if propagator.first in theory.grassmann:
            first = i if i < outer else starts[i, propagator.first] + a
            second = j if j < outer else starts[j, propagator.second] + b
            pairs.append((first, second))
    return pairing_sign(pairs)
