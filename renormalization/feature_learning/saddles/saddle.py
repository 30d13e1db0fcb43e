r"""The saddle of the discrepancy field of a network with one hidden layer: tree level.

tau = (K_eff + kappa)^-1 y with K_eff = b + g <phi phi^T> under the law of a neuron that tau tilts: the
maximum of the concave s(tau). Newton steps with backtracking find it at any feature strength, where damped
substitution runs away.

Equation: adaptive-kernel
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from fieldtheory.array_types import Floats
from renormalization.feature_learning.posteriors.infinite_width import prediction as infinite_width
from renormalization.feature_learning.posteriors.neuron_law import (
    Nodes,
    covariance_root,
    effective_fraction,
    matched_nodes,
    normal_points,
    second_moment,
)
from renormalization.feature_learning.posteriors.posterior_prediction import (
    PosteriorPrediction,
    average_over_scrambles,
)
from renormalization.feature_learning.posteriors.posterior_problem import PosteriorProblem
from renormalization.feature_learning.saddles.action import NeuronAction, TiltedLaw

_PILOT = 2**12  # nodes on which the proposal is matched
_MATCHES = 8  # most times it is
_SETTLED = 0.02  # relative change of the proposal that ends this
_STEPS, _HALVINGS = 200, 60  # of Newton's method
_RESIDUAL = 1e-13  # of the saddle, relative to y


@dataclass(frozen=True, eq=False)
class Saddle:
    """The saddle on some nodes: tau (P, outputs), the law there, psi'' at all points, and the residual."""

    action: NeuronAction
    tau: Floats
    law: TiltedLaw
    hessian: Floats
    residual: float

    @property
    def kernel(self) -> Floats:
        """b + g <phi phi^T> under the law of the saddle."""
        phi, action = self.action.phi, self.action
        return action.bias + action.width * action.coupling * ((phi * self.law.p[:, None]).T @ phi)


def newton_saddle(action: NeuronAction, y: Floats, ridge: float, start: Floats) -> tuple[Floats, TiltedLaw]:
    """The maximum of s(tau) = tau.y - kappa tau^2/2 - psi(tau), from a start; FloatingPointError if none."""
    tau, scale = start, max(float(np.abs(y).max(initial=0.0)), np.finfo(float).tiny)
    law = action.law(tau)
    value = _value(y, ridge, tau, law)
    rounding = 1e-14 * action.width  # of psi, which is n times a logarithm of order 1
    for _ in range(_STEPS):
        gradient = y - ridge * tau - action.gradient(tau, law, len(y))
        if np.abs(gradient).max(initial=0.0) <= _RESIDUAL * scale:
            return tau, law
        curvature = action.hessian(law, len(y))
        curvature[np.diag_indices_from(curvature)] += ridge
        step = cho_solve(cho_factor(curvature, lower=True), gradient.ravel()).reshape(y.shape)
        gain, size = float(np.sum(step * gradient)), 1.0
        for _ in range(_HALVINGS):
            new = tau + size * step
            new_law = action.law(new)
            new_value = _value(y, ridge, new, new_law)
            # near the top differences of s are rounding, and full steps are right
            if new_value >= value + 1e-4 * size * gain or gain < max(1e-12 * abs(value), rounding):
                break
            size /= 2
        if np.array_equal(new, tau):
            return tau, law
        tau, law, value = new, new_law, new_value
        if gain < 1e-30 * abs(value):
            return tau, law
    raise FloatingPointError("Newton steps to the saddle do not end")


def _value(y: Floats, ridge: float, tau: Floats, law: TiltedLaw) -> float:
    return float(np.sum(tau * y) - ridge / 2 * np.sum(tau**2)) - law.psi


def saddles(problem: PosteriorProblem) -> Iterator[Saddle]:
    """The saddle on the nodes of every scramble, one after the other."""
    (width,) = problem.require_widths("tree")
    root = covariance_root(problem.first_covariance)
    phi = problem.activation.require_function("the law of a neuron")

    def action(nodes: Nodes) -> NeuronAction:
        return NeuronAction(
            phi((root @ nodes.z.T).T),  # one point after the other
            nodes.log_weights,
            width,
            problem.readout_variance / width,
            problem.bias_variance,
        )

    tau = infinite_width(problem).discrepancy / 2
    proposal = np.eye(root.shape[1])
    normal = normal_points(min(_PILOT, problem.nodes), root.shape[1], problem.seed, problem.scrambles)
    for _ in range(_MATCHES):
        nodes = matched_nodes(normal, proposal)
        tau, law = newton_saddle(action(nodes), problem.y, problem.ridge, tau)
        matched = second_moment(nodes.z, law.p)
        change = np.abs(matched - proposal).max() / np.abs(matched).max()
        proposal = matched
        if change < _SETTLED:
            break
    for scramble in range(problem.scrambles):
        nodes = matched_nodes(normal_points(problem.nodes, root.shape[1], problem.seed, scramble), proposal)
        here = action(nodes)
        tau, law = newton_saddle(here, problem.y, problem.ridge, tau)
        residual = problem.y - problem.ridge * tau - here.gradient(tau, law, len(tau))
        yield Saddle(here, tau, law, here.hessian(law), float(np.abs(residual).max(initial=0.0)))


def tree_prediction(problem: PosteriorProblem, saddle: Saddle) -> PosteriorPrediction:
    """Mean psi_a and variance psi_aa - psi_ab G_bc psi_ca at the saddle, G = (kappa + psi'')^-1."""
    mean = saddle.action.gradient(saddle.tau, saddle.law)
    across = saddle.hessian[: saddle.tau.size]
    inner = across[:, : saddle.tau.size] + problem.ridge * np.eye(saddle.tau.size)
    explained = np.sum(across * np.linalg.solve(inner, across), axis=0)
    kernel = saddle.kernel
    return PosteriorPrediction(
        mean=mean,
        variance=(np.diag(saddle.hessian) - explained).reshape(mean.shape),
        kernel=kernel,
        hidden_kernels=(kernel,),
        discrepancy=saddle.tau,
        spread=np.zeros_like(mean),
        sample_fraction=(effective_fraction(saddle.law.p),),
        residual=saddle.residual,
    )


def prediction(problem: PosteriorProblem) -> PosteriorPrediction:
    """The tree, averaged over scrambles."""
    return average_over_scrambles([tree_prediction(problem, saddle) for saddle in saddles(problem)])
