r"""Correlators that vanish whatever the order: parities and charges that the vertices conserve."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from diagrams.arguments import require_names
from diagrams.theories.constituents import contraction
from diagrams.theories.theory import Theory, require_theory


class Balance(NamedTuple):
    """Legs of one field minus legs of its partner: of each vertex, and of the external points."""

    fields: tuple[str, str]
    vertices: list[int]
    outside: int


def balances(theory: Theory, external: Sequence[str]) -> list[Balance]:
    """The conservation laws of a theory: legs of two fields that are only contracted with each other.

    >>> balances(Theory.scalar({4: 1}), ("phi", "phi"))
    []
    """
    found = []
    for propagator in theory.propagators:
        a, b = propagator.first, propagator.second
        meeting = [p for p in theory.propagators if {p.first, p.second} & {a, b}]
        if a != b and meeting == [propagator]:
            charges = [v.legs.get(a, 0) - v.legs.get(b, 0) for v in theory.vertices]
            outside = list(external).count(a) - list(external).count(b)
            found.append(Balance((a, b), charges, outside))
    return found


def selection_rule(theory: Theory, external: Sequence[str]) -> str:
    """Why no diagram has these external points, at any order, in a sentence; empty text if some may.

    An odd number of legs is left over however many vertices there are, or a charge: the number of legs of one
    field less that of the field that it is contracted with, where no vertex changes it.

    Equation: selection-rule

    >>> print(selection_rule(Theory.scalar({4: 1}), ("phi",) * 3))
    <phi phi phi> vanishes by symmetry: with these vertices an odd number of legs of phi is always left over
    >>> selection_rule(Theory.scalar({3: 1}), ("phi",) * 3)
    ''
    """
    require_theory(theory)
    external = require_names("external", external)
    theory.require_known("external", external)
    vanishes = f"{contraction(external)} vanishes by symmetry"
    odd = _odd_groups(theory, external)
    if odd:
        named = ([f.name for f in theory.fields if f.name in group] for group in odd)
        legs = " and ".join(map("/".join, named))
        return f"{vanishes}: with these vertices an odd number of legs of {legs} is always left over"
    for charge in balances(theory, external):
        if charge.outside and not any(charge.vertices):
            more, less = charge.fields if charge.outside > 0 else charge.fields[::-1]
            excess = f"it has {abs(charge.outside)} more of {more} than of {less}"
            return f"{vanishes}: {excess}, and every vertex as many of both"
    return ""


def _odd_groups(theory: Theory, external: Sequence[str]) -> list[set[str]]:
    """Fields tied by propagators of which an odd number of legs is left over; none if vertices can mend it.

    Parities are vectors over two elements, one entry for each group of tied fields: that of the external
    points must be a sum of those of vertices.
    """
    groups = [{f.name} for f in theory.fields]
    for propagator in theory.propagators:
        tied = [g for g in groups if propagator.first in g or propagator.second in g]
        groups = [g for g in groups if g not in tied] + [set().union(*tied)]

    def parity(names: Iterable[str]) -> int:
        found = list(names)
        return sum((sum(name in group for name in found) % 2) << k for k, group in enumerate(groups))

    basis: list[int] = []
    for vertex in theory.vertices:
        rest = _reduced(parity(f for f, n in vertex.legs.items() for _ in range(n)), basis)
        if rest:
            basis = sorted([*basis, rest], reverse=True)
    left = _reduced(parity(external), basis)
    return [group for k, group in enumerate(groups) if left >> k & 1]


def _reduced(vector: int, basis: list[int]) -> int:
    """A vector over two elements less what it shares with the basis; 0 if it is a sum of basis vectors."""
    for each in basis:
        vector = min(vector, vector ^ each)
    return vector
