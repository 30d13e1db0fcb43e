"""Learning curves on a data set by brute force: regression on many training sets drawn from its points."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from itertools import compress
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fieldtheory.arguments import (
    require_variance,
    require_whole_sizes,
)
from fieldtheory.array_types import Floats
from fieldtheory.counted import counted
from fieldtheory.references import RASMUSSEN_WILLIAMS
from fieldtheory.sample_modes import require_gram, require_labels, require_positive, require_varied
from fieldtheory.workbench import records
from fieldtheory.workbench.progress_bar import ProgressBar
from fieldtheory.workbench.sampling import require_sampling
from fieldtheory.workbench.simulation.dataset_batches import (
    over_memory,
    require_time,
    run_datasets,
    worker_counts,
)
from fieldtheory.workbench.simulation.gram_regression import GramAverages, GramRegression, regress_on_gram
from fieldtheory.workbench.simulation.gram_statistics import gram_statistics
from fieldtheory.workbench.simulation.run_arguments import run_arguments
from fieldtheory.workbench.simulation.size_rows import curves_over_sizes, failures_in_words, heavy_tails

Sampling = Literal["with-replacement", "without-replacement"]
Points = Literal["all", "unseen"]


@dataclass(frozen=True, eq=False, kw_only=True)
class GramSimulation:
    """Averages over training sets drawn from M points; every array runs over `n`, standard errors beside it.

    The errors of several outputs add up, and noise of variance `label_noise` is in all of them together; test
    labels have none. All averages but `training_error` are over all points, or over those not drawn.

    `n`: training-set sizes. `error`: mean of |y_i - f(x_i)|^2. `bias`: that of the mean f, freed from the
    finite number of training sets (it can therefore come out slightly negative); for unseen points the mean
    over the training sets that a point is not in. `variance`: error - bias. `posterior_variance`.
    `label_noise_gain`: W, extra error per unit variance of label noise. `training_error`: mean squared
    residual of the draws on their noisy labels. `error_by_point`: (len(n), M), noise excluded; for unseen
    points over the training sets that a point is not in (nan, and a warning, where there is none).
    `error_by_output`, `bias_by_output`, `training_error_by_output`: (len(n), outputs). `condition`: largest
    condition number of what was solved; `rounding`: estimate of what rounding does to `error`; every standard
    error includes that of its quantity. `ridge`, `label_noise`, `sampling`, `points`, `repeats`, `seed`: what
    was asked for. `failures`: what kept a size from being computed, by size; its numbers are nan. `warnings`,
    `references`: tuples of sentences.
    """

    n: NDArray[np.int64]
    error: Floats
    bias: Floats
    variance: Floats
    posterior_variance: Floats
    label_noise_gain: Floats
    training_error: Floats
    error_by_point: Floats
    error_by_output: Floats
    bias_by_output: Floats
    training_error_by_output: Floats
    error_stderr: Floats
    bias_stderr: Floats
    variance_stderr: Floats
    posterior_variance_stderr: Floats
    label_noise_gain_stderr: Floats
    training_error_stderr: Floats
    error_by_point_stderr: Floats
    error_by_output_stderr: Floats
    bias_by_output_stderr: Floats
    training_error_by_output_stderr: Floats
    condition: Floats
    rounding: Floats
    ridge: float
    label_noise: float
    sampling: str
    points: str
    repeats: int
    seed: int
    failures: dict[int, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    references: tuple[str, ...] = (RASMUSSEN_WILLIAMS,)

    def __repr__(self) -> str:
        return f"GramSimulation({records.over_sizes(self)}, {counted(self.repeats, 'training set')})"

    _repr_html_ = records.curve_table

    to_dict = records.to_dict
    to_csv = records.to_csv
    to_xarray = records.to_xarray

    def plot(self, axes: Any = None, **style: Any) -> Any:
        """Draw error against n as points with standard errors; returns the Matplotlib axes."""
        from fieldtheory.workbench.plots.curves import simulated_curve

        return simulated_curve(self, axes, **style)


def simulate_gram(
    K: ArrayLike,
    y: ArrayLike,
    n: int | Iterable[int],
    ridge: float = 0.0,
    label_noise: float = 0.0,
    sampling: Sampling = "with-replacement",
    points: Points = "all",
    repeats: int = 20,
    seed: int = 0,
    jobs: int | None = None,
    progress: bool = False,
    max_memory: float | None = None,
    executor: Executor | None = None,
) -> GramSimulation:
    """Learning curve on a data set, measured: regression on training sets drawn from its M points.

    `K`: kernel matrix of the points, (M, M); `y`: labels, (M,) or (M, outputs), of which errors are sums over
    outputs. `n`: training-set size or sizes. `ridge`: likelihood variance of the model; `label_noise`:
    variance of noise in the training labels, new in every draw, in all outputs together. `sampling`: whether
    a point may be drawn twice. `points`: the error over "all" points, or over those "unseen", not drawn.
    `repeats`: training sets per size, at least 2; number r of size N is drawn by
    `numpy.random.default_rng([seed, N, r])` whatever `jobs` is. `jobs`, `progress`, `max_memory`,
    `executor`: as in `simulate`.

    f is K(., D) (K(D, D) + ridge)^{-1} y(D), and where rounding (of the numbers in K) leaves no inverse the
    solution of least norm, as for copies in a training set and more points than K has modes at ridge 0.

    ValueError for bad arguments: those of `Spectrum.from_gram`, labels that are the same at every point, more
    points without replacement than there are, none that is unseen. A size that needs more memory than there
    is is left out, and named in `failures`; MemoryError if all do.

    Equation: gram-error

    >>> points = np.linspace(-1, 1, 40)
    >>> K = np.exp(-((points[:, None] - points) ** 2))
    >>> found = simulate_gram(K, np.sin(3 * points), n=[5, 20], ridge=0.01)
    >>> found.error_by_point.shape, bool(found.error[1] < found.error[0])
    ((2, 40), True)
    """
    gram, eps = require_gram(K)
    labels = require_varied(require_labels(y, len(gram)))
    sizes = require_whole_sizes(n)
    ridge = require_variance("ridge", ridge)
    label_noise = require_variance("label_noise", label_noise)
    sampling, points = require_sampling(sampling, points, sizes, len(gram))  # type: ignore[assignment]
    repeats, seed, jobs, progress, limit, executor = run_arguments(
        repeats, seed, jobs, progress, max_memory, executor
    )

    number, outputs = labels.shape
    needs = [required_bytes(size, number, outputs) for size in sizes]
    seconds = partial(dataset_seconds, number=number)
    workers = worker_counts(sizes, repeats, jobs, needs, limit, seconds)
    failures = over_memory(sizes, needs, workers, limit)
    fitting = [size not in failures for size in sizes]
    kept = 24.0 * number * (outputs + 1) / sum(fitting)
    require_time(list(compress(sizes, fitting)), repeats, list(compress(workers, fitting)), seconds, kept)
    require_positive(gram, eps)
    rows: list[dict[str, Any] | None] = []
    said: list[str] = []
    with ProgressBar(progress, repeats * (len(sizes) - len(failures))) as bar:
        for size, used in zip(sizes, workers, strict=True):
            problem = GramRegression(
                size=size,
                gram=gram,
                labels=labels,
                ridge=ridge,
                seed=seed,
                eps=eps,
                replacement=sampling == "with-replacement",
                unseen=points == "unseen",
            )
            row = None
            if size not in failures:
                found = list(bar.count(run_datasets(regress_on_gram, problem, repeats, used, executor)))
                counting = [each for each in found if not np.isnan(each.posterior_variance)]
                if len(counting) < 2:
                    failures[size] = f"of {repeats} training sets {len(counting)} left a point unseen"
                else:
                    row = gram_statistics(counting, label_noise, problem.unseen)
                    said += _warnings(problem, found, row)
            rows.append(row)
    if not any(rows):
        size, reason = next(iter(failures.items()))
        raise ValueError(f"repeats must be larger at n = {size}: {reason} (got {repeats})")
    return GramSimulation(
        n=np.array(sizes, dtype=np.int64),
        **curves_over_sizes(rows),
        ridge=ridge,
        label_noise=label_noise,
        sampling=sampling,
        points=points,
        repeats=repeats,
        seed=seed,
        failures=failures,
        warnings=(*failures_in_words(failures), *said),
    )


def required_bytes(size: int, number: int, outputs: int) -> int:
    """Memory that one training set drawn from `number` points needs for arrays, in bytes."""
    most = min(size, number)
    return 8 * (3 * size + 4 * most**2 + 5 * most * number + 3 * number * outputs)


def dataset_seconds(size: int, number: int) -> float:
    """Time of one training set on one core: calls, columns of K, flops at 10 Gflop/s."""
    most = float(min(size, number))
    return 2e-4 + 1e-8 * most * number + 4e-10 * most**2 * number


def _warnings(problem: GramRegression, found: list[GramAverages], row: dict[str, Any]) -> list[str]:
    """What is worth knowing about the training sets of one size."""
    size, said = problem.size, []
    singular = [each for each in found if each.modes < each.points]
    if singular:
        fewest = min(each.modes for each in singular)
        said.append(
            f"n = {size}: solutions of least norm for {counted(len(singular), 'training set')} of "
            f"{len(found)}, where K has {counted(fewest, 'mode')} above rounding, fewer than points"
        )
    if row["rounding"] > 0.01 * abs(row["error"]):
        said.append(
            f"n = {size}: the Gram matrix has condition number {row['condition']:.1e}; rounding may "
            f"change the error, {row['error']:.2g}, by about {row['rounding']:.1g}"
        )
    seldom = np.sum([~each.drawn for each in found], axis=0) < 2
    if problem.unseen and seldom.any():
        said.append(
            f"n = {size}: {counted(int(seldom.sum()), 'point')} in all training sets but one at most, "
            "left out of the bias, of unknown error_by_point or standard error"
        )
    empty = sum(bool(np.isnan(each.posterior_variance)) for each in found)
    if empty:
        said.append(
            f"n = {size}: {counted(empty, 'training set')} of {len(found)} left no point unseen and "
            "does not count"
        )
    gains = np.array([each.label_noise_gain for each in found])
    said += heavy_tails(size, "label-noise gain", gains[~np.isnan(gains)])
    return said
