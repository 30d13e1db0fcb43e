"""Means and standard errors of what comes in batches."""

from __future__ import annotations

import math

import numpy as np

from fieldtheory.array_types import Floats


class RunningMean:
    """Mean over all rows so far, and the sum of squared deviations from it.

    >>> found = RunningMean()
    >>> for rows in ([[1.0], [2.0]], [[6.0]]):
    ...     found.add(np.array(rows))
    >>> found.mean.tolist(), found.stderr.round(6).tolist()
    ([3.0], [1.527525])
    """

    def __init__(self) -> None:
        self.count = 0
        self.mean: Floats = np.zeros(0)
        self._squares: Floats = np.zeros(0)

    def add(self, rows: Floats) -> None:
        """One batch, a row each (Chan, Golub, LeVeque 1983)."""
        count, mean = len(rows), rows.mean(0)
        squares = np.square(rows - mean).sum(0)
        if not self.count:
            self.count, self.mean, self._squares = count, mean, squares
            return
        total, step = self.count + count, mean - self.mean
        self.mean = self.mean + step * (count / total)
        self._squares = self._squares + squares + step**2 * (self.count * count / total)
        self.count = total

    @property
    def stderr(self) -> Floats:
        """Of the mean."""
        return np.asarray(np.sqrt(self._squares / (self.count - 1) / self.count))


def covariance(rows: Floats) -> Floats:
    """Of the last axis over the first: (rows, steps, Q) makes (steps, Q, Q).

    >>> covariance(np.array([[[1.0, 2.0]], [[3.0, 2.0]]])).tolist()
    [[[2.0, 0.0], [0.0, 0.0]]]
    """
    deviations = rows - rows.mean(0)
    return np.asarray(np.einsum("rtm,rtn->tmn", deviations, deviations) / (len(rows) - 1))


def covariance_stderr(rows: Floats) -> Floats:
    """Standard error of `covariance`, from the spread of the products of deviations."""
    deviations = rows - rows.mean(0)
    products = np.einsum("rtm,rtn->rtmn", deviations, deviations)
    return np.asarray(products.std(0, ddof=1) / math.sqrt(len(rows)))
