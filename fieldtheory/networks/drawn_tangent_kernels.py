r"""Tangent kernels of networks drawn at random, many at once, and how they begin to move.

Forwards z' = sqrt(w/n) W phi(z) + sqrt(b) beta, backwards d = phi'(z) u, u = sqrt(w/n) W^T d'. The tangent
kernel is Theta_ab = sum_h K^h_ab d^h_a . d^h_b with K^h_ab = b + (w/n) phi_a . phi_b, over all layers h.
Along the gradient of f_c every W moves by a matrix of rank one, so its derivative takes one more pass of both
kinds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from fieldtheory.activations.moments import Function
from fieldtheory.activations.slopes import Slopes
from fieldtheory.array_types import Floats

_PARALLEL = 1e-10  # 1 - c^2 of inputs that are one up to rounding


class TangentDraws(NamedTuple):
    """By networks: outputs f_a, kernels Theta_ab, and `drift` grad Theta_ab . grad f_c f_d."""

    outputs: Floats
    kernels: Floats
    drift: Floats


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

    def draw(self, networks: int, rng: np.random.Generator) -> TangentDraws:
        """So many networks."""
        weights = _Weights.drawn(self, networks, rng)
        found = _Networks.of(self, weights).measured()
        # of one input with phi(0) = 0 kinks add nothing: odd in the weights behind a neuron at 0
        quiet = len(self.first) == 1 and self.phi(np.zeros(1))[0] == 0
        if not self.slopes.kinked or quiet:
            return found
        drift = found.drift
        for layer, wide in enumerate(self.widths):
            for each in range(len(self.first)):
                between = rng.random(networks)
                for sign in (1.0, -1.0):
                    pin = _Pin(layer, each, between, sign)
                    kink = _Networks.of(self, weights, pin).at_a_kink(pin, self.slopes)
                    drift = drift + wide / 2 * kink
        return found._replace(drift=drift)


class _Pin(NamedTuple):
    """The first neuron of a layer is at its kink for this input, with phi' so far `between` its sides.

    `sign`: of the weights behind it; with both most of what they do to a delta function averages out.
    """

    layer: int
    input: int
    between: Floats
    sign: float


@dataclass(frozen=True)
class _Weights:
    """Pre-activations of the first layer, and sqrt(w/n) W and sqrt(b) beta of all others."""

    start: Floats
    matrices: tuple[Floats, ...]
    shifts: tuple[Floats, ...]

    @classmethod
    def drawn(cls, law: NetworkLaw, networks: int, rng: np.random.Generator) -> _Weights:
        roots, vectors = np.linalg.eigh(law.first)
        factor = vectors * np.sqrt(np.maximum(roots, 0.0))  # inputs may be parallel
        start = factor @ rng.standard_normal((networks, len(factor), law.widths[0]))
        matrices, shifts = [], []
        for wide, weight, after in zip(law.widths, law.weights, [*law.widths[1:], 1], strict=True):
            matrices.append(math.sqrt(weight / wide) * rng.standard_normal((networks, after, wide)))
            size = networks if law.bias else 1
            shifts.append(math.sqrt(law.bias) * rng.standard_normal((size, 1, after)))
        return cls(start, tuple(matrices), tuple(shifts))


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
    """The hidden layers of every network, `first`: the covariance of the first, and the outputs.

    `density`: of the pre-activation that is pinned, at 0.
    """

    first: Floats
    layers: tuple[_Layer, ...]
    outputs: Floats
    density: Floats | float = 1.0

    @classmethod
    def of(cls, law: NetworkLaw, weights: _Weights, pin: _Pin | None = None) -> _Networks:
        """These networks; with a pin those where the neuron is at 0, by the law of its weights given that."""
        z, layers = weights.start, list[_Layer]()
        density: Floats | float = 1.0
        kernel = np.broadcast_to(law.first, (len(z), *law.first.shape))
        for number, (matrix, shift) in enumerate(zip(weights.matrices, weights.shifts, strict=True)):
            pinned = pin if pin is not None and pin.layer == number else None
            if pinned is not None:
                a = pinned.input
                own = kernel[:, a, a]
                alive = own > 0  # else all neurons before are 0, and this one stays there
                own = np.where(alive, own, 1.0)
                excess = z[:, a, 0] / own
                z = z.copy()
                z[:, :, 0] -= kernel[:, :, a] * excess[:, None]
                density = alive / np.sqrt(2 * math.pi * own)
                if layers:
                    before = layers[-1]
                    row = before.matrix.copy()
                    row[:, 0] -= before.scale * before.values[:, a] * excess[:, None]
                    layers[-1] = replace(before, matrix=row)
            values, slope, curvature = (f(z) for f in (law.phi, law.slopes.first, law.slopes.second))
            if pinned is not None:
                _put_at_kink(slope, pinned, kernel, law.slopes)
                matrix = np.concatenate([pinned.sign * matrix[:, :, :1], matrix[:, :, 1:]], axis=2)
            scale = law.weights[number] / law.widths[number]
            kernel = law.bias + scale * (values @ values.swapaxes(1, 2))
            layers.append(_Layer(values, slope, curvature, kernel, matrix, scale))
            z = values @ matrix.swapaxes(1, 2) + shift
        return cls(law.first, tuple(layers), z[:, :, 0], density)

    def measured(self) -> TangentDraws:
        """Kernels, and their derivatives along the gradient of each output, kinks left out."""
        back, kernels = self._backwards(), self._kernels()
        total = np.zeros_like(kernels[-1])
        for kernel, d in zip(kernels, back, strict=True):
            total += kernel * (d @ d.swapaxes(1, 2))
        moved = np.stack([self._derivative(c, kernels, back) for c in range(len(self.first))], axis=3)
        return TangentDraws(self.outputs, total, moved[..., None] * self.outputs[:, None, None, None])

    def at_a_kink(self, pin: _Pin, slopes: Slopes) -> Floats:
        """What phi'' of the pinned neuron, a delta function, adds to the drift."""
        back, kernels = self._backwards(), self._kernels()
        jump = slopes.sides[1] - slopes.sides[0]
        pulled = (back[pin.layer + 1] @ self.layers[pin.layer].matrix)[:, pin.input, 0]
        found = []
        for c in range(len(self.first)):
            turned = np.zeros_like(back[pin.layer])
            speed = self._speeds(c, back)[pin.layer][:, pin.input, 0]
            turned[:, pin.input, 0] = jump * self.density * speed * pulled
            total: Floats = np.zeros_like(kernels[-1])
            for level in range(pin.layer, -1, -1):
                total = total + _change(kernels[level], back[level], turned)
                if level:
                    turned = self.layers[level - 1].slope * (turned @ self.layers[level - 1].matrix)
            found.append(total)
        return np.asarray(np.stack(found, axis=3)[..., None] * self.outputs[:, None, None, None])

    def _kernels(self) -> list[Floats]:
        return [self.first, *(layer.next_kernel for layer in self.layers)]

    def _backwards(self) -> list[Floats]:
        """d = df/dz of every layer, the first first and the output last."""
        found = [np.ones((*self.outputs.shape, 1))]
        for layer in reversed(self.layers):
            found.append(layer.slope * (found[-1] @ layer.matrix))
        return found[::-1]

    def _speeds(self, c: int, back: list[Floats]) -> list[Floats]:
        """How all pre-activations move along the gradient of f_c."""
        found = [back[0][:, c : c + 1] * self.first[:, c, None]]
        for layer, d in zip(self.layers, back[1:], strict=True):
            own = d[:, c : c + 1] * layer.next_kernel[:, :, c, None]
            found.append(own + (layer.slope * found[-1]) @ layer.matrix.swapaxes(1, 2))
        return found

    def _derivative(self, c: int, kernels: list[Floats], back: list[Floats]) -> Floats:
        """grad Theta_ab . grad f_c."""
        speeds = self._speeds(c, back)
        total: Floats = np.zeros_like(kernels[-1])
        for layer, speed, d in zip(self.layers, speeds, back[1:], strict=False):
            product = layer.scale * ((layer.slope * speed) @ layer.values.swapaxes(1, 2))
            total = total + (product + product.swapaxes(1, 2)) * (d @ d.swapaxes(1, 2))
        turned = np.zeros_like(back[-1])
        for level in range(len(self.layers), -1, -1):
            total = total + _change(kernels[level], back[level], turned)
            if level:
                layer, d = self.layers[level - 1], back[level]
                forward = layer.scale * layer.values[:, c : c + 1]
                pulled = forward * (d @ d[:, c : c + 1].swapaxes(1, 2)) + turned @ layer.matrix
                bent = layer.curvature * speeds[level - 1] * (d @ layer.matrix)
                turned = layer.slope * pulled + bent
        return total


def _change(kernel: Floats, back: Floats, turned: Floats) -> Floats:
    """Of K_ab d_a . d_b when d turns."""
    product = back @ turned.swapaxes(1, 2)
    return np.asarray(kernel * (product + product.swapaxes(1, 2)), dtype=np.float64)


def _put_at_kink(slope: Floats, pin: _Pin, kernel: Floats, slopes: Slopes) -> None:
    """Write phi' of the pinned neuron: between its sides for this input, and for inputs parallel to it."""
    left, right = slopes.sides
    own = kernel[:, pin.input, pin.input]
    for each in range(slope.shape[1]):
        shared = kernel[:, each, pin.input]
        parallel = shared**2 > (1 - _PARALLEL) * own * kernel[:, each, each]
        between = np.where(shared > 0, pin.between, 1 - pin.between)
        slope[parallel, each, 0] = (left + (right - left) * between)[parallel]
