"""Sums over the law of the overlap of random sign vectors: binomial numbers of equal signs, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fieldtheory.array_types import Floats, Integers
from fieldtheory.budgets import require_budget

_NEGLIGIBLE = 1e-22  # probability


@dataclass(frozen=True)
class OverlapLaw:
    """Vectors s of `dim` independent signs of this mean; a table has a value for each number of equal signs.

    The overlap of s and s' is q = s.s'/dim = 2 (equal signs)/dim - 1.
    """

    dim: int
    mean: float

    @property
    def overlaps(self) -> Floats:
        """q by the number of equal signs, 0 ... dim."""
        return 2 * np.arange(self.dim + 1) / self.dim - 1

    def average(self, table: Floats) -> float:
        """The mean over s and s'.

        >>> OverlapLaw(3, 0.5).average(OverlapLaw(3, 0.5).overlaps)
        0.25
        """
        counts, weights = _binomial(self.dim, (1 + self.mean**2) / 2)
        return float(weights @ table[counts])

    @cached_property
    def positive(self) -> tuple[Integers, Floats]:
        """The numbers of positive signs of s that are likely at all, and their probabilities."""
        return _binomial(self.dim, (1 + self.mean) / 2)

    def given_positive(self, table: Floats) -> tuple[Floats, Floats]:
        """The means over s' of the table and of the table times the sum of s', by `positive` signs of s."""
        counts, _ = self.positive
        width = min(self.dim + 1.0, 20 * self.dim**0.5)
        require_budget(f"dim = {self.dim}", seconds=2e-9 * len(counts) * width**2, smaller="dim")
        plain, summed = np.empty(len(counts)), np.empty(len(counts))
        p = (1 + self.mean) / 2
        for k, n in enumerate(counts):
            first, there = _binomial(int(n), p)  # where s is positive, s' is positive x times,
            second, beside = _binomial(
                int(self.dim - n), p
            )  # elsewhere y times: x + dim - n - y signs are equal
            beside = beside[::-1]
            sums = 2 * first - n, (2 * second - (self.dim - n))[::-1]
            start = first[0] + self.dim - n - second[-1]
            law = np.convolve(there, beside)
            values = table[start : start + len(law)]
            both = np.convolve(there * sums[0], beside) + np.convolve(there, beside * sums[1])
            plain[k], summed[k] = law @ values, both @ values
        return plain, summed


def _binomial(number: int, p: float) -> tuple[Integers, Floats]:
    """The likely numbers of successes and their probabilities, whose sum is 1."""
    from scipy.special import gammaln, xlog1py, xlogy  # not for the overlap itself, which needs no sums

    counts = np.arange(number + 1)
    logs = gammaln(number + 1) - gammaln(counts + 1) - gammaln(number - counts + 1)
    weights = np.exp(logs + xlogy(counts, p) + xlog1py(number - counts, -p))
    kept = np.flatnonzero(weights > _NEGLIGIBLE)
    counts, weights = counts[kept[0] : kept[-1] + 1], weights[kept[0] : kept[-1] + 1]
    return counts, weights / weights.sum()
