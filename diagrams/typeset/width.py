"""The width of a formula on a page, estimated without LaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator

SCRIPT = 0.72  # size of an index or a power
CHARACTERS = {"(": 0.4, ")": 0.4, "[": 0.3, "]": 0.3, ",": 0.45, "+": 1.25, "-": 1.25, "=": 1.35, "/": 0.5}
COMMANDS = {
    **dict.fromkeys((r"\,", r"\!"), 0.17),
    **dict.fromkeys((r"\;", r"\ ", "~"), 0.3),
    **dict.fromkeys((r"\left", r"\right", r"\bigl", r"\bigr", r"\Bigl", r"\Bigr"), 0.25),
    **dict.fromkeys((r"\bigl\{", r"\bigr\}", r"\{", r"\}"), 0.5),
    r"\quad": 1.0,
    r"\qquad": 2.0,
    r"\int": 1.1,
    r"\sum": 1.5,
    r"\ln": 1.1,
    r"\deg": 1.8,
}
OTHER = 0.62  # a letter, Latin or Greek
FONTS = ("mathrm", "operatorname", "textnormal", "mathcal", "mathbf")
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}^_]|\s+|.", re.DOTALL)


def formula_width(text: str) -> float:
    r"""Width in em of LaTeX in display style, rather too large than too small.

    >>> formula_width("x") < formula_width(r"\frac{x + y}{2}") < formula_width("x + y + 2")
    True
    """
    tokens = _TOKEN.findall(text)
    return _group(iter(tokens))


def factors_of(term: str) -> list[str]:
    r"""A product as the pieces between which a line may break; joined they are the term again.

    >>> factors_of(r"\frac{g}{2} \int \mathrm{d}y\; C(x, y)\,C(y, y)")
    ['\\frac{g}{2} ', '\\int \\mathrm{d}y\\; C(x, y)\\,', 'C(y, y)']
    """
    pieces, piece, depth, open_sum = [], "", 0, False
    for token in _TOKEN.findall(term):
        piece += token
        depth += (token in ("{", "(", r"\left")) - (token in ("}", ")", r"\right"))
        if token == r"\int":
            open_sum = True
        ends = token == r"\," or (token.isspace() and not piece.strip().endswith(("-", "+")))
        if open_sum:  # the measure stays with the first factor
            open_sum = not (token == r"\;" and depth == 0)
            continue
        if depth == 0 and ends and not piece.strip().endswith(r"\;"):
            pieces.append(piece)
            piece = ""
    return [*pieces, piece] if piece else pieces


def _group(tokens: Iterator[str]) -> float:
    """The width up to the brace that closes, or to the end."""
    total, scripts = 0.0, {"^": 0.0, "_": 0.0}
    for token in tokens:
        if token == "}":
            break
        if token in scripts:
            scripts[token] = SCRIPT * _argument(tokens)
            continue
        if token.isspace():
            continue
        total += max(scripts.values())
        scripts = {"^": 0.0, "_": 0.0}
        total += _single(token, tokens)
    return total + max(scripts.values())


def _argument(tokens: Iterator[str]) -> float:
    token = next((token for token in tokens if not token.isspace()), "}")
    return 0.0 if token == "}" else _single(token, tokens)


def _single(token: str, tokens: Iterator[str]) -> float:
    if token == "{":
        return _group(tokens)
    if token in (r"\frac", r"\tfrac", r"\dfrac"):
        return max(_argument(tokens), _argument(tokens)) + 0.3
    if token.startswith("\\") and token[1:] in FONTS:
        return _argument(tokens) + 0.2
    return COMMANDS.get(token, CHARACTERS.get(token, OTHER))
