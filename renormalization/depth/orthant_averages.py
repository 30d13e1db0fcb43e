r"""Averages of products f(z_1) g(z_2) h(z_3) ... over three or four correlated Gaussian numbers.

A product of Gauss rules on half-lines, so that kinks at 0 lie between orthants, times the density over that
of independent numbers. It converges like a power of the largest correlation: a comparison with averages of
two numbers, which are known, says how far.
"""

from __future__ import annotations

import numpy as np

from fieldtheory.activations.gaussian_averages import half_line_quadrature
from fieldtheory.array_types import Floats


def orthant_nodes(points: int) -> Floats:
    """Nodes of the rule on the line, in standard deviations, `points` on either side of 0.

    >>> orthant_nodes(1).round(3)
    array([-0.798,  0.798])
    """
    z, _ = half_line_quadrature(points)
    return np.concatenate([-z[::-1], z])


def orthant_averages(correlations: Floats, values: list[Floats]) -> Floats:
    """<f_i(z_1) g_j(z_2) ...> for all functions of each number; an axis of the result for each number.

    `values`: by number, functions at the `orthant_nodes`, shape (functions, nodes).

    >>> z = orthant_nodes(12)[None]
    >>> tri = np.array([[1.0, 0.5, 0.2], [0.5, 1.0, 0.3], [0.2, 0.3, 1.0]])
    >>> round(float(orthant_averages(tri, [z, z, z**2])[0, 0, 0]), 12)  # 0.5 + 2 * 0.2 * 0.3
    0.62
    """
    points = values[0].shape[1] // 2
    nodes = orthant_nodes(points)
    weights = np.tile(half_line_quadrature(points)[1], 2)
    weights[:points] = weights[: points - 1 : -1]
    inputs = len(correlations)
    excess = np.linalg.inv(correlations) - np.eye(inputs)
    weighted = [each * weights for each in values]
    others = _quadratic(excess[1:, 1:], nodes)
    pulls = sum(
        excess[0, k] * nodes.reshape([-1 if axis == k else 1 for axis in range(1, inputs)])
        for k in range(1, inputs)
    )
    slices = []
    for node in nodes:  # one at a time: the whole product of four rules would take gigabytes
        density = np.exp(others - node * pulls - excess[0, 0] * node**2 / 2)
        for each in weighted[:0:-1]:  # the last axis becomes the first
            density = np.tensordot(each, density, axes=(1, density.ndim - 1))
        slices.append(density)
    found = np.tensordot(weighted[0], np.array(slices), axes=1)
    return np.asarray(found / np.sqrt(np.linalg.det(correlations)), dtype=np.float64)


def _quadratic(matrix: Floats, nodes: Floats) -> Floats:
    """-z A z/2 on the product of these nodes."""
    size = len(matrix)
    total = np.zeros((1,) * size)
    for a in range(size):
        for b in range(size):
            first = nodes.reshape([-1 if axis == a else 1 for axis in range(size)])
            second = nodes.reshape([-1 if axis == b else 1 for axis in range(size)])
            total = total - matrix[a, b] * first * second / 2
    return np.asarray(total)
