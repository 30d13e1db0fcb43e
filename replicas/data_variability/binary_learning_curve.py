"""The learning curve of two classes: orders in the fluctuations of the kernel, and the effective ridge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.arguments import require_integer, require_likelihood_variance, require_whole_sizes
from fieldtheory.array_types import Floats
from fieldtheory.drawing import plot
from fieldtheory.references import LINDNER, SIMON
from fieldtheory.shown_value import shown
from replicas.data_variability.alike_points import uniform_orders
from replicas.data_variability.binary_task import BinaryTask
from replicas.data_variability.dataset_average import AVERAGES
from replicas.data_variability.dataset_sampling import DatasetSample, simulate_datasets
from replicas.data_variability.fluctuation_bar import fluctuation_bar
from replicas.data_variability.matched_mean import MatchedMean


@dataclass(frozen=True, eq=False)
class BinaryCurve:
    """The mean prediction for a test point, times its label, over training sets of n points; arrays over n.

    `zeroth`: with the mean kernel, `first_order`, `annealed`: with the diagrams of first order of the
    quenched and the annealed average; `effective_ridge_mean`: of the deterministic equivalent, with
    `effective_ridge` (per training point), `bound`: the same with ridge/n in its place; `matched`: first
    order and equivalent together, less what both have. `mean`, `error_bar` (absolute, an estimate): the
    quenched one of the theory in `trusted`, that of the smallest bar. `sampled`: drawn data sets.
    """

    n: Floats
    mean: Floats
    error_bar: Floats
    trusted: tuple[str, ...]
    zeroth: Floats
    first_order: Floats
    annealed: Floats
    matched: Floats
    effective_ridge: Floats
    effective_ridge_mean: Floats
    bound: Floats
    ridge: float
    sampled: DatasetSample | None = None
    references: tuple[str, ...] = (LINDNER, SIMON)

    plot = plot


def binary_learning_curve(
    task: BinaryTask, n: ArrayLike, ridge: float, *, repeats: int = 0, tests: int = 20, seed: int = 0
) -> BinaryCurve:
    """The mean prediction over training sets of a `BinaryTask` by n, at a cost that does not grow with n.

    First order is right to 1/dim at a given n, the effective ridge for n and dim that grow together; matched,
    they are right for both, to n of about dim. Bars: docs/data_variability.md. `repeats`: draw so
    many data sets of each size beside it (`simulate_datasets`, with `tests` and `seed`).

    ValueError for a ridge that is not positive.

    Equation: binary-task

    >>> curve = binary_learning_curve(BinaryTask(50, 0.4), [5, 20, 300], ridge=1.0)
    >>> curve.zeroth.round(4), curve.first_order.round(4)
    (array([0.303 , 0.6349, 0.9631]), array([0.2991, 0.6105, 0.8945]))
    >>> curve.trusted
    ('first order', 'matched', 'effective ridge')
    """
    if not isinstance(task, BinaryTask):
        raise ValueError(f"task must be a BinaryTask (got {shown(task)})")
    whole = require_whole_sizes(n)
    ridge = require_likelihood_variance("ridge", ridge)
    repeats = require_integer("repeats", repeats, minimum=0)
    sizes = np.array(whole, dtype=np.float64)
    kernel = (*task.mean_kernel, task.kernel_covariance, sizes, ridge)
    zeroth, terms = uniform_orders(*kernel, 2, AVERAGES["quenched"])
    _, [annealed] = uniform_orders(*kernel, 1, AVERAGES["annealed"])
    first = zeroth + terms[0].sum(axis=0)
    found = MatchedMean(task, sizes, ridge)
    matched, equivalent = found.mean, found.equivalent
    first_bar = np.maximum(fluctuation_bar(np.abs(zeroth), *terms), np.abs(matched - first))
    many = sizes > task.dim
    theories = {
        "matched": (matched, np.where(many, np.inf, found.bar)),
        "first order": (first, first_bar + found.offset_bar),
        "effective ridge": (equivalent.mean, np.where(many, found.equivalent_bar, np.inf)),
    }
    values, bars = (np.array(each) for each in zip(*theories.values(), strict=True))
    best = bars.argmin(axis=0)
    every = np.arange(len(sizes))
    return BinaryCurve(
        n=sizes,
        mean=values[best, every],
        error_bar=bars[best, every],
        trusted=tuple(list(theories)[k] for k in best),
        zeroth=zeroth,
        first_order=first,
        annealed=zeroth + annealed.sum(axis=0),
        matched=matched,
        effective_ridge=equivalent.effective_ridge,
        effective_ridge_mean=equivalent.mean,
        bound=equivalent.bound,
        ridge=ridge,
        sampled=simulate_datasets(task, whole, ridge, repeats, seed, tests=tests) if repeats else None,
    )
