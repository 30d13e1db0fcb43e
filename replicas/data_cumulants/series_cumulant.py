"""A cumulant as a series in the number of lines, with an estimate of what is left out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.drawing import plot
from fieldtheory.references import INGROSSO_GOLDT, SLEPIAN

_FEWEST, _COMPARED = 6, 5  # terms for a resummation, and resummations that are compared
_POWER = 1.5  # terms fall like q^n n^(-3/2): two at a time by q^2 (1 - 2/n)^(3/2)


class Estimate(NamedTuple):
    """A number, and how far it may be off."""

    value: float
    error: float


@dataclass(frozen=True, eq=False)
class SeriesCumulant:
    """A cumulant of data, summed over diagrams with up to `order` lines.

    `terms`: the sum of those with k lines, k = 0 ... order, shape (order + 1,); `value`: their sum;
    `is_complete`: whether there are no further diagrams; `truncation`: an estimate of what all further ones
    would change, infinite where the terms do not fall, or are too few to tell. `references`: the papers.

    >>> print(SeriesCumulant(np.array([0.0, 0.5, 0.0, 0.05, 0.0, 0.006])))
    0.556 +- 0.0031 (diagrams with up to 5 lines)
    """

    terms: Floats
    is_complete: bool = False

    plot = plot
    references = (INGROSSO_GOLDT, SLEPIAN)

    @property
    def order(self) -> int:
        """The largest number of lines."""
        return len(self.terms) - 1

    @property
    def value(self) -> float:
        """The sum of all terms."""
        return float(self.terms.sum())

    @property
    def partial_sums(self) -> Floats:
        """With up to k lines, shape (order + 1,)."""
        return np.cumsum(self.terms)

    @property
    def resummed(self) -> Estimate:
        """The diagonal Pade approximant of the series in the number of lines, and how far it has settled.

        By Wynn's epsilon algorithm, from the terms that are not 0, six or more; the sum itself for fewer. For
        erf all singularities in the strength of the lines are real: this works where the series diverges.
        Error: the largest change with the last one to four terms.

        >>> SeriesCumulant(np.array([0.0, *(-2.0) ** np.arange(6)])).resummed.value  # 1/(1 + 2)
        0.3333333333
        """
        sums = self.partial_sums[self.terms != 0]
        if self.is_complete or len(sums) < _FEWEST:
            return Estimate(self.value, self.truncation)
        found, *earlier = (_wynn(sums[: len(sums) - left]) for left in range(_COMPARED))
        return Estimate(found, max(abs(found - each) for each in earlier))

    @property
    def best(self) -> Estimate:
        """The sum or its resummation, the one with the smaller error."""
        plain, other = Estimate(self.value, self.truncation), self.resummed
        return other if other.error < plain.error else plain

    @property
    def truncation(self) -> float:
        """The rest, if the terms go on to fall as the last six do.

        Two orders at a time, since every other one may vanish: a geometric series, whose ratio is the larger
        one of the last two, corrected for the power of the order in the terms.
        """
        if self.is_complete:
            return 0.0
        sizes = np.abs(np.append(np.zeros(6), self.terms))
        last, middle, first = (float(sizes[k] + sizes[k - 1]) for k in (-1, -3, -5))
        if not first > 0 or not middle > 0 or not last > 0:
            return math.inf
        earlier = self.order - 1  # the order of the last term that is not 0, or one more
        ratio = max(last / middle, middle / first) * (earlier / (earlier - 2)) ** _POWER
        return last * ratio / (1 - ratio) if ratio < 1 else math.inf

    def __str__(self) -> str:
        text = f"{self.value:.10g} +- {self.truncation:.2g} (diagrams with up to {self.order} lines)"
        return text if math.isfinite(self.truncation) else f"{text}: the terms do not fall yet"


def _wynn(sums: Floats) -> float:
    """The last entry in the last even column of the epsilon table."""
    before, column = np.zeros(len(sums) + 1), sums
    found = float(sums[-1])
    for step in range(1, len(sums)):
        change = np.diff(column)
        if (change == 0).any():  # all digits agree
            break
        before, column = column, before[1:-1] + 1 / change
        if step % 2 == 0:
            found = float(column[-1])
    return found
