"""The ring sum for many sizes, compiled: products in the angle, sums over degrees, and slopes."""

from __future__ import annotations

import numpy as np
from numba import njit

from fieldtheory.array_types import Floats

_BLOCK = 64  # sizes side by side, the innermost loop: their tables stay in the fastest cache


@njit(cache=True, error_model="numpy")
def ring_corrections(
    values: Floats,
    slopes: Floats,
    n: Floats,
    synthesis: Floats,
    analysis: Floats,
    deg: Floats,
    pairs: int,
    kept: int,
    degrees: int,
    numerator: Floats,
    poles: int,
    numerator_0: Floats,
    poles_0: int,
) -> tuple[Floats, Floats]:
    """X[h] and its derivatives along `slopes` (rows, n, degrees), by the chain rule; see `rings`.

    `values`: lines h_l (rows, n, degrees), of which slopes move the only one. `synthesis` (angle, degree)
    holds deg(l) P_l, `analysis` (degree, angle) P_l times the weight of the angle. G^2 is taken to `pairs`
    degrees, X to `kept` and padded to `degrees`, then its local part. The ring weights come as numerator and
    power of 1/(1 - gamma), once for all degrees and once for degree 0.
    """
    rows, sizes, lines = values.shape
    moved, angles = len(slopes), len(synthesis)
    found = np.empty((rows, sizes, degrees + 1))
    change = np.empty((moved, sizes, degrees + 1))
    by_degree = np.empty((5, max(pairs, lines, kept), _BLOCK))
    line, gamma, f, slope, smooth = by_degree[0], by_degree[1], by_degree[2], by_degree[3], by_degree[4]
    by_angle = np.empty((4, angles, _BLOCK))
    g, q, h, dg = by_angle[0], by_angle[1], by_angle[2], by_angle[3]
    local = np.empty(_BLOCK)
    for row in range(rows):
        for start in range(0, sizes, _BLOCK):
            stop = min(start + _BLOCK, sizes)
            width, over = stop - start, 1.0 / n[start:stop]
            _load(values[row, start:stop], line)
            _matrix_product(synthesis, line, lines, g, width)
            _product(g, g, h, width)
            _matrix_product(analysis[:pairs], h, angles, gamma, width)
            local[:] = 0.0
            for k in range(pairs):
                for j in range(width):
                    gamma[k, j] *= over[j]
                if k == 0:
                    _rational(gamma[k], numerator_0, poles_0, f[k], slope[k], width)
                else:
                    _rational(gamma[k], numerator, poles, f[k], slope[k], width)
                for j in range(width):
                    local[j] += deg[k] * f[k, j] * gamma[k, j]
            _matrix_product(synthesis, f, pairs, q, width)
            _product(g, q, h, width)
            _matrix_product(analysis[:kept], h, angles, smooth, width)
            _store(local, smooth, over, kept, found[row, start:stop])
            for s in range(moved):
                _load(slopes[s, start:stop], line)
                _matrix_product(synthesis, line, lines, dg, width)
                _product(g, dg, h, width)
                _matrix_product(analysis[:pairs], h, angles, line, width)
                local[:] = 0.0
                for k in range(pairs):
                    for j in range(width):
                        change_of_gamma = 2.0 * over[j] * line[k, j]
                        local[j] += deg[k] * (slope[k, j] * gamma[k, j] + f[k, j]) * change_of_gamma
                        line[k, j] = slope[k, j] * change_of_gamma
                _matrix_product(synthesis, line, pairs, h, width)
                for a in range(angles):
                    for j in range(width):
                        h[a, j] = dg[a, j] * q[a, j] + g[a, j] * h[a, j]
                _matrix_product(analysis[:kept], h, angles, smooth, width)
                _store(local, smooth, over, kept, change[s, start:stop])
    return found, change


@njit(cache=True, error_model="numpy")
def _matrix_product(table: Floats, columns: Floats, inner: int, out: Floats, width: int) -> None:
    """table[:, :inner] @ columns[:inner], for `width` columns; four terms at a time, to write less often."""
    for a in range(len(table)):
        for j in range(width):
            out[a, j] = 0.0
        whole = inner - inner % 4
        for l in range(0, whole, 4):
            t0, t1, t2, t3 = table[a, l], table[a, l + 1], table[a, l + 2], table[a, l + 3]
            for j in range(width):
                out[a, j] += (t0 * columns[l, j] + t1 * columns[l + 1, j]) + (
                    t2 * columns[l + 2, j] + t3 * columns[l + 3, j]
                )
        for l in range(whole, inner):
            t0 = table[a, l]
            for j in range(width):
                out[a, j] += t0 * columns[l, j]


@njit(cache=True, error_model="numpy")
def _product(left: Floats, right: Floats, out: Floats, width: int) -> None:
    for a in range(len(left)):
        for j in range(width):
            out[a, j] = left[a, j] * right[a, j]


@njit(cache=True, error_model="numpy")
def _rational(gamma: Floats, numerator: Floats, poles: int, value: Floats, slope: Floats, width: int) -> None:
    """sum_k numerator_k gamma^k/(1 - gamma)^poles and its derivative."""
    for j in range(width):
        total, moved, pole = 0.0, 0.0, 1.0
        inverse = 1.0 / (1.0 - gamma[j])
        for k in range(len(numerator) - 1, -1, -1):
            moved = moved * gamma[j] + total
            total = total * gamma[j] + numerator[k]
        for _ in range(poles):
            pole *= inverse
        value[j] = total * pole
        slope[j] = (moved + poles * total * inverse) * pole


@njit(cache=True, error_model="numpy")
def _load(lines: Floats, out: Floats) -> None:
    """A block of lines, sizes innermost."""
    for j in range(lines.shape[0]):
        for l in range(lines.shape[1]):
            out[l, j] = lines[j, l]


@njit(cache=True, error_model="numpy")
def _store(local: Floats, smooth: Floats, over: Floats, kept: int, out: Floats) -> None:
    """local/n - smooth/n by degree, and the local part alone beyond."""
    for j in range(out.shape[0]):
        out[j, :] = local[j] * over[j]
        for l in range(kept):
            out[j, l] -= smooth[l, j] * over[j]
