r"""Activations of single Gaussian numbers by quadrature, and their Hermite series, for any function.

phi(m + s z) = sum_k alpha_k h_k(z), h_k = He_k/sqrt(k!), so that alpha_k = s^k E[phi^(k)(x)]/sqrt(k!) and

    Cov(phi(x), phi(y)) = sum_{k>=1} r^k alpha_k(x) alpha_k(y),    sum_{k>=1} alpha_k^2 = Var(phi(x)):

the ladder and, by Cauchy and Schwarz, a bound on what a ladder of K rungs leaves out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fieldtheory.activations.moments import Function
from fieldtheory.array_types import Floats
from fieldtheory.moments.resolved_panels import POINTS

REACH = 13.0  # standard deviations: what is beyond has weight 1e-37
_WIDTHS = ((64, 0.5), (math.inf, 0.25))  # of panels in z, for so many rungs
_ROUNDING = 4e-15  # of a variance, relative
_EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class NeuronSeries:
    """Means, variances and Hermite coefficients (neurons x rungs, k = 0 first) of phi(x_i).

    `missing`: what the coefficients lack of the variances.
    """

    mean: Floats
    variance: Floats
    coefficients: Floats
    missing: Floats

    @classmethod
    def of(cls, function: Function, edges: Floats, mean: Floats, spread: Floats, rungs: int) -> NeuronSeries:
        """Of numbers of these means and standard deviations; `edges`: panels on which phi is smooth.

        >>> edges = np.linspace(-20.0, 20.0, 41)
        >>> found = NeuronSeries.of(np.square, edges, np.array([1.0]), np.array([2.0]), 4)
        >>> found.coefficients.round(6).tolist(), round(float(found.variance[0]), 6)
        ([[5.0, 4.0, 5.656854, 0.0]], 48.0)
        """
        average, variance, missing = (np.empty(len(mean)) for _ in range(3))
        coefficients = np.zeros((len(mean), rungs))
        for i, (m, s) in enumerate(zip(mean.tolist(), spread.tolist(), strict=True)):
            if s == 0:
                average[i] = coefficients[i, 0] = function(np.array([m]))[0]
                variance[i] = missing[i] = 0.0
                continue
            z, weights = line_nodes((edges - m) / s, rungs)
            values = function(m + s * z)
            average[i] = coefficients[i, 0] = weights @ values
            centred = values - average[i]
            variance[i] = weights @ centred**2
            before, here = np.zeros_like(z), np.ones_like(z)
            # h_k times exp(-z^2/4) stays of order 1, and the rest of the weight goes with the function
            envelope = np.exp(-(z**2) / 4)
            here, centred = envelope, centred * weights / envelope
            for k in range(rungs - 1):
                before, here = here, (z * here - math.sqrt(k) * before) / math.sqrt(k + 1)
                coefficients[i, k + 1] = centred @ here
            lacking = variance[i] - float((coefficients[i, 1:] ** 2).sum())
            missing[i] = max(lacking, 0.0) + _ROUNDING * variance[i]
        return cls(average, variance, coefficients, missing)

    def ladder(self, correlation: Floats) -> tuple[Floats, Floats]:
        """The matrix of covariances for these correlations, and a bound on what is left out of each.

        >>> zero, rungs = np.zeros(2), np.array([[0.0, 1.0], [0.0, 2.0]])
        >>> found = NeuronSeries(zero, np.array([1.0, 4.0]), rungs, zero)
        >>> found.ladder(np.array([[1.0, 0.5], [0.5, 1.0]]))[0].tolist()
        [[1.0, 1.0], [1.0, 4.0]]
        """
        total, power = np.zeros_like(correlation), np.ones_like(correlation)
        for row in self.coefficients[:, 1:].T:
            power = power * correlation
            total += power * np.outer(row, row)
        root = np.sqrt(self.missing)
        return total, np.abs(power * correlation) * np.outer(root, root)

    @property
    def rounding(self) -> Floats:
        """By how much rounding may change each covariance."""
        deviation = np.sqrt(self.variance)
        change = 8 * _EPS * deviation + 2 * _EPS * np.abs(self.mean)
        one_sided: Floats = np.outer(deviation, change)
        return one_sided + one_sided.T


def line_nodes(edges: Floats, rungs: int = 1, points: int = POINTS) -> tuple[Floats, Floats]:
    """Nodes z and weights of a normal average, on panels that end at these edges and at others.

    >>> z, weights = line_nodes(np.array([0.3]))
    >>> round(float(weights @ z**2), 13)
    1.0
    """
    width = next(width for most, width in _WIDTHS if rungs <= most)
    grid = np.arange(-REACH, REACH + width / 2, width)
    ends = np.unique(np.concatenate([grid, edges[np.abs(edges) < REACH]]))
    x, w = np.polynomial.legendre.leggauss(points)
    lengths = np.diff(ends)[:, None]
    z = (ends[:-1, None] + lengths * (1 + x) / 2).ravel()
    weights = (lengths * w / 2).ravel() * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return z, np.asarray(weights, dtype=np.float64)
