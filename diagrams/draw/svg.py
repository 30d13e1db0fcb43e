r"""A diagram as SVG: one file, nothing loaded from elsewhere, dark ink on a white ground of its own."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from html import escape

from diagrams.diagram import Diagram
from diagrams.draw.layout import TEXT, Label, Layout, Line, Point, arrange, sample, unicode_name
from diagrams.theory import Theory

UNIT = 60.0  # pixels
COLOURS = ("#1a1a1a", "#0060c0", "#c02020", "#00806a", "#b06000", "#7030a0", "#806040", "#607000")
CUT = "#909090"  # a leg cut off
FILLS = ("#1a1a1a", "#ffffff", "#e0a000", "#50a0e0", "#d05090", "#70b060")
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
        propagator = theory.propagators[line.edge[2]]
        if diagram.amputated and min(line.edge[:2]) < outer:
            dots = f'stroke="{CUT}" stroke-width="1.7" stroke-dasharray="1.5 4"'
            elements.append(f'<path class="cut" d="{_curve(line)}" fill="none" {dots}/>')
            continue
        colour = COLOURS[line.edge[2] % len(COLOURS)]
        stroke = f'fill="none" stroke="{colour}" stroke-width="1.7"'
        elements.append(f'<path class="edge" d="{_curve(line)}" {stroke}/>')
        if propagator.directed:
            tips = " ".join(f"{_px(p.x)},{_px(p.y)}" for p in _arrow(line))
            elements.append(f'<polygon class="arrow" points="{tips}" fill="{colour}"/>')
    for node, point in enumerate(layout.points):
        place = f'cx="{_px(point.x)}" cy="{_px(point.y)}"'
        if node < outer and diagram.amputated:
            continue
        if node < outer:
            elements.append(f'<circle class="external" {place} r="2.2" fill="#1a1a1a"/>')
        else:
            fill = FILLS[diagram.vertices[node - outer] % len(FILLS)]
            rim = 'stroke="#1a1a1a" stroke-width="1.4"'
            elements.append(f'<circle class="vertex" {place} r="4.2" fill="{fill}" {rim}/>')
    return elements + [written(label) for label in layout.labels]


def legend(theory: Theory, used: set[int]) -> list[tuple[str, str]]:
    """Colour and names of each propagator in use, as the lines are drawn."""
    lines = []
    for k in sorted(used):
        p = theory.propagators[k]
        first, second = unicode_name(p.first), unicode_name(p.second)
        lines.append(
            (COLOURS[k % len(COLOURS)], f"{second} → {first}" if p.directed else f"{first} {second}")
        )
    return lines


def written(label: Label, kind: str = "label", colour: str = "#1a1a1a") -> str:
    """A centred text."""
    place = f'x="{_px(label.centre.x)}" y="{_px(label.centre.y + 0.35 * TEXT)}"'
    style = f'{FONT} font-size="{_px(TEXT * 0.9)}" text-anchor="middle" fill="{colour}"'
    return f'<text class="{kind}" {place} {style}>{plain(label.text)}</text>'


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
