"""Moments of a given network's outputs: exact pairs beside samples and a short ladder in NumPy."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

import fieldtheory as ft
from benchmarks.clock import Row, rate_row, time_row, timed
from fieldtheory.array_types import Floats
from fieldtheory.moments.bivariate_normal import owens_t

_WIDTH, _LAYERS, _SAMPLES, _PAIRS = 100, 4, 75_000, 200_000

Moments = tuple[Floats, Floats]


class GivenNetwork:
    """A ReLU network of four layers of 100, an affine map behind it, and Gaussian inputs."""

    def __init__(self) -> None:
        rng = np.random.default_rng(5)
        shape = (_WIDTH, _WIDTH)
        self.weights = [rng.normal(size=shape) * np.sqrt(2 / _WIDTH) for _ in range(_LAYERS)]
        self.biases = [0.2 * rng.normal(size=_WIDTH) for _ in range(_LAYERS)]
        self.root = rng.normal(size=shape) / np.sqrt(_WIDTH)
        self.mean, self.covariance = rng.normal(size=_WIDTH), self.root @ self.root.T

    def propagated(self) -> Moments:
        """Ours; the identity behind the last layer has the activations themselves as outputs."""
        weights, biases = [*self.weights, np.eye(_WIDTH)], [*self.biases, None]
        found = ft.propagate_moments(weights, biases, "relu", self.mean, self.covariance)
        return found.mean, found.covariance

    def by_ladder(self) -> Moments:
        """Four terms of Mehler's series for every pair, the diagonal exact."""
        mean, covariance = self.mean, self.covariance
        for weights, biases in zip(self.weights, self.biases, strict=True):
            mean, covariance = _ladder(weights @ mean + biases, weights @ covariance @ weights.T)
        return mean, covariance

    def by_samples(self) -> Moments:
        """Mean and covariance over random inputs."""
        x = self.mean + np.random.default_rng(1).normal(size=(_SAMPLES, _WIDTH)) @ self.root.T
        for weights, biases in zip(self.weights, self.biases, strict=True):
            x = np.maximum(x @ weights.T + biases, 0.0)
        return x.mean(axis=0), np.cov(x, rowvar=False)


def _ladder(mean: Floats, covariance: Floats) -> Moments:
    scale = np.sqrt(np.diag(covariance))
    a = mean / scale
    density, below = np.exp(-a * a / 2) / np.sqrt(2 * np.pi), ndtr(a)
    average = mean * below + scale * density
    found, power = covariance * np.outer(below, below), covariance
    rungs = ((2, density / scale), (6, -a * density / scale**2), (24, (a * a - 1) * density / scale**3))
    for factorial, rung in rungs:
        power = power * covariance
        found += power * np.outer(rung, rung) / factorial
    square = (mean**2 + scale**2) * below + mean * scale * density
    np.fill_diagonal(found, square - average**2)
    return average, found


def rows() -> list[Row]:
    """Propagation, the same against the ladder, and Owen's function."""
    given = GivenNetwork()
    exact = timed(given.propagated)
    what = "moments through 100-100-100-100-100, ReLU"
    rng = np.random.default_rng(0)
    heights, slopes = 2 * rng.normal(size=(2, _PAIRS))
    off = np.abs(given.by_ladder()[1] - given.propagated()[1]).max() / np.abs(given.propagated()[1]).max()
    return [
        time_row(what, exact, f"{_SAMPLES:,} samples in NumPy", timed(given.by_samples, 3)),
        time_row(
            what, exact, f"four-term ladder in NumPy, off by {off:.1g} relative", timed(given.by_ladder)
        ),
        rate_row("Owen's T", timed(lambda: owens_t(heights, slopes), 5).per(_PAIRS)),
    ]
