"""The best points of a sweep, and those that their bars cannot tell from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from fieldtheory.array_types import Integers
from fieldtheory.drawing import plot
from fieldtheory.workbench.sweep.grid import Grid

LARGE = 0.5  # a bar above this share of the error says no more than an order of magnitude


class Points(Sequence[Mapping[str, Any]]):
    """Parameters of points of a sweep, made when they are looked at: there may be as many as points."""

    def __init__(self, labels: Mapping[str, list[Any]], places: Mapping[str, Integers]) -> None:
        self._labels, self._places = labels, places

    def __len__(self) -> int:
        return len(next(iter(self._places.values())))

    @overload
    def __getitem__(self, place: int) -> Mapping[str, Any]: ...
    @overload
    def __getitem__(self, place: slice) -> Points: ...
    def __getitem__(self, place: int | slice) -> Mapping[str, Any] | Points:
        if isinstance(place, slice):
            return Points(self._labels, {name: each[place] for name, each in self._places.items()})
        return {name: self._labels[name][int(each[place])] for name, each in self._places.items()}


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
    tied: Sequence[Mapping[str, Any]] = field(repr=False)

    plot = plot


def optima(grid: Grid, arrays: Mapping[str, NDArray[Any]], along: str | None) -> tuple[SweepOptimum, ...]:
    """One for each value along an axis, or the one of all; ValueError where no point has a number."""
    columns = {name: arrays[name] for name in ("error", "error_bar", "converged") if name in arrays}
    labels = {name: grid.labels(name) for name in grid.dims}
    if along is None:
        return (_optimum(labels, columns, None, 0),)
    axis = grid.dims.index(along)
    return tuple(
        _optimum(labels, {name: each.take(place, axis) for name, each in columns.items()}, along, place)
        for place in range(grid.shape[axis])
    )


def _optimum(
    labels: Mapping[str, list[Any]], columns: Mapping[str, NDArray[Any]], along: str | None, place: int
) -> SweepOptimum:
    error, shape = columns["error"].reshape(-1), columns["error"].shape
    bars = columns["error_bar"].reshape(-1) if "error_bar" in columns else np.zeros_like(error)
    there = np.isfinite(error)
    known = columns["converged"].reshape(-1) & (bars <= LARGE * error) & there
    candidates = np.flatnonzero(known if known.any() else there)
    if not candidates.size:
        where = "" if along is None else f" at {along} = {labels[along][place]}"
        raise ValueError(f"the sweep must have a point with a number{where} (got none)")
    best = int(candidates[np.argmin(error[candidates])])
    near = np.flatnonzero(error - bars <= error[best] + bars[best])
    tied = near[np.argsort(error[near], kind="stable")]

    def points(flat: Integers) -> Points:
        places = iter(np.unravel_index(flat, shape))
        return Points(
            labels, {name: np.full(len(flat), place) if name == along else next(places) for name in labels}
        )

    return SweepOptimum(
        points(np.array([best]))[0],
        float(error[best]),
        float(bars[best]) if "error_bar" in columns else None,
        bool(known[best]),
        points(tied[tied != best]),
    )
