"""Directions of points in space, and their inner products t with the gaps 1 - t, which keep their digits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats

_NEAR = 0.75  # |t| beyond which the difference of two directions is more accurate than their product
_BLOCK = 1 << 18  # entries at a time, of inner products and of differences


def directions(name: str, points: Any) -> Floats:
    """x/|x| in float64 for the rows x of a matrix, whatever their norm; ValueError for a row of zeros.

    >>> directions("X", [[3.0, 4.0], [3e300, 4e300]]).tolist()
    [[0.6, 0.8], [0.6, 0.8]]
    """
    found = require_reals(name, points)
    if found.ndim != 2 or not found.size:
        raise ValueError(f"{name} must be a matrix with one point in each row (got shape {found.shape})")
    largest = np.abs(found).max(axis=1, keepdims=True)
    if not largest.all():
        row = int(np.argmin(largest))
        raise ValueError(f"{name} must have no point at the origin, which has no direction (got row {row})")
    found = found / largest  # squares stay in the float range
    return np.asarray(found / np.sqrt(np.einsum("nd,nd->n", found, found))[:, None])


def inner_products(x: Floats, y: Floats) -> Iterator[tuple[slice, Floats, Floats]]:
    """Rows of t = x.y and of the gap 1 - t for directions x, y, block by block.

    Next to t = 1 the gap is |x - y|^2/2, 0 for equal rows; next to -1, t is |x + y|^2/2 - 1.
    """
    step = max(1, _BLOCK // len(y))
    for start in range(0, len(x), step):
        rows = slice(start, min(start + step, len(x)))
        t = np.clip(x[rows] @ y.T, -1.0, 1.0)
        gap = 1.0 - t
        for sign in (1.0, -1.0):
            i, j = np.nonzero(sign * t > _NEAR)
            for first in range(0, len(i), _BLOCK):
                at = i[first : first + _BLOCK], j[first : first + _BLOCK]
                rest = np.minimum(_half_squares(x[rows][at[0]] - sign * y[at[1]]), 1.0)
                t[at] = sign * (1.0 - rest)
                gap[at] = rest if sign > 0 else 2.0 - rest
        yield rows, t, gap


def _half_squares(rows: Floats) -> Floats:
    return np.asarray(np.einsum("nd,nd->n", rows, rows) / 2)
