"""Sums of products of factors over all sites but a few, by tensor contraction.

Path and contraction: opt_einsum (Smith & Gray, J. Open Source Softw. 3, 753 (2018)).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import opt_einsum

from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from renormalization.real_space.lattice.factors import Factor, Site

_RATE = 2e8  # products and sums a second
_BYTES = 24.0  # an entry of the largest intermediate: itself, its operand and a transposed copy


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
    touched = {site for factor in factors for site in factor.sites}
    number = {site: k for k, site in enumerate(states)}
    operands: list[object] = []
    for factor in factors:
        operands += [factor.table, [number[site] for site in factor.sites]]
    for site, count in states.items():
        if site not in touched:  # free: each of its states counts 1
            operands += [np.ones(count), [number[site]]]
    output = [number[site] for site in kept]
    size = 1
    for site in kept:
        size *= states[site]
    require_budget(what, seconds=size / _RATE, memory=_BYTES * size, smaller=smaller, say=False)
    path, info = opt_einsum.contract_path(*operands, output, optimize="auto")
    largest = max(float(info.largest_intermediate), float(size))
    require_budget(what, seconds=float(info.opt_cost) / _RATE, memory=_BYTES * largest, smaller=smaller)
    table: Floats = np.asarray(opt_einsum.contract(*operands, output, optimize=path), dtype=float)
    return table, sum(factor.log_scale for factor in factors)
