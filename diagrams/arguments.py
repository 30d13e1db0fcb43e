"""Checks of what the functions of this package are given: each refusal names argument, value and remedy."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import sympy

from fieldtheory.arguments import require_shallow
from fieldtheory.expression_parts import parts
from fieldtheory.shown_value import shown


class TheoryError(ValueError):
    """A theory, or a question to it, that makes no sense; the message names the culprit."""


def require_scalar(
    what: str, value: Any, numbers: tuple[type, ...] = (int, float, Fraction), *, deep: bool = False
) -> sympy.Expr:
    """A SymPy scalar as it is, a number as one; TheoryError otherwise (text too: SymPy would execute it).

    `numbers`: the types of number that are taken beside SymPy's. `deep`: however deep it is nested.
    """
    if isinstance(value, numbers) and not isinstance(value, bool):
        value = sympy.sympify(value)
    if not isinstance(value, sympy.Expr) or any(map(_is_no_scalar, parts(value))):
        taken = ", ".join(each.__name__ for each in numbers)
        raise TheoryError(f"{what} must be a SymPy scalar (or {taken}), finite (got {shown(value)})")
    if not deep:
        require_shallow(what, value, TheoryError)
    found: sympy.Expr = value
    return found


_INFINITE = {id(each) for each in (sympy.nan, sympy.zoo, sympy.oo, sympy.S.NegativeInfinity)}  # singletons


def _is_no_scalar(part: sympy.Basic) -> bool:
    return id(part) in _INFINITE or (isinstance(part, sympy.Expr) and part.is_commutative is False)


def require_instance(what: str, value: Any, kinds: type | tuple[type, ...], allowed: str) -> None:
    """TheoryError unless the value is of one of the kinds, which `allowed` says in words.

    >>> require_instance("theory", "phi4", dict, "a table")
    Traceback (most recent call last):
        ...
    diagrams.arguments.TheoryError: theory must be a table (got 'phi4')
    """
    if not isinstance(value, kinds):
        raise TheoryError(f"{what} must be {allowed} (got {shown(value)})")


def require_text(what: str, value: Any, *, empty: bool = False) -> str:
    """The value if it is text, and not empty unless that is allowed; TheoryError otherwise."""
    if not isinstance(value, str) or not (value or empty):
        raise TheoryError(f"{what} must be {'text' if empty else 'a non-empty string'} (got {shown(value)})")
    return value


def require_source(value: Any) -> str:
    """What errors call a text, `source`, if that is text of at most 100 characters; TheoryError otherwise."""
    if len(require_text("source", value)) > 100:
        raise TheoryError(f"source must be at most 100 characters (got {shown(value)})")
    return str(value)


def require_flag(what: str, value: Any) -> bool:
    """The value if it is True or False; TheoryError otherwise."""
    if not isinstance(value, bool):
        raise TheoryError(f"{what} must be True or False (got {shown(value)})")
    return value


def require_count(what: str, value: Any, minimum: int = 0) -> int:
    """The value as a machine integer of at least `minimum`, bools refused; TheoryError otherwise."""
    try:
        found = minimum - 1 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        found = minimum - 1
    if found < minimum:
        raise TheoryError(f"{what} must be an integer >= {minimum} (got {shown(value)})")
    if found >= 2**63:
        raise TheoryError(f"{what} must be an integer below 2^63 (got {shown(value)})")
    return found


def require_iterable(what: str, value: Any, of: str) -> Iterable[Any]:
    """The value if it is an iterable, neither text nor a mapping; TheoryError otherwise.

    `of`: what its entries are, in words.
    """
    single = isinstance(value, str | bytes | Mapping | type) or getattr(value, "shape", None) == ()
    if single or not isinstance(value, Iterable):
        raise TheoryError(f"{what} must be a sequence of {of} (got {shown(value)})")
    return value


def require_entries(what: str, value: Any, of: str) -> tuple[Any, ...]:
    """The entries of an iterable as a tuple, see `require_iterable`.

    >>> require_entries("external", ["phi", "phi"], "names of fields")
    ('phi', 'phi')
    """
    return tuple(require_iterable(what, value, of))


def require_names(what: str, value: Any) -> tuple[str, ...]:
    """The names of fields in a sequence; TheoryError otherwise."""
    names = require_entries(what, value, "names of fields")
    for name in names:
        require_text(f"each name in {what}", name)
    return names


def require_mapping(what: str, value: Any, of: str) -> Mapping[Any, Any]:
    """The value if it is a mapping; TheoryError otherwise. `of`: from what to what, in words."""
    require_instance(what, value, Mapping, f"a mapping of {of}")
    found: Mapping[Any, Any] = value
    return found
