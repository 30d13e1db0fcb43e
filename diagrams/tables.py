r"""Expansion tables: diagrams as integers and coefficients, ready for the backends in `diagrams.evaluate`.

What a diagram is worth only depends on its weight, on which propagator joins which points, and on the
tensors of non-local vertices. A table forgets the rest (names of local vertices, their types), so terms that
differ in nothing else become one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from numbers import Number
from typing import Any

import numpy as np
import sympy

from diagrams.arguments import (
    TheoryError,
    require_instance,
    require_iterable,
    require_mapping,
    require_scalar,
)
from diagrams.diagram import Diagram
from diagrams.expansion import Expansion
from diagrams.matrices.canonical import canonical_order
from diagrams.matrices.packing import one_at
from diagrams.statistics import diagram_sign
from diagrams.theories.constituents import Propagator
from fieldtheory.array_types import Integers
from fieldtheory.counted import counted
from fieldtheory.shown_value import shown

Row = tuple[int, int, int, int]
Tensor = tuple[str, tuple[int, ...]]


@dataclass(frozen=True)
class DiagramTable:
    """A diagram as a table: `weight` times propagators between `nodes` points, `external` of them first.

    `rows`: (i, j, p, power), propagator p from node i to node j to that power, nodes in canonical order.
    `tensors`: (name, nodes) of each non-local vertex, which has a node for every leg.
    """

    weight: sympy.Expr
    external: int
    nodes: int
    rows: tuple[Row, ...]
    tensors: tuple[Tensor, ...] = ()

    @cached_property
    def edges(self) -> Integers:
        """The rows as a read-only array, shape (rows, 4)."""
        found = np.array(self.rows, dtype=np.int64).reshape(-1, 4)
        found.setflags(write=False)
        return found

    @cached_property
    def coefficient(self) -> float:
        """The weight as float64; TheoryError if a coupling still has no value."""
        if not self.weight.is_real or self.weight.free_symbols:
            raise TheoryError(f"couplings must all have real values (got the weight {self.weight})")
        return float(self.weight)

    def name(self, node: int) -> str:
        """x1, x2, ... for external points, y1, y2, ... for vertices."""
        return f"x{node + 1}" if node < self.external else f"y{node + 1 - self.external}"


@dataclass(frozen=True)
class ExpansionTable:
    """A sum of terms over the same external points and propagators; `str` shows it as a program.

    `local`: whether every vertex has all its legs at one point. `legs`: the fields of the legs of each
    non-local vertex by its name, in the sequence of the theory. `grassmann`: the fields that anticommute;
    their signs are in the weights. Make one with `tabulate`.
    """

    terms: tuple[DiagramTable, ...] = ()
    external: tuple[str, ...] = ()
    propagators: tuple[Propagator, ...] = ()
    local: bool = True
    legs: tuple[tuple[str, tuple[str, ...]], ...] = ()
    grassmann: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.terms)

    def __iter__(self) -> Iterator[DiagramTable]:
        return iter(self.terms)

    @cached_property
    def used(self) -> tuple[int, ...]:
        """Positions of the propagators that occur."""
        return tuple(sorted({p for term in self.terms for _, _, p, _ in term.rows}))

    def require_local(self) -> None:
        """TheoryError unless all vertices are local."""
        if not self.local:
            raise TheoryError("vertices must be local here: sums over one point each (got a non-local one)")

    def bind(self, values: Any) -> dict[int, Any]:
        """The value of each propagator that occurs, by its position.

        `values`: by pair of fields, as in the theory; or one value if there is only one propagator.
        """
        if not isinstance(values, Mapping):
            if len(self.propagators) > 1:
                pairs = [(p.first, p.second) for p in self.propagators]
                raise TheoryError(
                    f"propagators must be given by pair of fields, {pairs} (got one value, {shown(values)})"
                )
            return dict.fromkeys(self.used, values)
        bound = {}
        for k in self.used:
            pair = self.propagators[k].first, self.propagators[k].second
            if pair not in values:
                raise TheoryError(f"propagators must have a value for {pair} (got {shown(list(values))})")
            bound[k] = values[pair]
        return bound

    def describe(self, term: DiagramTable) -> str:
        """The propagators and tensors of a term in words, such as C(x1,y1) C(y1,y2)^3 C(x2,y2)."""
        tensors = [f"V_{name}({','.join(map(term.name, nodes))})" for name, nodes in term.tensors]
        lines = [
            f"{self.propagators[p].symbol}({term.name(i)},{term.name(j)})" + (f"^{power}" * (power > 1))
            for i, j, p, power in term.rows
        ]
        return " ".join(tensors + lines)

    def __str__(self) -> str:
        points = [f"x{k + 1}: {name}" for k, name in enumerate(self.external)]
        lines = [f"{counted(len(self), 'term')}; {', '.join(points) or 'no open points'}"]
        for term in self.terms:
            inner = ", ".join(term.name(k) for k in range(term.external, term.nodes))
            lines.append(f"  add {term.weight} * {self.describe(term)}" + (f"  over {inner}" * bool(inner)))
        return "\n".join(lines)


def tabulate(
    source: Diagram | Expansion | Iterable[Diagram | tuple[Diagram, sympy.Expr]],
    couplings: Mapping[sympy.Symbol, Any] | None = None,
) -> ExpansionTable:
    """The table of a diagram, an expansion, or diagrams with or without weights; equal terms are added up.

    `couplings`: numbers put in place of symbols, kept exactly if they are integers, fractions or SymPy
    numbers. Nothing gives the empty table, whose value is 0. TheoryError for diagrams with different external
    fields, propagators or Grassmann fields, or non-local vertices that share a name but not their legs.

    >>> from diagrams.generation.generator import generate
    >>> from diagrams.theories.theory import Theory
    >>> theory = Theory.scalar({4: -sympy.Symbol("g")})
    >>> print(tabulate(generate(theory, ("phi", "phi"), 1), {sympy.Symbol("g"): 3}))
    1 term; x1: phi, x2: phi
      add -3/2 * C(x1,y1) C(x2,y1) C(y1,y1)  over y1
    """
    given = require_mapping("couplings", {} if couplings is None else couplings, "numbers by SymPy symbol")
    numbers = {symbol: _number(symbol, value) for symbol, value in given.items()}
    totals: dict[tuple[int, tuple[Row, ...], tuple[Tensor, ...]], list[sympy.Expr]] = {}
    shared: tuple[tuple[str, ...], tuple[Propagator, ...]] | None = None
    grassmann: frozenset[str] | None = None
    legs: dict[str, tuple[str, ...]] = {}
    for diagram, weight in _pairs(source):
        if diagram.amputated:
            raise TheoryError(
                "diagrams must not be amputated to be tabulated (got one that is): tabulate the diagram with "
                "its outer lines, or read its formula from `expression`"
            )
        found = diagram.external, diagram.theory.propagators
        shared = shared or found
        if found != shared:
            raise TheoryError(
                f"diagrams must have the same external fields and propagators (got {shared} and {found})"
            )
        grassmann = diagram.theory.grassmann if grassmann is None else grassmann
        if diagram.theory.grassmann != grassmann:
            raise TheoryError(
                "diagrams must have the same Grassmann fields "
                f"(got {sorted(grassmann)} and {sorted(diagram.theory.grassmann)})"
            )
        for v in set(diagram.vertices):
            vertex = diagram.theory.vertices[v]
            if not vertex.local:
                own = _legs(diagram, v)
                if legs.setdefault(vertex.name, own) != own:
                    raise TheoryError(
                        f"vertex {vertex.name!r} must have the same legs in all diagrams "
                        f"(got {legs[vertex.name]} and {own})"
                    )
        nodes, rows, tensors, sign = _rows(diagram)
        totals.setdefault((nodes, rows, tensors), []).append(sign * weight.xreplace(numbers))
    external, propagators = shared or ((), ())
    terms = (
        DiagramTable(sympy.Add(*weights), len(external), nodes, rows, tensors)
        for (nodes, rows, tensors), weights in totals.items()
    )
    kept = tuple(term for term in terms if term.weight != 0)
    tensor_legs = tuple(sorted(legs.items()))
    return ExpansionTable(kept, external, propagators, not legs, tensor_legs, grassmann or frozenset())


def _number(symbol: Any, value: Any) -> sympy.Expr:
    if not isinstance(symbol, sympy.Symbol) or not isinstance(value, Number | sympy.Expr):
        raise TheoryError(f"couplings must be numbers by SymPy symbol (got {shown(symbol)}: {shown(value)})")
    return require_scalar(f"coupling {symbol}", value, (Number,))


def _pairs(source: Any) -> Iterator[tuple[Diagram, sympy.Expr]]:
    if isinstance(source, Diagram):
        source = (source,)
    elif isinstance(source, Expansion):
        source = source.items()
    allowed = "diagrams, with or without weights"
    for entry in require_iterable("source", source, allowed):
        if isinstance(entry, Diagram):
            yield entry, entry.weight
        elif isinstance(entry, tuple) and len(entry) == 2 and isinstance(entry[0], Diagram):
            yield entry[0], require_scalar("weights", entry[1])
        else:
            raise TheoryError(f"source must be a sequence of {allowed} (got {shown(entry)} in it)")


def require_table(table: Any) -> None:
    """TheoryError unless this is an `ExpansionTable`."""
    require_instance("table", table, ExpansionTable, "an ExpansionTable: make it with `tabulate`")


def _legs(diagram: Diagram, vertex: int) -> tuple[str, ...]:
    """The field of each leg of a vertex, in the sequence of the theory."""
    counts = diagram.theory.vertices[vertex].legs
    return tuple(f.name for f in diagram.theory.fields for _ in range(counts.get(f.name, 0)))


def _rows(diagram: Diagram) -> tuple[int, tuple[Row, ...], tuple[Tensor, ...], int]:
    """Nodes, edges and tensors in canonical order, with all local vertices taken for alike.

    Last the sign that Grassmann fields get from this order: from exchanged legs of a non-local vertex, and
    from propagators of one field that are turned round.
    """
    nodes, outer, theory = diagram.nodes, len(diagram.external), diagram.theory
    codes = np.zeros((nodes, nodes), dtype=np.int64)
    symmetric = [p.first == p.second for p in theory.propagators]
    for i, j, p in diagram.edges:
        codes[i, j] += one_at(p)
        if symmetric[p] and i != j:
            codes[j, i] += one_at(p)
    colours = np.minimum(np.arange(nodes), outer)
    for k, v in enumerate(diagram.vertices):
        if not theory.vertices[v].local:
            colours[outer + k] += 1 + v
    order = np.empty(nodes, dtype=np.int64)
    canonical_order(codes, colours, nodes, order)
    place = {int(node): position for position, node in enumerate(order)}
    moved = []  # edges, and their positions in the diagram
    turned = set()
    for position, (a, b, p) in enumerate(diagram.edges):
        i, j = place[a], place[b]
        if symmetric[p] and i > j:
            turned.add(position)
            i, j = j, i
        moved.append(((i, j, p), position))
    if all(theory.vertices[v].local for v in set(diagram.vertices)):
        return nodes, _counted(edge for edge, _ in moved), (), _sign(diagram, turned)
    count = 0
    free: dict[tuple[int, str], list[int]] = {}  # nodes of the legs of a non-local vertex, by field
    local: dict[int, int] = {}
    tensors = []
    for position, node in enumerate(order):
        v = diagram.vertices[node - outer] if node >= outer else -1
        if v < 0 or theory.vertices[v].local:
            local[position] = count
            count += 1
            continue
        fields = _legs(diagram, v)
        for name in fields:
            free.setdefault((position, name), []).append(count)
            count += 1
        tensors.append((theory.vertices[v].name, tuple(range(count - len(fields), count))))
    starts = {key: numbers[0] for key, numbers in free.items()}
    taken = [(0, 0)] * len(moved)
    ends = []
    for (i, j, p), position in sorted(moved):
        propagator = theory.propagators[p]
        first = local[i] if i in local else free[i, propagator.first].pop(0)
        second = local[j] if j in local else free[j, propagator.second].pop(0)
        ends.append((first, second, p))
        numbers = (
            first - starts.get((i, propagator.first), first),
            second - starts.get((j, propagator.second), second),
        )
        taken[position] = (numbers[1], numbers[0]) if position in turned else numbers
    return count, _counted(ends), tuple(tensors), _sign(diagram, turned, taken)


def _sign(diagram: Diagram, turned: set[int], legs: list[tuple[int, int]] | None = None) -> int:
    """The sign of a diagram whose edges take these legs, some of them turned round, against its own sign."""
    theory = diagram.theory
    if not theory.grassmann:
        return 1
    minus = sum(theory.propagators[diagram.edges[k][2]].first in theory.grassmann for k in turned) % 2
    taken = diagram_sign(theory, len(diagram.external), diagram.vertices, diagram.edges, legs)
    return -taken * diagram.sign if minus else taken * diagram.sign


def _counted(edges: Iterable[tuple[int, int, int]]) -> tuple[Row, ...]:
    """Parallel edges as powers."""
    return tuple((i, j, p, power) for (i, j, p), power in sorted(Counter(edges).items()))
