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
from fieldtheory.references import BANTA, ROBERTS_YAIDA_HANIN
from fieldtheory.shown_value import shown
from renormalization.depth.layer_moments import entries, layer_moments
from renormalization.depth.layer_theory import Fluctuations, layer_diagrams, propagate


@dataclass(frozen=True, eq=False)
class FiniteWidth:
    r"""The metric G = (w/n) sum_i phi(z_i) phi(z_i) + b of each layer: <G> = K + dK/n, Cov(G, G) = V/n.

    Arrays over layers 1, 2, ...; behind that axis none for one input, and for two inputs the axes (a, b) of
    `kernel` K and `shift` dK and (a, b, c, d) of `four_point_vertex` V, which is symmetric in a, b, in c, d
    and between the pairs. Corrections are of relative order `coupling`^2.
    """

    activation: str
    width: int
    kernel: Floats
    shift: Floats
    four_point_vertex: Floats

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
    def mean(self) -> Floats:
        """<G> = K + dK/n."""
        return np.asarray(self.kernel + self.shift / self.width, dtype=np.float64)

    @property
    def covariance(self) -> Floats:
        """Cov(G, G) = V/n."""
        return np.asarray(self.four_point_vertex / self.width, dtype=np.float64)

    @property
    def coupling(self) -> Floats:
        """V/(n K^2) of the first input, the relative variance of its metric: the theory needs it small."""
        first = (slice(None),) + (0,) * (self.kernel.ndim - 1)
        vertex = self.four_point_vertex[(slice(None),) + (0,) * (self.four_point_vertex.ndim - 1)]
        return np.asarray(vertex / (self.width * self.kernel[first] ** 2), dtype=np.float64)

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


def finite_width(
    phi: Activation, weight: float, bias: float, layers: Any, width: Any, input_kernel: ArrayLike = 1.0
) -> FiniteWidth:
    """The flow from layer 0, whose metric is `input_kernel` (a number, or 2 x 2 for two inputs) and fixed.

    ValueError for layers or a width below 1, an `input_kernel` that is no covariance of one or two inputs,
    an activation of which only averages are known, and a metric that vanishes or diverges.

    >>> from fieldtheory import activation
    >>> finite_width(activation("relu"), 2.0, 0.0, layers=3, width=64).four_point_vertex
    array([ 5., 10., 15.])
    """
    layers = require_integer("layers", layers, minimum=1)
    width = require_integer("width", width, minimum=1)
    require_budget(f"layers = {layers}", seconds=1.5e-3 * layers, memory=500.0 * layers, smaller="layers")
    function = phi.require_function("finite_width")
    metric = _metric(input_kernel)
    inputs, pairs = len(metric), entries(len(metric))
    size = len(pairs)
    fluctuations = Fluctuations(np.zeros(size), np.zeros((size, size)))
    kernels, means, covariances = [], [], []
    for layer in range(1, layers + 1):
        moments = layer_moments(function, weight, bias, metric)
        fluctuations = propagate(moments, fluctuations, width)
        metric = _matrix(moments.value, inputs)
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
        kernels.append(metric)
        means.append(_matrix(fluctuations.mean, inputs) * width)
        covariances.append(_tensor(fluctuations.covariance, inputs) * width)
    kernel, shift, vertex = (np.array(each) for each in (kernels, means, covariances))
    if inputs == 1:
        kernel, shift, vertex = (each.reshape(layers) for each in (kernel, shift, vertex))
    return FiniteWidth(phi.name, width, kernel, shift, vertex)


def _metric(given: ArrayLike) -> Floats:
    what = "input_kernel must be a positive number, or the 2 x 2 covariance of two different inputs"
    metric = require_reals("input_kernel", given, what=what.partition("be ")[2])
    if metric.ndim == 0:
        metric = metric.reshape(1, 1)
    if metric.shape not in ((1, 1), (2, 2)):
        raise ValueError(f"{what} (got {shown(given)})")
    if not np.array_equal(metric, metric.T) or np.linalg.eigvalsh(metric)[0] <= 0:
        raise ValueError(f"{what}, symmetric and positive definite (got {shown(given)})")
    variances = np.diagonal(metric)
    if not ((variances > LEAST_VARIANCE) & (variances < 1 / LEAST_VARIANCE)).all():
        raise ValueError(
            f"{what}, of variances from {LEAST_VARIANCE:g} to {1 / LEAST_VARIANCE:g} (got {shown(given)})"
        )
    return metric


def _index(inputs: int) -> dict[tuple[int, int], int]:
    return {key: k for k, (a, b) in enumerate(entries(inputs)) for key in ((a, b), (b, a))}


def _matrix(vector: Floats, inputs: int) -> Floats:
    index = _index(inputs)
    return np.array([[vector[index[a, b]] for b in range(inputs)] for a in range(inputs)])


def _tensor(matrix: Floats, inputs: int) -> Floats:
    flat = np.array([[_index(inputs)[a, b] for b in range(inputs)] for a in range(inputs)])
    return np.asarray(matrix[flat[:, :, None, None], flat[None, None]], dtype=np.float64)
