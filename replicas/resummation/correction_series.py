"""The expansion of the saddle point in the strength of any correction, as a response by degree."""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled
from fieldtheory.complex_step import STEP
from replicas.observables import Response
from replicas.prediction import Problem
from replicas.resummation.correction import Correction
from replicas.resummation.saddle_expansion import (
    SaddleLines,
    SaddleOrders,
    changes,
    first_order,
    first_slopes,
    room_for_lines,
    room_for_orders,
    second_order,
    second_slopes,
    set_lines,
    set_moved_lines,
)
from replicas.saddle_point.saddle_point import SaddlePoint


def correction_series(problem: Problem, found: SaddlePoint, correction: Correction) -> Response:
    """The response at orders 0, 1 and 2 of a correction."""
    spectrum, n = problem.spectrum, problem.n
    kappa, gamma, one_minus_gamma, _ = found
    degrees, sizes = len(spectrum.eigenvalues), len(n)
    lines, orders = room_for_lines(degrees, sizes), room_for_orders(degrees, sizes)
    modes = spectrum.eigenvalues, spectrum.degree_traces
    set_lines(kappa, gamma, one_minus_gamma, n, problem.total_ridge, *modes, lines)
    # imaginary parts carry the derivatives through the correction
    first = correction(_lines(lines.learnt, lines.learnt * lines.slopes), n)
    x, dx = _rows(first[0].real), np.stack([_rows(each.imag / STEP) for each in first])
    first_order(lines, x, dx, orders, sizes)
    moved, slopes, shift = np.empty_like(lines.learnt), np.empty_like(lines.slopes), np.empty(sizes)
    set_moved_lines(lines, orders, moved, slopes, shift)
    there = correction(_lines(moved, slopes), n)
    z = (_rows(there[0].real) - x) / shift
    dz = (np.stack([_rows(each.imag / STEP) for each in there]) - dx) / shift
    second_order(lines, orders, z, dz, sizes)
    relative, sigma = _by_degree(lines, orders, x, dx, z, dz)
    missed, drift = np.ascontiguousarray(lines.missed.T), lines.drift
    edge, one = np.zeros((sizes, 1)), np.ones((sizes, degrees + 1))
    over = (lines.ridge / n)[:, None]
    return Response(
        missed=[np.hstack([missed, edge + 1]), *(np.hstack([missed * each, edge]) for each in relative)],
        source=[(1 - drift[0])[:, None] * one, sigma[0], sigma[1]],
        ridge=[over * drift[1][:, None] * one, -over * sigma[2], -over * sigma[3]],
        local=[one[:, -1], x[-1] - orders.u[0], sigma[4, :, -1]],
        kappa=kappa,
    )


def _lines(values: Floats, slopes: Floats) -> Any:
    """Lines as a correction takes them, (rows, n, degrees), the slopes as imaginary parts."""
    found = np.empty((len(slopes), *values.T.shape), dtype=np.complex128)
    found.real, found.imag = values.T, STEP * slopes.transpose(0, 2, 1)
    return found


def _rows(correction: Floats) -> Floats:
    """(n, degrees + 1) with sizes last."""
    return np.ascontiguousarray(correction.T)


def _steps(lines: SaddleLines, *more: Any) -> float:
    return 15.0 * lines.learnt.size


@compiled(error_model="numpy", steps=_steps)
def _by_degree(
    lines: SaddleLines, orders: SaddleOrders, x: Floats, dx: Floats, z: Floats, dz: Floats
) -> tuple[Floats, Floats]:
    """Of the lines their relative changes (2, n, degrees), of Sigma (5, n, degrees + 1): slopes by the source
    at orders 1 and 2, by log ridge at 1 and 2, and its value at order 2."""
    degrees, sizes = lines.learnt.shape
    relative, sigma = np.empty((2, sizes, degrees)), np.empty((5, sizes, degrees + 1))
    for j in range(sizes):
        for l in range(degrees + 1):
            once = first_slopes(lines.drift, orders, x, dx, l, j)
            twice = second_slopes(lines.drift, orders, x, dx, z, dz, l, j)
            sigma[0, j, l], sigma[1, j, l] = once[0], twice[0]
            sigma[2, j, l], sigma[3, j, l], sigma[4, j, l] = once[1], twice[1], twice[2]
            if l < degrees:
                relative[0, j, l], relative[1, j, l] = changes(lines, orders, x, z, l, j)
    return relative, sigma
