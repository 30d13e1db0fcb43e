r"""A diagram as SVG: one file, nothing loaded from elsewhere, dark ink on a white ground of its own."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import sympy

from diagrams.diagram import Diagram
from diagrams.draw.layout import TEXT, Label, Layout, Line, Point, arrange, sample, unicode_name

UNIT = 60.0  # pixels
COLOURS = ("#1a1a1a", "#0060c0", "#c02020", "#00806a", "#b06000", "#7030a0", "#806040", "#607000")
CUT = "#909090"  # a leg cut off
FILLS = (
    *("#1a1a1a", "#ffffff", "#e0a000", "#50a0e0", "#d05090", "#70b060"),
    *("#a0a0a0", "#7030a0", "#c02020", "#f0e060", "#806040", "#b0e8e8"),
)
FONT = 'font-family="DejaVu Sans, Helvetica, Arial, sans-serif"'
FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML
ARROW = 0.19  # length of an arrow head


def to_svg(diagram: Diagram) -> str:
    """A standalone SVG picture.

    Lines have a colour for each propagator of the theory, directed ones an arrow from the second field to
    the first; vertices have a fill for each type; external points show field and number. The external legs
    of an amputated diagram are dotted and grey: where they were.

    >>> from diagrams import Theory, generate
    >>> to_svg(next(generate(Theory.scalar({4: 1}), ("phi", "phi"), 1))).startswith("<svg")
    True
    """
    layout = arrange(diagram)
    return page(layout.width, layout.height, ink(diagram, layout), "Feynman diagram")


def page(width: float, height: float, content: Sequence[str], title: str) -> str:
    """The SVG document around some content; sizes in units."""
    w, h = _px(width), _px(height)
    size = f'width="{w}" height="{h}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {w} {h}" role="img">'
    ground = f'<rect class="ground" x="0" y="0" {size} fill="#ffffff"/>'
    return "\n".join([head, f"<title>{plain(title)}</title>", ground, *content, "</svg>\n"])


def ink(diagram: Diagram, layout: Layout) -> list[str]:
    """The elements of one drawing: lines, arrows, dots, labels."""
    theory, outer = diagram.theory, len(diagram.external)
    elements = []
    for line in layout.lines:
        cut = diagram.amputated and min(line.edge[:2]) < outer
        directed = theory.propagators[line.edge[2]].directed
        elements += stroke(line, Style(line_colour(line.edge[2]), directed, cut), "cut" if cut else "edge")
    for node, point in enumerate(layout.points):
        if node >= outer:
            elements.append(dot(point, dot_fill(diagram.vertices[node - outer]), "vertex"))
        elif not diagram.amputated:
            place = f'cx="{_px(point.x)}" cy="{_px(point.y)}"'
            elements.append(f'<circle class="external" {place} r="2.2" fill="#1a1a1a"/>')
    return elements + [written(label) for label in layout.labels]


class Style(NamedTuple):
    """How a line looks; `cut`: a leg cut off."""

    colour: str
    directed: bool = False
    cut: bool = False


def line_colour(propagator: int) -> str:
    """The colour of a propagator, by its position in the theory."""
    return COLOURS[propagator % len(COLOURS)]


def dot_fill(vertex: int) -> str:
    """The fill of a vertex, by its position in the theory."""
    return FILLS[vertex % len(FILLS)]


def stroke(line: Line, style: Style, kind: str) -> list[str]:
    """A line, with the arrow of a directed one."""
    if style.cut:
        dots = f'stroke="{CUT}" stroke-width="1.7" stroke-dasharray="1.5 4"'
        return [f'<path class="{kind}" d="{_curve(line)}" fill="none" {dots}/>']
    look = f'fill="none" stroke="{style.colour}" stroke-width="1.7"'
    elements = [f'<path class="{kind}" d="{_curve(line)}" {look}/>']
    if style.directed:
        tips = " ".join(f"{_px(p.x)},{_px(p.y)}" for p in _arrow(line))
        arrow = "arrow" if kind == "edge" else kind
        elements.append(f'<polygon class="{arrow}" points="{tips}" fill="{style.colour}"/>')
    return elements


def dot(point: Point, fill: str, kind: str) -> str:
    """A vertex."""
    place, rim = f'cx="{_px(point.x)}" cy="{_px(point.y)}"', 'stroke="#1a1a1a" stroke-width="1.4"'
    return f'<circle class="{kind}" {place} r="4.2" fill="{fill}" {rim}/>'


def written(label: Label, kind: str = "label", anchor: str = "middle") -> str:
    """A text; `anchor`: "middle" puts it in the middle of its box, "start" at the left."""
    x = label.centre.x - (label.width / 2 if anchor == "start" else 0.0)
    place = f'x="{_px(x)}" y="{_px(label.centre.y + 0.35 * TEXT)}"'
    style = f'{FONT} font-size="{_px(TEXT * 0.9)}" text-anchor="{anchor}" fill="#1a1a1a"'
    return f'<text class="{kind}" {place} {style}>{plain(label.text)}</text>'


def weight_text(weight: sympy.Expr) -> str:
    """A weight as one line of plain text.

    >>> weight_text(sympy.Symbol("lambda") ** 2 * sympy.Symbol("b") / 4)
    'b·λ²/4'
    """
    text = re.sub(r"[A-Za-z]+", lambda word: unicode_name(word[0]), str(weight))
    text = re.sub(r"\*\*(\d+)", lambda power: "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(c)] for c in power[1]), text)
    text = re.sub(r"(?<!\w)(\d+)\*", r"\1", text)
    return text.replace("*", "·").replace("-", "−")


def plain(text: str) -> str:
    """Text fit for XML: escaped, characters that XML forbids shown as a replacement mark."""
    return escape(FORBIDDEN.sub("\ufffd", text))


def _curve(line: Line) -> str:
    start, *rest = (f"{_px(p.x)} {_px(p.y)}" for p in line.path)
    return f"M {start} C {', '.join(rest)}"


def _arrow(line: Line) -> list[Point]:
    """A triangle in the middle of the line; it points to the first node."""
    points = sample(line.path)
    middle = len(points) // 2
    x, y = points[middle]
    (ax, ay), (bx, by) = points[middle - 2], points[middle + 2]
    length = math.hypot(ax - bx, ay - by)
    ux, uy = ARROW * (ax - bx) / length, ARROW * (ay - by) / length
    corners = ((0.5, 0.0), (-0.5, 0.42), (-0.5, -0.42))
    return [Point(float(x + a * ux - b * uy), float(y + a * uy + b * ux)) for a, b in corners]


def _px(value: float) -> str:
    return f"{value * UNIT:.2f}".rstrip("0").rstrip(".")
