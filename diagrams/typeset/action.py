"""The action of a theory in LaTeX."""

from __future__ import annotations

import sympy

from diagrams.rules import name_latex, vertex_latex
from diagrams.theories.constituents import Vertex
from diagrams.theories.theory import Theory
from diagrams.typeset.equation import Term


def field_latex(theory: Theory, name: str) -> str:
    """A field in formulas: its `latex`, or its name."""
    given = {f.name: f.latex for f in theory.fields}[name]
    return given or name_latex(name)


def action_terms(theory: Theory) -> tuple[Term, ...]:
    r"""The terms of the action S; the quadratic part through the propagator if there is one field.

    >>> action_terms(Theory.scalar({4: -sympy.Symbol("g")}))[1].formula
    'g \\int \\mathrm{d}y\\; \\frac{\\phi(y)^{4}}{4!}'
    """
    return (Term(_quadratic(theory)), *(Term(_interaction(theory, vertex)) for vertex in theory.vertices))


def legs_latex(theory: Theory, vertex: Vertex) -> str:
    """The product of the fields at a vertex."""
    parts = []
    for name, count in vertex.legs.items():
        power = f"^{{{count}}}" if count > 1 else ""
        parts.append(f"{{{field_latex(theory, name)}}}{power}")
    return r"\,".join(parts)


def cumulant_latex(vertex: Vertex) -> str:
    """The function of a vertex that is not local, of the points of its legs."""
    points = ",".join(f"y_{{{k}}}" for k in range(1, vertex.degree + 1))
    return rf"{vertex_latex(vertex)}({points})"


def _quadratic(theory: Theory) -> str:
    propagators = theory.propagators
    if len(propagators) == len(theory.fields) == 1 and not propagators[0].directed:
        field, line = field_latex(theory, theory.fields[0].name), name_latex(propagators[0].symbol)
        ends = r"\mathrm{d}y\,\mathrm{d}y'"
        return rf"\tfrac{{1}}{{2}} \int {ends}\; {field}(y)\,{line}^{{-1}}(y,y')\,{field}(y')"
    return rf"S_0[{','.join(field_latex(theory, f.name) for f in theory.fields)}]"


def _interaction(theory: Theory, vertex: Vertex) -> str:
    coupling = -vertex.coupling
    front = str(sympy.latex(coupling))
    if coupling.is_Add:
        front = rf"\left({front}\right)"
    front = {"1": "", "-1": "-"}.get(front, front)
    if vertex.local:
        points, measure = ["y"] * vertex.degree, r"\mathrm{d}y"
    else:
        points = [f"y_{{{k}}}" for k in range(1, vertex.degree + 1)]
        measure = r"\,".join(rf"\mathrm{{d}}{point}" for point in points)
        front += rf" {cumulant_latex(vertex)}"
    at, product = iter(points), []
    for name, count in vertex.legs.items():
        field = field_latex(theory, name)
        if vertex.local:
            ends = f"{field}(y)" + (f"^{{{count}}}" if count > 1 else "")
        else:
            ends = r"\,".join(f"{field}({next(at)})" for _ in range(count))
        product.append(rf"\frac{{{ends}}}{{{count}!}}" if count > 1 else ends)
    return rf"{front} \int {measure}\; {' '.join(product)}".strip()
