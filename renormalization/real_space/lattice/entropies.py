"""Entropies of tables of probabilities, and the mutual information of their two axes, in nats."""

from __future__ import annotations

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled


def entropy(probabilities: Floats) -> float:
    """-sum p ln p, with 0 ln 0 = 0.

    >>> round(entropy(np.array([0.5, 0.5, 0.0])), 6)
    0.693147
    """
    p = probabilities[probabilities > 0]
    return float(-(p * np.log(p)).sum())


def mutual_information(table: Floats) -> float:
    """sum P ln[P/(P_v P_e)] of a table P(v, e) whose entries sum to 1.

    As a sum of Q [(1 + x) ln(1 + x) - x], Q = P_v P_e, x = P/Q - 1, none of which is negative: a difference
    of entropies would lose the digits of a small information.

    >>> mutual_information(np.full((2, 2), 0.25)), round(mutual_information(np.eye(2) / 2), 6)
    (0.0, 0.693147)
    """
    return float(_information(table, table.sum(axis=1), table.sum(axis=0)))


@compiled(error_model="numpy", steps=lambda table, rows, columns: table.size)
def _information(table: Floats, rows: Floats, columns: Floats) -> float:
    found = 0.0
    for v in range(table.shape[0]):
        of_row = 0.0
        for e in range(table.shape[1]):
            independent = rows[v] * columns[e]
            if table[v, e] > 0.0 and independent > 0.0:
                x = (table[v, e] - independent) / independent
                of_row += independent * ((1.0 + x) * np.log1p(x) - x)
            else:
                of_row += independent
        found += of_row
    return found
