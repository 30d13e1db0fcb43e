r"""The network f = a.erf(W x/sqrt(d))/sqrt(h): its tangent kernel, and steps of gradient descent."""

from __future__ import annotations

import math

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled

_SLOPE = 2 / math.sqrt(math.pi)  # of erf at 0


def tangent_kernel(readout: Floats, weights: Floats, inputs: Floats) -> Floats:
    """Theta(x, x') = grad f . grad f' of all weights, (P, P); `inputs`: x/sqrt(d), (P, d).

    >>> tangent_kernel(np.ones(1), np.zeros((1, 1)), np.ones((1, 1))).round(6)
    array([[1.27324]])
    """
    from scipy.special import erf

    before = inputs @ weights.T
    outer, inner = erf(before), readout * _SLOPE * np.exp(-(before**2))
    found: Floats = (outer @ outer.T + (inner @ inner.T) * (inputs @ inputs.T)) / len(readout)
    return found


def outputs(readout: Floats, weights: Floats, inputs: Floats) -> Floats:
    """f at each input, (P,)."""
    from scipy.special import erf

    found: Floats = erf(inputs @ weights.T) @ readout / math.sqrt(len(readout))
    return found


@compiled(error_model="numpy", fastmath={"contract"})
def descend(
    readout: Floats,
    weights: Floats,
    inputs: Floats,
    labels: Floats,
    start: Floats,
    scale: float,
    rate: float,
    steps: int,
    hinge: bool = False,
) -> float:
    """Take steps on sum (F - y)^2/(2 alpha^2), F = alpha (f - start); returns the mean (F - y)^2 after them.

    Changes `readout`, (h,), and `weights`, (h, d). The step of time `rate` is that of F' = -Theta (F - y).
    `hinge`: max(0, 1 - y F) in place of y - F, which for y = +-1 leaves out points with y F > 1.
    """
    width, dim = weights.shape
    points = len(labels)
    root = math.sqrt(width)
    outer, slope = np.empty((width, points)), np.empty((width, points))
    residual, total = np.empty(points), 0.0
    for step in range(steps + 1):
        residual[:] = 0.0
        for j in range(width):
            for p in range(points):
                z = 0.0
                for k in range(dim):
                    z += weights[j, k] * inputs[p, k]
                outer[j, p] = math.erf(z)
                slope[j, p] = z
                residual[p] += readout[j] * outer[j, p]
        total = 0.0
        for p in range(points):
            residual[p] = scale * (residual[p] / root - start[p]) - labels[p]
            if hinge and labels[p] * residual[p] > 0:
                residual[p] = 0.0
            total += residual[p] ** 2
        if step == steps:
            break
        factor = -rate / (scale * root)
        for j in range(width):
            change, mine = 0.0, readout[j]
            for p in range(points):
                push = factor * residual[p]
                change += push * outer[j, p]
                z = slope[j, p]
                push *= mine * _SLOPE * math.exp(-z * z)
                for k in range(dim):
                    weights[j, k] += push * inputs[p, k]
            readout[j] += change
    return total / points
