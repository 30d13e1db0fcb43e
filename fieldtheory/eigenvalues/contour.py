r"""Eigenvalues of an analytic kernel as Cauchy integrals around its branch cuts, accurate at every degree.

lambda_l = (1/2 pi i) \oint K(z) Q_l(z) dz, where Q_l(z) = int P_l(t) dmu(t)/(z - t) falls off with the
degree as the eigenvalue does, so nothing cancels (quadrature in t loses every digit). The contour runs
along the two cuts of K, 1 < z < R and -R < z < -y (y >= 1 where the left cut starts), where only the
discontinuity of K enters, and along the circle |z| = R. The tables hold Q_l times quadrature weights;
they depend on the dimension alone, the part along the left cut also on y.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fieldtheory.array_types import Complexes, Floats, Integers
from fieldtheory.bounded_cache import kept_within
from fieldtheory.compiled import compiled

# A kernel without bias is analytic within |z| < 2 but for its cuts; bias moves the left cut and the
# singularities off the axis outwards. The left branch point must stay clear of the circles: it is well inside
# _NEAR, inside _FAR, outside _CLOSE, or well outside _NEAR. The second radius is the check on the first.
_NEAR, _FAR, _CLOSE = (1.7, 1.35), (2.2, 1.9), (1.45, 1.25)
# On the circle Q_l oscillates l/2 times and falls with the degree, slowest (like R^-l) for dim >> l.
_ARC_NODES, _ARC_NODES_LOW_DEGREE, _ARC_NODES_HIGH_DIM = (44, 56), (40, 48), (96, 144)
_OUTER_NODES = 16
_SPACING, _SPACING_LOW_DEGREE = 0.16, 0.2
_LOW_DEGREE = 70  # up to here coarser nodes are enough
_MOST_STEPS = 3000  # of a continued fraction


@dataclass(frozen=True)
class ContourTable:
    """Quadrature nodes on the contour, and matrices from kernel values there to eigenvalues.

    `right`: z - 1 on the upper lip of the right cut; `arc`: z on the upper half circles, first the one that
    counts, of `split` nodes, then the check. `matrix @ (Im K right, Re K arc, Im K arc)`, of the first circle
    alone, gives lambda_l 2^(-exponent), and `check` does so from the second, whose cut is shorter.
    `rounding`: that of the table, relative.
    """

    dim: int
    radii: tuple[float, float]
    right: Floats
    arc: Complexes
    split: int
    matrix: Floats
    check: Floats
    exponent: NDArray[np.int64]
    rounding: Floats

    @property
    def max_degree(self) -> int:
        """Highest degree of the table."""
        return len(self.exponent) - 1

    def sums(self, samples: Floats, mirrored: bool) -> tuple[Floats, Floats, Floats]:
        """The products with matrix and check, and with |matrix|, of samples (..., nodes).

        `mirrored`: the samples end with those of a left cut from -1, that of a kernel without bias, on the
        nodes of the right one.
        """
        rows = np.ascontiguousarray(samples).reshape(-1, samples.shape[-1])
        found = _contour_sums(
            self.matrix, self.check, rows, len(self.right), self.split, len(self.arc), mirrored
        )
        return tuple(each.reshape(*samples.shape[:-1], -1) for each in found)  # type: ignore[return-value]


def _contour_steps(
    matrix: Floats, check: Floats, samples: Floats, cut: int, split: int, arcs: int, mirrored: bool
) -> float:
    return float(len(samples) * (2 * matrix.size + check.size))


@compiled(error_model="numpy", fastmath={"reassoc", "contract", "nsz"}, steps=_contour_steps)
def _contour_sums(
    matrix: Floats, check: Floats, samples: Floats, cut: int, split: int, arcs: int, mirrored: bool
) -> tuple[Floats, Floats, Floats]:
    """See `ContourTable.sums`; every row of the tables is read once for each kernel."""
    degrees = len(matrix)
    kernels = len(samples)
    found, checked, size = np.empty((3, kernels, degrees))
    vectors, others = np.empty((3, matrix.shape[1])), np.empty((2, check.shape[1]))
    short, rest = check.shape[1] - 2 * (arcs - split), arcs - split
    for b in range(kernels):
        for i in range(cut):
            here = samples[b, i]
            left = samples[b, cut + 2 * arcs + i] if mirrored else 0.0
            # even and odd degrees, absolute values
            vectors[0, i], vectors[1, i], vectors[2, i] = here - left, here + left, abs(here) + abs(left)
            if i < short:
                others[0, i], others[1, i] = here - left, here + left
        for i in range(arcs):
            re, im = samples[b, cut + i], samples[b, cut + arcs + i]
            for parity in range(2):
                if i < split:
                    vectors[parity, cut + i], vectors[parity, cut + split + i] = re, im
                else:
                    others[parity, short + i - split], others[parity, short + rest + i - split] = re, im
            if i < split:
                vectors[2, cut + i], vectors[2, cut + split + i] = abs(re), abs(im)
        for l in range(degrees):
            mine, other = vectors[l % 2], others[l % 2]
            total, absolute, second = 0.0, 0.0, 0.0
            for i in range(matrix.shape[1]):
                total += matrix[l, i] * mine[i]
                absolute += abs(matrix[l, i]) * vectors[2, i]
            for i in range(check.shape[1]):
                second += check[l, i] * other[i]
            found[b, l], checked[b, l], size[b, l] = total, second, absolute
    return found, checked, size


class LeftCut(NamedTuple):
    """Quadrature along the left branch cut, z = -y with y > start.

    `distance`: y - start; `weights`: for either circle; `rows`: |Q_l| 2^(-exponent). Of many cuts: `distance`
    (cuts, nodes), `weights` (cuts, 2, nodes), `rows` (cuts, degrees, nodes).
    """

    distance: Floats
    weights: Floats
    rows: Floats

    def eigenvalues(self, samples: Floats) -> tuple[Floats, Floats, Floats]:
        """What it adds to the eigenvalues, to the check of them and to the size of the terms, given Im K.

        `samples` shaped like `distance`.
        """
        weighted = (self.weights * samples[..., None, :]).swapaxes(-1, -2)
        found = self.rows @ weighted
        found[..., ::2, :] *= -1
        return found[..., 0], found[..., 1], (self.rows @ np.abs(weighted[..., :1]))[..., 0]


@kept_within(1 << 28)
def contour_table(dim: int, max_degree: int, radii: tuple[float, float]) -> ContourTable:
    """Contour and matrices for S^{dim-1}, degrees 0 to max_degree, without the left cut of a biased kernel.

    Built in extended precision where the platform has it: at dim = 3 the downward recurrence adds up
    the rounding of as many steps as there are degrees.
    """
    right, right_weights = _cut_nodes(0.0, radii, dim, max_degree)
    if dim > 100:
        counts = _ARC_NODES_HIGH_DIM
    else:
        counts = _ARC_NODES if max_degree > _LOW_DEGREE else _ARC_NODES_LOW_DEGREE
    arc, arc_weights = _arc_nodes(radii, counts)
    ratios_cut = _ratios(dim, max_degree, 1 + right, _top_ratio_on_cut(dim, max_degree + 1, right))
    ratios_arc = _ratios(dim, max_degree, arc, _top_ratio_on_arc(dim, max_degree + 1, arc))
    q_cut = 1 / np.sqrt(right * (2 + right)) if dim == 2 else 1 / (1 + right - ratios_cut[1])
    q_arc = 1 / (arc - ratios_arc[1])

    split, short = counts[0], len(right) - _OUTER_NODES
    matrix = np.empty((max_degree + 1, len(right) + 2 * split))
    check = np.empty((max_degree + 1, short + 2 * counts[1]))
    exponents = np.empty(max_degree + 1, dtype=np.int64)
    exponent = 0
    for degree in range(max_degree + 1):
        if degree:
            q_cut, q_arc = q_cut * ratios_cut[degree], q_arc * ratios_arc[degree]
        shift = int(np.frexp(max(np.abs(q_cut).max(), np.abs(q_arc).max()))[1])
        q_cut, q_arc = q_cut * np.ldexp(1.0, -shift), q_arc * np.ldexp(1.0, -shift)
        exponent += shift
        exponents[degree] = exponent
        weighted = q_arc * arc_weights
        first, second = weighted[:split], weighted[split:]
        matrix[degree] = np.concatenate([q_cut * right_weights[0], first.imag, first.real])
        check[degree] = np.concatenate([(q_cut * right_weights[1])[:short], second.imag, second.real])
    matrix /= math.pi
    check /= math.pi
    table = ContourTable(
        dim,
        radii,
        right.astype(np.float64),
        arc.astype(np.complex128),
        split,
        matrix,
        check,
        exponents,
        np.finfo(np.float64).eps * np.arange(max_degree + 1),
    )
    for array in vars(table).values():
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    return table


def choose_radii(left_start: float) -> tuple[float, float]:
    """Radii of two circles that stay clear of a left branch point at z = -left_start."""
    if left_start <= 1.25 or left_start >= 2:
        return _NEAR
    return _FAR if left_start < 1.7 else _CLOSE


def left_cut(table: ContourTable, left_start: float) -> LeftCut | None:
    """Quadrature along a left cut from -left_start < -1; None if that is outside the circles.

    Q_l there is a matter of a continued fraction (the nodes keep away from z = -1), so that kernels whose
    left cut moves share one table; next to -1 the slow way of the table is taken.
    """
    if left_start >= table.radii[0]:
        return None
    offset, weights = _cut_nodes(left_start - 1.0, table.radii, table.dim, table.max_degree, np.float64)
    x = left_start - 1.0 + offset
    steps = _steps(x.min())
    if steps > _MOST_STEPS:
        top, steps = _top_ratio_on_cut(table.dim, table.max_degree + 1, x.astype(np.longdouble)), 0.0
    else:
        top = _first_guess(x)
    rows = _left_rows(x, top.astype(np.float64), int(steps), table.dim, table.exponent)
    return LeftCut(offset, weights / math.pi, rows)


def left_cuts(table: ContourTable, left_starts: Floats) -> LeftCut:
    """Many left cuts on the circles of the table, all `away_from_edge`."""
    start = left_starts[:, None]
    offset, weights = _cut_nodes(start - 1.0, table.radii, table.dim, table.max_degree, np.float64)
    x = start - 1.0 + offset
    steps = _steps(x.min(axis=1)).astype(np.int64)
    rows = _rows_of_all(x, _first_guess(x), steps, table.dim, table.exponent)
    return LeftCut(offset, weights / math.pi, rows)


def away_from_edge(left_start: Any) -> Any:
    """Whether a left cut begins far enough from -1 for the continued fraction."""
    return 2 * (left_start - 1.0) > (20.0 / _MOST_STEPS) ** 2


def _steps(x: Any) -> Any:
    """Of the continued fraction at 1 + x."""
    return 20 / np.sqrt(2 * x)


def _first_guess(x: Floats) -> Floats:
    """Q_l/Q_{l-1} at 1 + x for l far above the last degree."""
    guess: Floats = 1 / (1 + x + np.sqrt(x * (2 + x)))
    return guess


@compiled(error_model="numpy")
def _rows_of_all(x: Floats, top: Floats, steps: Integers, dim: int, exponent: NDArray[np.int64]) -> Floats:
    """`_left_rows` of many cuts."""
    found = np.empty((len(x), len(exponent), x.shape[1]))
    for i in range(len(x)):
        found[i] = _left_rows(x[i], top[i], steps[i], dim, exponent)
    return found


def _row_steps(x: Floats, top: Floats, steps: int, dim: int, exponent: NDArray[np.int64]) -> float:
    return len(x) * (2.0 * len(exponent) + steps)


@compiled(error_model="numpy", steps=_row_steps)
def _left_rows(x: Floats, top: Floats, steps: int, dim: int, exponent: NDArray[np.int64]) -> Floats:
    """Q_l(1 + x) 2^(-exponent_l): ratios downwards from `steps` above the last degree, then products."""
    last, nodes = len(exponent) - 1, len(x)
    rows = np.empty((last + 1, nodes))
    ratio = top.copy()
    # `top` is the ratio at last + 1 if steps = 0, else a first guess far above
    for degree in range(last + 1 + steps if steps else last, 0, -1):
        up, down = 2.0 * degree + dim - 2.0, degree + dim - 2.0
        for i in range(nodes):
            ratio[i] = degree / (up * (1.0 + x[i]) - down * ratio[i])
        if degree <= last:
            rows[degree] = ratio
    for i in range(nodes):
        first = 1.0 / math.sqrt(x[i] * (2.0 + x[i])) if dim == 2 else 1.0 / (1.0 + x[i] - ratio[i])
        rows[0, i] = math.ldexp(first, int(-exponent[0]))
    for degree in range(1, last + 1):
        shift = math.ldexp(1.0, int(exponent[degree - 1] - exponent[degree]))
        for i in range(nodes):
            rows[degree, i] *= rows[degree - 1, i] * shift
    return rows


def _cut_nodes(
    offset: Any, radii: tuple[float, float], dim: int, max_degree: int, number: Any = np.longdouble
) -> tuple[Any, Any]:
    """Distances y - start along a cut that starts at |z| = 1 + offset, and weights up to either radius.

    y = start + 2 sinh^2(b/2) makes the kernel analytic in b; b is graded exponentially towards 0, since
    Q_l lives on the scale 1/l, for all l at once. A column of offsets gives a row for each.
    """
    grid, steps, x, w = _unit_grid(dim == 2, max_degree, number)
    outer, inner = (2 * np.arcsinh(np.sqrt((number(r) - 1 - number(offset)) / 2)) for r in radii)
    b = np.concatenate([inner * grid, inner + (outer - inner) * x], axis=-1)
    weights = np.concatenate([inner * steps, (outer - inner) * w], axis=-1) * np.sinh(b)
    check = weights.copy()
    check[..., len(grid) :] = 0
    return 2 * np.sinh(b / 2) ** 2, np.stack([weights, check], axis=-2)


@lru_cache(maxsize=32)
def _unit_grid(flat: bool, max_degree: int, number: Any) -> tuple[Any, Any, Any, Any]:
    """Nodes and weights on [0, 1]: graded exponentially towards 0, and Gauss-Legendre."""
    # the integrand starts like b^3, for dim = 2 (flat) like b^2: below this it is less than rounding
    low = -((20.0 if flat else 12.3) + math.log1p(max_degree))
    count = int((3.55 - low) / (_SPACING if max_degree > _LOW_DEGREE else _SPACING_LOW_DEGREE)) + 1
    v, step = np.linspace(low, 3.55, count, retstep=True, dtype=np.longdouble)
    x, w = np.polynomial.legendre.leggauss(_OUTER_NODES)
    parts = -np.expm1(-np.exp(v)), np.exp(v - np.exp(v)) * step, (1 + x) / 2, w / 2
    return tuple(part.astype(number) for part in parts)  # type: ignore[return-value]


def _arc_nodes(radii: tuple[float, float], counts: tuple[int, int]) -> tuple[Any, Any]:
    nodes, weights = [], []
    for radius, n in zip(radii, counts, strict=True):
        x, w = np.polynomial.legendre.leggauss(n)
        angle = np.pi * (1 + np.asarray(x, np.longdouble)) / 2
        z = radius * np.exp(1j * angle)
        nodes.append(z)
        weights.append(1j * z * np.asarray(w, np.longdouble) * np.pi / 2)
    return np.concatenate(nodes), np.concatenate(weights)


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
