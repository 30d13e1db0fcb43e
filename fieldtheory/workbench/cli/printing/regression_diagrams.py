"""Expansions of GP regression as text, LaTeX, JSON and Python."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from fieldtheory.counted import counted
from fieldtheory.workbench.records import json_text

if TYPE_CHECKING:
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
    alike = Counter((str(d.weight), str(d.value)) for d in expansion)
    rows = [("count", "weight", "value" + power.get(expansion.quantity, ""))]
    rows += [(str(number), *pair) for pair, number in alike.items()]
    widths = [max(len(row[k]) for row in rows) for k in range(2)]
    lines += [f"{n:>{widths[0]}}  {w:<{widths[1]}}  {value}" for n, w, value in rows] if alike else []
    return "\n".join([*lines, "", f"sum: {expansion.expression}", _LEGEND])


def latex(expansion: ReplicaExpansion, head: dict[str, Any]) -> str:
    """The sum as an equation."""
    return expansion.latex()


def json(expansion: ReplicaExpansion, head: dict[str, Any]) -> str:
    """Everything, for machines."""
    found = [_entry(diagram) for diagram in expansion]
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
