"""The diagrams of a random kernel summed over points, with its mean and covariance as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import opt_einsum

from diagrams.evaluate.contraction import contract
from fieldtheory.array_types import Floats
from replicas.data_variability.kernel_theory import KernelDiagram


@dataclass(frozen=True, eq=False)
class CovarianceSum:
    """Lines and covariances on P training and T test points.

    `line`: -(K + kappa)^-1, `background`: (K + kappa)^-1 y, `end`: K_* line, (T, P), `covariance`:
    Cov(K_ab, K_cd), `test_covariance`: Cov(K_*a, K_bc), (T, P, P, P).
    """

    line: Floats
    background: Floats
    end: Floats
    covariance: Floats
    test_covariance: Floats

    def terms(self, diagrams: Sequence[tuple[KernelDiagram, int]]) -> Floats:
        """These diagrams, with their factors, at every test point: (diagrams, tests)."""
        found = np.empty((len(diagrams), len(self.end)))
        with opt_einsum.shared_intermediates():
            for row, (diagram, factor) in zip(found, diagrams, strict=True):
                row[:] = float(factor * diagram.diagram.weight) * self._value(diagram)
        return found

    def _value(self, diagram: KernelDiagram) -> Floats:
        arrays: list[Floats] = []
        labels: list[tuple[int, ...]] = []
        for pairs in diagram.cumulants:
            first = pairs[0]
            arrays.append(self.test_covariance if first[0] < 0 else self.covariance)
            labels.append(tuple(place + 1 for pair in pairs for place in pair))
        for pair in diagram.lines:
            arrays.append(self.line)
            labels.append((pair[0] + 1, pair[1] + 1))
        for place in diagram.backgrounds:
            arrays.append(self.background)
            labels.append((place + 1,))
        if diagram.end is not None:
            arrays.append(self.end)
            labels.append((0, diagram.end + 1))
        return contract(arrays, labels, [0], f"a sum over {len(self.line)} points", "the number of points")
