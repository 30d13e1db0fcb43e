r"""Tangent kernels of networks drawn at random, many at once, and how they begin to move.

Forwards z' = sqrt(w/n) W phi(z) + sqrt(b) beta, backwards d = phi'(z) u, u = sqrt(w/n) W^T d'. The tangent
kernel is Theta_ab = sum_h K^h_ab d^h_a . d^h_b with K^h_ab = b + (w/n) phi_a . phi_b, over all layers h.
Along the gradient of f_c every W moves by a matrix of rank one, so its derivative takes one more pass of both
kinds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fieldtheory.activations.moments import Function
from fieldtheory.activations.slopes import Slopes
from fieldtheory.array_types import Floats


class TangentDraws(NamedTuple):
    """By networks: outputs f_a, kernels Theta_ab, and `drift` grad Theta_ab . grad f_c f_d, if wanted."""

    outputs: Floats
    kernels: Floats
    drift: Floats | None


@dataclass(frozen=True)
class NetworkLaw:
    """Of random networks with one output: phi, its slopes, covariance of the first layer, widths, variances.

    `weights`: the weight variances behind each hidden layer, as many as `widths`.
    """

    phi: Function
    slopes: Slopes
    first: Floats
    widths: Sequence[int]
    weights: Sequence[float]
    bias: float

    def draw(self, networks: int, rng: np.random.Generator, drift: bool) -> TangentDraws:
        """So many networks."""
        return _Networks.drawn(self, networks, rng).measured(drift)


@dataclass(frozen=True)
class _Layer:
    """phi, phi' and phi'' of the neurons, axes (network, input, neuron), and K_ab of what comes next.

    `matrix`: sqrt(w/n) W, axes (network, next neuron, neuron); `scale`: w/n.
    """

    values: Floats
    slope: Floats
    curvature: Floats
    next_kernel: Floats
    matrix: Floats
    scale: float


@dataclass(frozen=True)
class _Networks:
    """The hidden layers of every network, `first`: the covariance of the first, and the outputs."""

    first: Floats
    layers: tuple[_Layer, ...]
    outputs: Floats

    @classmethod
    def drawn(cls, law: NetworkLaw, networks: int, rng: np.random.Generator) -> _Networks:
        roots, vectors = np.linalg.eigh(law.first)
        factor = vectors * np.sqrt(np.maximum(roots, 0.0))  # inputs may be parallel
        z = factor @ rng.standard_normal((networks, len(factor), law.widths[0]))
        layers = []
        for wide, weight, after in zip(law.widths, law.weights, [*law.widths[1:], 1], strict=True):
            values, slope, curvature = (f(z) for f in (law.phi, law.slopes.first, law.slopes.second))
            matrix = np.sqrt(weight / wide) * rng.standard_normal((networks, after, wide))
            kernel = law.bias + weight / wide * (values @ values.swapaxes(1, 2))
            layers.append(_Layer(values, slope, curvature, kernel, matrix, weight / wide))
            z = values @ matrix.swapaxes(1, 2)
            if law.bias:
                z = z + np.sqrt(law.bias) * rng.standard_normal((networks, 1, after))
        return cls(law.first, tuple(layers), z[:, :, 0])

    def measured(self, drift: bool) -> TangentDraws:
        """Kernels, and their derivatives along the gradient of each output."""
        back = self._backwards()
        kernels = [self.first, *(layer.next_kernel for layer in self.layers)]
        total = np.zeros_like(kernels[-1])
        for kernel, d in zip(kernels, back, strict=True):
            total += kernel * (d @ d.swapaxes(1, 2))
        if not drift:
            return TangentDraws(self.outputs, total, None)
        moved = np.stack([self._derivative(c, kernels, back) for c in range(len(self.first))], axis=3)
        return TangentDraws(self.outputs, total, moved[..., None] * self.outputs[:, None, None, None])

    def _backwards(self) -> list[Floats]:
        """d = df/dz of every layer, the first first and the output last."""
        found = [np.ones((*self.outputs.shape, 1))]
        for layer in reversed(self.layers):
            found.append(layer.slope * (found[-1] @ layer.matrix))
        return found[::-1]

    def _derivative(self, c: int, kernels: list[Floats], back: list[Floats]) -> Floats:
        """grad Theta_ab . grad f_c."""
        along = [each[:, c : c + 1] for each in back]  # d^h of f_c
        moved = along[0] * self.first[:, c, None]
        speeds = [moved]
        total: Floats = np.zeros_like(kernels[-1])
        for layer, after, d in zip(self.layers, along[1:], back[1:], strict=True):
            change = layer.slope * moved
            product = layer.scale * (change @ layer.values.swapaxes(1, 2))
            total = total + (product + product.swapaxes(1, 2)) * (d @ d.swapaxes(1, 2))
            moved = after * layer.next_kernel[:, :, c, None] + change @ layer.matrix.swapaxes(1, 2)
            speeds.append(moved)
        turned = np.zeros_like(back[-1])
        for level in range(len(self.layers), -1, -1):
            product = back[level] @ turned.swapaxes(1, 2)
            total = total + kernels[level] * (product + product.swapaxes(1, 2))
            if level:
                layer, d = self.layers[level - 1], back[level]
                forward = layer.scale * layer.values[:, c : c + 1]
                pulled = forward * (d @ along[level].swapaxes(1, 2)) + turned @ layer.matrix
                bent = layer.curvature * speeds[level - 1] * (d @ layer.matrix)
                turned = layer.slope * pulled + bent
        return total
