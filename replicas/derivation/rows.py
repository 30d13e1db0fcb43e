"""The rows of an expansion: diagrams collected by weight and value, and the terms that they give."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import sympy

from diagrams.typeset.equation import Term
from replicas.derivation.zonal_formula import FUNCTIONALS, LINE

if TYPE_CHECKING:
    from replicas.derivation.replica_diagram import ReplicaDiagram


class Row(NamedTuple):
    """Diagrams of one weight and one value: `number` from 1, `members` their positions in the expansion."""

    number: int
    weight: sympy.Expr
    value: sympy.Expr
    members: tuple[int, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The number of each member: that of the row, and which of the row it is if there are several."""
        if len(self.members) == 1:
            return (str(self.number),)
        return tuple(f"{self.number}.{k}" for k in range(1, len(self.members) + 1))


def rows_of(diagrams: Iterable[ReplicaDiagram]) -> tuple[Row, ...]:
    """The rows in the sequence of their first members."""
    found: dict[tuple[sympy.Expr, sympy.Expr], list[int]] = {}
    for position, each in enumerate(diagrams):
        found.setdefault((each.weight, each.value), []).append(position)
    return tuple(Row(k, *pair, tuple(members)) for k, (pair, members) in enumerate(found.items(), start=1))


def terms_of(rows: Iterable[Row], factor: sympy.Expr, constant: sympy.Expr) -> tuple[Term, ...]:
    """The terms of the sum times a factor, like ones collected, each with the rows that it comes from."""
    total: dict[sympy.Expr, sympy.Expr] = {}
    sources: dict[sympy.Expr, list[str]] = {}
    for row in rows:
        whole = sympy.expand(len(row.members) * row.weight * row.value * factor)
        for term in sympy.Add.make_args(whole):
            number, rest = term.as_coeff_Mul()
            total[rest] = total.get(rest, sympy.Integer(0)) + number
            sources.setdefault(rest, []).append(str(row.number))
    terms = [Term(_latex(constant))] if constant else []
    for term in sympy.Add(*(number * rest for rest, number in total.items())).as_ordered_terms():
        source = sources.get(term.as_coeff_Mul()[1], [])
        terms += [Term(_latex(term), tuple(source))] if term else []
    return tuple(terms)


def _latex(term: sympy.Expr) -> str:
    """The coefficient, then what depends on the spectrum."""
    coefficient, value = term.as_independent(LINE, *FUNCTIONALS)
    if value == 1 or coefficient == 1:
        return str(sympy.latex(term))
    front = "-" if coefficient == -1 else sympy.latex(coefficient)
    return f"{front} {sympy.latex(value)}"
