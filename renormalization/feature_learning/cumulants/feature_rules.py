r"""Averages over the features of one neuron of the prior: nodes phi(h), h ~ N(0, C), with their weights.

Equal steps in every direction where the covariance has few and phi no kinks, and scrambled Sobol points
elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from scipy.special import roots_hermitenorm

from fieldtheory.array_types import Floats
from renormalization.feature_learning.posteriors.neuron_law import covariance_root, normal_points
from renormalization.feature_learning.posteriors.posterior_prediction import (
    PosteriorPrediction,
    average_over_scrambles,
)
from renormalization.feature_learning.posteriors.posterior_problem import PosteriorProblem

_FEWEST, _MOST = 24, 120  # nodes in one direction
_REACH = 0.87  # of equal steps, over the root of their number: what is cut off and aliases are of one size
_NEGLIGIBLE = 1e-18  # weight


@dataclass(frozen=True, eq=False)
class FeatureRule:
    """Averages over independent normal numbers: `length` equal steps, or a Sobol scramble."""

    nodes: int
    seed: int
    length: int | None = None
    scramble: int = 0

    def features(self, problem: PosteriorProblem, covariance: Floats) -> tuple[Floats, Floats]:
        """Weights that sum to 1, and phi(h) at all points, (nodes, points), for h ~ N(0, covariance)."""
        root = covariance_root(covariance)
        z, weights = self._normal(root.shape[1])
        return weights, problem.activation.require_function("cumulants of a neuron")(z @ root.T)

    def _normal(self, dim: int) -> tuple[Floats, Floats]:
        if self.length is None:
            return normal_points(self.nodes, dim, self.seed, self.scramble), np.full(
                self.nodes, 1 / self.nodes
            )
        reach = _REACH * math.sqrt(self.length)
        z = np.linspace(-reach, reach, self.length)
        return _product(z, np.exp(-(z**2) / 2), dim)


def hermite_product(length: int, dim: int) -> tuple[Floats, Floats]:
    """A product of Gauss-Hermite rules: nodes (count, dim) and weights.

    >>> z, weights = hermite_product(3, 2)
    >>> z.shape, round(float(weights @ z[:, 0] ** 4), 12)
    ((9, 2), 3.0)
    """
    return _product(*roots_hermitenorm(length), dim)


def _product(x: Floats, w: Floats, dim: int) -> tuple[Floats, Floats]:
    w = w / w.sum()
    grids = np.meshgrid(*[x] * dim, indexing="ij")
    weights = np.ones(1)
    for _ in range(dim):
        weights = np.outer(weights, w).ravel()
    kept = weights > _NEGLIGIBLE * weights.max()
    z = np.stack([each.ravel() for each in grids], axis=1) if dim else np.zeros((1, 0))
    # nodes of no weight are left out
    return z[kept], weights[kept] / weights[kept].sum()


def rules(problem: PosteriorProblem, directions: int) -> list[FeatureRule]:
    """Two products of equal steps, the better one first, or a scramble after the other."""
    length = min(int(problem.nodes ** (1 / max(1, directions))), _MOST)
    if problem.activation.rays is None and length >= _FEWEST:
        return [FeatureRule(problem.nodes, problem.seed, each) for each in (length, 3 * length // 4)]
    return [FeatureRule(problem.nodes, problem.seed, None, k) for k in range(problem.scrambles)]


def averaged(
    chosen: list[FeatureRule], predict: Callable[[FeatureRule], PosteriorPrediction]
) -> PosteriorPrediction:
    """Over scrambles, or by the better product rule with the distance to the other as spread."""
    found = [predict(each) for each in chosen]
    if chosen[0].length is None:
        return average_over_scrambles(found)
    return replace(found[0], spread=np.abs(found[0].mean - found[1].mean))


def readout_rule(outputs: int, degree: int) -> tuple[Floats, Floats]:
    """Nodes and weights of even averages over a read-out a ~ N(0, 1), one of a and -a, of this degree.

    >>> readout_rule(1, 4)
    (array([[1.73205081]]), array([0.33333333]))
    """
    z, weights = hermite_product(degree // 2 + 1, outputs)
    first = np.array([_sign(each) for each in z])
    return z[first > 0], 2 * weights[first > 0]


def _sign(a: Floats) -> float:
    large = a[np.abs(a) > 1e-9]
    return float(np.sign(large[0])) if len(large) else 0.0


def dealt(total: int, most: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Ways to deal so many to places that hold at most these.

    >>> list(dealt(2, (1, 2)))
    [(0, 2), (1, 1)]
    """
    return (each for each in product(*(range(k + 1) for k in most)) if sum(each) == total)
