r"""Gram matrices of a zonal kernel on points of the unit sphere, through a piecewise-polynomial table.

A zonal kernel K(t) of a deep network is expensive to evaluate (a few transcendental functions per layer and
entry) and not smooth in t: near t = ±1 it behaves like a power series in the half-angle variables

    s = sqrt((1 − t)/2) = sin(θ/2)   and   c = sqrt((1 + t)/2) = cos(θ/2),

because θ = arccos t maps analytically from layer to layer. :class:`KernelTable` therefore stores K as
piecewise polynomials in s for t ≥ 0 and in c for t < 0; :func:`gram_matrix` fills an N × N matrix with them,
in place, in the memory that first receives the inner products.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled
from fieldtheory.shown_value import shown

__all__ = ["KernelTable", "gram_matrix", "mirror_lower"]


# Degree of the polynomial on each interval.  A compile-time constant, so that the Horner loop is unrolled.
_DEGREE = 9
_FIRST_INTERVALS = 16
_HALF = np.sqrt(0.5)
# Nodes of the least-squares fit next to t = ±1.
_END_SAMPLES = 200
# Row blocks of about 2 MB: inner products are still in cache when the table replaces them by kernel values.
_BLOCK_ENTRIES = 1 << 18
_MIRROR_TILE = 64


@compiled(error_model="numpy", fastmath={"contract"})
def _fill_block(
    block: Floats, coefficients: Floats, trace: float, diagonal: int, lower_only: bool
) -> None:  # pragma: no cover - compiled
    """Replace inner products by kernel values; the entries (i, diagonal + i) become `trace`."""
    rows, columns = block.shape
    intervals = coefficients.shape[0] // 2
    scale = intervals * np.sqrt(2.0)
    for i in range(rows):
        stop = min(columns, diagonal + i + 1) if lower_only else columns
        for j in range(stop):
            t = block[i, j]
            # |x·x'| exceeds 1 only by the rounding of the norms and of the dot product: max() puts such
            # a pair back at coincident (or antipodal) points instead of taking the root of −1e-16.
            u = np.sqrt(max(0.5 - 0.5 * abs(t), 0.0)) * scale
            k = min(int(u), intervals - 1)
            x = u - (k + 0.5)
            if t < 0.0:
                k += intervals
            value = coefficients[k, 0]
            for p in range(1, _DEGREE + 1):
                value = value * x + coefficients[k, p]
            block[i, j] = value
        if 0 <= diagonal + i < stop:
            block[i, diagonal + i] = trace


@compiled()
def mirror_lower(matrix: Floats) -> None:  # pragma: no cover - compiled
    """Copy the strict lower triangle of a square matrix onto the upper one, in place.

    >>> import numpy as np
    >>> matrix = np.array([[1.0, 0.0], [2.0, 3.0]])
    >>> mirror_lower(matrix)
    >>> matrix.tolist()
    [[1.0, 2.0], [2.0, 3.0]]
    """
    size, tile = matrix.shape[0], _MIRROR_TILE  # tile by tile: a plain loop would miss cache
    for top in range(0, size, tile):
        for left in range(0, top + 1, tile):
            for i in range(top, min(top + tile, size)):
                for j in range(left, min(left + tile, i)):
                    matrix[j, i] = matrix[i, j]


@dataclass(frozen=True, eq=False)
class KernelTable:
    r"""A zonal kernel as piecewise polynomials of degree 9 in the half-angle variables.

    `coefficients`: (2M, 10) float64, C-contiguous. Rows 0…M−1: intervals of equal width in s = sqrt((1−t)/2)
    ∈ [0, 1/√2] (t ≥ 0); rows M…2M−1: the same in c = sqrt((1+t)/2) (t < 0). Highest power first, in the local
    variable x ∈ [−1/2, 1/2]. `trace`: K(1), used for diagonals without passing through the table. `error`:
    largest deviation from the kernel at check points that were not used to build the table, divided by the
    largest |K| (= K(1) for a positive definite kernel); the last percent of angle before t = ±1 counts less,
    by the rounding that a kernel computed from t suffers there. When it exceeds `tolerance`, what was asked
    for, the cap on the number of intervals was reached (or the kernel itself is noisy at that level) and this
    is the best table found: the caller reports it.

    Source: arccos maps layer to layer, Cho and Saul, NIPS 2009; docs/conventions.md.

    >>> import numpy as np
    >>> table = KernelTable.build(lambda t: np.exp(t), tolerance=1e-13)
    >>> bool(table.error < 1e-13), table.intervals
    (True, 16)
    >>> bool(abs(table(0.3) - np.exp(0.3)) < 1e-14)
    True
    """

    coefficients: Floats = field(repr=False)
    trace: float
    error: float
    tolerance: float

    @property
    def intervals(self) -> int:
        """Number M of intervals on each side (t ≥ 0 and t < 0)."""
        return int(self.coefficients.shape[0]) // 2

    @property
    def reached(self) -> bool:
        """Whether the measured error is within the tolerance."""
        return self.error <= self.tolerance

    @classmethod
    def build(
        cls,
        kernel: Callable[[Floats], ArrayLike],
        tolerance: float = 1e-13,
        max_intervals: int = 2048,
        trace: float | None = None,
    ) -> KernelTable:
        r"""Tabulate `kernel`, doubling the intervals until the measured error is within `tolerance`.

        `kernel`: takes float64 arrays t ∈ [−1, 1] to arrays of the same shape. `tolerance`: largest error
        accepted, relative to the largest |K|. `max_intervals`: cap on the intervals per side; reaching it is
        not an error, see `error`. `trace`: K(1), if it is known better than `kernel(1.0)`.

        ValueError if `tolerance` is not positive, `max_intervals` is below 16, or the kernel gives anything
        but finite real values of the shape of its argument.
        """
        if not tolerance > 0.0:
            raise ValueError(f"tolerance must be positive (got {shown(tolerance)}); 1e-13 is usual")
        if max_intervals < _FIRST_INTERVALS:
            raise ValueError(
                f"max_intervals must be at least {_FIRST_INTERVALS} (got {shown(max_intervals)})"
            )
        top = float(_values(kernel, np.ones(1))[0]) if trace is None else float(trace)
        best: tuple[float, Floats] | None = None
        stalled = 0
        intervals = _FIRST_INTERVALS
        while intervals <= max_intervals:
            coefficients, error = _tabulate(kernel, intervals, top)
            if best is None or error < best[0]:
                # An error that stops shrinking is the kernel's own rounding noise: more intervals only
                # sample it closer to t = ±1, where it is largest.
                stalled = 0 if best is None or error < 0.5 * best[0] else stalled + 1
                best = (error, coefficients)
            else:
                stalled += 1
            if best[0] <= tolerance or stalled >= 3:
                break
            intervals *= 2
        assert best is not None
        return cls(coefficients=best[1], trace=top, error=best[0], tolerance=float(tolerance))

    def __call__(self, t: ArrayLike) -> Floats:
        """K(t) from the table: float64, the shape of `t`; |t| slightly above 1 is taken as rounding of 1."""
        values = np.array(t, dtype=np.float64, order="C")
        self.fill(values.reshape(1, -1))
        return values

    def fill(self, inner_products: Floats, diagonal: int | None = None, lower_only: bool = False) -> None:
        """Replace a matrix of inner products by kernel values, in place.

        `inner_products`: (rows, columns) float64, changed in place; may be a view with strides. `diagonal`:
        column in which row 0 meets its own point, if it does: the entries (i, diagonal + i) become exactly
        K(1). `lower_only`: leave everything to the right of that diagonal alone.

        ValueError if the array is not a float64 matrix, or `lower_only` is asked for without `diagonal`.
        """
        if inner_products.ndim != 2 or inner_products.dtype != np.float64:
            raise ValueError(
                "inner_products must be a two-dimensional float64 array "
                f"(got {inner_products.ndim} dimensions of {inner_products.dtype})"
            )
        if diagonal is None and lower_only:
            raise ValueError("lower_only needs diagonal, the column where row 0 meets itself (got None)")
        # Without a diagonal its position is put outside the array, where no entry becomes the trace.
        position = -len(inner_products) if diagonal is None else int(diagonal)
        _fill_block(inner_products, self.coefficients, self.trace, position, lower_only)


def gram_matrix(
    table: KernelTable, points: Floats, symmetric: bool = True, out: Floats | None = None
) -> Floats:
    r"""Gram matrix K(x_n·x_m) of N points of the unit sphere, using no other N × N array.

    `points`: (N, dim) float64, rows of unit norm. `symmetric`: also fill the upper triangle; with False its
    contents mean nothing (enough for Cholesky). `out`: (N, N) C-contiguous float64 array to fill and return.
    ValueError if `points` is not a matrix with unit rows (to 1e-8), or `out` does not fit.

    >>> import numpy as np
    >>> points = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    >>> table = KernelTable.build(lambda t: 1.0 + t)
    >>> gram_matrix(table, points).round(12).tolist()
    [[2.0, 1.0, 0.0], [1.0, 2.0, 1.0], [0.0, 1.0, 2.0]]
    """
    points = np.ascontiguousarray(points, dtype=np.float64)
    if points.ndim != 2:
        raise ValueError(f"points must be an (N, dim) array (got shape {points.shape})")
    count = points.shape[0]
    deviation = float(np.max(np.abs(np.einsum("nd,nd->n", points, points) - 1.0), initial=0.0))
    if not deviation < 1e-8:
        raise ValueError(f"points must have unit norm (got a squared norm that is off by {deviation:.2g})")
    if out is None:
        out = np.empty((count, count))
    elif out.shape != (count, count) or out.dtype != np.float64 or not out.flags.c_contiguous:
        raise ValueError(
            f"out must be a C-contiguous float64 array of shape {(count, count)} (got {out.shape})"
        )
    step = max(8, _BLOCK_ENTRIES // max(count, 1))
    for start in range(0, count, step):
        stop = min(start + step, count)
        block = out[start:stop, :stop]
        np.matmul(points[start:stop], points[:stop].T, out=block)
        _fill_block(block, table.coefficients, table.trace, start, True)
    if symmetric:
        mirror_lower(out)
    return out


def _values(kernel: Callable[[Floats], ArrayLike], t: Floats) -> Floats:
    """Kernel values at `t`, checked."""
    values = np.asarray(kernel(t))
    real = np.issubdtype(values.dtype, np.floating)
    if values.shape != t.shape or not real or not np.all(np.isfinite(values)):
        raise ValueError(
            "kernel must return finite real values of the shape of its argument "
            f"(got {values.dtype} of shape {values.shape} for shape {t.shape}, or a value that is not finite)"
        )
    return values.astype(np.float64, copy=False)


def _cosines(half_angles: Floats) -> Floats:
    """t for values of s (first half of the rows) and of c (second half): t = ±(1 − 2u²)."""
    t = 1.0 - 2.0 * half_angles * half_angles
    t = np.maximum(t, 0.0)
    return np.concatenate([t, -t])


def _tabulate(kernel: Callable[[Floats], ArrayLike], intervals: int, trace: float) -> tuple[Floats, float]:
    """Coefficients of a table with `intervals` intervals a side, and its measured relative error."""
    width = _HALF / intervals
    left = np.arange(intervals)[:, None] + 0.5
    # Chebyshev-Lobatto nodes in the local variable x, both ends included: t = ±1 itself is exact, while the
    # nodes crowding next to it are where a kernel computed from t loses digits (θ ≈ sqrt(2(1−t))).
    nodes = -0.5 * np.cos(np.pi * np.arange(_DEGREE + 1) / _DEGREE)
    samples = _values(kernel, _cosines((left + nodes) * width))
    coefficients = np.linalg.solve(np.vander(nodes), samples.T).T
    # The two intervals that touch t = ±1: that loss is about eps/u, so a least-squares fit of
    # (K(u) − K(0))/u to more nodes, weighted by u², averages it away; K(0) stays exact.
    many = -0.5 * np.cos(np.pi * np.arange(1, _END_SAMPLES) / _END_SAMPLES)
    weight = (many + 0.5) ** 2
    ends = _values(kernel, _cosines((many + 0.5)[None, :] * width))
    slopes = (ends - samples[[0, intervals], :1]) / (many + 0.5)
    design = np.vander(many, _DEGREE)
    fit = np.linalg.lstsq(design * weight[:, None], (slopes * weight).T, rcond=None)[0].T
    end_coefficients = np.zeros((2, _DEGREE + 1))
    end_coefficients[:, :-1] = fit
    end_coefficients[:, 1:] += 0.5 * fit
    end_coefficients[:, -1] += samples[[0, intervals], 0]
    coefficients[[0, intervals]] = end_coefficients
    table: Floats = np.ascontiguousarray(coefficients)
    # Check points between the nodes, and close to t = ±1.  There the deviation counts with weight u/u0 (u0 a
    # quarter of an interval): what is compared with is itself uncertain by eps/u, the table is not.
    checks = np.array([-0.49, -0.47, -0.417, -0.31, -0.2, -0.03, 0.11, 0.2951, 0.4301, 0.493])
    half_angles = left + checks
    t = _cosines(half_angles * width)
    exact = _values(kernel, t)
    approximate = t.copy()
    _fill_block(approximate, table, trace, -len(approximate), False)
    weights = np.tile(np.minimum(4.0 * half_angles, 1.0), (2, 1))
    scale = max(abs(trace), float(np.max(np.abs(exact))))
    if scale == 0.0:
        return table, 0.0
    return table, float(np.max(weights * np.abs(approximate - exact))) / scale
