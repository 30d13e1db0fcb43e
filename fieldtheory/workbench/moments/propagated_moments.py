"""Moments of the inputs of a network, propagated to its outputs: weights in, mean and covariance out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.activations.activation import Activation, ActivationLike
from fieldtheory.activations.by_name import activation as find_activation
from fieldtheory.arguments import require_choice
from fieldtheory.array_types import Floats
from fieldtheory.budgets import OverBudget, budget, current_budget, require_budget
from fieldtheory.moments.affine_layers import AffineLayer, MeanCovariance, affine_layers, input_moments
from fieldtheory.moments.propagation import gaussian_closure
from fieldtheory.references import WRIGHT
from fieldtheory.workbench import records

if TYPE_CHECKING:
    from diagrams.expansion import Expansion
    from renormalization.moments.edgeworth import EdgeworthLayer

ORDERS = ("gaussian", "edgeworth")
_WIDEST = 128  # neurons of third cumulants, unless a budget says otherwise
_REMOVED = 0.01  # share of negative variances from which a warning tells of them
_LARGE = 0.5  # corrections relative to the covariance from which the series is no expansion


@dataclass(frozen=True, eq=False, kw_only=True)
class PropagatedLayer:
    """Moments behind an affine map: `mean`, `covariance`, and `skewness`, `kurtosis` (excess) of each number.

    The last two are 0 in the Gaussian closure.
    """

    mean: Floats
    covariance: Floats
    skewness: Floats
    kurtosis: Floats

    def __repr__(self) -> str:
        return f"PropagatedLayer({len(self.mean)} neurons)"

    to_dict = records.to_dict


@dataclass(frozen=True, eq=False, kw_only=True)
class PropagatedMoments:
    """Moments of the outputs of a network for random inputs.

    `mean`, `covariance`: of the outputs; `layers`: behind every affine map, the outputs last; `order`:
    "gaussian" or "edgeworth"; `diagrams`: of the corrections, () in the Gaussian closure.
    """

    mean: Floats
    covariance: Floats
    layers: tuple[PropagatedLayer, ...]
    order: str
    activation: str
    references: tuple[str, ...]
    warnings: tuple[str, ...]
    network: tuple[AffineLayer, ...] = field(repr=False, metadata={"recorded": False})
    inputs: MeanCovariance = field(repr=False, metadata={"recorded": False})
    phi: Activation = field(repr=False, metadata={"recorded": False})

    def __repr__(self) -> str:
        sizes = "-".join(str(len(layer.mean)) for layer in self.layers)
        return f"PropagatedMoments({self.order}, {self.activation}, {len(self.inputs.mean)}-{sizes})"

    @cached_property
    def closure_error(self) -> float | None:
        """How far the covariance may be off, relative to it (Frobenius norms); computed when asked for.

        Of order "gaussian": the size of what third and fourth cumulants add. Of "edgeworth": the size of what
        fourth cumulants and pairs of third ones add. Neither is a bound. 0 for up to one hidden layer, which
        is exact. None where it is not known: with random weights, and where third cumulants are beyond the
        budget.
        """
        if len(self.network) < 3 and not any(layer.is_random for layer in self.network):
            return 0.0
        if any(layer.is_random for layer in self.network):
            return None
        try:
            require_thirds(self.network)
        except OverBudget:
            return None
        from renormalization.moments.edgeworth import edgeworth_closure

        other = edgeworth_closure(self.network, self.phi, self.inputs, self.order == "gaussian")
        apart = other[-1].inputs.covariance
        return _relative_distance(self.covariance, apart)

    @property
    def standard_deviation(self) -> Floats:
        """Of each output."""
        return np.asarray(np.sqrt(np.diagonal(self.covariance)), dtype=np.float64)

    @property
    def diagrams(self) -> tuple[Expansion, ...]:
        """Those of the third and the fourth cumulant behind an activation, and of the series of a pair."""
        if self.order == "gaussian":
            return ()
        from renormalization.moments.cumulant_graphs import cumulant_diagrams
        from renormalization.moments.pair_series import series_diagrams

        return cumulant_diagrams(3), cumulant_diagrams(4), series_diagrams()

    def plot(self, axes: Any = None) -> Any:
        """Mean, standard deviation and variance of every output; the Matplotlib figure.

        Into Matplotlib `axes`, where given, means with standard deviations alone.
        """
        from fieldtheory.workbench.plots.moments import moments_figure

        return moments_figure({self.order: self}, axes=axes)

    def to_dict(self) -> dict[str, Any]:
        """Every field by name as plain lists, numbers and strings, ready for JSON, with `closure_error`."""
        found = records.to_dict(self) | {"layers": [layer.to_dict() for layer in self.layers]}
        return found | {"closure_error": self.closure_error}


def propagate_moments(
    weights: Sequence[ArrayLike],
    biases: Sequence[ArrayLike | None] | None,
    activation: ActivationLike,
    mean: ArrayLike,
    covariance: ArrayLike,
    order: str = "gaussian",
    *,
    weight_variances: Sequence[ArrayLike | None] | None = None,
    bias_variances: Sequence[ArrayLike | None] | None = None,
) -> PropagatedMoments:
    r"""Mean and covariance of the outputs of a given network whose inputs are Gaussian.

    `weights`: (outputs, inputs) of each layer, `biases`: (outputs,) of each, or None for 0; the activation
    stands between layers, not behind the last. `mean`, `covariance`: of the inputs.

    `order`: "gaussian" takes the pre-activations of every layer for Gaussian, with exact averages over pairs;
    "edgeworth" carries their third and fourth cumulants along, for layers of up to 128 neurons (wider ones
    with a budget, `ft.budget(max_memory=...)`).

    `weight_variances`, `bias_variances`: of independent random weights, numbers or arrays for each layer;
    first and second moments of the products are exact. With order "gaussian" only.

    ValueError for weights that do not chain and what is no covariance, OverMemory for layers too wide.
    Wright, Nakahira, Moura, arXiv 2403.16163.

    Equation: covariance-propagation

    >>> found = propagate_moments([[[2.0]], [[1.0]]], None, "relu", [0.0], [[1.0]])
    >>> found.mean.round(6), found.covariance.round(6)
    (array([0.797885]), array([[1.36338]]))
    """
    network = affine_layers(weights, biases, weight_variances, bias_variances)
    phi = find_activation(activation)
    inputs = input_moments(mean, covariance, network[0].weights.shape[1])
    order = require_choice("order", order, ORDERS)
    widest = max(len(layer.weights) for layer in network)
    require_budget(
        f"a width of {widest}",
        seconds=1e-6 * sum(len(layer.weights) ** 2 for layer in network),
        memory=100.0 * widest**2,
        smaller="the width",
    )
    gaussian = gaussian_closure(network, phi, inputs)
    if order == "gaussian":
        layers = tuple(
            PropagatedLayer(mean=each.mean, covariance=each.covariance, skewness=zero, kurtosis=zero)
            for each in gaussian
            for zero in [np.zeros(len(each.mean))]
        )
        notes: tuple[str, ...] = ()
    else:
        if any(layer.is_random for layer in network):
            raise ValueError(
                "order must be 'gaussian' with weight_variances or bias_variances (got 'edgeworth')"
            )
        require_thirds(network)
        from renormalization.moments.edgeworth import edgeworth_closure

        found = edgeworth_closure(network, phi, inputs)
        layers = tuple(
            PropagatedLayer(
                mean=each.inputs.mean,
                covariance=each.inputs.covariance,
                skewness=each.inputs.skewness,
                kurtosis=each.inputs.kurtosis,
            )
            for each in found
        )
        notes = _notes(found, gaussian[-1])
    return PropagatedMoments(
        mean=layers[-1].mean,
        covariance=layers[-1].covariance,
        layers=layers,
        order=order,
        activation=phi.name,
        references=(WRIGHT,),
        warnings=notes,
        network=network,
        inputs=inputs,
        phi=phi,
    )


def require_thirds(network: Sequence[AffineLayer]) -> None:
    """OverMemory unless third cumulants of all layers are within the budget, 128 neurons if none is set."""
    widest = max(len(layer.weights) for layer in network)
    limit = _thirds_memory(_WIDEST) if current_budget().max_memory is None else None
    with budget(max_memory=limit):
        require_budget(
            f"order = 'edgeworth' with {widest} neurons",
            seconds=3e-8 * sum(len(layer.weights) ** 4 for layer in network),
            memory=_thirds_memory(widest),
            smaller="the width",
        )


def _thirds_memory(width: int) -> float:
    return 5e7 + 80.0 * width**3


def _notes(found: Sequence[EdgeworthLayer], gaussian: MeanCovariance) -> tuple[str, ...]:
    notes = [
        f"the series leaves negative variances before layer {place}, {each.removed:.1%} of all, which are "
        "set to 0: the nearest covariance"
        for place, each in enumerate(found)
        if each.removed > _REMOVED
    ]
    size = _relative_distance(found[-1].inputs.covariance, gaussian.covariance)
    if size > _LARGE:
        notes.append(f"third and fourth cumulants change the covariance by {size:.0%}: no small correction")
    return tuple(notes)


def _relative_distance(first: Floats, second: Floats) -> float:
    scale = float(np.linalg.norm(first))
    return float(np.linalg.norm(first - second)) / scale if scale else 0.0
