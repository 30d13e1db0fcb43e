r"""The neurons of one hidden layer on sampled paths, up to the present step.

    h_mu(t) = chi_mu(t) + sum_(s<t, nu) C_(mu nu)(t, s) g_nu(s),   C = A^(l-1) + eta gamma Phi^(l-1) Delta(s),
    z_mu(t) = xi_mu(t) + sum_(s<=t, nu) D_(mu nu)(t, s) phi(h_nu(s)),   D = B^l + eta gamma G^(l+1) Delta(s),

chi ~ GP(0, Phi^(l-1)), xi ~ GP(0, G^(l+1)), g = phi'(h) z, Delta for s < t only: Bordelon, Pehlevan, arXiv
2205.09653. B^l(t, t) = <phi''(h) z> + ..., of the layer above, is 0 for linear networks and before training.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fieldtheory.activations.array_function import NotFiniteError
from fieldtheory.activations.moments import Function
from fieldtheory.array_types import Floats
from renormalization.training_dynamics.path_noise import ConstantField, GrowingField
from renormalization.training_dynamics.path_responses import add_responses


@dataclass(frozen=True)
class Neuron:
    """phi with its first two derivatives."""

    value: Function
    slope: Function
    curvature: Function


@dataclass(frozen=True, eq=False)
class SiteLayer:
    """Rows of one hidden layer, filled from time to time; times by points along axes of n, then paths.

    `chi`, `xi`: the Gaussian fields. (n, paths): `features` phi(h), `slopes` phi'(h), `gradients` g and
    `curvatures` phi''(h) z. (n, n): `up` C, `down` D, `kernel` <phi phi>, `gradient_kernel` <g g>, `forward`
    A^l, `backward` B^(l-1).
    """

    neuron: Neuron
    points: int
    chi: ConstantField | GrowingField
    xi: ConstantField | GrowingField
    features: Floats
    slopes: Floats
    curvatures: Floats
    gradients: Floats
    up: Floats
    down: Floats
    kernel: Floats
    gradient_kernel: Floats
    forward: Floats
    backward: Floats

    @classmethod
    def empty(
        cls,
        neuron: Neuron,
        points: int,
        times: int,
        paths: int,
        chi: ConstantField | GrowingField,
        xi: ConstantField | GrowingField,
    ) -> SiteLayer:
        """All rows to come."""
        n = times * points
        on_paths = (np.zeros((n, paths)) for _ in range(4))
        return cls(neuron, points, chi, xi, *on_paths, *(np.zeros((n, n)) for _ in range(6)))

    def move_up(self, t: int, below: Floats, response: Floats, residuals: Floats) -> None:
        """h at time t, from the covariance of chi with its past and itself, (points, (t + 1) points).

        `response`: A^(l-1)(t, s), `residuals`: eta gamma Delta(s), for s < t.
        """
        past, now, all_ = self._times(t)
        self.up[now, past] = response + below[:, past] * residuals
        h = self.chi.move(below) + self.up[now, past] @ self.gradients[past]
        self.features[now] = self.neuron.value(h)
        self.slopes[now] = self.neuron.slope(h)
        self.curvatures[now] = self.neuron.curvature(h)  # times z, once it is known
        _write(self.kernel, self.features, now, all_)

    def move_down(self, t: int, above: Floats, response: Floats, residuals: Floats) -> Floats:
        """z at time t, (points, paths), from the covariance of xi; `response`: B^l(t, s), for s <= t."""
        past, now, all_ = self._times(t)
        self.down[now, all_] = response
        self.down[now, past] += above[:, past] * residuals
        z: Floats = self.xi.move(above) + self.down[now, all_] @ self.features[all_]
        self.curvatures[now] *= z
        self.gradients[now] = self.slopes[now] * z
        _write(self.gradient_kernel, self.gradients, now, all_)
        return z

    def respond_forward(self, t: int) -> Floats:
        """A^l(t, s), s < t, after `move_up`."""
        return self._respond(t, True, self.forward)[:, self._times(t)[0]]

    def respond_backward(self, t: int) -> Floats:
        """B^(l-1)(t, s), s <= t, after `move_down`."""
        return self._respond(t, False, self.backward)[:, self._times(t)[2]]

    def _respond(self, t: int, forward: bool, responses: Floats) -> Floats:
        rows = responses[self._times(t)[1]]
        add_responses(self.up, self.down, self.slopes, self.curvatures, t * self.points, forward, rows)
        return rows

    def _times(self, t: int) -> tuple[slice, slice, slice]:
        """Before t, at t, and both."""
        start, end = t * self.points, (t + 1) * self.points
        return slice(start), slice(start, end), slice(end)


def _write(kernel: Floats, fields: Floats, now: slice, all_: slice) -> None:
    """Write the averages over paths at time t to rows and columns; NotFiniteError for those that overflow."""
    with np.errstate(over="ignore", invalid="ignore"):
        row = fields[now] @ fields[all_].T / fields.shape[1]
    if not np.isfinite(row).all():
        raise NotFiniteError(
            "X must be of moderate size (got values at which averages over a neuron overflow)"
        )
    kernel[now, all_] = row
    kernel[all_, now] = row.T
