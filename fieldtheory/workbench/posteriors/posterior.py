"""The posterior of a network of finite width: data in, mean with its error bar, variance and kernels out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.activations.by_name import activation as find_activation
from fieldtheory.arguments import require_flag, require_integer, require_likelihood_variance
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted
from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.networks.point_covariance import points
from fieldtheory.shown_value import shown
from fieldtheory.workbench.posteriors import posterior_record
from renormalization.feature_learning.assessment import judged_posterior
from renormalization.feature_learning.posteriors.posterior_problem import PosteriorProblem

if TYPE_CHECKING:
    from diagrams.expansion import Expansion

_AT_ONCE = 32  # new points of one prediction: nodes carry all points


@dataclass(frozen=True, eq=False, kw_only=True)
class PosteriorMean:
    """Posterior averages of a network at training points, then test points; an axis of outputs if y has one.

    `mean` with `error_bar`, how far it may be off, absolute (None if not asked for); `variance`: posterior
    variance of f; `kernel`, `hidden_kernels`: of the outputs and of every hidden layer, under the posterior,
    points x points; `discrepancy`: tau = (y - f)/kappa. `spread`: standard error of the mean over scrambles
    of the nodes. `loop_ratio`: |one loop/tree|, with `perturbative` |order 1/n/infinite width| (nan:
    not known); `samples_over_width`: P/n;
    `feature_strength_over_width`: chi/n; `sample_fraction`: effective fraction of the nodes per layer;
    `residual`: of the saddle. `theory`, `order`: what was taken, `asked` what for. `diagrams`: the expansion
    that was summed, or None; it draws itself.
    """

    mean: Floats
    error_bar: Floats | None
    variance: Floats
    kernel: Floats
    hidden_kernels: tuple[Floats, ...]
    discrepancy: Floats
    spread: Floats
    loop_ratio: float
    samples_over_width: float
    feature_strength_over_width: float
    sample_fraction: tuple[float, ...]
    residual: float
    theory: str
    order: int | None
    asked: str
    references: tuple[str, ...]
    warnings: tuple[str, ...]
    diagrams: Expansion | None
    problem: PosteriorProblem = field(repr=False)

    def __repr__(self) -> str:
        test = len(self.mean) - self.problem.training_points
        return (
            f"PosteriorMean({self.theory}, {counted(self.problem.training_points, 'training point')}, "
            f"{counted(test, 'test point')})"
        )

    @property
    def train(self) -> Floats:
        """The mean at training points, a view."""
        return self.mean[: self.problem.training_points]

    @property
    def test(self) -> Floats:
        """The mean at test points, a view."""
        return self.mean[self.problem.training_points :]

    def predict(self, X_new: ArrayLike) -> Floats:
        """The mean at other points by the same theory, with one row of X_new for each."""
        new = posterior_record.new_points(self.problem, X_new)
        # the matrices of deep networks have the test points in them
        few = _AT_ONCE if self.problem.depth < 2 else max(1, 12 - self.problem.training_points)
        found = [
            judged_posterior(
                self.problem.at(new[start : start + few]), self.theory, self.order, error_bar=False
            ).prediction.mean[self.problem.training_points :]
            for start in range(0, len(new), few)
        ]
        mean = np.concatenate(found)
        return mean[:, 0] if self.mean.ndim == 1 else mean

    to_dict = posterior_record.to_dict
    plot = posterior_record.plot


def posterior_mean(
    net: FullyConnected,
    X: ArrayLike,
    y: ArrayLike,
    X_test: ArrayLike | None = None,
    ridge: float = 0.3,
    theory: str = "auto",
    scale_ridge: bool = True,
    nodes: int = 2**15,
    scrambles: int = 8,
    seed: int = 0,
    order: int | None = None,
    error_bar: bool = True,
) -> PosteriorMean:
    r"""The posterior of a network of finite width, p(f|y) ~ prior exp(-|y - f|^2/(2 kappa)), by a theory.

    `X`: (P, d), of any norms; `y`: (P,) or (P, outputs); `X_test`: (T, d). The variance of the read-out is
    divided by the feature strength chi of the network, and so is the `ridge`, unless `scale_ridge` is False.
    `theory`: one of `renormalization.POSTERIOR_THEORIES`, or "auto", the one with the smallest error bar.
    `nodes` (a power of 2), `scrambles`, `seed`: of the averages over a neuron. `order`: of a theory that has
    orders. `error_bar=False` leaves the bar out where it would take another theory to find it.

    ValueError for bad input and for a theory that does not hold for this network; FloatingPointError for a
    kernel that is not positive definite.

    Equation: posterior, width-action, adaptive-kernel, width-loop

    >>> net = FullyConnected(1, "erf", weight_variance=2.0, input_scale=0.5, width=20)
    >>> X, y = [[1.0, 0.0], [0.0, 1.0]], [1.0, -0.5]
    >>> found = posterior_mean(net, X, y, [[1.0, 1.0]], ridge=0.1, theory="one-loop", nodes=2**10)
    >>> found.mean.shape, found.theory, found.samples_over_width
    ((3,), 'one-loop', 0.1)
    """
    problem = posterior_problem(net, X, y, X_test, ridge, scale_ridge, nodes, scrambles, seed)
    found = judged_posterior(problem, theory, order, require_flag("error_bar", error_bar))
    prediction, row = found.prediction, found.theory
    shaped = posterior_record.shape_of(np.ndim(y) == 1)
    return PosteriorMean(
        mean=shaped(prediction.mean),
        error_bar=None if prediction.error_bar is None else shaped(prediction.error_bar),
        variance=shaped(prediction.variance),
        kernel=prediction.kernel,
        hidden_kernels=prediction.hidden_kernels,
        discrepancy=shaped(prediction.discrepancy),
        spread=shaped(prediction.spread),
        loop_ratio=prediction.loop_ratio,
        samples_over_width=problem.samples_over_width,
        feature_strength_over_width=problem.feature_strength_over_width,
        sample_fraction=prediction.sample_fraction,
        residual=prediction.residual,
        theory=row.name,
        order=found.order,
        asked=theory,
        references=tuple(dict.fromkeys((*row.references, *problem.activation.references))),
        warnings=prediction.warnings,
        diagrams=prediction.diagrams,
        problem=problem,
    )


def posterior_problem(
    net: FullyConnected,
    X: ArrayLike,
    y: ArrayLike,
    X_test: ArrayLike | None,
    ridge: float,
    scale_ridge: bool,
    nodes: int,
    scrambles: int,
    seed: int,
) -> PosteriorProblem:
    """The arguments of `posterior_mean`, checked, as a problem for every theory."""
    if not isinstance(net, FullyConnected):
        raise ValueError(f"net must be a FullyConnected (got {shown(net)})")
    x = points("X", X)
    test = np.zeros((0, x.shape[1])) if X_test is None else points("X_test", X_test)
    if test.shape[1] != x.shape[1]:
        raise ValueError(
            f"X_test must have points in {x.shape[1]} dimensions, as X has (got {test.shape[1]} dimensions)"
        )
    labels = require_reals("y", y)
    if labels.ndim not in (1, 2) or len(labels) != len(x) or not labels.size:
        raise ValueError(
            f"y must have one label, or one row of outputs, for each of {counted(len(x), 'training point')} "
            f"(got shape {labels.shape})"
        )
    count = require_integer("nodes", nodes, minimum=2**6, maximum=2**24)
    if count & (count - 1):
        raise ValueError(f"nodes must be a power of 2, such as {2**15} (got {nodes})")
    size = len(x) + len(test)
    require_budget(
        f"averages over {count} nodes at {counted(size, 'point')}",
        seconds=1e-8 * count * size**2,
        memory=40.0 * count * size,
        smaller="nodes or the number of points",
    )
    # net.scaled_readout_variance refuses symbols
    kappa, readout = require_likelihood_variance("ridge", ridge), net.scaled_readout_variance
    if not (x.any() or test.any() or net.bias_variance):
        raise ValueError("X must have a point other than 0 for a network without biases (got zeros)")
    return PosteriorProblem(
        activation=find_activation(net.activation),
        widths=None if net.width is None else net.widths,
        weight_variances=tuple(float(weight) for weight in net.weight_variances[: net.hidden_layers]),
        readout_variance=readout,
        bias_variance=float(net.bias_variance),
        input_scale=float(net.input_scale),
        ridge=kappa / net.strength if require_flag("scale_ridge", scale_ridge) else kappa,
        feature_strength=net.strength,
        X=x,
        y=labels.reshape(len(labels), -1),
        X_test=test,
        nodes=count,
        scrambles=require_integer("scrambles", scrambles, minimum=2, maximum=10**4),
        seed=require_integer("seed", seed, minimum=0, maximum=2**63 - 1),
    )
