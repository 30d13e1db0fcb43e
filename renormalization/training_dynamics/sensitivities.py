r"""How outputs of wide linear networks answer when averages over neurons are off: the dynamics backwards.

At finite width an average that one layer hands to the next deviates from its value at infinite width. To
first order the outputs move by the sum of all deviations times the derivatives found here, for many
outputs in one pass from the last step to the first: derivatives in the kernels below, w Phi^(l-1)(t, s),
the responses w A^(l-1)(t, s), what comes from above, w G^(l+1)(t, s) and w B^l(t, s), and in the outputs
themselves, from which residuals follow. What a layer computes for itself is no such average.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fieldtheory.array_types import Floats
from renormalization.training_dynamics.linear import Layer, LinearDynamics
from renormalization.training_dynamics.training_problem import TrainingProblem


@dataclass(frozen=True, eq=False)
class Messages:
    """Derivatives of R outputs in what a layer is given, at all times t and s <= t; T steps.

    `below`: (R, T, Q, T, Q), `response`: (R, T, Q, T), `above`: (R, T, T), `answer`: (R, T, T, Q).
    """

    below: Floats
    response: Floats
    above: Floats
    answer: Floats

    @classmethod
    def empty(cls, outputs: int, steps: int, points: int) -> Messages:
        """All zero."""
        r, t, q = outputs, steps, points
        return cls(*(np.zeros((r, *shape)) for shape in ((t, q, t, q), (t, q, t), (t, t), (t, t, q))))


@dataclass(frozen=True, eq=False)
class Sensitivities:
    """Derivatives of R outputs: in what each layer is given, and in the outputs, (R, T, Q)."""

    layers: tuple[Messages, ...]
    outputs: Floats


class _Backwards:
    """Derivatives of R outputs in the rows of a layer, gathered from the last row to the first."""

    def __init__(self, layer: Layer, outputs: int) -> None:
        self.layer = layer
        names = ("kernel", "gradient", "cross", "up", "down", "forward", "backward", "own")
        for name in names:
            setattr(self, name, np.zeros((outputs, *getattr(layer, name).shape)))

    kernel: Floats
    gradient: Floats
    cross: Floats
    up: Floats
    down: Floats
    forward: Floats
    backward: Floats
    own: Floats

    def move_down(self, t: int, above: Floats, residuals: Floats) -> tuple[Floats, Floats, Floats]:
        """Derivatives in `above`, (R, t + 1), in `answer`, (R, t + 1, Q), in the residuals, (R, t + 1, Q)."""
        layer, outputs, times, so_far = self.layer, len(self.kernel), t + 1, residuals.size
        square, q = (outputs, times, *residuals.shape), residuals.shape[1]
        flat = layer.down[t, :times].reshape(so_far)
        up = layer.up[:times, :, :t].reshape(so_far, t)
        cross = layer.cross[:times, :, :times].reshape(so_far, times)
        kernel = layer.kernel[:times, :, :times].reshape(so_far, so_far)
        forward = layer.forward[:times, :, :times].reshape(so_far, times)
        xi_h, loop = forward @ above, flat @ up
        # rows of dz/dchi and dz/dxi
        back, own = self.backward[:, t, :times].reshape(outputs, so_far), self.own[:, t, :t]
        d_loop = back @ layer.backward[:t, :times].reshape(t, so_far).T + own @ layer.own[:t, :t].T
        self.backward[:, :t, :times] += (loop[:, None] * back[:, None, :]).reshape(outputs, t, times, q)
        self.own[:, :t, :t] += loop[:, None] * own[:, None, :]
        self.up[:, :times, :, :t] += (flat[:, None] * d_loop[:, None, :]).reshape(outputs, times, q, t)
        # the row of <z z>, whose mirror image was read, too
        d_above = self.gradient[:, t, :times].copy()
        d_above[:, :t] += self.gradient[:, :t, t]
        d_down = back + d_loop @ up.T + d_above @ cross.T
        self.cross[:, :times, :, :times] += (flat[:, None] * d_above[:, None, :]).reshape(
            outputs, times, q, times
        )
        self.down[:, :times, :times] += (d_above[:, :, None] * xi_h).reshape(square)
        d_cross = self.cross[:, :times, :, t].reshape(outputs, so_far)  # complete: what reads it is later
        d_xi_h = d_cross + d_above @ layer.down[:times, :times].reshape(times, so_far)
        self.kernel[:, :times, :, :times] += (d_cross[:, :, None] * flat).reshape(outputs, times, q, times, q)
        d_down += d_cross @ kernel + self.down[:, t, :times].reshape(outputs, so_far)
        d_above += d_xi_h @ forward
        self.forward[:, :times, :, :times] += (d_xi_h[:, :, None] * above).reshape(outputs, times, q, times)
        answer = d_down.reshape(outputs, times, q)
        return d_above + (answer * residuals).sum(-1), answer, answer * above[:, None]

    def move_up(self, t: int, below: Floats, residuals: Floats) -> tuple[Floats, Floats, Floats]:
        """Derivatives in `below`, (R, Q, t + 1, Q), in `response`, (R, Q, t), in the residuals, (R, t, Q)."""
        layer, outputs, q, so_far = self.layer, len(self.kernel), len(below), below[0].size
        past, back = below[:, :t].reshape(q, t * q), layer.backward[:t, :t].reshape(t, t * q)
        here, chi_z = layer.up[t, :, :t], past @ back.T
        d_below = self.kernel[:, t, :, : t + 1].copy()
        d_below[:, :, :t] += self.kernel[:, :t, :, t].transpose(0, 3, 1, 2)
        slope = d_below.reshape(outputs, q, so_far).copy()
        turned = slope.transpose(0, 2, 1)
        self.up[:, : t + 1, :, :t] += (turned @ chi_z).reshape(outputs, t + 1, q, t)
        self.cross[:, : t + 1, :, :t] += (turned @ here).reshape(outputs, t + 1, q, t)
        d_cross, d_forward = self.cross[:, t, :, :t], self.forward[:, t, :, :t]
        d_chi_z = slope @ layer.up[: t + 1, :, :t].reshape(so_far, t) + d_cross
        d_up = slope @ layer.cross[: t + 1, :, :t].reshape(so_far, t) + self.up[:, t, :, :t]
        d_up += d_forward @ layer.own[:t, :t].T + d_cross @ layer.gradient[:t, :t]
        self.own[:, :t, :t] += here.T @ d_forward
        self.gradient[:, :t, :t] += here.T @ d_cross
        d_below[:, :, :t] += (d_chi_z @ back).reshape(outputs, q, t, q) + d_up[..., None] * residuals[:t]
        self.backward[:, :t, :t] += (d_chi_z.transpose(0, 2, 1) @ past).reshape(outputs, t, t, q)
        return d_below, d_up, (d_up[..., None] * below[:, :t]).sum(1)


def sensitivities(problem: TrainingProblem, dynamics: LinearDynamics, wanted: Floats) -> Sensitivities:
    """Of the combinations sum_(t mu) wanted_(t mu) f_mu(t) of outputs, `wanted` (R, steps, Q).

    The steps of `wanted` may be fewer than those of the dynamics: the first ones.
    """
    outputs, steps, q = wanted.shape
    p, bias, weights = problem.training_points, problem.bias_variance, problem.weight_variances
    layers = [_Backwards(layer.first(steps), outputs) for layer in dynamics.layers]
    scaled = np.zeros((steps, q))
    scaled[:, :p] = problem.feature_rate * problem.residuals(dynamics.outputs[:steps])
    messages = tuple(Messages.empty(outputs, steps, q) for _ in layers)
    d_outputs, d_scaled, d_shift = wanted.copy(), np.zeros((outputs, steps, q)), np.zeros((outputs, 1))
    for t in range(steps - 1, -1, -1):
        known = scaled[: t + 1].copy()
        known[t] = 0.0
        # the residual y - f moves features at the rate eta gamma, the bias of the read-out at eta b
        rate = problem.feature_rate * d_scaled[:, t, :p] + problem.learning_rate * bias * d_shift
        d_outputs[:, t, :p] -= rate
        d_shift += d_outputs[:, t].sum(1, keepdims=True)
        layers[-1].cross[:, t, :, t] += d_outputs[:, t] / problem.richness
        for number, here in enumerate(layers):
            last = number == len(layers) - 1
            above = np.ones(t + 1) if last else layers[number + 1].layer.gradient[t, : t + 1]
            d_above, d_answer, d_known = here.move_down(t, weights[number] * above, known)
            messages[number].above[:, t, : t + 1], messages[number].answer[:, t, : t + 1] = d_above, d_answer
            d_scaled[:, :t] += d_known[:, :t]
            if not last:
                layers[number + 1].gradient[:, t, : t + 1] += weights[number] * d_above
                layers[number + 1].backward[:, t, : t + 1] += weights[number] * d_answer
        for number in range(len(layers) - 1, -1, -1):
            below = np.broadcast_to(problem.input_kernel[:, None], (q, t + 1, q))
            if number:
                below = weights[number - 1] * layers[number - 1].layer.kernel[t, :, : t + 1] + bias
            d_below, d_response, d_known = layers[number].move_up(t, below, known)
            messages[number].below[:, t, :, : t + 1] = d_below
            messages[number].response[:, t, :, :t] = d_response
            d_scaled[:, :t] += d_known
            if number:
                layers[number - 1].kernel[:, t, :, : t + 1] += weights[number - 1] * d_below
                layers[number - 1].forward[:, t, :, :t] += weights[number - 1] * d_response
    return Sensitivities(messages, d_outputs)
