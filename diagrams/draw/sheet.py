r"""A sheet of diagrams, each with its number and weight underneath."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import sympy

from diagrams.arguments import (
    TheoryError,
    require_count,
    require_entries,
    require_iterable,
    require_scalar,
    require_text,
)
from diagrams.diagram import Diagram
from diagrams.draw.key import SAMPLE, key
from diagrams.draw.layout import TEXT, Label, Point, arrange, text_width
from diagrams.draw.svg import UNIT, ink, page, weight_text, written
from fieldtheory.shown_value import shown

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
    columns = require_count("columns", columns)
    require_text("title", title, empty=True)
    entries = _entries(diagrams)
    columns = min(columns, len(entries)) or max(1, math.ceil(math.sqrt(len(entries))))
    layouts = [arrange(diagram) for diagram, _ in entries]
    if numbers is None:
        numbers = [str(k) for k in range(1, len(entries) + 1)]
    numbers = require_entries("numbers", numbers, "texts, one for each diagram")
    for number in numbers:
        require_text("each of numbers", number)
    if len(numbers) != len(entries):
        raise ValueError(f"numbers must be as many as diagrams (got {len(numbers)} and {len(entries)})")
    texts = [f"({k}) {weight_text(weight)}" for k, (_, weight) in zip(numbers, entries, strict=True)]
    across, down = range(min(columns, len(entries))), range(math.ceil(len(entries) / columns))
    needs = [max(a.width, text_width(text)) + GAP for a, text in zip(layouts, texts, strict=True)]
    widths = [max(needs[c::columns]) for c in across]
    heights = [max(a.height for a in layouts[r * columns : (r + 1) * columns]) for r in down]
    headers = [title] if title else []
    if not entries:
        headers.append("no diagrams")
    samples = key(diagram for diagram, _ in entries)
    needed = [text_width(sample.text) + SAMPLE + 2 * GAP for sample in samples]
    width = max([sum(widths), *(text_width(h) + GAP for h in headers), *needed])
    shift = (width - sum(widths)) / 2
    content: list[str] = []
    y = GAP / 2
    for header in headers:
        content.append(written(_line(header, width / 2, y), "title"))
        y += LINE + GAP / 2
    for sample in samples:
        content += sample.ink(GAP / 2, y + LINE / 2)
        middle = GAP + SAMPLE + text_width(sample.text) / 2
        content.append(written(_line(sample.text, middle, y), "legend", "start"))
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


def _entries(diagrams: Any) -> list[tuple[Diagram, sympy.Expr]]:
    """Diagrams with weights; TheoryError for anything else."""
    allowed = "diagrams, or pairs of a diagram and its weight"
    given = require_iterable("diagrams", diagrams, allowed)
    found = [(each, each.weight) if isinstance(each, Diagram) else each for each in given]
    for entry in found:
        if not isinstance(entry, tuple) or len(entry) != 2 or not isinstance(entry[0], Diagram):
            raise TheoryError(f"diagrams must be a sequence of {allowed} (got {shown(entry)} among them)")
        require_scalar("weights of diagrams", entry[1])
    return found


def _line(text: str, middle: float, top: float) -> Label:
    return Label(text, Point(middle, top + LINE / 2), text_width(text), LINE)
