r"""The parts of a theory that is given by cumulants of random functions: a non-local vertex for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy

from diagrams.arguments import TheoryError, require_entries, require_instance, require_mapping, require_scalar
from diagrams.theories.action_parts import propagator_name, vertex_name
from diagrams.theories.constituents import Field, Propagator, Vertex
from fieldtheory.shown_value import shown


def parts_of_cumulants(
    cumulants: Mapping[Any, Any],
    propagators: Sequence[Propagator] | None = None,
    orders: Mapping[Any, Mapping[str, int]] | None = None,
) -> tuple[tuple[Field, ...], tuple[Propagator, ...], tuple[Vertex, ...]]:
    """Fields, propagators and vertices; see `Theory.from_cumulants`.

    >>> fields, propagators, vertices = parts_of_cumulants({3: sympy.Symbol("k3")})
    >>> vertices[0].name, vertices[0].local
    ('phi3', False)
    """
    require_mapping("cumulants", cumulants, "couplings by fields of the legs")
    require_mapping("orders", {} if orders is None else orders, "powers of small parameters by cumulant")
    if not cumulants and not propagators:
        raise TheoryError("cumulants must be one or more (got none)")
    given = () if propagators is None else require_entries("propagators", propagators, "Propagator objects")
    for each in given:
        require_instance("each of propagators", each, Propagator, "a Propagator")
    counted = {legs_of("cumulants", key): value for key, value in cumulants.items()}
    if len(counted) < len(cumulants):
        raise TheoryError(f"cumulants must have different legs (got {shown(list(cumulants))})")
    weights = {legs_of("orders", key): value for key, value in (orders or {}).items()}
    for legs in weights:
        if legs not in counted:
            raise TheoryError(f"orders must be of the cumulants given (got {dict(legs)})")
    names = {name for legs in counted for name, _ in legs}
    names |= {name for p in given for name in (p.first, p.second)}
    fields = tuple(Field(name, str(sympy.latex(sympy.Symbol(name)))) for name in sorted(names))
    if propagators is None:
        given = tuple(Propagator(f.name, f.name, propagator_name(fields, f.name, f.name)) for f in fields)
    for legs, value in counted.items():
        require_scalar(f"cumulants: coupling of {shown(dict(legs))}", value, (int, Fraction))
    vertices = tuple(
        Vertex(vertex_name(legs), dict(legs), value, weights.get(legs, {"vertices": 1}), local=False)
        for legs, value in counted.items()
        if value != 0
    )
    return fields, given, vertices


def legs_of(what: str, key: Any, field: str = "phi") -> tuple[tuple[str, int], ...]:
    """Number of legs by field, of a tuple of names or a number of legs of one `field`; TheoryError else.

    >>> legs_of("cumulants", ("phi", "chi", "phi")), legs_of("cumulants", 4)
    ((('chi', 1), ('phi', 2)), (('phi', 4),))
    """
    if isinstance(key, int) and not isinstance(key, bool) and key > 0:
        return ((field, key),)
    named = isinstance(key, Sequence) and not isinstance(key, str) and all(isinstance(n, str) for n in key)
    if not named or not key:
        raise TheoryError(f"{what} must go by tuples of field names or a number of legs (got {shown(key)})")
    return tuple((name, list(key).count(name)) for name in sorted(set(key)))
