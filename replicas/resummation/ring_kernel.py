"""The ring sum for many sizes, compiled: products in the angle, sums over degrees, and slopes."""

from __future__ import annotations

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled

_BLOCK = 64  # sizes side by side, the innermost loop: their tables stay in the fastest cache


def _ring_steps(
    values: Floats,
    slopes: Floats,
    n: Floats,
    synthesis: Floats,
    analysis: Floats,
    deg: Floats,
    pairs: int,
    kept: int,
    *more: object,
) -> float:
    products: float = len(synthesis) * (values.shape[2] + 2 * pairs + kept)
    return 0.3 * products * len(n) * len(values) * (len(slopes) + 1)


@compiled(error_model="numpy", steps=_ring_steps)
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
    angles = len(synthesis)
    found = np.empty((rows, sizes, degrees + 1))
    change = np.empty((len(slopes), sizes, degrees + 1))
    by_degree = np.empty((4, max(pairs, lines, kept), _BLOCK))
    line, gamma, f, slope = by_degree[0], by_degree[1], by_degree[2], by_degree[3]
    by_angle = np.empty((5, angles, _BLOCK))
    g, q, h, dg, dq = by_angle[0], by_angle[1], by_angle[2], by_angle[3], by_angle[4]
    local, over = np.empty(_BLOCK), np.empty(_BLOCK)
    for row in range(rows):
        for start in range(0, sizes, _BLOCK):
            width = min(_BLOCK, sizes - start)
            for j in range(width):
                over[j] = 1.0 / n[start + j]
            for step in range(len(slopes) + 1):  # the value, then its slopes through the same chain
                if step == 0:
                    _load(values, row, start, width, line)
                else:
                    _load(slopes, step - 1, start, width, line)
                _matrix_product(synthesis, angles, line, lines, dg, width)
                for a in range(angles):
                    for j in range(width):
                        if step == 0:
                            g[a, j] = dg[a, j]
                        h[a, j] = g[a, j] * dg[a, j] * (1.0 if step == 0 else 2.0)
                _matrix_product(analysis, pairs, h, angles, line, width)
                local[:] = 0.0
                for k in range(pairs):
                    if step == 0:
                        top, power = (numerator_0, poles_0) if k == 0 else (numerator, poles)
                        _rational(line, over, top, power, k, gamma, f, slope, width)
                    for j in range(width):
                        if step == 0:
                            local[j] += deg[k] * f[k, j] * gamma[k, j]
                            line[k, j] = f[k, j]
                        else:
                            changed = line[k, j] * over[j]
                            local[j] += deg[k] * (slope[k, j] * gamma[k, j] + f[k, j]) * changed
                            line[k, j] = slope[k, j] * changed
                _matrix_product(synthesis, angles, line, pairs, dq, width)
                for a in range(angles):
                    for j in range(width):
                        if step == 0:
                            q[a, j] = dq[a, j]
                            h[a, j] = g[a, j] * q[a, j]
                        else:
                            h[a, j] = dg[a, j] * q[a, j] + g[a, j] * dq[a, j]
                _matrix_product(analysis, kept, h, angles, line, width)
                out = found if step == 0 else change
                _store(local, line, over, kept, out, row if step == 0 else step - 1, start, width)
    return found, change


@compiled(error_model="numpy")
def _matrix_product(table: Floats, rows: int, columns: Floats, inner: int, out: Floats, width: int) -> None:
    """table[:rows, :inner] @ columns[:inner], `width` columns; four terms at a time, to write less often."""
    whole = inner - inner % 4
    for a in range(rows):
        for j in range(width):
            out[a, j] = 0.0
        for l in range(0, whole, 4):
            t0, t1, t2, t3 = table[a, l], table[a, l + 1], table[a, l + 2], table[a, l + 3]
            for j in range(width):
                out[a, j] += (t0 * columns[l, j] + t1 * columns[l + 1, j]) + (
                    t2 * columns[l + 2, j] + t3 * columns[l + 3, j]
                )
        for l in range(whole, inner):
            for j in range(width):
                out[a, j] += table[a, l] * columns[l, j]


@compiled(error_model="numpy")
def _rational(
    squares: Floats,
    over: Floats,
    numerator: Floats,
    poles: int,
    k: int,
    gamma: Floats,
    value: Floats,
    slope: Floats,
    width: int,
) -> None:
    """gamma of degree k, and sum_i numerator_i gamma^i/(1 - gamma)^poles with its derivative."""
    for j in range(width):
        x = squares[k, j] * over[j]
        total, moved, pole, inverse = 0.0, 0.0, 1.0, 1.0 / (1.0 - x)
        for i in range(len(numerator) - 1, -1, -1):
            moved = moved * x + total
            total = total * x + numerator[i]
        for _ in range(poles):
            pole *= inverse
        gamma[k, j] = x
        value[k, j] = total * pole
        slope[k, j] = (moved + poles * total * inverse) * pole


@compiled(error_model="numpy")
def _load(lines: Floats, row: int, start: int, width: int, out: Floats) -> None:
    """A block of lines, sizes innermost."""
    for j in range(width):
        for l in range(lines.shape[2]):
            out[l, j] = lines[row, start + j, l]


@compiled(error_model="numpy")
def _store(
    local: Floats, smooth: Floats, over: Floats, kept: int, out: Floats, row: int, start: int, width: int
) -> None:
    """local/n - smooth/n by degree, and the local part alone beyond."""
    for j in range(width):
        for l in range(out.shape[2]):
            out[row, start + j, l] = local[j] * over[j]
        for l in range(kept):
            out[row, start + j, l] -= smooth[l, j] * over[j]
