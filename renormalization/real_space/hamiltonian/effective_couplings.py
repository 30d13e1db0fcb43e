"""Exact couplings of coarse variables: the rule is one more factor, the sites are summed by contraction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fieldtheory.counted import counted
from renormalization.real_space.hamiltonian.blocks import neighbours, require_blocks
from renormalization.real_space.hamiltonian.couplings import Couplings
from renormalization.real_space.lattice.contraction import summed
from renormalization.real_space.lattice.factors import Factor

_MOST_STATES = 2**20  # of all coarse variables together


@dataclass(frozen=True)
class _CoarseSite:
    """The variable of a block: equal to no site of a model."""

    block: int


def effective_couplings(rule: Any, model: Any, blocks: Any) -> Couplings:
    r"""ln W(h) = ln sum_v prod_j P(h_j|v_j) exp(-H(v)), expanded in products of coarse spins.

    `blocks`: a list of lists of sites, each in the order in which the rule takes them; sites in no block are
    summed over. At most 2^20 coarse states. Exact: docs/real_space.md. OverMemory, a ValueError, where the
    sum would take more than the budget.

    ValueError for blocks that overlap or do not fit to the rule, and where a coarse state has weight 0: its
    logarithm does not exist.

    Equation: effective-couplings

    >>> from renormalization import LatticeModel, Rule
    >>> ring = LatticeModel.ising(12, 0.5, boundary="periodic")
    >>> found = effective_couplings(Rule.majority(2), ring, [(2 * k, 2 * k + 1) for k in range(6)])
    >>> round(found[0, 1], 6), round(found[0, 2], 6), round(found.rangeness, 6)
    (0.256986, -0.009587, 0.038094)
    """
    places = require_blocks(rule, model, blocks)
    if rule.values ** len(places) > _MOST_STATES:
        raise ValueError(
            f"blocks must have at most {_MOST_STATES} coarse states together "
            f"(got {counted(len(places), 'block')} of {counted(rule.values, 'value')})"
        )
    unused = np.flatnonzero(~rule.table.any(axis=0))
    if unused.size:
        raise ValueError(
            f"rule must give each value to some state, as ln 0 does not exist (got none for value "
            f"{unused[0]})"
        )
    table = rule.table.reshape(*rule.states, rule.values)
    coarse = [_CoarseSite(k) for k in range(len(places))]
    factors = [
        *model.factors,
        *(Factor.of((*sites, site), table) for sites, site in zip(places, coarse, strict=True)),
    ]
    states = {**model.states, **dict.fromkeys(coarse, rule.values)}
    what = f"a table of {rule.values ** len(places)} coarse states"
    weights, scale = summed(factors, states, coarse, what, "blocks")
    if not (weights > 0).all():
        first = np.unravel_index(int(np.argmin(weights > 0)), weights.shape)
        raise ValueError(
            f"rule must leave each coarse state a weight above 0, as ln 0 does not exist (got 0, or less "
            f"than a float, for values {[int(each) for each in first]})"
        )
    return Couplings.of(np.log(weights) + scale, neighbours(model, places))
