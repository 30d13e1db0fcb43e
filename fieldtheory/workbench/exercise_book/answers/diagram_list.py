"""Answers that are diagrams, compared as graphs: names of vertices and the order of lines do not matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from operator import index
from typing import Any

from diagrams import Diagram
from fieldtheory.shown_value import shown

_MOST = 6  # vertices: all their orders are compared
Lines = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class DiagramList:
    """One or several diagrams with a number of external points, each given once, in any order."""

    external: int

    @property
    def what(self) -> str:
        """Says how to write one."""
        return (
            "a list of diagrams, of `diagrams.generate` or each as a list of lines (i, j) between points and "
            f"vertices, numbered from 0, {self.external or 'no'} external points first"
        )

    def read(self, answer: Any) -> Counter[Lines]:
        """How often each graph occurs, its vertices in a standard order."""
        listed: Any = [answer] if isinstance(answer, Diagram) else answer
        if isinstance(listed, str | bytes | dict):
            listed = None
        try:
            entries = iter(listed)
        except TypeError:
            raise ValueError(f"answer must be a list of diagrams (got {shown(answer)})") from None
        found: Counter[Lines] = Counter()
        for k, diagram in enumerate(entries):
            if k == 20:
                raise ValueError(f"answer must be a list of at most 20 diagrams (got {shown(answer)})")
            found[self._graph(diagram)] += 1
        return found

    def same(self, given: Counter[Lines], right: Counter[Lines]) -> bool:
        """The same graphs, equally often."""
        return given == right

    def _graph(self, diagram: Any) -> Lines:
        if isinstance(diagram, Diagram):
            if len(diagram.external) != self.external:
                raise ValueError(
                    f"answer must have diagrams of {self.external} external points (got "
                    f"{len(diagram.external)})"
                )
            lines = [(i, j) for i, j, _ in diagram.edges]
        else:
            lines = _lines(diagram)
        nodes = {node for line in lines for node in line} | set(range(self.external))
        inner = max(nodes, default=-1) + 1 - self.external
        if nodes != set(range(self.external + inner)) or inner > _MOST:
            raise ValueError(
                f"answer must have diagrams whose points and vertices are numbered from 0 without gaps, "
                f"at most {_MOST} of them vertices (got {shown(diagram)})"
            )
        return least_graph(lines, self.external, inner)


def least_graph(lines: Sequence[tuple[int, int]], external: int, inner: int) -> Lines:
    """The first, in the order of tuples, among the graphs that differ by the names of vertices.

    >>> least_graph([(1, 1), (0, 1)], 0, 2) == least_graph([(0, 0), (1, 0)], 0, 2)
    True
    """
    outer = tuple(range(external))
    named = (outer + tuple(external + k for k in order) for order in permutations(range(inner)))
    return min(tuple(sorted((min(to[i], to[j]), max(to[i], to[j])) for i, j in lines)) for to in named)


def _lines(diagram: Any) -> list[tuple[int, int]]:
    try:
        lines = [(index(i), index(j)) for i, j in diagram]
    except (TypeError, ValueError):
        lines = []
    small = all(0 <= node < 20 for line in lines for node in line)
    if isinstance(diagram, str | bytes) or not lines or not small or len(lines) > 50:
        raise ValueError(f"answer must have diagrams as lists of lines (i, j) (got {shown(diagram)})")
    return lines
