r"""The saddle of a deep network: every layer has a tilted law of its neurons, covariances go up, tilts down.

    G^l = g_l <phi phi^T>,    A^l = (n_(l+1)/2n_l) (S^-1 Q_(l+1) S^-1 - S^-1),    tau = (K + kappa)^-1 y

with Q = <h h^T>, K = b + g <phi phi^T> of the last layer. Damped substitution, annealed in the feature
strength, comes close to it on few nodes; Newton's method ends there on the nodes of each scramble.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fieldtheory.array_types import Floats
from renormalization.feature_learning.posteriors.infinite_width import prior_kernels
from renormalization.feature_learning.posteriors.neuron_law import (
    covariance_root,
    effective_fraction,
    matched_nodes,
    normal_points,
    second_moment,
)
from renormalization.feature_learning.posteriors.posterior_problem import PosteriorProblem
from renormalization.feature_learning.saddles.layered_action import (
    Interface,
    LayeredAction,
    LayeredLaws,
    LayerNodes,
)

_PILOT = 2**11  # nodes of a layer on which the substitution runs
_MIXING, _SWEEPS = 0.3, 45
_STAGE = 2.0  # factor between feature strengths
_RANGE = 1e-9  # of the largest eigenvalue of a covariance: what is below is no direction
_STEPS, _HALVINGS = 60, 30
_RESIDUAL = 1e-11


@dataclass(frozen=True, eq=False)
class LayeredSaddle:
    """The saddle on some nodes: the fields, the laws there, Phi'' without kappa, and the residual."""

    action: LayeredAction
    x: Floats
    laws: LayeredLaws
    hessian: Floats
    residual: float


@dataclass
class LayeredPilot:
    """The substitution: covariances in their bases, tilts, tau at training points, proposals."""

    problem: PosteriorProblem
    interfaces: list[Interface]
    covariances: list[Floats]
    tilts: list[Floats]
    tau: Floats
    proposals: list[Floats]
    strength: float  # chi that tau is for


def layered_saddles(problem: PosteriorProblem, pilot: LayeredPilot | None = None) -> Iterator[LayeredSaddle]:
    """The saddle on the nodes of every scramble, one after the other; `pilot`: where it is known."""
    pilot = layered_pilot(problem) if pilot is None else pilot
    x = None
    for scramble in range(problem.scrambles):
        action = _action(pilot, problem.nodes, scramble)
        if x is None:
            x = _packed(action, pilot)
        x = layered_newton(action, problem, x)
        laws = action.laws(x)
        residual = _gradient(action, problem, x, laws)
        yield LayeredSaddle(action, x, laws, action.hessian(x, laws), float(np.abs(residual).max()))


def free_fields(problem: PosteriorProblem, action: LayeredAction) -> np.ndarray:
    """Which fields fluctuate: all but the discrepancy at test points, which is a source."""
    found = np.ones(action.fields, dtype=bool)
    found[problem.y.size : action.points * action.outputs] = False
    return found


def kappa_of_fields(problem: PosteriorProblem, action: LayeredAction) -> Floats:
    """The ridge for fields of the discrepancy, 0 for the others."""
    found = np.zeros(action.fields)
    found[: problem.y.size] = problem.ridge
    return found


def _gradient(action: LayeredAction, problem: PosteriorProblem, x: Floats, laws: LayeredLaws) -> Floats:
    """Of Phi, in units of the scale of each field: 0 at the saddle."""
    found = action.gradient(x, laws) + kappa_of_fields(problem, action) * x
    found[: problem.y.size] -= problem.y.ravel()
    return np.asarray(found[free_fields(problem, action)], dtype=np.float64)


def layered_newton(action: LayeredAction, problem: PosteriorProblem, x: Floats) -> Floats:
    """The saddle of Phi from a start close to it; FloatingPointError if the steps do not end there."""
    free, kappa = free_fields(problem, action), kappa_of_fields(problem, action)
    laws = action.laws(x)
    rest = _gradient(action, problem, x, laws)
    for _ in range(_STEPS):
        second = (action.hessian(x, laws) + np.diag(kappa))[np.ix_(free, free)]
        scale = np.sqrt(np.abs(np.diag(second)))
        step = np.linalg.solve(second / np.outer(scale, scale), -rest / scale) / scale
        if np.abs(step * scale).max() <= _RESIDUAL * max(1.0, float(np.abs(x[free] * scale).max())):
            return x
        size, here = 1.0, float(np.linalg.norm(rest / scale))
        for _ in range(_HALVINGS):
            new = x.copy()
            new[free] += size * step
            if all(np.linalg.eigvalsh(s)[0] > 0 for s in action.covariances(new)):
                laws = action.laws(new)
                rest = _gradient(action, problem, new, laws)
                if np.linalg.norm(rest / scale) <= (1 - 1e-4 * size) * here or here < 1e-9:
                    break
            size /= 2
        else:
            raise FloatingPointError(
                f"Newton steps to the saddle of {problem.depth} hidden layers do not end: the expansion "
                "around it does not hold here"
            )
        x = new
    return x


def layered_pilot(problem: PosteriorProblem) -> LayeredPilot:
    """The substitution, annealed from chi = 1 (or below) to that of the problem."""
    prior = prior_kernels(problem)
    interfaces = []
    for kernel in prior[:-1]:
        values, vectors = np.linalg.eigh(kernel)
        interfaces.append(Interface(vectors[:, values > _RANGE * values[-1]]))
    covariances = [each.basis.T @ k @ each.basis for each, k in zip(interfaces, prior, strict=False)]
    root = covariance_root(problem.first_covariance)
    proposals = [np.eye(root.shape[1]), *covariances]
    p, chi = problem.training_points, problem.feature_strength
    stages = [chi] if chi <= 1 else [*np.geomspace(1, chi, 1 + int(np.ceil(np.log(chi) / np.log(_STAGE))))]
    ridge, kernel = problem.ridge * chi / stages[0], prior[-1][:p, :p] * chi / stages[0]
    bias = problem.bias_variance * (1 - chi / stages[0])  # that of the read-out is not scaled
    tau = np.linalg.solve(kernel + bias + ridge * np.eye(p), problem.y) / 2
    tilts = [np.zeros_like(each) for each in covariances]
    pilot = LayeredPilot(problem, interfaces, covariances, tilts, tau, proposals, stages[0])
    for stage in stages:
        pilot.tau = pilot.tau * (stage / pilot.strength)
        pilot.strength = stage
        for sweep in range(_SWEEPS):
            if _sweep(pilot, match=sweep < 2 * _SWEEPS // 3) < 1e-4:
                break
    return pilot


def _sweep(pilot: LayeredPilot, match: bool) -> float:
    """Once up with covariances and down with tilts; the largest relative change of tau."""
    problem = pilot.problem
    scale = problem.feature_strength / pilot.strength
    widths, g = problem.require_widths("tree"), problem.readout_variance * scale
    weights = (*problem.weight_variances[1:], g)
    p = problem.training_points
    seconds = []
    for k, width in enumerate(widths):
        last = k == len(widths) - 1
        z, phi, log_weights = _layer(pilot, k, _PILOT, problem.scrambles)
        if k:
            inverse = np.linalg.inv(pilot.covariances[k - 1])
            log_weights = log_weights - np.einsum("qi,ij,qj->q", z, inverse, z, optimize=True) / 2
        if last:
            exponent = g / (2 * width) * np.sum((phi[:, :p] @ pilot.tau) ** 2, axis=1)
        else:
            below = phi @ pilot.interfaces[k].basis
            exponent = weights[k] * np.einsum("qi,ij,qj->q", below, pilot.tilts[k], below, optimize=True)
        law = np.exp(log_weights + exponent - np.max(log_weights + exponent))
        law /= law.sum()
        seconds.append((z * law[:, None]).T @ z)
        if match:
            pilot.proposals[k] = (1 - _MIXING) * pilot.proposals[k] + _MIXING * second_moment(z, law)
        if last:
            kernel = g * (phi[:, :p] * law[:, None]).T @ phi[:, :p] + problem.bias_variance
            new = np.linalg.solve(kernel + problem.ridge * scale * np.eye(p), problem.y)
            change = float(np.abs(new - pilot.tau).max() / max(np.abs(new).max(), 1e-300))
            pilot.tau = (1 - _MIXING) * pilot.tau + _MIXING * new
        else:
            ones = pilot.interfaces[k].basis.sum(0)
            covariance = weights[k] * (below * law[:, None]).T @ below
            covariance += problem.bias_variance * np.outer(ones, ones)
            pilot.covariances[k] = (1 - _MIXING) * pilot.covariances[k] + _MIXING * covariance
    for k in range(len(widths) - 1):
        inverse = np.linalg.inv(pilot.covariances[k])
        tilt = widths[k + 1] / (2 * widths[k]) * (inverse @ seconds[k + 1] @ inverse - inverse)
        pilot.tilts[k] = (1 - _MIXING) * pilot.tilts[k] + _MIXING * tilt
    return change


def _layer(pilot: LayeredPilot, k: int, count: int, scramble: int) -> tuple[Floats, Floats, Floats]:
    """Coordinates z of h, phi at all points, logarithms of weights: without the density beyond layer 1."""
    problem = pilot.problem
    phi = problem.activation.require_function("the law of a neuron")
    normal = normal_points(count, len(pilot.proposals[k]), problem.seed + 7919 * k, scramble)
    nodes = matched_nodes(normal, pilot.proposals[k])
    if not k:
        return nodes.z, phi(nodes.z @ covariance_root(problem.first_covariance).T), nodes.log_weights
    weights = nodes.log_weights + np.einsum("qi,qi->q", nodes.z, nodes.z) / 2
    return nodes.z, phi(nodes.z @ pilot.interfaces[k - 1].basis.T), weights


def _action(pilot: LayeredPilot, count: int, scramble: int) -> LayeredAction:
    problem = pilot.problem
    widths = problem.require_widths("tree")
    weights = problem.weight_variances[1:]
    start = (problem.training_points + len(problem.X_test)) * problem.outputs
    layers = []
    for k in range(len(widths)):
        z, phi, log_weights = _layer(pilot, k, count, scramble)
        scores, where = [], []
        if k:
            each = pilot.interfaces[k - 1]
            scores.append(-each.products(z) / 2)
            where.append(np.arange(start, start + each.size))
            start += 2 * each.size
        if k < len(widths) - 1:
            each = pilot.interfaces[k]
            scores.append(weights[k] * each.products(phi @ each.basis))
            where.append(np.arange(start + each.size, start + 2 * each.size))
        layers.append(LayerNodes(phi, np.hstack(scores), log_weights, np.concatenate(where)))
    coupling = problem.readout_variance / widths[-1]
    return LayeredAction(layers, pilot.interfaces, widths, coupling, problem.bias_variance, problem.outputs)


def _packed(action: LayeredAction, pilot: LayeredPilot) -> Floats:
    x = np.zeros(action.fields)
    x[: pilot.tau.size] = pilot.tau.ravel()
    for k, (each, (up, down)) in enumerate(zip(action.interfaces, action.places, strict=True)):
        x[up] = each.vector(np.asarray(np.linalg.inv(pilot.covariances[k]), dtype=np.float64))
        x[down] = each.vector(pilot.tilts[k])
    return x


def sample_fractions(saddle: LayeredSaddle) -> tuple[float, ...]:
    """Effective fraction of the nodes of every layer."""
    return tuple(effective_fraction(p) for p in saddle.laws.p)
