"""The key of a sheet: what its lines and dots mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from diagrams.diagram import Diagram
from diagrams.draw.layout import Line, Point, unicode_name
from diagrams.draw.svg import Style, dot, dot_fill, line_colour, stroke, weight_text
from diagrams.theories.constituents import Vertex
from diagrams.theories.theory import Theory

SAMPLE = 0.7  # length of a sample line


@dataclass(frozen=True)
class Sample:
    """A line or a dot as it is drawn, and its meaning; `fill`: of a dot, else it is a line."""

    text: str
    style: Style | None = None
    fill: str = ""

    def ink(self, x: float, y: float) -> list[str]:
        """The elements of the sample, from x on, at height y."""
        if self.style is None:
            return [dot(Point(x + SAMPLE / 2, y), self.fill, "sample")]
        third = SAMPLE / 3
        path = tuple(Point(x + k * third, y) for k in range(4))
        return stroke(Line((0, 1, 0), path, 0.0), self.style, "sample")


def key(diagrams: Iterable[Diagram]) -> list[Sample]:
    """A sample for each kind of line and dot, where there are several, and for legs that are cut off.

    >>> from diagrams import Theory, generate
    >>> key(generate(Theory.scalar({4: 1}), ("phi", "phi"), 1))
    []
    """
    lines: dict[Theory, set[int]] = {}
    dots: dict[Theory, set[int]] = {}
    cut = False
    for diagram in diagrams:
        cut = cut or diagram.amputated
        lines.setdefault(diagram.theory, set()).update(p for _, _, p in diagram.lines)
        dots.setdefault(diagram.theory, set()).update(diagram.vertices)
    samples = []
    for theory, used in lines.items():
        if len(theory.propagators) > 1 or len(theory.vertices) > 1:
            samples += [_line(theory, k) for k in sorted(used)]
            samples += [Sample(_vertex(theory.vertices[k]), fill=dot_fill(k)) for k in sorted(dots[theory])]
    samples += [Sample("legs cut off", Style("", cut=True))] if cut else []
    return list(dict.fromkeys(samples))


def _line(theory: Theory, position: int) -> Sample:
    line = theory.propagators[position]
    first, second = unicode_name(line.first), unicode_name(line.second)
    value = f"{unicode_name(line.symbol)} = ⟨{first} {second}⟩"
    text = f"{second} → {first}: {value}" if line.directed else value
    return Sample(text, Style(line_colour(position), line.directed))


def _vertex(vertex: Vertex) -> str:
    """Its name, its legs, its factor."""
    powers = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
    legs = " ".join(
        unicode_name(name) + (str(count).translate(powers) if count > 1 else "")
        for name, count in vertex.legs.items()
    )
    return f"{vertex.name}: {legs}, factor {weight_text(vertex.coupling)}"
