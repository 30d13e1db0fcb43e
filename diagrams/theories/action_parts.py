r"""The parts of a theory whose action is a function of numbers, by differentiation around a background.

The weight is exp(-S). Around the background b, S(b + phi) = S(b) + S_i phi_i + S_ij phi_i phi_j / 2 + ...:
the inverse of the matrix S_ij is the covariance, whose entries are the values of the propagators, every
higher derivative a vertex with coupling -S_{ij...k}, and a non-zero S_i a vertex with one leg. Grassmann
fields are 0 in the background, and S_ij = -S_ji where i and j are such fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations_with_replacement
from typing import Any, NamedTuple

import sympy

from diagrams.arguments import TheoryError, require_entries, require_mapping, require_scalar
from diagrams.theories.constituents import Field, Propagator, Vertex
from diagrams.theories.grassmann_terms import Monomial, grassmann_terms
from diagrams.theories.paired_fields import has_minus_in_front, partners, tied_groups
from fieldtheory.arguments import require_shallow
from fieldtheory.shown_value import shown

Legs = tuple[int, ...]  # number of legs by position of the field


class ActionParts(NamedTuple):
    """The constituents of a theory, in the order in which `Theory` takes them."""

    fields: tuple[Field, ...]
    propagators: tuple[Propagator, ...]
    vertices: tuple[Vertex, ...]
    background: Mapping[str, sympy.Expr]
    constant: sympy.Expr
    degree: int | None


def parts_of_action(
    action: sympy.Expr,
    fields: Sequence[sympy.Symbol | Field],
    background: Mapping[Any, Any] | None = None,
    degree: int | None = None,
    small: Sequence[sympy.Symbol] = (),
) -> ActionParts:
    """Fields, propagators with their values, vertices, background, constant; see `Theory.from_action`.

    >>> x, a, g = sympy.symbols("x a g")
    >>> parts = parts_of_action(a * x**2 / 2 + g * x**4 / 24, [x])
    >>> parts.propagators[0].value, parts.vertices[0].coupling
    (1/a, -g)
    """
    known, symbols = _fields(action, fields)
    point = _background({} if background is None else background, known, symbols)
    parameters = require_entries("small", small, "SymPy symbols")
    for parameter in parameters:
        if not isinstance(parameter, sympy.Symbol) or parameter in symbols:
            raise TheoryError(f"small must be symbols that are no fields (got {shown(parameter)})")
        if parameter.name in ("vertices", "loops"):
            raise TheoryError(
                "small must be symbols with other names than 'vertices' and 'loops', which count these "
                f"(got {parameter!r}): rename it"
            )
    if len({parameter.name for parameter in parameters}) < len(parameters):
        raise TheoryError(f"small must be symbols with different names (got {list(parameters)})")
    if degree is not None and (isinstance(degree, bool) or not isinstance(degree, int) or degree < 2):
        raise TheoryError(f"degree must be an integer >= 2 (got {shown(degree)})")
    quadratic = sympy.zeros(len(symbols))
    vertices: list[Vertex] = []
    constant = sympy.Integer(0)
    terms = grassmann_terms(action, [s for s in symbols if not s.is_commutative])
    for legs, derivative in _all_derivatives(terms, symbols, point, degree):
        for orders, part in _by_orders(derivative, parameters):
            total = sum(legs)
            if total == 0:
                constant -= part * sympy.Mul(*(s**n for s, n in zip(parameters, orders, strict=True)))
            elif total == 2 and not any(orders):
                i, j = (k for k, n in enumerate(legs) for _ in range(n))
                quadratic[i, j], quadratic[j, i] = part, -part if known[i].anticommutes else part
            else:
                vertices.append(_vertex(known, legs, -part, parameters, orders))
    covariance = _covariance(quadratic, known)
    directed = _turned(covariance, known)
    propagators = tuple(
        Propagator(first, second, propagator_name(known, first, second), (first, second) in directed, value)
        for (first, second), value in covariance.items()
    )
    values = {f.name: value for f, value in zip(known, point, strict=True)}
    complete = _is_complete(terms, [s for s in symbols if s.is_commutative], degree)
    return ActionParts(known, propagators, tuple(vertices), values, constant, None if complete else degree)


def _fields(
    action: Any, fields: Sequence[sympy.Symbol | Field]
) -> tuple[tuple[Field, ...], tuple[sympy.Symbol, ...]]:
    if not isinstance(action, sympy.Expr):
        raise TheoryError(f"action must be a SymPy scalar (got {shown(action)})")
    require_shallow("action", action, TheoryError)
    known: list[Field] = []
    symbols: list[sympy.Symbol] = []
    for each in require_entries("fields", fields, "SymPy symbols or Field objects, such as `[x]`"):
        if isinstance(each, Field):
            default = sympy.Symbol(each.name, commutative=not each.anticommutes)
            found = [s for s in action.free_symbols if s.name == each.name] or [default]
            if len(found) > 1:
                raise TheoryError(f"action has several symbols called {each.name!r}: give the symbol itself")
            known.append(each)
            symbols.append(found[0])
        elif isinstance(each, sympy.Symbol):
            known.append(Field(each.name, sympy.latex(each)))
            symbols.append(each)
        else:
            raise TheoryError(f"fields must be SymPy symbols or Field (got {shown(each)})")
    for each, symbol in zip(known, symbols, strict=True):
        if each.anticommutes and symbol.is_commutative:
            raise TheoryError(
                f"symbol of the Grassmann field {each.name!r} must not commute, so that the action keeps the "
                f"order of its factors (got one that does): "
                f'write {each.name} = sympy.Symbol("{each.name}", commutative=False)'
            )
        if not each.anticommutes and not symbol.is_commutative:
            raise TheoryError(
                f"field {each.name!r} must commute or be a Grassmann field (got a symbol that does not "
                f'commute): give Field("{each.name}", statistics="grassmann")'
            )
    if not symbols or len(set(symbols)) < len(symbols):
        raise TheoryError(f"fields must be one or more different ones (got {[f.name for f in known]})")
    return tuple(known), tuple(symbols)


def _background(
    background: Mapping[Any, Any], known: tuple[Field, ...], symbols: tuple[sympy.Symbol, ...]
) -> tuple[sympy.Expr, ...]:
    values = dict.fromkeys(symbols, sympy.Integer(0))
    by_name = {f.name: symbol for f, symbol in zip(known, symbols, strict=True)}
    require_mapping("background", background, "values by field, symbol or name")
    for key, value in background.items():
        symbol = by_name.get(key, key) if isinstance(key, str) else key
        if not isinstance(symbol, sympy.Symbol) or symbol not in values:
            raise TheoryError(f"background must be of the fields {sorted(by_name)} (got {shown(key)})")
        values[symbol] = require_scalar(f"background of {symbol}", value)
        if values[symbol].has(*symbols):
            raise TheoryError(f"background of {symbol} must be a scalar without fields (got {shown(value)})")
        if not symbol.is_commutative and values[symbol] != 0:
            raise TheoryError(f"background of the Grassmann field {symbol} must be 0 (got {shown(value)})")
    return tuple(values.values())


def _all_derivatives(
    terms: Mapping[Monomial, sympy.Expr],
    symbols: tuple[sympy.Symbol, ...],
    point: tuple[sympy.Expr, ...],
    degree: int | None,
) -> Iterator[tuple[Legs, sympy.Expr]]:
    """All derivatives that do not vanish, by legs of each field: one or none of a Grassmann field."""
    commuting = [k for k, s in enumerate(symbols) if s.is_commutative]
    grassmann = [k for k, s in enumerate(symbols) if not s.is_commutative]
    here = tuple(symbols[k] for k in commuting), tuple(point[k] for k in commuting)
    found = []
    for monomial, coefficient in terms.items():
        left = None if degree is None else degree - len(monomial)
        if left is not None and left < 0:
            continue
        outer = [grassmann[place] for place in monomial]
        for legs, value in _derivatives(coefficient, *here, left):
            count = dict(zip(commuting, legs, strict=True)) | dict.fromkeys(outer, 1)
            found.append((tuple(count.get(k, 0) for k in range(len(symbols))), value))
    yield from sorted(found, key=lambda each: _rank(each[0])) if grassmann else found


def _is_complete(
    terms: Mapping[Monomial, sympy.Expr], symbols: Sequence[sympy.Symbol], degree: int | None
) -> bool:
    """Whether the derivatives up to this degree are all there are."""
    if not all(coefficient.is_polynomial(*symbols) for coefficient in terms.values()):
        return False
    return degree is None or all(
        len(monomial) + (sympy.Poly(value, *symbols).total_degree() if symbols else 0) <= degree
        for monomial, value in terms.items()
    )


def _derivatives(
    action: sympy.Expr, symbols: tuple[sympy.Symbol, ...], point: tuple[sympy.Expr, ...], degree: int | None
) -> Iterator[tuple[Legs, sympy.Expr]]:
    """All derivatives that do not vanish, by number of legs of each field."""
    if not symbols:
        yield (), _tidy(action)
        return
    if action.is_polynomial(*symbols):
        shifted = action.subs(
            dict(zip(symbols, map(sympy.Add, symbols, point), strict=True)), simultaneous=True
        )
        for legs, coefficient in sorted(
            sympy.Poly(shifted, *symbols).terms(), key=lambda term: _rank(term[0])
        ):
            if degree is None or sum(legs) <= degree:
                value = _tidy(coefficient * sympy.Mul(*map(sympy.factorial, legs)))
                if value != 0:
                    yield legs, value
        return
    if degree is None:
        raise TheoryError("degree must be given for an action that is no polynomial (got None)")
    here = dict(zip(symbols, point, strict=True))
    derived = {(0,) * len(symbols): action}
    for total in range(degree + 1):
        for chosen in combinations_with_replacement(range(len(symbols)), total):
            legs = tuple(chosen.count(k) for k in range(len(symbols)))
            if total:
                last = chosen[-1]
                fewer = tuple(n - (k == last) for k, n in enumerate(legs))
                derived[legs] = sympy.diff(derived[fewer], symbols[last])
            value = _tidy(derived[legs].subs(here))
            if value.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
                raise TheoryError(f"action must be smooth at the background (derivative {legs} is {value})")
            if value != 0:
                yield legs, value


def _rank(legs: Legs) -> tuple[int, Legs]:
    return sum(legs), tuple(-n for n in legs)


def _tidy(value: sympy.Expr) -> sympy.Expr:
    """Simplified where that may be what shows it to be zero, as at a saddle."""
    if value.is_number or value.is_Add:
        return sympy.simplify(value)
    return value


def _by_orders(
    value: sympy.Expr, small: tuple[sympy.Symbol, ...]
) -> Iterator[tuple[tuple[int, ...], sympy.Expr]]:
    """The coefficient of each product of powers of the small parameters."""
    if not small or not value.has(*small):
        yield (0,) * len(small), value
        return
    if not value.is_polynomial(*small):
        raise TheoryError(f"action must be a polynomial in the small parameters {list(small)} (got {value})")
    yield from reversed(sympy.Poly(value, *small).terms())


def _vertex(
    known: tuple[Field, ...],
    legs: Legs,
    coupling: sympy.Expr,
    small: tuple[sympy.Symbol, ...],
    orders: tuple[int, ...],
) -> Vertex:
    by_field = {f.name: n for f, n in zip(known, legs, strict=True) if n}
    powers = {s.name: n for s, n in zip(small, orders, strict=True) if n}
    name = vertex_name(by_field.items()) + "".join(f"_{s}{n}" for s, n in powers.items())
    weight = coupling * sympy.Mul(*(s**n for s, n in zip(small, orders, strict=True)))
    return Vertex(name, by_field, weight, {"vertices": 1} | powers)


def vertex_name(legs: Iterable[tuple[str, int]]) -> str:
    """The fields of the legs and how many of each.

    >>> vertex_name([("phi", 2), ("chi", 1)])
    'phi2_chi1'
    """
    return "_".join(f"{name}{n}" for name, n in legs)


def propagator_name(fields: Sequence[Field], first: str, second: str) -> str:
    """C for one field, C_ and the fields for several.

    >>> propagator_name([Field("phi"), Field("chi")], "phi", "chi")
    'C_phi_chi'
    """
    return "C" if len(fields) == 1 else "_".join(["C", *dict.fromkeys((first, second))])


def _covariance(quadratic: sympy.Matrix, known: tuple[Field, ...]) -> dict[tuple[str, str], sympy.Expr]:
    try:
        inverse = quadratic.inv()
    except ValueError:
        raise TheoryError(
            f"action must have a quadratic part that can be inverted (got {quadratic.tolist()})"
        ) from None
    found = {}
    for i, first in enumerate(known):
        for j in range(i, len(known)):
            value = sympy.cancel(inverse[i, j]) if inverse[i, j].is_Add else sympy.simplify(inverse[i, j])
            if value != 0:
                found[first.name, known[j].name] = value
    return found


def _turned(covariance: dict[tuple[str, str], sympy.Expr], known: Sequence[Field]) -> set[tuple[str, str]]:
    """The propagators of Grassmann pairs, turned so that most have no minus sign: <psi psibar> = 1/m."""
    names = [f.name for f in known if f.anticommutes]
    lines = [pair for pair in covariance if pair[0] in names]
    turned = set()
    for group in tied_groups(names, lines):
        own = [pair for pair in lines if pair[0] in group]
        second = partners(group, own)
        if not second:
            continue
        values = {p: -covariance[p] if p[0] in second else covariance[p] for p in own}
        minus = 2 * sum(map(has_minus_in_front, values.values())) > len(own)
        for pair, value in values.items():
            del covariance[pair]
            first, last = pair[::-1] if (pair[0] in second) != minus else pair
            covariance[first, last] = -value if minus else value
            turned.add((first, last))
    return turned
