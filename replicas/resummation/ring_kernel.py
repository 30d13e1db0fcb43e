"""The ring sum for many sizes, compiled: products in the angle, sums over degrees, and slopes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled

BLOCK = 64  # sizes side by side, the innermost loop: their tables stay in the fastest cache


class RingTables(NamedTuple):
    """What products of lines on a sphere need, and the ring weights; see `rings`.

    `synthesis` (angle, degree): deg(l) P_l; `analysis` (degree, angle): P_l times the weight of the angle.
    Lines are taken to `lines` degrees, G^2 to `pairs`, X to `kept`. The ring weights come as numerator and
    power of 1/(1 - gamma), once for all degrees and once for degree 0; `frozen`: what the latter has more
    than the former, nothing for Poisson numbers of points.
    """

    synthesis: Floats
    analysis: Floats
    deg: Floats
    lines: int
    pairs: int
    kept: int
    numerator: Floats
    poles: int
    numerator_0: Floats
    poles_0: int
    frozen: Floats
    frozen_poles: int


def ring_steps(tables: RingTables) -> float:
    """Of the interpreter, for the correction at one size."""
    return 0.3 * len(tables.synthesis) * (tables.lines + 2.0 * tables.pairs + tables.kept)


def _steps(values: Floats, slopes: Floats, n: Floats, tables: RingTables, degrees: int) -> float:
    return ring_steps(tables) * len(n) * len(values) * (len(slopes) + 1)


@compiled(error_model="numpy", steps=_steps)
def ring_corrections(
    values: Floats, slopes: Floats, n: Floats, tables: RingTables, degrees: int
) -> tuple[Floats, Floats]:
    """X[h] (rows, n, degrees + 1) and its derivatives along `slopes` (rows, n, degrees), by the chain rule.

    `values`: lines h_l (rows, n, degrees), of which slopes move the only one. X is padded with its local
    part, which also comes last.
    """
    rows, sizes, _ = values.shape
    found = np.empty((rows, sizes, degrees + 1))
    change = np.empty((len(slopes), sizes, degrees + 1))
    line, moved = np.empty((tables.lines, BLOCK)), np.empty((len(slopes), tables.lines, BLOCK))
    x, dx = np.empty((degrees + 1, BLOCK)), np.empty((len(slopes), degrees + 1, BLOCK))
    by_degree, by_angle = ring_space(tables)
    over = np.empty(BLOCK)
    for row in range(rows):
        for start in range(0, sizes, BLOCK):
            width = min(BLOCK, sizes - start)
            for j in range(width):
                over[j] = 1.0 / n[start + j]
            _load(values, row, start, width, line)
            for s in range(len(slopes)):
                _load(slopes, s, start, width, moved[s])
            ring_block(line, moved, over, tables, by_degree, by_angle, x, dx, width)
            for l in range(degrees + 1):
                for j in range(width):
                    found[row, start + j, l] = x[l, j]
                for s in range(len(slopes)):
                    for j in range(width):
                        change[s, start + j, l] = dx[s, l, j]
    return found, change


@compiled(error_model="numpy")
def ring_space(tables: RingTables) -> tuple[Floats, Floats]:
    """Room for a block: by degree and by angle."""
    by_degree = np.empty((4, max(tables.pairs, tables.lines, tables.kept), BLOCK))
    return by_degree, np.empty((5, len(tables.synthesis), BLOCK))


@compiled(error_model="numpy")
def ring_block(
    values: Floats,
    slopes: Floats,
    over: Floats,
    tables: RingTables,
    by_degree: Floats,
    by_angle: Floats,
    found: Floats,
    change: Floats,
    width: int,
) -> None:
    """X[h] and its slopes for `width` sizes: lines (degrees, BLOCK) in, degrees + 1 rows out; `over`: 1/n."""
    synthesis, analysis, deg = tables.synthesis, tables.analysis, tables.deg
    lines, pairs, kept = tables.lines, tables.pairs, tables.kept
    angles = len(synthesis)
    line, gamma, f, slope = by_degree[0], by_degree[1], by_degree[2], by_degree[3]
    g, q, h, dg, dq = by_angle[0], by_angle[1], by_angle[2], by_angle[3], by_angle[4]
    local = np.empty(BLOCK)
    for step in range(len(slopes) + 1):  # the value, then its slopes through the same chain
        matrix_product(synthesis, angles, values if step == 0 else slopes[step - 1], lines, dg, width)
        for a in range(angles):
            for j in range(width):
                if step == 0:
                    g[a, j] = dg[a, j]
                h[a, j] = g[a, j] * dg[a, j] * (1.0 if step == 0 else 2.0)
        matrix_product(analysis, pairs, h, angles, line, width)
        local[:] = 0.0
        for k in range(pairs):
            if step == 0:
                if k == 0:
                    _rational(line, over, tables.numerator_0, tables.poles_0, k, gamma, f, slope, width)
                else:
                    _rational(line, over, tables.numerator, tables.poles, k, gamma, f, slope, width)
            for j in range(width):
                if step == 0:
                    local[j] += deg[k] * f[k, j] * gamma[k, j]
                    line[k, j] = f[k, j]
                else:
                    changed = line[k, j] * over[j]
                    local[j] += deg[k] * (slope[k, j] * gamma[k, j] + f[k, j]) * changed
                    line[k, j] = slope[k, j] * changed
        matrix_product(synthesis, angles, line, pairs, dq, width)
        for a in range(angles):
            for j in range(width):
                if step == 0:
                    q[a, j] = dq[a, j]
                    h[a, j] = g[a, j] * q[a, j]
                else:
                    h[a, j] = dg[a, j] * q[a, j] + g[a, j] * dq[a, j]
        matrix_product(analysis, kept, h, angles, line, width)
        out = found if step == 0 else change[step - 1]
        for l in range(len(out)):
            for j in range(width):
                out[l, j] = local[j] * over[j]
        for l in range(kept):
            for j in range(width):
                out[l, j] -= line[l, j] * over[j]


@compiled(error_model="numpy")
def without_frozen_number(
    values: Floats,
    slopes: Floats,
    over: Floats,
    tables: RingTables,
    x: Floats,
    dx: Floats,
    found: Floats,
    change: Floats,
    width: int,
) -> None:
    """From X[h] and its slopes, as `ring_block` has them, those of a Poisson number of points.

    Exactly N points have w (gamma - h_l) more, gamma = sum deg h^2/N, with their own weight w(gamma)/N of
    rings in degree 0.
    """
    square, gamma, weight, slope = np.zeros((4, 1, BLOCK))
    for l in range(tables.lines):
        for j in range(width):
            square[0, j] += tables.deg[l] * values[l, j] * values[l, j]
    _rational(square, over, tables.frozen, tables.frozen_poles, 0, gamma, weight, slope, width)
    found[:], change[:] = x, dx
    degrees = len(x)
    moved = np.empty(BLOCK)
    for j in range(width):
        for l in range(degrees):
            found[l, j] -= weight[0, j] * gamma[0, j] * over[j]
        for l in range(tables.lines):
            found[l, j] += weight[0, j] * values[l, j] * over[j]
    for s in range(len(slopes)):
        moved[:] = 0.0
        for l in range(tables.lines):
            for j in range(width):
                moved[j] += 2.0 * tables.deg[l] * values[l, j] * slopes[s, l, j] * over[j]
        for j in range(width):
            steep = slope[0, j] * moved[j]
            for l in range(degrees):
                change[s, l, j] -= (steep * gamma[0, j] + weight[0, j] * moved[j]) * over[j]
            for l in range(tables.lines):
                change[s, l, j] += (steep * values[l, j] + weight[0, j] * slopes[s, l, j]) * over[j]


@compiled(error_model="numpy")
def matrix_product(table: Floats, rows: int, columns: Floats, inner: int, out: Floats, width: int) -> None:
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
        for l in range(len(out)):
            out[l, j] = lines[row, start + j, l]
