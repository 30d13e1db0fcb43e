r"""Two points that scatter off each other again and again, compiled: the words 121212, 12121212, ...

All words on two points are Phi = N^2/2 <ln(1 - x^2)>, x = h(t)/N the line between them in units of that at
one point (docs/error_bars.md). The self-consistent theory and the rings hold its terms x^2 and x^4; the rest

    X_l = N <x^5 (x - P_l)/(1 - x^2)>

grows where two points are close, or opposite for an odd kernel, so that x^2 is near 1. It is no better
theory, for words on three points are of the same size, but says how large these are. The average is over
the angle, t = tanh z, whose measure is 1/cosh(z)^(d-1): equal steps in z come close to both ends.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled
from fieldtheory.sphere.harmonics import float_multiplicities, gegenbauer_rows
from replicas.resummation.ring_kernel import BLOCK, matrix_product

_NODES = 41
_CLOSEST = 9.0  # z of the closest pair: at an angle of 2.5e-4
_LINES = 64  # degrees of the line; those beyond count as local, as a tail does


class PairTables(NamedTuple):
    """1 - P_l at angles: times deg(l) in `synthesis` (angle, degree), times the weight in `analysis`."""

    synthesis: Floats
    analysis: Floats
    weights: Floats


@lru_cache(maxsize=16)
def pair_tables(dim: int, degrees: int) -> PairTables:
    """Tables for spectra of so many degrees."""
    lines = min(degrees, _LINES)
    reach = min(_CLOSEST, max(12.0 / max(dim - 5, 1), 6.0 / dim**0.5))
    z = np.linspace(-reach, reach, _NODES)
    weights = np.cosh(z) ** (1 - dim)
    weights /= weights.sum()
    missing = 1.0 - np.array(list(gegenbauer_rows(lines - 1, np.tanh(z), dim)))
    deg = float_multiplicities(lines - 1, dim)
    return PairTables(
        np.ascontiguousarray((missing * deg[:, None]).T),
        np.ascontiguousarray(missing * weights),
        weights,
    )


@compiled(error_model="numpy")
def pair_block(
    values: Floats,
    slopes: Floats,
    passed: Floats,
    passed_slopes: Floats,
    over: Floats,
    tables: PairTables,
    found: Floats,
    change: Floats,
    width: int,
) -> None:
    """X[h] and its slopes for `width` sizes: lines (degrees, BLOCK) in, degrees + 1 rows out; `over`: 1/n.

    `passed`: 1 - h(1)/N with the degrees that the tables hold, and its slopes.
    """
    synthesis, analysis, weights = tables.synthesis, tables.analysis, tables.weights
    angles, kept, degrees = len(synthesis), len(analysis), len(found) - 1
    away, gap = np.empty((angles, BLOCK)), np.empty((angles, BLOCK))  # 1 - x, and what it is or moves by
    share, moved = np.empty((angles, BLOCK)), np.empty((angles, BLOCK))  # x^5/(1 - x^2) and its slope
    nonlocal_part = np.empty((kept, BLOCK))
    local, common = np.empty(BLOCK), np.empty(BLOCK)
    for step in range(len(slopes) + 1):
        matrix_product(synthesis, angles, values if step == 0 else slopes[step - 1], kept, gap, width)
        local[:], common[:] = 0.0, 0.0
        for a in range(angles):
            for j in range(width):
                if step == 0:
                    apart = passed[j] + gap[a, j] * over[j]
                    x = 1.0 - apart
                    away[a, j] = apart
                    share[a, j] = x**5 / (apart * (1.0 + x))
                    moved[a, j] = share[a, j]
                    common[j] += weights[a] * share[a, j] * apart
                else:
                    change_apart = passed_slopes[step - 1, j] + gap[a, j] * over[j]
                    x = 1.0 - away[a, j]
                    whole = away[a, j] * (1.0 + x)
                    moved[a, j] = -change_apart * x**4 * (5.0 - 3.0 * x * x) / (whole * whole)
                    common[j] += weights[a] * (moved[a, j] * away[a, j] + share[a, j] * change_apart)
                local[j] += weights[a] * moved[a, j]
        matrix_product(analysis, kept, moved, angles, nonlocal_part, width)
        out = found if step == 0 else change[step - 1]
        for l in range(degrees + 1):
            for j in range(width):
                out[l, j] = ((nonlocal_part[l, j] if l < kept else local[j]) - common[j]) / over[j]
