r"""The constituents of a perturbation theory: fields, propagators and vertices.

A vertex is a term g prod_f phi_f^{n_f}/n_f! of -S_int in the weight exp(-S_0 - S_int), a propagator a
covariance of the Gaussian weight exp(-S_0).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import sympy

from diagrams.arguments import TheoryError, require_flag, require_mapping, require_scalar, require_text
from fieldtheory.shown_value import shown

STATISTICS = ("commuting", "grassmann")


def require_no_square(vertex: str, legs: Mapping[str, int], grassmann: Collection[str]) -> None:
    """TheoryError if a vertex has several legs of one Grassmann field, all at the only point there is."""
    for name, count in legs.items():
        if count > 1 and name in grassmann:
            raise TheoryError(
                f"vertex {vertex!r} must have one leg of the Grassmann field {name!r} in zero dimensions, "
                f"where its square is 0 (got {count}): give its components as fields of their own"
            )


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
    """A field by its name; `latex` is how formulas print it (default: the name).

    `statistics`: "commuting", or "grassmann" for a field that anticommutes with itself and with all others of
    its kind (fermions, ghosts).
    """

    name: str
    latex: str = ""
    statistics: str = "commuting"

    def __post_init__(self) -> None:
        require_text("name of a field", self.name)
        require_text(f"latex of field {shown(self.name)}", self.latex, empty=True)
        if not isinstance(self.statistics, str) or self.statistics not in STATISTICS:
            raise TheoryError(
                f"statistics of field {self.name!r} must be one of {', '.join(STATISTICS)} "
                f"(got {shown(self.statistics)})"
            )

    def __repr__(self) -> str:
        parts = [f"name={self.name!r}", f"latex={self.latex!r}"]
        parts += [f"statistics={self.statistics!r}"] if self.anticommutes else []
        return f"Field({', '.join(parts)})"

    @property
    def anticommutes(self) -> bool:
        """Whether its values are Grassmann numbers."""
        return self.statistics == "grassmann"


def contraction(names: Iterable[str]) -> str:
    """The fields in angle brackets, on one line, long names cut short.

    >>> contraction(["phi", "psi"])
    '<phi psi>'
    """
    return f"<{' '.join(shown(name)[1:-1] for name in names)}>"


@dataclass(frozen=True)
class Propagator:
    """The contraction of two fields, by name: <a b>. `directed`: drawn with an arrow from b to a.

    Of two Grassmann fields, <first second> = -<second first>. A response propagator <phi phi~> is directed,
    from the response field to the field. `name` is the symbol of its value (default: C for one field, R for
    two). `value`: the covariance, a SymPy scalar, where it is known. TheoryError for a value that is no
    scalar, and for a directed propagator of one field.

    >>> Propagator("phi", "phi", value=1 / sympy.Symbol("m") ** 2)
    Propagator(first='phi', second='phi', name='', directed=False, value=m**(-2))
    """

    first: str
    second: str
    name: str = ""
    directed: bool = False
    value: sympy.Expr | None = field(default=None, hash=False)

    def __post_init__(self) -> None:
        for what, name in (("first", self.first), ("second", self.second)):
            require_text(f"{what} field of a propagator", name)
        pair = f"propagator {self.pair}"
        require_text(f"{pair}: name", self.name, empty=True)
        require_flag(f"{pair}: directed", self.directed)
        if self.directed and self.first == self.second:
            raise TheoryError(
                f"propagator of {self.first!r} with itself must be undirected (got directed=True)"
            )
        if self.value is not None:
            value = require_scalar(f"{pair}: value", self.value)
            object.__setattr__(self, "value", value)

    def __repr__(self) -> str:
        return shown_fields(self, optional=("value",))

    def __str__(self) -> str:
        value = "" if self.value is None else f" = {self.value}"
        arrow = f", directed from {self.second} to {self.first}" if self.directed else ""
        return f"<{self.first} {self.second}> = {self.symbol}{value}{arrow}"

    @property
    def pair(self) -> str:
        """The two fields as messages name them, on one line: <phi psi>."""
        return contraction((self.first, self.second))

    @property
    def symbol(self) -> str:
        """Name of its value in formulas."""
        return self.name or ("C" if self.first == self.second else "R")


@dataclass(frozen=True)
class Vertex:
    """A term g prod_f phi_f^{n_f}/n_f! of -S_int.

    `legs`: number of legs by field name; their order is that of the factors, which matters for Grassmann
    fields. `coupling`: g, a SymPy scalar, int or Fraction. `orders`: its power
    in each small parameter of the theory, and in "loops" those that a counterterm counts for. `local`: all
    legs at one point (else an n-point cumulant).
    """

    name: str
    legs: Mapping[str, int]
    coupling: Any
    orders: Mapping[str, int] = field(default_factory=dict)
    local: bool = True

    def __post_init__(self) -> None:
        require_text("name of a vertex", self.name)
        what = f"vertex {shown(self.name)}"
        require_mapping(f"{what}: legs", self.legs, "numbers of legs by name of field")
        require_mapping(f"{what}: orders", self.orders, "powers by small parameter")
        require_flag(f"{what}: local", self.local)
        for name in (*self.legs, *self.orders):
            require_text(f"{what}: each name in legs and orders", name)
        for name, count in self.legs.items():
            if isinstance(count, bool) or not isinstance(count, int) or count < 0:
                raise TheoryError(f"{what}: legs of {name!r} must be an integer >= 0 (got {shown(count)})")
        for name, power in self.orders.items():
            if isinstance(power, bool) or not isinstance(power, int) or power < 0:
                raise TheoryError(f"{what}: orders in {name!r} must be an integer >= 0 (got {shown(power)})")
        if self.degree == 0:
            raise TheoryError(f"{what}: legs must not be empty (got {dict(self.legs)})")
        coupling = require_scalar(f"{what}: coupling", self.coupling, (int, Fraction))
        object.__setattr__(self, "coupling", coupling)
        legs = {name: n for name, n in self.legs.items() if n}
        object.__setattr__(self, "legs", MappingProxyType(legs))
        object.__setattr__(self, "orders", MappingProxyType(dict(sorted(self.orders.items()))))

    def __eq__(self, other: object) -> bool:
        return self._key == other._key if isinstance(other, Vertex) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key[:3])

    @property
    def _key(self) -> tuple[Any, ...]:
        """All that two equal vertices share: also the order of the factors."""
        return self.name, tuple(self.legs.items()), self.coupling, dict(self.orders), self.local

    def __str__(self) -> str:
        powers = (name if n == 1 else f"{name}^{n}/{n}!" for name, n in self.legs.items())
        front = "" if self.coupling == 1 else f"({self.coupling})" if self.coupling.is_Add else self.coupling
        term = " ".join([*([str(front)] if front != "" else []), *powers])
        counted = [f"order {n} in {name}" for name, n in self.orders.items() if name != "vertices"]
        return ", ".join(
            [f"{self.name}: {term}", *counted, *([] if self.local else ["a point for each leg"])]
        )

    @property
    def degree(self) -> int:
        """Number of legs."""
        return sum(self.legs.values())
