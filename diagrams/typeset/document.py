"""A LaTeX document about an expansion: action, rules, numbered pictures beside their terms, key, sum."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sympy

from diagrams.arguments import TheoryError
from diagrams.diagram import Diagram
from diagrams.draw.layout import arrange
from diagrams.draw.tikz import DOTS, escaped, line_style, printable, to_tikz
from diagrams.rules import DEFAULT, function_latex
from diagrams.theories.theory import Theory
from diagrams.typeset.action import cumulant_latex, field_latex, legs_latex
from diagrams.typeset.equation import Term, aligned

TEXT_WIDTH = 16.0  # cm
NUMBER, PICTURE, FORMULA = 0.08, 0.34, 0.57  # shares of it
EM = 0.3515  # cm, in 10 point
PREAMBLE = r"""\documentclass[10pt]{article}
\usepackage[a4paper, textwidth=16cm, textheight=25cm]{geometry}
\usepackage{amsmath}
\usepackage[compat=1.1.0]{tikz-feynman}
\tikzfeynmanset{warn luatex=false}
\allowdisplaybreaks
\setlength{\parindent}{0pt}
"""
UNSAFE = re.compile(  # more than a symbol: files, code, definitions
    r"\^\^|\\(?:input|include\w*|openin|openout|read|write\d*|immediate|special|directlua|latelua|luaexec|catcode"
    r"|csname|[egx]?def|let|newcommand|renewcommand|usepackage|begin|end|loop|repeat|scantokens|every\w+)(?![A-Za-z])"
)


class Entry(NamedTuple):
    """A picture with its number, and the terms that it stands for."""

    number: str
    diagram: Diagram
    terms: tuple[Term, ...]


class Symbol(NamedTuple):
    """A line of the key: a formula and what it means, both LaTeX."""

    formula: str
    meaning: str


def document(
    title: str,
    theory: Theory,
    *,
    action: str,
    entries: Sequence[Entry],
    symbols: Iterable[Symbol],
    total: str,
) -> str:
    """The document; `title` is plain text, `action` and `total` are displayed equations.

    It loads geometry, amsmath and tikz-feynman. TheoryError for a field whose `latex` is more than a symbol.
    """
    for field in theory.fields:
        found = UNSAFE.search(field.latex)
        if found:
            raise TheoryError(f"latex of field {field.name!r} must be a symbol (got {found[0]!r} in it)")
    key = [rf"\item[{{\(\displaystyle {symbol.formula}\)}}] {symbol.meaning}" for symbol in symbols]
    count = f"{len(entries)} diagram{'' if len(entries) == 1 else 's'}"
    whole = "\n".join(
        [
            PREAMBLE + r"\begin{document}",
            rf"\section*{{{escaped(title)}}}",
            r"\subsection*{Action}",
            action,
            r"\subsection*{Rules}",
            *_propagators(theory),
            *_vertices(theory),
            rf"\subsection*{{{count}}}",
            *(_entry(entry) for entry in entries),
            r"\subsection*{Symbols}",
            r"\begin{description}",
            *key,
            r"\end{description}",
            r"\subsection*{Sum}",
            total,
            r"\end{document}",
        ]
    )
    return printable(whole)


def theory_symbols(theory: Theory) -> list[Symbol]:
    """Points and couplings of a theory."""
    found = [
        Symbol(r"x_{1}, x_{2}, \ldots", "external points"),
        Symbol(r"y_{1}, y_{2}, \ldots", "points of the vertices, integrated over"),
    ]
    couplings: dict[sympy.Symbol, list[str]] = {}
    for vertex in theory.vertices:
        for symbol in sorted(vertex.coupling.free_symbols, key=str):
            couplings.setdefault(symbol, []).append(escaped(vertex.name))
    for symbol, names in couplings.items():
        found.append(Symbol(sympy.latex(symbol), f"in the coupling of {', '.join(names)}"))
    return found


def _propagators(theory: Theory) -> list[str]:
    names = function_latex(theory, DEFAULT)
    rows = []
    for k, line in enumerate(theory.propagators):
        first, second = field_latex(theory, line.first), field_latex(theory, line.second)
        ends = ("(b)", "(a)") if line.directed else ("(a)", "(b)")
        style = ", ".join(line_style(theory, k))
        picture = (
            r"\begin{tikzpicture}[baseline=-0.6ex]\begin{feynman}"
            r"\vertex (a) at (0,0); \vertex (b) at (1.2,0);"
            rf"\diagram* {{{ends[0]} -- [{style}] {ends[1]}}};\end{{feynman}}\end{{tikzpicture}}"
        )
        value = names(DEFAULT.propagator(theory, line))
        rows.append(rf"{picture} & \(\langle {first}(x)\,{second}(y) \rangle_0 = {value}(x,y)\)")
    return _table(rows)


def _vertices(theory: Theory) -> list[str]:
    rows = []
    for k, vertex in enumerate(theory.vertices):
        picture = (
            r"\begin{tikzpicture}[baseline=-0.6ex]\begin{feynman}"
            rf"\vertex [{DOTS[k % len(DOTS)]}] (a) at (0,0) {{}};\end{{feynman}}\end{{tikzpicture}}"
        )
        factor = sympy.latex(vertex.coupling) + ("" if vertex.local else rf"\; {cumulant_latex(vertex)}")
        legs = legs_latex(theory, vertex)
        rows.append(rf"{picture} & {escaped(vertex.name)}: \({legs}\) with factor \(\displaystyle {factor}\)")
    return _table(rows)


def _table(rows: list[str]) -> list[str]:
    if not rows:
        return []
    spaced = [row + r" \\[1ex]" for row in rows]
    return [r"\begin{tabular}{@{}c@{\quad}l@{}}", *spaced, r"\end{tabular}\par\medskip"]


def _entry(entry: Entry) -> str:
    room = PICTURE * TEXT_WIDTH - 0.3
    scale = min(1.0, room / arrange(entry.diagram).width)
    formula = aligned(entry.terms, width=FORMULA * TEXT_WIDTH / EM)
    return "\n".join(
        [
            rf"\begin{{minipage}}{{{NUMBER}\textwidth}}({entry.number})\end{{minipage}}%",
            rf"\begin{{minipage}}{{{PICTURE}\textwidth}}\centering\scalebox{{{scale:.2f}}}{{%",
            to_tikz(entry.diagram).rstrip() + r"}\end{minipage}%",
            rf"\begin{{minipage}}{{{FORMULA}\textwidth}}\(\displaystyle",
            formula + r"\)\end{minipage}\par\medskip",
        ]
    )
