"""Where a kernel of a network with branch cuts is sampled, and how the samples make its eigenvalues."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_types import Complexes, Floats
from fieldtheory.eigenvalues.contour import ContourTable, LeftCut, choose_radii, contour_table, left_cut
from fieldtheory.eigenvalues.eigenvalues import EPS, Eigenvalues


class BranchCuts(NamedTuple):
    """The contour around the cuts z > 1 and z < -start of a kernel on S^{dim-1}.

    A kernel is sampled as K(z) - K(1): Im on the right cut, Re and Im on the arcs, Im on the left cut, one
    after the other, on the upper lips.
    """

    table: ContourTable
    start: float
    cut: LeftCut | None

    @classmethod
    def at(cls, start: float, dim: int, max_degree: int) -> BranchCuts:
        """The contour for a left cut from -start on, start >= 1."""
        table = contour_table(dim, max_degree, choose_radii(start))
        return cls(table, start, left_cut(table, start) if start > 1 else None)

    @property
    def right(self) -> Floats:
        """z - 1 on the right cut."""
        return self.table.right

    @property
    def left(self) -> Floats:
        """-start - z on the left cut."""
        if self.cut is not None:
            return self.cut.distance
        return self.table.right[: None if self.start == 1 else 0]

    @property
    def arc(self) -> Complexes:
        """z on the arcs."""
        return self.table.arc

    def eigenvalues(self, samples: Floats, trace: Any, zeros: slice = slice(0, 0)) -> Eigenvalues:
        """The eigenvalues of degrees 0 to max_degree, those of `zeros` being 0 by symmetry.

        Of many kernels at once: `samples` with a row for each, an array of traces.
        """
        table = self.table
        mantissa, check, size = table.sums(samples, mirrored=self.start == 1)
        if self.cut:
            on_left = samples[..., len(table.right) + 2 * len(table.arc) :]
            for found, added in zip((mantissa, check, size), self.cut.eigenvalues(on_left), strict=True):
                found += added
        top = trace * 0.5 ** int(table.exponent[0])
        mantissa.T[0] += top
        check.T[0] += top
        mantissa.T[zeros] = 0.0
        magnitude = np.abs(mantissa)
        rounding = 4 * EPS * size + table.rounding * magnitude
        rounding.T[0] += EPS * top
        spread = np.abs(mantissa - check) + rounding
        relative = np.divide(spread, magnitude, out=np.zeros_like(magnitude), where=magnitude > 0)
        return Eigenvalues(mantissa, table.exponent, relative)
