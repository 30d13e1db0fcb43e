"""Data sets that real networks are trained on, and kernel regression on the very same ones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.sphere.harmonics import float_multiplicities, gegenbauer_rows
from fieldtheory.targets import Target
from fieldtheory.workbench.simulation.dataset_regression import draw_points


class TrainingSet(NamedTuple):
    """Uniform points on the sphere with labels, and test points with the truth."""

    x: Floats
    labels: Floats
    tests: Floats
    truth: Floats

    @classmethod
    def drawn(cls, dim: int, target: Target, size: int, tests: int, seed: int, number: int) -> TrainingSet:
        """Data set `number`, of `numpy.random.default_rng([seed, size, number])`, as simulations draw them.

        The target is sum_l g_l sqrt(deg(l)) P_l(w.x) with a random unit vector w, the same for all l.
        """
        rng = np.random.default_rng([seed, size, number])
        x, poles, others = (draw_points(count, dim, rng) for count in (size, 1, tests))
        pole = poles[0]
        return cls(x, _values(target, x @ pole, dim), others, _values(target, others @ pole, dim))


def _values(target: Target, cosines: Floats, dim: int) -> Floats:
    powers = target.as_array(target.max_degree)
    amplitudes = np.sqrt(powers * float_multiplicities(target.max_degree, dim))
    found = np.zeros_like(cosines)
    for amplitude, row in zip(amplitudes, gegenbauer_rows(target.max_degree, cosines, dim), strict=True):
        found += amplitude * row
    return found


class KernelRegression(NamedTuple):
    """Mean and variance of infinitely wide networks at the test points of a data set."""

    mean: Floats
    variance: Floats

    @classmethod
    def of_posterior(cls, net: FullyConnected, data: TrainingSet, ridge: float) -> KernelRegression:
        """Mean and variance of the Gaussian process whose covariance is the NNGP kernel."""
        kernel = net.nngp()
        between = kernel.gram(data.tests, data.x)
        weights = _solved(kernel.gram(data.x), ridge, between)
        return cls(weights @ data.labels, kernel.trace - np.einsum("tn,tn->t", weights, between))

    @classmethod
    def of_flow(cls, net: FullyConnected, data: TrainingSet, ridge: float, centre: bool) -> KernelRegression:
        """Regression with the NTK; without `centre` the variance is that of f - A f(X), f at initialisation.

        A = Theta(x, X) (Theta(X, X) + ridge)^-1, and f before training has the covariance of the NNGP kernel.
        """
        tangent = net.ntk()
        weights = _solved(tangent.gram(data.x), ridge, tangent.gram(data.tests, data.x))
        mean = weights @ data.labels
        if centre:
            return cls(mean, np.zeros_like(mean))
        kernel = net.nngp()
        between, inner = kernel.gram(data.tests, data.x), kernel.gram(data.x)
        variance = kernel.trace + np.einsum("tn,tn->t", weights @ inner - 2 * between, weights)
        return cls(mean, variance)

    def error(self, data: TrainingSet) -> float:
        """Mean squared error of the mean at the test points."""
        return float(np.square(self.mean - data.truth).mean())


def _solved(gram: Floats, ridge: float, between: Floats) -> Floats:
    """between (gram + ridge)^-1; of least norm, where rounding leaves no inverse."""
    shifted = gram + ridge * np.eye(len(gram))
    return np.asarray(np.linalg.lstsq(shifted, between.T, rcond=None)[0].T)
