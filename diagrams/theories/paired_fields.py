"""Fields that propagators tie in pairs: complex and conjugate, field and response field, psi and psibar."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import combinations

import sympy


def tied_groups(fields: Sequence[str], pairs: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    """The fields by what propagators between `pairs` tie together, groups and fields in their sequence.

    >>> tied_groups(["phi", "psi", "psibar"], [("phi", "phi"), ("psibar", "psi")])
    [('phi',), ('psi', 'psibar')]
    """
    groups: list[set[str]] = [{name} for name in fields]
    for pair in pairs:
        tied = [g for g in groups if g & {*pair}]
        groups = [g for g in groups if g not in tied] + [set[str]().union(*tied)]
    found = [tuple(name for name in fields if name in group) for group in groups]
    return sorted(found, key=lambda group: fields.index(group[0]))


def partners(group: Sequence[str], pairs: Collection[tuple[str, str]]) -> tuple[str, ...]:
    """Half of the fields, no two of them tied: those that propagators name second, if that will do.

    Nothing where there are none. The determinant of the covariances of all is then, up to a sign, the square
    of that of the others with these.

    >>> partners(["a", "b"], [("a", "a"), ("a", "b")]), partners(["a", "b"], [("a", "a"), ("b", "b")])
    (('b',), ())
    """
    tied = {frozenset(pair) for pair in pairs}
    alone = [name for name in group if frozenset((name,)) not in tied]
    if len(group) % 2:
        return ()
    for half in sorted(
        combinations(alone, len(group) // 2),
        key=lambda half: sum((first in half) - (second in half) for first, second in pairs),
    ):
        if not any(frozenset(two) in tied for two in combinations(half, 2)):
            return half
    return ()


def has_minus_in_front(value: sympy.Expr) -> bool:
    """Whether a fraction has a minus sign in all terms of its numerator, or else of its denominator.

    >>> m, g = sympy.symbols("m g")
    >>> [has_minus_in_front(each) for each in (-1 / m, 1 / (-m - g), m - g, sympy.Integer(-2))]
    [True, True, False, True]
    """
    minus = [
        all(term.could_extract_minus_sign() for term in sympy.Add.make_args(part))
        for part in sympy.fraction(sympy.cancel(value))
    ]
    return minus[0] != minus[1]
