"""Limits of width times variance, shift and excess error of regression on random features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import erf

from fieldtheory.arguments import require_choice, require_integer, require_number
from fieldtheory.array_types import Floats


def feature_words(legs: int, order: int) -> list[tuple[int, ...]]:
    """Numbers of visits to one feature on each of ``legs`` lines, at order 1/h^order of ⟨f^legs⟩."""
    if legs == 1:
        return [(order + 1,)]
    return [
        (first, *rest)
        for first in range(1, order + 3 - legs)
        for rest in feature_words(legs - 1, order - first)
    ]


@dataclass(frozen=True)
class WidthCorrections:
    """Limits of h times variance, shift (per test point) and excess error, with their standard errors."""

    infinite_width_error: float
    variance: float
    variance_stderr: float
    shift: Floats
    shift_stderr: Floats
    excess: float
    excess_stderr: float


def _erf_kernel(first: Floats, second: Floats, gain: float) -> Floats:
    overlap = 2 * gain**2 * (first @ second.T)
    norms = [1 + 2 * gain**2 * np.sum(x**2, axis=1) for x in (first, second)]
    return np.asarray(2 / np.pi * np.arcsin(overlap / np.sqrt(np.outer(*norms))))


def width_corrections(
    train: Floats,
    labels: Floats,
    test: Floats,
    test_labels: Floats,
    ridge: float,
    gain: float = 1.0,
    ensemble: str = "fixed",
    samples: int = 100_000,
    seed: int = 0,
) -> WidthCorrections:
    """Order 1/h of ridge regression on features erf(g w·x)/√h, w ~ N(0, 1): one feature visited twice.

    A line with n visits has the sign (-1)^(n-1). A fixed number of features subtracts the visits by the mean
    kernel, a Poisson number does not. The feature is averaged by seeded Monte Carlo.
    """
    x, y, x_test, y_test = (np.asarray(a, dtype=np.float64) for a in (train, labels, test, test_labels))
    ridge = require_number("ridge", ridge, exclusive=True)
    gain = require_number("gain", gain, exclusive=True)
    samples = require_integer("samples", samples, minimum=2)
    require_choice("ensemble", ensemble, ("fixed", "poisson"))
    kernel = _erf_kernel(x, x, gain)
    line = np.linalg.inv(kernel + ridge * np.eye(len(x)))
    smoother = _erf_kernel(x_test, x, gain) @ line
    weights = np.random.default_rng(seed).normal(size=(samples, x.shape[1]))
    phi = erf(gain * x @ weights.T)
    leaving = erf(gain * x_test @ weights.T) - smoother @ phi
    loop, end = np.sum(phi * (line @ phi), axis=0), (y @ line) @ phi

    def mean_line(visits: int) -> Floats:
        row = ridge * smoother @ np.linalg.matrix_power(line @ kernel, visits - 1)
        return np.asarray((-1) ** (visits - 1) * row @ (line @ y))

    def summed(legs: int) -> Floats:
        total = np.zeros_like(leaving)
        for word in feature_words(legs, 1):
            total += np.prod([(-1) ** (n - 1) * leaving * loop ** (n - 1) * end for n in word], axis=0)
            if ensemble == "fixed":
                total -= np.prod([mean_line(n) for n in word], axis=0)[:, None]
        return total

    residual = smoother @ y - y_test
    shift, square = summed(1), summed(2)
    excess = np.mean(square + 2 * residual[:, None] * shift, axis=0)
    variance, root = square.mean(axis=0), np.sqrt(samples)
    return WidthCorrections(
        float(np.mean(residual**2)),
        float(variance.mean()),
        float(variance.std(ddof=1) / root),
        shift.mean(axis=1),
        shift.std(axis=1, ddof=1) / root,
        float(excess.mean()),
        float(excess.std(ddof=1) / root),
    )
