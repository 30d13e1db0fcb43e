r"""The kernel of a network rescaled: the saddle of the scale of its kernel, with one loop as the bar.

With phi on the data Gaussian, f | q ~ GP(0, q (K - M) + M/(1 + q_bar)), K the kernel at infinite width and
M = m m^T that of the means, m = g^(1/2) <phi>. Scale and conjugate field have the action
`rescaled_action`, of which this is the saddle: it sums all bubbles tr(K G), of order P/n (Li, Sompolinsky
2021 for linear networks; Pacelli et al. 2023). Several outputs share a kernel, so that scales are matrices,
outputs x outputs. Several hidden layers, phi odd: q = prod_l q_l, a field for each.

Equation: rescaled-kernel
"""

from __future__ import annotations

import numpy as np

from fieldtheory.array_types import Floats
from renormalization.feature_learning.posteriors.posterior_prediction import PosteriorPrediction
from renormalization.feature_learning.posteriors.posterior_problem import PosteriorProblem
from renormalization.feature_learning.scales.beyond_gaussian import beyond_gaussian
from renormalization.feature_learning.scales.rescaled_process import RescaledProcess, is_odd

_CIRCLE, _RADIUS = 24, 0.25  # points, and radius relative to the distance from where a scale is singular
_MORE = 1.5  # the bar against the first order that is left out: others follow


def refusal(problem: PosteriorProblem) -> str:
    """Why a deep problem has no scale, "" if it has one."""
    if problem.depth == 1:
        return ""
    if problem.outputs > 1:
        return (
            "y must have one output for theory='rescaled' with more than one hidden layer "
            f"(got {problem.outputs})"
        )
    if problem.bias_variance or not is_odd(problem.activation):
        return (
            "activation must be odd, and bias_variance 0, for theory='rescaled' with more than one hidden "
            f"layer (got {problem.activation.name!r}, bias_variance = {problem.bias_variance:g})"
        )
    return ""


def prediction(problem: PosteriorProblem, error_bar: bool = True) -> PosteriorPrediction:
    """The saddle of the scale; its bar is one loop of it and, in second place, phi that is not Gaussian.

    `error_bar=False`: without the bar, which takes nodes.
    """
    said = refusal(problem)
    if said:
        raise ValueError(said)
    process = RescaledProcess.of(problem)
    action = process.action
    x, hessian = action.saddle()
    state = action.at(x)
    base = np.concatenate([problem.y, np.zeros((len(problem.X_test), problem.outputs))])
    mean = base + process.at_points(process.answer(state))
    loop, noise = _one_loop(process, x, hessian)
    rows = process.rows(state)
    outputs, flat = problem.outputs, rows.reshape(-1, *rows.shape[2:])
    solved = state.solved(np.moveaxis(flat, 0, -1))
    explained = np.einsum("kic,ick->k", flat, solved).reshape(len(base), outputs)
    fluctuating = np.diag(process.kernel) - process.means**2
    prior = np.outer(fluctuating, np.diag(state.scale)) + problem.bias_variance
    prior += np.outer(process.means**2, np.diag(state.factor))
    kernels = process.posterior_kernels(x, state)
    bar = None
    if not error_bar:
        pass
    elif problem.activation.name == "linear":
        bar = _MORE * np.abs(loop)
    elif problem.depth == 1:
        bar = _MORE * np.hypot(loop, beyond_gaussian(process, state, rows))
    if bar is not None:  # one that vanishes by chance
        bar = np.maximum(bar, np.sqrt(np.mean(bar**2)))
    return PosteriorPrediction(
        mean=mean,
        variance=prior - explained + noise,
        kernel=kernels[-1],
        hidden_kernels=kernels,
        discrepancy=process.vectors @ state.labels,
        spread=np.zeros_like(mean),
        loop_ratio=_ratio(loop, mean),
        residual=float(np.abs(state.gradient).max()),
        error_bar=bar,
    )


def _ratio(loop: Floats, mean: Floats) -> float:
    size = float(np.linalg.norm(mean))
    return float(np.linalg.norm(loop)) / size if size else 0.0


def _one_loop(process: RescaledProcess, x: Floats, hessian: Floats) -> tuple[Floats, Floats]:
    """f_ij G_ij/2 - f_i G_ij S_jkl G_kl/2, and f_i G_ij f_j: what fluctuations of the scales add.

    G is the inverse of the Hessian, a sum over its eigenvectors; derivatives along each by Cauchy's integral.
    """
    values, vectors = np.linalg.eigh(hessian)
    radius = _RADIUS * process.action.room(x)
    half = np.arange(_CIRCLE // 2 + 1)  # of the circle: the other half is conjugate
    turns, twice = np.exp(2j * np.pi * half / _CIRCLE), np.where(half % (_CIRCLE // 2), 2.0, 1.0)
    of_slope = twice * turns.conj() / (_CIRCLE * radius)
    of_curvature = 2 * twice * turns.conj() ** 2 / (_CIRCLE * radius**2)
    second, third, noise, slopes = 0.0, 0.0, 0.0, []
    for value, vector in zip(values, vectors.T, strict=True):
        states = [process.action.at(x + radius * turn * vector) for turn in turns]
        answers = np.array([process.answer(state) for state in states])
        gradients = np.array([state.gradient for state in states])
        slopes.append(process.at_points(np.tensordot(of_slope, answers, 1).real))
        noise = noise + slopes[-1] ** 2 / value
        second = second + process.at_points(np.tensordot(of_curvature, answers, 1).real) / value
        third = third + np.tensordot(of_curvature, gradients, 1).real / value
    shift = -(vectors.T @ third) / values  # G S''' G
    loop = second / 2 + np.tensordot(shift, slopes, 1) / 2
    return np.asarray(loop), np.asarray(noise)
