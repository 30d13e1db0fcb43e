"""Nodes of normal averages of functions that may have a kink, a jump, or be steep, at one place each."""

from __future__ import annotations

import math

import numpy as np

from fieldtheory.array_types import Floats

_REACH = 9.5  # standard deviations: what is beyond has weight 1e-21


def normal_nodes(places: Floats, points: int) -> tuple[Floats, Floats]:
    """Nodes and weights of standard normal averages, crowded at these places, one row of 2 `points` for each.

    >>> z, weights = normal_nodes(np.array([0.5]), 24)
    >>> bool(abs((weights * np.maximum(z - 0.5, 0)).sum() - 0.1977965574) < 1e-9)
    True
    """
    x, w = np.polynomial.legendre.leggauss(points)
    side, width = ((1 + x) / 2) ** 2, w * (1 + x) / 2  # squares crowd the nodes at the place
    middle = np.clip(places, -_REACH, _REACH)[..., None]
    lower, upper = middle + _REACH, _REACH - middle
    z = np.concatenate([middle - lower * side, middle + upper * side], axis=-1)
    weights = np.concatenate([lower * width, upper * width], axis=-1)
    return z, weights * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


def hermite_polynomials(most: int, z: Floats) -> list[Floats]:
    """He_0 ... He_most at z.

    >>> hermite_polynomials(3, np.array([2.0]))[3]
    array([2.])
    """
    found = [np.ones_like(z), z]
    for k in range(1, most):
        found.append(z * found[k] - k * found[k - 1])
    return found[: most + 1]
