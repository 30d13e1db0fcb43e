"""Theories from the model files of QGRAF: fields with their propagators, vertices, and powers of couplings.

.. code-block:: text

    % comments begin with %, # or *
    [ model = 'electrodynamics' ]
    [ ph, ph, + ]
    [ e, E, - ; m = 'me' ]
    [ E, e, ph ; charge = '1' ]

P. Nogueira, J. Comput. Phys. 105, 279 (1993). A propagator [a, b, sign] is <a b>, with an arrow from b to a
unless they are one field; sign - makes them Grassmann fields. The legs of a vertex stand in the order of its
factors. The functions of a vertex that are whole numbers are its powers in small
parameters and make its coupling; a vertex without such has one of its own. Other functions are labels, and
are skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import sympy

from diagrams.arguments import TheoryError
from diagrams.theories.action_parts import vertex_name
from diagrams.theories.constituents import STATISTICS, Field, Propagator, Vertex
from diagrams.theories.symbolic_text import NAME
from diagrams.theories.theory import Theory
from fieldtheory.shown_value import shown

MAX_ENTRIES = 100  # propagators, vertices
_SIGNS = ("+", "-")
_WHOLE = re.compile(r"[+-]?[0-9]{1,3}")
_TOKEN = re.compile(r"'(?:[^'\n]|'')*'|\[|\]|[^\[\]']+|'")


def theory_of_qgraf(text: str, latex: Any = None) -> Theory:
    """The theory of a model file; TheoryError names the statement that is none, or has no meaning here.

    >>> theory = theory_of_qgraf("[phi, phi, +] [phi, phi, phi, phi; g='1']")
    >>> print(theory)
    fields: phi
    propagators:
      <phi phi> = C
    terms of -S_int:
      phi4: g phi^4/4!, order 1 in g
    """
    fields: list[str] = []
    statistics: dict[str, str] = {}
    propagators: list[Propagator] = []
    vertices: list[Vertex] = []
    for statement in _statements(text):
        if "=" in statement.names[0]:
            continue  # a constant of the model: its name, say
        if len(statement.names) > 2 and statement.names[2] in _SIGNS:
            if vertices:
                statement.refuse("a propagator must stand before the vertices")
            propagators.append(_propagator(statement))
            found = dict.fromkeys((propagators[-1].first, propagators[-1].second))
            for name in found:
                if name in fields:
                    statement.refuse(f"field {name!r} must have one propagator (got another)")
            fields += found
            statistics |= dict.fromkeys(found, STATISTICS[statement.names[2] == "-"])
        else:
            vertices.append(_vertex(statement, statistics, {vertex.name for vertex in vertices}))
        if max(len(propagators), len(vertices)) > MAX_ENTRIES:
            raise TheoryError(f"a model must have at most {MAX_ENTRIES} propagators and vertices (got more)")
    if not propagators:
        raise TheoryError("a model must have a propagator, such as [phi, phi, +] (got none)")
    named = [Field(name, latex(name) if latex else "", statistics[name]) for name in fields]
    return Theory(tuple(named), tuple(propagators), tuple(vertices))


@dataclass(frozen=True)
class _Statement:
    """What stands between brackets: names before the semicolon, functions by name after it."""

    line: int
    text: str
    names: list[str]
    functions: dict[str, str]

    def refuse(self, why: str) -> NoReturn:
        raise TheoryError(f"line {self.line}: {why}, in {shown(self.text)}")


def _statements(text: str) -> Iterator[_Statement]:
    """The statements of a text without its comments."""
    lines = ["" if line.lstrip()[:1] in ("%", "#", "*") else line for line in text.split("\n")]
    inside, line, start = False, 1, 1
    parts: list[str] = []
    for token in _TOKEN.findall("\n".join(lines)):
        if token in ("[", "]"):
            if (token == "[") == inside:
                raise TheoryError(f"line {line}: brackets must come in pairs (got {token!r})")
            if inside:
                yield _statement(start, parts)
            inside, parts, start = not inside, [], line
        elif inside:
            parts.append(token)
        elif token.strip():
            raise TheoryError(f"line {line}: statements must stand in brackets (got {shown(token.strip())})")
        line += token.count("\n")
    if inside:
        raise TheoryError(f"line {start}: brackets must come in pairs (got '[' alone)")


def _statement(line: int, parts: list[str]) -> _Statement:
    whole = " ".join("".join(parts).split())
    head: list[str] = [""]
    tail: list[str] = []
    for part in parts:
        if part.startswith("'"):
            (tail or head)[-1] += part
            continue
        for piece in re.split(r"([,;])", part):
            if piece == ";":
                tail = tail + [""] if tail else [""]
            elif piece == ",":
                (tail or head).append("")
            else:
                (tail or head)[-1] += piece
    names = [" ".join(name.split()) for name in head]
    functions = {}
    for each in tail:
        key, equals, value = each.partition("=")
        if each.strip() and not equals:
            raise TheoryError(f"line {line}: functions must be name = 'value' (got {shown(each.strip())})")
        if each.strip():
            functions[key.strip()] = value.strip().strip("'").strip()
    return _Statement(line, f"[{whole}]", names, functions)


def _name(statement: _Statement, name: str) -> str:
    if not NAME.fullmatch(name):
        statement.refuse(
            f"fields must be names of at most 40 letters, digits and _, a letter first (got {shown(name)})"
        )
    return name


def _propagator(statement: _Statement) -> Propagator:
    first, second = (_name(statement, name) for name in statement.names[:2])
    for option in statement.names[3:]:
        remedy = {
            "external": "leave the field out, or give it a propagator",
            "notadpole": "take it out, and leave out all tadpoles with generate(..., tadpoles=False)",
        }.get(option, "take it out")
        statement.refuse(f"option {option!r} of a propagator has no meaning here: {remedy}")
    return Propagator(first, second, "C" if first == second else "S", directed=first != second)


def _vertex(statement: _Statement, statistics: Mapping[str, str], taken: set[str]) -> Vertex:
    legs: dict[str, int] = {}
    for name in statement.names:
        if _name(statement, name) not in statistics:
            statement.refuse(
                f"legs must be of the fields with propagators, {', '.join(statistics)} (got {name!r})"
            )
        legs[name] = legs.get(name, 0) + 1
    name = vertex_name(sorted(legs.items()))
    name = next(
        new for k in range(1, MAX_ENTRIES + 2) if (new := name if k == 1 else f"{name}_{k}") not in taken
    )
    orders = {"vertices": 1}
    for key, value in statement.functions.items():
        if _WHOLE.fullmatch(value):
            if int(value) < 0:
                statement.refuse(f"power of {key!r} must not be negative (got {value})")
            if key in orders or key == "loops":
                statement.refuse(
                    f"{key!r} must not be the name of a power: vertices and loops are counted anyway"
                )
            orders[_name(statement, key)] = int(value)
    powers = [sympy.Symbol(key) ** n for key, n in orders.items() if key != "vertices"]
    coupling = sympy.Mul(*powers) if len(orders) > 1 else sympy.Symbol(f"g_{name}")
    return Vertex(name, legs, coupling, orders)
