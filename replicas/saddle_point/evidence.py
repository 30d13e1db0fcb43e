r"""The evidence of Gaussian-process regression, averaged over data sets, at the saddle point.

F(kappa) = sum_l deg(l) ln(1 + lambda_l/kappa) + N ln(N kappa) + ridge/kappa - N is stationary at the
effective ridge, dF/dridge = 1/kappa is the mean trace of (K + ridge)^-1, and F -> N ln ridge for large
ridges: it is the mean of ln det(K + ridge). A kernel with epsilon g g added has the derivative
y^T (K + ridge)^-1 y by epsilon, so that its mean is sum_l g_l^2/(lambda_l + kappa) + noise/kappa. The tail of
the spectrum acts as ridge.

Two points whose inputs are near each other know of one another: with the line
G_l = kappa lambda_l/(lambda_l + kappa) and x(t) = G(t)/(N kappa) they change the mean of ln det by
(N^2/2) int [ln(1 - x^2) + x^2] dmu, the largest part of what the saddle point leaves out; the size of that
of rings is -ln(1 - gamma)/2, and the quadratic form is known to a share of 1/N. Halved they are the bar.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.sphere.harmonics import AngleTransform
from replicas.learnability import active_degrees
from replicas.prediction import Problem
from replicas.saddle_point.saddle_point import finite_saddle_point


class MeanEvidence(NamedTuple):
    """The mean of ln p(y | X) at every n, and how far it may be off."""

    log_evidence: Floats
    error_bar: Floats


def mean_evidence(problem: Problem) -> MeanEvidence:
    """Averaged over data sets and label noise, for labels of variance `ridge` in the model; on spheres.

    ValueError without ridge, where labels have no density.

    Equation: mean-evidence
    """
    if problem.ridge <= 0:
        raise ValueError(f"ridge must be positive for the evidence (got {problem.ridge:g})")
    spectrum, n = problem.spectrum, problem.n
    saddle = finite_saddle_point(problem)
    kappa = saddle.kappa[:, None]
    # deg ln(1 + x) as (deg x) ln(1 + x)/x: multiplicities may be beyond the floats where deg x is not
    ratio = spectrum.eigenvalues / kappa
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(ratio > 0, np.log1p(ratio) / ratio, 1.0)
    modes = (spectrum.degree_traces / kappa * share).sum(axis=1)
    determinant = modes + n * np.log(n * saddle.kappa) + problem.total_ridge / saddle.kappa - n
    noise = problem.label_noise + problem.unresolved
    form = (problem.powers / (spectrum.eigenvalues + kappa)).sum(axis=1) + noise / saddle.kappa
    found = -0.5 * (form + determinant + n * math.log(2 * math.pi))
    bar = _pairs(problem, saddle.kappa) - 0.25 * np.log(saddle.one_minus_gamma) + 0.5 * form / n
    return MeanEvidence(found, bar)


def _pairs(problem: Problem, kappas: Floats) -> Floats:
    """What pairs of points change, halved, with its sign: -(N^2/4) int [ln(1 - x^2) + x^2] dmu."""
    spectrum = problem.spectrum
    dim = spectrum.require_dim("the bar of the evidence")
    transform = _transform(dim, 1 << (active_degrees(spectrum, kappas) - 1).bit_length())
    kept = min(transform.max_degree, spectrum.max_degree) + 1
    eigenvalues, traces = spectrum.eigenvalues[:kept], np.zeros(transform.max_degree + 1)
    found = np.empty(len(kappas))
    for place, (kappa, n) in enumerate(zip(kappas.tolist(), problem.n.tolist(), strict=True)):
        traces[:kept] = spectrum.degree_traces[:kept] * (kappa / (eigenvalues + kappa))
        squares = (transform.traces_to_angles(traces) / (n * kappa)) ** 2
        with np.errstate(divide="ignore"):
            beyond = np.where(squares < 1e-6, -0.5 * squares**2, np.log1p(-squares) + squares)
        found[place] = -0.25 * n * n * float(beyond @ transform.weights)
    return found


@lru_cache(maxsize=16)
def _transform(dim: int, highest: int) -> AngleTransform:
    return AngleTransform.build(dim, highest)
