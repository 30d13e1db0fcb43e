"""Two classes of points on a hypercube, the points of one the opposites of those of the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.arguments import require_integer, require_number
from fieldtheory.array_types import Floats
from fieldtheory.shown_value import shown
from replicas.data_variability.overlap_law import OverlapLaw
from replicas.data_variability.permutation_symmetric import PermutationSymmetric

_LARGEST = 10**6  # of dim


class TaskModes(NamedTuple):
    """The kernel on functions of degree 0 and 1 of the signs: what a deterministic equivalent needs.

    `block`: on the constant, which is the target, and the mean sign, (2, 2); `eigenvalues`, `counts`: all,
    those of the block first; `rest`: the trace of higher degrees, which acts as ridge. `offset`: the mean of
    the even part of the kernel, that of the labels times themselves: a fluctuation that no dim makes small.
    """

    block: Floats
    eigenvalues: Floats
    counts: Floats
    rest: float
    offset: float = 0.0

    @property
    def without_offset(self) -> TaskModes:
        """Those of the kernel less its offset, next to that of the labels times themselves."""
        values = self.eigenvalues.copy()
        values[np.abs(values - self.offset).argmin() if self.offset else 0] -= self.offset
        return TaskModes(self.block, np.maximum(values, 0.0), self.counts, self.rest)


@dataclass(frozen=True)
class BinaryTask:
    """Points x = c s with label c = 1 or -1, equally likely, and `dim` independent signs s of mean `mean`.

    `kernel`: a function of the overlap x.x'/dim, of arrays, such as that of a network, `net.nngp()`; None:
    the overlap itself. Points and kernel are multiplied by their labels, so that all labels are 1. ValueError
    for a kernel that does not return finite numbers.

    >>> task = BinaryTask(50, 0.4)
    >>> task.mean_kernel, task.kernel_covariance.pair
    ((1.0, 0.16000000000000003), 0.019488)
    """

    dim: int
    mean: float
    kernel: Callable[[Any], Any] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "dim", require_integer("dim", self.dim, minimum=1, maximum=_LARGEST))
        mean = require_number("mean", self.mean, minimum=-1.0)
        if mean > 1:
            raise ValueError(f"mean must be at most 1, as that of signs (got {mean:g})")
        object.__setattr__(self, "mean", mean)
        if self.kernel is not None and not callable(self.kernel):
            raise ValueError(
                f"kernel must be a function of the overlap x.x'/dim, or None (got {shown(self.kernel)})"
            )

    @property
    def mean_kernel(self) -> tuple[float, float]:
        """The means of K_aa and K_ab."""
        if self.kernel is None:
            return 1.0, self.mean**2
        return float(self._table[-1]), self._law.average(self._odd)

    @cached_property
    def kernel_covariance(self) -> PermutationSymmetric:
        """The covariance of the kernel: Var K_ab and Cov(K_ab, K_ac), K_aa being fixed."""
        return replace(
            self.covariance_without_offset, pair=self.covariance_without_offset.pair + self._offset**2
        )

    @cached_property
    def covariance_without_offset(self) -> PermutationSymmetric:
        """The same without the offset, the mean of the even part, which is times the labels of both."""
        m, law = self.mean, self._law
        if self.kernel is None:
            return PermutationSymmetric((1 - m**4) / self.dim, m**2 * (1 - m**2) / self.dim)
        mean = law.average(self._odd)
        pair = law.average((self._odd - mean) ** 2) + law.average((self._even - self._offset) ** 2)
        conditional, _ = law.given_positive(self._odd)
        return PermutationSymmetric(pair, float(law.positive[1] @ (conditional - mean) ** 2))

    @cached_property
    def modes(self) -> TaskModes:
        """The kernel on functions of degree 0 and 1."""
        m, d = self.mean, self.dim
        if self.kernel is None:
            small = np.sqrt((1 - m**2) / d)
            block = np.outer([m, small], [m, small])
            eigenvalues = np.array([0.0, m**2 + small**2, small**2])
            return TaskModes(block, eigenvalues, np.array([1.0, 1.0, d - 1.0]), 0.0)
        odd, even = self._block(self._odd), self._block(self._even)
        found = np.array([*np.linalg.eigvalsh(odd[0]), odd[1], *np.linalg.eigvalsh(even[0]), even[1]])
        counts = np.array([1.0, 1.0, d - 1.0] * 2)
        rest = float(self._table[-1] - found @ counts)
        lowest = min(rest, *found)
        if lowest < -1e-9 * np.abs(self._table).max():
            raise ValueError(
                f"kernel must be positive semidefinite (got the eigenvalue or trace {lowest:.3g} on signs)"
            )
        # what is below 0 now is rounding
        return TaskModes(odd[0], np.maximum(found, 0.0), counts, max(rest, 0.0), self._offset)

    def sample_kernel(self, rng: np.random.Generator, points: int) -> Floats:
        """The kernel matrix of one data set."""
        [found] = self.sample_kernels(rng, 1, points)
        return np.asarray(found, dtype=np.float64)

    def sample_kernels(self, rng: np.random.Generator, sets: int, points: int) -> Floats:
        """Kernel matrices of data sets, (sets, points, points)."""
        signs = self.sample_signs(rng, sets, points)
        overlaps = signs @ signs.swapaxes(1, 2)
        if self.kernel is None:
            return np.asarray(overlaps / self.dim, dtype=np.float64)
        labels = rng.choice([-1.0, 1.0], size=(sets, points))
        both = labels[:, :, None] * labels[:, None, :]
        equal = np.rint((both * overlaps + self.dim) / 2).astype(np.int64)
        return np.asarray(both * self._table[equal], dtype=np.float64)

    def sample_signs(self, rng: np.random.Generator, sets: int, points: int) -> Floats:
        """The signs s of data sets, (sets, points, dim)."""
        drawn = rng.random((sets, points, self.dim)) < (1 + self.mean) / 2
        return np.where(drawn, 1.0, -1.0)

    @property
    def _law(self) -> OverlapLaw:
        return OverlapLaw(self.dim, self.mean)

    @property
    def _offset(self) -> float:
        return 0.0 if self.kernel is None else self._law.average(self._even)

    @cached_property
    def _table(self) -> Floats:
        """The kernel by the number of equal signs."""
        assert self.kernel is not None
        overlaps = self._law.overlaps
        try:
            values = np.asarray(self.kernel(overlaps))
            found = values.real.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"kernel must be a function of arrays of overlaps (got {type(error).__name__}: {error})"
            ) from error
        if found.shape != overlaps.shape or np.iscomplexobj(values) or not np.isfinite(found).all():
            raise ValueError(
                "kernel must return a finite number for each overlap from -1 to 1 (got "
                f"{'other' if found.shape == overlaps.shape else f'shape {found.shape} of'} values)"
            )
        return found

    @property
    def _odd(self) -> Floats:
        return (self._table - self._table[::-1]) / 2

    @property
    def _even(self) -> Floats:
        return (self._table + self._table[::-1]) / 2

    def _block(self, table: Floats) -> tuple[Floats, float]:
        """The part of a kernel on the constant and the mean sign, and its eigenvalue on other degree 1."""
        law, m, d = self._law, self.mean, self.dim
        spread = 1 - m**2
        counts, weights = law.positive
        plain, summed = law.given_positive(table)
        constant = float(weights @ plain)
        if spread == 0.0:
            return np.array([[constant, 0.0], [0.0, 0.0]]), 0.0
        own = (2 * counts - d - d * m) / np.sqrt(spread * d)  # the standardised mean sign of s
        other = (summed - d * m * plain) / np.sqrt(spread * d)  # that of s', times the kernel
        mixed, both = float(weights @ (own * plain)), float(weights @ (own * other))
        # sum_i z_i z_i' = (d q - m sum s - m sum s' + d m^2)/(1 - m^2), the trace on degree 1
        sums = float(weights @ ((2 * counts - d) * plain))
        trace = (d * law.average(table * law.overlaps) - 2 * m * sums + d * m**2 * constant) / spread
        rest = (trace - both) / (d - 1) if d > 1 else 0.0
        return np.array([[constant, mixed], [mixed, both]]), rest
