"""Sums of products of factors over all sites but a few, by tensor contraction."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from diagrams.evaluate.contraction import contract
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from renormalization.real_space.lattice.factors import Factor, Site

# a site counts q^-power: sums over many sites lie between q^N and 1
_POWERS = (0.0, 0.5, 0.25, 0.75, 0.125, 0.375, 0.625, 0.875, 1.0)
_LEAST = 1e-100


def summed(
    factors: Sequence[Factor],
    states: Mapping[Site, int],
    kept: Sequence[Site],
    what: str,
    smaller: str,
) -> tuple[Floats, float]:
    """sum over the sites not kept of prod_f f: a table over the states of `kept`, and the log of its scale.

    `what`, `smaller`: of the message of a call that would take too much (`require_budget`).
    """
    # the table is known before any path is sought
    size = math.exp(min(690.0, sum(math.log(states[site]) for site in kept)))
    require_budget(what, seconds=size / 1e8, memory=24.0 * size, smaller=smaller, say=False)
    number = {site: k for k, site in enumerate(states)}
    free = set(states).difference(*(factor.sites for factor in factors))
    tables = [
        *((factor.sites, factor.table) for factor in factors),
        *(((s,), np.ones(states[s])) for s in free),
    ]
    labels = [[number[site] for site in sites] for sites, _ in tables]
    scale = sum(factor.log_scale for factor in factors)
    for power in _POWERS:
        waiting = dict(states)
        arrays = []
        for sites, table in tables:
            weight = math.prod(waiting.pop(site, 1) for site in sites) ** -power
            arrays.append(table * weight)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            found = contract(arrays, labels, [number[site] for site in kept], what, smaller)
        if _LEAST < found.max() < 1 / _LEAST:
            scale += power * sum(math.log(count) for count in states.values())
            break
    return found, scale
