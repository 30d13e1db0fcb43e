r"""Zonal programs: diagrams on the sphere as products, convolutions and traces of zonal functions.

Series-parallel reduction (Duffin, J. Math. Anal. Appl. 10, 303 (1965)). By rotation invariance a line
between two points is a function F(t), t = x.y, with Funk-Hecke coefficients F_l: parallel lines multiply in
t, a point between two lines multiplies their coefficients, a part that hangs on one point is a number. Two
adjacent points with the same two other neighbours, a Wheatstone bridge, become one line as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from diagrams.arguments import TheoryError
from diagrams.tables import ExpansionTable


class UnreducedDiagram(TheoryError):
    """A diagram that the rules of this module leave with more than one line; the message says which.

    Nothing to do with one-particle irreducibility: the rules are series, parallel, loose ends and bridges.
    """


# (kind, arguments): the propagator number of a "line", positions of earlier operations for the other kinds
Operation = tuple[str, tuple[int, ...]]


@dataclass(frozen=True)
class Reduced:
    """A reduced diagram: numbers to multiply, and one line between its two open points, if any.

    `core`: rows (i, j, line) of what does not reduce, over its nodes; empty if everything does.
    """

    numbers: tuple[int, ...]
    line: int | None
    core: tuple[tuple[int, int, int], ...] = ()


class ZonalProgram:
    """A zonal program: operations on zonal functions, each one once, however many diagrams need it.

    `operations`, in an order in which each follows its arguments: ("line", p), propagator p; ("series",
    ...) and ("parallel", ...) of lines, in sorted order; ("bridge", a, b, h, c, d), the function of x1, x2
    int a(x1,u) b(x1,v) h(u,v) c(x2,u) d(x2,v) over u, v; ("value", a), the number F(1); ("mean", a), F_0.

    >>> program = ZonalProgram()
    >>> found = program.reduce(2, 3, [(0, 1, 0), (0, 2, 0), (0, 2, 0), (1, 2, 0)])
    >>> program.describe(found.line)
    '0*(0o(0*0))'
    """

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self._known: dict[Operation, int] = {}
        self._frozen = False

    def freeze(self) -> ZonalProgram:
        """This program, which from now on refuses (ValueError) operations that it does not know."""
        self._frozen = True
        return self

    def _position(self, kind: str, arguments: Iterable[int]) -> int:
        operation = (kind, tuple(arguments))
        if operation not in self._known:
            if self._frozen:
                raise ValueError(
                    f"program must not be frozen to take a new operation (got {operation}): reduce with a "
                    "ZonalProgram of your own"
                )
            self._known[operation] = len(self.operations)
            self.operations.append(operation)
        return self._known[operation]

    def line(self, propagator: int) -> int:
        """The operation that is a propagator, a zonal function by itself."""
        return self._position("line", (propagator,))

    def series(self, lines: Iterable[int]) -> int:
        """The convolution of lines in a row, points in between integrated: coefficients multiply."""
        return self._flat("series", lines)

    def parallel(self, lines: Iterable[int]) -> int:
        """The product of lines side by side: values multiply."""
        return self._flat("parallel", lines)

    def _flat(self, kind: str, lines: Iterable[int]) -> int:
        parts: list[int] = []
        for each in lines:
            inner, arguments = self.operations[each]
            parts += arguments if inner == kind else (each,)
        return parts[0] if len(parts) == 1 else self._position(kind, sorted(parts))

    def bridge(self, arms: Iterable[int]) -> int:
        """The Wheatstone bridge of the lines (a, b, h, c, d), its inner points integrated.

        There are four ways to write one: the inner points may be swapped, and the ends.
        """
        a, b, h, c, d = arms
        same = ((a, b, h, c, d), (b, a, h, d, c), (c, d, h, a, b), (d, c, h, b, a))
        return self._position("bridge", min(same))

    def value(self, line: int) -> int:
        """The value F(1) of a line closed on itself."""
        return self._position("value", (line,))

    def mean(self, line: int) -> tuple[int, ...]:
        """The mean of a line with a loose end, integrated: numbers to multiply."""
        kind, arguments = self.operations[line]
        if kind == "series":
            return tuple(number for each in arguments for number in self.mean(each))
        if kind == "parallel" and len(arguments) == 2:  # int F G = (F o G)(1)
            return (self.value(self.series(arguments)),)
        return (self._position("mean", (line,)),)

    def reduce(self, external: int, nodes: int, rows: Iterable[tuple[int, int, int]]) -> Reduced:
        """The graph with lines rows = (i, j, propagator) between `nodes` points, the first ones open."""
        return _Graph(self, external, nodes, [(i, j, self.line(p)) for i, j, p in rows]).run()

    def describe(self, position: int) -> str:
        """An operation in words: * for parallel, o for series, propagators by their number."""
        kind, arguments = self.operations[position]
        if kind == "line":
            return str(arguments[0])
        parts = [self.describe(each) for each in arguments]
        wrapped = [f"({part})" if "*" in part or "o" in part else part for part in parts]
        if kind == "series":
            return "o".join(wrapped)
        if kind == "parallel":
            return "*".join(wrapped)
        return f"{kind}[{', '.join(parts)}]"

    def bands(self, band: Mapping[int, int], highest: int) -> list[int]:
        """Highest degree of every operation, given the propagators'; a convolution ends at `highest`."""
        found: list[int] = []
        for kind, arguments in self.operations:
            if kind == "line":
                found.append(band[arguments[0]])
            elif kind == "parallel":
                found.append(sum(found[each] for each in arguments))
            elif kind == "series":
                found.append(min(highest, *(found[each] for each in arguments)))
            else:
                found.append(highest if kind == "bridge" else 0)
        return found


@dataclass(frozen=True)
class ReducedTable:
    """An expansion table with its terms reduced to a zonal program, as the backends on the sphere run it."""

    table: ExpansionTable
    program: ZonalProgram
    terms: tuple[Reduced, ...]

    @classmethod
    def of(cls, table: ExpansionTable) -> ReducedTable:
        """All terms over one frozen program; TheoryError for non-local vertices or over two open points."""
        table.require_local()
        if len(table.external) > 2:
            raise TheoryError(
                f"external must be at most two points on the sphere (got {len(table.external)}): "
                "evaluate_points takes more, on a finite set of points"
            )
        program = ZonalProgram()
        terms = [
            program.reduce(
                term.external, term.nodes, [(i, j, p) for i, j, p, n in term.rows for _ in range(n)]
            )
            for term in table.terms
        ]
        return cls(table, program.freeze(), tuple(terms))

    @cached_property
    def unreduced(self) -> tuple[int, ...]:
        """Positions of the terms that do not reduce."""
        return tuple(k for k, term in enumerate(self.terms) if term.core)

    def require_reduced(self) -> None:
        """UnreducedDiagram, naming the first one, unless every term reduces."""
        for k in self.unreduced:
            raise UnreducedDiagram(
                "diagram must be series-parallel up to bridges to be evaluated on the sphere (got "
                f'{self.table.describe(self.table.terms[k])}); irreducible="monte-carlo" estimates it'
            )


class _Graph:
    """A graph while it shrinks: at most one line between two nodes, numbers taken out."""

    def __init__(
        self, program: ZonalProgram, external: int, nodes: int, rows: list[tuple[int, int, int]]
    ) -> None:
        self.program, self.external = program, external
        self.numbers: list[int] = []
        self.around: list[dict[int, int]] = [{} for _ in range(nodes)]
        for i, j, line in rows:
            self.join(i, j, line)

    def join(self, i: int, j: int, line: int) -> None:
        """One line more between two nodes."""
        if i == j:
            self.numbers.append(self.program.value(line))
            return
        before = self.around[i].get(j)
        found = line if before is None else self.program.parallel((before, line))
        self.around[i][j] = self.around[j][i] = found

    def remove(self, node: int) -> list[tuple[int, int]]:
        ends = sorted(self.around[node].items())
        for other, _ in ends:
            del self.around[other][node]
        self.around[node].clear()
        return ends

    def run(self) -> Reduced:
        remaining = set(range(self.external, len(self.around)))
        while remaining:
            node = next((k for k in sorted(remaining) if len(self.around[k]) <= 2), None)
            if node is not None:
                remaining.remove(node)
                self.shrink(self.remove(node))
                continue
            pair = self.bridge(remaining)
            if pair is None:
                return Reduced(self.sorted_numbers(), None, self.core())
            remaining -= set(pair)
        line = self.around[0].get(1) if self.external == 2 else None
        return Reduced(self.sorted_numbers(), line)

    def shrink(self, ends: list[tuple[int, int]]) -> None:
        """What a removed node with one or two neighbours leaves behind."""
        if len(ends) == 1:  # a dead end: a number, wherever it hangs
            self.numbers += self.program.mean(ends[0][1])
        elif ends:
            (i, first), (j, second) = ends
            self.join(i, j, self.program.series((first, second)))

    def bridge(self, remaining: set[int]) -> tuple[int, int] | None:
        """Take out two adjacent nodes with the same two other neighbours, if there are such."""
        for u in sorted(remaining):
            for v in sorted(self.around[u]):
                others = set(self.around[u]) - {v}
                if v in remaining and len(others) == 2 and others == set(self.around[v]) - {u}:
                    i, j = sorted(others)
                    at_u, at_v = self.around[u], self.around[v]
                    arms = (at_u[i], at_v[i], at_u[v], at_u[j], at_v[j])
                    self.remove(u)
                    self.remove(v)
                    self.join(i, j, self.program.bridge(arms))
                    return u, v
        return None

    def core(self) -> tuple[tuple[int, int, int], ...]:
        found = ((i, j, line) for i, ends in enumerate(self.around) for j, line in ends.items() if i < j)
        return tuple(sorted(found))

    def sorted_numbers(self) -> tuple[int, ...]:
        return tuple(sorted(self.numbers))
