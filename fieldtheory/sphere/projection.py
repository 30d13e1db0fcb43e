"""Sums over many points with Gegenbauer polynomials of all degrees, without a table of their values."""

from __future__ import annotations

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled

_TILE = 64  # points whose polynomials stay in registers and the L1 cache


@compiled(error_model="numpy")
def project_by_parity(
    max_degree: int, t: Floats, dim: int, functions: Floats, measure: Floats
) -> tuple[Floats, Floats]:
    """sum_i f(t_i) P_l(t_i) and sum_i measure_i |P_l(t_i)| for l = 0 ... max_degree.

    f is `functions[0]` for even l, `functions[1]` for odd l.

    >>> t, ones = np.array([0.5]), np.ones(1)
    >>> [sums.tolist() for sums in project_by_parity(2, t, 3, np.array([[2.0], [3.0]]), ones)]
    [[2.0, 1.5, -0.25], [1.0, 0.5, 0.125]]
    """
    found, sizes = np.zeros(max_degree + 1), np.zeros(max_degree + 1)
    previous, current, at = np.empty(_TILE), np.empty(_TILE), np.empty(_TILE)
    weights = np.empty((3, _TILE))
    for start in range(0, len(t), _TILE):
        weights[:] = 0.0  # the last tile may be filled in part
        at[:] = 0.0
        for i in range(min(_TILE, len(t) - start)):
            at[i] = t[start + i]
            weights[0, i], weights[1, i] = functions[0, start + i], functions[1, start + i]
            weights[2, i] = measure[start + i]
        previous[:] = 0.0
        current[:] = 1.0
        for degree in range(max_degree + 1):
            total, size = 0.0, 0.0
            for i in range(_TILE):
                total += weights[degree % 2, i] * current[i]
                size += weights[2, i] * abs(current[i])
            found[degree] += total
            sizes[degree] += size
            rest = degree + dim - 2.0
            up, down = ((degree + rest) / rest, degree / rest) if degree else (1.0, 0.0)
            for i in range(_TILE):
                previous[i], current[i] = current[i], up * at[i] * current[i] - down * previous[i]
    return found, sizes
