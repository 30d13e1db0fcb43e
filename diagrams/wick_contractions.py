"""Wick contractions, every one of a term: the slow oracle of the generator, and for teaching."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from diagrams.arguments import TheoryError, require_names
from diagrams.statistics import pairing_sign
from diagrams.theories.theory import Theory, require_theory
from fieldtheory.shown_value import shown


class Leg(NamedTuple):
    """One leg: its field, and the node that it sits on (external points first, then vertices)."""

    field: str
    node: int


class Contraction(tuple[tuple[Leg, Leg], ...]):
    """Pairs of legs, and the `sign` that brings Grassmann fields into this order (1 if there are none)."""

    sign: int

    def __new__(cls, pairs: Iterable[tuple[Leg, Leg]], sign: int = 1) -> Contraction:
        made = super().__new__(cls, pairs)
        made.sign = sign
        return made


def wick(theory: Theory, external: Sequence[str] = (), vertices: Sequence[str] = ()) -> Iterator[Contraction]:
    """All complete contractions of external points and named vertices, each a tuple of pairs of legs.

    A pair comes with the first field of its propagator in front. The `sign` of a contraction is that of the
    Grassmann fields, in the order of `external` and of the legs of the vertices. There are (2n-1)!! of them
    for 2n legs of one field, so keep the term small.

    Equation: wick

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
    return _signed(theory, legs, allowed)


def _signed(theory: Theory, legs: list[Leg], allowed: set[tuple[str, str]]) -> Iterator[Contraction]:
    for pairs in _contractions(list(range(len(legs))), legs, allowed):
        signed = [pair for pair in pairs if legs[pair[0]].field in theory.grassmann]
        yield Contraction(((legs[a], legs[b]) for a, b in pairs), pairing_sign(signed))


def _contractions(
    places: list[int], legs: list[Leg], allowed: set[tuple[str, str]]
) -> Iterator[tuple[tuple[int, int], ...]]:
    if not places:
        yield ()
        return
    first, *others = places
    for k, second in enumerate(others):
        if (legs[first].field, legs[second].field) in allowed:
            pair = (first, second)
        elif (legs[second].field, legs[first].field) in allowed:
            pair = (second, first)
        else:
            continue
        for rest in _contractions(others[:k] + others[k + 1 :], legs, allowed):
            yield (pair, *rest)
