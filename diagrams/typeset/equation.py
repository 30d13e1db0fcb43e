r"""A sum of many terms as an `align` that breaks its lines at terms, and at factors where one is too long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from diagrams.typeset.width import factors_of, formula_width

LINE = 40.0  # em; an A4 page in 10 point has 45, less the number of the equation
INDENT = 2.5
CONTINUED = r"&\quad {}"
TIMES = r"\times "


class Term(NamedTuple):
    """A term of a sum in LaTeX, with its sign if negative, and the rows of the table that it comes from."""

    formula: str
    rows: tuple[str, ...] = ()


def sum_of(terms: Iterable[Term]) -> str:
    """The terms on one line.

    >>> sum_of([Term("a"), Term("- b")])
    'a - b'
    """
    parts = [_signed(term.formula, first=k == 0) for k, term in enumerate(terms)]
    return " ".join(parts) or "0"


def align(terms: Sequence[Term], left: str = "", *, width: float = LINE, separate: bool = False) -> str:
    r"""An equation with one number; a comment behind each term names its row.

    `separate`: a line for each term, with the number of its row instead of that of the equation. `width`: of
    the page, in em.

    >>> print(align([Term("a^2", ("1",)), Term("-2 b", ("2",))], "E"))
    \begin{align}
      E &= a^2 % row 1
        - 2 b % row 2
    \end{align}
    """
    used = formula_width(left) + 1.5 if left else 0.0
    room = width - used
    lines = _lines(terms, room, separate)
    head = f"  {left} &= " if left else "  & "
    text = [r"\begin{align}"]
    for number, line in enumerate(lines):
        text += _source(line, head if number == 0 else f"  {CONTINUED} ")
        ends = number == len(lines) - 1
        mark = rf"\tag{{{line.tag}}}" if line.tag else r"\notag" if separate or not ends else ""
        mark += "" if ends else r"\\"
        text += [f"    {mark}"] if mark else []
    return "\n".join([*text, r"\end{align}"])


def aligned(terms: Sequence[Term], *, width: float) -> str:
    r"""The same without a number, for use within a formula.

    >>> print(aligned([Term("a")], width=20))
    \begin{aligned}
      & a
    \end{aligned}
    """
    lines = _lines(terms, width, False)
    text = [r"\begin{aligned}"]
    for number, line in enumerate(lines):
        text += _source(line, "  & " if number == 0 else f"  {CONTINUED} ")
        text += [r"    \\"] if number < len(lines) - 1 else []
    return "\n".join([*text, r"\end{aligned}"])


def _lines(terms: Sequence[Term], room: float, separate: bool) -> list[_Line]:
    """The terms on lines of the page."""
    lines = [_Line()]
    for k, term in enumerate(terms):
        pieces = _pieces(_signed(term.formula, first=k == 0), room - INDENT)
        parted = separate or len(pieces) > 1 or lines[-1].whole
        if lines[-1].source and (parted or lines[-1].filled + formula_width(pieces[0]) > room):
            lines.append(_Line(INDENT))
        for number, piece in enumerate(pieces):
            if number:
                lines.append(_Line(INDENT, whole=True))
            last = number == len(pieces) - 1
            lines[-1].add(piece, f" % row {', '.join(term.rows)}" if last and term.rows else "")
        lines[-1].tag = ", ".join(term.rows) if separate else ""
    return lines


def _source(line: _Line, head: str) -> list[str]:
    first, *rest = line.source or ["0"]
    return [head + first, *(f"    {each}" for each in rest)]


@dataclass
class _Line:
    """What stands on one line of the page; `whole`: the rest of a term too long for one."""

    filled: float = 0.0
    whole: bool = False
    source: list[str] = field(default_factory=list)
    tag: str = ""

    def add(self, piece: str, comment: str) -> None:
        self.source.append(piece + comment)
        self.filled += formula_width(piece)


def _pieces(term: str, room: float) -> list[str]:
    """A term as parts that fit on a line, broken between factors."""
    lines = [""]
    for factor in factors_of(term):
        if lines[-1] and formula_width(lines[-1] + factor) > room:
            lines.append(TIMES)
        lines[-1] += factor
    return [line.strip().removesuffix(r"\,") for line in lines]


def _signed(formula: str, first: bool) -> str:
    formula = formula.strip()
    negative = formula.startswith("-")
    body = formula[1:].strip() if negative else formula
    if first:
        return f"- {body}" if negative else body
    return f"{'-' if negative else '+'} {body}"
