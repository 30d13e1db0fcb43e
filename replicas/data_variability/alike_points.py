"""The average over data sets whose points are alike: mean and covariance of the kernel have few entries."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from replicas.data_variability.coincidence_sum import coincidence_sums, power_sums, uniform_power_sum
from replicas.data_variability.permutation_symmetric import PermutationSymmetric


def alike_orders(
    mean_kernel: Any,
    covariance: PermutationSymmetric,
    labels: Floats,
    ridge: float,
    mean_test: Any,
    order: int,
    replicas: int,
) -> tuple[Floats, list[Floats]]:
    """The zeroth order at test points, which are like training points, and the diagrams of each order.

    Shapes (tests,) and (diagrams, tests).
    """
    own, other = _entries(mean_kernel, len(labels))
    tests = _tests(mean_test, len(labels), other)
    alone, line = own - other + ridge, _line(own, other, len(labels), ridge)
    background = labels / alone - line * labels.sum()
    sums = power_sums(background)
    found = _corrections(own, other, covariance, len(labels), ridge, order, replicas, sums)
    return np.full(tests, other * background.sum()), [np.outer(each, np.ones(tests)) for each in found]


def uniform_orders(
    own: float,
    other: float,
    covariance: PermutationSymmetric,
    sizes: Floats,
    ridge: float,
    order: int,
    replicas: int,
) -> tuple[Floats, list[Floats]]:
    """The same for numbers of points, all with the label 1: arrays over the sizes.

    `own`, `other`: the mean entries K_aa, K_ab.
    """
    background = 1 / (own - other + ridge + sizes * other)
    sums = uniform_power_sum(sizes, background)
    found = _corrections(own, other, covariance, sizes, ridge, order, replicas, sums)
    orders = [np.array([each + np.zeros_like(sizes) for each in terms]) for terms in found]
    return sizes * other * background, orders


def _line(own: float, other: float, points: Any, ridge: float) -> Any:
    """-(K + ridge)^-1 from a point to another."""
    alone = own - other + ridge
    return other / (alone * (alone + points * other))


def _corrections(
    own: float,
    other: float,
    covariance: PermutationSymmetric,
    points: Any,
    ridge: float,
    order: int,
    replicas: int,
    power_sum: Callable[[tuple[int, ...]], Any],
) -> list[list[Any]]:
    alone, line = own - other + ridge, _line(own, other, points, ridge)
    end = -other / (alone + points * other)
    entry = partial(getattr, covariance)
    return [
        coincidence_sums(k, replicas, line - 1 / alone, line, end, entry, power_sum)
        for k in range(1, order + 1)
    ]


def _entries(mean_kernel: Any, points: int) -> tuple[float, float]:
    """K_aa and K_ab; from a matrix if it has no others."""
    found = require_reals("mean_kernel", mean_kernel)
    if found.shape == (2,):
        own, other = float(found[0]), float(found[1])
    elif found.shape == (points, points):
        own = float(found[0, 0])
        other = float(found[0, 1]) if points > 1 else 0.0
        alike = np.where(np.eye(points, dtype=bool), own, other)
        if not np.allclose(found, alike, rtol=1e-9, atol=1e-12 * abs(own)):
            raise ValueError(
                "mean_kernel must have one entry on its diagonal and one beside it with a "
                "PermutationSymmetric kernel_covariance (got others); give the covariance as an array"
            )
        if points == 1:
            raise ValueError(
                "mean_kernel must be the pair of its entries K_aa, K_ab for one training point with a "
                f"PermutationSymmetric kernel_covariance (got {found.tolist()})"
            )
    else:
        raise ValueError(
            f"mean_kernel must have shape {(points, points)} by the labels, or be a pair of entries (got "
            f"shape {found.shape})"
        )
    if own < abs(other):
        raise ValueError(f"mean_kernel must be positive semidefinite (got the entries {own:g}, {other:g})")
    return own, other


def _tests(mean_test: Any, points: int, other: float) -> int:
    """The number of test points, which are like training points."""
    if mean_test is None:
        return 1
    found = require_reals("mean_test", mean_test)
    if found.ndim != 2 or found.shape[1] != points or not len(found):
        raise ValueError(f"mean_test must have shape (tests, {points}) by the labels (got {found.shape})")
    if not np.allclose(found, other, rtol=1e-9, atol=1e-300):
        raise ValueError(
            f"mean_test must be K_ab = {other:g} of training points everywhere with a PermutationSymmetric "
            "kernel_covariance (got other entries); give the covariances as arrays"
        )
    return len(found)
