"""Brute force: the mean prediction of a kernel machine over data sets that are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.arguments import (
    require_choice,
    require_integer,
    require_likelihood_variance,
    require_whole_sizes,
)
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.drawing import plot
from fieldtheory.references import LINDNER
from replicas.data_variability.binary_task import BinaryTask
from replicas.data_variability.dataset_average import AVERAGES
from replicas.data_variability.kernel_cumulants import Sampler, drawn_kernel

_BLOCK = 2**21  # numbers of a block of data sets: 16 MB
_FEWEST = 10.0  # effective data sets below which a weighted mean is refused
_FEW = 100.0  # and below which it is warned of


@dataclass(frozen=True, eq=False)
class DatasetSample:
    """Mean predictions over drawn data sets of n points; arrays over n.

    `mean`, `stderr`; `effective_samples`: (sum of weights)^2/(sum of squares), the number of data sets for
    the quenched average. `repeats` data sets of each size with `tests` test points.
    """

    n: Floats
    mean: Floats
    stderr: Floats
    effective_samples: Floats
    average: str
    repeats: int
    tests: int
    seed: int
    warnings: tuple[str, ...] = ()
    references: tuple[str, ...] = (LINDNER,)

    plot = plot


def simulate_datasets(
    task: BinaryTask | Sampler,
    n: ArrayLike,
    ridge: float,
    repeats: int = 1000,
    seed: int = 0,
    *,
    average: str = "quenched",
    tests: int = 20,
    y: ArrayLike | None = None,
) -> DatasetSample:
    """The mean of K_* (K + ridge)^-1 y over drawn data sets and their test points, with standard errors.

    `task`: a `BinaryTask`, or a function `sampler(rng, points)` that returns the kernel matrix of a data set
    drawn with the NumPy generator `rng`, test points last. n: number of training points, one or several.
    `average`: "quenched", or "annealed": the same data sets weighted by N(y; 0, K + ridge). `tests`: test
    points of each data set. y: labels of the n points, the same for all data sets; None: 1.

    ValueError for a ridge that is not positive, and for weights so uneven that fewer than 10 data sets
    carry the mean. Below 100 of them `warnings` say so.

    Equation: dataset-average

    >>> found = simulate_datasets(BinaryTask(50, 0.4), [5, 20], ridge=1.0, repeats=200)
    >>> found.mean.round(2), found.stderr.max() < 0.005
    (array([0.3 , 0.61]), np.True_)
    """
    sizes = require_whole_sizes(n)
    ridge = require_likelihood_variance("ridge", ridge)
    repeats = require_integer("repeats", repeats, minimum=2)
    seed = require_integer("seed", seed, minimum=0)
    tests = require_integer("tests", tests, minimum=1)
    require_choice("average", average, AVERAGES)
    labels = None if y is None else require_reals("y", y, axes=1)
    if labels is not None and any(size != len(labels) for size in sizes):
        raise ValueError(f"y must have a label for each of the {max(sizes)} points (got {len(labels)})")
    weighted = average == "annealed"
    mean, stderr, effective = np.empty((3, len(sizes)))
    for k, size in enumerate(sizes):
        rng = np.random.default_rng([seed, size])
        predictions, logs = _predictions(
            task, rng, np.ones(size) if labels is None else labels, tests, repeats, ridge
        )
        weights = np.exp(logs - logs.max()) if weighted else np.ones(repeats)
        weights /= weights.sum()
        effective[k] = 1 / (weights**2).sum()
        mean[k] = weights @ predictions
        spread = np.sqrt((weights**2) @ (predictions - mean[k]) ** 2)
        stderr[k] = spread * np.sqrt(repeats / (repeats - 1))
        if weighted and effective[k] < _FEWEST:
            raise ValueError(
                f"repeats must be more for the annealed average at n = {size} (got {repeats}, of which "
                f"{effective[k]:.2g} carry the weight); or take average='quenched'"
            )
    said = [
        f"at n = {size} {count:.0f} of {repeats} data sets carry the weight: the standard error is uncertain"
        for size, count in zip(sizes, effective, strict=True)
        if weighted and count < _FEW
    ]
    return DatasetSample(
        n=np.array(sizes, dtype=np.float64),
        mean=mean,
        stderr=stderr,
        effective_samples=effective,
        average=average,
        repeats=repeats,
        tests=tests,
        seed=seed,
        warnings=tuple(said),
    )


def _predictions(
    task: BinaryTask | Sampler, rng: np.random.Generator, y: Floats, tests: int, repeats: int, ridge: float
) -> tuple[Floats, Floats]:
    """The mean over test points of each data set, and log N(y; 0, K + ridge) but for a constant."""
    size = len(y)
    by_features = isinstance(task, BinaryTask) and task.kernel is None and size > task.dim
    number = float(task.dim if by_features and isinstance(task, BinaryTask) else size)
    dim = task.dim if isinstance(task, BinaryTask) else 1
    points = float(size + tests)
    each = points * (max(points, dim) if not by_features else dim)
    require_budget(
        f"{repeats} data sets of n = {size} points and {tests} tests",
        seconds=repeats * (1e-9 * number**3 + 1e-8 * points * dim + 1e-9 * points * points),
        memory=40.0 * max(each, _BLOCK) + 16.0 * repeats,
        smaller="n, repeats or tests",
    )
    block = max(1, int(_BLOCK / each))
    found, logs = np.empty(repeats), np.empty(repeats)
    for start in range(0, repeats, block):
        stop = min(start + block, repeats)
        part = slice(start, stop)
        if by_features and isinstance(task, BinaryTask):
            signs = task.sample_signs(rng, stop - start, size + tests)
            found[part], logs[part] = _by_features(signs / np.sqrt(task.dim), y, ridge)
        else:
            kernels = np.concatenate(list(_kernels(task, rng, stop - start, size + tests)))
            found[part], logs[part] = _by_kernels(kernels, y, ridge)
    return found, logs


def _kernels(
    task: BinaryTask | Sampler, rng: np.random.Generator, sets: int, points: int
) -> Iterator[Floats]:
    if isinstance(task, BinaryTask):
        yield task.sample_kernels(rng, sets, points)
        return
    for _ in range(sets):
        yield drawn_kernel("task", task, rng, points)[None]


def _by_kernels(kernels: Floats, y: Floats, ridge: float) -> tuple[Floats, Floats]:
    size = len(y)
    inner = kernels[:, :size, :size] + ridge * np.eye(size)
    solved = np.linalg.solve(inner, np.broadcast_to(y[:, None], (len(kernels), size, 1)))[:, :, 0]
    logs = -(np.linalg.slogdet(inner)[1] + solved @ y) / 2
    return (kernels[:, size:, :size].mean(axis=1) * solved).sum(axis=1), logs


def _by_features(features: Floats, y: Floats, ridge: float) -> tuple[Floats, Floats]:
    """The same with K = F F^T of few features: F_* (F^T F + ridge)^-1 F^T y."""
    size, dim = len(y), features.shape[2]
    training, test = features[:, :size], features[:, size:].mean(axis=1)
    inner = training.swapaxes(1, 2) @ training + ridge * np.eye(dim)
    pulled = y @ training
    solved = np.linalg.solve(inner, pulled[:, :, None])[:, :, 0]
    square = (y @ y - (pulled * solved).sum(axis=1)) / ridge
    logs = -(np.linalg.slogdet(inner)[1] + square) / 2
    return (test * solved).sum(axis=1), logs
