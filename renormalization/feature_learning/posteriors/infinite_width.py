"""The posterior at infinite width: a Gaussian process with the kernel of the prior."""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from fieldtheory.array_types import Floats
from fieldtheory.networks.point_covariance import layer_covariance
from renormalization.feature_learning.posteriors.posterior_prediction import PosteriorPrediction
from renormalization.feature_learning.posteriors.posterior_problem import PosteriorProblem


def prior_kernels(problem: PosteriorProblem) -> tuple[Floats, ...]:
    """K of every hidden layer at all points, the output kernel last; of no hidden layer the inputs' own.

    K_l = b + g E[phi phi^T] over N(0, K_(l-1)), with the weight variance g of the layer that comes next.
    """
    if not problem.depth:
        x = problem.points
        return (problem.readout_variance * problem.input_scale * (x @ x.T) + problem.bias_variance,)
    covariance, found = problem.first_covariance, []
    for variance in (*problem.weight_variances[1:], problem.readout_variance):
        covariance = problem.bias_variance + variance * layer_covariance(problem.activation, covariance)
        found.append(covariance)
    return tuple(found)


def prediction(problem: PosteriorProblem) -> PosteriorPrediction:
    """f = K (K + kappa)^-1 y, the same for every feature strength if the ridge is scaled with it."""
    kernels = prior_kernels(problem)
    kernel, p = kernels[-1], problem.training_points
    factor = cho_factor(kernel[:p, :p] + problem.ridge * np.eye(p), lower=True)
    discrepancy = cho_solve(factor, problem.y)
    variance = np.diag(kernel) - np.sum(kernel[:, :p].T * cho_solve(factor, kernel[:p]), axis=0)
    mean = kernel[:, :p] @ discrepancy
    return PosteriorPrediction(
        mean=mean,
        variance=np.repeat(variance[:, None], problem.outputs, axis=1),
        kernel=kernel,
        hidden_kernels=kernels if problem.depth else (),
        discrepancy=discrepancy,
        spread=np.zeros_like(mean),
        error_bar=np.zeros_like(mean) if problem.widths is None or not problem.depth else None,
    )
