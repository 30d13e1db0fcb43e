r"""A Feynman diagram: a multigraph with labelled external points and typed vertices."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import sympy

from diagrams.canonical import BITS, canonical_order
from diagrams.theory import Theory


@dataclass(frozen=True)
class Diagram:
    """A diagram in canonical form; equal diagrams are equal objects.

    Nodes 0 ... len(external)-1 are the external points, labelled 1, 2, ... in order, `external` their
    fields; the others are vertices, `vertices` their positions in theory.vertices. `edges`: triples
    (i, j, p), node i carries the first field of theory.propagators[p] and node j the second.
    `symmetry_number`: the diagram weighs prod g / symmetry_number, by the Wick contractions that give it.
    """

    theory: Theory
    external: tuple[str, ...]
    vertices: tuple[int, ...]
    edges: tuple[tuple[int, int, int], ...]
    symmetry_number: int

    @property
    def symmetry_factor(self) -> Fraction:
        """1 / symmetry_number."""
        return Fraction(1, self.symmetry_number)

    @cached_property
    def weight(self) -> sympy.Expr:
        """Symmetry factor times all couplings."""
        couplings = [self.theory.vertices[v].coupling for v in self.vertices]
        return sympy.Mul(sympy.Rational(1, self.symmetry_number), *couplings)

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
            codes[i, j] += count << (BITS * p)
            if symmetric and i != j:
                codes[j, i] += count << (BITS * p)
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
        return str(FORMS["svg"](self))

    def to_tikz(self) -> str:
        """A picture for LaTeX, with the package tikz-feynman."""
        return str(FORMS["tikz"](self))

    def to_latex(self) -> str:
        """The formula by the default Feynman rules, for LaTeX."""
        return str(FORMS["latex"](self))

    @property
    def expression(self) -> sympy.Expr:
        """The formula by the default Feynman rules, in SymPy."""
        found: sympy.Expr = FORMS["expression"](self)
        return found

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.to_latex()}$"


# How a diagram is drawn and what it stands for is not its business: `diagrams.draw` and `diagrams.rules`,
# imported with the package, enter themselves here.
FORMS: dict[str, Callable[[Diagram], Any]] = {}


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
