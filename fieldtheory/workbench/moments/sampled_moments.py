"""Moments of the outputs of a network by brute force: random inputs, and weights if they are random."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.activations.activation import ActivationLike
from fieldtheory.activations.by_name import activation as find_activation
from fieldtheory.activations.moments import Function
from fieldtheory.arguments import require_integer
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.drawing import plot
from fieldtheory.moments.affine_layers import (
    AffineLayer,
    MeanCovariance,
    affine_layers,
    input_moments,
    require_floats,
)
from fieldtheory.workbench import records

_BATCHES = 64  # at least: standard errors come from their scatter
_NUMBERS = 1_000_000  # of one layer, in a batch


@dataclass(frozen=True, eq=False, kw_only=True)
class SampledMoments:
    """Mean and covariance of the outputs over so many `samples`, each with its standard error."""

    mean: Floats
    covariance: Floats
    mean_stderr: Floats
    covariance_stderr: Floats
    samples: int
    seed: int
    activation: str

    plot = plot

    def __repr__(self) -> str:
        return f"SampledMoments({self.activation}, {len(self.mean)} outputs, {self.samples} samples)"

    to_dict = records.to_dict


def sample_moments(
    weights: Sequence[ArrayLike],
    biases: Sequence[ArrayLike | None] | None,
    activation: ActivationLike,
    mean: ArrayLike,
    covariance: ArrayLike,
    samples: int = 100_000,
    seed: int = 0,
    *,
    weight_variances: Sequence[ArrayLike | None] | None = None,
    bias_variances: Sequence[ArrayLike | None] | None = None,
) -> SampledMoments:
    """Mean and covariance of the outputs of a network by brute force; arguments as in `propagate_moments`.

    In batches, with standard errors from the scatter between them. Random weights are Gaussian, drawn anew
    for every input.

    ValueError for weights that do not chain, what is no covariance, and fewer than 128 samples.

    Equation: covariance-propagation

    >>> found = sample_moments([[[2.0]]], None, "relu", [1.0], [[1.0]], samples=6400)
    >>> bool(abs(found.mean[0] - 2.0) < 5 * found.mean_stderr[0])
    True
    """
    network = affine_layers(weights, biases, weight_variances, bias_variances)
    phi = find_activation(activation)
    function = phi.require_function("sampling")
    inputs = input_moments(mean, covariance, network[0].weights.shape[1])
    samples = require_integer("samples", samples, minimum=2 * _BATCHES)
    seed = require_integer("seed", seed, minimum=0)
    widest = max(max(layer.weights.shape) for layer in network)
    multiplications = sum(layer.weights.size * (1 + layer.is_random) for layer in network)
    require_budget(
        f"samples = {samples}",
        seconds=samples * (1e-9 * multiplications + 2e-8 * sum(len(layer.weights) for layer in network)),
        memory=32.0 * max(_NUMBERS, 2 * widest),
        smaller="samples",
    )
    means, covariances, sizes = [], [], []
    for outputs in _batches(network, function, inputs, (samples, seed), widest):
        means.append(outputs.mean(axis=0))
        covariances.append(np.cov(outputs, rowvar=False).reshape((outputs.shape[1],) * 2))
        sizes.append(len(outputs))
    return _joined(np.array(means), np.array(covariances), np.array(sizes), (samples, seed, phi.name))


def _batches(
    network: Sequence[AffineLayer],
    function: Function,
    inputs: MeanCovariance,
    drawn: tuple[int, int],
    widest: int,
) -> Iterator[Floats]:
    """Outputs, a row for each sample."""
    samples, seed = drawn
    batches = min(samples // 2, max(_BATCHES, math.ceil(samples * widest / _NUMBERS)))
    generator = np.random.default_rng(seed)
    values, vectors = np.linalg.eigh(inputs.covariance)
    factor = vectors * np.sqrt(np.maximum(values, 0.0))
    for batch in range(batches):
        size = (batch + 1) * samples // batches - batch * samples // batches
        x = inputs.mean + generator.standard_normal((size, len(values))) @ factor.T
        for place, layer in enumerate(network):
            if place:
                x = function(x)
            with np.errstate(over="ignore", invalid="ignore"):  # refused below
                y = x @ layer.weights.T + layer.bias
                if layer.is_random:
                    # given x the sums over Gaussian weights are independent Gaussian numbers
                    variance = 0.0 if layer.weight_variance is None else x**2 @ layer.weight_variance.T
                    variance = variance + (0.0 if layer.bias_variance is None else layer.bias_variance)
                    y = y + np.sqrt(variance) * generator.standard_normal(y.shape)
            require_floats("samples", y)
            x = y
        yield x


def _joined(
    means: Floats, covariances: Floats, sizes: Floats, settings: tuple[int, int, str]
) -> SampledMoments:
    samples, seed, name = settings
    share = sizes / samples
    mean = share @ means
    within = np.einsum("k,kab->ab", sizes - 1, covariances)
    between = np.einsum("k,ka,kb->ab", sizes, means - mean, means - mean)
    covariance = (within + between) / (samples - 1)
    return SampledMoments(
        mean=mean,
        covariance=covariance,
        mean_stderr=np.sqrt(np.diagonal(covariance) / samples),
        covariance_stderr=covariances.std(axis=0, ddof=1) / math.sqrt(len(sizes)),
        samples=samples,
        seed=seed,
        activation=name,
    )
