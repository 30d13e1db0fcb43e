"""The learning curve of two classes: orders in the fluctuations of the kernel, and the effective ridge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.arguments import require_integer, require_likelihood_variance, require_whole_sizes
from fieldtheory.array_types import Floats
from fieldtheory.references import LINDNER, SIMON
from fieldtheory.shown_value import shown
from replicas.data_variability.alike_points import uniform_orders
from replicas.data_variability.binary_task import BinaryTask
from replicas.data_variability.dataset_average import AVERAGES, SPREAD, TRUSTED
from replicas.data_variability.dataset_sampling import DatasetSample, simulate_datasets
from replicas.saddle_point.effective_ridge import effective_ridges


@dataclass(frozen=True, eq=False)
class BinaryCurve:
    """The mean prediction for a test point, times its label, over training sets of n points; arrays over n.

    `zeroth`: with the mean kernel, `first_order`, `annealed`: with the diagrams of first order of the
    quenched and the annealed average, `effective_ridge_mean`: of the deterministic equivalent with
    `effective_ridge` (per training point), `bound`: the same with ridge/n in its place. `mean`: the quenched
    one that is trusted, by `trusted`, with `error_bar`, absolute. `sampled`: drawn data sets.
    """

    n: Floats
    mean: Floats
    error_bar: Floats
    trusted: tuple[str, ...]
    zeroth: Floats
    first_order: Floats
    annealed: Floats
    effective_ridge: Floats
    effective_ridge_mean: Floats
    bound: Floats
    ridge: float
    sampled: DatasetSample | None = None
    warnings: tuple[str, ...] = ()
    references: tuple[str, ...] = (LINDNER, SIMON)


def binary_learning_curve(
    task: BinaryTask, n: ArrayLike, ridge: float, *, repeats: int = 0, tests: int = 20, seed: int = 0
) -> BinaryCurve:
    """The mean prediction over training sets of a `BinaryTask` by n, at a cost that does not grow with n.

    First order is trusted while it changes the zeroth by at most 5 %, with an error bar of 4 times the square
    of that share; beyond, the effective ridge is. `repeats`: draw so many data sets of each size beside it
    (`simulate_datasets`, with `tests` and `seed`).

    ValueError for a ridge that is not positive.

    >>> curve = binary_learning_curve(BinaryTask(50, 0.4), [5, 20, 100], ridge=1.0)
    >>> curve.zeroth.round(4), curve.first_order.round(4)
    (array([0.303 , 0.6349, 0.8969]), array([0.2991, 0.6105, 0.8395]))
    >>> curve.trusted
    ('first order', 'first order', 'effective ridge')
    """
    if not isinstance(task, BinaryTask):
        raise ValueError(f"task must be a BinaryTask (got {shown(task)})")
    whole = require_whole_sizes(n)
    ridge = require_likelihood_variance("ridge", ridge)
    repeats = require_integer("repeats", repeats, minimum=0)
    sizes = np.array(whole, dtype=np.float64)
    covariance = task.kernel_covariance
    (zeroth, change), (_, annealed) = (
        uniform_orders(*task.mean_kernel, covariance, sizes, ridge, 1, AVERAGES[average])
        for average in ("quenched", "annealed")
    )
    correction = np.abs(change) / np.where(zeroth == 0, 1.0, np.abs(zeroth))
    modes = task.modes
    traces = modes.counts * modes.eigenvalues
    effective = effective_ridges(sizes, ridge + modes.rest, modes.eigenvalues, traces, modes.counts)
    by_ridge, bound = _learnt(modes.block, effective), _learnt(modes.block, (ridge + modes.rest) / sizes)
    first = correction <= TRUSTED
    return BinaryCurve(
        n=sizes,
        mean=np.where(first, zeroth + change, by_ridge),
        error_bar=np.where(first, SPREAD * correction**2 * np.abs(zeroth), np.nan),
        trusted=tuple(np.where(first, "first order", "effective ridge").tolist()),
        zeroth=zeroth,
        first_order=zeroth + change,
        annealed=zeroth + annealed,
        effective_ridge=effective,
        effective_ridge_mean=by_ridge,
        bound=bound,
        ridge=ridge,
        sampled=simulate_datasets(task, whole, ridge, repeats, seed, tests=tests) if repeats else None,
    )


def _learnt(block: Floats, ridge: Floats) -> Floats:
    """The share of the target, the constant, that is learnt: [T (T + ridge)^-1] on it."""
    values, vectors = np.linalg.eigh(block)
    values = np.maximum(values, 0.0)
    found: Floats = (values / (values + ridge[:, None])) @ vectors[0] ** 2
    return found
