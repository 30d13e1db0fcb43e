r"""The posterior mean of a linear network in powers of 1/n at all points: `width_series` in floats, on modes.

Given the scale q = 1 + e, f = q K (q K + kappa)^-1 y, and modes of K are multiplied by 1/(1 + e s), s =
lambda/(lambda + kappa), relative to e = 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fieldtheory.array_types import Floats
from renormalization.feature_learning.cumulants.width_series import (
    scale_moments,
    series_product,
    series_quotient,
)
from renormalization.feature_learning.posteriors.infinite_width import prior_kernels
from renormalization.feature_learning.posteriors.posterior_problem import PosteriorProblem


def has_series(problem: PosteriorProblem) -> bool:
    """Whether every order is known: linear, one output, equal widths, no bias."""
    return (
        problem.activation.name == "linear"
        and problem.outputs == 1
        and not problem.bias_variance
        and len(set(problem.widths or ())) == 1
    )


def linear_orders(problem: PosteriorProblem, order: int) -> list[Floats]:
    """What the orders 0, 1, ... in 1/n add to the mean at all points, (points, 1) each."""
    p, (n, *_) = problem.training_points, problem.require_widths("perturbative")
    kernel = prior_kernels(problem)[-1]
    values, vectors = np.linalg.eigh(kernel[:p, :p])
    shrunk = np.maximum(values, 0.0) / (np.maximum(values, 0.0) + problem.ridge)
    labels = vectors.T @ problem.y[:, 0] / (values + problem.ridge)
    misfit = (vectors.T @ problem.y[:, 0]) * labels
    across, highest = kernel[:, :p] @ vectors, 2 * order
    powers = [(-shrunk) ** j for j in range(highest + 1)]
    logs: list[Any] = [0.0]
    logs += [(np.sum(powers[j]) / j - misfit @ powers[j]) / 2 for j in range(1, highest + 1)]
    weight: list[Any] = [1.0]
    for j in range(1, highest + 1):  # exp of the logarithm
        weight.append(sum(i * logs[i] * weight[j - i] for i in range(1, j + 1)) / j)
    plain = [across @ (labels * power) for power in powers]
    means = [plain[0], *(plain[j] + plain[j - 1] for j in range(1, highest + 1))]  # times q
    moments = scale_moments(problem.depth, order)

    def averages(series: Sequence[Any]) -> list[Any]:
        return [sum(moments[j][i] * each for j, each in enumerate(series)) for i in range(order + 1)]

    found = series_quotient(averages(series_product(weight, means)), averages(weight))
    return [np.asarray(each)[:, None] / n**k for k, each in enumerate(found)]
