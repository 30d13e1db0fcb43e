"""The best points of a sweep, and those that their bars cannot tell from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldtheory.workbench.sweep.grid import Grid

LARGE = 0.5  # a bar above this share of the error says no more than an order of magnitude


@dataclass(frozen=True)
class SweepOptimum:
    """The point with the smallest error, `error` +- `error_bar` (None without bars).

    `parameters`: axis -> value. `trusted`: whether it is converged and its bar is below half of its error;
    where no point is, the best of those that are not. `tied`: the parameters of all other points whose bars
    overlap with that of the best, smallest error first.
    """

    parameters: Mapping[str, Any]
    error: float
    error_bar: float | None
    trusted: bool
    tied: tuple[Mapping[str, Any], ...] = field(repr=False)


def optima(grid: Grid, arrays: Mapping[str, NDArray[Any]], along: str | None) -> tuple[SweepOptimum, ...]:
    """One for each value along an axis, or the one of all."""
    columns = {name: arrays[name] for name in ("error", "error_bar", "converged") if name in arrays}
    if along is None:
        return (_optimum(grid, columns, None, 0),)
    axis = grid.dims.index(along)
    return tuple(
        _optimum(grid, {name: each.take(place, axis) for name, each in columns.items()}, along, place)
        for place in range(grid.shape[axis])
    )


def _optimum(grid: Grid, columns: Mapping[str, NDArray[Any]], along: str | None, place: int) -> SweepOptimum:
    error, shape = columns["error"].reshape(-1), columns["error"].shape
    bars = columns["error_bar"].reshape(-1) if "error_bar" in columns else np.zeros_like(error)
    known = columns["converged"].reshape(-1) & (bars <= LARGE * error) & np.isfinite(error)
    candidates = np.flatnonzero(known) if known.any() else np.flatnonzero(np.isfinite(error))
    best = int(candidates[np.argmin(error[candidates])])
    near = np.flatnonzero(error - bars <= error[best] + bars[best])
    tied = near[np.argsort(error[near], kind="stable")]

    def parameters(flat: int) -> dict[str, Any]:
        places = iter(np.unravel_index(flat, shape))
        return {name: grid.labels(name)[place if name == along else int(next(places))] for name in grid.dims}

    return SweepOptimum(
        parameters(best),
        float(error[best]),
        float(bars[best]) if "error_bar" in columns else None,
        bool(known[best]),
        tuple(parameters(int(each)) for each in tied if each != best),
    )
