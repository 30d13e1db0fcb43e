"""The tangent kernel of random networks of finite width, by drawing networks: the truth for theories."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.activations.slopes import slopes
from fieldtheory.arguments import require_integer
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted
from fieldtheory.drawing import plot
from fieldtheory.networks.drawn_tangent_kernels import NetworkLaw, TangentDraws
from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.references import ROBERTS_YAIDA_HANIN
from fieldtheory.shown_value import shown
from fieldtheory.workbench import records

_BATCH = 1 << 21  # weights, 16 MiB
_MANY = 10**9


@dataclass(frozen=True, eq=False, kw_only=True)
class SampledTangentKernel:
    r"""Averages of the tangent kernel Theta_ab of an output f over networks, in the units of `TangentKernel`.

    Axes of inputs, points x points and so on: `kernel` <Theta_ab>, `variance` n Cov(Theta_ab, Theta_cd),
    `cross` n Cov(f_a f_b, Theta_cd), `drift` n <grad Theta_ab . grad f_c f_d>, n the width of the last hidden
    layer (`width`). `..._stderr`: their standard errors. Roberts, Yaida, Hanin, arXiv 2106.10165.
    """

    kernel: Floats
    kernel_stderr: Floats
    variance: Floats
    variance_stderr: Floats
    cross: Floats
    cross_stderr: Floats
    drift: Floats
    drift_stderr: Floats
    width: int
    networks: int
    seed: int

    plot = plot

    references = (ROBERTS_YAIDA_HANIN,)

    def __repr__(self) -> str:
        return (
            f"SampledTangentKernel({counted(self.networks, 'network')}, "
            f"{counted(len(self.kernel), 'input')}, Theta_11 = {self.kernel[0, 0]:.4g} "
            f"+- {self.kernel_stderr[0, 0]:.1g})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Every field by name as plain lists, numbers and strings, ready for JSON."""
        return {each.name: records.plain(getattr(self, each.name)) for each in fields(self)}


def sample_tangent_kernel(
    net: FullyConnected, X: ArrayLike, networks: int = 10000, seed: int = 0
) -> SampledTangentKernel:
    """Mean, variance and drift of the tangent kernel at the points X, one a row, over random networks.

    `net` has a `width`; its feature strength is not used. The drift is by Jacobian-vector products, along the
    gradient of every output, with delta functions in phi'' by networks where a neuron is at its kink.
    ValueError for a network without width, of symbols, or without hidden layers, an
    activation that jumps, and fewer than 2 networks.

    Equation: tangent-kernel-map

    >>> net = FullyConnected(1, "linear", width=50)
    >>> found = sample_tangent_kernel(net, [[1.0]], networks=4000, seed=1)
    >>> bool(abs(found.variance[0, 0, 0, 0] - 4) < 4 * found.variance_stderr[0, 0, 0, 0])
    True
    """
    networks = require_integer("networks", networks, minimum=2, maximum=_MANY)
    seed = require_integer("seed", seed, minimum=0)
    if not isinstance(net, FullyConnected) or not net.hidden_layers:
        raise ValueError(f"net must be a FullyConnected with hidden layers (got {shown(net)})")
    widths, first = net.widths, net.input_covariance(X)
    inputs = len(first)
    found = slopes(net.phi)
    passes = 1 + inputs * (1 + found.kinked * len(widths) * inputs)
    weights = sum(a * b for a, b in zip(widths, (*widths[1:], 1), strict=True)) + widths[0] * inputs
    require_budget(
        f"networks = {networks}",
        seconds=networks * weights * (2e-8 + 4e-9 * inputs * passes),
        memory=16.0 * networks * (inputs + inputs**2 + inputs**4) + 80.0 * max(_BATCH, weights),
        smaller="networks",
    )
    law = NetworkLaw(
        net.phi.require_function("sample_tangent_kernel"),
        found,
        first,
        widths,
        [float(each) for each in net.weight_variances[1:]],
        float(net.bias_variance),
    )
    rng = np.random.default_rng(seed)
    batch = max(1, _BATCH // weights)
    draws = [law.draw(min(batch, networks - start), rng) for start in range(0, networks, batch)]
    return _averaged(draws, widths[-1], seed)


def _averaged(draws: list[TangentDraws], width: int, seed: int) -> SampledTangentKernel:
    outputs = np.concatenate([each.outputs for each in draws])
    kernels = np.concatenate([each.kernels for each in draws])
    networks, inputs = outputs.shape
    flat = kernels.reshape(networks, -1)
    products = (outputs[:, :, None] * outputs[:, None]).reshape(networks, -1)
    root = math.sqrt(networks)
    variance, variance_stderr = _covariance(flat, flat)
    cross, cross_stderr = _covariance(products, flat)
    four = (inputs,) * 4
    drifts = np.concatenate([each.drift for each in draws])
    return SampledTangentKernel(
        kernel=kernels.mean(axis=0),
        kernel_stderr=kernels.std(axis=0, ddof=1) / root,
        variance=width * variance.reshape(four),
        variance_stderr=width * variance_stderr.reshape(four),
        cross=width * cross.reshape(four),
        cross_stderr=width * cross_stderr.reshape(four),
        drift=width * drifts.mean(axis=0),
        drift_stderr=width * drifts.std(axis=0, ddof=1) / root,
        width=width,
        networks=networks,
        seed=seed,
    )


def _covariance(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Covariances of the columns of two samples, and their standard errors."""
    size = len(first)
    first, second = first - first.mean(axis=0), second - second.mean(axis=0)
    found = first.T @ second / (size - 1)
    spread = (first**2).T @ second**2 / size - found**2
    return found, np.sqrt(np.maximum(spread, 0.0) / size)
