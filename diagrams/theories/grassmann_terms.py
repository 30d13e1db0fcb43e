r"""The terms of an action by their Grassmann fields: noncommuting symbols, sorted with their sign.

SymPy keeps the order of symbols that do not commute, and that order is all that a Grassmann monomial needs:
psi_j psi_i = -psi_i psi_j, and psi_i^2 = 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from diagrams.arguments import TheoryError
from diagrams.statistics import pairing_sign
from fieldtheory.shown_value import shown

Monomial = tuple[int, ...]  # positions of its Grassmann fields, in ascending order


def grassmann_terms(action: sympy.Expr, symbols: Sequence[sympy.Symbol]) -> dict[Monomial, sympy.Expr]:
    """The coefficient, which commutes, of each monomial of the Grassmann fields `symbols`; zeros left out.

    TheoryError unless the action is an even polynomial in them, and nothing else in it anticommutes.

    >>> psibar, psi = sympy.symbols("psibar psi", commutative=False)
    >>> m, g, x = sympy.symbols("m g x")
    >>> grassmann_terms(x**2 + psibar * (m + g * x) * psi + (psi * psibar) ** 2, [psibar, psi])
    {(): x**2, (0, 1): g*x + m}
    """
    place = {symbol: k for k, symbol in enumerate(symbols)}
    found: dict[Monomial, list[sympy.Expr]] = {}
    for part in sympy.Add.make_args(action):
        for term in [part] if part.is_commutative else sympy.Add.make_args(part.expand(**_PRODUCTS)):
            coefficient, factors = term.args_cnc()
            places = [place[base] for base in _factors(factors, place)]
            if len(places) % 2:
                raise TheoryError(
                    "action must have an even number of Grassmann fields in each term "
                    f"(got {shown(sympy.Mul(*factors))})"
                )
            if len(set(places)) == len(places):
                sign = pairing_sign(list(zip(places[::2], places[1::2], strict=True)))
                found.setdefault(tuple(sorted(places)), []).append(sympy.Mul(sign, *coefficient))
    total = {places: sympy.Add(*coefficients) for places, coefficients in sorted(found.items())}
    return {places: value for places, value in total.items() if value != 0}


# Products are multiplied out, functions of what commutes stay as they are
_PRODUCTS = {"power_exp": False, "log": False, "basic": False}


def _factors(factors: Sequence[sympy.Expr], known: dict[sympy.Symbol, int]) -> list[sympy.Symbol]:
    """The Grassmann fields of a product, one by one."""
    found = []
    for factor in factors:
        base, power = factor.as_base_exp()
        if base not in known or not power.is_Integer or power < 0:
            raise TheoryError(
                "action must be a polynomial in its Grassmann fields, and all else must commute "
                f"(got {shown(factor)})"
            )
        found += [base] * (2 + int(power) % 2 if power > 2 else int(power))  # zero from the square on
    return found
