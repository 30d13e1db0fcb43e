r"""A perturbation theory: fields, the propagators between them, and the vertices of the interaction.

The weight of a configuration is exp(-S_0 - S_int), S_0 quadratic with the propagators as covariances and
-S_int = sum_v g_v prod_f phi_f^{n_f}/n_f!. A diagram then weighs prod_v g_v over its symmetry number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import sympy

from diagrams.arguments import (
    TheoryError,
    require_count,
    require_entries,
    require_instance,
    require_iterable,
    require_mapping,
    require_scalar,
    require_text,
)
from diagrams.theories.action_parts import parts_of_action, vertex_name
from diagrams.theories.constituents import Field, Propagator, Vertex, shown_fields
from diagrams.theories.cumulant_parts import legs_of, parts_of_cumulants
from fieldtheory.shown_value import shown

if TYPE_CHECKING:
    from diagrams.effective_action import EffectiveAction


@dataclass(frozen=True)
class Theory:
    """Fields, the propagators between them, and the vertices of the interaction.

    Fields commute, except those with statistics="grassmann" with each other. `background`: value of each
    field around which the vertices are meant, `constant`: -S there, where they come from an action. `degree`:
    most legs of a vertex that was taken along, None if all were. TheoryError for a vertex or propagator of an
    unknown field, two propagators for one pair of fields, a name used twice, and for what anticommutes
    without making sense.

    Equation: action

    >>> print(Theory.scalar({3: 1, 4: -sympy.Symbol("g")}))
    fields: phi
    propagators:
      <phi phi> = C
    terms of -S_int:
      phi3: phi^3/3!
      phi4: -g phi^4/4!
    """

    fields: tuple[Field, ...]
    propagators: tuple[Propagator, ...]
    vertices: tuple[Vertex, ...]
    background: Mapping[str, sympy.Expr] = field(default_factory=dict, hash=False)
    constant: sympy.Expr = field(default=sympy.Integer(0), hash=False)
    degree: int | None = None

    def __post_init__(self) -> None:
        for what, kind in (("fields", Field), ("propagators", Propagator), ("vertices", Vertex)):
            entries = require_entries(what, getattr(self, what), f"{kind.__name__} objects")
            for each in entries:
                require_instance(f"each of {what}", each, kind, f"a {kind.__name__}")
            object.__setattr__(self, what, entries)
        require_mapping("background", self.background, "values by name of field")
        names = [f.name for f in self.fields]
        if not names:
            raise TheoryError("fields must be one or more (got none)")
        for what, used in (("field", names), ("vertex", [v.name for v in self.vertices])):
            twice = {name for name in used if used.count(name) > 1}
            if twice:
                raise TheoryError(f"{what} names must differ (got {sorted(twice)[0]!r} twice)")
        pairs: set[frozenset[str]] = set()
        for propagator in self.propagators:
            pair = frozenset((propagator.first, propagator.second))
            self.require_known(f"propagator {propagator.pair}", pair)
            if pair in pairs:
                raise TheoryError(f"two propagators for one pair of fields: {propagator.pair}")
            pairs.add(pair)
            if len(pair & self.grassmann) not in (0, len(pair)):
                raise TheoryError(
                    f"propagator <{propagator.first} {propagator.second}> must join fields of one statistics "
                    "(got a commuting and a Grassmann field)"
                )
            if len(pair) == 1 and pair <= self.grassmann and propagator.value not in (None, 0):
                raise TheoryError(
                    f"propagator <{propagator.first} {propagator.second}> of a Grassmann field must be "
                    f"antisymmetric, with the value 0 at one point (got {propagator.value})"
                )
        for vertex in self.vertices:
            self.require_known(f"vertex {vertex.name!r}", vertex.legs)
            self._require_even(vertex)
        object.__setattr__(self, "vertices", tuple(map(self._with_legs_in_order, self.vertices)))
        self.require_known("background", self.background)
        point = {name: require_scalar(f"background of {name}", v) for name, v in self.background.items()}
        object.__setattr__(self, "background", MappingProxyType(point))
        object.__setattr__(self, "constant", require_scalar("constant", self.constant))
        if self.degree is not None:
            require_count("degree", self.degree)

    def __repr__(self) -> str:
        return shown_fields(self, optional=("background", "constant", "degree"))

    def __str__(self) -> str:
        lines = [f"fields: {', '.join(f.name for f in self.fields)}"]
        lines += [f"background: {name} = {value}" for name, value in self.background.items() if value != 0]
        lines += [f"-S there: {self.constant}"] * (self.constant != 0)
        lines.append("propagators:" if self.propagators else "no propagators")
        lines += [f"  {each}" for each in self.propagators]
        lines.append("terms of -S_int:" if self.vertices else "no vertices")
        lines += [f"  {each}" for each in self.vertices]
        return "\n".join(lines)

    def require_known(self, what: str, names: Iterable[str]) -> None:
        """TheoryError, beginning with `what`, unless all names are those of fields."""
        known = {f.name for f in self.fields}
        given = list(names) if isinstance(names, Mapping) else names
        for name in require_iterable("names", given, "names of fields"):
            if not isinstance(name, str) or name not in known:
                raise TheoryError(f"{what}: field must be one of {sorted(known)} (got {shown(name)})")

    def _with_legs_in_order(self, vertex: Vertex) -> Vertex:
        """Commuting legs first, by name; equal theories are then equal however they were written."""
        commuting = sorted(name for name in vertex.legs if name not in self.grassmann)
        ordered = commuting + [name for name in vertex.legs if name in self.grassmann]
        if ordered == list(vertex.legs):
            return vertex
        return replace(vertex, legs={name: vertex.legs[name] for name in ordered})

    def _require_even(self, vertex: Vertex) -> None:
        """The weight is a commuting number, and the square of a Grassmann number is zero."""
        counts = {name: n for name, n in vertex.legs.items() if name in self.grassmann}
        if sum(counts.values()) % 2:
            raise TheoryError(
                f"vertex {vertex.name!r} must have an even number of legs of Grassmann fields (got {counts})"
            )
        for name, count in counts.items():
            if count > 1 and vertex.local:
                raise TheoryError(
                    f"vertex {vertex.name!r}: legs of the Grassmann field {name!r} must be at most 1 at one "
                    f"point, where its square is 0 (got {count}): give its components as fields of their "
                    "own, or local=False"
                )

    @cached_property
    def grassmann(self) -> frozenset[str]:
        """The names of the fields that anticommute."""
        return frozenset(f.name for f in self.fields if f.anticommutes)

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
        require_mapping("couplings", couplings, "couplings by number of legs")
        require_text("name", name)
        for k, g in couplings.items():
            require_scalar(f"couplings: that of {shown(k)} legs", g, (int, Fraction))
        numbers = {require_count("each key of couplings", k, 1): g for k, g in couplings.items()}
        vertices = [Vertex(f"{name}{k}", {name: k}, g, {"vertices": 1}) for k, g in sorted(numbers.items())]
        latex = rf"\{name}" if name in ("phi", "chi", "psi", "varphi") else name
        return cls((Field(name, latex),), (Propagator(name, name),), tuple(vertices))

    @classmethod
    def from_action(
        cls,
        action: sympy.Expr,
        fields: Sequence[sympy.Symbol | Field],
        *,
        background: Mapping[Any, Any] | None = None,
        degree: int | None = None,
        small: Sequence[sympy.Symbol] = (),
    ) -> Theory:
        r"""The perturbation theory of the weight exp(-action) around `background` (default: all fields 0).

        `fields`: the variables of the action; the others are parameters. `background`: value by field (symbol
        or name). Away from a saddle, where a first derivative is not zero, the theory has background
        insertions: vertices with one leg. `degree`: highest derivative taken; needed unless the action is a
        polynomial. `small`: parameters that count orders: the action must be a polynomial in them, each
        power is a vertex of its own, and what they multiply is no part of the propagators, so that a small
        quadratic term becomes a two-leg vertex.

        The symbol of a Grassmann field does not commute, so that the action keeps the order of its factors;
        the action is a polynomial in such fields, and they are 0 in the background.

        The propagators know their values, so `Diagram.value` is a number or a formula. TheoryError if the
        quadratic part has no inverse, and for arguments that make no sense.

        >>> x, a, g = sympy.symbols("x a g")
        >>> theory = Theory.from_action(a * x**2 / 2 + g * x**4 / 24, [x])
        >>> theory.propagators[0].value, theory.vertices[0].coupling
        (1/a, -g)
        >>> Theory.from_action(x**2 / 2 + g * x**3 / 6, [x], background={x: 2}).vertices[0]
        Vertex(name='x1', legs=mappingproxy({'x': 1}), coupling=-2*g - 2, ...)
        >>> bar, psi = sympy.symbols("bar psi", commutative=False)
        >>> both = [Field("bar", statistics="grassmann"), Field("psi", statistics="grassmann")]
        >>> Theory.from_action(x**2 / 2 + bar * (a + g * x) * psi, [x, *both]).propagators[1]
        Propagator(first='psi', second='bar', name='C_psi_bar', directed=True, value=1/a)
        """
        return cls(*parts_of_action(action, fields, background, degree, small))

    @classmethod
    def from_cumulants(
        cls,
        cumulants: Mapping[Any, Any],
        propagators: Sequence[Propagator] | None = None,
        *,
        orders: Mapping[Any, Mapping[str, int]] | None = None,
    ) -> Theory:
        r"""The theory whose vertices are the cumulants of random functions: non-local, a point for every leg.

        A weight exp(-S_0 + sum_n kappa_n phi^n/n!), which is what averaging exp(f phi) over a random f gives.
        `cumulants`: coupling by the fields of its legs, a tuple of names (any sequence of them: ("phi",
        "chi", "phi")), or a number of legs of the one field "phi". Zeros give no vertex. `propagators`:
        default, every field with itself. `orders`: power of the small parameters, by the same keys (default:
        {"vertices": 1}). TheoryError for keys or couplings that are none of this.

        >>> theory = Theory.from_cumulants({3: sympy.Symbol("k3"), ("phi",) * 4: sympy.Symbol("k4")})
        >>> [(v.name, v.degree, v.local) for v in theory.vertices]
        [('phi3', 3, False), ('phi4', 4, False)]
        """
        return cls(*parts_of_cumulants(cumulants, propagators, orders))

    def effective_action(self, loops: int = 1, most_loops: int = 7) -> EffectiveAction:
        r"""The effective action to `loops` loops: S + 1/2 log det S'' - (1PI vacuum diagrams).

        At the background, that of `Theory.from_action(..., background=...)`. Vertices with one leg are
        dropped, as the Legendre transform does. The integral over each field is divided by sqrt(2 pi).
        Counterterms count for their loops. TheoryError for vertices with two legs that are no counterterms,
        if the action was not expanded to the degree needed, twice the loops, and for more than `most_loops`:
        each loop more has up to ten times the diagrams. Jackiw, Phys. Rev. D 9 (1974) 1686.

        >>> x, m, g, v = sympy.symbols("x m g v")
        >>> theory = Theory.from_action(m * x**2 / 2 + g * x**3 / 6, [x], background={x: v})
        >>> for contribution in theory.effective_action(loops=2).contributions:
        ...     print(contribution)
        v**2*(g*v + 3*m)/6
        log(g*v + m)/2
        -g**2/(12*(g*v + m)**3)
        """
        found: EffectiveAction = import_module("diagrams.effective_action").effective_action(
            self, loops, most_loops
        )
        return found

    def with_counterterms(self, counterterms: Mapping[Any, Any], by: str = "loops") -> Theory:
        r"""This theory with counterterms: more vertices, each of them of an order of its own.

        `counterterms`: coupling by the fields of the legs, as a tuple of names, or by the number of legs if
        there is one field; instead of the coupling also {order: coupling}, one vertex for each order
        (default: order 1). `by`: what the order counts, "loops" or a small parameter, so that `generate`
        takes a counterterm of order 1 for a one-loop diagram. As in `Vertex`, a coupling d is a term
        d phi^n/n! of -S. Zeros give no vertex. TheoryError for unknown fields, orders below 1, and couplings
        that are no scalars.

        >>> theory = Theory.scalar({4: -sympy.Symbol("g")}).with_counterterms({2: sympy.Symbol("delta")})
        >>> theory.vertices[1]
        Vertex(name='counter_phi2', legs=mappingproxy({'phi': 2}), coupling=delta, orders=..., local=True)
        >>> from diagrams.generation.generator import generate
        >>> [d.weight for d in generate(theory, ("phi", "phi"), 1)]
        [delta, -g/2]
        """
        if not isinstance(by, str) or not by or by == "vertices":
            raise TheoryError(f"by must be 'loops' or the name of a small parameter (got {shown(by)})")
        require_mapping("counterterms", counterterms, "couplings by fields of the legs")
        added = []
        for key, value in counterterms.items():
            names = [f.name for f in self.fields]
            if isinstance(key, int) and len(names) != 1:
                raise TheoryError(
                    f"counterterms of the fields {names} must go by their names (got {shown(key)})"
                )
            legs = legs_of("counterterms", key, *names[:1])
            name = f"counter_{vertex_name(legs)}"
            if self.grassmann and not isinstance(key, int):  # the order of factors counts
                legs = tuple((each, dict(legs)[each]) for each in dict.fromkeys(key))
            several = isinstance(value, Mapping)
            for order, coupling in (value if several else {1: value}).items():
                if isinstance(order, bool) or not isinstance(order, int) or order < 1:
                    raise TheoryError(
                        f"order of counterterm {shown(key)} must be an integer >= 1 (got {shown(order)})"
                    )
                own = f"{name}_{order}" if several else name
                try:
                    vertex = Vertex(own, dict(legs), coupling, {"vertices": 1, by: order})
                except TheoryError as error:
                    raise TheoryError(f"counterterms: {error}") from None
                added += [vertex] if vertex.coupling != 0 else []
        return replace(self, vertices=(*self.vertices, *added))


def require_theory(theory: Any) -> None:
    """TheoryError unless this is a `Theory`."""
    require_instance("theory", theory, Theory, "a Theory, such as diagrams.built_in_theory('phi4')")
