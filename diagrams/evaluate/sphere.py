r"""Diagrams on the sphere S^{d-1}: zonal propagators, vertices integrated with the uniform measure (mass 1).

Series-parallel reduction (Duffin, J. Math. Anal. Appl. 10, 303 (1965)): parallel propagators multiply in
t = x.y, a vertex between two of them multiplies their Funk-Hecke coefficients, a self-loop is F(1), a part
that hangs on one point is a number, since by rotation it does not matter where that point is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from diagrams.constituents import TheoryError
from diagrams.tables import DiagramTable, ExpansionTable
from fieldtheory.arrays import Floats
from fieldtheory.harmonics import AngleTransform, float_multiplicities


class IrreducibleDiagram(TheoryError):
    """A diagram that series-parallel reduction does not bring down to one line; the message says which."""


@dataclass(frozen=True)
class ZonalValue:
    """A zonal function of two external points; a constant where fewer are open.

    `values` at the nodes of the transform, `degrees` the Funk-Hecke coefficients. `truncation`: estimate of
    the largest relative error (mean square) that a vertex made because the functions that meet there reach
    beyond the degrees of the transform; exactly 0 if they do not.
    """

    values: Floats
    degrees: Floats
    truncation: float

    @property
    def number(self) -> float:
        """Mean over the external points: the value of a vacuum diagram."""
        return float(self.degrees[0])


def evaluate_sphere(table: ExpansionTable, propagators: Any, transform: AngleTransform) -> ZonalValue:
    r"""Value of diagrams with at most two external points by series-parallel reduction.

    `propagators`: Funk-Hecke coefficients F_l, l = 0 ... at most transform.max_degree, or such by pair of
    fields; the propagator is the finite sum deg(l) F_l P_l(t), also where it closes on itself.

    TheoryError for non-local vertices and more external points, IrreducibleDiagram for what does not reduce,
    ValueError if the transform has too few nodes for the products that occur.

    >>> from diagrams.generate import generate
    >>> from diagrams.tables import tabulate
    >>> from diagrams.theory import Theory
    >>> one_loop = tabulate(generate(Theory.scalar({4: -2}), ("phi", "phi"), 1))
    >>> evaluate_sphere(one_loop, [1.0, 0.5], AngleTransform.build(dim=3, max_degree=1)).degrees
    array([-2.5  , -0.625])
    """
    table.require_local()
    if len(table.external) > 2:
        raise TheoryError(f"at most two external points can be open (got {len(table.external)})")
    if not np.isfinite(float_multiplicities(transform.max_degree, transform.dim)).all():
        raise ValueError(
            f"transform must have multiplicities in the float range (got degree {transform.max_degree}, "
            f"dim {transform.dim})"
        )
    lines = {p: _line(value, transform) for p, value in table.bind(propagators).items()}
    values, degrees = np.zeros(len(transform.nodes)), np.zeros(transform.max_degree + 1)
    truncation = 0.0
    for term in table.terms:
        reduction = _Reduction(table, term, lines, transform)
        scale, function = reduction.run()
        values = values + term.coefficient * scale * function.values
        degrees = degrees + term.coefficient * scale * function.coefficients(transform)
        truncation = max(truncation, reduction.truncation)
    return ZonalValue(values, degrees, truncation)


@dataclass(frozen=True)
class _Zonal:
    """Values at the nodes, and the highest degree that can occur; `degrees` where they are known already."""

    values: Floats
    band: int
    degrees: Floats | None = None

    def coefficients(self, transform: AngleTransform) -> Floats:
        if self.degrees is not None:
            return self.degrees
        self.require_nodes(transform, self.band + transform.max_degree)
        return transform.to_degrees(self.values)

    def mean(self, transform: AngleTransform) -> float:
        if self.degrees is not None:
            return float(self.degrees[0])
        self.require_nodes(transform, self.band)
        return float(transform.weights @ self.values)

    def require_nodes(self, transform: AngleTransform, degree: int) -> None:
        """The n-point Gauss rule is exact to degree 2n - 1."""
        if degree > 2 * len(transform.nodes) - 1:
            raise ValueError(
                f"transform must have at least {degree // 2 + 1} nodes for a product of degree {self.band} "
                f"(got {len(transform.nodes)}): AngleTransform.build(dim, max_degree, nodes)"
            )

    def tail(self, transform: AngleTransform) -> float:
        """Part of the function beyond the transform, relative, in mean square."""
        if self.band <= transform.max_degree or not self.values.any():
            return 0.0
        beyond = self.values - transform.to_angles(self.coefficients(transform))
        return float(np.sqrt(transform.weights @ beyond**2 / (transform.weights @ self.values**2)))


def _line(value: ArrayLike, transform: AngleTransform) -> _Zonal:
    given = np.asarray(value, dtype=np.float64)
    size = transform.max_degree + 1
    if given.ndim != 1 or not 1 <= len(given) <= size:
        raise ValueError(f"propagators must be 1 to {size} coefficients (got shape {given.shape})")
    degrees = np.zeros(size)
    degrees[: len(given)] = given
    band = int(np.flatnonzero(degrees).max(initial=0))
    return _Zonal(transform.to_angles(degrees), band, degrees)


class _Reduction:
    """The graph of one term while it shrinks: at most one line between two nodes, numbers taken out."""

    def __init__(
        self, table: ExpansionTable, term: DiagramTable, lines: dict[int, _Zonal], transform: AngleTransform
    ) -> None:
        self.table, self.term, self.transform = table, term, transform
        self.factor, self.truncation = 1.0, 0.0
        self.around: list[dict[int, _Zonal]] = [{} for _ in range(term.nodes)]
        for i, j, p, power in term.rows:
            if i == j:
                deg = float_multiplicities(transform.max_degree, transform.dim)
                self.factor *= float(deg @ lines[p].coefficients(transform)) ** power
            else:
                for _ in range(power):
                    self.join(i, j, lines[p])

    def join(self, i: int, j: int, line: _Zonal) -> None:
        """One line more between two nodes: parallel lines multiply in t."""
        before = self.around[i].get(j)
        if before is not None:
            line = _Zonal(before.values * line.values, before.band + line.band)
        self.around[i][j] = self.around[j][i] = line

    def remove(self, node: int) -> list[tuple[int, _Zonal]]:
        ends = sorted(self.around[node].items())
        for other, _ in ends:
            del self.around[other][node]
        self.around[node].clear()
        return ends

    def run(self) -> tuple[float, _Zonal]:
        """A number, and the function of the external points that it multiplies."""
        remaining = set(range(self.term.external, self.term.nodes))
        while remaining:
            node = next((k for k in sorted(remaining) if len(self.around[k]) <= 2), None)
            if node is None:
                raise IrreducibleDiagram(
                    "diagram must be series-parallel to be evaluated on the sphere "
                    f"(got {self.table.describe(self.term)})"
                )
            remaining.remove(node)
            ends = self.remove(node)
            if len(ends) == 1:  # a dead end: a number, wherever it hangs
                self.factor *= ends[0][1].mean(self.transform)
            elif len(ends) == 2:
                (i, first), (j, second) = ends
                self.join(i, j, self.convolve(first, second))
        if self.term.external == 2 and self.around[0]:
            return self.factor, self.around[0][1]
        constant = np.zeros(self.transform.max_degree + 1)
        constant[0] = 1.0
        return self.factor, _Zonal(np.ones(len(self.transform.nodes)), 0, constant)

    def convolve(self, first: _Zonal, second: _Zonal) -> _Zonal:
        """The integral over the point between two lines: coefficients multiply."""
        transform = self.transform
        degrees = first.coefficients(transform) * second.coefficients(transform)
        self.truncation = max(self.truncation, first.tail(transform) * second.tail(transform))
        band = min(first.band, second.band, transform.max_degree)
        return _Zonal(transform.to_angles(degrees), band, degrees)
