"""Couplings of an effective Hamiltonian: ln of the weights of coarse variables, expanded in characters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fieldtheory.arguments import require_integer
from fieldtheory.array_types import Floats
from fieldtheory.counted import counted
from fieldtheory.drawing import plot
from fieldtheory.references import LENGGENHAGER
from fieldtheory.shown_value import shown
from renormalization.real_space.entries import require_entries


@dataclass(frozen=True, eq=False)
class Couplings:
    r"""ln W(h) = sum_S J_S prod_{i in S} h_i of coarse spins h: J_S by the numbers of the blocks in S.

    `log_weights`: ln W, an axis for each block, state 0 is +1. `table`: the transform, J_S where the index is
    1 on the blocks of S and 0 elsewhere. `neighbours`: pairs of blocks that a factor of the model, or sites
    outside of blocks, join. The constant `couplings[()]` is what the sites that are summed over add to ln Z.

    Of q > 2 values: characters of the group Z_q in place of spins, J_k = q^-N sum_h ln W(h)
    exp(-2 pi i k.h/q); `couplings[S]` is the array of those with k_i = 1, ..., q - 1 on S and 0 elsewhere.

    >>> from renormalization import LatticeModel, Rule, effective_couplings
    >>> ring = LatticeModel.ising(8, 0.5, boundary="periodic")
    >>> found = effective_couplings(Rule.decimation(2), ring, [(0, 1), (2, 3), (4, 5), (6, 7)])
    >>> round(found[0, 1], 6), round(found.rangeness, 12)  # (1/2) ln cosh 2K
    (0.21689, 0.0)
    """

    log_weights: Floats = field(repr=False)
    table: Any = field(repr=False)
    neighbours: frozenset[tuple[int, int]]

    plot = plot

    @classmethod
    def of(cls, log_weights: Floats, neighbours: frozenset[tuple[int, int]]) -> Couplings:
        """By a fast transform: one multiplication by the characters of a block after the other."""
        table: Any = log_weights
        characters = _characters(len(log_weights))
        for _ in range(log_weights.ndim):
            # the first axis goes, and comes back as the last: after all of them the order is that of before
            table = np.tensordot(table, characters, axes=(0, 0))
        return cls(log_weights, table, neighbours)

    @property
    def blocks(self) -> int:
        """The number of coarse variables."""
        return self.table.ndim  # type: ignore[no-any-return]

    def __getitem__(self, blocks: Any) -> Any:
        """J_S of a set of blocks: a number, or one block. ValueError for others, or one named twice."""
        given = [blocks] if np.ndim(blocks) == 0 and not isinstance(blocks, frozenset | set) else blocks
        entries = require_entries("blocks", given, "numbers of blocks")
        chosen = {require_integer("each of blocks", each, minimum=0) for each in entries}
        if len(chosen) < len(entries) or max(chosen, default=0) >= self.blocks:
            raise ValueError(
                f"blocks must be different numbers from 0 to {self.blocks - 1} (got {shown(blocks)})"
            )
        index = tuple(slice(1, None) if k in chosen else 0 for k in range(self.blocks))
        found = self.table[index]
        return found.item() if found.size == 1 else found

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return (LENGGENHAGER,)

    @property
    def rangeness(self) -> float:
        """Sum of |J_S| beyond fields and pairs of neighbours, over the sum of all but the constant.

        0 where all of these vanish: no interaction at all.
        """
        sizes = np.abs(self.table)
        total = float(sizes.sum() - sizes.flat[0])
        short = [(k,) for k in range(self.blocks)] + sorted(self.neighbours)
        near = sum(float(np.abs(self[blocks]).sum()) for blocks in short)
        # the far ones by themselves: their difference from all would lose what is small
        far = sizes.copy()
        far.flat[0] = 0.0
        for blocks in short:
            far[tuple(slice(1, None) if k in blocks else 0 for k in range(self.blocks))] = 0.0
        beyond = float(far.sum())
        return beyond / (beyond + near) if total > 0 else 0.0

    def largest(self, k: int) -> list[tuple[tuple[int, ...], Any]]:
        """The `k` sets of blocks with the largest |J_S| (sums of |J_k| where q > 2), with their J_S.

        Of equal ones first those of fewer blocks. The constant is not among them.
        """
        number = require_integer("k", k, minimum=0)
        sizes = np.abs(self.table)
        for axis in range(self.blocks) if len(sizes) > 2 else ():
            sizes = np.add.reduceat(sizes, (0, 1), axis=axis)
        ranks = self._ranks(sizes)
        ranks[0] = -1.0  # the constant
        number = min(number, len(ranks) - 1)
        if not number:
            return []
        least = -np.partition(-ranks, number - 1)[number - 1]
        places = np.flatnonzero(ranks >= least)
        members = np.stack(np.unravel_index(places, sizes.shape), axis=1)
        # block 0 is the first digit: of sets of one size those with early blocks have the larger number
        order = np.lexsort((-places, members.sum(axis=1), -ranks[places]))[:number]
        found = [tuple(np.flatnonzero(each).tolist()) for each in members[order]]
        return [(blocks, self[blocks]) for blocks in found]

    def _ranks(self, sizes: Floats) -> Floats:
        """Equal by symmetry stays equal: rounded at 12 digits of the largest."""
        scale = float(np.abs(self.table).max())
        found: Floats = np.round(sizes.ravel() / (scale or 1.0), 12)
        return found

    def __str__(self) -> str:
        return f"couplings of {counted(self.blocks, 'block')}, rangeness {self.rangeness:.6g}"


def _characters(q: int) -> Any:
    """Entry (h, k): exp(-2 pi i k h/q)/q, which is +1/2 or -1/2 for spins."""
    if q == 2:
        return np.array([[0.5, 0.5], [0.5, -0.5]])
    return np.exp(-2j * np.pi * np.outer(np.arange(q), np.arange(q)) / q) / q
