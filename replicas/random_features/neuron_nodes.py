"""Weights of random neurons as scrambled Sobol points: sums over them vary less than over random ones."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from scipy.special import ndtri

from fieldtheory.array_types import Floats
from replicas.random_features.line import FeatureLine
from replicas.random_features.nodes import FeatureNodes
from replicas.random_features.random_features import RandomFeatures

_CELL = 2.0**-31  # half a step of the points: none is at 0 or 1


class NeuronNodes:
    """Sets of neurons that are independent of each other, each of n = 2^k Sobol points, scrambled anew.

    Weights matter only along the points of the task: along its principal axes, those of largest variance
    first, where Sobol points are most even.
    """

    def __init__(self, features: RandomFeatures, train: Floats, test: Floats, seed: int) -> None:
        self._features, self._seed = features, seed
        _, sizes, axes = np.linalg.svd(np.vstack([train, test]), full_matrices=False)
        kept = sizes > sizes[0] * max(axes.shape) * float(np.finfo(np.float64).eps)
        self._axes = axes[kept] if kept.any() else axes[:1]
        self._train, self._test = train @ self._axes.T, test @ self._axes.T

    @cached_property
    def dimensions(self) -> int:
        """Of the space that the points span."""
        return len(self._axes)

    def weights(self, number: int, n: int) -> Floats:
        """Of the neurons of a set, one a column, along the axes of the points: (dimensions, n)."""
        from scipy.stats import qmc

        random = np.random.default_rng([self._seed, number])
        drawn = qmc.Sobol(self.dimensions, scramble=True, rng=random).random(n)
        return np.asarray(ndtri(drawn.T + _CELL))

    def nodes(self, number: int, n: int, line: FeatureLine) -> FeatureNodes:
        """A set as nodes of averages."""
        weights, share = self.weights(number, n), np.full(n, 1 / n)
        train, test = (self._features.values(x, weights) for x in (self._train, self._test))
        return FeatureNodes(line, train, test, share)
