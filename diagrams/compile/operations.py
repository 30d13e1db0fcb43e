r"""Operations: sums of products as a graph in which equal parts are one node, and the table that runs it.

A node is an operation on nodes made before it; asking for the same operation again gives the same node
(hash-consing). A sum of monomials is nested, x^2 (...) + x (...) + ..., so that common factors are taken out
once, and powers and the tails of products are shared. `OperationGraph.table` puts the nodes in sequence, each
right before it is needed, and gives registers back after their last use.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diagrams.compile import tiles
from diagrams.compile.deep_calls import Deep, returned
from fieldtheory.array_types import Floats

Monomial = tuple[tuple[int, int], ...]  # pairs of a node and its power >= 1, each node once
Term = tuple[float, int, int]  # coefficient, node, node or -1
_SUM = -1  # nodes are (kind, ...): a kind of `tiles` with its operands, or (_SUM, constant, terms)


@dataclass(frozen=True)
class OperationTable:
    """What `tiles.run_tiles` takes; `operations`: arithmetic per point; `inputs`: the variables in use."""

    code: NDArray[np.int32]
    numbers: Floats
    registers: int
    result: int
    operations: int
    inputs: tuple[int, ...]


class OperationGraph:
    """A graph of operations, to be added to. Nodes are integers.

    >>> graph = OperationGraph()
    >>> x, y = graph.input(0), graph.input(1)
    >>> both = graph.sum({((x, 2), (y, 1)): 3.0, ((x, 2),): 1.0})  # x^2 (1 + 3 y)
    >>> graph.table(both).operations
    4
    """

    def __init__(self) -> None:
        self._nodes: list[tuple] = []  # type: ignore[type-arg]
        self._known: dict[tuple, int] = {}  # type: ignore[type-arg]

    def node(self, kind: int, *rest: object) -> int:
        """The node of this operation."""
        key = (kind, *rest)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self._nodes)
            self._nodes.append(key)
        return found

    def input(self, position: int) -> int:
        """A variable."""
        return self.node(tiles.LOAD, position)

    def product(self, factors: Monomial) -> int:
        """A product of powers; a tail that another product has too is shared."""
        found = self.power(*factors[-1])
        for each in reversed(factors[:-1]):
            found = self.node(tiles.PRODUCT, self.power(*each), found)
        return found

    def power(self, node: int, exponent: int) -> int:
        """By repeated squaring, through the powers below."""
        if exponent == 1:
            return node
        half = exponent // 2
        return self.node(tiles.PRODUCT, self.power(node, exponent - half), self.power(node, half))

    def sum(self, terms: Mapping[Monomial, float]) -> int:
        """A sum of monomials with coefficients; the empty monomial is the constant."""
        counts = Counter(node for monomial in terms for node, _ in monomial)
        rank = {
            node: (-count, node) for node, count in counts.items()
        }  # one sequence, so that tails are alike
        sorted_terms = [
            (tuple(sorted(monomial, key=lambda pair: rank[pair[0]])), value)
            for monomial, value in terms.items()
        ]
        found: int = returned(self._nested(sorted_terms))
        return found

    def _nested(self, terms: list[tuple[Monomial, float]]) -> Deep:
        """Take out what occurs most, power by power, then what occurs most in the rest, and so on."""
        constant = sum(value for monomial, value in terms if not monomial)
        terms = [term for term in terms if term[0]]
        counts = Counter(node for monomial, _ in terms for node, _ in monomial)
        parts: list[Term] = []
        while terms:
            top = max(counts.values())
            chosen = next(node for node, count in counts.items() if count == top) if top > 1 else -1
            groups: dict[int, list[tuple[Monomial, float]]] = {}
            rest = []
            for monomial, value in terms:
                found = next((pair for pair in monomial if pair[0] == chosen), None)
                if top == 1:
                    parts.append(self._term(monomial, value))
                elif found is None:
                    rest.append((monomial, value))
                else:
                    tail = tuple(pair for pair in monomial if pair[0] != chosen)
                    groups.setdefault(found[1], []).append((tail, value))
                    counts.subtract(node for node, _ in monomial)
            for exponent, group in groups.items():
                if len(group) > 1:
                    nested = yield self._nested(group)
                    parts.append((1.0, self.power(chosen, exponent), nested))
                else:
                    [(tail, value)] = group
                    parts.append(self._term(((chosen, exponent), *tail), value))
            terms = rest
        if constant == 0 and len(parts) == 1 and parts[0][0] == 1:
            _, first, second = parts[0]
            return first if second < 0 else self.node(tiles.PRODUCT, first, second)
        return self.node(_SUM, float(constant), tuple(sorted(parts)))

    def _term(self, monomial: Monomial, value: float) -> Term:
        return value, self.power(*monomial[0]), self.product(monomial[1:]) if len(monomial) > 1 else -1

    def operation(self, node: int) -> tuple[Any, ...]:
        """What a node does: a kind of `tiles` and its operands."""
        return self._nodes[node]

    def constant(self, node: int) -> float | None:
        """The number that a node always is; None for what has operands."""
        kind, *rest = self.operation(node)
        return rest[0] if kind == _SUM and not rest[1] else None

    def operands(self, node: int) -> tuple[int, ...]:
        """The nodes that an operation needs."""
        kind, *rest = self.operation(node)
        if kind == tiles.LOAD:
            return ()
        if kind == _SUM:
            return tuple(n for _, first, second in rest[1] for n in (first, second) if n >= 0)
        return tuple(rest)

    def table(self, result: int) -> OperationTable:
        """The operations that `result` needs, in sequence."""
        return _Sequence(self).run(result)


class _Sequence:
    """Instructions as they are put down, and who sits in which register."""

    def __init__(self, graph: OperationGraph) -> None:
        self.graph = graph
        self.code: list[int] = []
        self.numbers: list[float] = []
        self.place: dict[int, int] = {}
        self.free: list[int] = []
        self.registers = self.operations = 0
        self.inputs: list[int] = []
        self.uses: Counter[int] = Counter()

    def run(self, result: int) -> OperationTable:
        self.uses[result] += 1
        seen, waiting = {result}, [result]
        while waiting:
            for operand in self.graph.operands(waiting.pop()):
                self.uses[operand] += 1
                if operand not in seen:
                    seen.add(operand)
                    waiting.append(operand)
        returned(self.need(result))
        return OperationTable(
            np.array(self.code, dtype=np.int32),
            np.array(self.numbers, dtype=np.float64),
            self.registers,
            self.place[result],
            self.operations,
            tuple(self.inputs),
        )

    def need(self, node: int) -> Deep:
        """Put down what computes a node."""
        kind, *rest = self.graph.operation(node)
        if kind == tiles.LOAD:
            if rest[0] not in self.inputs:
                self.inputs.append(rest[0])
            self.code += (kind, self.target(node), self.inputs.index(rest[0]))
        elif kind == _SUM:
            yield self.add_up(node, *rest)
        else:
            for operand in rest:
                if operand not in self.place:
                    yield self.need(operand)
            target = self.target(node)  # before operands give theirs back: no aliases
            self.code += (kind, target, *(self.place[operand] for operand in rest))
            self.operations += 1
            self.leave(rest)

    def add_up(self, node: int, constant: float, terms: tuple[Term, ...]) -> Deep:
        """The terms four by four, so that little waits in registers."""
        double = [term for term in terms if term[2] >= 0]
        single = [term for term in terms if term[2] < 0]
        self.operations += sum((c != 1) + (b >= 0) + 1 for c, _, b in terms) - (constant == 0)
        started = False
        for group, kinds in (
            (double, (tiles.START_BILINEAR, tiles.BILINEAR, tiles.BILINEAR_FOUR)),
            (single, (tiles.START_LINEAR, tiles.LINEAR, tiles.LINEAR_FOUR)),
        ):
            at = 0
            while at < len(group):
                count = 4 if started and len(group) - at >= 4 else 1
                some = group[at : at + count]
                at += count
                nodes = [n for _, first, second in some for n in (first, second) if n >= 0]
                for operand in nodes:
                    if operand not in self.place:
                        yield self.need(operand)
                target = self.place[node] if started else self.target(node)
                kind = kinds[0] if not started else kinds[1] if count == 1 else kinds[2]
                self.code += (kind, target, *(self.place[operand] for operand in nodes))
                self.numbers += ([] if started else [constant]) + [c for c, _, _ in some]
                self.leave(nodes)
                started = True
        if not started:
            self.code += (tiles.CONSTANT, self.target(node))
            self.numbers.append(constant)

    def target(self, node: int) -> int:
        if self.free:
            self.place[node] = self.free.pop()
        else:
            self.place[node] = self.registers
            self.registers += 1
        return self.place[node]

    def leave(self, nodes: Iterable[int]) -> None:
        for node in nodes:
            self.uses[node] -= 1
            if self.uses[node] == 0:
                self.free.append(self.place[node])
