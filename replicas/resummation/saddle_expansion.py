r"""The expansion of the saddle point in the strength eps of a correction eps X[h], compiled, size by size.

Everything is expanded in eps, so that nothing of a higher order is kept by accident. With kappa = kappa_0 e^u
and A_l = kappa_0/lambda_l + source, the equations N = (ridge/kappa_0) e^{-u} + sum deg h_l and
h_l = 1/(A_l e^u + 1 + eps X_l[h]) are solved for u order by order (docs/error_bars.md). Derivatives by the
source and by log ridge follow by the chain rule. Sizes are the last axis, degrees the one before.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled

_SHIFT = 1e-4  # of the difference for the second order, which only serves as an estimate


class SaddleLines(NamedTuple):
    """The lines at the saddle point, h_l = `learnt`, `missed` = 1 - h_l, `traced` = deg(l) h_l.

    `slopes`: those of log h_l by source and log ridge; `drift`: those of log kappa_0; `ridge`: ridge/kappa_0.
    """

    learnt: Floats
    missed: Floats
    traced: Floats
    slopes: Floats
    drift: Floats
    ridge: Floats


class SaddleOrders(NamedTuple):
    """What the correction moves: log kappa by `u` and then `v`, 1/h_l by y/h_l; values and slopes.

    Of each its value, and its slopes by source and log ridge. Log kappa resists with the stiffness
    D = ridge/kappa_0 + sum deg h (1 - h).
    """

    u: Floats
    y: Floats
    v: Floats
    stiffness: Floats


def _room_steps(degrees: int, sizes: int) -> float:
    return 1.0


def _line_steps(kappa: Floats, gamma: Floats, one_minus_gamma: Floats, n: Floats, *more: Any) -> float:
    return 5.0 * len(n) * len(more[1])


def _order_steps(lines: SaddleLines, *more: Any) -> float:
    return 10.0 * lines.learnt.size


@compiled(error_model="numpy", steps=_room_steps)
def room_for_lines(degrees: int, sizes: int) -> SaddleLines:
    """Empty arrays."""
    by_degree = (degrees, sizes)
    return SaddleLines(
        np.empty(by_degree),
        np.empty(by_degree),
        np.empty(by_degree),
        np.empty((2, degrees, sizes)),
        np.empty((2, sizes)),
        np.empty(sizes),
    )


@compiled(error_model="numpy", steps=_room_steps)
def room_for_orders(degrees: int, sizes: int) -> SaddleOrders:
    """Empty arrays."""
    return SaddleOrders(
        np.empty((3, sizes)), np.empty((3, degrees, sizes)), np.empty((3, sizes)), np.empty((3, sizes))
    )


@compiled(error_model="numpy", steps=_line_steps)
def set_lines(
    kappa: Floats,
    gamma: Floats,
    one_minus_gamma: Floats,
    n: Floats,
    ridge: float,
    eigenvalues: Floats,
    traces: Floats,
    lines: SaddleLines,
) -> None:
    """The lines at len(n) saddle points."""
    learnt, missed, traced, slopes, drift, over = lines
    for j in range(len(n)):
        limit = n[j] * one_minus_gamma[j]  # of ridge/kappa_0 where both are 0
        over[j] = ridge / kappa[j] if kappa[j] > 0.0 else limit
        drift[0, j], drift[1, j] = -gamma[j] / one_minus_gamma[j], over[j] / limit
    for l in range(len(eigenvalues)):
        for j in range(len(n)):
            total = eigenvalues[l] + kappa[j]
            inverse = 1.0 / total if total > 0.0 else 0.0
            learnt[l, j] = eigenvalues[l] * inverse
            missed[l, j] = kappa[j] * inverse if eigenvalues[l] > 0.0 else 1.0
            traced[l, j] = traces[l] * inverse if traces[l] > 0.0 else 0.0
            slopes[0, l, j] = -missed[l, j] * drift[0, j] - learnt[l, j]
            slopes[1, l, j] = -missed[l, j] * drift[1, j]


@compiled(error_model="numpy", steps=_order_steps)
def first_order(lines: SaddleLines, x: Floats, dx: Floats, orders: SaddleOrders, sizes: int) -> None:
    """u, y and the stiffness, from X and its slopes by source and log ridge (rows: degrees and infinity)."""
    learnt, missed, traced, slopes, drift, ridge = lines
    u, y, _, stiffness = orders
    degrees = len(learnt)
    for s in range(2):
        for j in range(sizes):
            resists, moved, total, change = ridge[j], ridge[j] * (s - drift[s, j]), 0.0, 0.0
            for l in range(degrees):
                h, weight, slope = learnt[l, j], traced[l, j], slopes[s, l, j]
                resists += weight * missed[l, j]
                moved += weight * slope * (missed[l, j] - h)
                total += weight * h * x[l, j]
                change += weight * h * (2.0 * slope * x[l, j] + dx[s, l, j])
            u[0, j] = -total / resists
            u[1 + s, j] = -(change + u[0, j] * moved) / resists
            stiffness[0, j], stiffness[1 + s, j] = resists, moved
    for l in range(degrees):
        for j in range(sizes):
            y[0, l, j] = learnt[l, j] * x[l, j] + missed[l, j] * u[0, j]
    for s in range(2):
        for l in range(degrees):
            for j in range(sizes):
                moved = slopes[s, l, j] * (x[l, j] - u[0, j])
                y[1 + s, l, j] = learnt[l, j] * (moved + dx[s, l, j]) + missed[l, j] * u[1 + s, j]


@compiled(error_model="numpy", steps=_order_steps)
def set_moved_lines(
    lines: SaddleLines, orders: SaddleOrders, line: Floats, slopes: Floats, shift: Floats
) -> None:
    """Lines h_l (1 - shift y_l), as many as asked for, their slopes by source and log ridge, and the shifts.

    The slope of the correction along y is a difference, whose shift is 1 where the correction moves nothing.
    """
    degrees, sizes = lines.learnt.shape
    for j in range(len(shift)):
        size = 0.0
        for l in range(degrees):
            size = max(size, abs(orders.y[0, l, j]))
        shift[j] = _SHIFT / size if 0.0 < size < np.inf else 1.0
        for l in range(len(line)):
            h = lines.learnt[l, j]
            left = 1.0 - shift[j] * orders.y[0, l, j]
            line[l, j] = h * left
            for s in range(2):
                slopes[s, l, j] = h * (lines.slopes[s, l, j] * left - shift[j] * orders.y[1 + s, l, j])


@compiled(error_model="numpy", steps=_order_steps)
def second_order(lines: SaddleLines, orders: SaddleOrders, z: Floats, dz: Floats, sizes: int) -> None:
    """v, from the change Z of the correction along y and its slopes by source and log ridge."""
    learnt, missed, traced, slopes, drift, ridge = lines
    u, y, v, stiffness = orders
    for s in range(2):
        for j in range(sizes):
            half, bend = 0.5 * u[0, j] * u[0, j], u[0, j] * u[1 + s, j]
            total, change = ridge[j] * half, ridge[j] * (bend + (s - drift[s, j]) * half)
            for l in range(len(learnt)):
                moved = learnt[l, j] * slopes[s, l, j]  # of h, and minus that of 1 - h
                rest = y[0, l, j] * y[0, l, j] - missed[l, j] * half - learnt[l, j] * z[l, j]
                slope = 2.0 * y[0, l, j] * y[1 + s, l, j] - missed[l, j] * bend - learnt[l, j] * dz[s, l, j]
                slope += moved * (half - z[l, j])
                total += traced[l, j] * rest
                change += traced[l, j] * (slopes[s, l, j] * rest + slope)
            v[0, j] = total / stiffness[0, j]
            v[1 + s, j] = (change - v[0, j] * stiffness[1 + s, j]) / stiffness[0, j]


@compiled(error_model="numpy")
def changes(
    lines: SaddleLines, orders: SaddleOrders, x: Floats, z: Floats, l: int, j: int
) -> tuple[float, float]:
    """Relative changes of G_l/lambda_l = e^u/(1 + y) at orders 1 and 2, small ones to all digits.

    y = h x + (1-h) u and in second order h z + (1-h) (u^2/2 + v), so that all is in proportion to h.
    """
    u, y, v, h = orders.u[0, j], orders.y[0, l, j], orders.v[0, j], lines.learnt[l, j]
    once = h * (u - x[l, j])
    return once, h * (0.5 * u * u + v - z[l, j]) - y * once


@compiled(error_model="numpy")
def first_change(lines: SaddleLines, orders: SaddleOrders, x: Floats, l: int, j: int) -> float:
    """Relative change of G_l/lambda_l at order 1, as in `changes`."""
    return float(lines.learnt[l, j] * (orders.u[0, j] - x[l, j]))


@compiled(error_model="numpy")
def first_slopes(
    drift: Floats, orders: SaddleOrders, x: Floats, dx: Floats, l: int, j: int
) -> tuple[float, float]:
    """Of Sigma kappa_0 = (1 + X) e^{-u} at order 1: slopes by source and log ridge."""
    once = x[l, j] - orders.u[0, j]
    return (
        dx[0, l, j] - orders.u[1, j] - drift[0, j] * once,
        dx[1, l, j] - orders.u[2, j] - drift[1, j] * once,
    )


@compiled(error_model="numpy")
def second_slopes(
    drift: Floats, orders: SaddleOrders, x: Floats, dx: Floats, z: Floats, dz: Floats, l: int, j: int
) -> tuple[float, float, float]:
    """Of Sigma kappa_0 at order 2: slopes by source and log ridge, and its value."""
    u = orders.u[0, j]
    twice = z[l, j] - orders.v[0, j] + 0.5 * u * u - u * x[l, j]
    by_source = dz[0, l, j] - orders.v[1, j] + orders.u[1, j] * (u - x[l, j]) - u * dx[0, l, j]
    by_ridge = dz[1, l, j] - orders.v[2, j] + orders.u[2, j] * (u - x[l, j]) - u * dx[1, l, j]
    return by_source - drift[0, j] * twice, by_ridge - drift[1, j] * twice, twice
