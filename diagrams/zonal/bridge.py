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
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.compiled import compiled
from fieldtheory.sphere.harmonics import AngleTransform, float_multiplicities, multiplicity

_TOGETHER = 128  # members of a batch whose matrices are held at once


class Arm(NamedTuple):
    """A line of the bridge: by degree, at the nodes, and its highest degree, perhaps beyond the transform."""

    degrees: Any
    angles: Any
    band: int


def bridge_degrees(arms: tuple[Arm, Arm, Arm, Arm, Arm], transform: AngleTransform) -> Any:
    """W_l from arms = (a, b, h, c, d), one and the same object where they are the same line.

    Real or complex, with leading axes for batches. The coefficients of b and d end at the degree of the
    transform, the sums over l' with them. The matrices M_j hold no more degrees than the lines reach.
    """
    a, b, h, c, d = arms
    last = transform.max_degree
    first, second = min(b.band, last), min(d.band, last)
    rows, inner = min(last, a.band + first, c.band + second), max(first, second)
    shape = np.broadcast_shapes(*(np.shape(each.degrees)[:-1] for each in arms))
    batch, complex_ = math.prod(shape), any(np.iscomplexobj(each.degrees) for each in arms)
    _require_blocks(transform, batch, rows + 1, inner + 1)
    different = {id(each): each for each in (a, h, c)}
    lines = {key: _columns(each, shape, transform) for key, each in different.items()}
    near, far = (_parts(_flat(each.degrees, shape)) for each in (b, d))
    total, blocks = np.zeros((last + 1, 2, batch)), _blocks(transform)
    for j in range(min(first, second, rows, len(blocks) - 1) + 1):
        functions = blocks[j]
        outer, short = functions[: rows - j + 1], functions[: inner - j + 1]
        pairs = (outer[:, None, :] * short).reshape(-1, len(transform.nodes))
        tables = {key: pairs if basis is None else pairs @ basis for key, (_, basis) in lines.items()}
        share = float(_stabiliser_multiplicity(j, transform.dim))
        for start in range(0, batch, _TOGETHER):
            part = slice(start, start + _TOGETHER)
            width = min(_TOGETHER, batch - start)
            matrices = {
                key: (tables[key] @ parts[..., part].reshape(len(parts), -1)).reshape(
                    len(outer), len(short), 2, width
                )
                for key, (parts, _) in lines.items()
            }
            left, middle, right = (matrices[id(each)] for each in (a, h, c))
            _add_chain(
                left,
                middle,
                right,
                near[j : first + 1, :, part],
                far[j : second + 1, :, part],
                share,
                total[j : rows + 1, :, part],
            )
    found = total[:, 0] + 1j * total[:, 1] if complex_ else total[:, 0]
    deg = float_multiplicities(last, transform.dim)
    return np.ascontiguousarray((found / deg[:, None]).T).reshape(*shape, last + 1)


@compiled(error_model="numpy")
def _add_chain(
    left: Floats, middle: Floats, right: Floats, near: Floats, far: Floats, share: float, total: Floats
) -> None:
    """share [left near middle far right]_ll added; parts and members of the batch are the last two axes."""
    rows, width = len(total), left.shape[3]
    weighted = np.empty((len(near), 2, width))
    sums, re, im = np.empty((2, width)), np.empty(width), np.empty(width)
    for l in range(rows):
        for m in range(len(near)):
            for i in range(width):
                x, y, u, v = left[l, m, 0, i], left[l, m, 1, i], near[m, 0, i], near[m, 1, i]
                weighted[m, 0, i], weighted[m, 1, i] = x * u - y * v, x * v + y * u
        sums[:] = 0.0
        for k in range(len(far)):
            re[:] = 0.0
            im[:] = 0.0
            for m in range(len(near)):
                for i in range(width):
                    x, y, u, v = weighted[m, 0, i], weighted[m, 1, i], middle[m, k, 0, i], middle[m, k, 1, i]
                    re[i] += x * u - y * v
                    im[i] += x * v + y * u
            for i in range(width):
                x, y, u, v = right[l, k, 0, i], right[l, k, 1, i], far[k, 0, i], far[k, 1, i]
                p, q = x * u - y * v, x * v + y * u
                sums[0, i] += re[i] * p - im[i] * q
                sums[1, i] += re[i] * q + im[i] * p
        for i in range(width):
            total[l, 0, i] += share * sums[0, i]
            total[l, 1, i] += share * sums[1, i]


def _columns(arm: Arm, shape: tuple[int, ...], transform: AngleTransform) -> tuple[Floats, Floats | None]:
    """What makes the function f at the nodes, times their weights: `_parts` of numbers, perhaps in a basis.

    For many members few coefficients make a smaller product than many nodes.
    """
    count = arm.band + 1
    if arm.band > transform.max_degree or 2 * math.prod(shape) < count:
        return _parts(_flat(arm.angles * transform.weights, shape)), None
    deg = float_multiplicities(transform.max_degree, transform.dim)[:count]
    basis = deg[:, None] * transform.polynomials[:count] * transform.weights
    return _parts(_flat(arm.degrees, shape)[:, :count]), basis.T


def _flat(values: Any, shape: tuple[int, ...]) -> Any:
    """With one axis for the batch."""
    size = np.shape(values)[-1]
    return np.broadcast_to(values, (*shape, size)).reshape(-1, size)


def _parts(values: Any) -> Floats:
    """Real and imaginary parts, (columns, 2, batch)."""
    return np.stack([np.real(values).T, np.imag(values).T], axis=1)


def _blocks_number(dim: int, max_degree: int) -> int:
    """The degrees j that occur: all, or the two of the pair of points S^0."""
    return min(2, max_degree + 1) if dim == 2 else max_degree + 1


def _require_blocks(transform: AngleTransform, batch: int, rows: int, inner: int) -> None:
    """OverBudget if the matrices M_j, kept for all j, or their products for a batch are too much.

    `rows`, `inner`: the sides of the largest. Measured: 5e9 multiplications a second, numbers complex.
    """
    degrees, nodes = transform.max_degree + 1.0, float(len(transform.nodes))
    blocks = min(inner, _blocks_number(transform.dim, transform.max_degree))
    shrink = 1 / 2 if blocks == inner else 1.0  # the sum of (rows - j) (inner - j)
    columns = min(nodes, degrees)
    require_budget(
        f"a bridge on S^{transform.dim - 1} with {degrees:.0f} degrees",
        seconds=blocks
        * shrink
        * rows
        * inner
        * 2e-10
        * (batch * (6 * columns + 4 * inner) + nodes * columns),
        memory=8 * degrees * nodes * degrees / 2
        + 8 * rows * inner * (nodes + 8 * min(batch, _TOGETHER))
        + 64 * batch * degrees,
        smaller="max_degree of the spectrum, or the order",
    )


@lru_cache(maxsize=4096)
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
