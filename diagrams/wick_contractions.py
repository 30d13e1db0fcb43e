"""Wick contractions, every one of a term: the slow oracle of the generator, and for teaching."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from diagrams.arguments import TheoryError, require_names
from diagrams.theory import Theory, require_theory
from fieldtheory.shown_value import shown


class Leg(NamedTuple):
    """One leg: its field, and the node that it sits on (external points first, then vertices)."""

    field: str
    node: int


def wick(
    theory: Theory, external: Sequence[str] = (), vertices: Sequence[str] = ()
) -> Iterator[tuple[tuple[Leg, Leg], ...]]:
    """All complete contractions of external points and named vertices, each a tuple of pairs of legs.

    A pair comes with the first field of its propagator in front. There are (2n-1)!! of them for 2n legs of
    one field, so keep the term small.

    >>> theory = Theory.scalar({4: 1})
    >>> sum(1 for _ in wick(theory, ("phi", "phi"), ("phi4",)))
    15
    """
    require_theory(theory)
    external, vertices = require_names("external", external), require_names("vertices", vertices)
    by_name = {v.name: v for v in theory.vertices}
    legs = [Leg(name, node) for node, name in enumerate(external)]
    for position, vertex in enumerate(vertices):
        if vertex not in by_name:
            raise TheoryError(f"vertices must be among {sorted(by_name)} (got {shown(vertex)})")
        node = len(external) + position
        legs += [Leg(f, node) for f, count in by_name[vertex].legs.items() for _ in range(count)]
    theory.require_known("external", external)
    allowed = {(p.first, p.second) for p in theory.propagators}
    return _contractions(legs, allowed)


def _contractions(legs: list[Leg], allowed: set[tuple[str, str]]) -> Iterator[tuple[tuple[Leg, Leg], ...]]:
    if not legs:
        yield ()
        return
    first, *others = legs
    for k, second in enumerate(others):
        if (first.field, second.field) in allowed:
            pair = (first, second)
        elif (second.field, first.field) in allowed:
            pair = (second, first)
        else:
            continue
        for rest in _contractions(others[:k] + others[k + 1 :], allowed):
            yield (pair, *rest)
