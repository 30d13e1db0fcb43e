r"""The constituents of a perturbation theory: fields, propagators and vertices.

A vertex is a term g prod_f phi_f^{n_f}/n_f! of -S_int in the weight exp(-S_0 - S_int), a propagator a
covariance of the Gaussian weight exp(-S_0).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from types import MappingProxyType
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
    scalar = isinstance(value, sympy.Expr) and not any(map(_is_no_scalar, parts(value)))
    if not scalar:
        taken = ", ".join(each.__name__ for each in numbers)
        raise TheoryError(f"{what} must be a SymPy scalar (or {taken}), finite (got {shown(value)})")
    if not deep:
        require_shallow(what, value, TheoryError)
    found: sympy.Expr = value
    return found


_INFINITE = {id(each) for each in (sympy.nan, sympy.zoo, sympy.oo, sympy.S.NegativeInfinity)}  # singletons


def _is_no_scalar(part: sympy.Basic) -> bool:
    return id(part) in _INFINITE or (isinstance(part, sympy.Expr) and part.is_commutative is False)


def shown_fields(value: Any, optional: tuple[str, ...]) -> str:
    """The text of a dataclass as usual, but without the `optional` fields that are empty, None or 0."""
    shown = [
        f"{each.name}={getattr(value, each.name)!r}"
        for each in fields(value)
        if each.name not in optional or getattr(value, each.name)
    ]
    return f"{type(value).__name__}({', '.join(shown)})"


@dataclass(frozen=True)
class Field:
    """A field by its name; `latex` is how formulas print it (default: the name)."""

    name: str
    latex: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise TheoryError(f"name of a field must be a non-empty string (got {self.name!r})")


@dataclass(frozen=True)
class Propagator:
    """The contraction of two fields, by name: <a b>. `directed`: drawn with an arrow from b to a.

    A response propagator <phi phi~> is directed, from the response field to the field. `name` is the
    symbol of its value (default: C for one field, R for two). `value`: the covariance, a SymPy scalar, where
    it is known. TheoryError for a value that is no scalar, and for a directed propagator of one field.

    >>> Propagator("phi", "phi", value=1 / sympy.Symbol("m") ** 2)
    Propagator(first='phi', second='phi', name='', directed=False, value=m**(-2))
    """

    first: str
    second: str
    name: str = ""
    directed: bool = False
    value: sympy.Expr | None = field(default=None, hash=False)

    def __post_init__(self) -> None:
        if self.directed and self.first == self.second:
            raise TheoryError(
                f"propagator of {self.first!r} with itself must be undirected (got directed=True)"
            )
        if self.value is not None:
            value = require_scalar(f"propagator <{self.first} {self.second}>: value", self.value)
            object.__setattr__(self, "value", value)

    def __repr__(self) -> str:
        return shown_fields(self, optional=("value",))

    @property
    def symbol(self) -> str:
        """Name of its value in formulas."""
        return self.name or ("C" if self.first == self.second else "R")


@dataclass(frozen=True)
class Vertex:
    """A term g prod_f phi_f^{n_f}/n_f! of -S_int.

    `legs`: number of legs by field name. `coupling`: g, a SymPy scalar, int or Fraction. `orders`: its power
    in each small parameter of the theory, and in "loops" those that a counterterm counts for. `local`: all
    legs at one point (else an n-point cumulant).
    """

    name: str
    legs: Mapping[str, int]
    coupling: Any
    orders: Mapping[str, int] = field(default_factory=dict)
    local: bool = True

    def __post_init__(self) -> None:
        for name, count in self.legs.items():
            if isinstance(count, bool) or not isinstance(count, int) or count < 0:
                raise TheoryError(
                    f"vertex {self.name!r}: legs of {name!r} must be an integer >= 0 (got {count!r})"
                )
        for name, power in self.orders.items():
            if isinstance(power, bool) or not isinstance(power, int) or power < 0:
                raise TheoryError(
                    f"vertex {self.name!r}: order in {name!r} must be an integer >= 0 (got {power!r})"
                )
        if self.degree == 0:
            raise TheoryError(f"vertex {self.name!r}: legs must not be empty (got {dict(self.legs)})")
        coupling = require_scalar(f"vertex {self.name!r}: coupling", self.coupling, (int, Fraction))
        object.__setattr__(self, "coupling", coupling)
        legs = {name: n for name, n in sorted(self.legs.items()) if n}
        object.__setattr__(self, "legs", MappingProxyType(legs))
        object.__setattr__(self, "orders", MappingProxyType(dict(sorted(self.orders.items()))))

    def __hash__(self) -> int:
        return hash((self.name, tuple(self.legs.items()), self.coupling))

    @property
    def degree(self) -> int:
        """Number of legs."""
        return sum(self.legs.values())
