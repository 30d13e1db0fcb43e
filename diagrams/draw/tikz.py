r"""A diagram as TikZ, for a document that loads tikz-feynman and nothing else (Ellis, arXiv:1601.05437)."""

from __future__ import annotations

import re
import unicodedata

from diagrams.diagram import Diagram
from diagrams.draw.layout import Layout, Line, arrange
from diagrams.theories.theory import Theory

COLOURS = ("black", "blue", "red", "teal", "orange", "violet", "brown", "olive")
DOTS = (
    "dot",
    "empty dot",
    "square dot",
    "crossed dot",
    "dot, fill=orange",
    "square dot, fill=white",
    "dot, fill=cyan",
    "square dot, fill=orange",
    "dot, fill=magenta",
    "square dot, fill=cyan",
    "dot, fill=green",
    "square dot, fill=magenta",
)
SPECIAL = {
    "\\": r"\textbackslash{}",
    "\n": " ",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    **{c: "\\" + c for c in "&%$#_{}"},
}

LETTERS = ("GAMMA", "DELTA", "THETA", "LAMDA", "XI", "PI", "SIGMA", "PHI", "PSI", "OMEGA")  # in either case


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
    style = line_style(diagram.theory, p)
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
    return rf"\draw [{', '.join(line_style(diagram.theory, p))}] {path[0]} {' '.join(arcs)};"


def line_style(theory: Theory, propagator: int) -> list[str]:
    """The options of a propagator's line, by its position in the theory."""
    colour = [COLOURS[propagator % len(COLOURS)]] if propagator else []
    return ["fermion" if theory.propagators[propagator].directed else "plain", *colour]


def escaped(text: str) -> str:
    """Text with the characters that LaTeX reserves written out, and those that its fonts lack by number."""
    return printable("".join(SPECIAL.get(c, c) for c in text))


def printable(source: str) -> str:
    r"""LaTeX without the characters that its fonts lack: Greek as commands, others by number.

    >>> printable("\N{GREEK SMALL LETTER PHI} = 1")
    '\\ensuremath{\\phi} = 1'
    """
    return "".join(_shown(c) for c in source)


def _shown(character: str) -> str:
    if character == "\n" or " " <= character <= "~":
        return character
    if "\u00c0" <= character <= "\u017f":  # Latin letters, in a formula too
        return rf"\textnormal{{{character}}}"
    greek = re.fullmatch(r"GREEK (CAPITAL|SMALL) LETTER (\w+)", unicodedata.name(character, ""))
    if greek and greek[2] in LETTERS:
        name = greek[2].lower().replace("lamda", "lambda")
        return rf"\ensuremath{{\{name.capitalize() if greek[1] == 'CAPITAL' else name}}}"
    return rf"\textnormal{{U+{ord(character):04X}}}"
