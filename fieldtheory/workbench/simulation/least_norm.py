"""The solution of least norm, where rounding leaves a Gram matrix no inverse."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from fieldtheory.array_types import Floats
from fieldtheory.eigenvalues.eigenvalues import EPS


@dataclass(frozen=True, eq=False)
class LeastNorm:
    """The modes of A = K + ridge above rounding: A^+ = V diag(1/values) V^T takes the place of A^{-1}.

    `vectors`: V, (N, modes); `values`: of A, in increasing order; `missed`: ridge/values, the share of a mode
    that the fit misses; of what is in none of the modes it misses all. `rounding`: of eigenvalues.
    """

    vectors: Floats
    values: Floats
    missed: Floats
    rounding: float

    @classmethod
    def of(cls, matrix: Floats, ridge: float, entry: float, upper: bool = False) -> LeastNorm:
        """Of A, of which one triangle is read and all is overwritten; `entry`: rounding of its entries."""
        # "evr", which needs less memory, was seen to make 2e-15 of the largest eigenvalue of a zero
        values, vectors = eigh(matrix, lower=not upper, driver="evd", overwrite_a=True, check_finite=False)
        rounding = least_norm_rounding(len(values), float(values[-1]), entry)
        first = int(np.searchsorted(values, rounding, side="right"))
        kept = values[first:]
        return cls(vectors[:, first:], kept, ridge / kept, rounding)

    @property
    def condition(self) -> float:
        """Of A on its modes, in the 2-norm."""
        return float(self.values[-1] / self.values[0]) if len(self.values) else 1.0

    @property
    def inverse(self) -> Floats:
        """A^+."""
        found: Floats = (self.vectors / self.values) @ self.vectors.T
        return found

    def solve(self, right: Floats) -> Floats:
        """A^+ times columns."""
        found: Floats = self.vectors @ ((self.vectors.T @ right) / self.values[:, None])
        return found

    def residuals(self, right: Floats) -> Floats:
        """(1 - K A^+) times columns: labels less their fit."""
        parts = self.vectors.T @ right
        found: Floats = right - self.vectors @ (parts - self.missed[:, None] * parts)
        return found


def least_norm_rounding(size: int, norm: float, entry: float) -> float:
    """What rounding does to eigenvalues: that of the algebra, or that of entries, each on its own."""
    return max(size * EPS * norm, math.sqrt(size) * entry)
