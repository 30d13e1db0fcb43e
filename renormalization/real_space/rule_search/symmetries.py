"""Permutations of letters that the joint table does not notice: of sites and of states of the block."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np

from fieldtheory.array_types import Integers
from renormalization.real_space.lattice.joint import Joint
from renormalization.real_space.rule_search.letters import Letters, combination

_MOST = 5000  # permutations that are tried
_SAME = 1e-11  # relative difference of entries that are taken as equal


def letter_symmetries(joint: Joint, letters: Letters) -> Integers:
    """A row for each permutation, the identity first: where letter k goes.

    Sites of the block may change places, and their states names, if columns of the table only change places.
    """
    shape, count = joint.block_shape, len(letters.table)
    found = [np.arange(count)]
    if len(set(shape)) > 1 or math.factorial(len(shape)) * math.factorial(min(shape[0], 10)) > _MOST:
        return np.array(found)
    states = joint.block_states
    row = np.full(math.prod(shape), -1)
    row[joint.block_index] = np.arange(len(states))
    radices = shape[0] ** np.arange(len(shape))[::-1]
    columns = _in_order(letters, found[0])
    for places in permutations(range(len(shape))):
        for names in permutations(range(shape[0])):
            image = row[np.array(names)[states[:, places]] @ radices]
            if (image < 0).any():
                continue
            moved = np.full(count, -1)
            moved[letters.row_of_state] = letters.row_of_state[image]
            consistent = (moved[letters.row_of_state] == letters.row_of_state[image]).all()
            if not consistent or any((moved == other).all() for other in found):
                continue
            if np.allclose(_in_order(letters, moved), columns, rtol=_SAME, atol=0.0):
                found.append(moved)
    return np.array(found)


def _in_order(letters: Letters, moved: Integers) -> np.ndarray:
    """The columns of the table with its rows moved, in an order that depends on them alone."""
    table = letters.table[moved]
    return table[:, np.argsort(combination(table.T), kind="stable")]
