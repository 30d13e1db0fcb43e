r"""Real networks, many at once, with every weight as a number: outputs, gradients, tangent kernels.

NTK parametrisation: all weights W and biases beta are standard normal before training, and

    h^1 = sqrt(w_1 s) W^1 x + sqrt(b) beta^1,
    h^(l+1) = sqrt(w_(l+1)/n_l) W^(l+1) phi(h^l) + sqrt(b) beta^(l+1),    f = h^(L+1),

so that at infinite width K and Theta are `net.nngp()` and `net.ntk()`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from fieldtheory.activations.derivatives import activation_derivative
from fieldtheory.array_types import Floats
from fieldtheory.networks.fully_connected import FullyConnected


class Parameters(NamedTuple):
    """Of networks, the first axis: W^l, (networks, n_l, n_(l-1)), and beta^l, (networks, 1, n_l), if any."""

    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]

    @property
    def all(self) -> tuple[Floats, ...]:
        """Weights, then biases."""
        return (*self.weights, *self.biases)


def combined(*terms: tuple[Floats | float, Parameters]) -> Parameters:
    """The sum of parameters times a number, or times one for each network.

    >>> one = Parameters((np.ones((2, 1, 1)),), ())
    >>> combined((np.array([1.0, 2.0]), one), (-1.0, one)).weights[0].ravel().tolist()
    [0.0, 1.0]
    """
    factors = [np.reshape(factor, (-1, 1, 1)) for factor, _ in terms]

    def total(*arrays: Floats) -> Floats:
        found = factors[0] * arrays[0]
        for factor, array in zip(factors[1:], arrays[1:], strict=True):
            found += factor * array
        return np.asarray(found)

    return Parameters(
        tuple(total(*each) for each in zip(*(term.weights for _, term in terms), strict=True)),
        tuple(total(*each) for each in zip(*(term.biases for _, term in terms), strict=True)),
    )


@dataclass(frozen=True, eq=False)
class Architecture:
    """What networks of one kind share: phi and its slope, sizes of the layers, factors of weights and biases.

    `sizes`: of inputs, hidden layers, output; `scales`: sqrt(w_1 s), then sqrt(w_(l+1)/n_l).
    """

    phi: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]
    sizes: tuple[int, ...]
    scales: tuple[float, ...]
    bias: float

    @classmethod
    def of(cls, net: FullyConnected, dim: int, widths: Sequence[int]) -> Architecture:
        """Of a network with these widths on inputs in so many dimensions."""
        weights = [float(each) for each in net.weight_variances]
        factors = [weights[0] * float(net.input_scale)]
        factors += [weight / width for weight, width in zip(weights[1:], widths, strict=True)]
        return cls(
            net.phi.require_function("training"),
            activation_derivative(net.phi, 1),
            (dim, *widths, 1),
            tuple(math.sqrt(each) for each in factors),
            math.sqrt(float(net.bias_variance)),
        )

    @property
    def parameters(self) -> int:
        """How many numbers a network is made of."""
        pairs = zip(self.sizes, self.sizes[1:], strict=False)
        return sum((before + (self.bias > 0)) * after for before, after in pairs)

    def normal(self, rngs: Sequence[np.random.Generator]) -> Parameters:
        """Standard normal parameters, of as many networks as generators: W^1, W^2, ..., then the biases."""
        networks = len(rngs)
        pairs = list(zip(self.sizes, self.sizes[1:], strict=False))
        weights = [np.empty((networks, after, before)) for before, after in pairs]
        biases = [np.empty((networks, 1, after)) for _, after in pairs] if self.bias else []
        for number, rng in enumerate(rngs):
            for array in (*weights, *biases):
                rng.standard_normal(out=array[number])
        return Parameters(tuple(weights), tuple(biases))

    def outputs(self, at: Parameters, x: Floats) -> Floats:
        """f at the points, (networks, points)."""
        return self._forwards(at, x)[1]

    def tangent(self, at: Parameters, x: Floats) -> Tangent:
        """The networks to first order around these parameters, at the points."""
        values, outputs, fields = self._forwards(at, x)
        turned = [np.ones((*outputs.shape, 1))]
        for layer in range(len(fields) - 1, -1, -1):
            back = turned[-1] @ (self.scales[layer + 1] * at.weights[layer + 1])
            turned.append(self.slope(fields[layer]) * back)
        return Tangent(self, outputs, tuple(values), tuple(turned[::-1]))

    def _forwards(self, at: Parameters, x: Floats) -> tuple[list[Floats], Floats, list[Floats]]:
        """What enters each layer, f, and the pre-activations of hidden layers."""
        values: list[Floats] = [x[None] if x.ndim == 2 else x]
        fields: list[Floats] = []
        for layer, weights in enumerate(at.weights):
            field = values[-1] @ (self.scales[layer] * weights).swapaxes(1, 2)
            if self.bias:
                field += self.bias * at.biases[layer]
            if layer == len(at.weights) - 1:
                break
            fields.append(field)
            values.append(self.phi(field))
        return values, field[:, :, 0], fields


@dataclass(frozen=True, eq=False)
class Tangent:
    """f(theta + D) = f + J D at some points: `outputs` f, (networks, points).

    `values`: what enters each layer; `turned`: the derivative of f by the pre-activations of each layer.
    """

    architecture: Architecture
    outputs: Floats
    values: tuple[Floats, ...]
    turned: tuple[Floats, ...]

    @cached_property
    def kernel(self) -> Floats:
        """Theta = J J^T of each network, (networks, points, points)."""
        net = self.architecture
        total: Floats = np.zeros(())
        for scale, values, turned in zip(net.scales, self.values, self.turned, strict=True):
            inner = scale**2 * (values @ values.swapaxes(1, 2)) + net.bias**2
            total = total + inner * (turned @ turned.swapaxes(1, 2))
        return total

    def pushed(self, direction: Parameters) -> Floats:
        """J D, (networks, points)."""
        net, total = self.architecture, np.zeros_like(self.outputs)
        for layer, (values, turned) in enumerate(zip(self.values, self.turned, strict=True)):
            moved = values @ (net.scales[layer] * direction.weights[layer]).swapaxes(1, 2)
            if net.bias:
                moved += net.bias * direction.biases[layer]
            total += np.einsum("mpn,mpn->mp", turned, moved)
        return total

    def pulled(self, along: Floats) -> Parameters:
        """J^T c of c at the points, (networks, points)."""
        net = self.architecture
        weights, biases = [], []
        for scale, values, turned in zip(net.scales, self.values, self.turned, strict=True):
            weighted = turned * along[:, :, None]
            weights.append((scale * weighted).swapaxes(1, 2) @ values)
            if net.bias:
                biases.append(net.bias * weighted.sum(axis=1, keepdims=True))
        return Parameters(tuple(weights), tuple(biases))
