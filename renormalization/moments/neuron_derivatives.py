r"""Cumulants of the activation of each neuron, and their derivatives by the mean of its input.

With x = m + s u, u standard normal, V_pk = s^k d^k/dm^k of the p-th cumulant of phi(x). Derivatives act on
the Gaussian weight, not on phi, so kinks and jumps are no trouble: s^k d^k/dm^k E[phi^p] = E[phi^p He_k(u)].
"""

from __future__ import annotations

from math import comb

import numpy as np

from fieldtheory.activations.moments import Function
from fieldtheory.array_types import Floats
from renormalization.moments.normal_nodes import hermite_polynomials, normal_nodes

_POINTS = 64
CUMULANTS, DERIVATIVES = 4, 4


def neuron_derivatives(function: Function, mean: Floats, deviation: Floats) -> Floats:
    """V_pk, shape (5, 5, neurons), p >= 1 the cumulant and k the derivative; V_0k is 0.

    >>> neuron_derivatives(lambda x: x**2, np.array([1.0]), np.array([2.0]))[1:3, :3, 0].round(6)
    array([[  5.,   4.,   8.],
           [ 48.,  64., 128.]])
    """
    z, weights = normal_nodes(-mean / np.where(deviation > 0, deviation, 1.0), _POINTS)
    values = function(mean[:, None] + deviation[:, None] * z)
    average = (weights * values).sum(axis=1)
    centred = values - average[:, None]
    polynomials = hermite_polynomials(DERIVATIVES, z)
    moments = [
        np.array([(weights * centred**p * each).sum(axis=1) for each in polynomials])
        for p in range(CUMULANTS + 1)
    ]
    first, second, third, fourth = moments[1:]
    first[0] = 0.0
    square = _product(first, first)
    found = np.zeros((CUMULANTS + 1, DERIVATIVES + 1, len(mean)))
    found[1] = first
    found[2] = second - square
    found[3] = third - 3 * _product(second, first) + 2 * _product(square, first)
    found[4] = fourth - 4 * _product(third, first) - 3 * _product(second, second)
    found[4] += 12 * _product(second, square) - 6 * _product(square, square)
    found[1, 0] = average
    return found


def _product(a: Floats, b: Floats) -> Floats:
    """Derivatives of a product, by Leibniz."""
    return np.array([sum(comb(k, j) * a[j] * b[k - j] for j in range(k + 1)) for k in range(len(a))])
