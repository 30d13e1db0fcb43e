"""Diagrams in zero dimensions: one point, each propagator a number, exactly."""

from __future__ import annotations

from collections import Counter
from numbers import Number
from typing import Any

import sympy

from diagrams.arguments import TheoryError, require_scalar
from diagrams.tables import ExpansionTable, require_table
from diagrams.theories.constituents import require_no_square


def evaluate_numbers(table: ExpansionTable, propagators: Any) -> sympy.Expr:
    """Sum of weights times propagators, exact for integers, fractions and SymPy scalars.

    `propagators`: a number, or numbers by pair of fields. Non-local vertices are as good as local ones here.
    TheoryError if a propagator is no scalar, and where the square of a Grassmann field would occur: zero.

    Equation: value-in-numbers

    >>> from diagrams.generation.generator import generate
    >>> from diagrams.tables import tabulate
    >>> from diagrams.theories.theory import Theory
    >>> evaluate_numbers(tabulate(generate(Theory.scalar({4: 1}), order=2)), 2)  # <phi^4>/4! = 3 * 2^2 / 24
    1/2
    """
    require_table(table)
    values = {}
    for p, value in table.bind(propagators).items():
        values[p] = require_scalar("propagators", value, (Number,))
        pair = table.propagators[p]
        if pair.first == pair.second and pair.first in table.grassmann and values[p] != 0:
            raise TheoryError(
                f"propagator <{pair.first} {pair.second}> of a Grassmann field must be 0 at one point "
                f"(got {values[p]})"
            )
    for name, legs in table.legs:
        require_no_square(name, Counter(legs), table.grassmann)
    return sympy.Add(
        *(
            sympy.Mul(term.weight, *(values[p] ** power for _, _, p, power in term.rows))
            for term in table.terms
        )
    )
