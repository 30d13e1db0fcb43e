r"""What one layer of a random network does to the fluctuations of its metric: slopes and noise.

Given the metric G of a layer, its neurons z_i are independent, N(0, G), and the next metric is
w/n sum_i phi(z_ai) phi(z_bi) + b. Its first cumulant F(G), with the derivatives of F, and n times its second
one are averages over one neuron; derivatives act on the Gaussian weight, not on phi, so kinks are no trouble.
Entries (a <= b) of the metric: 1 for one input; 11, 12, 22 for two.
"""

from __future__ import annotations

from dataclasses import dataclass

from fieldtheory.activations.moments import Function
from fieldtheory.array_types import Floats
from renormalization.depth.joint_averages import joint_averages


@dataclass(frozen=True)
class LayerMoments:
    """`value` F_A, `slope` J_AB = dF_A/dG_B, `curvature` H_ABC, `noise` S_AB = n Cov(G'_A, G'_B)."""

    value: Floats
    slope: Floats
    curvature: Floats
    noise: Floats


def layer_moments(function: Function, weight: float, bias: float, metric: Floats) -> LayerMoments:
    """The cumulants of the layer after one with this metric, of one to four inputs.

    ValueError for inputs that are all but parallel.

    >>> import numpy as np
    >>> found = layer_moments(lambda x: x, 1.0, 0.0, np.array([[2.0]]))
    >>> found.slope, found.noise
    (array([[1.]]), array([[8.]]))
    """
    found, _ = joint_averages((function,), metric)
    return LayerMoments(
        value=weight * found.mean[0] + bias,
        slope=weight * found.slope[0],
        curvature=weight * found.curvature[0],
        noise=weight**2 * found.noise[0, :, 0],
    )
