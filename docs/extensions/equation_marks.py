"""Where code and tests name an equation of the theory pages, and where the pages have it; without Sphinx.

Code names an equation by a line ``Equation: funk-hecke`` in a docstring (several are separated by commas)
or by a comment ``# eq: funk-hecke``; tests do the same. A page labels it, ``$$ ... $$ (funk-hecke)``;
one that no code computes is followed by a line ``% derivation step``.
"""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("fieldtheory", "diagrams", "replicas", "renormalization", "tests")
_IN_DOCSTRING = re.compile(r"^[ \t]*Equations?: (.+?)\.?$", re.MULTILINE)
_IN_COMMENT = re.compile(r"#\s*eq: (.+?)\s*$")
_IN_PAGE = re.compile(r"^\$\$[ \t]*\((?P<label>[\w-]+)\)(?P<step>\s*\n% derivation step)?", re.MULTILINE)
_LABEL = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True)
class Mark:
    """A place in the code that computes or tests an equation: `name` is that of a function, class or file."""

    label: str
    file: str
    line: int
    name: str

    @property
    def in_tests(self) -> bool:
        return self.file.startswith("tests/")


@dataclass(frozen=True)
class Equation:
    """One labelled equation of a page; a `step` leads to others and has no code."""

    label: str
    page: str
    line: int
    step: bool


def _labels(text: str) -> list[str]:
    return [label.strip() for label in text.split(",")]


def _definitions(tree: ast.Module) -> list[tuple[int, int, str, str | None]]:
    """First and last line, dotted name and docstring of the module and of every class and function in it."""
    found: list[tuple[int, int, str, str | None]] = [(1, 10**9, "", ast.get_docstring(tree))]
    waiting: list[tuple[ast.AST, str]] = [(tree, "")]
    while waiting:
        node, prefix = waiting.pop()
        for child in ast.iter_child_nodes(node):
            name = prefix
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                name = f"{prefix}.{child.name}".lstrip(".")
                found.append((child.lineno, child.end_lineno or child.lineno, name, ast.get_docstring(child)))
            waiting.append((child, name))
    return found


def _marks_of(path: Path) -> Iterator[Mark]:
    text = path.read_text(encoding="utf-8")
    if "Equation" not in text and "eq: " not in text:
        return
    file = path.relative_to(ROOT).as_posix()
    module = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    definitions = _definitions(ast.parse(text))
    for first, _, name, docstring in definitions:
        for match in _IN_DOCSTRING.finditer(docstring or ""):
            for label in _labels(match[1]):
                yield Mark(label, file, first, f"{module}.{name}".rstrip("."))
    with path.open("rb") as lines:
        for token in tokenize.tokenize(lines.readline):
            match = _IN_COMMENT.match(token.string) if token.type == tokenize.COMMENT else None
            if match:
                line = token.start[0]
                inside = [(first, name) for first, last, name, _ in definitions if first <= line <= last]
                for label in _labels(match[1]):
                    yield Mark(label, file, line, f"{module}.{max(inside)[1]}".rstrip("."))


def equation_marks() -> list[Mark]:
    """Every place of the four packages and of the tests that names an equation."""
    files = sorted(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py"))
    return sorted(
        (mark for file in files for mark in _marks_of(file)), key=lambda m: (m.label, m.file, m.line)
    )


def equations() -> list[Equation]:
    """Every labelled equation of the pages under docs/, in the order of pages and lines."""
    found = []
    for path in sorted((ROOT / "docs").rglob("*.md")):
        page = path.relative_to(ROOT / "docs").as_posix()
        text = path.read_text(encoding="utf-8")
        for match in _IN_PAGE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(Equation(match["label"], page.removesuffix(".md"), line, bool(match["step"])))
    return found


def is_label(text: str) -> bool:
    """Whether a text has the form of a label: words in small letters, joined by hyphens."""
    return bool(_LABEL.fullmatch(text))
