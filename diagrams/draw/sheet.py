r"""A sheet of diagrams, each with its weight underneath."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

import sympy

from diagrams.diagram import Diagram
from diagrams.draw.layout import TEXT, Label, Point, arrange, text_width, unicode_name
from diagrams.draw.svg import UNIT, ink, legend, page, written
from diagrams.theory import Theory

LINE = 1.5 * TEXT  # height of a line of text
GAP = 0.25


def draw_sheet(
    diagrams: Iterable[Diagram | tuple[Diagram, sympy.Expr]],
    columns: int = 0,
    title: str = "",
    numbers: Sequence[str] | None = None,
) -> str:
    """An SVG grid of diagrams; a bare Diagram shows its own weight, a pair the weight given.

    `columns`: 0 for a grid that is about as wide as high. `numbers`: one for each diagram, in front of its
    weight (1, 2, ... unless given). A key names the lines and dots of a theory that has several.

    >>> from diagrams import Theory, generate
    >>> svg = draw_sheet(generate(Theory.scalar({4: -sympy.Symbol("g")}), ("phi", "phi"), 2))
    >>> "g²/6" in svg
    True
    """
    if columns < 0:
        raise ValueError(f"columns must be at least 0 (got {columns})")
    entries = [(e, e.weight) if isinstance(e, Diagram) else e for e in diagrams]
    columns = columns or max(1, math.ceil(math.sqrt(len(entries))))
    layouts = [arrange(diagram) for diagram, _ in entries]
    if numbers is None:
        numbers = [str(k) for k in range(1, len(entries) + 1)]
    if len(numbers) != len(entries):
        raise ValueError(f"numbers must be as many as diagrams (got {len(numbers)} and {len(entries)})")
    texts = [f"({k})  {weight_text(weight)}" for k, (_, weight) in zip(numbers, entries, strict=True)]
    across, down = range(min(columns, len(entries))), range(math.ceil(len(entries) / columns))
    needs = [max(a.width, text_width(text)) + GAP for a, text in zip(layouts, texts, strict=True)]
    widths = [max(needs[c::columns]) for c in across]
    heights = [max(a.height for a in layouts[r * columns : (r + 1) * columns]) for r in down]
    headers = [title] if title else []
    if not entries:
        headers.append("no diagrams")
    keys = _keys([diagram for diagram, _ in entries])
    width = max([sum(widths), *(text_width(h) + GAP for h in headers), *(w for *_, w in keys)])
    shift = (width - sum(widths)) / 2
    content: list[str] = []
    y = GAP / 2
    for header in headers:
        content.append(written(_line(header, width / 2, y), "title"))
        y += LINE + GAP / 2
    for colour, text, need in keys:
        content.append(written(_line(text, need / 2, y), "legend", colour))
        y += LINE
    for k, ((diagram, _), layout, text) in enumerate(zip(entries, layouts, texts, strict=True)):
        row, column = divmod(k, columns)
        middle = shift + sum(widths[:column]) + widths[column] / 2
        top = y + sum(heights[:row]) + row * (LINE + GAP)
        left, above = middle - layout.width / 2, top + (heights[row] - layout.height) / 2
        content.append(f'<g transform="translate({left * UNIT:.2f} {above * UNIT:.2f})">')
        content += [*ink(diagram, layout), "</g>", written(_line(text, middle, top + heights[row]), "weight")]
    height = y + sum(heights) + len(down) * (LINE + GAP)
    return page(width, height, content, title or "Feynman diagrams")


def weight_text(weight: sympy.Expr) -> str:
    """A weight as one line of plain text.

    >>> weight_text(sympy.Symbol("lambda") ** 2 * sympy.Symbol("b") / 4)
    'b·λ²/4'
    """
    text = re.sub(r"[A-Za-z]+", lambda word: unicode_name(word[0]), str(weight))
    text = re.sub(r"\*\*(\d+)", lambda power: "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(c)] for c in power[1]), text)
    text = re.sub(r"(?<!\w)(\d+)\*", r"\1", text)
    return text.replace("*", "·").replace("-", "−")


def _keys(diagrams: list[Diagram]) -> list[tuple[str, str, float]]:
    """Colour, text and width of each line of the legend."""
    used: dict[Theory, set[int]] = {}
    for diagram in diagrams:
        used.setdefault(diagram.theory, set()).update(p for _, _, p in diagram.lines)
    lines = [
        line for theory, own in used.items() if len(theory.propagators) > 1 for line in legend(theory, own)
    ]
    return [(colour, f"— {text}", text_width(f"— {text}") + GAP) for colour, text in dict.fromkeys(lines)]


def _line(text: str, middle: float, top: float) -> Label:
    return Label(text, Point(middle, top + LINE / 2), text_width(text), LINE)
