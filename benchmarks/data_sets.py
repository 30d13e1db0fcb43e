"""Learning curves on the points of a data set, against the regressions that they stand for."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import numpy as np
from sklearn.datasets import load_digits

import fieldtheory as ft
from benchmarks.clock import Row, Timing, time_row, timed
from fieldtheory.array_types import Floats, Integers

_SIZES = [20, 40, 80, 160, 320]
_RIDGE = 0.01
_TRIALS = 40  # data sets of each size, for the time and the spread of one
_ALL = """
import json, resource, time
import numpy as np
import fieldtheory as ft
from benchmarks.data_sets import digits
kernel, labels = digits(range(10))
spectrum, target = ft.Spectrum.from_gram(kernel, labels)
start = time.process_time()
ft.learning_curve(spectrum, target, n=[300], ridge=0.01)
cpu = time.process_time() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
print(json.dumps({"cpu": cpu, "gigabytes": peak * 1.024}))
"""


def digits(classes: range | list[int]) -> tuple[Floats, Floats]:
    """Gaussian kernel matrix of handwritten digits of these classes, and parity as +1 or -1."""
    images, digit = load_digits(return_X_y=True)
    kept = np.isin(digit, list(classes))
    points = images[kept] / 16
    squares = (points**2).sum(axis=1)
    distance = squares[:, None] + squares - 2 * points @ points.T
    return np.exp(-distance / (2 * np.median(distance))), 1.0 - 2.0 * (digit[kept] % 2)


def averages(kernel: Floats, labels: Floats, drawn: Integers) -> tuple[float, float, float]:
    """Error, posterior variance and label-noise gain of one training set, in NumPy."""
    crossed = kernel[:, drawn]
    matrix = kernel[np.ix_(drawn, drawn)] + _RIDGE * np.eye(len(drawn))
    smoother = np.linalg.solve(matrix, crossed.T).T
    error = np.mean((smoother @ labels[drawn] - labels) ** 2)
    variance = np.mean(np.diagonal(kernel) - (smoother * crossed).sum(axis=1))
    return float(error), float(variance), float((smoother**2).sum(axis=1).mean())


def error_alone(kernel: Floats, labels: Floats, drawn: Integers) -> tuple[float]:
    """The error and nothing else, by one right-hand side."""
    matrix = kernel[np.ix_(drawn, drawn)] + _RIDGE * np.eye(len(drawn))
    predicted = kernel[:, drawn] @ np.linalg.solve(matrix, labels[drawn])
    return (float(np.mean((predicted - labels) ** 2)),)


def brute_force(
    regress: Callable[[Floats, Floats, Integers], tuple[float, ...]],
    kernel: Floats,
    labels: Floats,
    bars: list[Floats],
) -> Timing:
    """Time of as many regressions as bring two standard errors of all they give down to the bars."""
    rng = np.random.default_rng(0)
    cpu = wall = 0.0
    for n, *allowed in zip(_SIZES, *bars, strict=True):
        found: list[tuple[float, ...]] = []

        def draw(size: int = n, kept: list[tuple[float, ...]] = found) -> None:
            kept.append(regress(kernel, labels, rng.choice(len(kernel), size)))

        once = timed(draw, repeats=_TRIALS)
        needed = float(np.max(4 * np.var(found, axis=0, ddof=1) / np.square(allowed)))
        cpu, wall = cpu + needed * once.cpu, wall + needed * once.wall
    return Timing(cpu, wall)


def rows() -> list[Row]:
    """Two digits with brute force beside it; all digits in a process of their own."""
    kernel, labels = digits([3, 8])
    spectrum, target = ft.Spectrum.from_gram(kernel, labels)
    curve = ft.learning_curve(spectrum, target, n=_SIZES, ridge=_RIDGE)
    bars = [curve.error_bar, curve.posterior_variance_bar, curve.label_noise_gain_bar]
    known = [bar for bar in bars if bar is not None]
    ours = timed(lambda: ft.learning_curve(spectrum, target, n=_SIZES, ridge=_RIDGE), repeats=3)
    run = subprocess.run([sys.executable, "-c", _ALL], capture_output=True, text=True, check=True)
    large = json.loads(run.stdout)
    what = f"learning curve on {len(kernel)} digits, {len(_SIZES)} sizes"
    instead = "regressions in NumPy until two standard errors are our bar"
    return [
        time_row(
            f"{what}: error, posterior variance, label-noise gain",
            ours,
            instead,
            brute_force(averages, kernel, labels, known),
        ),
        time_row(f"{what}: error alone", ours, instead, brute_force(error_alone, kernel, labels, known[:1])),
        Row(
            "the same on all 1,797 digits, one size",
            f"{large['cpu']:.1f} s CPU, {large['gigabytes']:.2f} GB",
        ),
    ]
