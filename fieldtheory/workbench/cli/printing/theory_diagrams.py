"""Expansions of any perturbation theory as text, LaTeX, JSON and Python."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING, Any

from fieldtheory.counted import counted
from fieldtheory.workbench.records import json_text

if TYPE_CHECKING:
    from diagrams.diagram import Diagram
    from diagrams.expansion import Expansion
    from diagrams.theories.theory import Theory


def text(expansion: Expansion, summary: dict[str, Any]) -> str:
    """A line for each diagram: its number, symmetry factor, weight, integrand."""
    from diagrams.rules import integrand_text

    count = counted(len(expansion), "diagram")
    points = ", ".join(summary["external"]) or "none"
    lines = [f"{summary['theory']}, external points: {points}, {summary['order']}: {count}"]
    lines += [f"{name} = {value}" for name, value in summary.get("propagators", {}).items()]
    lines += [summary["vanishes"]] if "vanishes" in summary else []
    rows: list[tuple[str, ...]] = []
    for diagram, weight in expansion.items():
        found = str(diagram.symmetry_factor), str(weight), integrand_text(diagram)
        rows.append((str(len(rows) + 1), *found))
    if rows:
        rows.insert(0, ("row", "symmetry", "weight", "integrand"))
    widths = [max(len(row[k]) for row in rows) for k in range(3)] if rows else []
    return "\n".join(
        lines + [f"{n:>{widths[0]}}  {a:<{widths[1]}}  {b:<{widths[2]}}  {c}".rstrip() for n, a, b, c in rows]
    )


def latex(expansion: Expansion, summary: dict[str, Any]) -> str:
    """The sum as an equation that breaks its lines at terms."""
    from diagrams.typeset.equation import align

    note = f"% {summary['vanishes']}\n" if "vanishes" in summary else ""
    return note + align(expansion.terms())


def tex(expansion: Expansion, summary: dict[str, Any], theory: Theory) -> str:
    """A document to compile: action, rules, pictures beside their terms, symbols, sum."""
    from diagrams.typeset.action import action_terms
    from diagrams.typeset.document import Entry, Symbol, document, theory_symbols
    from diagrams.typeset.equation import align

    terms = expansion.terms()
    points = ", ".join(summary["external"]) or "none"
    return document(
        f"{summary['theory']}: external points {points}, {summary['order']}",
        theory,
        action=align(action_terms(theory), "S", separate=True),
        entries=[
            Entry(str(number), diagram, (term._replace(rows=()),))
            for number, (diagram, term) in enumerate(zip(expansion, terms, strict=True), start=1)
        ],
        symbols=[*theory_symbols(theory), Symbol("G", "the sum of these diagrams, each with its number")],
        total=align(terms, "G", separate=True),
    )


def json(expansion: Expansion, summary: dict[str, Any]) -> str:
    """Everything, for machines."""
    found = [
        {"number": str(number), **_entry(diagram, str(weight))}
        for number, (diagram, weight) in enumerate(expansion.items(), start=1)
    ]
    whole = {"expression": str(expansion.expression), "latex": expansion.latex()}
    return json_text(summary | {"diagrams": found} | whole)


def _entry(diagram: Diagram, weight: str) -> dict[str, Any]:
    """Nodes of the edges: external points first, then the vertices; with the propagator's symbol."""
    from diagrams import rules

    theory = diagram.theory
    return {
        "symmetry_factor": str(diagram.symmetry_factor),
        "weight": weight,
        "external": list(diagram.external),
        "vertices": [theory.vertices[v].name for v in diagram.vertices],
        "edges": [[i, j, theory.propagators[p].symbol] for i, j, p in diagram.edges],
        "loops": diagram.loops,
        "expression": str(rules.expression(diagram)),
        "latex": rules.latex(diagram),
    }


def python(expansion: Expansion, summary: dict[str, Any]) -> str:
    """A script that defines `expression`; names that Python or another line takes get underscores."""
    import sympy
    from sympy.core.function import AppliedUndef

    whole = expansion.expression
    taken = {"expression", "PointIntegral", "Function", "S", "Symbol", *keyword.kwlist}
    lines, functions, symbols = [], {}, {}

    def variable(name: str) -> str:
        while name in taken:
            name += "_"
        taken.add(name)
        return name

    for name in sorted({call.func.__name__ for call in whole.atoms(AppliedUndef)}):
        functions[name] = variable(name)
        lines.append(f"{functions[name]} = Function({name!r})")
    for symbol in sorted(whole.atoms(sympy.Symbol), key=str):
        symbols[symbol] = sympy.Symbol(variable(symbol.name))
        lines.append(f"{symbols[symbol]} = Symbol({symbol.name!r})")
    renamed = whole.replace(
        lambda e: isinstance(e, AppliedUndef), lambda e: sympy.Function(functions[e.func.__name__])(*e.args)
    ).xreplace(symbols)
    terms = [sympy.sstr(t, sympy_integers=_has_bare_fraction(t)) for t in sympy.Add.make_args(renamed)]
    head = [f"# {summary['theory']}, external points {summary['external']}, {summary['order']}"]
    head += [f"# {summary['vanishes']}"] if "vanishes" in summary else []
    head += ["from sympy import Function, S, Symbol", "", "from diagrams.rules import PointIntegral", ""]
    body = ["", "expression = (", *(f"    {'' if k == 0 else '+ '}{t}" for k, t in enumerate(terms)), ")"]
    return "\n".join([*head, *lines, *body])


def _has_bare_fraction(term: Any) -> bool:
    """Whether Python would read a part of it, such as the 1/2 in g + 1/2, as a float."""
    import sympy

    whole = sympy.Tuple(term)
    nodes = (node for node in sympy.preorder_traversal(whole) if isinstance(node, sympy.Basic))
    parts = (part for node in nodes if not isinstance(node, sympy.Mul) for part in node.args)
    return any(isinstance(part, sympy.Rational) and not part.is_Integer for part in parts)
