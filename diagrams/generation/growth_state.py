"""The generator's question in numbers, and the state that it goes on from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from diagrams.matrices.contracted_rows import Partial, Question
from diagrams.matrices.cuts import SCRATCH, TADPOLES
from diagrams.matrices.growth import grow
from diagrams.matrices.maximal_matrix import Search
from diagrams.matrices.packing import one_at
from diagrams.theories.theory import Theory

_CHUNK = 256  # diagrams made at a time
_PATIENCE = 20_000  # rows tried at a time at most: some milliseconds
_FIRST = 100  # rows tried at first: few questions of a command need more than the interpreter can do
_BITS = 50  # that each factor of a symmetry number holds at least


class Growth(NamedTuple):
    """The diagrams of one choice of vertices, as they are found: (codes of lines, symmetry number)."""

    question: Question
    partial: Partial
    search: Search
    cuts: int | None
    lines: int
    factors: int

    @classmethod
    def of(
        cls,
        theory: Theory,
        external: Sequence[str],
        vertices: Sequence[int],
        connected: bool,
        bubbles: bool,
        cuts: int,
    ) -> Growth:
        """Nothing found yet. `vertices`: their types, equal ones side by side."""
        outer, index = len(external), theory.field_index
        n, fields, many = outer + len(vertices), len(theory.fields), len(theory.propagators)
        legs = [{name: 1} for name in external] + [dict(theory.vertices[t].legs) for t in vertices]
        opens = np.zeros((n, fields), dtype=np.int64)
        for node, each in enumerate(legs):
            for name, count in each.items():
                opens[node, index[name]] = count
        pairs = [(index[p.first], index[p.second]) for p in theory.propagators]
        # in the order in which packed counts are compared: lines that begin at the node first
        numbered = list(enumerate(pairs))[::-1]
        kinds = [(one_at(p), a, b, 2 if a == b else 0) for p, (a, b) in numbered]
        kinds += [(one_at(p), b, a, 1) for p, (a, b) in numbered if a != b]
        loops = [(one_at(p), a, b) for p, (a, b) in enumerate(pairs)]
        question = Question(
            outer,
            np.array([*range(outer), *(outer + t for t in vertices)], dtype=np.int64),
            np.array(kinds, dtype=np.int64).reshape(-1, 4),
            np.array(loops, dtype=np.int64).reshape(-1, 3),
            connected or not (external or bubbles),
            bubbles,
            not cuts & TADPOLES,
        )
        square, lines = (n + 1, n), sum(sum(each.values()) for each in legs) // 2
        partial = Partial(
            np.array([0, 1], dtype=np.int64),
            opens,
            np.zeros((n, n), dtype=np.int64),
            np.zeros((n + 1, n * max(many, len(kinds))), dtype=np.int64),
            np.zeros(square, dtype=np.int64),
            np.zeros(square, dtype=np.int64),
            np.zeros((n, n + 1, fields), dtype=np.int64),
        )
        search = Search(
            np.zeros(square, dtype=np.int64),
            np.zeros(n + 1, dtype=np.int64),
            np.zeros(n, dtype=np.int64),
            np.ones(n, dtype=np.int64),
            np.zeros((SCRATCH, n + lines), dtype=np.int64),
        )
        labels = math.lgamma(n + 1) + sum(math.lgamma(k + 1) for each in legs for k in each.values())
        factors = 1 + int(labels / math.log(2)) // _BITS
        return cls(question, partial, search, cuts or None, lines, factors)

    def found(self) -> Iterator[tuple[list[int], int]]:
        """Codes of the lines, as in `grow`, and the symmetry number of each diagram."""
        lines = np.empty((_CHUNK, self.lines), dtype=np.int64)
        numbers = np.empty((_CHUNK, self.factors), dtype=np.int64)
        patience = _FIRST
        while self.partial.place[0] >= 0:
            count = grow(self.question, self.partial, self.search, lines, numbers, patience, self.cuts)
            patience = min(2 * patience, _PATIENCE)
            for codes, factors in zip(lines[:count].tolist(), numbers[:count].tolist(), strict=True):
                yield codes, math.prod(factors)
