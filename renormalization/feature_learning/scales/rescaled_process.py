r"""The Gaussian process of a rescaled kernel: maps from modes of the training points to points."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg.blas import dsyrk

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.gaussian_averages import line_quadrature
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from renormalization.feature_learning.posteriors.infinite_width import prior_kernels
from renormalization.feature_learning.posteriors.posterior_problem import PosteriorProblem
from renormalization.feature_learning.scales.scale_action import ScaleAction, ScaleState

_NO_MEAN = 1e-9  # of an odd function: rounding


def mean_features(phi: Activation, covariance: Floats) -> Floats:
    """E[phi(h_a)] of every point, h ~ N(0, covariance).

    >>> from fieldtheory import activation
    >>> mean_features(activation("relu"), np.diag([2 * np.pi, 0.0])).round(12).tolist()
    [1.0, 0.0]
    """
    z, weights = line_quadrature()
    variances, places = np.unique(np.diag(covariance), return_inverse=True)
    function = phi.require_function("its mean")
    found = np.array([weights @ function(math.sqrt(q) * z) for q in variances.tolist()])
    return np.asarray(found[places], dtype=np.float64)


def is_odd(phi: Activation) -> bool:
    """Whether phi(-x) = -phi(x), seen at points; False where only averages of phi are known."""
    if phi.function is None:
        return False
    x = np.linspace(0.05, 6, 60)
    right, left = phi.function(x), phi.function(-x)
    return bool(np.abs(right + left).max() <= _NO_MEAN * np.abs(right).max())


@dataclass(frozen=True, eq=False)
class RescaledProcess:
    """A problem, its `action`, and the maps from modes to points.

    `vectors`: modes of the training points; `across`: (K - M) of all points with the modes; `kernel`: K of
    all points, without the bias; `kernels`: prior ones of every layer; `means`: m of all points.
    """

    problem: PosteriorProblem
    action: ScaleAction
    vectors: Floats
    across: Floats
    kernel: Floats
    kernels: tuple[Floats, ...]
    means: Floats

    @classmethod
    def of(cls, problem: PosteriorProblem) -> RescaledProcess:
        """The kernel at infinite width and one eigendecomposition."""
        widths, p = problem.require_widths("rescaled"), problem.training_points
        total = p + len(problem.X_test)
        require_budget(
            f"a rescaled kernel of {total} points",
            seconds=1e-9 * p**2 * total + 1e-6 * total**2,
            memory=50.0 * total**2,
            smaller="the number of points",
        )
        kernels, bias = prior_kernels(problem), problem.bias_variance
        kernel = kernels[-1] - bias
        means = np.zeros(total)
        if problem.depth == 1 and not is_odd(problem.activation):
            g = problem.readout_variance
            means = math.sqrt(g) * mean_features(problem.activation, problem.first_covariance)
        fluctuating = kernel - np.outer(means, means) if means.any() else kernel
        values, vectors = np.linalg.eigh(fluctuating[:p, :p])
        values = np.maximum(values, 0.0)  # below 0 by rounding
        action = ScaleAction(
            widths,
            problem.ridge,
            bias,
            values,
            vectors.T @ problem.y,
            vectors.T @ means[:p, None][:, : int(means.any())],
            vectors.T @ np.ones((p, int(bias > 0))),
        )
        across = np.concatenate([vectors * values, fluctuating[p:, :p] @ vectors])
        return cls(problem, action, vectors, across, kernel, kernels, means)

    def answer(self, state: ScaleState) -> Any:
        """All that the mean is linear in: q tau, m^T tau/(1 + q_bar), the sum of tau, tau."""
        action = self.action
        beta = action.means.sum(axis=1) @ state.labels
        total = action.ones.sum(axis=1) @ state.labels
        rows = [state.labels @ state.scale, [state.factor @ beta, total], state.labels]
        return np.concatenate(rows)

    def at_points(self, answer: Floats) -> Floats:
        """f of all points, less y at training points."""
        modes, p = len(self.action.values), self.problem.training_points
        test = self.across[p:] @ answer[:modes] + np.outer(self.means[p:], answer[modes])
        test += self.action.bias * answer[modes + 1]
        return np.concatenate([-self.problem.ridge * (self.vectors @ answer[modes + 2 :]), test])

    def rows(self, state: ScaleState) -> Floats:
        """Covariance of f with the training points, (points, outputs, modes, outputs)."""
        action, eye = self.action, np.eye(self.action.outputs)
        found = np.einsum("ai,cd->acid", self.across, state.scale)
        if action.means.size:
            found += np.einsum("a,i,cd->acid", self.means, action.means[:, 0], state.factor)
        if action.ones.size:
            found += action.bias * np.einsum("i,cd->cid", action.ones[:, 0], eye)
        return np.asarray(found)

    def posterior_kernels(self, x: Floats, state: ScaleState) -> tuple[Floats, ...]:
        """b + g <phi phi^T> of every layer: of n neurons one takes the direction of f, n - 1 keep their law.

        K + (1/n) (q K (tau tau^T - A^-1) K + ...); what a layer changes, those above pass on as linear ones.
        """
        action, q, tau = self.action, state.scale, state.labels
        b = self.across
        seen = b @ tau
        root = b * np.sqrt(np.einsum("icd,dc->i", state.local, q))
        added = _minus_square(seen @ q @ seen.T, root)
        if state.core.size:
            outer = np.einsum("ai,icr->acr", b, state.outer)
            added += np.einsum("cd,acr,rs,bds->ab", q, outer, state.core, outer, optimize=True)
        if action.means.size:
            m = action.outputs
            inner = outer - outer @ state.core @ state.overlap
            moved = seen @ state.factor @ (action.means[:, 0] @ tau)
            moved -= np.einsum("dc,acd->a", state.factor, inner[:, :, :m])
            added += np.outer(self.means, moved) + np.outer(moved, self.means)
        scales, share = action.matrices(x)[0], 1.0
        found: list[Floats] = []
        metric, target = self.kernel, added + added.T
        target /= 2
        target += self.kernel
        for width, scale, prior in zip(action.widths, scales, self.kernels, strict=True):
            metric = metric * (1 - 1 / width) + target * (share / width)
            if len(found) + 1 == len(action.widths):
                break
            found.append(prior + (metric - self.kernel) * (np.trace(prior) / np.trace(self.kernel)))
            share *= float(scale[0, 0])
        metric += action.bias
        return (*found, metric)


def _minus_square(matrix: Floats, root: Floats) -> Floats:
    """matrix - root root^T: BLAS takes one triangle of a square."""
    lower = dsyrk(-1.0, root.T, trans=1, lower=1)
    matrix += lower
    matrix += np.tril(lower, -1).T
    return matrix
