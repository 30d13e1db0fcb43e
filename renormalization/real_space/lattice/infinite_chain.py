"""A block of an infinite chain and its two neighbours beyond a buffer, by the transfer matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import opt_einsum

from fieldtheory.arguments import require_integer
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from renormalization.real_space.lattice.joint import Joint, joint_of_table


def infinite_chain_joint(transfer_matrix: Any, block: Any = 2, buffer: Any = 1) -> Joint:
    """P(v, e) of `block` sites 0, 1, ... of an infinite chain; e: its two neighbours beyond the buffer.

    By the Markov property they tell all that the rest of the chain knows. `transfer_matrix` T(s, s') >= 0,
    from left to right, need not be symmetric; at the ends stand its dominant eigenvectors. `buffer`: the
    number of sites summed on each side. ValueError for a matrix whose states don't all lead to each other.

    Equation: infinite-chain

    >>> spins = np.array([1, -1])
    >>> joint = infinite_chain_joint(np.exp(0.5 * np.outer(spins, spins)), block=2, buffer=0)
    >>> round(joint.information, 9), joint.environment
    (0.217010729, (-1, 2))
    """
    matrix = _require_transfer_matrix(transfer_matrix)
    length = require_integer("block", block, minimum=1)
    step = require_integer("buffer", buffer, minimum=0, maximum=10**6) + 1
    q = len(matrix)
    size = float(q) ** (length + 2) if length < 300 else np.inf
    require_budget(
        f"a table of {q}^{length} block states and {q**2} environment states",
        seconds=size / 1e8,
        memory=24.0 * size,
        smaller="block",
    )
    left, right = _dominant(matrix.T), _dominant(matrix)
    matrix = matrix / (left @ matrix @ right) * (left @ right)
    across = np.linalg.matrix_power(matrix, step)
    # axes: 0 is the left neighbour, 1 ... length the block, length + 1 the right neighbour
    operands: list[object] = [left, [0], across, [0, 1]]
    for k in range(1, length):
        operands += [matrix, [k, k + 1]]
    operands += [across, [length, length + 1], right, [length + 1]]
    order = [*range(1, length + 1), 0, length + 1]
    table = np.asarray(opt_einsum.contract(*operands, order, optimize="auto"), dtype=float)
    ends = (1 - step - 1, length + step - 1)
    return joint_of_table(table.reshape(q**length, q * q), tuple(range(length)), ends, (q,) * length, (q, q))


def _require_transfer_matrix(value: Any) -> Floats:
    matrix = require_reals("transfer_matrix", value, axes=2)
    if matrix.shape[0] != matrix.shape[1] or not matrix.size:
        raise ValueError(f"transfer_matrix must be square (got shape {matrix.shape})")
    if (matrix < 0).any():
        raise ValueError(f"transfer_matrix must be non-negative (got {matrix.min():g})")
    reached = np.linalg.matrix_power((matrix > 0) | np.eye(len(matrix), dtype=bool), len(matrix))
    if not reached.all() or not matrix.any():
        a, b = np.argwhere(~reached)[0] if not reached.all() else (0, 0)
        raise ValueError(
            f"transfer_matrix must lead from each state to each other, so that the infinite chain is unique "
            f"(got none from state {a} to {b})"
        )
    scaled: Floats = matrix / matrix.max()
    return scaled


def _dominant(matrix: Floats) -> Floats:
    """The positive eigenvector of the largest eigenvalue."""
    values, vectors = np.linalg.eig(matrix)
    found: Floats = np.abs(vectors[:, np.argmax(values.real)].real)
    found /= found.sum()
    return found
