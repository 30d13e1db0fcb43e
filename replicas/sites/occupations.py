r"""How many training points lie on a site: a Poisson number with replacement, a binomial one without.

A site of c points is occupied n times with n ~ Poisson(c p) or Binomial(c, p), p = N/M: sites independent of
each other, N on average (`fixed_number` goes over to exactly N). A site that is never drawn has c = 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Booleans, Floats, Integers

_TAIL = 1e-18  # probability of more points on a site than are followed


class Occupations(NamedTuple):
    """Laws of the number of training points on each site, shape (sites, levels): 0, 1, ... points.

    `weights`: of the site; `unseen`: given that one of its points is not drawn; `unseen_share`: the
    probability of that; `share`: N/M.
    """

    weights: Floats
    unseen: Floats
    unseen_share: float
    share: float

    @property
    def numbers(self) -> Floats:
        """0, 1, ..., the points of the levels."""
        return np.arange(self.weights.shape[1], dtype=np.float64)

    def at(self, places: Booleans) -> Occupations:
        """The laws on some of the sites."""
        return self._replace(weights=self.weights[places], unseen=self.unseen[places])


def occupations(counts: Integers, share: float, sampling: str) -> Occupations:
    """The laws on sites of so many points (0: never drawn), of which this share is drawn."""
    law = _poisson if sampling == "with-replacement" else _binomial
    levels = len(law(int(counts.max()), share))
    weights, unseen = np.zeros((len(counts), levels)), np.zeros((len(counts), levels))
    for count in np.unique(counts):
        here, others = law(int(count), share), law(max(int(count) - 1, 0), share)
        weights[counts == count, : len(here)] = here
        unseen[counts == count, : len(others)] = others
    missed = float(np.exp(-share)) if law is _poisson else 1.0 - share
    return Occupations(weights, unseen, missed, share)


def _poisson(count: int, share: float) -> Floats:
    mean = count * share
    if mean == 0:
        return np.ones(1)
    most = int(mean + 10.0 * np.sqrt(mean) + 20.0)
    numbers = np.arange(most + 1, dtype=np.float64)
    logs = numbers * np.log(mean) - mean - np.cumsum(np.log(np.maximum(numbers, 1.0)))
    found = np.exp(logs)
    kept = int(np.flatnonzero((found > _TAIL) | (numbers <= mean)).max()) + 1
    kept_law: Floats = found[:kept] / found[:kept].sum()
    return kept_law


def _binomial(count: int, share: float) -> Floats:
    found = np.ones(1)
    for _ in range(count):
        found = np.append(found * (1.0 - share), 0.0) + np.append(0.0, found * share)
    return found
