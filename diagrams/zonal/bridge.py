r"""The Wheatstone bridge on the sphere S^{d-1}, without an integral over more than one angle.

W(x1, x2) = int a(x1,u) b(x1,v) h(u,v) c(x2,u) d(x2,v) over u and v. With u as the pole, a, h and c multiply
by a function of the height, b and d are convolutions: an operator that commutes with the rotations about u.
In the harmonics of degree l that belong to degree j there, multiplication by f is the matrix
M_j[l, l'] = int f Theta_lj Theta_l'j, and averaging over u leaves the trace in each degree,
W_l = (1/deg l) sum_j deg'(j) [M_j(a) b M_j(h) d M_j(c)]_ll.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.sphere.harmonics import AngleTransform, float_multiplicities, multiplicity


def bridge_degrees(arms: tuple[Any, Any, Any, Any, Any], transform: AngleTransform) -> Any:
    """W_l from a, h, c by values at the nodes and b, d by coefficients; arms = (a, b, h, c, d).

    Real or complex, with leading axes for batches. The coefficients of b and d end at the degree of the
    transform, the sums over l' with them.
    """
    a, b, h, c, d = arms
    _require_blocks(transform, math.prod(np.shape(b)[:-1]))
    total: Any = 0.0
    for j, functions in enumerate(_blocks(transform)):
        share = _stabiliser_multiplicity(j, transform.dim)
        if not share:
            continue
        left, middle, right = (
            (functions * (transform.weights * f)[..., None, :]) @ functions.T for f in (a, h, c)
        )
        chain = left @ (b[..., j:, None] * middle * d[..., None, j:])
        diagonal = (chain * np.swapaxes(right, -1, -2)).sum(axis=-1)
        padded = np.zeros((*diagonal.shape[:-1], transform.max_degree + 1), dtype=diagonal.dtype)
        padded[..., j:] = diagonal
        total = total + share * padded
    return total / float_multiplicities(transform.max_degree, transform.dim)


def _blocks_number(dim: int, max_degree: int) -> int:
    """The degrees j that occur: all, or the two of the pair of points S^0."""
    return min(2, max_degree + 1) if dim == 2 else max_degree + 1


def _require_blocks(transform: AngleTransform, batch: int) -> None:
    """OverBudget if the matrices M_j, kept for all j, or their products for a batch are too much.

    Measured: 5e9 multiplications a second, numbers complex.
    """
    degrees, nodes = transform.max_degree + 1.0, float(len(transform.nodes))
    blocks = _blocks_number(transform.dim, transform.max_degree)
    shrink = 1 / 3 if blocks == degrees else 1.0  # the sum of (degrees - j)^2
    require_budget(
        f"a bridge on S^{transform.dim - 1} with {degrees:.0f} degrees",
        seconds=batch * blocks * degrees * (3 * nodes + 2 * degrees) * degrees * shrink * 2e-10 * 4,
        memory=8 * degrees * nodes * (blocks / (2 if shrink < 1 else 1) + 6 * batch)
        + 80 * batch * degrees**2,
        smaller="max_degree of the spectrum, or the order",
    )


def _stabiliser_multiplicity(j: int, dim: int) -> int:
    """Dimension of the degree-j harmonics on S^{dim-2}, two points for dim = 2."""
    return int(j < 2) if dim == 2 else multiplicity(j, dim - 1)


@lru_cache(maxsize=8)
def _blocks_of(dim: int, max_degree: int, nodes: int) -> tuple[Floats, ...]:
    transform = AngleTransform.build(dim, max_degree, nodes)
    t, found = transform.nodes, []
    log_norm, envelope = 0.0, np.ones_like(t)
    for j in range(_blocks_number(dim, max_degree)):
        block = _orthonormal(max_degree - j, t, dim + 2 * j) * envelope
        block.setflags(write=False)
        found.append(block)
        # int (1 - t^2)^(j+1) dmu over the same with j
        log_norm = math.log((dim + 2 * j - 1) / (dim + 2 * j))
        envelope = envelope * np.sqrt(1 - t**2) * math.exp(-0.5 * log_norm)
    return tuple(found)


def _blocks(transform: AngleTransform) -> tuple[Floats, ...]:
    """Theta_lj at the nodes, l = j ... max_degree, for every j: orthonormal in t for each j."""
    return _blocks_of(transform.dim, transform.max_degree, len(transform.nodes))


def _orthonormal(degree: int, t: Floats, dim: int) -> Floats:
    """Orthonormal polynomials of the measure of t on S^{dim-1}, shape (degree+1, len(t))."""
    rows = [np.ones_like(t)]
    below, previous = 0.0, np.zeros_like(t)
    for k in range(1, degree + 1):
        # for dim = 2 the first coefficient is the limit of 0/0
        beside = 0.5 if dim == 2 and k == 1 else k * (k + dim - 3) / ((2 * k + dim - 2) * (2 * k + dim - 4))
        off = math.sqrt(beside)
        row = (t * rows[-1] - below * previous) / off
        previous, below = rows[-1], off
        rows.append(row)
    return np.stack(rows)
