"""Gradient descent of real networks of finite width: what training dynamics is held against."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from fieldtheory.arguments import require_integer
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted
from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.references import BORDELON_PEHLEVAN
from fieldtheory.workbench.training.running_mean import RunningMean, covariance, covariance_stderr
from fieldtheory.workbench.training.training_arguments import all_points, training_problem
from fieldtheory.workbench.training.training_record import alignments, to_dict
from renormalization.training_dynamics.moving_tangent_kernel import moving_tangent_kernel
from renormalization.training_dynamics.networks import NetworkRuns, initial_weights, train
from renormalization.training_dynamics.training_problem import TrainingProblem

_BATCH = 3e7  # bytes of the networks that are trained at once


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainedNetworks:
    """Averages over networks of one width, at every step and at Q points, training points then test points.

    `outputs`: f, (steps, Q), entry 0 before the first step, with `stderr`; `loss`: ½ sum (y - f)^2, (steps,);
    `kernels`, `gradient_kernels`: Phi^l and G^l of each hidden layer, (steps, Q, steps, Q), with their
    standard errors; `ntk`: (steps, Q, Q); `network_variance`: covariance of the outputs over networks,
    (steps, Q, Q), with its standard error.
    """

    outputs: Floats
    stderr: Floats
    loss: Floats
    kernels: tuple[Floats, ...]
    kernels_stderr: tuple[Floats, ...]
    gradient_kernels: tuple[Floats, ...]
    gradient_kernels_stderr: tuple[Floats, ...]
    ntk: Floats
    ntk_stderr: Floats
    network_variance: Floats
    network_variance_stderr: Floats
    networks: int
    width: int
    seed: int
    references: tuple[str, ...]
    problem: TrainingProblem = field(repr=False)

    theory = "networks"
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return (
            f"TrainedNetworks({counted(self.networks, 'network')} of width {self.width}, "
            f"{counted(self.problem.steps, 'step')})"
        )

    @property
    def train(self) -> Floats:
        """The outputs at training points, a view."""
        return self.outputs[:, : self.problem.training_points]

    @property
    def test(self) -> Floats:
        """The outputs at test points, a view."""
        return self.outputs[:, self.problem.training_points :]

    @property
    def alignment(self) -> Floats:
        """y^T Phi^l(t, t) y/(|y|^2 |Phi^l|) at training points, (layers, steps)."""
        return alignments(self.problem, self.kernels)

    def to_dict(self) -> dict[str, Any]:
        """Every field by name as plain lists, numbers and strings, ready for JSON."""
        return to_dict(self)

    def plot(self, axes: Any = None) -> Any:
        """Outputs and the alignment of kernels with the labels in time; the Matplotlib figure.

        Into Matplotlib `axes`, where given, outputs alone.
        """
        from fieldtheory.workbench.plots.training import training_figure

        return training_figure(self, axes)


def train_networks(
    net: FullyConnected,
    X: ArrayLike,
    y: ArrayLike,
    networks: int = 100,
    steps: int = 100,
    learning_rate: float = 0.05,
    richness: float = 1.0,
    seed: int = 0,
    X_test: ArrayLike | None = None,
    jobs: int = 1,
) -> TrainedNetworks:
    r"""Full-batch gradient descent of `networks` random networks of width `net.width`.

    The experiment of `training_dynamics`: f = w.phi(h^L)/(gamma n), learning rate eta gamma^2 n, loss
    ½ sum (y - f)^2, in discrete steps. Network number s has the weights of `numpy.random.default_rng(seed +
    s)`: W^1, ..., W^L, read-out, then biases, in standard normal numbers. `jobs`: threads, which change no
    number.

    ValueError for bad input, for a network without width, and for a learning rate at which training diverges.

    Equation: gradient-descent

    >>> net = FullyConnected(1, "tanh", input_scale=0.5, width=50)
    >>> found = train_networks(net, [[1.0, 1.0], [1.0, -1.0]], [1.0, -1.0], networks=10, steps=5)
    >>> found.outputs.shape, found.kernels[0].shape
    ((5, 2), (5, 2, 5, 2))
    """
    problem = training_problem(net, X, y, X_test, steps, learning_rate, richness, seed)
    if net.width is None:
        raise ValueError("net must have a width to be trained (got width=None); give a width, such as 256")
    width = net.widths[0]
    networks = require_integer("networks", networks, minimum=2, maximum=10**7)
    jobs = require_integer("jobs", jobs, minimum=1, maximum=10**4)
    size = _require_budget(problem, width, networks, jobs)
    inputs = math.sqrt(float(net.weight_variances[0]) * float(net.input_scale)) * all_points(X, X_test)
    seeds = range(problem.seed, problem.seed + networks)
    batches = [seeds[start : start + size] for start in range(0, networks, size)]

    def run(batch: range) -> NetworkRuns:
        return train(problem, initial_weights(problem, inputs, width, batch))

    return _averaged(problem, width, networks, _in_order(run, batches, jobs))


def _in_order(run: Any, batches: list[range], jobs: int) -> Iterator[NetworkRuns]:
    """The batches in their order, `jobs` of them at work."""
    # the order in which threads of BLAS sum would change the last digits
    with threadpool_limits(1, user_api="blas"):
        if jobs == 1 or len(batches) == 1:
            yield from map(run, batches)
            return
        with ThreadPoolExecutor(min(jobs, len(batches))) as pool:
            waiting = []
            try:
                for batch in batches:
                    waiting.append(pool.submit(run, batch))
                    if len(waiting) == jobs:
                        yield waiting.pop(0).result()
                for future in waiting:
                    yield future.result()
            finally:
                pool.shutdown(cancel_futures=True)


def _averaged(
    problem: TrainingProblem, width: int, networks: int, runs: Iterator[NetworkRuns]
) -> TrainedNetworks:
    outputs = []
    kernels, gradients, tangent = RunningMean(), RunningMean(), RunningMean()
    for found in runs:
        outputs.append(found.outputs)
        kernels.add(found.kernels)
        gradients.add(found.gradient_kernels)
        layers = (np.moveaxis(each, 1, 0) for each in (found.kernels, found.gradient_kernels))
        tangent.add(moving_tangent_kernel(problem, *map(tuple, layers)))
    all_outputs = np.concatenate(outputs)
    return TrainedNetworks(
        outputs=all_outputs.mean(0),
        stderr=all_outputs.std(0, ddof=1) / math.sqrt(networks),
        loss=np.square(problem.residuals(all_outputs)).sum(-1).mean(0) / 2,
        kernels=tuple(kernels.mean),
        kernels_stderr=tuple(kernels.stderr),
        gradient_kernels=tuple(gradients.mean),
        gradient_kernels_stderr=tuple(gradients.stderr),
        ntk=tangent.mean,
        ntk_stderr=tangent.stderr,
        network_variance=covariance(all_outputs),
        network_variance_stderr=covariance_stderr(all_outputs),
        networks=networks,
        width=width,
        seed=problem.seed,
        references=(BORDELON_PEHLEVAN,),
        problem=problem,
    )


def _require_budget(problem: TrainingProblem, width: int, networks: int, jobs: int) -> int:
    """How many networks to train at once."""
    n, size, q = float(width), float(problem.steps * problem.points), problem.points
    matrices = (problem.depth - 1) * n**2
    seconds = matrices * (1.2e-8 + problem.steps * (2e-9 + 2e-10 * q))
    seconds += problem.depth * (1e-9 * size**2 * n + 4e-8 * size * n) + 1e-7 * problem.steps * problem.depth
    memory = 8 * (matrices + problem.depth * size * (2 * n + 4 * size))
    at_once = min(networks, max(1, int(_BATCH / memory)))
    require_budget(
        f"training {counted(networks, 'network')} of width {width} for {counted(problem.steps, 'step')}",
        seconds=seconds * networks / jobs,
        memory=2 * memory * at_once * jobs + 64.0 * problem.depth * size**2 + 16 * size * networks * (1 + q),
        smaller="networks, the width, steps or the number of points",
    )
    return at_once
