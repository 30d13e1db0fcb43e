r"""The posterior in powers of 1/n around infinite width: cumulants of the prior, and a background tau = M y.

The weight is exp(tau.y - tau (K + kappa) tau/2 + sum_k kappa_2k tau^2k/(2k)!) on the imaginary axis; around
the saddle tau = M y, M = (K + kappa)^-1, of its Gaussian part fluctuations have the propagator -M, f joins a
vertex by 1 - K M, and the vertices are those of `prior_cumulants`. Order 1/n: one of the fourth cumulant.
Order 1/n^2: two of them, or one of the sixth.

Equation: width-perturbation
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from diagrams.evaluate.points import evaluate_points
from diagrams.expansion import Expansion
from diagrams.generation.generator import generate
from diagrams.tables import ExpansionTable, tabulate
from diagrams.theories.constituents import Propagator
from diagrams.theories.theory import Theory
from fieldtheory.array_types import Floats
from renormalization.feature_learning.cumulants.feature_rules import FeatureRule, averaged, rules
from renormalization.feature_learning.cumulants.layer_cumulants import (
    KernelDerivatives,
    derivatives_of_layers,
    entries,
    kernel_laws,
    parallel_refusal,
)
from renormalization.feature_learning.cumulants.linear_orders import has_series, linear_orders
from renormalization.feature_learning.cumulants.prior_cumulants import NeuronCumulants, kernel_vertices
from renormalization.feature_learning.posteriors.infinite_width import prediction as infinite_width
from renormalization.feature_learning.posteriors.neuron_law import covariance_root
from renormalization.feature_learning.posteriors.posterior_prediction import PosteriorPrediction
from renormalization.feature_learning.posteriors.posterior_problem import PosteriorProblem

_GENERATED = 2  # orders whose diagrams are summed, of any activation


def cumulant_theory(degree: int) -> Theory:
    """Fluctuations `tau` around a background in which legs of cumulants may end, and the function `f`.

    >>> [vertex.name for vertex in cumulant_theory(4).vertices]
    ['tau1', 'tau2', 'tau3', 'tau4']
    """
    return Theory.from_cumulants(
        {("tau",) * legs: 1 for legs in range(1, degree + 1)},
        [Propagator("tau", "tau"), Propagator("f", "tau", directed=True), Propagator("f", "f")],
    )


@cache
def _tables(external: tuple[str, ...], degree: int, vertices: int) -> ExpansionTable:
    return tabulate(generate(cumulant_theory(degree), external, vertices, by="vertices"))


@cache
def mean_expansion(order: int) -> Expansion:
    """The diagrams of <f> of the fourth cumulant, to so many of it; at order 2 those of the sixth too.

    >>> [len(mean_expansion(order)) for order in (1, 2)]
    [2, 12]
    """
    found = list(generate(cumulant_theory(4), ("f",), 1, by="vertices"))
    if order > 1:
        found += generate(cumulant_theory(4), ("f",), 2, by="vertices")
        found += generate(cumulant_theory(6), ("f",), 1, by="vertices")
    return Expansion.of(found, f"{order} order{'s' * (order > 1)} in 1/n")


def propagators(problem: PosteriorProblem, kernel: Floats) -> dict[tuple[str, str], Floats]:
    """-M among fluctuations, 1 - K M to them, K - K M K, on points and outputs, outputs fastest."""
    p, eye = problem.training_points, np.eye(problem.outputs)
    inner = np.linalg.inv(kernel[:p, :p] + problem.ridge * np.eye(p))
    line = np.zeros_like(kernel)
    line[:p, :p] = -(inner + inner.T) / 2
    joined = np.eye(len(kernel)) + kernel @ line
    bare = kernel + kernel @ line @ kernel
    lines = {("tau", "tau"): line, ("f", "tau"): joined, ("f", "f"): (bare + bare.T) / 2}
    return {fields: np.asarray(np.kron(each, eye), dtype=np.float64) for fields, each in lines.items()}


def prediction(problem: PosteriorProblem, order: int) -> PosteriorPrediction:
    """The mean to this order in 1/n, variance and kernels to order 1/n; ValueError for others."""
    said = refusal(problem) or order_refusal(problem, order)
    if said:
        raise ValueError(said)
    gaussian = infinite_width(problem)
    covariances = (problem.first_covariance, *gaussian.hidden_kernels[:-1])
    chosen = rules(problem, max(covariance_root(each).shape[1] for each in covariances))
    generated = 1 if has_series(problem) else order
    if problem.depth == 1:
        found = averaged(chosen, lambda rule: _one_layer(problem, gaussian, rule, generated))
    else:
        derivatives = derivatives_of_layers(problem, gaussian.hidden_kernels)
        found = averaged(chosen, lambda rule: _layers(problem, gaussian, rule, derivatives))
    if not has_series(problem):
        return found
    orders = linear_orders(problem, order)
    mean = sum(orders[1:], orders[0])
    return replace(
        found,
        mean=mean,
        discrepancy=(problem.y - mean[: problem.training_points]) / problem.ridge,
        spread=np.zeros_like(mean),
        last_loop=orders[-1],
        loop_ratio=float(np.linalg.norm(orders[1])) / (float(np.linalg.norm(orders[0])) or 1.0),
        diagrams=mean_expansion(order) if order <= _GENERATED else None,
    )


def refusal(problem: PosteriorProblem) -> str:
    """Why a problem has no orders at all, "" if it has."""
    return parallel_refusal(problem)


def order_refusal(problem: PosteriorProblem, order: int) -> str:
    """Why an order is not known for a problem, "" if it is."""
    if has_series(problem) or order == 1:
        return ""
    if problem.depth > 1:
        return f"order must be 1 for theory='perturbative' with more than one hidden layer (got {order})"
    if order > _GENERATED:
        return (
            "order must be 1 or 2 for theory='perturbative' but for linear networks with one output, equal "
            f"widths and no bias (got {order})"
        )
    return ""


def _one_layer(
    problem: PosteriorProblem, gaussian: PosteriorPrediction, rule: FeatureRule, order: int
) -> PosteriorPrediction:
    lines = propagators(problem, gaussian.kernel)
    cumulants = NeuronCumulants.of(problem, rule, 4 if order == 1 else 6, gaussian.discrepancy)
    fourth: Any = cumulants.fourth() if order == 1 else cumulants.dense_fourth()
    orders = [_sum(("f",), 4, 1, lines, fourth)]
    if order > 1:
        orders.append(_sum(("f",), 4, 2, lines, fourth) + _sum(("f",), 6, 1, lines, cumulants.sixth()))
    variance = np.diag(_sum(("f", "f"), 4, 1, lines, fourth))
    weights, phi = rule.features(problem, problem.first_covariance)
    p, g, n = problem.training_points, problem.readout_variance, cumulants.count
    inner = -lines["tau", "tau"].reshape(len(phi.T), problem.outputs, -1, problem.outputs)
    pull = gaussian.discrepancy @ gaussian.discrepancy.T - np.einsum("acbc->ab", inner)[:p, :p]
    sigma = np.einsum("qa,ab,qb->q", phi[:, :p], pull, phi[:, :p], optimize=True)
    weights = weights * (sigma - weights @ sigma)
    shift = g**2 / (2 * n) * ((phi * weights[:, None]).T @ phi)
    return _summed(problem, gaussian, orders, variance, (gaussian.kernel + shift,), order)


def _layers(
    problem: PosteriorProblem,
    gaussian: PosteriorPrediction,
    rule: FeatureRule,
    derivatives: Sequence[KernelDerivatives | None],
) -> PosteriorPrediction:
    kernels, tau = gaussian.hidden_kernels, gaussian.discrepancy
    lines, points = propagators(problem, gaussian.kernel), len(gaussian.kernel)
    laws = kernel_laws(problem, kernels, rule, derivatives)
    vertices = kernel_vertices(laws[-1].covariance, laws[-1].shift, tau, points)
    mean = _sum(("f",), 4, 1, lines, vertices)
    variance = np.diag(_sum(("f", "f"), 4, 1, lines, vertices))
    # kernels move with that of the outputs, Cov_(ab)(cd) (tau_c tau_d - M_cd)/2
    pull, p = np.zeros((points, points)), problem.training_points
    inner = -lines["tau", "tau"].reshape(points, problem.outputs, points, problem.outputs)
    pull[:p, :p] = tau @ tau.T - np.einsum("acbc->ab", inner)[:p, :p]
    rows, columns = entries(points)
    end = np.where(rows == columns, 0.5, 1.0) * pull[rows, columns]
    moved: list[Floats] = []
    for law, kernel in zip(reversed(laws), reversed(kernels), strict=True):
        entry = law.shift + law.covariance @ end
        shift = np.zeros_like(kernel)
        shift[rows, columns] = shift[columns, rows] = entry
        moved.append(kernel + shift)
        end = law.slope.T @ end
    return _summed(problem, gaussian, [mean], variance, tuple(reversed(moved)), 1)


def _sum(external: tuple[str, ...], degree: int, vertices: int, lines: Any, tensors: Any) -> Floats:
    return evaluate_points(_tables(external, degree, vertices), lines, vertices=tensors)


def _summed(
    problem: PosteriorProblem,
    gaussian: PosteriorPrediction,
    orders: list[Floats],
    variance: Floats,
    kernels: tuple[Floats, ...],
    order: int,
) -> PosteriorPrediction:
    orders = [each.reshape(-1, problem.outputs) for each in orders]
    mean, p = gaussian.mean + sum(orders), problem.training_points
    size = float(np.linalg.norm(gaussian.mean))
    return replace(
        gaussian,
        mean=mean,
        variance=gaussian.variance + variance.reshape(-1, problem.outputs),
        kernel=kernels[-1],
        hidden_kernels=kernels,
        discrepancy=(problem.y - mean[:p]) / problem.ridge,
        spread=np.zeros_like(mean),
        last_loop=orders[-1],
        loop_ratio=float(np.linalg.norm(orders[0])) / size if size else 0.0,
        error_bar=None,
        diagrams=mean_expansion(order),
    )
