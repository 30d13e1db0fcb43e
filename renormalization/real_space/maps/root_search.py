"""Solutions of R(x) = x in floats: by signs on an interval, by Newton's method in a box."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from fieldtheory.array_types import Floats

_CELLS = 4096  # of the interval: roots closer than a cell may hide in pairs
_ISOLATED = 100  # more exact zeros among the points make a line
_SEEDS = 800  # in the box, about
_STEPS = 60
_CLOSE = 1e-9  # solutions that agree so far are one, relative to the size of the interval
_RESIDUAL = 1e-11


def roots_between(residual: Callable[[Any], Any], low: float, high: float) -> list[float]:
    """Roots of a function on a closed interval, in increasing order: changes of sign, and where it touches 0.

    Poles and stretches without real values are no roots. ValueError where roots fill a stretch.
    """
    from scipy.optimize import brentq, minimize_scalar

    points = np.linspace(low, high, _CELLS + 1)
    values = residual(points)
    sizes = np.abs(values)
    found = points[sizes == 0].tolist()
    if len(found) > _ISOLATED:
        raise ValueError(
            f"expressions must have isolated fixed points (got {len(found)} among {len(points)}, from "
            f"{found[0]:g} to {found[-1]:g})"
        )
    for k in np.flatnonzero(values[:-1] * values[1:] < 0).tolist():
        root = brentq(residual, points[k], points[k + 1], xtol=1e-300, rtol=8.9e-16, maxiter=300)
        if abs(residual(root)) <= max(1e-6 * min(sizes[k], sizes[k + 1]), _RESIDUAL * (1 + abs(root))):
            found.append(float(root))
    inner = (sizes[1:-1] <= sizes[:-2]) & (sizes[1:-1] <= sizes[2:]) & (sizes[1:-1] > 0)
    for k in (np.flatnonzero(inner & (values[:-2] * values[2:] > 0)) + 1).tolist():
        least = minimize_scalar(
            lambda x: abs(float(residual(x))),
            bounds=(points[k - 1], points[k + 1]),
            method="bounded",
            options={"xatol": 1e-13},
        )
        if least.fun < _RESIDUAL * (1 + abs(least.x)):
            found.append(float(least.x))
    return apart(found, _CLOSE * (high - low))


def apart(roots: Sequence[float], distance: float) -> list[float]:
    """In increasing order, one of those that lie closer than `distance`."""
    found: list[float] = []
    for root in sorted(roots):
        if not found or root - found[-1] > distance:
            found.append(root)
    return found


def roots_in_box(
    residual: Callable[[Floats], Floats], slope: Callable[[Floats], Floats], box: Floats
) -> list[Floats]:
    """Roots of a vector function in a closed box, (low, high) a row, by Newton's method from many points.

    `residual`, `slope`: of points, one a row, the values and the matrices of derivatives.
    """
    low, high = box.T
    number = max(2, round(_SEEDS ** (1 / len(box))))
    ticks = [np.linspace(first, last, number + 2)[1:-1] for first, last in box.tolist()]
    x = np.stack(np.meshgrid(*ticks, indexing="ij"), axis=-1).reshape(-1, len(box))
    corner = np.vstack([np.zeros(len(box)), x])
    x = corner if ((low <= 0) & (high >= 0)).all() else x
    reach = 10 * (high - low)
    for _ in range(_STEPS):
        matrices = slope(x)
        values = residual(x)
        finite: Any = np.isfinite(np.hstack([values, matrices.reshape(len(x), -1)])).all(1)
        volumes = np.linalg.det(np.where(finite[:, None, None], matrices, 0.0))
        usable = np.flatnonzero(np.abs(volumes) > 1e-200)
        x, values, matrices = x[usable], values[usable], matrices[usable]
        if not len(x):
            return []
        step = np.linalg.solve(matrices, values[..., None])[..., 0]
        x = x - step
        x = x[((x > low - reach) & (x < high + reach)).all(1)]
    sizes = np.abs(residual(x)).max(1, initial=0.0)
    solved = x[sizes < _RESIDUAL * (1 + np.abs(x).max(1, initial=0.0))]
    margin = _CLOSE * (high - low)
    inside = solved[((solved >= low - margin) & (solved <= high + margin)).all(1)]
    found: list[Floats] = []
    for root in inside[np.lexsort(inside.T[::-1])]:
        if all((np.abs(root - other) > margin).any() for other in found):
            found.append(np.clip(root, low, high))  # within the margin: rounding at an edge of the box
    return found
