r"""Gradient descent of wide nonlinear networks: single neurons on sampled paths, step by step.

Every hidden layer is one neuron driven by two Gaussian fields, whose covariances and responses are averages
over the neurons of the layers next to it (`site_layer`). h(t) asks for times s < t, z(t) for what the layers
above have at t: one pass up and one pass down a step, no iteration. Averages over a neuron are those over its
paths, which solve the equations together: the only error is that of the sample. The paths are split into
samples, each solved on its own, and standard errors are those of their mean.

Equation: single-site
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.array_function import NotFiniteError
from fieldtheory.activations.derivatives import activation_derivative
from fieldtheory.activations.kinks import has_kinks
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from renormalization.training_dynamics.divergence import require_bounded
from renormalization.training_dynamics.path_noise import SIGNS, ConstantField, GrowingField, white_noise
from renormalization.training_dynamics.site_layer import Neuron, SiteLayer
from renormalization.training_dynamics.training_prediction import Responses, TrainingPrediction
from renormalization.training_dynamics.training_problem import TrainingProblem

_SAMPLES = 8
_FEWEST_PATHS = 256
_LEAST_RICHNESS = 1e-8
_ROUNDING = 1e-9  # of averages over paths, and more: what labels of 0 are held against
_RATE = 4e9  # of multiplications, per second
_ARRAYS = 11  # of all times, points and paths of a sample, for a layer


def single_site_prediction(problem: TrainingProblem) -> TrainingPrediction:
    """Kernels, responses and outputs, averaged over `problem.paths` paths or a few more.

    The paths are rounded up to fill samples of all signs. ValueError for an activation with kinks, fewer than
    256 paths, a richness below 1e-8, and a learning rate at which the loss runs away; OverBudget, OverMemory
    for too many steps and points.
    """
    neuron = _require_smooth(problem.activation)
    if problem.paths < _FEWEST_PATHS:
        raise ValueError(f"paths must be at least {_FEWEST_PATHS} (got {problem.paths})")
    if problem.richness < _LEAST_RICHNESS:
        raise ValueError(
            f"richness must be at least {_LEAST_RICHNESS:g} for nonlinear networks, as good as 0 (got "
            f"{problem.richness:g}, by which averages over paths are divided, and their rounding errors)"
        )
    draws = math.ceil(problem.paths / (_SAMPLES * SIGNS))
    _require_budget(problem, _SAMPLES * SIGNS * draws)
    size, outputs, jitter = problem.steps * problem.points, [], 0.0
    totals = np.zeros((4, problem.depth, size, size))
    # each thread count of BLAS rounds in its own way
    with threadpool_limits(1, user_api="blas"):
        for seed in np.random.SeedSequence(problem.seed).spawn(_SAMPLES):
            found, layers = _solve(problem, neuron, np.random.default_rng(seed), draws)
            outputs.append(found)
            for total, layer in zip(totals.swapaxes(0, 1), layers, strict=True):
                total += layer.kernel, layer.gradient_kernel, layer.forward, layer.backward
            jitter = max([jitter, *(field.jitter for layer in layers for field in (layer.chi, layer.xi))])
    shape = (problem.steps, problem.points, problem.steps, problem.points)
    kernels, gradients, forward, backward = totals.reshape(4, problem.depth, *shape) / _SAMPLES
    return TrainingPrediction(
        outputs=np.mean(outputs, axis=0),
        stderr=np.std(outputs, axis=0, ddof=1) / math.sqrt(_SAMPLES),
        kernels=tuple(kernels),
        gradient_kernels=tuple(gradients),
        responses=tuple(
            Responses(forward[l] if l + 1 < problem.depth else None, backward[l] if l else None)
            for l in range(problem.depth)
        ),
        jitter=jitter,
    )


def _solve(
    problem: TrainingProblem, neuron: Neuron, generator: np.random.Generator, draws: int
) -> tuple[Floats, list[SiteLayer]]:
    """The outputs, (steps, points), and all layers, on one sample."""
    steps, q, p = problem.steps, problem.points, problem.training_points
    layers = _layers(problem, neuron, generator, draws)
    outputs, scaled, shift = np.zeros((steps, q)), np.zeros(steps * q), 0.0
    for t in range(steps):
        start = t * q
        try:
            outputs[t] = _step(problem, layers, t, scaled[:start]) + shift
        except NotFiniteError:
            if t:  # what was finite before training has run away
                require_bounded(problem, t, np.full(p, np.inf))
            raise
        residuals = problem.residuals(outputs[t])
        require_bounded(problem, t, residuals, np.hypot(problem.labels, _ROUNDING * _size(problem, layers)))
        scaled[start : start + p] = problem.feature_rate * residuals
        shift += problem.learning_rate * problem.bias_variance * residuals.sum()
    return outputs, layers


def _size(problem: TrainingProblem, layers: Sequence[SiteLayer]) -> float:
    """sqrt <(phi z)^2>/gamma before training, of which the outputs are what is left after averaging."""
    features = layers[-1].kernel.diagonal()[: problem.points].max()
    return float(np.sqrt(problem.weight_variances[-1] * features)) / problem.richness


def _step(problem: TrainingProblem, layers: Sequence[SiteLayer], t: int, scaled: Floats) -> Floats:
    """Up and down at time t: the outputs without the bias; `scaled`: eta gamma Delta of earlier times."""
    q, weights = problem.points, problem.weight_variances
    start, end = t * q, (t + 1) * q
    below, response = np.tile(problem.input_kernel, t + 1), np.zeros((q, start))
    for layer, weight in zip(layers, weights, strict=True):
        layer.move_up(t, below, response, scaled)
        below = weight * layer.kernel[start:end, :end] + problem.bias_variance
        if layer is not layers[-1]:
            response = weight * layer.respond_forward(t)
    above, response = np.full((q, end), weights[-1]), np.zeros((q, end))
    z = layers[-1].move_down(t, above, response, scaled)
    for number in range(len(layers) - 1, 0, -1):
        above = weights[number - 1] * layers[number].gradient_kernel[start:end, :end]
        response = weights[number - 1] * layers[number].respond_backward(t)
        layers[number - 1].move_down(t, above, response, scaled)
    return np.asarray((layers[-1].features[start:end] * z).mean(1) / problem.richness)


def _layers(
    problem: TrainingProblem, neuron: Neuron, generator: np.random.Generator, draws: int
) -> list[SiteLayer]:
    """Layers before the first step; chi of the first one and xi of the last one are constant in time."""
    steps, q, depth = problem.steps, problem.points, problem.depth
    layers = []
    for number in range(depth):
        first, last = number == 0, number == depth - 1
        chi, xi = white_noise(generator, q if first else steps * q, 1 if last else steps * q, draws)
        layers.append(
            SiteLayer.empty(
                neuron,
                q,
                steps,
                SIGNS * draws,
                ConstantField.of(problem.input_kernel, chi) if first else GrowingField.of(chi),
                # the weights of the read-out are the same for all points
                ConstantField(math.sqrt(problem.weight_variances[-1]) * xi) if last else GrowingField.of(xi),
            )
        )
    return layers


def _require_smooth(activation: Activation) -> Neuron:
    value = activation.require_function("training dynamics")
    if has_kinks(value):
        raise ValueError(
            f"activation must have a continuous derivative for training dynamics on paths, which never hit a "
            f"kink (got {activation.name!r}); take a smooth one by name, such as 'gelu', 'silu' or 'softplus'"
        )
    return Neuron(value, activation_derivative(activation, 1), activation_derivative(activation, 2))


def _require_budget(problem: TrainingProblem, paths: int) -> None:
    size, layers = float(problem.steps * problem.points), problem.depth
    work = paths * (2 * (layers - 1) * size**3 / 3 + 4 * layers * size**2)
    require_budget(
        f"single-site dynamics of {problem.steps} steps, {problem.points} points and {paths} paths",
        seconds=work / _RATE,
        memory=8 * layers * (_ARRAYS * size * paths / _SAMPLES + 20 * size**2),
        smaller="steps, the number of points, or paths",
    )
