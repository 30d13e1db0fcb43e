r"""The diagrams of a theory at a given order, each isomorphism class once, with its symmetry number.

1/(symmetry number) = (Wick contractions that give the diagram) / (prod_t n_t! prod_v prod_f legs!): one over
the order of its automorphism group, nodes and lines, which the generator finds along with the diagram.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain

from diagrams.arguments import (
    TheoryError,
    require_count,
    require_flag,
    require_names,
    require_text,
)
from diagrams.diagram import Diagram, diagram_of_row
from diagrams.generation.cost import require_diagrams, require_partitions
from diagrams.generation.filters import FILTERS, Filter
from diagrams.generation.growth_state import Growth
from diagrams.generation.selection_rules import Balance, balances, selection_rule
from diagrams.matrices.cuts import MOST_LOOPS
from diagrams.matrices.packing import MOST, PLACES
from diagrams.theories.theory import Theory, require_theory
from fieldtheory.shown_value import shown


def generate(
    theory: Theory,
    external: Sequence[str] = (),
    order: int = 1,
    *,
    by: str = "loops",
    connected: bool = True,
    one_particle_irreducible: bool = False,
    tadpoles: bool = True,
    self_energies: bool = True,
    on_shell: bool = False,
    skeletons: bool = False,
    vacuum_bubbles: bool = False,
) -> Iterator[Diagram]:
    """Stream the diagrams with labelled external points of the given fields, at one order.

    `by`: what `order` counts, "loops" (connected diagrams only; with those of counterterms), "vertices", or a
    small parameter of the theory. Vacuum diagrams: external=(); that of one loop, 1/2 log det, has no vertex
    and is no diagram here (`Theory.effective_action` has it). `vacuum_bubbles` (with connected=False) lets
    components without external points in. TheoryError, at once, for a question that makes no sense; an order
    without diagrams is empty, and so is a correlator that vanishes by symmetry (`selection_rule` says why).
    The bare line counts as one-particle irreducible.

    What is left out by tadpoles=False, self_energies=False, on_shell=True, skeletons=True (and kept by
    one_particle_irreducible=True) is what `FILTERS` says.

    Equation: symmetry-factor

    >>> theory = Theory.scalar({4: 1})
    >>> sorted(d.symmetry_number for d in generate(theory, ("phi", "phi"), 2))
    [4, 4, 6]
    """
    require_theory(theory)
    external = require_names("external", external)
    flags = {"connected": connected, "tadpoles": tadpoles, "self_energies": self_energies}
    flags |= {"one_particle_irreducible": one_particle_irreducible, "on_shell": on_shell}
    for what, flag in (flags | {"skeletons": skeletons, "vacuum_bubbles": vacuum_bubbles}).items():
        require_flag(what, flag)
    wanted = {
        "one_particle_irreducible": one_particle_irreducible,
        "no_tadpoles": not tadpoles,
        "no_self_energies": not self_energies,
        "on_shell": on_shell,
        "skeletons": skeletons,
    }
    keep = [FILTERS[name] for name, asked in wanted.items() if asked]
    theory.require_known("external", external)
    order = require_count("order", order)
    require_text("by", by)
    if by == "loops" and not connected:
        raise TheoryError("order by loops needs connected=True; count vertices or a small parameter instead")
    if selection_rule(theory, external):
        list(vertex_counts(theory, external, order, by))  # says what is wrong with `by`
        return iter(())
    choices = vertex_counts(theory, external, order, by)
    whole = connected or one_particle_irreducible or skeletons
    counts = require_diagrams(theory, external, f"order = {order}", choices, whole)
    bubbles = vacuum_bubbles and not whole
    return chain.from_iterable(_with_vertices(theory, external, n, whole, bubbles, keep) for n in counts)


def vertex_counts(theory: Theory, external: Sequence[str], order: int, by: str) -> Iterator[tuple[int, ...]]:
    """All numbers of vertices by type that make up an order.

    A vertex that does not raise the order must be fixed in number by the others: by two fields that are only
    contracted with each other, and so have as many legs each.

    >>> list(vertex_counts(Theory.scalar({3: 1, 4: 1}), ("phi", "phi"), 1, "loops"))
    [(0, 1), (2, 0)]
    """
    if by == "loops":
        # L - 1 = edges - nodes; a vertex of degree k adds k/2 - 1, an external point -1/2; a counterterm
        # counts for the loops whose divergence or tadpole it takes away
        steps = [Fraction(v.degree - 2, 2) + v.orders.get("loops", 0) for v in theory.vertices]
        target = order - 1 + Fraction(len(external), 2)
    else:
        known = {name for v in theory.vertices for name in v.orders} | {"vertices"}
        if not isinstance(by, str) or by not in known:
            raise TheoryError(f"by must be 'loops' or one of {sorted(known)} (got {shown(by)})")
        steps = [Fraction(1 if by == "vertices" else v.orders.get(by, 0)) for v in theory.vertices]
        target = Fraction(order)
    conserved = balances(theory, external)
    rising = [k for k, step in enumerate(steps) if step > 0]
    fixed: dict[int, Balance] = {}
    for k, vertex in enumerate(theory.vertices):
        balance = _balance_that_fixes(k, steps, conserved) if steps[k] == 0 else None
        if balance:
            fixed[k] = balance
        elif steps[k] <= 0:
            other = ", or ask Theory.effective_action, which has none" if vertex.degree == 1 else ""
            raise TheoryError(
                f"vertex {vertex.name!r} does not raise the order in {by}: count something else{other}"
            )
    require_partitions([steps[k] for k in rising], target)
    for found in _partitions([steps[k] for k in rising], target):
        counts = dict(zip(rising, found, strict=True))
        for k, (_, charges, outside) in fixed.items():
            rest = outside + sum(charges[j] * counts[j] for j in rising)
            if rest % charges[k] or rest * charges[k] > 0:
                break
            counts[k] = -rest // charges[k]
        else:
            yield tuple(counts[k] for k in range(len(steps)))


def _balance_that_fixes(vertex: int, steps: list[Fraction], conserved: list[Balance]) -> Balance | None:
    """A balance in which no other vertex occurs that does not raise the order either."""
    for balance in conserved:
        others = (k for k, step in enumerate(steps) if step <= 0 and k != vertex)
        if balance.vertices[vertex] and not any(balance.vertices[k] for k in others):
            return balance
    return None


def _partitions(steps: list[Fraction], target: Fraction) -> Iterator[tuple[int, ...]]:
    if not steps:
        if target == 0:
            yield ()
        return
    if len(steps) == 1:
        if target >= 0 and target % steps[0] == 0:
            yield (int(target / steps[0]),)
        return
    for count in range(math.floor(target / steps[0]) + 1 if target >= 0 else 0):
        for rest in _partitions(steps[1:], target - count * steps[0]):
            yield (count, *rest)


def _require_room(theory: Theory) -> None:
    """Counts of legs and lines are packed into integers; TheoryError for what finds no room there."""
    for vertex in theory.vertices:
        for name, count in vertex.legs.items():
            if count > MOST:
                raise TheoryError(
                    f"vertex {vertex.name!r}: legs of {name!r} must be at most {MOST} "
                    f"(got {count}): give some of them to another field with the same propagators"
                )
    for what, found in (("fields", theory.fields), ("propagators", theory.propagators)):
        if len(found) > PLACES:
            raise TheoryError(
                f"{what} must be at most {PLACES} (got {len(found)}): leave out what the diagrams do not need"
            )


def _with_vertices(
    theory: Theory,
    external: tuple[str, ...],
    counts: tuple[int, ...],
    connected: bool,
    bubbles: bool,
    keep: Sequence[Filter],
) -> Iterator[Diagram]:
    """All diagrams with these numbers of vertices by type, vertices of later types first."""
    vertices = tuple(t for t in reversed(range(len(counts))) for _ in range(counts[t]))
    nodes = len(external) + len(vertices)
    ends = sum(theory.vertices[t].degree for t in vertices) + len(external)
    if nodes == 0 and not connected:
        yield Diagram(theory, (), (), (), 1)  # the empty diagram: Z = 1 + ...
    if ends % 2 or nodes == 0:
        return
    _require_room(theory)
    later = keep if ends // 2 > MOST_LOOPS else ()  # sets of so many loops fit no integer
    unwanted = 0 if later else sum(each.cuts for each in keep)
    growth = Growth.of(theory, external, vertices, connected, bubbles, unwanted)
    lines = _Lines(nodes, len(theory.propagators))
    for codes, number in growth.found():
        edges = tuple(map(lines.__getitem__, codes))
        diagram = diagram_of_row(theory, external, vertices, edges, number)
        if not later or all(each.keeps(diagram) for each in later):
            yield diagram


class _Lines(dict[int, tuple[int, int, int]]):
    """Each line of the diagrams as a triple, made once."""

    def __init__(self, nodes: int, propagators: int) -> None:
        self.nodes, self.propagators = nodes, propagators

    def __missing__(self, code: int) -> tuple[int, int, int]:
        pair, p = divmod(code, self.propagators)
        made = self[code] = (*divmod(pair, self.nodes), p)
        return made
