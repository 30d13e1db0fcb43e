r"""Adaptive kernels: every layer's pre-activations stay Gaussian, and their covariances Q_l move.

    sum_l (n_l/2) [tr F_l^-1 Q_l - log det Q_l + log det F_l] + y^T (K + kappa)^-1 y/2

is smallest, F_1 = C, F_l = b + g <phi phi^T> over N(0, Q_(l-1)), K the kernel of Q_L (Naveh, Ringel 2021;
Seroussi, Naveh, Ringel 2023, with log det(K + kappa)/2 added, which fluctuations of the outputs are). Over
Cholesky factors, followed from weak features: substitution finds solutions that are not positive definite.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from renormalization.feature_learning.closures.pair_averages import pair_averages
from renormalization.feature_learning.posteriors.infinite_width import prior_kernels
from renormalization.feature_learning.posteriors.neuron_law import covariance_root
from renormalization.feature_learning.posteriors.posterior_prediction import PosteriorPrediction
from renormalization.feature_learning.posteriors.posterior_problem import PosteriorProblem

_RATIO = 2.0  # of feature strengths that follow each other
_SLOPE = 1e-9  # of the function in the end, relative to the width
_UNFINISHED = 1e-5
_FLAT = 1e-10  # of the identity: a covariance that has lost a direction
_ITERATIONS = 3000
_RESTARTS = 5


@dataclass(frozen=True, eq=False)
class AdaptedCovariances:
    """Covariances Q_l of the training points' pre-activations, and the residual of their equations."""

    covariances: tuple[Floats, ...]
    residual: float


@dataclass(frozen=True, eq=False)
class AdaptationAction:
    """The function that is smallest, of factors T: Q_l = R_l T_l (R_l T_l)^T, R_l a root of the prior.

    `fluctuations`: with log det(K + kappa)/2. `softening`: multiplies variance of the read-out and ridge.
    """

    problem: PosteriorProblem
    roots: tuple[Floats, ...]
    fluctuations: bool = False
    softening: float = 1.0

    @property
    def lower(self) -> list[tuple[Floats, Floats]]:
        """Rows and columns of the triangle of every layer."""
        return [np.tril_indices(root.shape[1]) for root in self.roots]  # type: ignore[misc]

    def start(self) -> Floats:
        """That of the prior."""
        return np.concatenate(
            [np.eye(root.shape[1])[at] for root, at in zip(self.roots, self.lower, strict=True)]
        )

    def factors(self, x: Floats) -> list[Floats]:
        """T_l."""
        found, begin = [], 0
        for root, at in zip(self.roots, self.lower, strict=True):
            factor = np.zeros((root.shape[1],) * 2)
            end = begin + len(at[0])
            factor[at] = x[begin:end]
            begin = end
            found.append(factor)
        return found

    def covariances(self, x: Floats) -> tuple[Floats, ...]:
        """Q_l."""
        wide = [root @ factor for root, factor in zip(self.roots, self.factors(x), strict=True)]
        return tuple(each @ each.T for each in wide)

    def __call__(self, x: Floats) -> tuple[float, Floats]:
        """The value and its gradient."""
        problem, p = self.problem, self.problem.training_points
        bias, widths = problem.bias_variance, problem.require_widths("gaussian")
        variances = (*problem.weight_variances[1:], problem.readout_variance * self.softening)
        factors, covariances = self.factors(x), self.covariances(x)
        averages = [pair_averages(problem.activation, each) for each in covariances]
        kernels = [bias + g * each.values for g, each in zip(variances, averages, strict=True)]
        inner = cho_factor(kernels[-1] + self.softening * problem.ridge * np.eye(p), lower=True)
        tau = cho_solve(inner, problem.y)
        value = float(np.sum(problem.y * tau)) / 2
        pull = -tau @ tau.T / 2
        if self.fluctuations:
            value += problem.outputs * float(np.log(np.diag(inner[0])).sum())
            pull += problem.outputs / 2 * cho_solve(inner, np.eye(p))
        # downwards: what the layers above pull at <phi phi^T>
        gradients: list[Floats] = []
        for layer in reversed(range(len(factors))):
            n, factor, root = widths[layer], factors[layer], self.roots[layer]
            slope = averages[layer].pulled(variances[layer] * pull)
            along = 2 * root.T @ slope @ (root @ factor)
            value -= n * float(np.log(np.abs(np.diag(factor))).sum())
            along -= n * np.diag(1 / np.diag(factor))
            if layer == 0:
                value += n / 2 * float(np.sum(factor**2))
                along += n * factor
            else:
                below = cho_factor(kernels[layer - 1], lower=True)
                wide = root @ factor
                seen = cho_solve(below, wide)
                value += n / 2 * float(np.sum(wide * seen))
                value += n * float(np.log(np.diag(below[0])).sum() - np.log(np.diag(root)).sum())
                along += n * root.T @ seen
                pull = n / 2 * (cho_solve(below, np.eye(p)) - seen @ seen.T)
            gradients.append(along[np.tril_indices(len(factor))])
        return value, np.concatenate(gradients[::-1])


def adapted(problem: PosteriorProblem, fluctuations: bool = False) -> AdaptedCovariances:
    """The covariances, followed from weak features; FloatingPointError for one that loses a direction."""
    p = problem.training_points
    require_budget(
        f"adaptive covariances of {p} points",
        seconds=1e-6 * problem.depth * float(p) ** 3,
        memory=400.0 * problem.depth * p**2,
        smaller="the number of points",
    )
    prior = [each[:p, :p] for each in prior_kernels(problem)[:-1]]
    roots = (covariance_root(problem.first_covariance[:p, :p]), *(_root(each) for each in prior))
    action = AdaptationAction(problem, roots, fluctuations)
    x, width = action.start(), max(problem.require_widths("gaussian"))
    steps = max(1, math.ceil(math.log(max(1.0, problem.feature_strength), _RATIO)))
    path = np.geomspace(max(1.0, problem.feature_strength), 1.0, steps + 1).tolist()
    for softening in path[:-1]:
        softer = AdaptationAction(problem, roots, fluctuations, softening)
        x = _lowest(softer, x, 1e-4 * width, 1e-9)
    residual = np.inf
    for _ in range(_RESTARTS):  # with a memory of old curvatures the last digits come slowly
        x = _lowest(action, x, _SLOPE * width, 0.0)
        last, residual = residual, float(np.abs(action(x)[1]).max()) / width
        if residual <= _SLOPE or residual > last / 2:
            break
    smallest = min(np.linalg.eigvalsh(each @ each.T)[0] for each in action.factors(x))
    if residual > _UNFINISHED or smallest < _FLAT:
        raise FloatingPointError(
            "theory 'gaussian' has no covariance of the hidden layers here that is positive definite and at "
            f"rest (residual {residual:.1e}, smallest eigenvalue {smallest:.1e} of the prior's); "
            "take theory='tree'"
        )
    return AdaptedCovariances(action.covariances(x), residual)


def _lowest(action: AdaptationAction, x: Floats, slope: float, change: float) -> Floats:
    options: Any = {"gtol": slope, "ftol": change, "maxiter": _ITERATIONS, "maxfun": 2 * _ITERATIONS}
    function: Any = action
    return np.asarray(minimize(function, x, jac=True, method="L-BFGS-B", options=options | {"maxcor": 30}).x)


def _root(kernel: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.cholesky(kernel))
    except np.linalg.LinAlgError:
        raise ValueError(
            "X must have points whose hidden kernels have an inverse for theory='gaussian' with more than "
            "one hidden layer (got some that depend on others)"
        ) from None


def prediction(problem: PosteriorProblem, fluctuations: bool = False) -> PosteriorPrediction:
    """f = K (K + kappa)^-1 y with the adapted kernel; training points alone tilt a neuron."""
    p, found = problem.training_points, adapted(problem, fluctuations)
    variances = (*problem.weight_variances[1:], problem.readout_variance)
    kernel, kernels = problem.first_covariance, []
    for variance, covariance in zip(variances, found.covariances, strict=True):
        root = covariance_root(kernel[:p, :p])
        # C^-1 in the range of C
        inverse = np.linalg.pinv(root)
        across = kernel[:, :p] @ inverse.T @ inverse
        moved = kernel + across @ (covariance - kernel[:p, :p]) @ across.T
        kernel = (
            problem.bias_variance + variance * pair_averages(problem.activation, (moved + moved.T) / 2).values
        )
        kernels.append(kernel)
    factor = cho_factor(kernel[:p, :p] + problem.ridge * np.eye(p), lower=True)
    tau = cho_solve(factor, problem.y)
    mean = kernel[:, :p] @ tau
    variance = np.diag(kernel) - np.sum(kernel[:, :p].T * cho_solve(factor, kernel[:p]), axis=0)
    return PosteriorPrediction(
        mean=mean,
        variance=np.repeat(variance[:, None], problem.outputs, axis=1),
        kernel=kernel,
        hidden_kernels=tuple(kernels),
        discrepancy=tau,
        spread=np.zeros_like(mean),
        residual=found.residual,
    )
