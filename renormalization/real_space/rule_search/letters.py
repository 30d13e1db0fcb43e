"""What a search decides about: states of the block that tell the same of the environment are one letter.

The environment enters only through the vectors P(.|v): columns of the joint table with the same ratios are
added, and so are rows, as some best rule of all does not tell such states apart. In the family of odd rules a
letter is a state v together with -v, which goes to the other value.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Floats, Integers
from renormalization.real_space.lattice.joint import Joint

_SAME = 1e-10  # relative difference of entries that are taken as equal


class Letters(NamedTuple):
    """Rows of a table P(v, e), and for each letter its row, and that of its opposite, -1 where there is none.

    `row_of_state`: for each row of the joint table its row here.
    """

    table: Floats
    rows: Integers
    opposites: Integers
    row_of_state: Integers

    @classmethod
    def all_rules(cls, joint: Joint) -> Letters:
        """Of all deterministic rules, the most frequent letters first."""
        table = _merged(_merged(joint.table.T)[0].T)
        order = np.argsort(-table[0].sum(axis=1), kind="stable")
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        rows = np.arange(len(order))
        return cls(np.ascontiguousarray(table[0][order]), rows, np.full_like(rows, -1), place[table[1]])

    @classmethod
    def odd_rules(cls, joint: Joint) -> Letters:
        """Of the rules with h(-v) = -h(v). ValueError unless all sites are spins and states come in pairs."""
        size = 2 ** len(joint.block_shape)
        if set(joint.block_shape) != {2}:
            raise ValueError(
                f"family must be 'all' for a block whose sites are no spins (got 'odd', for sites of "
                f"{joint.block_shape} states)"
            )
        place = {int(index): row for row, index in enumerate(joint.block_index)}
        if any(size - 1 - index not in place for index in place):
            raise ValueError(
                "family must be 'all' where a state of the block occurs without its opposite (got 'odd')"
            )
        table, _ = _merged(joint.table.T)
        weights = joint.table.sum(axis=1)
        pairs = [(row, place[size - 1 - index]) for index, row in place.items() if index < size - 1 - index]
        pairs.sort(key=lambda pair: -weights[list(pair)].sum())
        rows, opposites = np.array(pairs).T
        return cls(np.ascontiguousarray(table.T), rows, opposites, np.arange(len(weights)))

    def values_of_rows(self, options: Integers, values: int) -> Integers:
        """For each row of the joint table its value, from the option of each letter."""
        of_row = np.zeros(len(self.table), dtype=np.int64)
        of_row[self.rows] = options
        paired = self.opposites >= 0
        of_row[self.opposites[paired]] = (options[paired] + 1) % values
        return of_row[self.row_of_state]


def combination(table: Floats) -> Floats:
    """A number for each row, which different rows hardly share."""
    found: Floats = table @ (1.0 + np.sqrt(np.arange(2.0, 2.0 + table.shape[1])) % 1.0)
    return found


def _merged(table: Floats) -> tuple[Floats, Integers]:
    """Proportional rows added, and for each row its place there.

    Equal rows of ratios are neighbours in the order of a combination of their entries; that they are equal is
    then looked up. What a relative difference d changes in an information is of order d^2.
    """
    ratios = table / table.sum(axis=1, keepdims=True)
    order = np.argsort(combination(ratios), kind="stable")
    place = np.zeros(len(table), dtype=np.int64)
    if len(table) > 1:
        one, next_one = ratios[order[:-1]], ratios[order[1:]]
        differs = (np.abs(next_one - one) > _SAME * (one + next_one)).any(axis=1)
        place[order[1:]] = np.cumsum(differs)
    firsts = np.unique(place[order], return_index=True)[1]
    found = np.add.reduceat(table[order], firsts, axis=0)
    return found, place
