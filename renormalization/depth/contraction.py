"""Diagrams of non-local vertices as contractions, set up once: legs may have axes of different lengths."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import opt_einsum

from diagrams import Expansion
from diagrams.tables import DiagramTable, ExpansionTable, tabulate
from fieldtheory.array_types import Floats

Legs = tuple[str, ...]
Arrays = Mapping[Legs, Floats]


class _Term(NamedTuple):
    """A coefficient, the legs that say which arrays are multiplied, and how their axes are joined."""

    coefficient: float
    operands: tuple[Legs, ...]
    subscripts: str


@dataclass(frozen=True, eq=False)
class Contraction:
    """The sum of the diagrams of an expansion as a function of its lines and vertices.

    >>> from renormalization.depth.layer_theory import layer_diagrams
    >>> print(Contraction.of(layer_diagrams(2)))
    1 * response-response: ab->ab
    1 * incoming-response incoming-response incoming-incoming: ca,eb,ce->ab
    """

    terms: tuple[_Term, ...]
    paths: dict[Any, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, expansion: Expansion) -> Contraction:
        """Every directed line, from a field to its response or source, is one axis that both share."""
        table = tabulate(expansion)
        return cls(tuple(_term(table, term) for term in table.terms))

    def __str__(self) -> str:
        return "\n".join(
            f"{term.coefficient:g} * {' '.join('-'.join(legs) for legs in term.operands)}: {term.subscripts}"
            for term in self.terms
        )

    def __call__(self, arrays: Arrays) -> Floats:
        """The value, with an axis for every external point; `arrays`: by their legs, in order of name."""
        total: Any = 0.0
        for number, term in enumerate(self.terms):
            operands = [arrays[legs] for legs in term.operands]
            if all(each.size == 1 for each in operands):  # one input: numbers
                total += term.coefficient * math.prod(each.item() for each in operands)
                continue
            shapes = tuple(each.shape for each in operands)
            if (number, shapes) not in self.paths:
                found = opt_einsum.contract_expression(term.subscripts, *shapes)
                self.paths[number, shapes] = found
            total = total + term.coefficient * self.paths[number, shapes](*operands)
        return np.asarray(total, dtype=np.float64)


def _term(table: ExpansionTable, term: DiagramTable) -> _Term:
    legs = dict(table.legs)
    name = list(range(term.nodes))
    lines = []
    for i, j, p, power in term.rows:
        propagator = table.propagators[p]
        if propagator.directed:
            here, there = name[i], name[j]
            name = [here if each == there else each for each in name]
        else:
            lines += [((propagator.first, propagator.second), (i, j))] * power
    parts = [(legs[vertex], nodes) for vertex, nodes in term.tensors] + lines
    joined = ",".join("".join(opt_einsum.get_symbol(name[node]) for node in nodes) for _, nodes in parts)
    opened = "".join(opt_einsum.get_symbol(name[node]) for node in range(term.external))
    return _Term(term.coefficient, tuple(each for each, _ in parts), f"{joined}->{opened}")
