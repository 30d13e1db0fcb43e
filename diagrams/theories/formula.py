r"""Theories whose action is a text: a polynomial in named fields, read without executing anything."""

from __future__ import annotations

import math
from collections.abc import Sequence

import sympy

from diagrams.arguments import TheoryError, require_entries, require_names, require_source
from diagrams.matrices.packing import PLACES
from diagrams.theories.constituents import Field
from diagrams.theories.symbolic_text import NAME, degree_of, symbolic_formula
from diagrams.theories.theory import Theory
from fieldtheory.shown_value import shown

# Limits that keep hostile or mistaken texts to fractions of a second
MAX_ACTION = 2_000  # characters
MAX_TERMS = 300  # of the polynomial
MAX_COUPLED = 4  # fields whose propagators are tied by parameters
MAX_DEGREE = 16  # of their quadratic coefficients together


def theory_from_formula(
    action: str, fields: Sequence[str | Field], small: Sequence[str] = (), source: str = "action"
) -> Theory:
    r"""The theory of the weight exp(-action), the action a text of numbers, names, + - * / ** ^ and ( ).

    `fields`: the names in the text that are fields; the action is a polynomial in them, around 0. `small`:
    the names of the parameters that count orders (`Theory.from_action`). All other names are parameters.
    `source`: what errors call the text. TheoryError for a text that is no such action.

    Equation: action

    >>> theory = theory_from_formula("m/2*phi^2 + g/24*phi^4", ["phi"], ["g"])
    >>> theory.propagators[0].value, theory.vertices[0].coupling, dict(theory.vertices[0].orders)
    (1/m, -g, {'g': 1, 'vertices': 1})
    """
    fields = require_entries("fields", fields, "names")
    names = require_names("fields", [each.name if isinstance(each, Field) else each for each in fields])
    counted = require_names("small", small)
    require_source(source)
    for what, found in (("fields", names), ("small", counted)):
        for name in found:
            if not NAME.fullmatch(name):
                raise TheoryError(
                    f"{what} must be names of at most 40 letters, digits and _, a letter first "
                    f"(got {shown(name)})"
                )
    if len(names) > PLACES:
        raise TheoryError(f"fields must be at most {PLACES} (got {len(names)})")
    for each in fields:
        if isinstance(each, Field) and each.anticommutes:
            raise TheoryError(
                f"fields of the {source} must commute (got the Grassmann field {each.name!r}): give its "
                "propagators and vertices to Theory"
            )
    value = symbolic_formula(action, source, MAX_ACTION)
    symbols = [sympy.Symbol(name) for name in names]
    for what, found in (("fields", names), ("small", counted)):
        for name in found:
            if sympy.Symbol(name) not in value.free_symbols:
                raise TheoryError(f"{what} must be names in the {source} (got {name!r}, which is not there)")
    _require_short(value, symbols, source)
    given = [each if isinstance(each, Field) else s for each, s in zip(fields, symbols, strict=True)]
    return Theory.from_action(value, given, small=[sympy.Symbol(name) for name in counted])


def _require_short(action: sympy.Expr, fields: list[sympy.Symbol], source: str) -> None:
    """TheoryError unless this is a polynomial in the fields whose terms and propagators are soon found."""
    if not action.is_polynomial(*fields):
        raise TheoryError(f"{source} must be a polynomial in the fields (got {shown(action)})")
    if _terms(action) > MAX_TERMS:
        raise TheoryError(
            f"{source} must have at most {MAX_TERMS} terms when multiplied out "
            f"(got perhaps {shown(_terms(action))})"
        )
    quadratic = [(p, c) for p, c in sympy.Poly(action, *fields).terms() if sum(p) == 2]
    for group in _tied(quadratic, len(fields)):
        degree = sum(degree_of(c) for powers, c in quadratic if any(powers[k] for k in group))
        if degree > MAX_DEGREE:
            raise TheoryError(
                f"{source} must have quadratic terms of at most degree {MAX_DEGREE} in the parameters, those "
                f"of all fields that they couple together (got {degree})"
            )
        if degree and len(group) > MAX_COUPLED:
            raise TheoryError(
                f"{source} must couple at most {MAX_COUPLED} fields by quadratic terms with parameters "
                f"(got {len(group)})"
            )


def _tied(quadratic: list[tuple[tuple[int, ...], sympy.Expr]], count: int) -> list[set[int]]:
    """The fields in groups that no quadratic term connects."""
    groups = [{k} for k in range(count)]
    for powers, _ in quadratic:
        pair = {k for k, n in enumerate(powers) if n}
        joined = [group for group in groups if group & pair]
        groups = [group for group in groups if group not in joined] + [set().union(*joined)]
    return groups


def _terms(value: sympy.Expr) -> int:
    """How many terms there are at most when all products of sums are multiplied out."""
    if value.is_Add:
        return sum(map(_terms, value.args))
    if value.is_Mul:
        return math.prod(map(_terms, value.args))
    if value.is_Pow and value.exp.is_Integer:
        base, power = _terms(value.base), abs(int(value.exp))
        return math.comb(base + power - 1, power)
    return 1
