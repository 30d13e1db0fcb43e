r"""Funk-Hecke eigenvalues by contour integration, to full relative accuracy at every degree.

lambda_l = (1/2 pi i) \oint K(z) Q_l(z) dz, where Q_l(z) = int P_l(t) dmu(t)/(z - t) falls off with the
degree as the eigenvalue does, so nothing cancels (quadrature in t loses every digit). The contour runs
along the two cuts of K, 1 < z < R and -R < z < -y (y >= 1 where the left cut starts), where only the
discontinuity of K enters, and along the circle |z| = R. The tables hold Q_l times quadrature weights;
they depend on the dimension and on y, never on the rest of the kernel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

# A kernel without bias is analytic within |z| < 2 but for its cuts; bias moves the left cut and the
# singularities off the axis outwards. The left branch point must stay clear of the circles: it is well inside
# _NEAR, inside _FAR, outside _CLOSE, or well outside _NEAR. The second radius is the check on the first.
_NEAR, _FAR, _CLOSE = (1.7, 1.35), (2.2, 1.9), (1.45, 1.25)
# On the circle Q_l oscillates l/2 times and falls with the degree, slowest (like R^-l) for dim >> l.
_ARC_NODES, _ARC_NODES_LOW_DEGREE, _ARC_NODES_HIGH_DIM = (44, 56), (40, 48), (96, 144)
_OUTER_NODES = 16
_SPACING, _SPACING_LOW_DEGREE = 0.16, 0.2
_LOW_DEGREE = 70  # up to here coarser nodes are enough


@dataclass(frozen=True)
class ContourTable:
    """Nodes of the contour and the matrix that takes kernel values there to eigenvalues.

    `right`: z - 1 on the upper lip of the right cut; `left`: distance y - y_start along the left cut;
    `arc`: z on the upper half circles (both radii). `matrix @ samples` with samples =
    (Im K right, Im K left, Re K arcs, Im K arcs) gives lambda_l 2^(-exponent) twice, from one circle and
    then from the other; `size` = |matrix| of the first bounds the rounding of the sums, `rounding` that of
    the table, relative.
    """

    right: Floats
    left: Floats
    arc: Complexes
    matrix: Floats
    size: Floats
    exponent: NDArray[np.int64]
    rounding: Floats


@lru_cache(maxsize=32)
def contour_table(dim: int, max_degree: int, left_start: float) -> ContourTable:
    """Table for S^{dim-1}, degrees 0 to max_degree, a left cut from -left_start (none beyond the circles).

    Built in extended precision where the platform has it: at dim = 3 the downward recurrence adds up
    the rounding of as many steps as there are degrees.
    """
    radii = _NEAR if left_start <= 1.25 or left_start >= 2 else _FAR if left_start < 1.7 else _CLOSE
    right, right_weights = _cut_nodes(0.0, radii, dim, max_degree)
    has_left = left_start < radii[1]
    if has_left:
        left, left_weights = _cut_nodes(left_start - 1.0, radii, dim, max_degree)
    else:
        left, left_weights = right[:0], right_weights[:, :0]
    if dim > 100:
        counts = _ARC_NODES_HIGH_DIM
    else:
        counts = _ARC_NODES if max_degree > _LOW_DEGREE else _ARC_NODES_LOW_DEGREE
    arc, arc_weights = _arc_nodes(radii, counts)
    cut = np.concatenate([right, left])
    ratios_cut = _ratios(dim, max_degree, 1 + cut, _top_ratio_on_cut(dim, max_degree + 1, cut))
    ratios_arc = _ratios(dim, max_degree, arc, _top_ratio_on_arc(dim, max_degree + 1, arc))
    first_cut = 1 / np.sqrt(cut * (2 + cut)) if dim == 2 else 1 / (1 + cut - ratios_cut[1])
    first_arc = 1 / (arc - ratios_arc[1])

    parity = -1.0
    n_right, n_arc = len(right), len(arc)
    rows = np.empty((2, max_degree + 1, len(cut) + 2 * n_arc))
    exponents = np.empty(max_degree + 1, dtype=np.int64)
    q_cut, q_arc, exponent = first_cut, first_arc, 0
    for degree in range(max_degree + 1):
        if degree:
            q_cut, q_arc = q_cut * ratios_cut[degree], q_arc * ratios_arc[degree]
        shift = int(np.frexp(max(np.abs(q_cut).max(initial=0), np.abs(q_arc).max()))[1])
        q_cut, q_arc = q_cut * np.ldexp(1.0, -shift), q_arc * np.ldexp(1.0, -shift)
        exponent += shift
        exponents[degree] = exponent
        for which in range(2):
            weighted_arc = q_arc * arc_weights[which]
            rows[which, degree] = np.concatenate(
                [
                    q_cut[:n_right] * right_weights[which],
                    parity * q_cut[n_right:] * left_weights[which],
                    weighted_arc.imag,
                    weighted_arc.real,
                ]
            )
        parity = -parity
    rows /= math.pi
    for array in (rows, exponents):
        array.setflags(write=False)
    to_double = np.float64
    return ContourTable(
        right.astype(to_double),
        (left - (left_start - 1.0)).astype(to_double) if has_left else left.astype(to_double),
        arc.astype(np.complex128),
        rows.reshape(2 * (max_degree + 1), -1),
        np.abs(rows[0]),
        exponents,
        np.finfo(to_double).eps * np.arange(max_degree + 1),
    )


def _cut_nodes(offset: float, radii: tuple[float, float], dim: int, max_degree: int) -> tuple[Any, Any]:
    """z - 1 along a cut that starts at z = 1 + offset, and weights up to either radius.

    z = start + 2 sinh^2(b/2) makes the kernel analytic in b; b is graded exponentially towards 0, since
    Q_l lives on the scale 1/l, for all l at once.
    """
    start = np.longdouble(1) + np.longdouble(offset)
    edges = [2 * np.arcsinh(np.sqrt((np.longdouble(r) - start) / 2)) for r in radii]
    inner, outer = edges[1], edges[0]
    # the integrand starts like b^3, for dim = 2 like b^2: below this it is less than rounding
    low = -((20.0 if dim == 2 else 12.3) + math.log1p(max_degree))
    count = int((3.55 - low) / (_SPACING if max_degree > _LOW_DEGREE else _SPACING_LOW_DEGREE)) + 1
    v, step = np.linspace(low, 3.55, count, retstep=True, dtype=np.longdouble)
    b = -inner * np.expm1(-np.exp(v))
    db = inner * np.exp(v - np.exp(v)) * step
    x, w = np.polynomial.legendre.leggauss(_OUTER_NODES)
    b_outer = inner + (outer - inner) * (1 + np.asarray(x, np.longdouble)) / 2
    db_outer = np.asarray(w, np.longdouble) * (outer - inner) / 2
    b_all = np.concatenate([b, b_outer])
    weights = np.concatenate([db, db_outer]) * np.sinh(b_all)
    check = weights.copy()
    check[len(b) :] = 0
    return np.longdouble(offset) + 2 * np.sinh(b_all / 2) ** 2, np.stack([weights, check])


def _arc_nodes(radii: tuple[float, float], counts: tuple[int, int]) -> tuple[Any, Any]:
    nodes, weights = [], []
    for radius, n in zip(radii, counts, strict=True):
        x, w = np.polynomial.legendre.leggauss(n)
        angle = np.pi * (1 + np.asarray(x, np.longdouble)) / 2
        z = radius * np.exp(1j * angle)
        nodes.append(z)
        weights.append(1j * z * np.asarray(w, np.longdouble) * np.pi / 2)
    pad = [np.zeros_like(w) for w in weights]
    table = np.stack([np.concatenate([weights[0], pad[1]]), np.concatenate([pad[0], weights[1]])])
    return np.concatenate(nodes), table


def _top_ratio_on_arc(dim: int, degree: int, z: Any) -> Any:
    """Q_l/Q_{l-1} at l = degree off the cuts: the continued fraction converges geometrically there."""
    root = np.sqrt(z - 1) * np.sqrt(z + 1)
    ratio = 1 / (z + root)
    for step in range(degree + 80, degree - 1, -1):
        ratio = step / ((2 * step + dim - 2) * z - (step + dim - 2) * ratio)
    return ratio


def _top_ratio_on_cut(dim: int, degree: int, x: Any) -> Any:
    r"""Q_l/Q_{l-1} at l = degree for real z = 1 + x > 1, any x however small.

    Rodrigues: Q_j ~ c_j int (1-t^2)^(j+(d-3)/2) (z-t)^(-j-1) dt, c_{j+1}/c_j = (j+1)/(2j+d-1); with
    t = tanh y the integrand is smooth and positive, and the trapezoid rule converges geometrically.
    """
    if len(x) == 0:
        return x
    if dim == 2:
        return 1 / (1 + x + np.sqrt(x * (2 + x)))
    j = degree - 1
    m = j + (dim - 1) / np.longdouble(2)
    z = 1 + x
    root = np.sqrt((m - j - 1) ** 2 + m * m * x * (2 + x))
    peak = np.log((m * z + j + 1 + root) / (m - j - 1 + m * x + root)) / 2

    def log_integrand(y: Any, x: Any) -> Any:
        size = np.abs(y)
        log_cosh = size + np.log1p(np.exp(-2 * size)) - math.log(2)
        return -2 * m * log_cosh - (j + 1) * np.log(x + 2 / (1 + np.exp(2 * y)))

    top = log_integrand(peak, x)
    edges = []
    for sign in (-1, 1):  # where the integrand has fallen by e^-46, by bisection
        near, far = np.zeros_like(peak), np.full_like(peak, 60.0)
        for _ in range(40):
            middle = (near + far) / 2
            inside = log_integrand(peak + sign * middle, x) > top - 46
            near, far = np.where(inside, middle, near), np.where(inside, far, middle)
        edges.append(peak + sign * far)
    fraction = np.linspace(0, 1, 500, dtype=np.longdouble)[:, None]
    y = edges[0] + (edges[1] - edges[0]) * fraction
    weight = np.exp(log_integrand(y, x) - top)
    gain = 1 / np.cosh(y) ** 2 / (x + 2 / (1 + np.exp(2 * y)))
    return (j + 1) / (2 * m) * (weight * gain).sum(axis=0) / weight.sum(axis=0)


def _ratios(dim: int, max_degree: int, z: Any, top: Any) -> Any:
    """Q_l/Q_{l-1} for l = 1 ... max_degree + 1, downwards, the stable direction for the minimal solution."""
    ratios = np.empty((max_degree + 2, len(z)), dtype=np.result_type(z, np.longdouble))
    ratios[max_degree + 1] = top
    for degree in range(max_degree, 0, -1):
        ratios[degree] = degree / ((2 * degree + dim - 2) * z - (degree + dim - 2) * ratios[degree + 1])
    return ratios
