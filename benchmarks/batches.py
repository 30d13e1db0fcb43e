"""A sweep with new spectra through the public calls for many networks: a million points."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

import fieldtheory as ft
from benchmarks.clock import Row, Timing, rate_row, time_row, timed, timed_once

DIM, DEGREES = 20, 60
TARGET = ft.Target({1: 0.5, 2: 0.5})
N, RIDGES = np.geomspace(10, 3000, 50), np.geomspace(0.01, 10, 20)


def networks(number: int, bias: float | None = None) -> list[ft.FullyConnected]:
    """Different ones, with one bias variance or with as many."""
    weights = np.linspace(1, 3, number).tolist()
    biases = np.linspace(0, 1, number).tolist() if bias is None else [bias] * number
    return [ft.FullyConnected(3, "relu", w, b) for w, b in zip(weights, biases, strict=True)]


def sweep(number: int, **options: object) -> ft.LearningCurves:
    """Spectra, and curves at every ridge and size."""
    spectra = ft.spectra(networks(number), DIM, max_degree=DEGREES)
    return ft.learning_curves(spectra, TARGET, N, RIDGES, **options)


def singly(number: int, **options: object) -> None:
    """The same by single calls."""
    for network in networks(number):
        spectrum = network.ntk().spectrum(DIM, DEGREES)
        for ridge in RIDGES.tolist():
            ft.learning_curve(spectrum, TARGET, N, ridge, **options)


def _spectra_row(bias: float) -> Row:
    made = networks(1000, bias)
    ours = timed(partial(ft.spectra, made, 100, max_degree=59), repeats=5).per(len(made))
    kernels = [network.ntk() for network in made]

    def single() -> None:
        for kernel in kernels:
            kernel.spectrum(100, 59)

    theirs = timed(single, repeats=3).per(len(made))
    what = f"1,000 new spectra of 60 degrees, L = 3, bias variance {bias:g}, in one call"
    return rate_row(what, ours, "single calls", theirs)


def _sweep_row(what: str, **options: object) -> Row:
    few: Callable[[], object] = partial(singly, 10, **options)
    sweep(10, **options)
    ours: Timing = timed_once(partial(sweep, 1000, **options))
    return time_row(what, ours, "single calls", timed(few, repeats=1).per(10 / 1000))


def rows() -> list[Row]:
    """Spectra alone, and a million points with two theories."""
    points = f"10⁶ points (1,000 networks, {len(RIDGES)} ridges, {len(N)} sizes), spectra included"
    return [
        *map(_spectra_row, (0.0, 0.1, 0.3, 1.0)),
        _sweep_row(f"{points}, self-consistent", theory="self-consistent", error_bar=False),
        _sweep_row(f"{points}, auto with bars"),
    ]
