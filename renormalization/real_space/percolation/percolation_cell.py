"""A cell of sites that becomes one site, occupied where the cell is spanned."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy

from fieldtheory.arguments import require_integer
from fieldtheory.budgets import require_budget
from fieldtheory.drawing import plot
from fieldtheory.references import REYNOLDS
from renormalization.real_space.maps.rg_map import RGMap
from renormalization.real_space.percolation.cell_counts import spanning_counts


@dataclass(frozen=True)
class PercolationCell:
    """b x b sites of the square lattice, `size` = b; made by `percolation_cell`.

    `counts`: k-th entry, of the configurations with k occupied sites those with a path of occupied
    neighbours from the first row to the last, exact integers, k = 0...b^2.
    """

    size: int
    counts: tuple[int, ...]

    plot = plot

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return (REYNOLDS,)

    @cached_property
    def map(self) -> RGMap:
        """p' = sum_k counts[k] p^k (1 - p)^(b^2 - k): whether a cell is spanned, lengths shrink by b."""
        p = sympy.Symbol("p")
        sites = self.size**2
        formula = sympy.Add(*(count * p**k * (1 - p) ** (sites - k) for k, count in enumerate(self.counts)))
        return RGMap(formula, p, self.size, (0.0, 1.0), self.references)

    def to_dict(self) -> dict[str, Any]:
        """Size and counts, for JSON."""
        return {"size": self.size, "counts": list(self.counts)}


def percolation_cell(size: int) -> PercolationCell:
    """The cell of `size` x `size` sites of the square lattice, 4 neighbours, spanned from top to bottom.

    Counted exactly by a transfer of the connectivity of a row: all 2^25 configurations of b = 5 in some
    hundredths of a second. Fixed point and exponent: `cell.map.fixed_points((0.1, 0.9))`; p* is not monotone
    in b at small sizes, and nu falls slowly towards 4/3. ValueError for fewer than 2 sites a side.

    Source: Reynolds, Klein, Stanley, J. Phys. C 10, L167 (1977).

    Equation: percolation-cell

    >>> cell = percolation_cell(3)
    >>> cell.counts
    (0, 0, 0, 3, 22, 59, 67, 36, 9, 1)
    >>> [point] = cell.map.fixed_points((0.1, 0.9))
    >>> round(float(point.x), 6), round(point.nu, 6)
    (0.61926, 1.624515)
    """
    size = require_integer("size", size, minimum=2, maximum=100)
    rows = 3.0**size  # more than can be told apart
    require_budget(
        f"size = {size}",
        seconds=2e-6 * rows * size**2 * (1 + size**2 / 400),
        memory=rows * (size**4 / 8 + 40 * size),
        smaller="size",
    )
    return PercolationCell(size, spanning_counts(size))
