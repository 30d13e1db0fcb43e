"""The loop series by rings for many curves, compiled: what sums over degrees say at every size."""

from __future__ import annotations

import numpy as np

from fieldtheory.array_types import Floats, Integers
from fieldtheory.compiled import compiled
from replicas.resummation.pair_kernel import PairTables, pair_block
from replicas.resummation.ring_kernel import (
    BLOCK,
    RingTables,
    ring_block,
    ring_space,
    ring_steps,
    without_frozen_number,
)
from replicas.resummation.saddle_expansion import (
    changes,
    first_change,
    first_order,
    first_slopes,
    room_for_lines,
    room_for_orders,
    second_order,
    second_slopes,
    set_lines,
    set_moved_lines,
)

# What `ring_sums` sums, and the parts of each sum
SIGNAL, BIAS, VARIANCE, TRAINING, POSTERIOR, FAR, FAR_TRAINING, LOCAL = range(8)
ZEROTH, FIRST, SECOND_SIZE, POISSON_SIZE, FROZEN_SIZE, PAIR_SIZE = range(6)
LEARNT, ERRORS, LEARNT_SIZES = 0, 1, 2  # `by_degree`: the last with the four sizes


def _steps(
    n: Floats,
    which: Integers,
    ridges: Floats,
    eigenvalues: Floats,
    traces: Floats,
    powers: Floats,
    saddle: Floats,
    tables: RingTables,
    pairs: PairTables,
    by_degree: Floats,
) -> float:
    return len(which) * len(n) * (7 * ring_steps(tables) + 80.0 * len(powers))


@compiled(error_model="numpy")
def _add(
    sums: Floats, weight: float, zeroth: float, first: float, second: float, poisson: float, pair: float
) -> None:
    """A term of a sum, with the sizes of its parts."""
    sums[ZEROTH] += weight * zeroth
    sums[FIRST] += weight * first
    sums[SECOND_SIZE] += weight * abs(second)
    sums[POISSON_SIZE] += weight * abs(poisson)
    sums[FROZEN_SIZE] += weight * abs(first - poisson)
    sums[PAIR_SIZE] += weight * abs(pair)


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
    pairs: PairTables,
    by_degree: Floats,
) -> Floats:
    r"""What the observables of each curve are made of, shape (curves, sums, parts, sizes).

    Curve c: the spectrum `which[c]`, a row of `eigenvalues` and `traces`, with total ridge ridges[c] and the
    saddle points saddle[c] = (kappa, gamma, 1 - gamma). Sums, names above: sum_l g_l^2 E_l, the squared bias
    and the variance in it, sum_l g_l^2 times the training error (for ridge = total ridge), sum_l deg(l)
    lambda_l r_l, E and training error at infinite degree, the local self-energy.

    Parts: orders 0 and 1 in the rings; then, from absolute values at each degree, the size of order 2, of
    order 1 with a Poisson number of points, of what exactly N points change in that, and of order 1 of the
    words on two points alone (`pair_kernel`). `by_degree`, shape (curves, 6, sizes, degrees) or without
    curves: takes a_l and E_l to first order and the four sizes of a_l.
    """
    degrees, fields = eigenvalues.shape[1], len(by_degree) > 0
    out = np.empty((len(which), 8, 6, len(n)))
    room, orders = room_for_lines(degrees, BLOCK), room_for_orders(degrees, BLOCK)
    x, dx = np.empty((degrees + 1, BLOCK)), np.empty((2, degrees + 1, BLOCK))
    z, dz = np.empty((degrees + 1, BLOCK)), np.empty((2, degrees + 1, BLOCK))
    near = len(pairs.analysis)
    h, dh = np.empty((tables.lines, BLOCK)), np.empty((2, max(near, tables.lines), BLOCK))
    moved = np.empty(BLOCK)
    free, poisson = len(tables.frozen) == 0, room_for_orders(degrees, BLOCK)
    p, dp = np.empty((degrees + 1, BLOCK)), np.empty((2, degrees + 1, BLOCK))
    q, dq = np.empty((degrees + 1, BLOCK)), np.empty((2, degrees + 1, BLOCK))
    pair, passed, passing = room_for_orders(degrees, BLOCK), np.empty(BLOCK), np.empty((2, BLOCK))
    space = ring_space(tables)
    over, sums = np.empty(BLOCK), np.empty((8, 6))
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
                for l in range(dh.shape[1]):
                    for j in range(width):
                        dh[s, l, j] = room.learnt[l, j] * room.slopes[s, l, j]
            ring_block(room.learnt, dh, over, tables, space[0], space[1], x, dx, width)
            first_order(room, x, dx, orders, width)
            if free:
                p[:], dp[:] = x, dx
            else:
                without_frozen_number(room.learnt, dh, over, tables, x, dx, p, dp, width)
            first_order(room, p, dp, poisson, width)
            for j in range(width):
                passed[j] = room.ridge[j] * over[j]
                for s in range(2):
                    passing[s, j] = passed[j] * (s - room.drift[s, j])
                for l in range(near, degrees):
                    passed[j] += room.traced[l, j] * over[j]
                    for s in range(2):
                        passing[s, j] += room.traced[l, j] * room.slopes[s, l, j] * over[j]
            pair_block(room.learnt, dh, passed, passing, over, pairs, q, dq, width)
            first_order(room, q, dq, pair, width)
            set_moved_lines(room, orders, h, dh, moved[:width])
            ring_block(h, dh, over, tables, space[0], space[1], z, dz, width)
            for l in range(degrees + 1):
                for j in range(width):
                    z[l, j] = (z[l, j] - x[l, j]) / moved[j]
                    for s in range(2):
                        dz[s, l, j] = (dz[s, l, j] - dx[s, l, j]) / moved[j]
            second_order(room, orders, z, dz, width)
            for j in range(width):
                bare, trained = 1.0 - room.drift[0, j], room.ridge[j] * over[j]
                fitted = trained * room.drift[1, j]
                sums[:] = 0.0
                end = first_slopes(room.drift, orders, x, dx, degrees, j)
                end_2 = second_slopes(room.drift, orders, x, dx, z, dz, degrees, j)
                end_p = first_slopes(room.drift, poisson, p, dp, degrees, j)
                end_q = first_slopes(room.drift, pair, q, dq, degrees, j)
                _add(sums[FAR], 1.0, bare, end[0], end_2[0], end_p[0], end_q[0])
                _add(sums[FAR_TRAINING], trained, room.drift[1, j], -end[1], -end_2[1], -end_p[1], -end_q[1])
                local, local_p = x[degrees, j] - orders.u[0, j], p[degrees, j] - poisson.u[0, j]
                local_q = q[degrees, j] - pair.u[0, j]
                _add(sums[LOCAL], 1.0, 1.0, local, end_2[2], local_p, local_q)
                for l in range(degrees):
                    missed = room.missed[l, j]
                    once, twice = changes(room, orders, x, z, l, j)
                    once_p = first_change(room, poisson, p, l, j)
                    once_q = first_change(room, pair, q, l, j)
                    _add(sums[POSTERIOR], weights[l] * missed, 1.0, once, twice, once_p, once_q)
                    if fields or powers[l] > 0.0:
                        slope = first_slopes(room.drift, orders, x, dx, l, j)
                        error_1 = slope[0] + 2.0 * once * bare
                        signal = powers[l] * missed * missed
                        if signal > 0.0:
                            slope_2 = second_slopes(room.drift, orders, x, dx, z, dz, l, j)
                            slope_p = first_slopes(room.drift, poisson, p, dp, l, j)
                            slope_q = first_slopes(room.drift, pair, q, dq, l, j)
                            square = once * once + 2.0 * twice
                            error_2 = slope_2[0] + 2.0 * once * slope[0] + square * bare
                            error_p = slope_p[0] + 2.0 * once_p * bare
                            error_q = slope_q[0] + 2.0 * once_q * bare
                            _add(sums[SIGNAL], signal, bare, error_1, error_2, error_p, error_q)
                            _add(sums[BIAS], signal, 1.0, 2.0 * once, square, 2.0 * once_p, 2.0 * once_q)
                            _add(
                                sums[VARIANCE],
                                signal,
                                bare - 1.0,
                                error_1 - 2.0 * once,
                                error_2 - square,
                                error_p - 2.0 * once_p,
                                error_q - 2.0 * once_q,
                            )
                            _add(
                                sums[TRAINING],
                                signal,
                                fitted,
                                2.0 * once * fitted - trained * slope[1],
                                square * fitted - trained * (2.0 * once * slope[1] + slope_2[1]),
                                2.0 * once_p * fitted - trained * slope_p[1],
                                2.0 * once_q * fitted - trained * slope_q[1],
                            )
                        if fields:
                            rows = by_degree[c, :, start + j, l]
                            rows[LEARNT] = room.learnt[l, j] - missed * once
                            rows[ERRORS] = missed * missed * bare + missed * missed * error_1
                            rows[LEARNT_SIZES] = missed * abs(twice)
                            rows[LEARNT_SIZES + 1] = missed * abs(once_p)
                            rows[LEARNT_SIZES + 2] = missed * abs(once - once_p)
                            rows[LEARNT_SIZES + 3] = missed * abs(once_q)
                out[c, :, :, start + j] = sums
    return out
