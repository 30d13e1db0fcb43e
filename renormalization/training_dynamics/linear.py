r"""Gradient descent of wide linear networks: the closed equations for kernels and responses, step by step.

Each neuron of hidden layer l is a linear system driven by two Gaussian fields,

    h_mu(t) = chi_mu(t) + sum_(s<t) C_mu(t, s) z(s),    z(t) = xi(t) + sum_(s<t, nu) D_nu(t, s) h_nu(s),
    C_mu(t, s) = A^(l-1)_mu(t, s) + eta gamma sum_nu Phi^(l-1)_(mu nu)(t, s) Delta_nu(s),
    D_nu(t, s) = B^l_nu(t, s) + eta gamma Delta_nu(s) G^(l+1)(t, s),

chi ~ GP(0, Phi^(l-1)), xi ~ GP(0, G^(l+1)): Bordelon, Pehlevan, 2205.09653. h(t) asks for s < t only, and
z(t) for what the layers above have at t: one pass up and one pass down a step give all rows at t, without
iteration and without the inverse of 1 - C D.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fieldtheory.array_types import Floats
from renormalization.training_dynamics.divergence import require_bounded
from renormalization.training_dynamics.training_prediction import Responses, TrainingPrediction
from renormalization.training_dynamics.training_problem import TrainingProblem


@dataclass(frozen=True, eq=False)
class Layer:
    """Rows of one hidden layer up to the present step; T steps, Q points.

    `kernel`: <h h>, (T, Q, T, Q); `gradient`: <z z>, (T, T); `cross`: <h z>, (T, Q, T); `up`: C, (T, Q, T);
    `down`: D, (T, T, Q); `forward`: dh/dxi, (T, Q, T); `backward`: dz/dchi, (T, T, Q); `own`: dz/dxi, (T, T).
    D and dz/dchi have places for equal times and for test points, where they are 0 at infinite width: what is
    there fluctuates from network to network.
    """

    kernel: Floats
    gradient: Floats
    cross: Floats
    up: Floats
    down: Floats
    forward: Floats
    backward: Floats
    own: Floats

    @classmethod
    def empty(cls, steps: int, points: int) -> Layer:
        """All rows to come."""
        t, q = steps, points
        shapes = ((t, q, t, q), (t, t), (t, q, t), (t, q, t), (t, t, q), (t, q, t), (t, t, q), (t, t))
        return cls(*(np.zeros(shape) for shape in shapes))

    def first(self, steps: int) -> Layer:
        """The rows of the first steps, views."""
        t = slice(steps)
        return Layer(
            *(self.kernel[t, :, t], self.gradient[t, t], self.cross[t, :, t], self.up[t, :, t]),
            *(self.down[t, t], self.forward[t, :, t], self.backward[t, t], self.own[t, t]),
        )

    def move_up(self, t: int, below: Floats, response: Floats, residuals: Floats) -> None:
        """h at time t: `below` is Phi^(l-1)(t, s), (Q, t + 1, Q), `response` A^(l-1)(t, s), (Q, t).

        `residuals`: eta gamma Delta(s), (t + 1, Q), 0 at test points, and at t, when it is not known yet.
        """
        q, so_far = len(below), below[0].size
        past = below[:, :t].reshape(q, t * q)
        up = response + (below[:, :t] * residuals[:t]).sum(-1)
        chi_z = past @ self.backward[:t, :t].reshape(t, t * q).T  # <chi(t) z(s)>
        self.up[t, :, :t] = up
        self.cross[t, :, :t] = chi_z + up @ self.gradient[:t, :t]
        self.forward[t, :, :t] = up @ self.own[:t, :t]
        kernel = below.reshape(q, so_far) + chi_z @ self.up[: t + 1, :, :t].reshape(so_far, t).T
        kernel += up @ self.cross[: t + 1, :, :t].reshape(so_far, t).T
        self.kernel[t, :, : t + 1] = kernel.reshape(q, t + 1, q)
        self.kernel[:t, :, t] = self.kernel[t, :, :t].transpose(1, 2, 0)

    def move_down(self, t: int, above: Floats, response: Floats, residuals: Floats) -> None:
        """z at time t: `above` is G^(l+1)(t, s), (t + 1,), `response` B^l(t, s), (t + 1, Q)."""
        times, so_far = t + 1, residuals.size
        down = response + residuals * above[:, None]
        flat = down.reshape(so_far)
        xi_h = (self.forward[:times, :, :times] @ above).reshape(so_far)  # <xi(t) h(s)>
        self.down[t, :times] = down
        cross = xi_h + self.kernel[:times, :, :times].reshape(so_far, so_far) @ flat
        self.cross[:times, :, t] = cross.reshape(down.shape)
        xi_z = above + self.down[:times, :times].reshape(times, so_far) @ xi_h
        self.gradient[t, :times] = xi_z + flat @ self.cross[:times, :, :times].reshape(so_far, times)
        self.gradient[:t, t] = self.gradient[t, :t]
        loop = flat @ self.up[:times, :, :t].reshape(so_far, t)
        self.own[t, :t], self.own[t, t] = loop @ self.own[:t, :t], 1.0
        later = loop @ self.backward[:t, :times].reshape(t, so_far)
        self.backward[t, :times] = down + later.reshape(down.shape)


@dataclass(frozen=True, eq=False)
class LinearDynamics:
    """The rows of every hidden layer after all steps, and the outputs f, (steps, Q)."""

    layers: tuple[Layer, ...]
    outputs: Floats


@np.errstate(over="ignore", invalid="ignore")  # a loss that runs away is refused
def linear_dynamics(problem: TrainingProblem) -> LinearDynamics:
    """Solve the equations from step to step; ValueError for a learning rate at which the loss runs away."""
    steps, q, bias, weights = problem.steps, problem.points, problem.bias_variance, problem.weight_variances
    layers = tuple(Layer.empty(steps, q) for _ in weights)
    outputs, scaled, shift = np.zeros((steps, q)), np.zeros((steps, q)), 0.0
    for t in range(steps):
        below = np.broadcast_to(problem.input_kernel[:, None], (q, t + 1, q))
        response = np.zeros((q, t))
        for layer, weight in zip(layers, weights, strict=True):
            layer.move_up(t, below, response, scaled[: t + 1])
            below = weight * layer.kernel[t, :, : t + 1] + bias
            response = weight * layer.forward[t, :, :t]
        above, answer = np.full(t + 1, weights[-1]), np.zeros((t + 1, q))
        for number in range(len(layers) - 1, -1, -1):
            layers[number].move_down(t, above, answer, scaled[: t + 1])
            above = weights[number - 1] * layers[number].gradient[t, : t + 1]
            answer = weights[number - 1] * layers[number].backward[t, : t + 1]
        outputs[t] = layers[-1].cross[t, :, t] / problem.richness + shift
        residuals = problem.residuals(outputs[t])
        require_bounded(problem, t, residuals)
        scaled[t, : len(residuals)] = problem.feature_rate * residuals
        shift += problem.learning_rate * bias * residuals.sum()
    return LinearDynamics(layers, outputs)


def linear_prediction(problem: TrainingProblem) -> TrainingPrediction:
    """The solution as kernels and responses."""
    found = linear_dynamics(problem)
    shape = (problem.steps, problem.points, problem.steps, problem.points)
    responses = [
        Responses(layer.forward, np.broadcast_to(layer.backward[:, None], shape)) for layer in found.layers
    ]
    return TrainingPrediction(
        outputs=found.outputs,
        stderr=np.zeros_like(found.outputs),
        kernels=tuple(layer.kernel for layer in found.layers),
        gradient_kernels=tuple(
            np.broadcast_to(layer.gradient[:, None, :, None], shape) for layer in found.layers
        ),
        responses=tuple(responses),
    )
