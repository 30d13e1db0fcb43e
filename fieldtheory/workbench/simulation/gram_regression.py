r"""Regression on one training set drawn from the points of a data set.

Copies of a point are merged: with counts c_u of the distinct points u that were drawn, k = K sqrt(c) in
their columns and S = sqrt(c) K_uu sqrt(c), the fit f = k (S + ridge)^{-1} sqrt(c) y is that of all copies,
by a matrix that they don't make singular. Noise of variance t^2 in each label is t^2/c in the mean of c, and
what copies differ by, t^2 times N minus the number of distinct points, stays in the training error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dpotrf, dtrtri

from fieldtheory.array_types import Booleans, Floats, Integers
from fieldtheory.eigenvalues.eigenvalues import EPS
from fieldtheory.workbench.simulation.condition_estimate import reciprocal_condition
from fieldtheory.workbench.simulation.least_norm import LeastNorm, least_norm_rounding


@dataclass(frozen=True, eq=False)
class GramRegression:
    """What is common to all training sets of one size.

    `size`: N, the number of draws. `gram`, `labels`: K (M, M), symmetric, and y (M, outputs). `eps`: the
    rounding unit of the numbers in K. `replacement`: whether a point may be drawn twice. `unseen`: whether
    averages run over the points that were not drawn, else over all.
    """

    size: int
    gram: Floats
    labels: Floats
    ridge: float
    seed: int
    eps: float
    replacement: bool
    unseen: bool


@dataclass(frozen=True, eq=False)
class GramAverages:
    """Results of one training set.

    `residuals`: y - f at all points, (M, outputs), for labels without noise; `drawn`: which of them were.
    `training_by_output`: mean squared residual of the draws; `training_label_noise`: what noise of unit
    variance adds to it. `posterior_variance`, `label_noise_gain`: means over the points that count, nan if
    there are none. `modes`: number of eigenvalues of S above rounding. `condition`: of what was inverted,
    without the directions that are rounding. `rounding`, `rounding_of_variance`: estimates of what rounding
    does to the mean square of the residuals, over the points that count, and to the posterior variance.
    """

    residuals: Floats
    drawn: Booleans
    training_by_output: Floats
    training_label_noise: float
    posterior_variance: float
    label_noise_gain: float
    modes: int
    points: int
    condition: float
    rounding: float
    rounding_of_variance: float


def draws(problem: GramRegression, repeat: int) -> Integers:
    """The points in training set number `repeat`, copies included: a function of (seed, size, repeat)."""
    rng = np.random.default_rng([problem.seed, problem.size, repeat])
    return rng.choice(len(problem.gram), problem.size, replace=problem.replacement)


def regress_on_gram(problem: GramRegression, repeat: int) -> GramAverages:
    """Training set number `repeat`, solved."""
    return regress_on_points(problem, draws(problem, repeat))


def regress_on_points(problem: GramRegression, points: Integers) -> GramAverages:
    """The training set of these points, copies included.

    Where S + ridge is singular to rounding, S has no inverse there and f is the solution of least norm.
    """
    distinct, counts = np.unique(points, return_counts=True)
    drawn = np.zeros(len(problem.gram), dtype=bool)
    drawn[distinct] = True
    root = np.sqrt(counts)
    columns = np.asfortranarray(root[:, None] * problem.gram[distinct])  # k transposed, (distinct, M)
    known = problem.labels[distinct] * root[:, None]
    inverse = _Inverse.of(columns[:, distinct] * root, problem.ridge, problem.eps)
    halves = inverse.half @ columns
    weighted = inverse.half @ known
    residuals = problem.labels - halves.T @ weighted
    alpha = inverse.half.T @ weighted
    averaged = ~drawn if problem.unseen else np.ones(len(drawn), dtype=bool)
    number = int(averaged.sum())
    variance = gain = error = np.nan
    if number:
        explained = np.einsum("ui,ui->", halves[:, averaged], halves[:, averaged])
        variance = float(np.diagonal(problem.gram)[averaged].sum() - explained) / number
        weights = inverse.half.T @ halves[:, averaged]
        gain = float(np.einsum("ui,ui->", weights, weights)) / number
        error = float((residuals[averaged] ** 2).sum()) / number
    missed = problem.ridge * alpha
    if inverse.modes < len(distinct):
        missed = residuals[distinct] * root[:, None]
    # An error D in S changes f by the weights of the draws times D alpha, and V by their products with D.
    entries = EPS * inverse.norm
    moved = entries * float(np.linalg.norm(alpha)) * gain**0.5
    return GramAverages(
        residuals=residuals,
        drawn=drawn,
        training_by_output=np.einsum("uo,uo->o", missed, missed) / problem.size,
        training_label_noise=(problem.size - len(distinct) + inverse.missed_noise) / problem.size,
        posterior_variance=variance,
        label_noise_gain=gain,
        modes=inverse.modes,
        points=len(distinct),
        condition=inverse.condition,
        rounding=2 * error**0.5 * moved + moved**2,
        rounding_of_variance=entries * gain,
    )


@dataclass(frozen=True, eq=False)
class _Inverse:
    """(S + ridge)^{-1} = h^T h: h (`half`) from Cholesky, or from modes where rounding leaves no inverse.

    `norm`: of S + ridge, the 1-norm. `missed_noise`: the squared residual of labels that are unit noise,
    Tr (1 - S (S + ridge)^{-1})^2.
    """

    half: Floats
    norm: float
    modes: int
    condition: float
    missed_noise: float

    @classmethod
    def of(cls, matrix: Floats, ridge: float, eps: float) -> _Inverse:
        size = len(matrix)
        entry = eps * float(np.abs(matrix).max())
        shifted = np.asfortranarray(matrix)
        shifted.flat[:: size + 1] += ridge
        norm = float(np.abs(shifted).sum(axis=0).max())
        factor, failed = dpotrf(shifted, lower=1, clean=1)
        reciprocal = 0.0 if failed else reciprocal_condition(factor, norm, lower=True)
        if reciprocal * norm > least_norm_rounding(size, norm, entry):
            half, _ = dtrtri(factor, lower=1, overwrite_c=1)
            missed = 0.0
            if ridge:
                square = half.T @ half
                missed = ridge**2 * float(np.einsum("uv,uv->", square, square))
            return cls(half, norm, size, 1.0 / reciprocal, missed)
        found = LeastNorm.of(shifted, ridge, entry)
        modes = len(found.values)
        half = (found.vectors / np.sqrt(found.values)).T
        missed = float((found.missed**2).sum()) + size - modes
        return cls(half, norm, modes, found.condition, missed)
