"""The tangent kernel of random networks of finite width at first order in 1/n: fluctuations and drift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from diagrams import Expansion
from fieldtheory.activations.activation import Activation
from fieldtheory.activations.slopes import slopes
from fieldtheory.arguments import require_integer
from fieldtheory.array_types import Floats
from fieldtheory.drawing import plot
from fieldtheory.references import BANTA, ROBERTS_YAIDA_HANIN
from fieldtheory.shown_value import shown
from renormalization.depth.finite_width import (
    as_tensor,
    require_flowing,
    require_layer_budget,
    require_metric,
    require_widths,
)
from renormalization.depth.joint_averages import joint_averages
from renormalization.depth.tangent_kernel_layer import TangentFluctuations, TangentLayer
from renormalization.depth.tangent_kernel_theory import tangent_diagrams

_DIAGRAMS = {
    "shift": ("shift",),
    "variance": ("A", "B"),
    "cross": ("D", "F"),
    "drift": ("P", "Q"),
    **{name: (name,) for name in "ABDFPQV"},
}


@dataclass(frozen=True, eq=False)
class TangentKernel:
    """The tangent kernel H of each layer and how it fluctuates, times n; see docs/tangent_kernel.md.

    Arrays over layers 1, 2, ..., the last that of the outputs f; behind that axis none for one input, else
    one for each input that a quantity has: (a, b) for `metric` K, `kernel` H and the `metric_shift` and
    `shift` of their means; (a, b, c, d) for the rest. n is `widths`, that of the layer before; i != j:

    `V` n Cov(G_ab, G_cd), `D` n Cov(G_ab, H_cd), `A` n Cov(H_ii,ab, H_jj,cd), `B` n <H_ij,ab H_ij,cd>,
    `F` n <z_i,c z_j,d H_ij,ab>; of second derivatives `P` n <(d2H)_ijj,abc z_i,d> and
    `Q` n <(d2H)_iij,abc z_j,d>.

    Equation: tangent-kernel-map
    """

    activation: str
    widths: tuple[int, ...]
    metric: Floats
    kernel: Floats
    metric_shift: Floats
    shift: Floats
    V: Floats
    D: Floats
    A: Floats
    B: Floats
    F: Floats
    P: Floats
    Q: Floats

    plot = plot

    def __repr__(self) -> str:
        inputs = 1 if self.kernel.ndim == 1 else self.kernel.shape[-1]
        return (
            f"TangentKernel({self.activation}, layers={self.layers}, inputs={inputs}, "
            f"coupling {self.coupling[0]:.3g} to {self.coupling[-1]:.3g})"
        )

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return ROBERTS_YAIDA_HANIN, BANTA

    @property
    def layers(self) -> int:
        """Number of layers, the output last."""
        return len(self.kernel)

    @property
    def mean(self) -> Floats:
        """<Theta> = H + shift/n."""
        return np.asarray(self.kernel + self.shift / self._wide(self.shift), dtype=np.float64)

    @property
    def variance(self) -> Floats:
        """n Cov(Theta_ab, Theta_cd) of one output: A + 2 B for one input."""
        return np.asarray(self.A + self.B + self._exchanged(self.B, 3, 4), dtype=np.float64)

    @property
    def cross(self) -> Floats:
        """n Cov(f_a f_b, Theta_cd) of one output: D + 2 F for one input."""
        if self.F.ndim == 1:
            return np.asarray(self.D + 2 * self.F, dtype=np.float64)
        swapped = np.moveaxis(self.F, (3, 4), (1, 2))
        return np.asarray(self.D + swapped + swapped.swapaxes(1, 2), dtype=np.float64)

    @property
    def drift(self) -> Floats:
        """n <grad Theta_ab . grad f_c f_d>: 2 (P + 2 Q) for one input.

        Gradient flow on (1/2) sum_c (f_c - y_c)^2 begins with d<Theta_ab>/dt = -(1/n) sum_c drift_abcc.
        """
        half = self.P + self.Q + self._exchanged(self.Q, 2, 3)
        return np.asarray(half + self._exchanged(half, 1, 2), dtype=np.float64)

    @property
    def coupling(self) -> Floats:
        """V/(n K^2) of the first input, the relative variance of its metric: the theory needs it small."""
        metric = self.metric.reshape(self.layers, -1)[:, 0]
        vertex = self.V.reshape(self.layers, -1)[:, 0]
        return np.asarray(vertex / (np.array(self.widths) * metric**2), dtype=np.float64)

    def diagrams(self, quantity: str = "variance") -> Expansion:
        """The diagrams of one layer behind "shift", "variance", "cross", "drift" or one of the tensors.

        They draw and print themselves; built in `renormalization.depth.tangent_kernel_theory`.
        """
        if not isinstance(quantity, str) or quantity not in _DIAGRAMS:
            raise ValueError(f"quantity must be one of {list(_DIAGRAMS)} (got {shown(quantity)})")
        first, *others = (tangent_diagrams(name) for name in _DIAGRAMS[quantity])
        for other in others:
            first = first + other
        return first

    def _wide(self, like: Floats) -> Floats:
        return np.array(self.widths).reshape(-1, *(1,) * (like.ndim - 1))

    def _exchanged(self, tensor: Floats, first: int, second: int) -> Floats:
        return tensor if tensor.ndim == 1 else tensor.swapaxes(first, second)


def tangent_kernel(
    phi: Activation, weight: float, bias: float, layers: Any, width: Any, input_kernel: ArrayLike = 1.0
) -> TangentKernel:
    """The flow from layer 0, whose metric and tangent kernel both are `input_kernel`, and fixed.

    ValueError for layers or widths below 1, an `input_kernel` that is no covariance of one to four inputs, an
    activation that jumps, and a metric that vanishes or diverges.

    >>> from fieldtheory import activation
    >>> tangent_kernel(activation("linear"), 1.0, 0.0, layers=2, width=64).kernel
    array([2., 3.])
    """
    layers = require_integer("layers", layers, minimum=1)
    metric = require_metric(input_kernel)
    inputs = len(metric)
    require_layer_budget(layers, inputs)
    widths = require_widths(width, layers)
    function, slope = phi.require_function("tangent_kernel"), slopes(phi).first
    kernel = metric
    fluctuations = TangentFluctuations.none(inputs)
    kernels, found = [], []
    for number, wide in enumerate(widths, start=1):
        layer = TangentLayer(kernel, *joint_averages((function, slope), metric), weight, bias)
        fluctuations = layer.propagate(fluctuations, wide)
        metric, kernel = layer.next_kernels
        require_flowing(metric, number)
        kernels.append((metric, kernel))
        found.append(fluctuations)
    shaped = {}
    for name in TangentFluctuations._fields:
        values = np.array([wide * getattr(each, name) for wide, each in zip(widths, found, strict=True)])
        if name in ("metric_shift", "shift", "V", "D", "A"):
            values = as_tensor(values, inputs)
        shaped[name] = values
    shaped["metric"], shaped["kernel"] = np.array(kernels).swapaxes(0, 1)
    if inputs == 1:
        shaped = {name: values.reshape(layers) for name, values in shaped.items()}
    return TangentKernel(phi.name, widths, **shaped)
