"""Averages over two Gaussian numbers by brute force: panels of a Gauss-Legendre rule in the plane."""

import math

import numpy as np
from scipy.special import erf, ndtr

FUNCTIONS = {
    "relu": lambda x: np.maximum(x, 0.0),
    "gelu": lambda x: x * ndtr(x),
    "erf": erf,
    "heaviside": lambda x: np.heaviside(x, 0.5),
    "linear": lambda x: x,
    "leaky_relu:0.3": lambda x: np.where(x > 0, x, 0.3 * x),
    "abs": np.abs,
    "relu2": lambda x: np.maximum(x, 0.0) ** 2,
}
_X, _W = np.polynomial.legendre.leggauss(12)
_FAR = 9.0  # standard deviations, beyond the kinks
_STEPS = np.concatenate([[0.0], np.geomspace(1e-7, 4.0, 17)])


def _nodes(edges: np.ndarray, far: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of a normal average, edges along the last axis."""
    base = np.linspace(-far, far, 2 * math.ceil(far) + 1)
    edges = np.concatenate([np.broadcast_to(base, (*edges.shape[:-1], len(base))), edges], axis=-1)
    edges = np.sort(np.clip(edges, -far, far), axis=-1)
    width = np.diff(edges)[..., None]
    z = edges[..., :-1, None] + width * (1 + _X) / 2
    weights = width * _W / 2 * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return z.reshape(*edges.shape[:-1], -1), weights.reshape(*edges.shape[:-1], -1)


def _around(*centres: np.ndarray) -> np.ndarray:
    """Edges ever closer to these places."""
    steps = np.concatenate([-_STEPS[::-1], _STEPS])
    return np.concatenate([np.asarray(centre)[..., None] + steps for centre in centres], axis=-1)


def line_average(function, mean: float, variance: float) -> float:
    """E[F(x)]; kinks and steep places of F are at 0."""
    s = math.sqrt(variance)
    z, weights = _nodes(_around(-mean / s), _FAR + abs(mean) / s)
    return float(weights @ function(mean + s * z))


def plane_covariance(first, second, means, variances, r: float, q: float) -> float:
    """Cov(F(x), G(y)) at correlation r, q = sqrt(1 - r^2); kinks and steep places of F and G are at 0."""
    (m, n), (s, t) = means, np.sqrt(variances)
    mean, other = line_average(first, m, s * s), line_average(second, n, t * t)
    if r == 0:
        return 0.0
    far = _FAR + max(abs(m) / s, abs(n) / t)
    w, outer = _nodes(_around(-n / t / q, (r * m / s - n / t) / q), far)  # y = n + t (r z + q w)
    z, inner = _nodes(_around(np.full_like(w, -m / s), -(n / t + q * w) / r), far)
    values = (first(m + s * z) - mean) * (second(n + t * (r * z + q * w[:, None])) - other)
    return float(outer @ (inner * values).sum(axis=1))


def plane_derivatives(function, means, covariance, order: int) -> dict[tuple[int, int], float]:
    """E[F^(i)(x) F^(j)(y)] = E[F(x) F(y) He_ij(x, y)], He_ij N = (-1)^(i+j) d_x^i d_y^j N, i + j <= order.

    For a pair of moderate correlation, F with a kink at 0.
    """
    (m, n), (s, t) = means, np.sqrt(np.diag(covariance))
    r = covariance[0, 1] / (s * t)
    q = math.sqrt(1 - r * r)
    w, outer = _nodes(np.array([-n / t / q, (r * m / s - n / t) / q]), _FAR)
    z, inner = _nodes(np.stack([np.full_like(w, -m / s), -(n / t + q * w) / r], axis=-1), _FAR)
    x, y = s * z, t * (r * z + q * w[:, None])
    values = outer[:, None] * inner * function(m + x) * function(n + y)
    inverse = np.linalg.inv(covariance)
    u, v = inverse[0, 0] * x + inverse[0, 1] * y, inverse[0, 1] * x + inverse[1, 1] * y
    polynomials = {(0, 0): np.ones_like(x)}
    for i in range(order + 1):
        for j in range(order + 1 - i):
            if i:
                here = u * polynomials[i - 1, j]
                here -= (i - 1) * inverse[0, 0] * polynomials.get((i - 2, j), 0.0)
                polynomials[i, j] = here - j * inverse[0, 1] * polynomials.get((i - 1, j - 1), 0.0)
            elif j:
                here = v * polynomials[0, j - 1]
                polynomials[0, j] = here - (j - 1) * inverse[1, 1] * polynomials.get((0, j - 2), 0.0)
    return {orders: float((values * each).sum()) for orders, each in polynomials.items()}
