r"""The diagrams of a theory at a given order, each isomorphism class once, with its symmetry number.

1/(symmetry number) = (Wick contractions that give the diagram) / (prod_t n_t! prod_v prod_f legs!), with
the contractions added up while isomorphic partial diagrams are merged; `Diagram.automorphism_number` is the
other route.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain
from typing import Any

import numpy as np

from diagrams.arguments import (
    TheoryError,
    require_count,
    require_flag,
    require_names,
    require_text,
)
from diagrams.diagram import Diagram, diagram_of_row
from diagrams.filters import FILTERS
from diagrams.growth import expand, fingerprints
from diagrams.packing import MOST, PLACES, RowLayout, count_at, one_at
from diagrams.selection_rules import Balance, balances, selection_rule
from diagrams.theory import Theory, require_theory
from fieldtheory.array_types import Integers
from fieldtheory.shown_value import shown

_CHUNK = 4096


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
    keep = [FILTERS[name].keeps for name, asked in wanted.items() if asked]
    theory.require_known("external", external)
    order = require_count("order", order)
    require_text("by", by)
    if by == "loops" and not connected:
        raise TheoryError("order by loops needs connected=True; count vertices or a small parameter instead")
    counts = list(vertex_counts(theory, external, order, by))
    if selection_rule(theory, external):
        return iter(())
    bubbles = vacuum_bubbles and not connected
    stream = chain.from_iterable(_with_vertices(theory, external, n, connected, bubbles) for n in counts)
    return (diagram for diagram in stream if all(keeps(diagram) for keeps in keep))


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
    theory: Theory, external: tuple[str, ...], counts: tuple[int, ...], connected: bool, bubbles: bool
) -> Iterator[Diagram]:
    """All diagrams with these numbers of vertices by type."""
    fields, types, size = len(theory.fields), len(counts), len(external) + sum(counts)
    legs = np.array(
        [[v.legs.get(f.name, 0) for f in theory.fields] for v in theory.vertices], dtype=np.int64
    ).reshape(types, fields)
    ends = sum(n * v.degree for n, v in zip(counts, theory.vertices, strict=True)) + len(external)
    if size == 0 and not connected:
        yield Diagram(theory, (), (), (), 1)  # the empty diagram: Z = 1 + ...
    if ends % 2 or size == 0:
        return
    _require_room(theory)
    pairs = np.array(
        [[theory.field_index[p.first], theory.field_index[p.second]] for p in theory.propagators],
        dtype=np.int64,
    ).reshape(-1, 2)
    layout = RowLayout.of(size, types)
    rows = np.zeros((1, layout.width), np.int64)
    rows[0, layout.nodes] = len(external)
    rows[0, layout.unused : layout.kinds] = counts
    for k, name in enumerate(external):
        rows[0, layout.kinds + k] = k
        rows[0, layout.opens + k] = one_at(theory.field_index[name])
    many = (
        math.prod(range(1, ends, 2)) >= 2**62
    )  # all contractions together: beyond the integers of a machine
    weights: Any = np.ones(1, dtype=object if many else np.int64)
    labels = math.prod(
        math.factorial(n) * math.prod(math.factorial(k) for k in v.legs.values()) ** n
        for n, v in zip(counts, theory.vertices, strict=True)
    )
    while len(rows):
        rows, weights = _merged_step(rows, weights, layout, legs, pairs, connected, bubbles)
        busy = rows[:, layout.unused : layout.kinds].any(axis=1)
        busy |= rows[:, layout.opens : layout.matrix].any(axis=1)
        finished = ~busy
        for row, weight in zip(rows[finished], weights[finished], strict=True):
            yield _diagram(theory, external, row, layout, Fraction(int(weight), labels))
        rows, weights = rows[~finished], weights[~finished]


def _merged_step(
    rows: Integers,
    weights: Any,
    layout: RowLayout,
    legs: Integers,
    pairs: Integers,
    connected: bool,
    bubbles: bool,
) -> tuple[Integers, Any]:
    """The partial diagrams with one contraction more, isomorphic ones merged and their weights added."""
    pieces, added = [], []
    for start in range(0, len(rows), _CHUNK):
        part = slice(start, start + _CHUNK)
        found, ways, parents = expand(rows[part], layout, legs, pairs, connected, bubbles)
        pieces.append(found)
        added.append(weights[part][parents] * ways)
    everything, contributions = np.concatenate(pieces), np.concatenate(added)
    _, first, inverse = np.unique(fingerprints(everything), return_index=True, return_inverse=True)
    merged = everything[first]
    if (merged[inverse] != everything).any():
        raise ArithmeticError("two different partial diagrams have the same 64-bit fingerprint")
    total = np.zeros(len(first), dtype=weights.dtype)
    np.add.at(total, inverse, contributions)
    return merged, total


def _diagram(
    theory: Theory, external: tuple[str, ...], row: Integers, layout: RowLayout, weight: Fraction
) -> Diagram:
    """The finished row as a Diagram: external points first, by label, then vertices in canonical order."""
    nodes = int(row[layout.nodes])
    kinds = row[layout.kinds :][:nodes].tolist()
    codes = row[layout.matrix :].reshape(layout.size, layout.size).tolist()
    order = sorted(
        range(nodes), key=lambda node: (kinds[node] < 0, kinds[node] if kinds[node] >= 0 else node)
    )
    place = {node: position for position, node in enumerate(order)}
    edges = []
    for i in range(nodes):
        for j in range(nodes):
            code = codes[i][j]
            if not code:
                continue
            for p, propagator in enumerate(theory.propagators):
                count = count_at(code, p)
                a, b = place[i], place[j]
                if propagator.first == propagator.second and a > b:
                    continue  # an undirected edge stands in the matrix twice
                edges += [(a, b, p)] * count
    vertices = tuple(-1 - kinds[node] for node in order[len(external) :])
    if weight.numerator != 1:
        raise ArithmeticError(f"symmetry factor {weight} of {edges} is not one over an integer")
    return diagram_of_row(theory, external, vertices, tuple(sorted(edges)), weight.denominator)
