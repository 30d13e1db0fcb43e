r"""Fields, propagators and vertices: what a perturbation theory consists of.

The weight of a configuration is exp(-S_0 - S_int), S_0 quadratic with the propagators as covariances and
-S_int = sum_v g_v prod_f phi_f^{n_f}/n_f!. A diagram then weighs prod_v g_v over its symmetry number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType
from typing import Any

import sympy


class TheoryError(ValueError):
    """A theory, or a question to it, that makes no sense; the message names the culprit."""


def require_scalar(what: str, value: Any, numbers: tuple[type, ...] = (int, float, Fraction)) -> sympy.Expr:
    """A SymPy scalar as it is, a number as one; TheoryError otherwise (text too: SymPy would execute it)."""
    if isinstance(value, numbers) and not isinstance(value, bool):
        value = sympy.sympify(value)
    scalar = isinstance(value, sympy.Expr) and value.is_commutative
    if not scalar or value.has(sympy.nan, sympy.zoo, sympy.oo):
        raise TheoryError(f"{what} must be a SymPy scalar (got {value!r})")
    found: sympy.Expr = value
    return found


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
    symbol of its value (default: C for one field, R for two).
    """

    first: str
    second: str
    name: str = ""
    directed: bool = False

    def __post_init__(self) -> None:
        if self.directed and self.first == self.second:
            raise TheoryError(
                f"propagator of {self.first!r} with itself must be undirected (got directed=True)"
            )

    @property
    def symbol(self) -> str:
        """Name of its value in formulas."""
        return self.name or ("C" if self.first == self.second else "R")


@dataclass(frozen=True)
class Vertex:
    """A term g prod_f phi_f^{n_f}/n_f! of -S_int.

    `legs`: number of legs by field name. `coupling`: g, a SymPy scalar. `orders`: its power in each small
    parameter of the theory. `local`: all legs at one point (else an n-point cumulant).
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
        coupling = require_scalar(f"vertex {self.name!r}: coupling", self.coupling, (int,))
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


@dataclass(frozen=True)
class Theory:
    """Fields, the propagators between them, and the vertices of the interaction.

    TheoryError for a vertex or propagator of an unknown field, two propagators for one pair of fields, or
    a name used twice.

    >>> Theory.scalar({4: -sympy.Symbol("g")}).vertices[0].degree
    4
    """

    fields: tuple[Field, ...]
    propagators: tuple[Propagator, ...]
    vertices: tuple[Vertex, ...]

    def __post_init__(self) -> None:
        for kind in ("fields", "propagators", "vertices"):
            object.__setattr__(self, kind, tuple(getattr(self, kind)))
        names = [f.name for f in self.fields]
        for what, used in (("field", names), ("vertex", [v.name for v in self.vertices])):
            twice = {name for name in used if used.count(name) > 1}
            if twice:
                raise TheoryError(f"{what} names must differ (got {sorted(twice)[0]!r} twice)")
        pairs: set[frozenset[str]] = set()
        for propagator in self.propagators:
            pair = frozenset((propagator.first, propagator.second))
            self.require_known(f"propagator <{propagator.first} {propagator.second}>", pair)
            if pair in pairs:
                raise TheoryError(
                    f"two propagators for one pair of fields: <{propagator.first} {propagator.second}>"
                )
            pairs.add(pair)
        for vertex in self.vertices:
            self.require_known(f"vertex {vertex.name!r}", vertex.legs)

    def require_known(self, what: str, names: Iterable[str]) -> None:
        """TheoryError, beginning with `what`, unless all names are those of fields."""
        known = {f.name for f in self.fields}
        for name in names:
            if name not in known:
                raise TheoryError(f"{what}: field must be one of {sorted(known)} (got {name!r})")

    @cached_property
    def field_index(self) -> dict[str, int]:
        """Position of each field by its name."""
        return {f.name: i for i, f in enumerate(self.fields)}

    @classmethod
    def scalar(cls, couplings: Mapping[int, Any], name: str = "phi") -> Theory:
        """One field with a vertex g_k phi^k/k! for every entry {k: g_k} of `couplings`.

        >>> [v.name for v in Theory.scalar({3: 1, 4: 1}).vertices]
        ['phi3', 'phi4']
        """
        vertices = [Vertex(f"{name}{k}", {name: k}, g, {"vertices": 1}) for k, g in sorted(couplings.items())]
        latex = rf"\{name}" if name in ("phi", "chi", "psi", "varphi") else name
        return cls((Field(name, latex),), (Propagator(name, name),), tuple(vertices))
