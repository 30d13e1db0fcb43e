r"""A diagram as TikZ, for a document that loads tikz-feynman and nothing else (Ellis, arXiv:1601.05437)."""

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
    loops = [line for line in layout.lines if line.edge[0] == line.edge[1]]
    edges = [line for line in layout.lines if line.edge[0] != line.edge[1]]
    return "\n".join(
        [
            r"\begin{tikzpicture}",
            r"  \begin{feynman}",
            *_vertices(diagram, layout),
            r"    \diagram* {",
            *(f"      {_edge(diagram, line)}," for line in edges),
            r"    };",
            *(f"    {_loop(diagram, line, layout.height)}" for line in loops),
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
            name, side = names[node], "left" if layout.labels[node].centre.x < x else "right"
            symbol = latex[name] or rf"\textnormal{{{escaped(name)}}}"
            label = rf"label={side}:{{\({symbol}_{{{node + 1}}}\)}}"
            lines.append(rf"    \vertex [{label}] {place};")
        else:
            dot = DOTS[diagram.vertices[node - outer] % len(DOTS)]
            lines.append(rf"    \vertex [{dot}] {place} {{}};")
    return lines


def _edge(diagram: Diagram, line: Line) -> str:
    i, j, p = line.edge
    if diagram.amputated and min(i, j) < len(diagram.external):
        return f"(n{i}) -- [plain, gray, dotted] (n{j})"
    start, end = (j, i) if diagram.theory.propagators[p].directed else (i, j)
    style = _style(diagram, p)
    if line.angle:
        left = line.angle if start == i else -line.angle
        style.append(f"bend {'left' if left > 0 else 'right'}={abs(left):.0f}")
    return f"(n{start}) -- [{', '.join(style)}] (n{end})"


def _loop(diagram: Diagram, line: Line, height: float) -> str:
    r"""The circle of the SVG as a path of its own: `\diagram*` draws no edge from a node to itself."""
    node, _, p = line.edge
    path = [f"({x:.3f}, {height - y:.3f})" for x, y in line.path]
    if diagram.theory.propagators[p].directed:  # the arrow runs as in the SVG
        path.reverse()
    path[0] = path[-1] = f"(n{node})"
    arcs = [f".. controls {path[k]} and {path[k + 1]} .. {path[k + 2]}" for k in range(1, len(path) - 1, 3)]
    return rf"\draw [{', '.join(_style(diagram, p))}] {path[0]} {' '.join(arcs)};"


def _style(diagram: Diagram, propagator: int) -> list[str]:
    directed = diagram.theory.propagators[propagator].directed
    colour = [COLOURS[propagator % len(COLOURS)]] if propagator else []
    return ["fermion" if directed else "plain", *colour]


def escaped(text: str) -> str:
    """Text with the characters that LaTeX reserves written out."""
    return "".join(SPECIAL.get(c, c) for c in text)
