"""Eigenvalues: all degrees to 1000, and new spectra one after the other."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
from scipy.special import roots_gegenbauer

import fieldtheory as ft
from benchmarks.clock import Row, median_seconds
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
    ours = median_seconds(lambda: kernel.spectrum(DIM, DEGREES))
    start = time.perf_counter()
    kernel.spectrum(DIM + 1, DEGREES)
    cold = time.perf_counter() - start
    theirs = median_seconds(lambda: scipy_quadrature(kernel, DIM, DEGREES, 1500), repeats=3)
    found = kernel.spectrum(DIM, DEGREES).eigenvalues[list(CHECKED)]
    certified = np.array([float(kernel.eigenvalue(degree, DIM, digits=20)) for degree in CHECKED])
    error = np.abs(found / certified - 1)
    wrong = np.abs(scipy_quadrature(kernel, DIM, max(CHECKED), 1500)[list(CHECKED)] / certified - 1)
    rows_found = [
        Row(
            f"all eigenvalues l ≤ {DEGREES}, d = {DIM}, depth {DEPTH}",
            f"{ours * 1e3:.2f} ms ({cold * 1e3:.0f} ms for the first of a dimension); relative error at l = "
            f"{_list(CHECKED)}: {_list(error)}",
            f"scipy nodes and recurrence: {theirs * 1e3:.0f} ms; {_list(wrong)}",
            theirs / ours,
        )
    ]
    for bias in (0.0, 0.3, 1.0):
        weight = iter(np.linspace(1.0, 2.0, 10**6))

        def new_spectrum(bias: float = bias, weight: Iterator[float] = weight) -> None:
            FullyConnected(3, "relu", next(weight), bias).ntk().spectrum(DIM, 59)

        ours = median_seconds(new_spectrum, calls=200)
        other = FullyConnected(3, "relu", 1.5, bias).ntk()
        theirs = median_seconds(partial(scipy_quadrature, other, DIM, 59, 300), repeats=5)
        rows_found.append(
            Row(
                f"a new spectrum of 60 degrees, L = 3, bias variance {bias:g}, network to Spectrum",
                f"{1 / ours:,.0f} per second",
                f"scipy nodes and recurrence: {1 / theirs:,.0f} per second",
                theirs / ours,
            )
        )
    return rows_found
