"""Gradient descent of infinitely wide networks whose features move: dynamical mean-field theory."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.activations.activation import Activation
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted
from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.references import BORDELON_PEHLEVAN, BORDELON_PEHLEVAN_WIDTH
from fieldtheory.workbench.training.training_arguments import training_problem
from fieldtheory.workbench.training.training_record import alignments, to_dict
from renormalization.training_dynamics.divergence import largest_stable_rate
from renormalization.training_dynamics.linear import linear_dynamics, linear_prediction
from renormalization.training_dynamics.moving_tangent_kernel import moving_tangent_kernel
from renormalization.training_dynamics.network_covariance import bytes_per_time, network_covariance
from renormalization.training_dynamics.training_prediction import Responses, TrainingPrediction
from renormalization.training_dynamics.training_problem import TrainingProblem

if TYPE_CHECKING:
    from diagrams.expansion import Expansion


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainingDynamics:
    """Averages over a neuron, at every step and at Q points, training points then test points.

    `outputs`: f, (steps, Q), entry 0 before the first step, with their standard error over samples of paths,
    `stderr`, 0 for linear networks; `loss`: ½ sum (y - f)^2, (steps,). `kernels`, `gradient_kernels`: Phi^l =
    <phi(h) phi(h)> and G^l = <g g> of each hidden layer, (steps, Q, steps, Q); `responses`: A^l and B^(l-1)
    of each, see `Responses`. `ntk`: sum_l Phi^(l-1) * G^l at equal times, (steps, Q, Q).
    `largest_learning_rate`: 2 over the largest eigenvalue of the NTK before training, where lazy training
    diverges. `jitter`: what kernels of paths were given on the diagonal, 0 for linear networks. `width`: that
    of the network, which only `network_variance` and `network_shift` ask for.
    """

    outputs: Floats
    stderr: Floats
    loss: Floats
    kernels: tuple[Floats, ...]
    gradient_kernels: tuple[Floats, ...]
    responses: tuple[Responses, ...] = field(repr=False)
    ntk: Floats
    largest_learning_rate: float
    jitter: float
    width: int | None
    seed: int
    references: tuple[str, ...]
    warnings: tuple[str, ...]
    problem: TrainingProblem = field(repr=False)

    theory = "dynamics"

    def __repr__(self) -> str:
        return (
            f"TrainingDynamics({counted(self.problem.depth, 'hidden layer')}, "
            f"{counted(self.problem.steps, 'step')}, richness {self.problem.richness:g})"
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

    @cached_property
    def network_variance(self) -> Floats:
        """Covariance of the outputs over networks of this width at each step, to order 1/n, (steps, Q, Q).

        From the Hessian of the action of the order parameters; linear networks only. What is left out is of
        order 1/n^2. ValueError for other networks, and without a width; OverBudget for many steps and points.
        """
        width = self._width_of_linear("network_variance")
        times, points, depth = float(self.problem.steps), self.problem.points, self.problem.depth
        require_budget(
            f"network_variance of {counted(self.problem.steps, 'step')} at {counted(points, 'point')}",
            seconds=depth * (1.5e-9 * points * (points + 1) ** 3 * times**4 + 1e-3 * times),
            memory=bytes_per_time(self.problem, self.problem.steps),
            smaller="steps or the number of points",
        )
        return network_covariance(self.problem, linear_dynamics(self.problem)) / width

    @cached_property
    def network_shift(self) -> Floats:
        """By how much the mean of the outputs of networks of this width differs, to order 1/n, (steps, Q).

        The tadpole of all order parameters, `diagrams`; linear networks, few steps and points; OverBudget for
        more. What is left out is of order 1/n^2. ValueError for other networks, and without a width.
        """
        from renormalization.training_dynamics.network_shift import network_shift

        width = self._width_of_linear("network_shift")
        return network_shift(self.problem, linear_dynamics(self.problem)) / width

    @property
    def diagrams(self) -> Expansion:
        """The diagrams of `network_shift`; they draw themselves."""
        from renormalization.training_dynamics.network_shift import shift_expansion

        return shift_expansion()

    def _width_of_linear(self, quantity: str) -> int:
        if not is_linear(self.problem.activation):
            raise ValueError(
                f"activation must be 'linear' for {quantity} (got {self.problem.activation.name!r}); "
                "train_networks samples that of any network"
            )
        if self.width is None:
            raise ValueError(
                f"net must have a width for {quantity} (got width=None); give a width, such as 256"
            )
        return self.width

    def to_dict(self) -> dict[str, Any]:
        """Every field by name as plain lists, numbers and strings, ready for JSON."""
        return to_dict(self)

    def plot(self, axes: Any = None) -> Any:
        """Outputs and the alignment of kernels with the labels in time; the Matplotlib figure.

        Into Matplotlib `axes`, where given, outputs alone.
        """
        from fieldtheory.workbench.plots.training import training_figure

        return training_figure(self, axes)


def training_dynamics(
    net: FullyConnected,
    X: ArrayLike,
    y: ArrayLike,
    steps: int = 100,
    learning_rate: float = 0.05,
    richness: float = 1.0,
    paths: int = 4000,
    seed: int = 0,
    X_test: ArrayLike | None = None,
) -> TrainingDynamics:
    r"""Full-batch gradient descent of an infinitely wide network in mean-field parametrisation.

    f = w.phi(h^L)/(gamma n) with unit Gaussian weights at the start, learning rate eta gamma^2 n, loss
    ½ sum (y - f)^2, in discrete steps; gamma is the `richness`: kernels stay as they are for gamma -> 0 (lazy
    training, by the NTK) and move for gamma ~ 1 (rich training). `net`: its variances stand between the
    layers, those of biases included; its width enters `network_variance` only. `X`: (P, d), `y`: (P,),
    `X_test`: (T, d).

    Linear networks have closed equations; other activations, which must be smooth, are averaged over `paths`
    of single neurons, drawn from `seed`.

    ValueError for bad input, for an activation with kinks, and for a learning rate at which training
    diverges, with the step and the largest one that lazy training takes.

    Equation: single-site

    >>> net = FullyConnected(2, "linear", input_scale=0.5)
    >>> found = training_dynamics(net, [[1.0, 1.0], [1.0, -1.0]], [1.0, -1.0], steps=50, richness=2.0)
    >>> found.outputs[-1].round(3).tolist(), bool(found.alignment[1, -1] > found.alignment[1, 0])
    ([1.0, -1.0], True)
    """
    problem = training_problem(net, X, y, X_test, steps, learning_rate, richness, seed, paths)
    stable = largest_stable_rate(problem)
    found = _linear(problem) if is_linear(problem.activation) else _sampled(problem)
    tangent = moving_tangent_kernel(problem, found.kernels, found.gradient_kernels)
    return TrainingDynamics(
        outputs=found.outputs,
        stderr=found.stderr,
        loss=np.square(problem.residuals(found.outputs)).sum(-1) / 2,
        kernels=found.kernels,
        gradient_kernels=found.gradient_kernels,
        responses=found.responses,
        ntk=tangent,
        largest_learning_rate=stable,
        jitter=found.jitter,
        width=None if net.width is None else net.widths[0],
        seed=problem.seed,
        references=tuple(
            dict.fromkeys((BORDELON_PEHLEVAN, BORDELON_PEHLEVAN_WIDTH, *problem.activation.references))
        ),
        warnings=found.warnings + _instability(problem, stable, tangent),
        problem=problem,
    )


def _instability(problem: TrainingProblem, stable: float, tangent: Floats) -> tuple[str, ...]:
    """What is to be said of a learning rate that is large beside the NTK, before training or later on."""
    if problem.learning_rate >= stable:
        return (
            f"learning_rate {problem.learning_rate:g} is above {stable:.3g}, 2 over the largest eigenvalue "
            "of the NTK before training, where lazy training diverges",
        )
    trained = problem.training_points
    largest = np.linalg.eigvalsh(tangent[:, :trained, :trained])[:, -1]
    if (largest * problem.learning_rate <= 2).all():
        return ()
    return (
        f"the NTK has grown to {largest.max():.3g}, beyond 2 over the learning rate of "
        f"{problem.learning_rate:g}, first at step {int(np.argmax(largest * problem.learning_rate > 2))}: "
        "descent is unstable there, and networks come to infinite width slowly",
    )


def is_linear(activation: Activation) -> bool:
    """Whether phi(x) = x."""
    rays = activation.rays
    return activation.name == "linear" or (
        rays is not None and (rays.right, rays.left, rays.power) == (1.0, -1.0, 1)
    )


def _linear(problem: TrainingProblem) -> TrainingPrediction:
    times, points, depth = float(problem.steps), problem.points, problem.depth
    require_budget(
        f"{counted(problem.steps, 'step')} of training at {counted(points, 'point')}",
        seconds=depth * (times**3 * points**2 * 1e-9 + 1e-4 * times),
        memory=depth * (8 * (times * points) ** 2 + 48 * times**2 * points),
        smaller="steps or the number of points",
    )
    return linear_prediction(problem)


def _sampled(problem: TrainingProblem) -> TrainingPrediction:
    from renormalization.training_dynamics.single_site import single_site_prediction

    return single_site_prediction(problem)
