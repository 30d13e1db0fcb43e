r"""How outputs differ from network to network at finite width: the order 1/n of linear networks.

Averages over the n neurons of a layer, Phi^l, G^l, A^l = <h xi~>, B^(l-1) = <z chi~>, <h z>, fluctuate
like 1/sqrt(n), each layer on its own; chi~, xi~ are the response fields of chi and xi, <h chi~> =
dh/dchi. Neurons of linear networks are Gaussian, so two such averages O_M = ½ y^T M y, y = (h, z, chi~,
xi~), have n Cov = ½ tr(M K M' K), K the covariances and responses of y. The outputs answer by their
`sensitivities`, which are their M:

    n Cov(f, f') = sum_l ½ tr(M^l_f K^l M^l_f' K^l).

This is -S''^(-1) of the action S of the order parameters, in the entry of the two outputs (2304.03408).
"""

from __future__ import annotations

import numpy as np

from fieldtheory.array_types import Floats
from renormalization.training_dynamics.linear import Layer, LinearDynamics
from renormalization.training_dynamics.sensitivities import Sensitivities, sensitivities
from renormalization.training_dynamics.training_problem import TrainingProblem

_AT_ONCE = 3e8  # bytes of the sensitivities of some outputs


def network_covariance(problem: TrainingProblem, dynamics: LinearDynamics) -> Floats:
    """n Cov(f_mu(t), f_nu(t)) over networks of width n, to leading order, (steps, Q, Q)."""
    steps, q = problem.steps, problem.points
    found, start = np.zeros((steps, q, q)), 0
    while start < steps:
        end = start + 1
        while end < steps and (end + 1 - start) * bytes_per_time(problem, end + 1) < _AT_ONCE:
            end += 1
        times = end - start
        wanted = np.zeros((times, q, end, q))
        for time in range(times):
            wanted[time, :, start + time] = np.eye(q)
        answers = sensitivities(problem, dynamics, wanted.reshape(times * q, end, q))
        found[start:end] = _covariances(problem, dynamics, answers, times)
        start = end
    return found


def bytes_per_time(problem: TrainingProblem, steps: int) -> float:
    """Memory for the sensitivities of the outputs at one time, the last of so many steps."""
    size = 2 * steps * (problem.points + 1)
    rows = 4 * problem.depth * (steps * problem.points) ** 2 + 3 * size**2
    return 8.0 * problem.points * rows


def _covariances(
    problem: TrainingProblem, dynamics: LinearDynamics, answers: Sensitivities, times: int
) -> Floats:
    steps, q = answers.outputs.shape[1:]
    offset = answers.outputs.sum((1, 2)).reshape(times, q)
    # the bias of the read-out, sqrt(b) beta/(gamma sqrt(n)), is added to all outputs
    found = problem.bias_variance / problem.richness**2 * offset[:, :, None] * offset[:, None, :]
    for number, layer in enumerate(dynamics.layers):
        matrices = _observables(problem, answers, number)
        products = (matrices @ neuron_covariance(layer.first(steps))).reshape(times, q, *matrices.shape[1:])
        found += np.einsum("tmij,tnji->tmn", products, products, optimize=True) / 2
    return np.asarray(found)


def _observables(problem: TrainingProblem, answers: Sensitivities, number: int) -> Floats:
    """M of a layer, (R, size, size), for y = (h, z, chi~, xi~)."""
    outputs, steps, q = answers.outputs.shape
    weights = problem.weight_variances
    h, z, chi, xi = neuron_places(steps, q)
    found = np.zeros((outputs, xi.stop, xi.stop))
    if number == len(answers.layers) - 1:
        at_once = found[:, h, z].reshape(outputs, steps, q, steps)
        for t in range(steps):
            at_once[:, t, :, t] = answers.outputs[:, t] / problem.richness
    else:
        to = answers.layers[number + 1]
        found[:, h, h] = weights[number] * to.below.reshape(outputs, steps * q, steps * q)
        found[:, h, xi] = weights[number] * to.response.reshape(outputs, steps * q, steps)
    if number:
        to = answers.layers[number - 1]
        found[:, z, z] = weights[number - 1] * to.above
        found[:, z, chi] = weights[number - 1] * to.answer.reshape(outputs, steps, steps * q)
    return np.asarray(found + found.transpose(0, 2, 1))


def neuron_covariance(layer: Layer) -> Floats:
    """K of y: <h h>, <h z>, <z z>, and the responses of h and z."""
    steps, q = layer.kernel.shape[:2]
    h, z, chi, xi = neuron_places(steps, q)
    backward = layer.backward.reshape(steps, steps * q)
    up = layer.up.reshape(steps * q, steps)
    found = np.zeros((xi.stop, xi.stop))
    found[h, h], found[z, z] = layer.kernel.reshape(steps * q, steps * q), layer.gradient
    found[h, z] = layer.cross.reshape(steps * q, steps)
    found[h, chi] = np.eye(steps * q) + up @ backward
    found[h, xi] = layer.forward.reshape(steps * q, steps)
    found[z, chi], found[z, xi] = backward, layer.own
    for first, second in ((h, z), (h, chi), (h, xi), (z, chi), (z, xi)):
        found[second, first] = found[first, second].T
    return found


def neuron_places(steps: int, points: int) -> tuple[slice, slice, slice, slice]:
    """Of h, z, chi~ and xi~ in y."""
    ends = np.cumsum([0, steps * points, steps, steps * points, steps]).tolist()
    h, z, chi, xi = (slice(low, high) for low, high in zip(ends[:-1], ends[1:], strict=True))
    return h, z, chi, xi
