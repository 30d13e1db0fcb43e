"""The average over data sets from arrays: the mean of a kernel and its covariance, entry by entry."""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from replicas.data_variability.covariance_sum import CovarianceSum
from replicas.data_variability.kernel_theory import covariance_diagrams

_PAIRS = 1000  # of points up to which a covariance is looked at as a whole


def array_orders(
    mean_kernel: Any,
    kernel_covariance: Any,
    labels: Floats,
    ridge: float,
    mean_test: Any,
    test_covariance: Any,
    order: int,
    replicas: int,
) -> tuple[Floats, list[Floats]]:
    """The zeroth order at the test points, (tests,), and the diagrams of each order, (diagrams, tests)."""
    p = len(labels)
    covariance = _shaped("kernel_covariance", kernel_covariance, (p,) * 4)
    kernel = _shaped("mean_kernel", mean_kernel, (p, p))
    _require_covariance("mean_kernel", kernel, kernel)
    for axes, words in (
        ((1, 0, 2, 3), "Cov(K_ab, K_cd) = Cov(K_ba, K_cd)"),
        ((2, 3, 0, 1), "Cov(K_cd, K_ab)"),
    ):
        _require_equal("kernel_covariance", covariance, covariance.transpose(axes), words)
    a, b = np.triu_indices(p)
    variance = np.einsum("abab->ab", covariance)[a, b]
    if len(a) <= _PAIRS:
        _require_covariance("kernel_covariance", covariance[a, b][:, a, b], covariance)
    elif (variance < 0).any():
        raise ValueError(
            f"kernel_covariance must be positive semidefinite (got variance {variance.min():.3g})"
        )
    for name, value in (("mean_test", mean_test), ("test_covariance", test_covariance)):
        if value is None:
            raise ValueError(
                f"{name} must be given unless kernel_covariance is PermutationSymmetric (got None)"
            )
    test = require_reals("mean_test", mean_test)
    if test.ndim != 2 or test.shape[1] != p or not len(test):
        raise ValueError(f"mean_test must have shape (tests, {p}) by the labels (got {test.shape})")
    beside = _shaped("test_covariance", test_covariance, (len(test), p, p, p))
    _require_equal("test_covariance", beside, beside.swapaxes(2, 3), "Cov(K_*a, K_bc) = Cov(K_*a, K_cb)")
    line = -np.linalg.inv(kernel + ridge * np.eye(p))
    line = (line + line.T) / 2
    background = -line @ labels
    sums = CovarianceSum(line, background, test @ line, covariance, beside)
    orders = [sums.terms(covariance_diagrams(k, replicas)) for k in range(1, order + 1)]
    return test @ background, orders


def _shaped(name: str, value: Any, shape: tuple[int, ...]) -> Floats:
    found = require_reals(name, value)
    if found.shape != shape:
        raise ValueError(f"{name} must have shape {shape} by the labels (got {found.shape})")
    return found


def _require_equal(name: str, value: Floats, other: Floats, words: str) -> None:
    if not np.allclose(value, other, rtol=1e-9, atol=1e-12 * np.abs(value).max(initial=0)):
        raise ValueError(f"{name} must have the symmetry {words} (got entries that differ)")


def _require_covariance(name: str, matrix: Floats, whole: Floats) -> None:
    _require_equal(name, matrix, matrix.T, "of a symmetric matrix")
    lowest, size = np.linalg.eigvalsh(matrix)[0], np.abs(whole).max(initial=0)
    if lowest < -1e-9 * max(size, np.finfo(float).tiny) * len(matrix):
        raise ValueError(f"{name} must be positive semidefinite (got the eigenvalue {lowest:.3g})")
