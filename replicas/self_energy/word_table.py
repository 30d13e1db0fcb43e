r"""The self-energy as a table: its diagrams order by order, to be evaluated at any propagator G.

In units of kappa = ridge/N (bare) or 1/(N T) (full scattering T off a point) a word of order n with k visits
is N^{-n} times its coefficient times its diagram with lines h_l = G_l/kappa, k - 1 of them:
Sigma kappa = 1 + sum_n N^{-n} S_n[h]. Nothing can leave the float range in these units.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from diagrams.zonal.program import UnreducedDiagram, ZonalProgram
from diagrams.zonal.single_line import line_transform, line_values, needs_sphere
from fieldtheory.arguments import ENSEMBLES, require_choice, require_flag, require_integer
from fieldtheory.array_types import Floats
from fieldtheory.sphere.harmonics import AngleTransform
from replicas.self_energy.local_and_smooth import LocalAndSmooth
from replicas.self_energy.words import Word, self_energy_words, skeleton_words

_ENTRIES = 1 << 14  # of an array of lines, sizes times angles, taken at once: they stay in the cache


@dataclass(frozen=True)
class WordTerm:
    """A term of the self-energy: all words of the same value, with the sum of their coefficients.

    `numbers` multiply the `line` between their ends; `line` is None for local words, delta(x, y), which count
    the same in every degree.
    """

    coefficient: int
    numbers: tuple[int, ...]
    line: int | None


@dataclass(frozen=True)
class SelfEnergyTable:
    """The self-energy up to an order: terms by order (terms[0] is order 1) over one program of operations."""

    program: ZonalProgram
    terms: tuple[tuple[WordTerm, ...], ...]

    @property
    def orders(self) -> int:
        """Highest order in the table."""
        return len(self.terms)

    @property
    def needs_sphere(self) -> bool:
        """Whether products in t occur."""
        return needs_sphere(self.program)

    @property
    def has_bridges(self) -> bool:
        """Whether Wheatstone bridges occur, which cost many times as much as all else."""
        return any(kind == "bridge" for kind, _ in self.program.operations)

    def transform(self, dim: int, max_degree: int, wanted: int = 0) -> AngleTransform:
        """Degrees, at least to `wanted`, and angles for lines up to max_degree."""
        return line_transform(self.program, dim, max_degree, wanted)

    def values(
        self,
        line: Any,
        traced: Any,
        transform: AngleTransform | None,
        multiplicities: Floats,
        kept: int | None = None,
    ) -> list[LocalAndSmooth]:
        """The self-energies S_1, S_2, ... of the orders, for lines h_l (last axis l).

        `traced`: deg(l) h_l; products in t only take the first `kept` degrees. Complex lines carry
        derivatives along (see `SphereValues`).
        """
        kept = line.shape[-1] if kept is None else kept
        sizes = line.shape[-2] if line.ndim > 1 else 1
        columns = line.shape[-1] if transform is None else len(transform.nodes)
        step = max(1, _ENTRIES // (math.prod(line.shape[:-2]) * columns))
        if sizes <= step:
            return self._values(line, traced, transform, multiplicities, kept)
        parts = [
            self._values(line[..., part, :], traced[..., part, :], transform, multiplicities, kept)
            for part in (slice(start, start + step) for start in range(0, sizes, step))
        ]
        return [
            LocalAndSmooth(
                np.concatenate([each.local for each in pieces], axis=-1),
                np.concatenate([each.smooth for each in pieces], axis=-2),
            )
            for pieces in zip(*parts, strict=True)
        ]

    def _values(
        self,
        line: Any,
        traced: Any,
        transform: AngleTransform | None,
        multiplicities: Floats,
        kept: int,
    ) -> list[LocalAndSmooth]:
        found = line_values(self.program, line, traced, transform, multiplicities, kept)
        size = kept if transform is None else transform.max_degree + 1
        sums = []
        for terms in self.terms:
            local: Any = np.zeros(line.shape[:-1], dtype=line.dtype)
            smooth: Any = np.zeros((*line.shape[:-1], size), dtype=line.dtype)
            for term in terms:
                factor = term.coefficient * found.product(term.numbers)
                if term.line is None:
                    local = local + factor
                else:
                    smooth = smooth + np.asarray(factor)[..., None] * found.degrees(term.line)
            sums.append(LocalAndSmooth(local, smooth))
        return sums

    def __str__(self) -> str:
        lines = []
        for order, terms in enumerate(self.terms, start=1):
            for term in terms:
                numbers = " ".join(self.program.describe(each) for each in term.numbers)
                line = "delta" if term.line is None else self.program.describe(term.line)
                lines.append(f"order {order}: {term.coefficient:+d} {numbers} {line}".replace("  ", " "))
        return "\n".join(lines)


def self_energy_table(order: int, ensemble: str = "poisson", skeleton: bool = False) -> SelfEnergyTable:
    """The self-energy at orders 1 to `order`, by all words or (`skeleton`) in terms of the full propagator.

    UnreducedDiagram for orders with words that neither series-parallel reduction nor bridges evaluate
    (from order 5).

    Equation: word-weight, second-order

    >>> print(self_energy_table(2))
    order 1: -1 value[0] delta
    order 2: +1 value[0] value[0] delta
    order 2: -1 0*0*0
    order 2: -1 value[0] value[0o0] delta
    """
    order = require_integer("order", order, minimum=0)
    require_choice("ensemble", ensemble, ENSEMBLES)
    return _table(order, ensemble, require_flag("skeleton", skeleton))


@lru_cache(maxsize=32)
def _table(order: int, ensemble: str, skeleton: bool) -> SelfEnergyTable:
    program = ZonalProgram()
    words = skeleton_words if skeleton else self_energy_words
    terms = []
    for n in range(1, order + 1):
        try:
            terms.append(tuple(_terms(program, words(n, ensemble))))
        except UnreducedDiagram as error:
            raise UnreducedDiagram(f"order must be at most {n - 1} (got {order}): {error}") from None
    return SelfEnergyTable(program.freeze(), tuple(terms))


def _terms(program: ZonalProgram, words: Iterator[Word]) -> Iterator[WordTerm]:
    totals: Counter[tuple[tuple[int, ...], int | None]] = Counter()
    for word in words:
        steps = [(i, j, 0) for i, j in word.steps()]
        nodes = max(max(word.points) + 1, 1)
        reduced = program.reduce(1 if word.is_local else 2, nodes, steps)
        if reduced.core:
            raise UnreducedDiagram(f"word {word} must reduce to one line to be evaluated (got a core)")
        totals[reduced.numbers, reduced.line] += word.coefficient
    for (numbers, line), coefficient in totals.items():
        if coefficient:
            yield WordTerm(coefficient, numbers, line)
