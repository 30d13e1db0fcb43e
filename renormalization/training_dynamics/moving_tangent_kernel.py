"""The tangent kernel along training: what the kernels of all layers make of a step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fieldtheory.array_types import Floats
from renormalization.training_dynamics.training_problem import TrainingProblem


def moving_tangent_kernel(
    problem: TrainingProblem, kernels: Sequence[Floats], gradient_kernels: Sequence[Floats]
) -> Floats:
    """Theta(t) = sum_l Phi^(l-1)(t, t) * G^l(t, t) over hidden layers and the read-out, (..., steps, Q, Q).

    `kernels`, `gradient_kernels`: of each hidden layer, (..., steps, Q, steps, Q), of the neurons themselves.
    A step changes f by eta Theta Delta, up to order eta^2.
    """
    below: Floats = problem.input_kernel
    total: Floats | float = 0.0
    for weight, kernel, gradient in zip(problem.weight_variances, kernels, gradient_kernels, strict=True):
        total = total + below * at_equal_times(gradient)
        below = weight * at_equal_times(kernel) + problem.bias_variance
    return np.asarray(total + below)


def at_equal_times(kernel: Floats) -> Floats:
    """K(t, t) of K(t, s), (..., steps, Q, steps, Q)."""
    return np.moveaxis(np.diagonal(kernel, axis1=-4, axis2=-2), -1, -3)
