"""Eigenvalues: all degrees to 1000, and new spectra one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
from scipy.special import roots_gegenbauer

import fieldtheory as ft
from benchmarks.clock import Row, rate_row, time_row, timed, timed_once
from fieldtheory.networks.fully_connected import FullyConnected

DIM, DEPTH, DEGREES = 100, 3, 1000
CHECKED = (10, 20, 30, 100)


def _list(values: Iterable[float]) -> str:
    return ", ".join(f"{value:.0e}" if value < 1 or value > 1000 else f"{value:.0f}" for value in values)


def scipy_quadrature(kernel: ft.ZonalKernel, dim: int, max_degree: int, nodes: int) -> np.ndarray:
    """What public codes do: Gauss-Gegenbauer nodes from scipy, P_l by recurrence, sum."""
    t, w = roots_gegenbauer(nodes, dim / 2 - 1)
    weighted = kernel(t) * w / w.sum()
    out = np.empty(max_degree + 1)
    previous, current = np.ones_like(t), t
    out[0] = weighted.sum()
    for degree in range(1, max_degree + 1):
        out[degree] = weighted @ current
        previous, current = (
            current,
            ((2 * degree + dim - 2) * t * current - degree * previous) / (degree + dim - 2),
        )
    return out


def rows() -> list[Row]:
    """All degrees at once (warm), their accuracy, and spectra of 60 degrees per second."""
    kernel = FullyConnected(DEPTH, "relu", 2.0).ntk()
    ours = timed(lambda: kernel.spectrum(DIM, DEGREES))
    cold = timed_once(lambda: kernel.spectrum(DIM + 1, DEGREES))
    theirs = timed(lambda: scipy_quadrature(kernel, DIM, DEGREES, 1500), repeats=3)
    found = kernel.spectrum(DIM, DEGREES).eigenvalues[list(CHECKED)]
    certified = np.array([float(kernel.eigenvalue(degree, DIM, digits=20)) for degree in CHECKED])
    error = np.abs(found / certified - 1)
    wrong = np.abs(scipy_quadrature(kernel, DIM, max(CHECKED), 1500)[list(CHECKED)] / certified - 1)
    at = ", ".join(map(str, CHECKED))
    note = f" ({cold.as_time()} the first of a dimension); relative error at l = {at}: {_list(error)}"
    name = f"scipy nodes and recurrence, error {_list(wrong)}"
    rows_found = [
        time_row(f"all eigenvalues l ≤ {DEGREES}, d = {DIM}, depth {DEPTH}", ours, name, theirs, note)
    ]
    for bias in (0.0, 0.3, 1.0):
        weight = iter(np.linspace(1.0, 2.0, 10**6))

        def new_spectrum(bias: float = bias, weight: Iterator[float] = weight) -> None:
            FullyConnected(3, "relu", next(weight), bias).ntk().spectrum(DIM, 59)

        ours = timed(new_spectrum, calls=200)
        other = FullyConnected(3, "relu", 1.5, bias).ntk()
        theirs = timed(partial(scipy_quadrature, other, DIM, 59, 300), repeats=5)
        what = f"a new spectrum of 60 degrees, L = 3, bias variance {bias:g}, network to Spectrum"
        rows_found.append(rate_row(what, ours, "scipy nodes and recurrence", theirs))
    for activation in ("erf", "tanh"):
        slow = FullyConnected(2, activation, 1.5).ntk()
        first, again = (
            timed_once(lambda slow=slow: slow.spectrum(3)),
            timed(lambda slow=slow: slow.spectrum(3), 5),
        )
        note = f" (again: {again.as_time()})"
        rows_found.append(time_row(f"spectrum(3) of two {activation} layers, first", first, note=note))
    return rows_found
