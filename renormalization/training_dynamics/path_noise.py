"""Gaussian fields of sampled paths: noise with exact averages, covariances that grow with the time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky, solve_triangular

from fieldtheory.array_types import Floats

SIGNS = 4
"""Paths come in so many: each draw of the two fields of a neuron with all signs of both."""
_JITTER = 1e-9  # of the trace at one time: kernels of nearby times are nearly the same


def white_noise(generator: np.random.Generator, first: int, second: int, draws: int) -> tuple[Floats, Floats]:
    """Standard normal noise of two fields, of `first` and `second` components, (components, SIGNS draws).

    What is odd in either field averages to 0 exactly, and so does the product of two components, whose
    squares average to 1: of all components if there are as many draws, else of groups of so many.
    """
    one, other = (_orthogonal(generator, components, draws) for components in (first, second))
    return np.hstack([one, -one, one, -one]), np.hstack([other, -other, -other, other])


def _orthogonal(generator: np.random.Generator, components: int, draws: int) -> Floats:
    noise = generator.standard_normal((components, draws))
    for start in range(0, components, draws):
        rows = noise[start : start + draws]
        directions, lengths = np.linalg.qr(rows.T)
        rows[:] = np.sqrt(draws) * (directions * np.sign(np.diagonal(lengths))).T
    return noise


@dataclass(frozen=True, eq=False)
class ConstantField:
    """A field that stays what it is at time 0: (points, paths)."""

    values: Floats
    jitter: float = 0.0

    @classmethod
    def of(cls, covariance: Floats, noise: Floats) -> ConstantField:
        """That of this covariance of the points, of any rank; `noise`: one component a point."""
        scales, directions = np.linalg.eigh(covariance)
        rank = int((scales > len(scales) * np.finfo(np.float64).eps * scales[-1]).sum())
        first = len(scales) - rank
        return cls((directions[:, first:] * np.sqrt(scales[first:])) @ noise[first:])

    def move(self, _: Floats) -> Floats:
        """Its values at the next time."""
        return self.values


@dataclass(eq=False)
class GrowingField:
    """A field whose covariance becomes known from time to time, white noise (n, paths) times a factor (n, n).

    `jitter`: the largest that was added to a diagonal.
    """

    noise: Floats
    factor: Floats
    known: int = 0
    jitter: float = 0.0

    @classmethod
    def of(cls, noise: Floats) -> GrowingField:
        """That of this noise, before the first time."""
        return cls(noise, np.zeros((len(noise), len(noise))))

    def move(self, row: Floats) -> Floats:
        """Its values at the next time, whose covariance with all times up to it is `row`, (points, n).

        The factor grows by rows of Cholesky's: what it was stays, so that a field at a later time is made of
        what earlier times have seen, and of new noise.
        """
        points, end = row.shape
        now, past = slice(self.known, end), slice(self.known)
        seen = solve_triangular(self.factor[past, past], row[:, past].T, lower=True).T
        jitter = max(_JITTER * float(np.trace(row[:, now])), np.finfo(np.float64).tiny)
        left = row[:, now] - seen @ seen.T + jitter * np.eye(points)
        self.factor[now, past] = seen
        self.factor[now, now] = cholesky(left, lower=True)
        self.known, self.jitter = end, max(jitter, self.jitter)
        return np.asarray(self.factor[now, :end] @ self.noise[:end])
