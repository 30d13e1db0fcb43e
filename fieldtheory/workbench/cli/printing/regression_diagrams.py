"""Expansions of GP regression as text, LaTeX, JSON and Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fieldtheory.counted import counted
from fieldtheory.workbench.records import json_text

if TYPE_CHECKING:
    from replicas.derivation.regression_action import GPRegressionAction
    from replicas.derivation.replica_diagram import ReplicaDiagram
    from replicas.derivation.replica_expansion import ReplicaExpansion

_LEGEND = (
    "C_l: bare line, 1/C_l = 1/lambda_l + N/sigma^2; tr(C^k) = sum_l deg(l) C_l^k; "
    "C(t) = sum_l deg(l) C_l P_l(t)"
)


def text(expansion: ReplicaExpansion, head: dict[str, Any]) -> str:
    """A table of the diagrams, those of one weight and value together, and their sum."""
    count = counted(len(expansion), "diagram")
    lines = [
        f"{head['quantity']}, order {head['order']} in 1/N, {head['ensemble']} number of points: {count}"
    ]
    power = {"mean": " / lambda_l", "error": " / lambda_l**2", "variance": " / lambda_l**2"}
    rows = [("row", "count", "weight", "value" + power.get(expansion.quantity, ""))]
    rows += [(str(r.number), str(len(r.members)), str(r.weight), str(r.value)) for r in expansion.rows]
    widths = [max(len(row[k]) for row in rows) for k in range(3)]
    lines += (
        [f"{k:>{widths[0]}}  {n:>{widths[1]}}  {w:<{widths[2]}}  {value}" for k, n, w, value in rows]
        if expansion.rows
        else []
    )
    return "\n".join([*lines, "", f"sum: {expansion.expression}", _LEGEND])


def latex(expansion: ReplicaExpansion, head: dict[str, Any]) -> str:
    """The sum as an equation that breaks its lines at terms."""
    from diagrams.typeset.equation import align

    return align(expansion.terms(), expansion.symbol)


def tex(expansion: ReplicaExpansion, head: dict[str, Any], action: GPRegressionAction) -> str:
    """A document to compile: action, rules, pictures beside their terms, symbols, sum."""
    from diagrams.typeset.document import Entry, document
    from diagrams.typeset.equation import Term, align
    from replicas.derivation.symbols import symbols_of

    entries = [
        Entry(number, each.diagram, tuple(term._replace(rows=()) for term in expansion.terms_of(each)))
        for number, each in expansion.numbered
    ]
    theory = expansion.diagrams[0].diagram.theory if expansion.diagrams else action.theory(expansion.order)
    left, right = action.latex().split("=", 1)
    return document(
        f"{head['quantity']}, order {head['order']} in 1/N, {head['ensemble']} number of points",
        theory,
        action=align([Term(right)], left.strip(), separate=True),
        entries=entries,
        symbols=symbols_of(expansion),
        total=align(expansion.terms(), expansion.symbol, separate=True),
    )


def json(expansion: ReplicaExpansion, head: dict[str, Any]) -> str:
    """Everything, for machines."""
    found = [
        {"number": number, "row": int(number.split(".")[0]), **_entry(diagram)}
        for number, diagram in zip(expansion.numbers, expansion, strict=True)
    ]
    whole = {"expression": str(expansion.expression), "latex": expansion.latex()}
    return json_text(head | {"diagrams": found} | whole)


def _entry(diagram: ReplicaDiagram) -> dict[str, Any]:
    """Nodes of the edges: external points first, then visits and points, as the picture shows them."""
    drawn = diagram.diagram
    theory = drawn.theory
    return {
        "symmetry_factor": str(diagram.symmetry_factor),
        "weight": str(diagram.weight),
        "external": list(drawn.external),
        "vertices": [theory.vertices[v].name for v in drawn.vertices],
        "edges": [[i, j, theory.propagators[p].symbol] for i, j, p in drawn.edges],
        "expression": str(diagram.expression),
        "latex": diagram.to_latex(),
    }


def python(expansion: ReplicaExpansion, head: dict[str, Any]) -> str:
    """A script that defines `expression`."""
    import sympy
    from sympy.printing.str import StrPrinter

    class Code(StrPrinter):  # type: ignore[misc]
        """Functionals as calls of their classes."""

        printmethod = "_code"

        def emptyPrinter(self, expr: Any) -> str:
            return f"{type(expr).__name__}({', '.join(map(self._print, expr.args))})"

    whole = expansion.expression
    symbols = sorted(whole.free_symbols, key=str)
    lines = [f"{symbol} = Symbol({symbol.name!r}, positive=True)" for symbol in symbols]
    names = sorted({type(part).__name__ for part in sympy.preorder_traversal(whole)})
    used = [
        name for name in names if name in ("Bridge", "DegreeSum", "FunkHecke", "SphereMean", "ZonalFunction")
    ]
    imports = ["from sympy import S, Symbol"]
    imports += ["", f"from replicas.derivation.zonal_formula import {', '.join(used)}"] if used else []
    title = f"# {head['quantity']}, order {head['order']} in 1/N, {head['ensemble']} number of points"
    terms = [
        Code({"sympy_integers": False}).doprint(term) for term in sympy.Add.make_args(sympy.expand(whole))
    ]
    body = ["expression = (", *(f"    {'' if k == 0 else '+ '}{term}" for k, term in enumerate(terms)), ")"]
    return "\n".join([title, *imports, "", *lines, "", *body])
