r"""A Feynman diagram: a multigraph with labelled external points and typed vertices."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from importlib import import_module
from itertools import combinations
from typing import Any

import numpy as np
import sympy

from diagrams.arguments import (
    TheoryError,
    require_count,
    require_entries,
    require_flag,
    require_names,
)
from diagrams.matrices.canonical import canonical_order
from diagrams.matrices.packing import one_at
from diagrams.statistics import diagram_sign
from diagrams.theories.constituents import require_no_square
from diagrams.theories.theory import Theory, require_theory
from fieldtheory.shown_value import shown


@dataclass(frozen=True)
class Diagram:
    """A diagram in canonical form; equal diagrams are equal objects.

    Nodes 0 ... len(external)-1 are the external points, labelled 1, 2, ... in order, `external` their
    fields; the others are vertices, `vertices` their positions in theory.vertices. `edges`: triples
    (i, j, p), node i carries the first field of theory.propagators[p] and node j the second.
    `symmetry_number`: the diagram weighs prod g / symmetry_number, by the Wick contractions that give it.
    `amputated`: the edges of the external points stand for no propagator, see `Diagram.amputate`.
    """

    theory: Theory
    external: tuple[str, ...]
    vertices: tuple[int, ...]
    edges: tuple[tuple[int, int, int], ...]
    symmetry_number: int
    amputated: bool = False

    def __post_init__(self) -> None:
        require_theory(self.theory)
        external = require_names("external", self.external)
        self.theory.require_known("external", external)
        vertices, edges = self.vertices, self.edges
        if type(vertices) is not tuple:
            vertices = require_entries("vertices", vertices, "positions in theory.vertices")
        if type(edges) is not tuple:
            edges = require_entries("edges", edges, "triples (node, node, position in theory.propagators)")
        types, lines = len(self.theory.vertices), len(self.theory.propagators)
        for v in vertices:
            if type(v) is not int or not 0 <= v < types:
                raise TheoryError(f"vertices must be integers from 0 to {types - 1} (got {shown(v)})")
        free = [{name: 1} for name in external]
        free += [dict(self.theory.vertices[v].legs) for v in vertices]
        for edge in edges:
            try:
                i, j, p = edge
                propagator = self.theory.propagators[p] if 0 <= p < lines else None
                ends = ((free[i], propagator.first), (free[j], propagator.second)) if propagator else ()
            except (TypeError, ValueError, IndexError):
                ends = ()
            if not ends:
                raise TheoryError(
                    f"edges must be triples of nodes below {len(free)} and a propagator below {lines} "
                    f"(got {shown(edge)})"
                )
            for legs, name in ends:
                legs[name] = legs.get(name, 0) - 1
        if any(any(legs.values()) for legs in free):
            raise TheoryError(f"edges must use up the legs of all nodes (got {shown(edges)})")
        require_count("symmetry_number", self.symmetry_number, 1)
        require_flag("amputated", self.amputated)
        for what, found in (("external", external), ("vertices", vertices), ("edges", edges)):
            object.__setattr__(self, what, found)

    @property
    def symmetry_factor(self) -> Fraction:
        """1 / symmetry_number."""
        return Fraction(1, self.symmetry_number)

    @cached_property
    def sign(self) -> int:
        """-1 for every closed loop and exchange of Grassmann fields, 1 if all fields commute.

        Of the product of the external points in their order and of the vertices, each in the order of its
        legs, brought into the pairs that the propagators name. Amputation does not change it. Legs of one
        field at a non-local vertex go to the external points first, then to the edges in their order.
        """
        return diagram_sign(self.theory, len(self.external), self.vertices, self.edges)

    @cached_property
    def weight(self) -> sympy.Expr:
        """Symmetry factor times all couplings, with the sign of Grassmann fields."""
        couplings = [self.theory.vertices[v].coupling for v in self.vertices]
        return sympy.Mul(sympy.Rational(self.sign, self.symmetry_number), *couplings)

    @cached_property
    def value(self) -> sympy.Expr:
        """The weight times the values of the propagators: the diagram in zero dimensions.

        TheoryError if a propagator of the theory that occurs here has no value, and for a vertex with several
        legs of one Grassmann field, whose square is zero.
        """
        values = []
        for v in self.vertices:
            require_no_square(
                self.theory.vertices[v].name, self.theory.vertices[v].legs, self.theory.grassmann
            )
        for _, _, p in self.lines:
            propagator = self.theory.propagators[p]
            if propagator.value is None:
                raise TheoryError(f"propagator {propagator.pair} must have a value (got None)")
            values.append(propagator.value)
        return sympy.Mul(self.weight, *values)

    @property
    def lines(self) -> tuple[tuple[int, int, int], ...]:
        """The edges that stand for propagators: all, without those of external points if amputated."""
        outer = len(self.external) if self.amputated else 0
        return tuple(edge for edge in self.edges if min(edge[:2]) >= outer)

    @property
    def external_legs(self) -> tuple[str, ...]:
        """Field of the leg to which each external point is tied: what an amputated diagram is open in.

        It differs from `external` where a propagator joins two fields.
        """
        found = list(self.external)
        for i, j, p in self.edges:
            propagator = self.theory.propagators[p]
            if i < len(found):
                found[i] = propagator.second
            if j < len(found):
                found[j] = propagator.first
        return tuple(found)

    def amputate(self) -> Diagram:
        """The same with its external propagators cut off: each external point now is a point of its vertex.

        TheoryError if two external points are joined: there is no vertex between them.

        >>> from diagrams.generation.generator import generate
        >>> [tadpole] = generate(Theory.scalar({4: -sympy.Symbol("g")}), ("phi", "phi"), 1)
        >>> tadpole.amputate().expression
        -g*C(x1, x1)*delta(x1, x2)/2
        """
        outer = len(self.external)
        for i, j, _ in self.edges:
            if max(i, j) < outer:
                raise TheoryError(
                    f"external points must be tied to vertices to be amputated (got {i + 1} tied to {j + 1})"
                )
        return replace(self, amputated=True)

    @cached_property
    def automorphism_number(self) -> int:
        """The symmetry number again, from the automorphism group: node permutations times edge permutations.

        Parallel edges may be permuted, self-loops of one field also flipped; external points stay.
        """
        codes = np.zeros((self.nodes, self.nodes), dtype=np.int64)
        edges = 1
        for (i, j, p), count in Counter(self.edges).items():
            propagator = self.theory.propagators[p]
            symmetric = propagator.first == propagator.second
            codes[i, j] += count * one_at(p)
            if symmetric and i != j:
                codes[j, i] += count * one_at(p)
            edges *= math.factorial(count) * (2**count if symmetric and i == j else 1)
        colours = np.array([*range(len(self.external)), *(-1 - v for v in self.vertices)], dtype=np.int64)
        order = np.empty(self.nodes, dtype=np.int64)
        return edges * canonical_order(codes, colours, self.nodes, order)

    @property
    def nodes(self) -> int:
        """Number of external points and vertices."""
        return len(self.external) + len(self.vertices)

    @cached_property
    def components(self) -> tuple[frozenset[int], ...]:
        """Sets of nodes that hang together."""
        return _components(self.nodes, [(i, j) for i, j, _ in self.edges])

    @property
    def loops(self) -> int:
        """Number of independent cycles."""
        return len(self.edges) - self.nodes + len(self.components)

    @property
    def is_connected(self) -> bool:
        """All nodes hang together."""
        return len(self.components) == 1

    @property
    def has_vacuum_bubbles(self) -> bool:
        """A component without external point (a connected vacuum diagram has none besides itself)."""
        outer = range(len(self.external))
        return bool(self.external) and any(part.isdisjoint(outer) for part in self.components)

    @cached_property
    def bridges(self) -> tuple[int, ...]:
        """Positions of the edges between vertices whose removal disconnects the diagram."""
        outer, pairs = len(self.external), [(i, j) for i, j, _ in self.edges]
        whole = len(self.components)
        return tuple(
            k
            for k, (i, j) in enumerate(pairs)
            if min(i, j) >= outer
            and i != j
            and len(_components(self.nodes, pairs[:k] + pairs[k + 1 :])) > whole
        )

    @property
    def is_one_particle_irreducible(self) -> bool:
        """Connected, and no inner edge is a bridge."""
        return self.is_connected and not self.bridges

    @property
    def is_two_particle_irreducible(self) -> bool:
        """Connected, and no cut of one or two inner edges disconnects it.

        Cornwall, Jackiw, Tomboulis, Phys. Rev. D 10 (1974) 2428.
        """
        outer = len(self.external)
        inner = [(i, j) for i, j, _ in self.edges if min(i, j) >= outer and i != j]
        legs = [(i, j) for i, j, _ in self.edges if min(i, j) < outer]
        return self.is_one_particle_irreducible and all(
            len(_components(self.nodes, [*legs, *rest])) == 1 for rest in _less_two(inner)
        )

    @property
    def is_skeleton(self) -> bool:
        """Connected, and no cut of one or two lines sets a part without external points free.

        Such a part is a tadpole or the insertion of a self-energy into a line; a self-energy itself has to be
        amputated first, or it is an insertion into the bare line. For vacuum diagrams: two-particle
        irreducible.
        """
        outer = frozenset(range(len(self.external)))
        tied = [(i, j) for i, j, _ in self.edges if min(i, j) < len(outer)] if self.amputated else []
        lines = [(i, j) for i, j, _ in self.lines if i != j]
        if not self.is_connected:
            return False
        for rest in _less_two(lines):
            parts = _components(self.nodes, [*tied, *rest])
            if len(parts) > 1 and any(part.isdisjoint(outer) for part in parts):
                return False
        return True

    @property
    def has_self_energies(self) -> bool:
        """A part without external points that is tied to the rest by two lines: an insertion into a line.

        Lines of external points count, unless amputated; so a two-point function has one, which is itself.
        What qgraf leaves out by `nosigma`.
        """
        outer = frozenset(range(len(self.external)))
        tied = [(i, j) for i, j, _ in self.edges if min(i, j) < len(outer)] if self.amputated else []
        lines = [(i, j) for i, j, _ in self.lines if i != j]
        for first, second in combinations(range(len(lines)), 2):
            rest = [line for k, line in enumerate(lines) if k not in (first, second)]
            for part in _components(self.nodes, [*tied, *rest]):
                ends = [sum(node in part for node in lines[k]) for k in (first, second)]
                if part.isdisjoint(outer) and ends == [1, 1]:
                    return True
        return False

    @property
    def is_on_shell(self) -> bool:
        """No inner edge whose cut parts one external point from all others: the legs have no corrections.

        What qgraf keeps by `onshell`.
        """
        outer = range(len(self.external))
        pairs = [(i, j) for i, j, _ in self.edges]
        return not any(
            len(part.intersection(outer)) == 1 and not part.isdisjoint(pairs[k])
            for k in self.bridges
            for part in _components(self.nodes, pairs[:k] + pairs[k + 1 :])
        )

    @property
    def is_self_energy(self) -> bool:
        """Connected with two external points, none tied to the other, that no cut of one inner edge parts.

        One-particle irreducible but for tadpoles: the full two-point function is 1/(1/C - Sigma), Sigma the
        sum of these, amputated.
        """
        if len(self.external) != 2 or not self.is_connected or len(self.edges) == 1:
            return False
        pairs = [(i, j) for i, j, _ in self.edges]
        return not any(
            len(part & {0, 1}) == 1
            for k in self.bridges
            for part in _components(self.nodes, pairs[:k] + pairs[k + 1 :])
        )

    @cached_property
    def has_tadpoles(self) -> bool:
        """A self-loop, or an edge between vertices whose cutting sets a part without external points free."""
        outer = range(len(self.external))
        pairs = [(i, j) for i, j, _ in self.edges]
        if any(i == j for i, j in pairs):
            return True
        return any(
            part.isdisjoint(outer) and not part.isdisjoint(pairs[k])
            for k in self.bridges
            for part in _components(self.nodes, pairs[:k] + pairs[k + 1 :])
        )

    def to_svg(self) -> str:
        """A picture as a standalone SVG document."""
        return str(_form("svg")(self))

    def to_tikz(self) -> str:
        """A picture for LaTeX, with the package tikz-feynman."""
        return str(_form("tikz")(self))

    def to_latex(self) -> str:
        """The formula by the default Feynman rules, for LaTeX."""
        return str(_form("latex")(self))

    def to_dot(self) -> str:
        """A labelled graph in DOT, the language of Graphviz."""
        return str(_form("dot")(self))

    def to_graphml(self) -> str:
        """A labelled graph in GraphML."""
        return str(_form("graphml")(self))

    @property
    def expression(self) -> sympy.Expr:
        """The formula by the default Feynman rules, in SymPy."""
        found: sympy.Expr = _form("expression")(self)
        return found

    def __str__(self) -> str:
        return str(_form("text")(self))

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.to_latex()}$"


def diagram_of_row(
    theory: Theory,
    external: tuple[str, ...],
    vertices: tuple[int, ...],
    edges: tuple[tuple[int, int, int], ...],
    symmetry_number: int,
) -> Diagram:
    """A diagram whose parts are known to fit, as the generator makes them: nothing is checked again."""
    made = object.__new__(Diagram)
    parts = {"theory": theory, "external": external, "vertices": vertices, "edges": edges}
    made.__dict__.update(parts, symmetry_number=symmetry_number, amputated=False)
    return made


# How a diagram is drawn and what it stands for is the business of modules above, loaded when asked for.
_FORMS = {
    "svg": ("diagrams.draw.svg", "to_svg"),
    "tikz": ("diagrams.draw.tikz", "to_tikz"),
    "dot": ("diagrams.graphs.dot", "to_dot"),
    "graphml": ("diagrams.graphs.graphml", "to_graphml"),
    "latex": ("diagrams.rules", "latex"),
    "text": ("diagrams.rules", "text"),
    "expression": ("diagrams.rules", "expression"),
}


def _form(name: str) -> Callable[[Diagram], Any]:
    module, function = _FORMS[name]
    found: Callable[[Diagram], Any] = getattr(import_module(module), function)
    return found


def _less_two(pairs: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """The pairs without two of them, in all ways; without one or none where there are no two."""
    count = len(pairs)
    for gone in combinations(range(count), min(2, count)):
        yield [pair for k, pair in enumerate(pairs) if k not in gone]


def _components(nodes: int, pairs: list[tuple[int, int]]) -> tuple[frozenset[int], ...]:
    root = list(range(nodes))

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = i = root[root[i]]
        return i

    for i, j in pairs:
        root[find(i)] = find(j)
    parts: dict[int, Any] = {}
    for i in range(nodes):
        parts.setdefault(find(i), set()).add(i)
    return tuple(frozenset(part) for part in parts.values())
