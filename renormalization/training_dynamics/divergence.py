"""Learning rates at which gradient descent runs away."""

from __future__ import annotations

import numpy as np

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.derivatives import activation_derivative
from fieldtheory.array_types import Floats
from fieldtheory.networks.point_covariance import layer_covariance
from renormalization.training_dynamics.training_problem import TrainingProblem

_RUNAWAY = 1e6  # of the loss, relative to that of the outputs 0: descent that comes back climbs less


def initial_tangent_kernel(problem: TrainingProblem) -> Floats:
    """The NTK before training, Theta_l = K_l + w E[phi' phi'] Theta_(l-1), at infinite width."""
    phi = problem.activation
    slope = Activation.from_function(f"derivative of {phi.name}", activation_derivative(phi, 1))
    kernel = tangent = problem.input_kernel
    for weight in problem.weight_variances:
        tangent = weight * layer_covariance(slope, kernel) * tangent
        kernel = weight * layer_covariance(phi, kernel) + problem.bias_variance
        tangent = kernel + tangent
    return tangent


def largest_stable_rate(problem: TrainingProblem) -> float:
    """2 over the largest eigenvalue of the NTK at the training points: lazy training diverges above."""
    trained = problem.training_points
    tangent = initial_tangent_kernel(problem)[:trained, :trained]
    return float(2 / np.linalg.eigvalsh(tangent)[-1])


def require_bounded(
    problem: TrainingProblem, step: int, residuals: Floats, start: Floats | None = None
) -> None:
    """ValueError, with the step and the largest stable learning rate, once the loss has run away.

    `residuals`: Delta at the training points, on the last axis; `start`: before training, if not the labels.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        loss = np.square(residuals).sum(-1).max()
        before = np.square(problem.labels if start is None else start).sum(-1).max()
    if loss <= _RUNAWAY * before:
        return
    stable = largest_stable_rate(problem)
    raise ValueError(
        f"learning_rate must be below {stable:.3g}, 2 over the largest eigenvalue of the NTK before "
        f"training, and at large richness lower, or training diverges (got {problem.learning_rate:g}, at "
        f"which the loss has grown {_RUNAWAY:.0e}-fold by step {step})"
    )
