r"""How far a theory that takes phi on the data for Gaussian may be off because it is not."""

from __future__ import annotations

import math

import numpy as np

from fieldtheory.array_types import Floats
from renormalization.feature_learning.posteriors.neuron_law import covariance_root, normal_points
from renormalization.feature_learning.saddles.action import NeuronAction
from renormalization.feature_learning.scales.rescaled_process import RescaledProcess
from renormalization.feature_learning.scales.scale_action import ScaleState

_FEATURES = 2**19  # numbers phi(h) from which the bar is found


def beyond_gaussian(process: RescaledProcess, state: ScaleState, rows: Floats) -> Floats:
    """How far f may be off because phi is not Gaussian, at first order in what it then has wrong.

    The larger of two estimates: from the saddle, the law of a neuron that tau tilts (where features are
    learnt); from loops, the fourth cumulant (where they are not).
    """
    problem, p = process.problem, process.problem.training_points
    x = problem.points
    if x.shape[1] < len(x):
        root = np.sqrt(problem.weight_variances[0] * problem.input_scale) * x
        root = np.hstack([root, np.full((len(x), 1), math.sqrt(problem.bias_variance))])
    else:
        root = covariance_root(problem.first_covariance)
    count = min(problem.nodes, 2 ** max(6, int(math.log2(_FEATURES / len(root)))))
    function = problem.activation.require_function("the bar of a rescaled kernel")
    phi = function(normal_points(count, root.shape[1], problem.seed, 0) @ root.T)
    found = []
    for u in (_tilt_beyond(process, state, phi), _fourth_cumulant_beyond(process, state, phi)):
        inner = state.solved((process.vectors.T @ u[:p])[:, :, None])[:, :, 0]
        found.append(np.abs(u - np.einsum("acid,id->ac", rows, inner)))
    return np.asarray(np.maximum(*found))


def _tilt_beyond(process: RescaledProcess, state: ScaleState, phi: Floats) -> Floats:
    """d psi/d tau with the law of phi, less that of a Gaussian phi; 0 where its tilt is too strong for it."""
    problem, p = process.problem, process.problem.training_points
    (n,), g, outputs = problem.require_widths("rescaled"), problem.readout_variance, problem.outputs
    tau = process.vectors @ state.labels
    action = NeuronAction(phi, np.full(len(phi), -math.log(len(phi))), n, g / n, 0.0)
    across = process.across @ state.labels
    labels = state.labels
    left = np.eye(outputs) - labels.T @ (process.action.values[:, None] * labels) / n
    if np.linalg.eigvalsh((left + left.T) / 2).min() <= 0:
        return np.zeros((len(phi.T), outputs))
    each = np.linalg.inv(left)
    gaussian = across @ each
    if process.means.any():
        seen = each @ (process.means[:p] @ tau)
        gaussian = gaussian + np.outer(process.means, seen) + across @ np.outer(seen, seen) / n
    return np.asarray(action.gradient(tau, action.law(tau)) - gaussian)


def _fourth_cumulant_beyond(process: RescaledProcess, state: ScaleState, phi: Floats) -> Floats:
    """(g^2/2n) of <phi_a t_c> less what pairs of phi make of it.

    t = s sigma - 2 q s - s tr q, sigma = s.s, s = tau.phi, q = phi^T A^-1 phi.
    """
    problem, p, count = process.problem, process.problem.training_points, len(phi)
    (n,), g = problem.require_widths("rescaled"), problem.readout_variance
    modes, outputs = phi[:, :p] @ process.vectors, problem.outputs
    s = modes @ state.labels

    def bilinear(one: Floats, two: Floats) -> Floats:
        """one^T A^-1 two at every node, outputs x outputs."""
        found = np.einsum("qi,icd,qi->qcd", one, state.local, two, optimize=True)
        if state.core.size:
            left, right = (np.einsum("qi,icr->qcr", each, state.outer, optimize=True) for each in (one, two))
            found -= np.einsum("qcr,rs,qds->qcd", left, state.core, right, optimize=True)
        return np.asarray(found)

    def cubic(s: Floats, q: Floats) -> Floats:
        sigma = np.sum(s**2, axis=-1, keepdims=True)
        trace = np.einsum("qcc->q", q)[:, None]
        return np.asarray(s * sigma - 2 * np.einsum("qcd,qd->qc", q, s) - s * trace)

    q, v = bilinear(modes, modes), phi.T @ s / count
    exact = phi.T @ cubic(s, q) / count
    square, mean_q = s.T @ s / count, q.mean(axis=0)
    gaussian = v @ (np.trace(square) * np.eye(outputs) + 2 * square)
    gaussian -= 2 * v @ mean_q + v * np.trace(mean_q)
    # phi_a with one end of q, s with the other
    seen = process.vectors.T @ v[:p]
    columns = np.einsum("id,ce->iced", seen, np.eye(outputs)).reshape(len(seen), outputs, -1)
    solved = state.solved(columns).reshape(len(seen), outputs, outputs, outputs)  # i, c, e, of output d
    second = phi.T @ modes / count
    crossed = np.einsum("ai,icdd->ac", second, solved) + np.einsum("ai,iddc->ac", second, solved)
    crossed += np.einsum("ai,idcd->ac", second, solved)
    gaussian -= 2 * crossed
    of_mean = cubic(s.mean(axis=0)[None], bilinear(modes.mean(axis=0)[None], modes.mean(axis=0)[None]))[0]
    gaussian -= 2 * np.outer(phi.mean(axis=0), of_mean)
    return np.asarray(g**2 / (2 * n) * (exact - gaussian))
