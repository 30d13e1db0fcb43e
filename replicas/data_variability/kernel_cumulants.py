"""Mean and covariance of a kernel over data sets that are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.arguments import require_integer
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.drawing import plot
from fieldtheory.shown_value import shown
from replicas.data_variability.dataset_average import DatasetAverage, dataset_average

Sampler = Callable[[np.random.Generator, int], Any]


@dataclass(frozen=True, eq=False)
class KernelCumulants:
    """Mean and covariance of the kernel of P training and T test points, from drawn data sets.

    `mean_kernel`: (P, P), `kernel_covariance`: Cov(K_ab, K_cd), (P, P, P, P), `mean_test`: of K_*a, (T, P),
    `test_covariance`: Cov(K_*a, K_bc), (T, P, P, P), and the standard error of each by its name.
    """

    mean_kernel: Floats
    kernel_covariance: Floats
    mean_test: Floats
    test_covariance: Floats
    mean_kernel_stderr: Floats
    kernel_covariance_stderr: Floats
    mean_test_stderr: Floats
    test_covariance_stderr: Floats
    samples: int
    seed: int

    plot = plot

    def average(
        self, y: ArrayLike, ridge: float, *, average: str = "quenched", order: int = 1
    ) -> DatasetAverage:
        """`dataset_average` of the mean prediction, with these."""
        return dataset_average(
            self.mean_kernel,
            self.kernel_covariance,
            y,
            ridge,
            mean_test=self.mean_test,
            test_covariance=self.test_covariance,
            average=average,
            order=order,
        )


def kernel_cumulants(
    sampler: Sampler, P: int, samples: int = 1000, seed: int = 0, *, tests: int = 1
) -> KernelCumulants:
    """Mean and covariance of a kernel over data sets, with standard errors.

    `sampler(rng, points)`: the kernel matrix (points, points) of a data set drawn with the NumPy generator
    `rng`, such as `BinaryTask(50, 0.4).sample_kernel`. P: number of training points, `tests`: T, of test
    points, which are the last of P + T; `samples`: number of data sets.

    ValueError for what is no such function, OverMemory for arrays beyond the budget.

    Equation: kernel-cumulants

    >>> from replicas.data_variability.binary_task import BinaryTask
    >>> found = kernel_cumulants(BinaryTask(50, 0.4).sample_kernel, 3, samples=4000)
    >>> abs(found.kernel_covariance[0, 1, 0, 1] - 0.0195) < 4 * found.kernel_covariance_stderr[0, 1, 0, 1]
    np.True_
    """
    p = require_integer("P", P, minimum=1)
    tests = require_integer("tests", tests, minimum=1)
    samples = require_integer("samples", samples, minimum=2)
    seed = require_integer("seed", seed, minimum=0)
    pairs = p * (p + 1) // 2
    entries = float(pairs + tests * p)
    require_budget(
        f"the covariance of a kernel of {p} points from {samples} data sets",
        seconds=1e-9 * samples * entries * pairs + 2e-8 * samples * (p + tests) ** 2,
        memory=24.0 * samples * entries + 32.0 * entries * pairs + 32.0 * float(p) ** 3 * (p + tests),
        smaller="P, tests or samples",
    )
    rng = np.random.default_rng(seed)
    a, b = np.triu_indices(p)
    rows = np.empty((samples, pairs + tests * p))
    for k in range(samples):
        kernel = drawn_kernel("sampler", sampler, rng, p + tests)
        rows[k, :pairs] = kernel[a, b]
        rows[k, pairs:] = kernel[p:, :p].ravel()
    mean = rows.mean(axis=0)
    rows -= mean
    covariance = rows.T @ rows[:, :pairs] / (samples - 1)
    mean_stderr = np.sqrt((rows**2).sum(axis=0) / (samples - 1) / samples)
    rows **= 2
    stderr = np.sqrt(np.maximum(rows.T @ rows[:, :pairs] / samples - covariance**2, 0) / samples)
    place = np.zeros((p, p), dtype=np.int64)
    place[a, b] = place[b, a] = np.arange(pairs)
    test = (slice(pairs, None), place)

    def matrix(entry: Floats) -> Floats:
        return entry[place]

    return KernelCumulants(
        mean_kernel=matrix(mean),
        kernel_covariance=covariance[place][:, :, place],
        mean_test=mean[pairs:].reshape(tests, p),
        test_covariance=covariance[test].reshape(tests, p, p, p),
        mean_kernel_stderr=matrix(mean_stderr),
        kernel_covariance_stderr=stderr[place][:, :, place],
        mean_test_stderr=mean_stderr[pairs:].reshape(tests, p),
        test_covariance_stderr=stderr[test].reshape(tests, p, p, p),
        samples=samples,
        seed=seed,
    )


def drawn_kernel(name: str, sampler: Sampler, rng: np.random.Generator, points: int) -> Floats:
    """The kernel matrix of one data set; ValueError for a sampler, the argument `name`, that gives none."""
    if not callable(sampler):
        raise ValueError(
            f"{name} must be a function of a NumPy generator and a number of points (got {shown(sampler)})"
        )
    try:
        drawn = np.asarray(sampler(rng, points))
        found = drawn.real.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must be a function of a NumPy generator and a number of points (got "
            f"{type(error).__name__}: {error})"
        ) from error
    if found.shape != (points, points):
        raise ValueError(f"{name} must return a matrix of shape {(points, points)} (got {found.shape})")
    if (
        np.iscomplexobj(drawn)
        or not np.isfinite(found).all()
        or not np.allclose(found, found.T, rtol=1e-9, atol=1e-12)
    ):
        raise ValueError(f"{name} must return a symmetric matrix of finite numbers (got {shown(drawn)})")
    return found
