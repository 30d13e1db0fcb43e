"""The covariance of a kernel whose points are alike: one entry for every way in which two pairs overlap."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from fieldtheory.arguments import require_integer, require_number
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget

_CHECKED = 6  # points on which a covariance is looked at
# by the number of pairs that are one point twice, and of points that both pairs have
OVERLAPS = {
    (2, 1): "diagonal",
    (2, 0): "two_diagonals",
    (1, 1): "diagonal_and_pair",
    (1, 0): "diagonal_and_others",
    (0, 2): "pair",
    (0, 1): "pairs_sharing",
    (0, 0): "disjoint_pairs",
}


def overlap(a: int, b: int, c: int, d: int) -> str:
    """The name of the entry Cov(K_ab, K_cd), by which of the points are the same.

    >>> overlap(0, 0, 0, 1), overlap(0, 1, 2, 1)
    ('diagonal_and_pair', 'pairs_sharing')
    """
    return OVERLAPS[(a == b) + (c == d), len({a, b} & {c, d})]


@dataclass(frozen=True)
class PermutationSymmetric:
    """Covariance of the entries of a kernel on points that are alike, for a, b, c, d all different.

    `pair`: Cov(K_ab, K_ab), `pairs_sharing`: Cov(K_ab, K_ac), `disjoint_pairs`: Cov(K_ab, K_cd), `diagonal`:
    Cov(K_aa, K_aa), `two_diagonals`: Cov(K_aa, K_bb), `diagonal_and_pair`: Cov(K_aa, K_ab),
    `diagonal_and_others`: Cov(K_aa, K_bc). Test points are like training points. ValueError for numbers that
    are no covariance.

    >>> PermutationSymmetric(pair=0.02, pairs_sharing=0.003).tensor(3)[0, 1, 0, 2]
    np.float64(0.003)
    """

    pair: float
    pairs_sharing: float = 0.0
    disjoint_pairs: float = 0.0
    diagonal: float = 0.0
    two_diagonals: float = 0.0
    diagonal_and_pair: float = 0.0
    diagonal_and_others: float = 0.0

    def __post_init__(self) -> None:
        for each in fields(self):
            value = require_number(each.name, getattr(self, each.name), minimum=-np.inf)
            object.__setattr__(self, each.name, value)
        a, b = np.triu_indices(_CHECKED)
        matrix = self._tensor(_CHECKED)[a, b][:, a, b]
        lowest, size = np.linalg.eigvalsh(matrix)[0], np.abs(matrix).max()
        if lowest < -1e-9 * size:
            names = [each.name for each in fields(self)]
            raise ValueError(
                f"{', '.join(names[:-1])} and {names[-1]} must be the entries of a covariance (got the "
                f"variance {lowest:.3g} for a sum of the kernel's entries on {_CHECKED} points)"
            )

    def tensor(self, points: int) -> Floats:
        """Cov(K_ab, K_cd) of so many points, shape (points, points, points, points)."""
        points = require_integer("points", points, minimum=1)
        require_budget(
            f"points = {points}", seconds=2e-8 * points**4, memory=40.0 * points**4, smaller="points"
        )
        return self._tensor(points)

    def _tensor(self, points: int) -> Floats:
        a, b, c, d = np.ogrid[:points, :points, :points, :points]
        twice = (a == b).astype(np.int8) + (c == d)
        first, second = (a == c) | (a == d), (b == c) | (b == d)
        shared_points = first.astype(np.int8) + (second & (a != b))
        found = np.zeros((points,) * 4)
        for (diagonals, shared), name in OVERLAPS.items():
            found[(twice == diagonals) & (shared_points == shared)] = getattr(self, name)
        return found
