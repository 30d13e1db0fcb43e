"""How time grows with the size of the question: CPU time at several sizes, and the exponent fitted to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import sympy

import fieldtheory as ft
from benchmarks.clock import timed, timed_once
from diagrams import Theory, generate
from diagrams.compile.compiled_expression import compile_expression


class Growth(NamedTuple):
    """CPU seconds at sizes in increasing order; `unit`: what the size counts."""

    what: str
    unit: str
    sizes: Sequence[int]
    seconds: Sequence[float]

    @property
    def exponent(self) -> float:
        """Of seconds ~ size^exponent, least squares in the logarithms."""
        return float(np.polyfit(np.log(self.sizes), np.log(self.seconds), 1)[0])

    def as_row(self) -> str:
        """A line of the table in Markdown."""
        ends = (f"{self.sizes[k]:,}: {self.seconds[k] / self.sizes[k] * 1e6:.3g} µs each" for k in (0, -1))
        return f"| {self.what} | {self.unit} | {' | '.join(ends)} | {self.exponent:.2f} |"


HEADER = ("| time of | with | fewest | most | exponent |", "|---|---|---|---|---|")


def _measured(what: str, unit: str, runs: dict[int, Callable[[], object]], repeats: int = 3) -> Growth:
    seconds = [timed(run, repeats).cpu if repeats > 1 else timed_once(run).cpu for run in runs.values()]
    return Growth(what, unit, list(runs), seconds)


def _diagrams() -> Growth:
    theory = Theory.scalar({3: 1})

    def count(loops: int) -> int:
        return sum(1 for _ in generate(theory, ("phi", "phi"), loops))

    count(1)
    runs = {count(loops): partial(count, loops) for loops in (3, 4, 5, 6)}
    return _measured("generating φ³ two-point diagrams, three to six loops", "diagrams", runs, repeats=1)


def _layers() -> Growth:
    t = sympy.Symbol("t")
    kernels = {
        layers: ft.FullyConnected(layers, "relu", bias_variance=0.1).ntk().symbolic(t)
        for layers in (10, 20, 50, 100)
    }
    runs = {layers: partial(compile_expression, kernel, [t]) for layers, kernel in kernels.items()}
    return _measured("compiling a symbolic NTK", "layers", runs)


def _degrees() -> Growth:
    kernel = ft.FullyConnected(3, "relu").ntk()
    runs = {degrees: partial(kernel.spectrum, 100, degrees) for degrees in (100, 300, 1000, 3000)}
    return _measured("a ReLU spectrum, d = 100, its tables made before", "degrees", runs, repeats=15)


def _sizes(theory: str) -> Growth:
    spectrum, target = ft.FullyConnected(3, "relu").ntk().spectrum(50, 11), ft.Target({1: 0.5, 2: 0.5})
    runs = {
        number: partial(
            ft.learning_curve, spectrum, target, np.geomspace(10, 1e5, number), 0.01, theory=theory
        )
        for number in (100, 1000, 10_000)
    }
    return _measured(f'learning_curve(theory="{theory}")', "sizes n", runs, repeats=7)


def _points() -> Growth:
    kernel, target = ft.FullyConnected(3, "relu", 2.0).ntk(), ft.Target({1: 1.0})
    runs = {
        n: partial(ft.simulate, kernel, 50, target, n, repeats=2, ridge=0.01, jobs=1)
        for n in (400, 800, 1600, 3200)
    }
    return _measured("two simulated data sets, all orientations", "points", runs, repeats=1)


def growths() -> list[Growth]:
    """All on one core."""
    return [_diagrams(), _layers(), _degrees(), _sizes("auto"), _sizes("self-consistent"), _points()]
