r"""Kernels of a random network as random numbers: shift of the mean and covariance of every layer, order 1/n.

G' = b + (w/n) sum_j phi_j phi_j^T, h_j ~ N(0, G). With F(K) = b + w <phi phi^T>_K on the independent entries
A = (a <= b), J = dF/dK and H its second derivative,

    Cov' = (w^2/n) Cov(phi phi, phi phi) + J Cov J^T,    shift' = J shift + H Cov/2

(Yaida 2020; Roberts, Yaida, Hanin 2022). Derivatives are averages against Hermite polynomials of the density.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.gaussian_averages import line_quadrature, plane_quadrature
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from renormalization.feature_learning.cumulants.feature_rules import FeatureRule
from renormalization.feature_learning.posteriors.posterior_problem import PosteriorProblem

Indices = NDArray[np.intp]
_PARALLEL = 1e-9  # 1 - correlation^2: derivatives with respect to the covariance are lost


def parallel_refusal(problem: PosteriorProblem) -> str:
    """Why there are no derivatives of the kernels of a deep network at these points, "" if there are."""
    covariance = problem.first_covariance
    variances = np.diag(covariance)
    left = np.outer(variances, variances) - covariance**2
    np.fill_diagonal(left, np.where(variances > 0, np.inf, 0.0))
    if problem.depth == 1 or np.all(left > _PARALLEL * np.outer(variances, variances)):
        return ""
    return (
        "X and X_test must have no points that are parallel or zero for theory='perturbative' with more "
        "than one hidden layer (got some)"
    )


@dataclass(frozen=True, eq=False)
class PairDerivatives:
    """F = E[phi(u) phi(v)]: first and second derivatives in (Var u, Cov, Var v)."""

    first: Floats
    second: Floats


def pair_derivatives(phi: Activation, covariance: Floats) -> PairDerivatives:
    """By quadrature in the plane; ValueError for points that are parallel.

    >>> from fieldtheory import activation
    >>> pair_derivatives(activation("linear"), np.array([[2.0, 0.5], [0.5, 1.0]])).first.round(9) + 0.0
    array([0., 1., 0.])
    """
    if np.linalg.det(covariance) <= _PARALLEL * covariance[0, 0] * covariance[1, 1]:
        raise ValueError(
            "X and X_test must have no points that are parallel or zero for theory='perturbative' with more "
            "than one hidden layer (got two)"
        )
    nodes, weights = plane_quadrature(covariance)
    function = phi.require_function("derivatives of a kernel")
    values = weights * function(nodes[:, 0]) * function(nodes[:, 1])
    s = np.linalg.inv(covariance)
    x = nodes @ s
    # d/dVar u = (d/du)^2/2, d/dCov = d/du d/dv
    pairs, factors = ((0, 0), (0, 1), (1, 1)), (0.5, 1.0, 0.5)
    first = [c * values @ (x[:, i] * x[:, j] - s[i, j]) for c, (i, j) in zip(factors, pairs, strict=True)]
    second = np.empty((3, 3))
    for row, (i, j) in enumerate(pairs):
        for column, (k, l) in enumerate(pairs):
            parts = ((i, j, k, l), (i, k, j, l), (i, l, j, k))
            polynomial = x[:, i] * x[:, j] * x[:, k] * x[:, l]
            for a, b, c, d in parts:
                polynomial = polynomial - s[a, b] * x[:, c] * x[:, d] - s[c, d] * x[:, a] * x[:, b]
            polynomial = polynomial + sum(s[a, b] * s[c, d] for a, b, c, d in parts)
            second[row, column] = factors[row] * factors[column] * float(values @ polynomial)
    return PairDerivatives(np.array(first), second)


def square_derivatives(phi: Activation, variance: float) -> tuple[float, float]:
    """First and second derivative of E[phi(u)^2] in the variance.

    >>> from fieldtheory import activation
    >>> [round(each, 9) + 0.0 for each in square_derivatives(activation("relu"), 2.0)]
    [0.5, 0.0]
    """
    z, weights = line_quadrature()
    values = weights * phi.require_function("derivatives of a kernel")(math.sqrt(variance) * z) ** 2
    first = values @ (z**2 - 1) / (2 * variance)
    return float(first), float(values @ (z**4 - 6 * z**2 + 3)) / (4 * variance**2)


@dataclass(frozen=True, eq=False)
class KernelLaw:
    """Of the random kernel of a layer, on entries (a <= b): shift of the mean, covariance, J from below."""

    shift: Floats
    covariance: Floats
    slope: Floats


def entries(points: int) -> tuple[Indices, Indices]:
    """Rows and columns of the independent entries."""
    rows, columns = np.triu_indices(points)
    return rows.astype(np.intp), columns.astype(np.intp)


@dataclass(frozen=True, eq=False)
class KernelDerivatives:
    """Of <phi phi^T> on entries: J, and H on the three entries that an entry depends on, at `places`."""

    slope: Floats
    second: Floats
    places: Indices

    def curved(self, law: Floats) -> Floats:
        """sum_BC H_A,BC Cov_BC."""
        blocks = law[self.places[:, :, None], self.places[:, None, :]]
        return np.asarray(np.einsum("kij,kij->k", self.second, blocks))


def kernel_derivatives(phi: Activation, covariance: Floats) -> KernelDerivatives:
    """All of them, a quadrature for each pair of points; ValueError for points that are parallel."""
    rows, columns = entries(len(covariance))
    place = {(a, b): k for k, (a, b) in enumerate(zip(rows.tolist(), columns.tolist(), strict=True))}
    require_budget(
        f"derivatives of a kernel at {len(covariance)} points",
        seconds=4e-3 * len(rows),
        memory=8.0 * len(rows) ** 2,
        smaller="the number of points",
    )
    slope, second = np.zeros((len(rows), len(rows))), np.zeros((len(rows), 3, 3))
    places = np.zeros((len(rows), 3), dtype=np.intp)
    for (a, b), k in place.items():
        places[k] = place[a, a], k, place[b, b]
        if a == b:
            slope[k, k], second[k, 1, 1] = square_derivatives(phi, float(covariance[a, a]))
            continue
        found = pair_derivatives(phi, covariance[np.ix_([a, b], [a, b])])
        slope[k, places[k]], second[k] = found.first, found.second
    return KernelDerivatives(slope, second, places)


def derivatives_of_layers(
    problem: PosteriorProblem, kernels: Sequence[Floats]
) -> tuple[KernelDerivatives | None, ...]:
    """Of every hidden layer's kernel with respect to that below; None for the first, of fixed inputs."""
    return (None, *(kernel_derivatives(problem.activation, each) for each in kernels[:-1]))


def kernel_laws(
    problem: PosteriorProblem,
    kernels: Sequence[Floats],
    rule: FeatureRule,
    derivatives: Sequence[KernelDerivatives | None],
) -> tuple[KernelLaw, ...]:
    """Of every hidden layer's kernel; `kernels`: those at infinite width."""
    rows, columns = entries(len(problem.points))
    nothing = np.zeros((len(rows), len(rows)))
    below = KernelLaw(nothing[0], nothing, nothing)
    found: list[KernelLaw] = []
    variances = (*problem.weight_variances[1:], problem.readout_variance)
    widths = problem.require_widths("perturbative")
    below_kernels = (problem.first_covariance, *kernels[:-1])
    for covariance, width, variance, moved in zip(below_kernels, widths, variances, derivatives, strict=True):
        weights, phi = rule.features(problem, covariance)
        pairs = phi[:, rows] * phi[:, columns]
        pairs -= weights @ pairs
        fresh = variance**2 / width * ((pairs * weights[:, None]).T @ pairs)
        if moved is None:
            below = KernelLaw(nothing[0], fresh, nothing)
        else:
            slope = variance * moved.slope
            shift = slope @ below.shift + variance * moved.curved(below.covariance) / 2
            below = KernelLaw(shift, fresh + slope @ below.covariance @ slope.T, slope)
        found.append(below)
    return tuple(found)
