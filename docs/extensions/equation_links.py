"""What computes and tests an equation, under it; links from docstrings to equations; sources as pages."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from docutils import nodes
from equation_marks import ROOT, Mark, equation_marks, equations
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

_AS_IT_IS = (">>>", "...", ".. ", ":", "Equation :eq:")
_CODE = re.compile(r"(``.+?``|`[^`]+`)", re.DOTALL)
_BAR = re.compile(r"\|(?=\S)")
_MARKUP = re.compile(r"([\\*|]|_(?=\W|$))")
_EQUATIONS = re.compile(r"^(\s*)Equations?: (.+?)\.?$")


def _source_page(file: str) -> str:
    return "source/" + file.removesuffix(".py")


def _marks_by_label() -> dict[str, list[Mark]]:
    found: dict[str, list[Mark]] = defaultdict(list)
    for mark in equation_marks():
        found[mark.label].append(mark)
    return found


class ComputedBy(SphinxPostTransform):
    """A line under each labelled equation: computed by, tested by."""

    default_priority = 900  # after references are resolved, so that addresses can be written as they are
    formats = ("html",)

    def run(self, **_: Any) -> None:
        marks = self.app.equation_marks  # type: ignore[attr-defined]
        for node in list(self.document.findall(nodes.math_block)):
            label = node.get("label")
            if not label or label not in marks:
                continue
            line = nodes.paragraph(classes=["computed-by"])
            for said, tests in (("computed by ", False), ("tested by ", True)):
                places = [mark for mark in marks[label] if mark.in_tests is tests]
                if places:
                    line += nodes.Text(("; " if len(line) else "") + said)
                    for i, mark in enumerate(places):
                        line += nodes.Text(", ") if i else nodes.Text("")
                        line += self._link(mark)
            node.parent.insert(node.parent.index(node) + 1, line)

    def _link(self, mark: Mark) -> nodes.reference:
        builder = self.app.builder
        address = builder.get_relative_uri(self.env.docname, _source_page(mark.file)) + f"#line-{mark.line}"
        name = ".".join(mark.name.split(".")[-2:]) if mark.in_tests else mark.name
        return nodes.reference("", "", nodes.literal(text=name), refuri=address, internal=True)


class AllEquations(SphinxDirective):
    """``{all-equations}``: a table of the labels and the pages that derive them."""

    def run(self) -> list[nodes.Node]:
        rows = ["| equation | derived in |", "|---|---|"]
        for equation in sorted(equations(), key=lambda e: e.label):
            if not equation.step:
                rows.append(f"| {{eq}}`{equation.label}` {equation.label} | {{doc}}`/{equation.page}` |")
        return self.parse_text_to_nodes("\n".join(rows))


def source_pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """A page for every file that names an equation, with an anchor for each line."""
    files = sorted({mark.file for marks in app.equation_marks.values() for mark in marks})  # type: ignore[attr-defined]
    form = HtmlFormatter(linenos="inline", lineanchors="line", anchorlinenos=True)
    for file in files:
        body = highlight((ROOT / file).read_text(encoding="utf-8"), PythonLexer(), form)
        yield _source_page(file), {"title": file, "body": f"<h1>{file}</h1>{body}"}, "page.html"


def plain_docstring(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Docstrings are plain text with `code` in it: other markup is escaped, equations are linked."""
    for i, line in enumerate(lines):
        if equation := _EQUATIONS.match(line):
            links = ", ".join(f":eq:`{label.strip()}` ({label.strip()})" for label in equation[2].split(","))
            lines[i] = f"{equation[1]}Equation {links}."
    blocks = groupby(lines, lambda line: line.lstrip().startswith(_AS_IT_IS))
    texts = ["\n".join(block) if as_it_is else _plain_text("\n".join(block)) for as_it_is, block in blocks]
    lines[:] = "\n".join(texts).split("\n")


def _plain_text(text: str) -> str:
    parts = _CODE.split(text)
    for i in range(1, len(parts), 2):  # an escaped space keeps code apart from what it touches
        if parts[i + 1][:1].strip():
            parts[i + 1] = "\0" + parts[i + 1]
        if parts[i - 1][-1:].strip():
            parts[i - 1] += "\0"
    return "".join(_plain(part) for part in parts).replace("\0", "\\ ")


def _plain(part: str) -> str:
    if part.startswith("``") and len(part) > 4:
        return part
    if part.startswith("`") and len(part) > 2:
        return f"``{part[1:-1]}``"
    return _MARKUP.sub(r"\\\1", part)


def plain_help(app: Sphinx, context: Any, lines: list[str]) -> None:
    """Bars in the help of a command are bars, but those with a space behind them, of sphinx-click."""
    lines[:] = [line if ".. option::" in line else _BAR.sub(r"\|", line) for line in lines]


def setup(app: Sphinx) -> dict[str, bool]:
    """Marks are read once; sources become pages at the end."""
    app.equation_marks = _marks_by_label()  # type: ignore[attr-defined]
    app.add_post_transform(ComputedBy)
    app.add_directive("all-equations", AllEquations)
    app.connect("html-collect-pages", source_pages)
    app.connect("autodoc-process-docstring", plain_docstring)
    for part in ("description", "options", "epilog"):
        app.connect(f"sphinx-click-process-{part}", plain_help)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
