r"""A perturbation theory: fields, the propagators between them, and the vertices of the interaction.

The weight of a configuration is exp(-S_0 - S_int), S_0 quadratic with the propagators as covariances and
-S_int = sum_v g_v prod_f phi_f^{n_f}/n_f!. A diagram then weighs prod_v g_v over its symmetry number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from diagrams.constituents import Field, Propagator, TheoryError, Vertex


@dataclass(frozen=True)
class Theory:
    """Fields, the propagators between them, and the vertices of the interaction.

    TheoryError for a vertex or propagator of an unknown field, two propagators for one pair of fields, or
    a name used twice.

    >>> Theory.scalar({4: 1}).vertices[0].degree
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
