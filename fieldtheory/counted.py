"""Numbers of things in words: one diagram, two diagrams, one vertex, two vertices."""

from __future__ import annotations

_PLURALS = {"vertex": "vertices", "axis": "axes", "spectrum": "spectra"}


def counted(number: int, noun: str) -> str:
    """The number and the noun, in the plural unless there is one.

    >>> counted(1, "vertex"), counted(2, "vertex"), counted(0, "loop"), counted(3, "entry")
    ('1 vertex', '2 vertices', '0 loops', '3 entries')
    """
    last = noun.rpartition(" ")[2]
    ending = "es" if last.endswith(("s", "x")) else "s"
    regular = last[:-1] + "ies" if last.endswith("y") and last[-2:-1] not in "aeiou" else last + ending
    plural = noun[: len(noun) - len(last)] + _PLURALS.get(last, regular)
    return f"{number} {noun if number == 1 else plural}"
