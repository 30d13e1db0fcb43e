"""What diagrams of coarse variables are evaluated with: lines between blocks, cumulants inside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import permutations
from typing import Any

import numpy as np

from fieldtheory.arguments import require_integer
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted
from fieldtheory.shown_value import shown
from renormalization.real_space.entries import require_entries
from renormalization.real_space.hamiltonian.blocks import require_blocks
from renormalization.real_space.hamiltonian.joint_cumulants import joint_cumulants
from renormalization.real_space.lattice.factors import Site
from renormalization.real_space.rules import Rule

_SPINS = np.array([1.0, -1.0])
_MOST_LEGS = 16


@dataclass(frozen=True, eq=False)
class BlockCumulants:
    r"""H = H_0 + V of Ising spins in blocks: V = sum C_xy s_x s_y between blocks, H_0 all else.

    `sites`: those of all blocks, one block after the other, in the order of the rows of `propagator`, the
    symmetric matrix C. `log_weights`: ln P(h|v) exp(-H_0(v)) of each block, a row for each state of its spins
    and a column for each value h; -inf where the rule forbids them.

    >>> from renormalization import LatticeModel, Rule
    >>> from diagrams import evaluate_points, tabulate
    >>> from renormalization import cumulant_expansion
    >>> given = LatticeModel.ising(4, 0.5), [(0, 1), (2, 3)], Rule.majority(2)
    >>> parts, table = BlockCumulants.of(*given), tabulate(cumulant_expansion(*given, 1))
    >>> value = evaluate_points(table, parts.propagator, vertices=parts.vertices((0, 0), 2))
    >>> round(float(value), 6)  # K <s_1>_0 <s_2>_0, with <s>_0 = e^{2K}/(e^{2K} + 1)
    0.267223
    """

    rule: Rule
    blocks: tuple[tuple[Site, ...], ...]
    propagator: Floats = field(repr=False)
    log_weights: tuple[Floats, ...] = field(repr=False)

    @classmethod
    def of(cls, model: Any, blocks: Any, rule: Any) -> BlockCumulants:
        """From a model of two states a site; each site must be in one block.

        ValueError where factors join blocks by more than pairs of spins, or forbid such pairs.
        """
        places = require_blocks(rule, model, blocks)
        home = {site: (k, j) for k, sites in enumerate(places) for j, site in enumerate(sites)}
        for site, count in model.states.items():
            if site not in home or count != 2:
                what = "two states on each site" if site in home else "each site in one block"
                raise ValueError(f"model must have {what} for an expansion in diagrams (got {shown(site)})")
        size = len(rule.states)
        propagator = np.zeros((size * len(places),) * 2)
        exponents = [np.zeros(rule.states) for _ in places]
        for factor in model.factors:
            at = [home[site] for site in factor.sites]
            blocks_of = {k for k, _ in at}
            with np.errstate(divide="ignore"):
                logarithm = np.log(factor.table) + factor.log_scale
            if len(blocks_of) == 1:
                _add(exponents[at[0][0]], [j for _, j in at], logarithm)
                continue
            if len(at) != 2 or not np.isfinite(logarithm).all():
                raise ValueError(
                    "model must have positive factors of two spins between blocks for an expansion in "
                    f"diagrams (got one of {counted(len(at), 'site')} with least entry "
                    f"{factor.table.min():g})"
                )
            (a, i), (b, j) = at
            propagator[size * a + i, size * b + j] += _SPINS @ logarithm @ _SPINS / 4
            propagator[size * b + j, size * a + i] = propagator[size * a + i, size * b + j]
            # the rest of the factor, a constant and fields, is inside of blocks
            _add(exponents[a], [i], _SPINS * (_SPINS @ logarithm).sum() / 4 + logarithm.mean())
            _add(exponents[b], [j], _SPINS * (logarithm @ _SPINS).sum() / 4)
        with np.errstate(divide="ignore"):
            of_rule = np.log(rule.table)
        return cls(rule, places, propagator, tuple(each.reshape(-1, 1) + of_rule for each in exponents))

    @property
    def sites(self) -> tuple[Site, ...]:
        """Those of all blocks, one block after the other."""
        return tuple(site for sites in self.blocks for site in sites)

    @cached_property
    def without_lines(self) -> Floats:
        """ln sum_v P(h|v) exp(-H_0(v)), a row for each block, a column for each value of h."""
        found = np.empty((len(self.blocks), self.rule.values))
        for k, each in enumerate(self.log_weights):
            largest = each.max(axis=0)
            if not np.isfinite(largest).all():
                value = int(np.argmin(np.isfinite(largest)))
                raise ValueError(
                    "rule must leave each coarse state a weight above 0, as ln 0 does not exist (got 0 for "
                    f"value {value} of block {k})"
                )
            found[k] = largest + np.log(np.exp(each - largest).sum(axis=0))
        return found

    def vertices(self, coarse: Any, legs: int) -> dict[str, Floats]:
        """The cumulants at given values of the coarse variables, by the names of the engine's vertices.

        "phi1", "phi2", ... up to so many legs: tensors with an axis of all sites for each leg, 0 unless all
        legs are in one block.
        """
        values = self._require_coarse(coarse)
        most = require_integer("legs", legs, minimum=1, maximum=_MOST_LEGS)
        number = len(self.sites)
        size = float(number) ** most
        require_budget(
            f"cumulants of {most} legs on {counted(number, 'site')}",
            seconds=size / 1e8,
            memory=24.0 * size,
            smaller="order",
        )
        found = {f"phi{count}": np.zeros((number,) * count) for count in range(1, most + 1)}
        width = len(self.rule.states)
        for k, value in enumerate(values):
            for chosen, cumulant in self._cumulants(k, value, most).items():
                tensor = found[f"phi{len(chosen)}"]
                for legs_at in set(permutations(chosen)):
                    tensor[tuple(width * k + j for j in legs_at)] = cumulant
        return found

    def _cumulants(self, block: int, value: int, legs: int) -> dict[tuple[int, ...], float]:
        key = block, value, legs
        if key not in self._made:
            logarithm = self.log_weights[block][:, value]
            weights = np.exp(logarithm - self.without_lines[block, value])
            states = np.indices(self.rule.states).reshape(len(self.rule.states), -1).T
            self._made[key] = joint_cumulants(weights.tolist(), (1 - 2 * states).tolist(), legs)
        return self._made[key]

    @cached_property
    def _made(self) -> dict[tuple[int, int, int], dict[tuple[int, ...], float]]:
        return {}

    def _require_coarse(self, coarse: Any) -> Sequence[int]:
        values = [
            require_integer("each of coarse", each, minimum=0, maximum=self.rule.values - 1)
            for each in require_entries("coarse", coarse, "values, one a block")
        ]
        if len(values) != len(self.blocks):
            raise ValueError(f"coarse must be {len(self.blocks)} values, one a block (got {len(values)})")
        return values


def _add(exponent: Floats, axes: list[int], values: Floats) -> None:
    """Add a function of some spins of a block, in place."""
    order = sorted(range(len(axes)), key=axes.__getitem__)
    shape = [2 if axis in axes else 1 for axis in range(exponent.ndim)]
    exponent += values.transpose(order).reshape(shape)
