"""A Markov chain over the weights of a network under its posterior: where it is, and how it goes on."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from fieldtheory.activations.compiled_activation import compiled_activation
from fieldtheory.workbench.weight_sampling.batches import SHORTEST, Batches
from fieldtheory.workbench.weight_sampling.sweeps import Layers, Neurons, fill_layer, run_sweeps
from renormalization.feature_learning.posteriors.posterior_problem import PosteriorProblem

_RANK = 1e-13  # of the largest eigenvalue of a covariance: below it there is rounding only


def sampled_layers(problem: PosteriorProblem) -> Layers:
    """What a chain samples, for compiled code; ValueError for an activation that can't be compiled."""
    widths = problem.require_widths("sampling")
    phi = compiled_activation(problem.activation)
    covariance, size = problem.first_covariance, problem.training_points
    # a covariance of more points than dimensions is singular: its range has coordinates of its own
    values, vectors = eigh(covariance[:size, :size])
    kept = values > _RANK * max(values[-1], 0.0)
    unit = np.sqrt(values[kept])
    known = covariance[size:, :size] @ (vectors[:, kept] / unit)
    rest, directions = np.zeros(0), np.zeros((0, 0))
    if len(known):
        rest, directions = eigh(covariance[size:, size:] - known @ known.T)
    left = rest > _RANK * covariance.max()
    after = [below + bool(problem.bias_variance) for below in widths[:-1]]
    variances = (*problem.weight_variances[1:], problem.readout_variance)
    return Layers(
        widths=np.array(widths, dtype=np.int64),
        ranks=np.array([int(kept.sum()), *after], dtype=np.int64),
        scales=np.array(variances) / np.array(widths),
        bias=problem.bias_variance,
        ridge=problem.ridge,
        labels=np.ascontiguousarray(problem.y),
        root=np.ascontiguousarray(vectors[:, kept] * unit),
        known=np.ascontiguousarray(known),
        unknown=np.ascontiguousarray(directions[:, left] * np.sqrt(rest[left])),
        code=phi.code,
        parameters=phi.parameters,
        function=phi.function,
    )


@dataclass(eq=False)
class Chain:
    """One chain: its weights, its random numbers, its averages. `waiting`: sweeps of burn-in still to do.

    `random` moves the weights, `chance` draws test points, so that these don't change the path.
    """

    neurons: Neurons
    random: np.random.Generator
    chance: np.random.Generator
    batches: Batches
    waiting: int
    evaluations: int = 0
    updates: int = 0
    rounding: float = 0.0

    @classmethod
    def begin(cls, layers: Layers, seed: np.random.SeedSequence, burn_in: int) -> Chain:
        """A chain that starts from the prior."""
        random, chance = map(np.random.default_rng, seed.spawn(2))
        depth, widest, size = len(layers.widths), int(layers.widths.max()), len(layers.labels)
        weights = np.zeros((depth, widest, int(layers.ranks.max())))
        for layer in range(depth):
            shape = int(layers.widths[layer]), int(layers.ranks[layer])
            weights[layer, : shape[0], : shape[1]] = random.standard_normal(shape)
        neurons = Neurons(weights, np.zeros((depth, widest, size)), np.zeros((depth, widest, size)))
        factor = np.zeros((size, int(layers.ranks.max())))
        for layer in range(depth):
            fill_layer(layers, neurons, layer, factor)
        points = size + len(layers.known)
        batches = Batches.empty(points * layers.labels.shape[1] + 1, points, depth)
        return cls(neurons, random, chance, batches, burn_in)

    def copied(self) -> Chain:
        """A chain that goes on from here, while this one stays."""
        return copy.deepcopy(self)

    def steps(self, layers: Layers, sweeps: int) -> Iterator[int]:
        """Do so many sweeps after the burn-in, a few at a time; how many are done with each.

        ValueError for kernels that are singular beside the ridge.
        """
        weights, *others = self.neurons
        ahead = Neurons(weights, *map(np.zeros_like, others))
        left = sweeps
        while left:
            recorded = not self.waiting
            count = min(SHORTEST, min(left, self.batches.room()) if recorded else self.waiting)
            tried, rounding = run_sweeps(
                layers, self.neurons, ahead, self.random, self.chance, count, recorded, self.batches.sums()
            )
            if tried < 0 or not math.isfinite(rounding):
                raise ValueError(
                    "ridge must be larger, as kernels of sampled networks plus the ridge kappa are singular "
                    f"to rounding (got kappa = {layers.ridge:.3g})"
                )
            if recorded:
                self.batches.sweeps += count
                left -= count
            else:
                self.waiting -= count
            self.evaluations += tried
            self.updates += count * int(layers.widths.sum())
            self.rounding = max(self.rounding, rounding)
            yield count
