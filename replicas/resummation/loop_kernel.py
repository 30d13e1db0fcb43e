"""The loop series by rings for many curves, compiled: what sums over degrees say at every size."""

from __future__ import annotations

import numpy as np

from fieldtheory.array_types import Floats, Integers
from fieldtheory.compiled import compiled
from replicas.resummation.ring_kernel import BLOCK, RingTables, ring_block, ring_space, ring_steps
from replicas.resummation.saddle_expansion import (
    changes,
    first_order,
    room_for_lines,
    room_for_orders,
    second_order,
    set_lines,
    set_moved_lines,
    sigma_slopes,
)

ROWS = 15  # numbers for every size, see `ring_sums`


def _steps(
    n: Floats,
    which: Integers,
    ridges: Floats,
    eigenvalues: Floats,
    traces: Floats,
    powers: Floats,
    saddle: Floats,
    tables: RingTables,
    by_degree: Floats,
) -> float:
    return len(which) * len(n) * (5 * ring_steps(tables) + 40.0 * len(powers))


@compiled(error_model="numpy", steps=_steps)
def ring_sums(
    n: Floats,
    which: Integers,
    ridges: Floats,
    eigenvalues: Floats,
    traces: Floats,
    powers: Floats,
    saddle: Floats,
    tables: RingTables,
    by_degree: Floats,
) -> Floats:
    r"""What the observables of each curve are made of, shape (curves, ROWS, sizes).

    Curve c: the spectrum `which[c]`, a row of `eigenvalues` and `traces`, with total ridge ridges[c] and the
    saddle points saddle[c] = (kappa, gamma, 1 - gamma). Rows, by order in the rings: sum_l g_l^2 E_l at 0, 1,
    2; E at infinite degree at 0, 1, 2; sum_l g_l^2 r_l^2 at 0, 1; sum_l g_l^2 times the training error at 0,
    1, and this at infinite degree at 0, 1 (both for ridge = total ridge); sum_l deg(l) lambda_l r_l at 0, 1;
    the first order of the local self-energy. `by_degree`, shape (curves, 2, sizes, degrees) or without
    curves: takes a_l and E_l to first order.
    """
    degrees, fields = eigenvalues.shape[1], len(by_degree) > 0
    out = np.empty((len(which), ROWS, len(n)))
    room, orders = room_for_lines(degrees, BLOCK), room_for_orders(degrees, BLOCK)
    x, dx = np.empty((degrees + 1, BLOCK)), np.empty((2, degrees + 1, BLOCK))
    z, dz = np.empty((degrees + 1, BLOCK)), np.empty((1, degrees + 1, BLOCK))
    h, dh, moved = np.empty((tables.lines, BLOCK)), np.empty((2, tables.lines, BLOCK)), np.empty(BLOCK)
    space = ring_space(tables)
    over = np.empty(BLOCK)
    for c in range(len(which)):
        values, weights = eigenvalues[which[c]], traces[which[c]]
        for start in range(0, len(n), BLOCK):
            width = min(BLOCK, len(n) - start)
            part = n[start : start + width]
            kappa, gamma, one_minus_gamma = (
                saddle[c, 0, start : start + width],
                saddle[c, 1, start : start + width],
                saddle[c, 2, start : start + width],
            )
            for j in range(width):
                over[j] = 1.0 / part[j]
            set_lines(kappa, gamma, one_minus_gamma, part, ridges[c], values, weights, room)
            for s in range(2):
                for l in range(tables.lines):
                    for j in range(width):
                        dh[s, l, j] = room.learnt[l, j] * room.slopes[s, l, j]
            ring_block(room.learnt, dh, over, tables, space[0], space[1], x, dx, width)
            first_order(room, x, dx, orders, width)
            set_moved_lines(room, orders, h, dh[0], moved[:width])
            ring_block(h, dh[:1], over, tables, space[0], space[1], z, dz, width)
            for l in range(degrees + 1):
                for j in range(width):
                    z[l, j] = (z[l, j] - x[l, j]) / moved[j]
                    dz[0, l, j] = (dz[0, l, j] - dx[0, l, j]) / moved[j]
            second_order(room, orders, z, dz[0], width)
            for j in range(width):
                found = out[c, :, start + j]
                bare = 1.0 - room.drift[0, j]
                trained = room.ridge[j] * over[j]
                end = sigma_slopes(room.drift, orders, x, dx, z, dz[0], degrees, j)
                found[:] = 0.0
                found[3], found[4], found[5] = bare, end[0], end[1]
                found[10], found[11] = trained * room.drift[1, j], -trained * end[2]
                found[14] = x[degrees, j] - orders.u[0, j]
                for l in range(degrees):
                    missed = room.missed[l, j]
                    left = weights[l] * missed
                    found[12] += left
                    found[13] += left * (orders.u[0, j] - orders.y[0, l, j])
                    if fields or powers[l] > 0.0:
                        once, twice = changes(room, orders, x, z, l, j)
                        slopes = sigma_slopes(room.drift, orders, x, dx, z, dz[0], l, j)
                        square = missed * missed
                        error_0 = square * bare
                        error_1 = square * (slopes[0] + 2.0 * once * bare)
                        if powers[l] > 0.0:
                            signal = powers[l] * square
                            found[0] += powers[l] * error_0
                            found[1] += powers[l] * error_1
                            found[2] += signal * (
                                slopes[1] + 2.0 * once * slopes[0] + (once * once + 2.0 * twice) * bare
                            )
                            found[6] += signal
                            found[7] += 2.0 * signal * once
                            found[8] += signal * found[10]
                            found[9] += signal * (2.0 * once * found[10] - trained * slopes[2])
                        if fields:
                            by_degree[c, 0, start + j, l] = room.learnt[l, j] - missed * once
                            by_degree[c, 1, start + j, l] = error_0 + error_1
    return out
