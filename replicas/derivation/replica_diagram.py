r"""Diagrams of replicated regression: replica lines that scatter off training points, with their values.

The engine's diagram has a vertex "visit" for every scattering event on a replica line (phi phi u) and a
vertex "point" for every training point (v^k), tied by contact lines <u v>. Contracted, every visit sits at
its point.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import sympy

from diagrams.diagram import Diagram
from diagrams.zonal.program import Reduced, UnreducedDiagram, ZonalProgram
from replicas.derivation import zonal_formula
from replicas.derivation.replica_lines import replica_lines
from replicas.derivation.zonal_formula import EIGENVALUE

PHI, CONTACT = 0, 1  # positions of the propagators
QUANTITIES = ("mean", "error", "variance", "self-energy")
_SIGNS = {"mean": -1, "error": 1, "variance": 1, "self-energy": -1}
EIGENVALUE_POWERS = {"mean": -1, "error": -2, "variance": -2, "self-energy": 0}
POINTS = sympy.Symbol("N", positive=True)
SIGMA = sympy.Symbol("sigma", positive=True)


@dataclass(frozen=True)
class ReplicaDiagram:
    """A replica diagram of a quantity: `diagram` draws it, `weight` and `expression` are its contribution.

    `replicas`: M, the number of replicas, of which a diagram has one factor for every closed replica line.
    `frozen`: exactly N points, so that every "point" is a cumulant of several.
    """

    diagram: Diagram
    quantity: str
    replicas: sympy.Expr = sympy.Integer(0)
    frozen: bool = False

    @property
    def symmetry_factor(self) -> sympy.Rational:
        """1 / symmetry number of the graph."""
        return sympy.Rational(1, self.diagram.symmetry_number)

    @cached_property
    def weight(self) -> sympy.Expr:
        """Symmetry factor, couplings, M for closed lines, and the sign with which the quantity counts it."""
        return _SIGNS[self.quantity] * self.diagram.weight * self.replicas**self.closed_lines

    @property
    def points(self) -> int:
        """Number of training points: the power of N."""
        return len(set(self._point_of.values()))

    @property
    def visits(self) -> int:
        """Number of visits: the power of 1/ridge."""
        return len(self._point_of)

    @cached_property
    def closed_lines(self) -> int:
        """Number of replica lines that close on themselves."""
        return len(self._lines) - len(self.ends)

    @cached_property
    def ends(self) -> tuple[tuple[int, int], ...]:
        """The external points that each open replica line joins."""
        outer = len(self.diagram.external)
        found = (tuple(sorted(node for node in line if node < outer)) for line in self._lines)
        return tuple(sorted((pair[0], pair[1]) for pair in found if pair))

    @cached_property
    def _lines(self) -> list[set[int]]:
        """Nodes of each replica line: what hangs together by phi."""
        return replica_lines((), ((i, j) for i, j, p in self.diagram.edges if p == PHI))

    @cached_property
    def _point_of(self) -> dict[int, int]:
        """The point that each visit is tied to."""
        return {i: j for i, j, p in self.diagram.edges if p == CONTACT}

    @property
    def is_connected(self) -> bool:
        """Both replica lines of an error share a point, or there is only one line."""
        return self.diagram.is_connected

    @property
    def is_irreducible(self) -> bool:
        """No cut of one inner replica line parts the diagram."""
        return not any(self.diagram.edges[k][2] == PHI for k in self.diagram.bridges)

    def graphs(self) -> Iterator[tuple[int, int, int, list[tuple[int, int, int]]]]:
        """The graphs over training points, in which visits to the same point are one node.

        Coefficient, number of open points (0 and 1), number of points, lines between them. One graph, or
        for exactly N points one for every way in which the visits to a "point" may fall on different points,
        with the cumulant's (-1)^(m-1) (m-1)!.
        """
        visits: dict[int, list[int]] = {}
        for visit, point in self._point_of.items():
            visits.setdefault(point, []).append(visit)
        choices: list[list[tuple[int, dict[int, tuple[int, ...]]]]] = []
        for point, there in visits.items():
            if not self.frozen:
                choices.append([(1, {visit: (point,) for visit in there})])
                continue
            choices.append(
                [
                    (
                        (-1) ** (len(parts) - 1) * math.factorial(len(parts) - 1),
                        {visit: (point, k) for k, part in enumerate(parts) for visit in part},
                    )
                    for parts in _set_partitions(there)
                ]
            )
        for chosen in itertools.product(*choices):
            coefficient = 1
            place: dict[int, tuple[int, ...]] = {}
            for factor, where in chosen:
                coefficient *= factor
                place |= where
            yield coefficient, *self._contracted(place)

    def _contracted(self, place: dict[int, tuple[int, ...]]) -> tuple[int, int, list[tuple[int, int, int]]]:
        ends: list[tuple[int, ...]]
        edges = [(i, j) for i, j, p in self.diagram.edges if p == PHI]
        if self.quantity == "self-energy":  # amputated: open at the first and the last visit
            outer = {min(i, j): max(i, j) for i, j in edges if min(i, j) < 2}
            ends = [place[outer[0]], place[outer[1]]]
            edges = [(i, j) for i, j in edges if min(i, j) >= 2]
        elif self.quantity == "mean":
            place = place | {0: (-1,), 1: (-2,)}
            ends = [(-1,), (-2,)]
        else:  # the two replicas meet at the test point
            place = place | {0: (-1,), 1: (-3,), 2: (-3,), 3: (-2,)}
            ends = [(-1,), (-2,)]
        names: dict[tuple[int, ...], int] = {}
        for end in ends:
            names.setdefault(end, len(names))
        external = len(names)
        for where in place.values():
            names.setdefault(where, len(names))
        return external, len(names), [(names[place[i]], names[place[j]], 0) for i, j in edges]

    def reduced(self, program: ZonalProgram) -> Iterator[tuple[int, Reduced]]:
        """The graphs as operations of a zonal program; UnreducedDiagram if one does not reduce."""
        for coefficient, external, nodes, rows in self.graphs():
            found = program.reduce(external, nodes, rows)
            if found.core:
                raise UnreducedDiagram(f"diagram must reduce to one line to have a formula (got {rows})")
            yield coefficient, found

    @cached_property
    def value(self) -> sympy.Expr:
        """The value without weight and powers of lambda_l: a formula in C_l and its transforms."""
        total = []
        program = ZonalProgram()
        for coefficient, found in self.reduced(program):
            factors = [zonal_formula.number(program, each) for each in found.numbers]
            if found.line is not None:
                factors.append(zonal_formula.by_degree(program, found.line))
            total.append(sympy.Mul(coefficient, *factors))
        return sympy.Add(*total)

    @property
    def expression(self) -> sympy.Expr:
        """The contribution to the quantity in degree l."""
        return self.weight * EIGENVALUE ** EIGENVALUE_POWERS[self.quantity] * self.value

    def to_svg(self) -> str:
        """The picture as a standalone SVG document."""
        return self.diagram.to_svg()

    def to_tikz(self) -> str:
        """The picture for LaTeX, with the package tikz-feynman."""
        return self.diagram.to_tikz()

    def to_latex(self) -> str:
        """The contribution in LaTeX."""
        return str(sympy.latex(self.expression))

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.to_latex()}$"


def _set_partitions(items: list[int]) -> Iterator[list[list[int]]]:
    if not items:
        yield []
        return
    first, *rest = items
    for parts in _set_partitions(rest):
        yield [[first], *parts]
        for k, part in enumerate(parts):
            yield [*parts[:k], [first, *part], *parts[k + 1 :]]
