r"""Random networks of finite width at first order in 1/n: how the metric fluctuates, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from diagrams import Expansion
from fieldtheory.activations.activation import Activation
from fieldtheory.arguments import LEAST_VARIANCE, require_integer
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.drawing import plot
from fieldtheory.networks.layer_parameters import per_layer
from fieldtheory.references import BANTA, ROBERTS_YAIDA_HANIN
from fieldtheory.shown_value import shown
from renormalization.depth.layer_moments import layer_moments
from renormalization.depth.layer_theory import Fluctuations, layer_diagrams, propagate
from renormalization.depth.neuron_averages import entries

_WIDEST = 10**15


@dataclass(frozen=True, eq=False)
class FiniteWidth:
    r"""The metric G = (w/n) sum_i phi(z_i) phi(z_i) + b of each layer: <G> = K + dK/n, Cov(G, G) = V/n.

    Arrays over layers 1, 2, ...; behind that axis none for one input, and for more inputs the axes (a, b) of
    `kernel` K and `shift` dK and (a, b, c, d) of `four_point_vertex` V, which is symmetric in a, b, in c, d
    and between the pairs. `width` n: one number, or that of each of the layers before. Corrections are of
    relative order `coupling`^2.

    Equation: four-point-vertex
    """

    activation: str
    width: int | tuple[int, ...]
    kernel: Floats
    shift: Floats
    four_point_vertex: Floats

    plot = plot

    def __repr__(self) -> str:
        inputs = 1 if self.kernel.ndim == 1 else self.kernel.shape[-1]
        return (
            f"FiniteWidth({self.activation}, layers={self.layers}, width={self.width}, inputs={inputs}, "
            f"coupling {self.coupling[0]:.3g} to {self.coupling[-1]:.3g})"
        )

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return ROBERTS_YAIDA_HANIN, BANTA

    @property
    def layers(self) -> int:
        """Number of layers."""
        return len(self.kernel)

    @property
    def widths(self) -> tuple[int, ...]:
        """n of each of the layers before."""
        return self.width if isinstance(self.width, tuple) else (self.width,) * self.layers

    @property
    def mean(self) -> Floats:
        """<G> = K + dK/n."""
        return np.asarray(self.kernel + self.shift / self._wide(self.shift), dtype=np.float64)

    @property
    def covariance(self) -> Floats:
        """Cov(G, G) = V/n."""
        return np.asarray(self.four_point_vertex / self._wide(self.four_point_vertex), dtype=np.float64)

    @property
    def coupling(self) -> Floats:
        """V/(n K^2) of the first input, the relative variance of its metric: the theory needs it small."""
        first = (slice(None),) + (0,) * (self.kernel.ndim - 1)
        vertex = self.four_point_vertex[(slice(None),) + (0,) * (self.four_point_vertex.ndim - 1)]
        return np.asarray(vertex / (self._wide(vertex) * self.kernel[first] ** 2), dtype=np.float64)

    @property
    def fourth_cumulant(self) -> Floats:
        """The connected four-point function of a neuron of the next layer, 3 V/n or its three pairings."""
        v = self.covariance
        if v.ndim == 1:
            return np.asarray(3 * v, dtype=np.float64)
        return np.asarray(v + v.swapaxes(2, 3) + v.swapaxes(2, 4), dtype=np.float64)

    def diagrams(self, quantity: str = "shift") -> Expansion:
        """The diagrams of one layer behind `shift` or `four_point_vertex`: they draw and print themselves.

        Built from the cumulants of a layer, see `renormalization.depth.layer_theory`.
        """
        known = {"shift": 1, "four_point_vertex": 2}
        if quantity not in known:
            raise ValueError(f"quantity must be one of {list(known)} (got {shown(quantity)})")
        return layer_diagrams(known[quantity])

    def _wide(self, like: Floats) -> Floats:
        """The widths, along the first axis of an array."""
        return np.array(self.widths).reshape(-1, *(1,) * (like.ndim - 1))


def finite_width(
    phi: Activation, weight: float, bias: float, layers: Any, width: Any, input_kernel: ArrayLike = 1.0
) -> FiniteWidth:
    """The flow from layer 0, whose metric is `input_kernel` (a number, or m x m for m <= 4 inputs) and fixed.

    `width`: one number, or one for each of the layers 0 to `layers` - 1. ValueError for layers or a width
    below 1, an `input_kernel` that is no covariance of one to four inputs, an activation of which only
    averages are known, and a metric that vanishes or diverges.

    >>> from fieldtheory import activation
    >>> finite_width(activation("relu"), 2.0, 0.0, layers=3, width=64).four_point_vertex
    array([ 5., 10., 15.])
    """
    layers = require_integer("layers", layers, minimum=1)
    metric = require_metric(input_kernel)
    require_layer_budget(layers, len(metric))
    widths = require_widths(width, layers)
    function = phi.require_function("finite_width")
    inputs, size = len(metric), len(entries(len(metric)))
    fluctuations = Fluctuations(np.zeros(size), np.zeros((size, size)))
    kernels, means, covariances = [], [], []
    for layer, wide in enumerate(widths, start=1):
        moments = layer_moments(function, weight, bias, metric)
        fluctuations = propagate(moments, fluctuations, wide)
        metric = as_tensor(moments.value[None], inputs)[0]
        require_flowing(metric, layer)
        kernels.append(metric)
        means.append(fluctuations.mean * wide)
        covariances.append(fluctuations.covariance * wide)
    kernel, shift, vertex = np.array(kernels), np.array(means), np.array(covariances)
    shift, vertex = as_tensor(shift, inputs), as_tensor(vertex, inputs)
    if inputs == 1:
        kernel, shift, vertex = (each.reshape(layers) for each in (kernel, shift, vertex))
    same = len(set(widths)) == 1
    return FiniteWidth(phi.name, widths[0] if same else widths, kernel, shift, vertex)


def require_widths(width: Any, layers: int) -> tuple[int, ...]:
    """The width of each of the layers 0 to `layers` - 1, from one for all or one for each."""
    found = per_layer("width", width, layers)
    if not isinstance(found, tuple):
        return (require_integer("width", found, minimum=1, maximum=_WIDEST),) * layers
    return tuple(require_integer("width", each, minimum=1, maximum=_WIDEST) for each in found)


def require_layer_budget(layers: int, inputs: int) -> None:
    """OverBudget for more layers than the limits allow."""
    seconds = {1: 1.5e-3, 2: 0.05, 3: 0.5}.get(inputs, 8.0)
    require_budget(
        f"layers = {layers}", seconds=seconds * layers, memory=500.0 * inputs**4 * layers, smaller="layers"
    )


def require_flowing(metric: Floats, layer: int) -> None:
    """ValueError for a metric that vanishes or diverges in this layer."""
    variances = np.diagonal(metric)
    if not (
        np.isfinite(metric).all()
        and (variances > LEAST_VARIANCE).all()
        and (variances < 1 / LEAST_VARIANCE).all()
    ):
        raise ValueError(
            "weight_variance must keep the variance of every layer finite and positive "
            f"(got {variances.min()} at layer {layer}); take fewer layers or a weight_variance "
            "nearer to the critical one"
        )


def require_metric(given: ArrayLike) -> Floats:
    """A covariance of one to four inputs, from a number or a matrix."""
    what = "input_kernel must be a positive number, or the m x m covariance of up to 4 different inputs"
    metric = require_reals("input_kernel", given, what=what.partition("be ")[2])
    if metric.ndim == 0:
        metric = metric.reshape(1, 1)
    if metric.ndim != 2 or metric.shape[0] != metric.shape[1] or not 1 <= len(metric) <= 4:
        raise ValueError(f"{what} (got {shown(given)})")
    if not np.array_equal(metric, metric.T) or np.linalg.eigvalsh(metric)[0] <= 0:
        raise ValueError(
            f"{what}, symmetric and positive definite (got {shown(given)}); leave out inputs that follow "
            "from others, as their multiples do"
        )
    variances = np.diagonal(metric)
    if not ((variances > LEAST_VARIANCE) & (variances < 1 / LEAST_VARIANCE)).all():
        raise ValueError(
            f"{what}, of variances from {LEAST_VARIANCE:g} to {1 / LEAST_VARIANCE:g} (got {shown(given)})"
        )
    return metric


def as_tensor(values: Floats, inputs: int) -> Floats:
    """An axis for every input in place of axes for independent entries; the first, of layers, stays.

    >>> as_tensor(np.array([[1.0, 2.0, 3.0]]), 2).tolist()
    [[[1.0, 2.0], [2.0, 3.0]]]
    """
    flat = np.zeros((inputs, inputs), dtype=np.int64)
    for k, (a, b) in enumerate(entries(inputs)):
        flat[a, b] = flat[b, a] = k
    if values.ndim == 2:
        return np.asarray(values[:, flat], dtype=np.float64)
    return np.asarray(values[:, flat[:, :, None, None], flat], dtype=np.float64)
