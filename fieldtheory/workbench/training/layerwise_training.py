r"""Networks trained layer by layer, each layer alone and for the labels, beside training of all at once.

What a layer is trained for is the evidence of the labels under a Gaussian process with the kernel of the
layer, K^l = (w_(l+1)/n) phi(h^l).phi(h^l) + b: with A = K^l + ridge

    S = ½ y^T A^-1 y + ½ ln det A + (P/2) ln 2 pi,    dS/dK = ½ (A^-1 - A^-1 y y^T A^-1),

the conditional entropy of labels that the process has drawn (`renormalization.gp_conditional_entropy`).
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from fieldtheory.arguments import require_choice, require_integer, require_likelihood_variance
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Booleans, Floats
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted
from fieldtheory.drawing import plot
from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.networks.point_covariance import points
from fieldtheory.one_thread import one_blas_thread
from fieldtheory.references import BEN_DAVID_RINGEL
from fieldtheory.workbench import records
from fieldtheory.workbench.training.gradient_flow import gradient_flow
from fieldtheory.workbench.training.network_batch import Architecture, Parameters
from fieldtheory.workbench.training.training_arguments import require_trainable

_END, _FLOW = 1e-2, 500  # of training end to end, in units of the labels: kinks allow no less; steps
_SPHERE = 1e-6  # |x|^2 - 1 that counts as rounding


class LayerEvidence(NamedTuple):
    """Of Gaussian processes on the inputs and on every hidden layer, (members, layers + 1).

    `entropy`: conditional entropy of the labels, in nats; `test_error`: mean squared error at the test points
    (nan without any).
    """

    entropy: Floats
    test_error: Floats

    @property
    def entropy_mean(self) -> Floats:
        """Over members, by layer."""
        return np.asarray(self.entropy.mean(axis=0))

    @property
    def entropy_stderr(self) -> Floats:
        """Of that mean."""
        return np.asarray(self.entropy.std(axis=0, ddof=1) / math.sqrt(len(self.entropy)))

    @property
    def test_error_mean(self) -> Floats:
        """Over members, by layer."""
        return np.asarray(self.test_error.mean(axis=0))

    @property
    def test_error_stderr(self) -> Floats:
        """Of that mean."""
        return np.asarray(self.test_error.std(axis=0, ddof=1) / math.sqrt(len(self.entropy)))


@dataclass(frozen=True, eq=False, kw_only=True)
class LayerwiseTraining:
    """What layers know of the labels: before training, trained one by one, and trained end to end.

    The three begin with the same weights. `network_error`: mean squared error of the networks trained end to
    end, (members,), nan without test points. `converged`: (members, layers + 1), whether each layer came to
    its minimum, and last whether training end to end came to its end.
    """

    random: LayerEvidence
    layerwise: LayerEvidence
    end_to_end: LayerEvidence
    network_error: Floats
    converged: Booleans
    width: int
    ridge: float
    members: int
    seed: int
    warnings: tuple[str, ...] = ()

    plot = plot

    references = (BEN_DAVID_RINGEL,)
    plot = plot

    def __repr__(self) -> str:
        entropy = " ".join(f"{each:.4g}" for each in self.layerwise.entropy_mean)
        return (
            f"LayerwiseTraining({counted(self.members, 'network')} of width {self.width}, conditional "
            f"entropy {entropy}, end to end {self.end_to_end.entropy_mean[-1]:.4g})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Every field by name as plain lists, numbers and strings, ready for JSON."""
        found = records.to_dict(self)
        for name in ("random", "layerwise", "end_to_end"):
            found[name] = {part: each.tolist() for part, each in getattr(self, name)._asdict().items()}
        return found


def train_layerwise(
    net: FullyConnected,
    X: ArrayLike,
    y: ArrayLike,
    width: int,
    objective: str = "evidence",
    ridge: float = 0.1,
    seed: int = 0,
    X_test: ArrayLike | None = None,
    y_test: ArrayLike | None = None,
    members: int = 8,
    steps: int = 1000,
    tolerance: float = 1e-5,
) -> LayerwiseTraining:
    """Train each layer alone to lower the conditional entropy of the labels given it, then freeze it.

    `X`: points of norm 1, one a row; `y`: a label of each; `X_test`, `y_test`: others. `width`: of all hidden
    layers; `members`: networks, number m with the weights of `numpy.random.default_rng([seed, m])`.
    `objective`: "evidence", of a Gaussian process with the kernel of the layer and noise of variance `ridge`
    (Ben-David and Ringel, arXiv 1902.02354). Layers descend by L-BFGS, at most `steps` iterations, until
    one lowers the entropy by less than `tolerance` of its size, or nats. Beside them the same networks,
    trained end to end by gradient flow with the same ridge, of outputs less those before training, until
    these would move by a hundredth of the labels at most.

    ValueError for bad input and for points off the sphere; a UserWarning for what has not come to its end.

    Equation: label-evidence, gradient-flow

    >>> net = FullyConnected(2, "erf", weight_variance=2.0)
    >>> X = np.eye(4)
    >>> found = train_layerwise(net, X, [1.0, -1.0, 1.0, -1.0], width=20, members=2)
    >>> bool((found.layerwise.entropy < found.random.entropy)[:, 1:].all())
    True
    """
    require_choice("objective", objective, ("evidence",))
    require_trainable(
        replace(net, width=None, feature_strength=1.0) if isinstance(net, FullyConnected) else net
    )
    train, labels = _labelled("X", X, "y", y)
    test, truth = np.zeros((0, train.shape[1])), np.zeros(0)
    if X_test is not None or y_test is not None:
        if X_test is None or y_test is None:
            raise ValueError("X_test and y_test must be given together (got one of them)")
        test, truth = _labelled("X_test", X_test, "y_test", y_test)
        if test.shape[1] != train.shape[1]:
            raise ValueError(f"X_test must have points in {train.shape[1]} dimensions (got {test.shape[1]})")
    width = require_integer("width", width, minimum=1, maximum=10**6)
    ridge = require_likelihood_variance("ridge", ridge)
    seed = require_integer("seed", seed, minimum=0, maximum=2**62)
    members = require_integer("members", members, minimum=2, maximum=10**6)
    steps = require_integer("steps", steps, minimum=1, maximum=10**6)
    tolerance = require_likelihood_variance("tolerance", tolerance)
    architecture = Architecture.of(net, train.shape[1], [width] * net.hidden_layers)
    _require_time(architecture, len(train), len(test), members, steps)
    problem = _Problem(architecture, train, labels, test, truth, ridge)
    with one_blas_thread():
        rows = [_member(problem, np.random.default_rng([seed, m]), steps, tolerance) for m in range(members)]
    converged = np.array([row.converged for row in rows])
    said = tuple(_unfinished(converged, steps))
    for text in said:
        warnings.warn(text, UserWarning, stacklevel=2)
    return LayerwiseTraining(
        random=_stacked([row.random for row in rows]),
        layerwise=_stacked([row.layerwise for row in rows]),
        end_to_end=_stacked([row.end_to_end for row in rows]),
        network_error=np.array([row.network_error for row in rows]),
        converged=converged,
        width=width,
        ridge=ridge,
        members=members,
        seed=seed,
        warnings=said,
    )


def _labelled(x_name: str, x: ArrayLike, y_name: str, y: ArrayLike) -> tuple[Floats, Floats]:
    found = points(x_name, x)
    norms = np.square(found).sum(axis=1)
    if (np.abs(norms - 1) > _SPHERE).any():
        worst = int(np.argmax(np.abs(norms - 1)))
        raise ValueError(
            f"{x_name} must have points of norm 1, on the sphere (got norm {math.sqrt(norms[worst]):.6g} in "
            f"row {worst}): divide each row by its norm"
        )
    labels = require_reals(y_name, y)
    if labels.shape != (len(found),):
        raise ValueError(
            f"{y_name} must have one label for each of {counted(len(found), 'point')} in {x_name} (got shape "
            f"{labels.shape})"
        )
    return found, labels


class _Problem(NamedTuple):
    """Networks, points and labels, and the ridge."""

    net: Architecture
    x: Floats
    labels: Floats
    tests: Floats
    truth: Floats
    ridge: float

    @property
    def both(self) -> Floats:
        """Training points, then test points."""
        return np.concatenate([self.x, self.tests])

    def evidence(self, layer: int, values: Floats) -> tuple[float, float]:
        """Entropy and test error of the process whose kernel is that of `values`, which enter `layer`."""
        from renormalization.real_space.layers.label_evidence import gp_conditional_entropy

        train = len(self.x)
        kernel = self.net.scales[layer] ** 2 * (values @ values[:train].T) + self.net.bias**2
        inner = kernel[:train]
        entropy = gp_conditional_entropy((inner + inner.T) / 2, self.labels[:, None], self.ridge)
        if not len(self.tests):
            return entropy, math.nan
        solved = np.linalg.solve(inner + self.ridge * np.eye(train), self.labels)
        return entropy, float(np.square(kernel[train:] @ solved - self.truth).mean())

    def objective(self, layer: int, before: Floats, bias: Floats, flat: Floats) -> tuple[float, Floats]:
        """Entropy after `layer`, and its gradient by the weights of the layer, in units of nats."""
        net, train = self.net, len(self.x)
        weights = flat.reshape(net.sizes[layer + 1], net.sizes[layer])
        fields = net.scales[layer] * (before @ weights.T) + net.bias * bias
        values = net.phi(fields)
        scale = net.scales[layer + 1] ** 2
        kernel = scale * (values @ values.T) + net.bias**2 + self.ridge * np.eye(train)
        factor = cho_factor(kernel, lower=True)
        inverse, solved = cho_solve(factor, np.eye(train)), cho_solve(factor, self.labels)
        entropy = (
            0.5 * (self.labels @ solved + train * math.log(2 * math.pi)) + np.log(np.diag(factor[0])).sum()
        )
        pull = scale * ((inverse - np.outer(solved, solved)) @ values) * net.slope(fields)
        return float(entropy), np.asarray(net.scales[layer] * (pull.T @ before)).ravel()


class _Member(NamedTuple):
    random: Floats
    layerwise: Floats
    end_to_end: Floats
    network_error: float
    converged: list[bool]


def _member(problem: _Problem, rng: np.random.Generator, steps: int, tolerance: float) -> _Member:
    """One network in all three ways; evidence as (layers + 1, 2)."""
    net, labels = problem.net, problem.labels
    start = net.normal([rng])
    layerwise, finished = _layerwise(problem, start, steps, tolerance)
    before = net.outputs(start, problem.both)
    train = len(problem.x)
    run = gradient_flow(net, start, problem.x, labels + before[:, :train], problem.ridge, _END, _FLOW)
    learnt = (net.outputs(run.parameters, problem.both) - before)[0, train:]
    error = float(np.square(learnt - problem.truth).mean()) if len(problem.tests) else math.nan
    return _Member(
        _evidence(problem, start),
        layerwise,
        _evidence(problem, run.parameters),
        error,
        [*finished, bool(run.converged[0])],
    )


def _evidence(problem: _Problem, at: Parameters) -> Floats:
    values = problem.net.tangent(at, problem.both).values
    return np.array([problem.evidence(layer, each[0]) for layer, each in enumerate(values)])


def _layerwise(
    problem: _Problem, start: Parameters, steps: int, tolerance: float
) -> tuple[Floats, list[bool]]:
    net, train = problem.net, len(problem.x)
    values, found, finished = problem.both, [problem.evidence(0, problem.both)], []
    for layer in range(len(net.sizes) - 2):
        bias = start.biases[layer][0] if net.bias else np.zeros((1, 1))
        result = minimize(
            partial(problem.objective, layer, values[:train], bias),
            start.weights[layer][0].ravel(),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": steps, "maxfun": 10 * steps, "ftol": tolerance, "gtol": 1e-8},
        )
        weights = result.x.reshape(net.sizes[layer + 1], net.sizes[layer])
        values = net.phi(net.scales[layer] * (values @ weights.T) + net.bias * bias)
        found.append(problem.evidence(layer + 1, values))
        finished.append(bool(result.success))
    return np.array(found), finished


def _stacked(rows: list[Floats]) -> LayerEvidence:
    both = np.stack(rows)
    return LayerEvidence(both[:, :, 0], both[:, :, 1])


def _unfinished(converged: Booleans, steps: int) -> list[str]:
    missing = (~converged).sum(axis=0)
    said = [
        f"layer {layer + 1}: {count} of {counted(len(converged), 'network')} not at a minimum after "
        f"{counted(steps, 'step')}; raise steps"
        for layer, count in enumerate(missing[:-1])
        if count
    ]
    if missing[-1]:
        said.append(
            f"{missing[-1]} of {counted(len(converged), 'network')} not at the end of training end to end"
        )
    return said


def _require_time(net: Architecture, train: int, test: int, members: int, steps: int) -> None:
    one = 1e-3 + net.parameters * train * 3e-9 + 4e-9 * train**3 + 2e-8 * train * sum(net.sizes)
    require_budget(
        f"training {counted(members, 'network')} layer by layer on {counted(train, 'point')}",
        seconds=members * one * min(steps, 500) * len(net.sizes),
        memory=8.0
        * (12 * net.parameters + 8 * train**2 + 8 * (train + test) * max(net.sizes) * len(net.sizes)),
        smaller="members, width, steps or the number of points",
    )
