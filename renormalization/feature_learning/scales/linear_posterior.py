r"""The exact posterior of a deep linear network: a Gaussian process whose scale is averaged over.

Given q, the squared length of the read-out as the first hidden layer sees it, f ~ GP(0, q K + b), K the
kernel at infinite width. With the eigenvectors of K in units of the noise, kappa + b, everything is a sum
over q: one integral whatever the width, the depth and the number of points (Li, Sompolinsky 2021, who take
its saddle point).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import eigh

from fieldtheory.arguments import LEAST_VARIANCE, require_flag, require_number
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.drawing import plot
from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.networks.point_covariance import points
from fieldtheory.references import LI_SOMPOLINSKY
from fieldtheory.shown_value import shown
from renormalization.feature_learning.posteriors.posterior_prediction import PosteriorPrediction
from renormalization.feature_learning.posteriors.posterior_problem import PosteriorProblem
from renormalization.feature_learning.scales.scale_law import ScaleLaw, scale_law

_CUT = 50.0  # -log of the posterior weight of a scale that is left out
_CHUNK = 32  # nodes by which the range of scales grows
_CONVERGED = 1e-14  # change of the mean when nodes are doubled, relative
_ROUNDING = 1e-10  # below it a change that does not fall is one of rounding
_DOUBLINGS, _FEWEST, _MOST = 60, 64, 2**14  # numbers of nodes
_EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False, kw_only=True)
class LinearPosterior:
    r"""The exact posterior of a linear network at finite width, at training points then test points.

    `mean` of f, and `error_bar`, what the quadrature leaves of it; `variance` of f; `discrepancy` tau =
    (y - f)/kappa at training points. `scale` R = <q>, by which the kernel has grown, `geometric_scale`
    exp <log q>; `log_evidence` log p(y). `hidden_kernels`: b + g_(l+1) <h h^T> of every hidden layer l,
    points x points; `kernel`: the last of them, that of the outputs.
    """

    mean: Floats
    error_bar: Floats
    variance: Floats
    discrepancy: Floats
    scale: float
    geometric_scale: float
    log_evidence: float
    hidden_kernels: tuple[Floats, ...]

    plot = plot

    def __repr__(self) -> str:
        return (
            f"LinearPosterior({len(self.discrepancy)} training and {len(self.test)} test points, scale "
            f"{self.scale:.6g}, log evidence {self.log_evidence:.6g})"
        )

    @property
    def train(self) -> Floats:
        """The mean at the training points."""
        return self.mean[: len(self.discrepancy)]

    @property
    def test(self) -> Floats:
        """The mean at the test points."""
        return self.mean[len(self.discrepancy) :]

    @property
    def kernel(self) -> Floats:
        """The kernel of the outputs under the posterior, points x points."""
        return self.hidden_kernels[-1]

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return (LI_SOMPOLINSKY,)


def linear_posterior(
    net: FullyConnected, X: Any, y: Any, X_test: Any = None, ridge: float = 0.3, scale_ridge: bool = True
) -> LinearPosterior:
    """The exact posterior of a linear network of finite width: one integral over its scale.

    `net`: with activation "linear" and a width; biases with one hidden layer only. `X`: (P, d), any norms;
    `y`: (P,), one output. `ridge` kappa_0: the variance of the noise is kappa_0/chi, chi the feature strength
    (`scale_ridge` False: kappa_0). ValueError for another network, and data of other shapes.

    Equation: linear-posterior

    >>> net = FullyConnected(1, "linear", input_scale=0.5, width=10)
    >>> linear_posterior(net, [[1.0, 1.0], [1.0, -1.0]], [1.0, 2.0], ridge=0.1).mean.round(6).tolist()
    [0.914322, 1.828645]
    """
    if not isinstance(net, FullyConnected) or not net.hidden_layers:
        raise ValueError(f"net must be a FullyConnected with hidden layers (got {shown(net)})")
    x = points("X", X)
    labels = require_reals("y", y)
    if labels.shape not in ((len(x),), (len(x), 1)):
        raise ValueError(
            f"y must have one number for each of the {len(x)} points of X (got shape {labels.shape})"
        )
    test = np.empty((0, x.shape[1])) if X_test is None else points("X_test", X_test)
    if test.shape[1] != x.shape[1]:
        raise ValueError(f"X_test must have points in {x.shape[1]} dimensions (got {test.shape[1]})")
    scaled = require_flag("scale_ridge", scale_ridge)
    noise = require_number("ridge", ridge, exclusive=True) / (net.strength if scaled else 1.0)
    largest = float(net.input_covariance(np.concatenate([x, test])).max())
    for name, value in (("ridge", noise), ("X", largest)):
        if not LEAST_VARIANCE <= value <= 1 / LEAST_VARIANCE:
            raise ValueError(
                f"{name} must leave the variances of labels and first pre-activations between "
                f"{LEAST_VARIANCE:g} and {1 / LEAST_VARIANCE:g} (got {value:g})"
            )
    return scale_mixture(
        PosteriorProblem(
            activation=net.phi,
            widths=net.widths,
            weight_variances=tuple(float(each) for each in net.weight_variances[:-1]),
            readout_variance=net.scaled_readout_variance,
            bias_variance=float(net.bias_variance),
            input_scale=float(net.input_scale),
            ridge=noise,
            feature_strength=net.strength,
            X=x,
            y=labels.reshape(-1, 1),
            X_test=test,
        )
    )


def refusal(problem: PosteriorProblem) -> str:
    """Why a problem has no exact posterior, "" if it has one."""
    if problem.activation.name != "linear":
        return f"activation must be 'linear' for an exact posterior (got {shown(problem.activation.name)})"
    if not problem.widths:
        return "width must be a number, or one per hidden layer, for an exact posterior (got None)"
    if problem.outputs != 1:
        return f"y must have one output for an exact posterior (got {problem.outputs})"
    if problem.depth > 1 and problem.bias_variance:
        return (
            "bias_variance must be 0 for an exact posterior with more than one hidden layer "
            f"(got {problem.bias_variance:g})"
        )
    return ""


def prediction(problem: PosteriorProblem) -> PosteriorPrediction:
    """The exact posterior as theories of finite width state theirs."""
    found = scale_mixture(problem)
    return PosteriorPrediction(
        mean=found.mean[:, None],
        variance=found.variance[:, None],
        kernel=found.kernel,
        hidden_kernels=found.hidden_kernels,
        discrepancy=found.discrepancy[:, None],
        spread=np.zeros((len(found.mean), 1)),
        error_bar=found.error_bar[:, None],
    )


class _Nodes(NamedTuple):
    """Scales q at w with their posterior weights, E[u_1 ... u_k | q], and the log of the integral."""

    w: Floats
    q: Floats
    weights: Floats
    partial: Floats
    log_integral: float


class _Modes(NamedTuple):
    """q K + M = M V (1 + q lambda) V^T M on the training points, M the noise with the bias; V^T y."""

    values: Floats
    vectors: Floats
    labels: Floats

    def log_likelihood(self, q: Floats) -> tuple[Floats, Floats]:
        """-log det(1 + q lambda)/2 and -sum b^2/(1 + q lambda)/2 without `unlearnable`, both at most 0."""
        seen = self.values > 0
        grown = np.outer(q, self.values[seen])
        return -np.log1p(grown).sum(axis=1) / 2, -(1 / (1 + grown)) @ self.labels[seen] ** 2 / 2

    def seen_by(self, kernel: Floats) -> Floats:
        """The kernel of points with the training points, by modes; 0 where lambda is, not its rounding."""
        return np.where(self.values > 0, kernel @ self.vectors, 0.0)

    @property
    def unlearnable(self) -> float:
        """-sum b^2/2 of the modes with lambda = 0, at any q."""
        return -float(np.sum(self.labels[self.values == 0] ** 2)) / 2


def scale_mixture(problem: PosteriorProblem) -> LinearPosterior:
    """The exact posterior; ValueError for a problem that has none."""
    said = refusal(problem)
    if said:
        raise ValueError(said)
    widths, size, bias = problem.require_widths("exact"), problem.training_points, problem.bias_variance
    total = size + len(problem.X_test)
    require_budget(
        f"an exact posterior of {total} points",
        seconds=1e-8 * size**3 + 1e-6 * total**2,
        memory=60.0 * total**2 + 1e4 * size,
        smaller="the number of points",
    )
    variances = (*problem.weight_variances[1:], problem.readout_variance)
    kernel = math.prod(variances) * problem.first_covariance
    noise = problem.ridge * np.eye(size) + bias
    values, vectors = eigh(kernel[:size, :size], noise)
    # what rounding makes of an eigenvalue of 0 would be learnt by huge scales
    rounding = size * _EPS * float(np.trace(kernel[:size, :size])) / problem.ridge
    modes = _Modes(np.where(values > rounding, values, 0.0), vectors, vectors.T @ problem.y[:, 0])
    nodes, error = _integrated(widths, modes)
    found = _averaged(problem, kernel, modes, nodes)
    log_noise = size * math.log(problem.ridge) + math.log1p(size * bias / problem.ridge)
    evidence = nodes.log_integral + modes.unlearnable - (log_noise + size * math.log(2 * math.pi)) / 2
    return replace(found, error_bar=found.error_bar + error * np.abs(found.mean).max(), log_evidence=evidence)


def _integrated(widths: tuple[int, ...], modes: _Modes) -> tuple[_Nodes, float]:
    """Nodes that are dense enough for the posterior, and what doubling them changed, relative.

    In w, of which all functions are analytic and fall off at both ends, the trapezoidal rule converges
    geometrically.
    """
    low, high, step = _support(widths, modes)
    nodes = _nodes_at(widths, modes, np.linspace(low, high, math.ceil((high - low) / step) + 1))
    change = math.inf
    for _ in range(_DOUBLINGS):
        # the posterior may be much narrower than the prior: what has no weight is left out
        first, last = np.flatnonzero(nodes.weights > math.exp(-_CUT))[[0, -1]]
        first, last = max(first - 1, 0), min(last + 1, len(nodes.w) - 1)
        number = 2 * (last - first) + 1
        finer = _nodes_at(widths, modes, np.linspace(nodes.w[first], nodes.w[last], number))
        means = [_shrinkage(modes, each) for each in (nodes, finer)]
        before, change = change, float(np.abs(means[1] - means[0]).max() / np.abs(means[1]).max())
        nodes = finer
        if number < _FEWEST:  # one node that has all the weight is in both
            continue
        if change <= _CONVERGED or _ROUNDING > change > before / 2 or number > _MOST:
            break
    return nodes, change


def _shrinkage(modes: _Modes, nodes: _Nodes) -> Floats:
    """<q/(1 + q lambda)>, by which the labels of a mode are multiplied."""
    return nodes.weights @ (nodes.q[:, None] / (1 + np.outer(nodes.q, modes.values)))


def _law_at(widths: tuple[int, ...], w: Floats) -> ScaleLaw:
    """The law at v = w + e^w: to the right log q rises like w, so that huge scales are not far."""
    law = scale_law(widths, w + np.exp(w))
    return law._replace(jacobian=law.jacobian * (1 + np.exp(w)))


def _nodes_at(widths: tuple[int, ...], modes: _Modes, w: Floats) -> _Nodes:
    law = _law_at(widths, w)
    q = np.exp(law.logs)
    logs = _log_weight(law, *modes.log_likelihood(q))
    highest = float(logs.max())
    weights = np.exp(logs - highest)
    total = float(weights.sum())
    return _Nodes(w, q, weights / total, law.partial, highest + math.log(total * float(w[1] - w[0])))


def _log_weight(law: ScaleLaw, volume: Floats, misfit: Floats) -> Floats:
    return np.asarray(law.log_density + np.log(law.jacobian) + volume + misfit)


def _support(widths: tuple[int, ...], modes: _Modes) -> tuple[float, float, float]:
    """Ends in w beyond which nothing counts, and a step.

    Beyond an end the prior falls, it is log-concave; of the likelihood the determinant falls to the right and
    the misfit to the left, and the other of the two is at most 1: what they have at the end bounds all that
    follows.
    """
    depth, least = len(widths), min(widths)
    step = 0.3 / math.sqrt(depth * least / 2 + depth**2 * len(modes.values) / 2)
    w = step * np.arange(-_CHUNK, _CHUNK + 1)
    ends, best = [float(w[0]), float(w[-1])], -math.inf
    inside = [True, True]
    while True:
        law = _law_at(widths, np.asarray(w, dtype=np.float64))
        volume, misfit = modes.log_likelihood(np.exp(law.logs))
        best = max(best, float(_log_weight(law, volume, misfit).max()))
        prior = law.log_density + np.log(law.jacobian)
        for end, part in ((0, misfit), (1, volume)):
            place = int(np.argmin(np.abs(w - ends[end])))
            if abs(w[place] - ends[end]) < step / 2:
                inside[end] = bool(prior[place] + part[place] > best - _CUT)
        if not any(inside):
            return ends[0], ends[1], step
        side = 0 if inside[0] else 1
        start = ends[side]
        w = start + (1 if side else -1) * step * np.arange(1, _CHUNK + 1)
        ends[side] = float(w[-1])


def _averaged(problem: PosteriorProblem, kernel: Floats, modes: _Modes, nodes: _Nodes) -> LinearPosterior:
    """Means, variances and kernels from averages over q of q/(1 + q lambda) and 1/(1 + q lambda)."""
    size, bias = problem.training_points, problem.bias_variance
    q, weights, labels = nodes.q, nodes.weights, modes.labels
    left = 1 / (1 + np.outer(q, modes.values))
    learnt = q[:, None] * left
    seen = modes.seen_by(kernel[:, :size])
    shift = bias * modes.vectors.sum(axis=0)
    # f given q: (q K + b) V (1 + q lambda)^-1 V^T y
    factors, coefficients = [seen * labels], [learnt]
    if bias:
        factors.append(np.broadcast_to(shift * labels, seen.shape))
        coefficients.append(left)
    averages = [weights @ each for each in coefficients]
    mean = np.sum([factor @ average for factor, average in zip(factors, averages, strict=True)], axis=0)
    spread = np.zeros(len(kernel))
    for one, first, of_first in zip(factors, coefficients, averages, strict=True):
        for two, second, of_second in zip(factors, coefficients, averages, strict=True):
            moment = (first - of_first).T @ (weights[:, None] * (second - of_second))
            spread += np.einsum("ai,ai->a", one @ moment, two)
    scale = float(weights @ q)
    known = [weights @ each for each in (q[:, None] * learnt, learnt, left)]
    explained = seen**2 @ known[0] + 2 * seen @ (shift * known[1]) + float(shift**2 @ known[2])
    variance = scale * np.diag(kernel) + bias - explained + spread
    sizes = [np.abs(factor) @ np.abs(average) for factor, average in zip(factors, averages, strict=True)]
    rounding = 4 * _EPS * np.sum(sizes, axis=0)
    return LinearPosterior(
        mean=mean,
        error_bar=rounding,
        variance=variance,
        discrepancy=modes.vectors @ (known[2] * labels),
        scale=scale,
        geometric_scale=math.exp(float(weights @ np.log(q))),
        log_evidence=0.0,
        hidden_kernels=_hidden_kernels(problem, kernel, modes, nodes),
    )


def _hidden_kernels(
    problem: PosteriorProblem, kernel: Floats, modes: _Modes, nodes: _Nodes
) -> tuple[Floats, ...]:
    """b + g_(l+1) <h h^T>, l = 1 ... L.

    f = a.h, a what comes after: given f, a and the metric G of the layer below, h_j h_j^T sum to (n - 1) G +
    f f^T/|a|^2, and 1/|a|^2 is u_1 ... u_(l-1)/q in units of its prior.
    """
    q, weights, size = nodes.q, nodes.weights, problem.training_points
    left = 1 / (1 + np.outer(q, modes.values))
    seen = modes.seen_by(kernel[:, :size])
    outer = np.outer(modes.labels, modes.labels)
    metric, found = kernel, []
    for width, partial in zip(problem.require_widths("exact"), nodes.partial, strict=True):
        share = weights * partial
        inner = outer * (left.T @ ((share * q)[:, None] * left)) - np.diag(share @ (q[:, None] * left))
        metric = metric + (float(share.sum()) * kernel + seen @ inner @ seen.T - metric) / width
        found.append(metric)
    variances = (*problem.weight_variances[1:], problem.readout_variance)
    after = [math.prod(variances[layer + 1 :]) for layer in range(len(found))]
    return tuple(
        problem.bias_variance + (each + each.T) / 2 / scale for each, scale in zip(found, after, strict=True)
    )
