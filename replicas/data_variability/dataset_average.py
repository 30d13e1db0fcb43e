"""The mean prediction of a kernel machine over data sets, from the mean and the covariance of its kernel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from diagrams.expansion import Expansion
from fieldtheory.arguments import require_choice, require_flag, require_integer, require_likelihood_variance
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.counted import counted
from fieldtheory.drawing import plot
from fieldtheory.references import LINDNER
from replicas.data_variability.alike_points import alike_orders
from replicas.data_variability.array_average import array_orders
from replicas.data_variability.fluctuation_bar import fluctuation_bar
from replicas.data_variability.kernel_theory import (
    HIGHEST_ORDER,
    covariance_diagrams,
    mean_diagrams,
    with_replicas,
)
from replicas.data_variability.permutation_symmetric import PermutationSymmetric

AVERAGES = {"quenched": 0, "annealed": 1}  # the number of replicas of each
TRUSTED = 0.05  # relative correction up to which the first order is trusted


@dataclass(frozen=True, eq=False)
class DatasetAverage:
    """Mean predictions over data sets at T test points.

    `mean`: to the order asked for, `zeroth`: with the mean kernel, `first_order`: with its diagrams of first
    order; arrays (T,). `error_bar`: an estimate, absolute; None if it was not asked for. `correction`: the
    norm of first order less zeroth over that of zeroth. `diagrams`: those summed.
    """

    mean: Floats
    zeroth: Floats
    first_order: Floats
    error_bar: Floats | None
    correction: float
    average: str
    order: int
    diagrams: Expansion
    warnings: tuple[str, ...] = ()
    references: tuple[str, ...] = (LINDNER,)

    plot = plot


def dataset_average(
    mean_kernel: ArrayLike,
    kernel_covariance: ArrayLike | PermutationSymmetric,
    y: ArrayLike,
    ridge: float,
    *,
    mean_test: ArrayLike | None = None,
    test_covariance: ArrayLike | None = None,
    average: str = "quenched",
    order: int = 1,
    error_bar: bool = True,
) -> DatasetAverage:
    """The mean of K_* (K + ridge)^-1 y over data sets, in powers of the fluctuations of the kernel.

    `mean_kernel`: (P, P). `kernel_covariance`: Cov(K_ab, K_cd), (P, P, P, P), or `PermutationSymmetric` for
    points that are alike; then `mean_kernel` may be the pair of its entries K_aa, K_ab, and test points, one
    without `mean_test`, are like training points unless they have a `test_covariance`. y: labels (P,), the
    same for all data sets (of two classes: multiply points and kernel by their labels first, so that y is 1).
    `mean_test`: mean of K_*a, (T, P), `test_covariance`: Cov(K_*a, K_bc), (T, P, P, P).

    `average`: "quenched", over data sets, or "annealed", over data sets weighted by N(y; 0, K + ridge), the
    likelihood of the labels. Both are sums of the same diagrams, with no replica and with one. `order`: 1, or
    2, which is that of the covariance alone, without the third cumulant of the kernel, and no better: the
    error bar is its size, or 4 times the square of the relative correction, or 5 % of the sizes of its
    diagrams, the largest. It costs P^5 operations with arrays, which error_bar=False saves.

    ValueError for arrays that do not fit, without their symmetry or no covariance, and a ridge that is not
    positive. Lindner, Dahmen, Krämer, Helias, arXiv 2307.16695.

    Equation: dataset-average

    >>> found = dataset_average((1.0, 0.16), PermutationSymmetric(0.0195, 0.0027), [1.0] * 5, 1.0)
    >>> found.zeroth.round(4), found.mean.round(4)
    (array([0.303]), array([0.2991]))
    """
    ridge = require_likelihood_variance("ridge", ridge)
    labels = require_reals("y", y, axes=1)
    if not labels.size:
        raise ValueError("y must have a label for each training point (got none)")
    require_choice("average", average, AVERAGES)
    order = require_integer("order", order, minimum=1, maximum=HIGHEST_ORDER)
    replicas, highest = AVERAGES[average], 2 if require_flag("error_bar", error_bar) else order
    given = (labels, ridge, mean_test)
    own_tests = test_covariance is not None and test_covariance is not kernel_covariance
    with np.errstate(over="ignore", invalid="ignore"):  # refused below
        if isinstance(kernel_covariance, PermutationSymmetric) and not own_tests:
            zeroth, terms = alike_orders(mean_kernel, kernel_covariance, *given, highest, replicas)
        else:
            if isinstance(kernel_covariance, PermutationSymmetric):
                kernel_covariance = kernel_covariance.tensor(len(labels))
            zeroth, terms = array_orders(
                mean_kernel, kernel_covariance, *given, test_covariance, highest, replicas
            )
        orders = [each.sum(axis=0) for each in terms]
        change = orders[0]
        correction = float(np.linalg.norm(change)) / (float(np.linalg.norm(zeroth)) or 1.0)
        mean = zeroth + np.sum(orders[:order], axis=0)
        bar = fluctuation_bar(np.sqrt(np.mean(zeroth**2)), *terms) if error_bar else None
    if not np.isfinite([correction, *mean, *np.atleast_1d(0.0 if bar is None else bar)]).all():
        raise ValueError(
            "mean_kernel, kernel_covariance, y and ridge must be numbers whose products are floats (got a "
            f"mean of {np.abs(mean).max():.3g})"
        )
    return DatasetAverage(
        mean=mean,
        zeroth=zeroth,
        first_order=zeroth + change,
        error_bar=bar,
        correction=correction,
        average=average,
        order=order,
        diagrams=_expansion(order, replicas),
        warnings=(*_size_warning(correction), *_missing_warning(order, replicas)),
    )


def _expansion(order: int, replicas: int) -> Expansion:
    found = [each.diagram for k in range(1, order + 1) for each, _ in covariance_diagrams(k, replicas)]
    return Expansion.of(found, f"{order} order{'s' * (order > 1)} in 1/d")


def _missing_warning(order: int, replicas: int) -> tuple[str, ...]:
    found = len(list(with_replicas(mean_diagrams(order), replicas)))
    missing = found - len(covariance_diagrams(order, replicas))
    if not missing:
        return ()
    return (
        f"order {order} is that of the covariance alone: {counted(missing, 'diagram')} of the same order "
        "with the third cumulant of the kernel are missing",
    )


def _size_warning(correction: float) -> tuple[str, ...]:
    if correction <= TRUSTED:
        return ()
    return (
        f"the first order changes the mean by {100 * correction:.2g} %: beyond {100 * TRUSTED:.0f} % it is "
        "not to be trusted",
    )
