"""Diagrams in zero dimensions: one point, each propagator a number, exactly."""

from __future__ import annotations

from numbers import Number
from typing import Any

import sympy

from diagrams.arguments import require_scalar
from diagrams.tables import ExpansionTable, require_table


def evaluate_numbers(table: ExpansionTable, propagators: Any) -> sympy.Expr:
    """Sum of weights times propagators, exact for integers, fractions and SymPy scalars.

    `propagators`: a number, or numbers by pair of fields. Non-local vertices are as good as local ones here.
    TheoryError if a propagator is no scalar.

    >>> from diagrams.generation import generate
    >>> from diagrams.tables import tabulate
    >>> from diagrams.theory import Theory
    >>> evaluate_numbers(tabulate(generate(Theory.scalar({4: 1}), order=2)), 2)  # <phi^4>/4! = 3 * 2^2 / 24
    1/2
    """
    require_table(table)
    values = {}
    for p, value in table.bind(propagators).items():
        values[p] = require_scalar("propagators", value, (Number,))
    return sympy.Add(
        *(
            sympy.Mul(term.weight, *(values[p] ** power for _, _, p, power in term.rows))
            for term in table.terms
        )
    )
