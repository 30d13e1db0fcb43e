"""Real-space renormalisation: joint tables, best rules, strips and mazes, beside NumPy and SciPy."""

from __future__ import annotations

import math

import numpy as np
import scipy.linalg
import scipy.sparse
from scipy.sparse.csgraph import breadth_first_order

from benchmarks.clock import Row, time_row, timed, timed_once
from fieldtheory.array_types import Floats, Integers
from renormalization import LatticeModel, Strip, best_rule, maze_statistics, percolation_cell

_CRITICAL = 0.4406867935097715
_CENTRE = [(1, 1), (1, 2), (2, 1), (2, 2)]
_RING = [(0, 1), (0, 2), (1, 0), (2, 0), (1, 3), (2, 3), (3, 1), (3, 2)]
_RULES, _TRIED = 2**15, 2000
_SIZE, _P, _MAZES = 257, 0.59274605, 400


def joint_row() -> Row:
    """Four sites and the twenty on the rim of an open 6x6 square."""
    model = LatticeModel.ising((6, 6), 0.3)
    block = [(2, 2), (2, 3), (3, 2), (3, 3)]
    rim = [site for site in np.ndindex(6, 6) if min(site) == 0 or max(site) == 5]
    return time_row(
        "joint table of a 2x2 block and the rim, 6x6 Ising patch", timed(lambda: model.joint(block, rim), 3)
    )


def rules_row() -> Row:
    """All binary rules of sixteen block states, each against 256 states of the environment."""
    joint = LatticeModel.ising((4, 4), _CRITICAL, field=0.1).joint(_CENTRE, _RING)
    table = joint.table
    columns = table.sum(axis=0)
    bits = np.arange(16)

    def in_numpy() -> float:
        best = 0.0
        for k in range(1, _TRIED + 1):
            up = table[(k >> bits) & 1 == 1].sum(axis=0)
            cells = np.stack([up, columns - up])
            best = max(best, float((cells * np.log(cells / np.outer(cells.sum(axis=1), columns))).sum()))
        return best

    return time_row(
        "a rule of a 2x2 block, one of all 32,768",
        timed(lambda: best_rule(joint, method="enumerate"), 5).per(_RULES),
        "NumPy, rule by rule",
        timed_once(in_numpy).per(_TRIED),
    )


def strip_row() -> Row:
    """The correlation length of an Ising strip, Potts coupling 0.8."""
    spins = 1 - 2 * np.indices((2,) * 10).reshape(10, -1).T
    along = (spins * np.roll(spins, 1, axis=1)).sum(axis=1)

    def dense() -> float:
        exponent = 0.4 * (spins @ spins.T) + 0.2 * (along[:, None] + along[None])
        values = scipy.linalg.eigh(np.exp(exponent), eigvals_only=True)
        return 1 / math.log(values[-1] / values[-2])

    strip = Strip(10)
    assert math.isclose(strip.correlation_length(0.8), dense(), rel_tol=1e-10)
    return time_row(
        "correlation length of an Ising strip, width 10",
        timed(lambda: Strip(10).correlation_length(0.8), 5),
        "dense transfer matrix, `scipy.linalg.eigh`",
        timed(dense, 3),
    )


def maze_row() -> Row:
    """Shortest ways out at the threshold, per maze."""
    number: Integers = np.arange(_SIZE * _SIZE).reshape(_SIZE, _SIZE)
    centre = _SIZE // 2
    rng = np.random.default_rng(0)

    def searched() -> Floats:
        sites = rng.random((_SIZE, _SIZE)) < _P
        sites[centre, centre] = True
        down, right = sites[1:] & sites[:-1], sites[:, 1:] & sites[:, :-1]
        ends = np.concatenate([number[1:][down], number[:, 1:][right]])
        starts = np.concatenate([number[:-1][down], number[:, :-1][right]])
        graph = scipy.sparse.csr_array((np.ones(len(ends)), (ends, starts)), (number.size, number.size))
        return np.asarray(breadth_first_order(graph, number[centre, centre], directed=False)[0])

    return time_row(
        f"a maze of {_SIZE} x {_SIZE} at the threshold",
        timed(lambda: maze_statistics(_SIZE, samples=_MAZES), 3).per(_MAZES),
        "`scipy.sparse.csgraph.breadth_first_order`",
        timed(searched, 15),
    )


def rows() -> list[Row]:
    """Joint table, rules, strip, cell, mazes."""
    cell = time_row(
        "percolation cell of 5 x 5, all 2²⁵ configurations", timed(lambda: percolation_cell(5), 3)
    )
    return [joint_row(), rules_row(), strip_row(), cell, maze_row()]
