"""Configurations that occur in a model with hard constraints, listed site by site.

A dense table over the 20 outer sites of a square of dimers has 4^20 entries, of which a few thousand occur.
Sites are added one after the other; what a factor forbids is dropped at once, and a site that is summed is
forgotten as soon as all of its factors are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fieldtheory.array_types import Floats, Integers
from fieldtheory.budgets import require_budget
from renormalization.real_space.lattice.factors import Factor, Site

_RATE = 2e6  # rows sorted a second
_CODES = 2**62  # what an integer numbers


class Configurations(NamedTuple):
    """States of sites, a row for each configuration, and their weights up to a common factor."""

    sites: tuple[Site, ...]
    states: NDArray[np.int8]
    weights: Floats

    def numbers(self, sites: Sequence[Site], states: Mapping[Site, int]) -> Integers:
        """The number of each row's states of `sites` among all their states, the first site slowest."""
        columns = [self.sites.index(site) for site in sites]
        return mixed_radix(self.states[:, columns], [states[site] for site in sites])


def occurring_configurations(
    factors: Sequence[Factor], states: Mapping[Site, int], kept: Iterable[Site], smaller: str
) -> Configurations:
    """Of the kept sites, those of positive weight, each once; the other sites are summed.

    `smaller`: the argument to lower if there are too many.
    """
    kept = set(kept)
    found = Configurations((), np.zeros((1, 0), dtype=np.int8), np.ones(1))
    waiting = list(factors)
    for site, count in states.items():
        rows = len(found.weights) * count
        require_budget(
            f"listing {rows} configurations of {len(found.sites) + 1} sites",
            seconds=rows / _RATE,
            memory=rows * (2.0 * len(found.sites) + 40.0),
            smaller=smaller,
            say=False,
        )
        found = _with_site(found, site, count)
        ready = [factor for factor in waiting if set(factor.sites) <= set(found.sites)]
        waiting = [factor for factor in waiting if not set(factor.sites) <= set(found.sites)]
        found = _times(found, ready)
        open_sites = kept.union(*(factor.sites for factor in waiting))
        found = _forgetting(found, [k for k, site in enumerate(found.sites) if site in open_sites], states)
    return found


def mixed_radix(digits: NDArray[np.int8], radices: Sequence[int]) -> Integers:
    """Rows of digits as integers, the first digit slowest."""
    found = np.zeros(len(digits), dtype=np.int64)
    for digit, radix in zip(digits.T, radices, strict=True):
        found = found * radix + digit
    return found


def _with_site(found: Configurations, site: Site, count: int) -> Configurations:
    rows = len(found.weights)
    new = np.tile(np.arange(count, dtype=np.int8), rows)[:, None]
    states = np.hstack([np.repeat(found.states, count, axis=0), new])
    return Configurations((*found.sites, site), states, np.repeat(found.weights, count))


def _times(found: Configurations, factors: Sequence[Factor]) -> Configurations:
    for factor in factors:
        columns = [found.sites.index(site) for site in factor.sites]
        weights = found.weights * factor.table[tuple(found.states[:, k] for k in columns)]
        occurs = weights > 0
        found = Configurations(found.sites, found.states[occurs], weights[occurs])
    if len(found.weights):
        found = found._replace(weights=found.weights / found.weights.max())
    return found


def _forgetting(found: Configurations, columns: list[int], states: Mapping[Site, int]) -> Configurations:
    """Only these columns, equal rows added."""
    if len(columns) == len(found.sites):
        return found
    sites = tuple(found.sites[k] for k in columns)
    rows = np.ascontiguousarray(found.states[:, columns])
    radices = [states[site] for site in sites]
    if np.prod(radices, dtype=float) < _CODES:
        _, first, place = np.unique(mixed_radix(rows, radices), return_index=True, return_inverse=True)
    else:
        _, first, place = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    weights: Floats = np.bincount(place.reshape(-1), weights=found.weights, minlength=len(first)).astype(
        float
    )
    return Configurations(sites, rows[first], weights)
