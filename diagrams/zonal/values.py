"""Values of a zonal program on the sphere: coefficients by degree, functions of the angle, numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from diagrams.zonal.bridge import Arm, bridge_degrees
from diagrams.zonal.program import ZonalProgram
from fieldtheory.array_types import Floats
from fieldtheory.complex_step import times_real
from fieldtheory.counted import counted
from fieldtheory.sphere.harmonics import AngleTransform, float_multiplicities


class SphereValues:
    """The operations of a reduction program as numbers, each computed once and when asked for.

    `lines`: Funk-Hecke coefficients of each propagator, all degrees of the transform in the last axis, any
    leading axes for a batch. Complex coefficients work too: an imaginary part of relative size 1e-25 carries
    a derivative through all operations, exact to rounding (complex step). `truncation` as in `ZonalValue`.
    Without a transform, for eigenspaces of any kernel with these `multiplicities`, only what needs no product
    in t can be had. `known`: number operations whose value is known better, by their position.

    >>> transform = AngleTransform.build(dim=3, max_degree=1)
    >>> program = ZonalProgram()
    >>> found = SphereValues(program, {0: np.array([1.0, 0.5])}, transform)
    >>> float(found.number(program.value(program.line(0))))  # F(1) = sum_l deg(l) F_l
    2.5
    """

    def __init__(
        self,
        program: ZonalProgram,
        lines: Mapping[int, Any],
        transform: AngleTransform | None,
        multiplicities: Floats | None = None,
        known: Mapping[int, Any] | None = None,
    ) -> None:
        self.program, self.lines, self._transform = program, lines, transform
        self.truncation = 0.0
        if transform is not None:
            multiplicities = float_multiplicities(transform.max_degree, transform.dim)
        if multiplicities is None:
            raise ValueError("multiplicities must be given where there is no transform (got None)")
        self._deg = multiplicities
        present = {p: _band(each) for p, each in lines.items()} or {0: 0}
        self.bands = program.bands(present, len(multiplicities) - 1)
        self._angles: dict[int, Any] = {}
        self._degrees: dict[int, Any] = {}
        self._numbers: dict[int, Any] = dict(known or {})
        self._number_powers: dict[tuple[int, int], Any] = {}

    @property
    def transform(self) -> AngleTransform:
        """Degree <-> angle tables; ValueError without."""
        if self._transform is None:
            raise ValueError(
                "transform must be given for diagrams with products in t = x.y (got None): evaluate them "
                "on a sphere, with AngleTransform.build(dim, max_degree)"
            )
        return self._transform

    def product(self, numbers: tuple[int, ...]) -> Any:
        """The product of these number operations."""
        total: Any = 1.0
        for each in _powers(numbers):
            if each not in self._number_powers:
                position, power = each
                self._number_powers[each] = self.number(position) ** power
            total = total * self._number_powers[each]
        return total

    def number(self, position: int) -> Any:
        """A "value" or a "mean" operation: one number for every member of the batch."""
        if position not in self._numbers:
            kind, (line,) = self.program.operations[position]
            if kind == "value":
                found = self.degrees(line) @ self._deg
            else:
                self._require_nodes(self.bands[line])
                found = self.angles(line) @ self.transform.weights
            self._numbers[position] = found
        return self._numbers[position]

    def angles(self, position: int) -> Any:
        """Values of a line operation at the nodes."""
        if position not in self._angles:
            kind, arguments = self.program.operations[position]
            if kind == "parallel":
                found: Any = 1.0
                for line, power in _powers(arguments):
                    found = found * _power(self.angles(line), power)
            else:
                found = times_real(self.degrees(position) * self._deg, self.transform.polynomials)
            self._angles[position] = found
        return self._angles[position]

    def degrees(self, position: int) -> Any:
        """Funk-Hecke coefficients of a line operation."""
        if position not in self._degrees:
            self._degrees[position] = self._computed_degrees(position)
        return self._degrees[position]

    def _computed_degrees(self, position: int) -> Any:
        kind, arguments = self.program.operations[position]
        if kind == "line":
            return self.lines[arguments[0]]
        if kind == "series":
            lost, found = 1.0, 1.0
            for line, power in _powers(arguments):
                found = found * _power(self.degrees(line), power)
                lost *= self._tail(line) ** power
            self.truncation = max(self.truncation, lost)
            return found
        if kind == "parallel":
            self._require_nodes(self.bands[position] + self.transform.max_degree)
            weighted = self.angles(position) * self.transform.weights
            return times_real(weighted, self.transform.polynomials.T)
        a, b, h, c, d = arguments
        self._require_nodes(max(self.bands[line] for line in (a, h, c)) + 2 * self.transform.max_degree)
        self.truncation = max([self.truncation, *(self._tail(line) for line in (b, d))])
        arms = {line: Arm(self.degrees(line), self.angles(line), self.bands[line]) for line in arguments}
        return bridge_degrees((arms[a], arms[b], arms[h], arms[c], arms[d]), self.transform)

    def _require_nodes(self, degree: int) -> None:
        """The n-point Gauss rule is exact to degree 2n - 1."""
        if degree > 2 * len(self.transform.nodes) - 1:
            nodes = counted(degree // 2 + 1, "node")
            raise ValueError(
                f"transform must have at least {nodes} for products of these propagators "
                f"(got {len(self.transform.nodes)}): AngleTransform.build(dim, max_degree, nodes)"
            )

    def _tail(self, line: int) -> float:
        """Part of a function beyond the transform, relative, in mean square; the largest of the batch."""
        if self.bands[line] < len(self._deg):
            return 0.0
        values = np.real(self.angles(line))
        beyond = values - (np.real(self.degrees(line)) * self._deg) @ self.transform.polynomials
        size = values**2 @ self.transform.weights
        lost = beyond**2 @ self.transform.weights
        return float(np.sqrt(np.max(lost / np.where(size > 0, size, 1.0), initial=0.0)))


@lru_cache(maxsize=4096)
def _powers(positions: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """Each position with how often it occurs."""
    return tuple(Counter(positions).items())


def _power(values: Any, power: int) -> Any:
    """values ** power by products: of complex arrays, NumPy's power takes many times as long."""
    found = values
    for _ in range(power - 1):
        found = found * values
    return found


def _band(line: Any) -> int:
    """Highest degree with a coefficient that is not zero."""
    present = np.any(line != 0, axis=tuple(range(np.ndim(line) - 1)))
    return int(np.flatnonzero(present).max(initial=0))
