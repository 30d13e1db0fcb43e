r"""Gradient descent of real networks of finite width, many at once: what the theories are held against.

What descent adds to a weight matrix has low rank, sum_s Delta(s) g(s) phi(s)^T. So the matrices keep their
initial values, and with the kernels Phi(t, s) = phi(t).phi(s)/n, G(t, s) = g(t).g(s)/n of the network itself

    h^(l+1)(t) = W(0) phi^l(t) sqrt(w/n) + sqrt(b) beta(0)
                 + eta gamma sum_s [w Phi^l(t, s) + b] Delta(s) g^(l+1)(s),
    z^l(t) = W(0)^T g^(l+1)(t) sqrt(w/n) + eta gamma w sum_s G^(l+1)(t, s) Delta(s) phi^l(s),
    g = phi'(h) z.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fieldtheory.activations.derivatives import activation_derivative
from fieldtheory.array_types import Floats
from renormalization.training_dynamics.divergence import require_bounded
from renormalization.training_dynamics.training_problem import TrainingProblem


class NetworkRuns(NamedTuple):
    """What was recorded of some networks, on the first axis.

    `outputs`: (networks, steps, Q); `kernels`, `gradient_kernels`: (networks, layers, steps, Q, steps, Q).
    """

    outputs: Floats
    kernels: Floats
    gradient_kernels: Floats


class InitialWeights(NamedTuple):
    """Of some networks, in units in which neurons see them: with variances and widths, and biases, put in.

    `fields`: h^1 before training, (networks, Q, n); `weights`: of layers 2 ... L, (networks, L - 1, n, n);
    `biases`: of the same layers, (networks, L - 1, n); `readout`: (networks, n); `offset`: f without weights.
    """

    fields: Floats
    weights: Floats
    biases: Floats
    readout: Floats
    offset: Floats


def initial_weights(
    problem: TrainingProblem, inputs: Floats, width: int, seeds: Sequence[int]
) -> InitialWeights:
    """Those of `numpy.random.default_rng(seed)`: W^1, ..., W^L, read-out, then the biases if there are any.

    `inputs`: sqrt(w_1 s) x, (Q, d).
    """
    depth, n, bias = problem.depth, width, math.sqrt(problem.bias_variance)
    count = len(seeds)
    found = InitialWeights(
        np.empty((count, len(inputs), n)),
        np.empty((count, depth - 1, n, n)),
        np.zeros((count, depth - 1, n)),
        np.empty((count, n)),
        np.zeros((count, 1)),
    )
    scales = np.sqrt(np.array(problem.weight_variances) / n)
    for number, seed in enumerate(seeds):
        rng = np.random.default_rng(seed)
        np.matmul(inputs, rng.standard_normal((n, inputs.shape[1])).T, out=found.fields[number])
        for layer in range(depth - 1):
            rng.standard_normal(out=found.weights[number, layer])
            found.weights[number, layer] *= scales[layer]
        found.readout[number] = math.sqrt(problem.weight_variances[-1]) * rng.standard_normal(n)
        if bias:
            found.fields[number] += bias * rng.standard_normal(n)
            found.biases[number] = bias * rng.standard_normal((depth - 1, n))
            found.offset[number] = bias * rng.standard_normal() / (problem.richness * math.sqrt(n))
    return found


@dataclass(frozen=True, eq=False)
class _Record:
    """A quantity of all neurons at all times, (networks, steps Q, n), and its products between times."""

    values: Floats
    products: Floats

    @classmethod
    def empty(cls, networks: int, size: int, width: int) -> _Record:
        return cls(np.zeros((networks, size, width)), np.zeros((networks, size, size)))

    def add(self, start: int, values: Floats) -> Floats:
        """Values at the next time; their products with all up to it, (networks, Q, start + Q)."""
        end = start + values.shape[1]
        self.values[:, start:end] = values
        found = values @ self.values[:, :end].transpose(0, 2, 1) / values.shape[2]
        self.products[:, start:end, :end] = found
        self.products[:, :end, start:end] = found.transpose(0, 2, 1)
        return np.asarray(found)


@np.errstate(over="ignore", invalid="ignore")  # a loss that runs away is refused
def train(problem: TrainingProblem, initial: InitialWeights) -> NetworkRuns:
    """Full-batch gradient descent of these networks; ValueError once a loss has run away."""
    phi, slope = problem.activation.require_function("training"), activation_derivative(problem.activation, 1)
    networks, q, n = initial.fields.shape
    steps, p, depth, bias = problem.steps, problem.training_points, problem.depth, problem.bias_variance
    weights = problem.weight_variances
    features, gradients = ([_Record.empty(networks, steps * q, n) for _ in weights] for _ in range(2))
    outputs, scaled = np.zeros((networks, steps, q)), np.zeros((networks, steps * q))
    shift, before = initial.offset.copy(), problem.labels
    for t in range(steps):
        start = t * q
        past, fields, slopes = slice(0, start), initial.fields, []
        kernel = np.tile(problem.input_kernel, t)[None]
        for layer, (feature, gradient) in enumerate(zip(features, gradients, strict=True)):
            fields = fields + (kernel * scaled[:, None, past]) @ gradient.values[:, past]
            slopes.append(slope(fields))
            here = phi(fields)
            kernel = weights[layer] * feature.add(start, here)[:, :, past] + bias
            if layer < depth - 1:
                fields = here @ initial.weights[:, layer].transpose(0, 2, 1) + initial.biases[:, layer, None]
        back = initial.readout[:, None, :]
        kernel = np.full((1, 1, start), weights[-1])
        for layer in range(depth - 1, -1, -1):
            back = back + (kernel * scaled[:, None, past]) @ features[layer].values[:, past]
            if layer == depth - 1:
                outputs[:, t] = (here @ back.transpose(0, 2, 1))[..., 0] / (problem.richness * n) + shift
            here = slopes[layer] * back
            if layer:
                kernel = weights[layer - 1] * gradients[layer].add(start, here)[:, :, past]
                back = here @ initial.weights[:, layer - 1]
            else:
                gradients[0].add(start, here)
        residuals = problem.residuals(outputs[:, t])
        before = residuals if not t else before
        require_bounded(problem, t, residuals, before)
        scaled[:, start : start + p] = problem.feature_rate * residuals
        shift += problem.learning_rate * bias * residuals.sum(1, keepdims=True)
    shape = (networks, steps, q, steps, q)
    kernels, gradient_kernels = (
        np.stack([record.products.reshape(shape) for record in records], axis=1)
        for records in (features, gradients)
    )
    return NetworkRuns(outputs, kernels, gradient_kernels)
