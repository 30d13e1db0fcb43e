r"""What one layer of a random network does to the fluctuations of its metric: slopes and noise.

Given the metric G of a layer, its neurons z_i are independent, N(0, G), and the next metric is
w/n sum_i phi(z_ai) phi(z_bi) + b. Its first cumulant F(G), with the derivatives of F, and n times its second
one are averages over one neuron; derivatives act on the Gaussian weight, not on phi, so kinks are no trouble.
Entries (a <= b) of the metric: 1 for one input; 11, 12, 22 for two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fieldtheory.activations.gaussian_averages import line_quadrature, plane_quadrature
from fieldtheory.activations.moments import Function
from fieldtheory.array_types import Floats

_PARALLEL = 3e-5  # 1 - c^2 below which derivatives of the Gaussian weight leave fewer than 6 digits


@dataclass(frozen=True)
class LayerMoments:
    """`value` F_A, `slope` J_AB = dF_A/dG_B, `curvature` H_ABC, `noise` S_AB = n Cov(G'_A, G'_B)."""

    value: Floats
    slope: Floats
    curvature: Floats
    noise: Floats


def entries(inputs: int) -> list[tuple[int, int]]:
    """The independent entries of a symmetric matrix.

    >>> entries(2)
    [(0, 0), (0, 1), (1, 1)]
    """
    return [(a, b) for a in range(inputs) for b in range(a, inputs)]


def layer_moments(function: Function, weight: float, bias: float, metric: Floats) -> LayerMoments:
    """The cumulants of the layer after one with this metric, 1 x 1 or 2 x 2.

    ValueError for two inputs that are all but parallel.

    >>> found = layer_moments(lambda x: x, 1.0, 0.0, np.array([[2.0]]))
    >>> found.slope, found.noise
    (array([[1.]]), array([[8.]]))
    """
    inputs, pairs = len(metric), entries(len(metric))
    if inputs == 1:
        z, weights = line_quadrature()
        z = math.sqrt(metric[0, 0]) * z[:, None]
    else:
        correlation = metric[0, 1] / math.sqrt(metric[0, 0] * metric[1, 1])
        if 1 - correlation**2 < _PARALLEL:
            raise ValueError(
                f"input_kernel must keep the two inputs apart in every layer (got the correlation "
                f"{correlation:.9g} in one); take fewer layers, or one input"
            )
        z, weights = plane_quadrature(metric)
    phi = function(z)
    products = np.stack([phi[:, a] * phi[:, b] for a, b in pairs])
    inverse = np.linalg.inv(metric).astype(np.float64)
    y = z @ inverse
    second = np.stack([y[:, a] * y[:, b] - inverse[a, b] for a, b in pairs])
    fourth = np.stack([[_fourth(y, inverse, (*p, *r)) for r in pairs] for p in pairs])
    once = np.array([0.5 if a == b else 1.0 for a, b in pairs])  # d/dG_aa = 1/2 d^2/dz_a^2
    mean = products @ weights
    centred = products - mean[:, None]
    weighted = weight * products * weights
    curvature = np.einsum("aq,bcq->abc", weighted, fourth, optimize=True) * np.outer(once, once)
    return LayerMoments(
        value=weight * mean + bias,
        slope=weighted @ second.T * once,
        curvature=(curvature + curvature.swapaxes(1, 2)) / 2,
        noise=weight**2 * (centred * weights) @ centred.T,
    )


def _fourth(y: Floats, inverse: Floats, legs: tuple[int, int, int, int]) -> Floats:
    """What four derivatives make of the Gaussian weight: the Hermite polynomial in y = z/G."""
    i, j, k, m = legs
    pairs = (
        ((i, j), (k, m)),
        ((i, k), (j, m)),
        ((i, m), (j, k)),
    )
    total = y[:, i] * y[:, j] * y[:, k] * y[:, m]
    for (a, b), (c, d) in pairs:
        total = total - inverse[a, b] * y[:, c] * y[:, d] - inverse[c, d] * y[:, a] * y[:, b]
        total = total + inverse[a, b] * inverse[c, d]
    return total
