r"""Averages over one neuron z ~ N(0, G), a number for each input: of products, and their derivatives.

Products are f(z_a) f(z_b), f = phi and, for the tangent kernel, phi'. Derivatives with respect to G and z act
on the Gaussian weight, where they make Hermite polynomials of y = z/G. Second derivatives phi'' are never
evaluated: phi''(z_a) is a derivative of the weight, too, and with phi'(z_a)^k beside it the derivative of
phi'^(k+1)/(k+1), so that delta functions at kinks are exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fieldtheory.activations.gaussian_averages import line_quadrature, plane_quadrature
from fieldtheory.array_types import Floats

_PARALLEL = 3e-5  # 1 - c^2 below which derivatives of the Gaussian weight leave fewer than 6 digits


@dataclass(frozen=True)
class NeuronAverages:
    """By functions f and entries A, B, C of the metric, which is meant by A = (a <= b).

    `mean` <(f f)_A>, `slope` and `curvature` its first and second derivatives by the metric, `noise`
    Cov((f f)_A, (g g)_B), axes (f, A, g, B).
    """

    mean: Floats
    slope: Floats
    curvature: Floats
    noise: Floats


@dataclass(frozen=True)
class BendAverages:
    """With second derivatives: `turn` <d/dz_e phi'_a phi_c>, axes (a, c, e); `lean` <phi''_a phi_d>;

    `bend` <phi''_a phi'_b phi'_c phi_d>; `twist` <d/dz_e phi''_a phi'_b>, axes (a, b, e).
    """

    turn: Floats
    lean: Floats
    bend: Floats
    twist: Floats


@dataclass(frozen=True)
class Neurons:
    """Nodes z, a row for each input, weights of their average, y = z/G, and the inverse of the metric G."""

    z: Floats
    weights: Floats
    y: Floats
    inverse: Floats


def entries(inputs: int) -> list[tuple[int, int]]:
    """The independent entries of a symmetric matrix.

    >>> entries(2)
    [(0, 0), (0, 1), (1, 1)]
    """
    return [(a, b) for a in range(inputs) for b in range(a, inputs)]


def neurons(metric: Floats) -> Neurons:
    """The quadrature for this metric, of one or two inputs; ValueError for two that are all but parallel."""
    if len(metric) == 1:
        z, weights = line_quadrature()
        z = math.sqrt(metric[0, 0]) * z[None]
    else:
        correlation = metric[0, 1] / math.sqrt(metric[0, 0] * metric[1, 1])
        if 1 - correlation**2 < _PARALLEL:
            raise ValueError(
                f"input_kernel must keep the two inputs apart in every layer (got the correlation "
                f"{correlation:.9g} in one); take fewer layers, or one input"
            )
        z, weights = plane_quadrature(metric)
        z = np.ascontiguousarray(z.T)
    inverse = np.linalg.inv(metric).astype(np.float64)
    return Neurons(z, weights, inverse @ z, inverse)


def product_averages(values: list[Floats], at: Neurons) -> NeuronAverages:
    """The averages of products of functions, from their values at the nodes, a row for each input.

    >>> at = neurons(np.array([[2.0]]))
    >>> product_averages([at.z], at).noise
    array([[[[8.]]]])
    """
    inputs, kinds = len(at.z), len(values)
    a, b = np.array(entries(inputs)).T
    size = len(a)
    products = np.concatenate([each[a] * each[b] for each in values])
    mean = products @ at.weights
    weighted = products * at.weights
    squares = at.y[a] * at.y[b]
    moments = weighted @ squares.T
    second = moments - np.outer(mean, at.inverse[a, b])
    fourth = _fourth(weighted, mean, moments, squares, at.inverse)
    once = np.where(a == b, 0.5, 1.0)  # d/dG_aa = 1/2 d^2/dz_a^2
    products -= mean[:, None]
    return NeuronAverages(
        mean=mean.reshape(kinds, size),
        slope=(second * once).reshape(kinds, size, size),
        curvature=(fourth * np.outer(once, once)).reshape(kinds, size, size, size),
        noise=((products * at.weights) @ products.T).reshape(kinds, size, kinds, size),
    )


def _fourth(weighted: Floats, mean: Floats, moments: Floats, squares: Floats, inverse: Floats) -> Floats:
    """Four derivatives of the Gaussian weight: averages of Hermite polynomials in y = z/G, axes (f, A, B)."""
    inputs = len(inverse)
    pairs = entries(inputs)
    place = {pair: k for k, pair in enumerate(pairs)}
    legs = {_sorted(p, r): (place[p], place[r]) for p in pairs for r in pairs}
    found = {}
    quartic = weighted @ np.stack([squares[p] * squares[r] for p, r in legs.values()]).T
    for column, (i, j, k, m) in enumerate(legs):
        total = quartic[:, column].copy()
        for (a, b), (c, d) in (((i, j), (k, m)), ((i, k), (j, m)), ((i, m), (j, k))):
            total -= inverse[a, b] * moments[:, place[c, d]] + inverse[c, d] * moments[:, place[a, b]]
            total += inverse[a, b] * inverse[c, d] * mean
        found[i, j, k, m] = total
    axes = [[found[_sorted(p, r)] for r in pairs] for p in pairs]
    return np.moveaxis(np.array(axes), -1, 0)


def _sorted(first: tuple[int, int], second: tuple[int, int]) -> tuple[int, int, int, int]:
    a, b, c, d = sorted((*first, *second))
    return a, b, c, d


def bend_averages(phi: Floats, slope: Floats, found: NeuronAverages, at: Neurons) -> BendAverages:
    """The averages with second derivatives, from phi and phi' at the nodes and the averages of both."""
    inputs, pairs = len(phi), entries(len(phi))
    a, b = np.array(pairs).T
    place = np.zeros((inputs, inputs), dtype=np.int64)
    place[a, b] = place[b, a] = np.arange(len(pairs))
    one = np.eye(inputs)
    mixed = (slope * at.weights)[:, None] * phi  # phi'_a phi_c
    turn = (mixed.reshape(inputs**2, -1) @ at.y.T).reshape((inputs,) * 3)
    pushed = (mixed * at.y[:, None]).reshape(inputs**2, -1)  # phi'_a phi_d y_a
    bend = (pushed @ (slope[a] * slope[b]).T).reshape(inputs, inputs, -1)[:, :, place]
    fourth = (found.noise[1, :, 1] + np.outer(found.mean[1], found.mean[1]))[place[:, :, None, None], place]
    bend = bend.transpose(0, 2, 3, 1) - np.einsum("ad,aabc->abcd", one, fourth)
    hessian = (found.slope[1] * np.where(a == b, 2.0, 1.0))[place[:, :, None], place[:, None, :]]
    return BendAverages(
        turn=turn,
        lean=np.einsum("aca->ac", turn) - one * found.mean[1][place],
        bend=bend / (1 + one[:, :, None, None] + one[:, None, :, None]),
        twist=hessian / (1 + one[:, :, None]),
    )
