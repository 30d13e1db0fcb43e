r"""A diagram as TikZ, for a document with \usepackage{tikz-feynman} (Ellis, arXiv:1601.05437)."""

from __future__ import annotations

from diagrams.diagram import Diagram
from diagrams.draw.layout import Layout, Line, arrange

COLOURS = ("black", "blue", "red", "teal", "orange", "violet", "brown", "olive")
DOTS = ("dot", "empty dot", "square dot", "crossed dot")
SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    **{c: "\\" + c for c in "&%$#_{}"},
}


def to_tikz(diagram: Diagram) -> str:
    r"""A tikzpicture with fixed positions; a field's `latex` prints as it is, a bare name is escaped.

    The external legs of an amputated diagram are dotted and grey.

    >>> from diagrams import Theory, generate
    >>> print(to_tikz(next(generate(Theory.scalar({4: 1}), ("phi", "phi"), 1))).splitlines()[0])
    \begin{tikzpicture}
    """
    layout = arrange(diagram)
    edges = [f"    {_edge(diagram, line)}," for line in layout.lines]
    return "\n".join(
        [
            r"\begin{tikzpicture}",
            r"  \begin{feynman}",
            *_vertices(diagram, layout),
            r"    \diagram* {",
            *("  " + edge for edge in edges),
            r"    };",
            r"  \end{feynman}",
            r"\end{tikzpicture}",
            "",
        ]
    )


def _vertices(diagram: Diagram, layout: Layout) -> list[str]:
    outer, lines = len(diagram.external), []
    names = diagram.external_legs if diagram.amputated else diagram.external
    latex = {f.name: f.latex for f in diagram.theory.fields}
    for node, (x, y) in enumerate(layout.points):
        place = f"(n{node}) at ({x:.3f}, {layout.height - y:.3f})"
        if node < outer:
            name = names[node]
            symbol = latex[name] or rf"\text{{{escaped(name)}}}"
            lines.append(rf"    \vertex {place} {{\({symbol}_{{{node + 1}}}\)}};")
        else:
            dot = DOTS[diagram.vertices[node - outer] % len(DOTS)]
            lines.append(rf"    \vertex [{dot}] {place} {{}};")
    return lines


def _edge(diagram: Diagram, line: Line) -> str:
    i, j, p = line.edge
    if diagram.amputated and min(i, j) < len(diagram.external):
        return f"(n{i}) -- [plain, gray, dotted] (n{j})"
    directed = diagram.theory.propagators[p].directed
    style = ["fermion" if directed else "plain", *([COLOURS[p % len(COLOURS)]] if p else [])]
    start, end = (j, i) if directed else (i, j)
    if i == j:
        style.append(f"out={line.angle - 60:.0f}, in={line.angle + 60:.0f}, loop, min distance=0.9cm")
    elif line.angle:
        left = line.angle if start == i else -line.angle
        style.append(f"bend {'left' if left > 0 else 'right'}={abs(left):.0f}")
    return f"(n{start}) -- [{', '.join(style)}] (n{end})"


def escaped(text: str) -> str:
    """Text with the characters that LaTeX reserves written out."""
    return "".join(SPECIAL.get(c, c) for c in text)
