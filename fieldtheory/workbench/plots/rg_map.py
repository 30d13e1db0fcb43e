"""Pictures of renormalisation-group maps: where couplings flow, and the fixed points between."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldtheory.workbench.plots.style import COLOURS, figure_of, new_axes, styled
from renormalization.real_space.maps.fixed_point import FixedPoint
from renormalization.real_space.maps.rg_map import RGMap

_POINTS, _ARROWS, _STEPS = 400, 19, 8


def rg_flow(rg_map: RGMap, interval: Any = None) -> Figure:
    """One coupling: x' over x, and steps of the flow from beside each unstable fixed point. Several: arrows
    from the first two couplings to their images, the others as at the first unstable fixed point, else 0.

    Full circles are stable fixed points, open ones not. `interval`: what is shown, as of
    `RGMap.fixed_points`; without it what holds the fixed points.
    """
    with styled():
        axes = new_axes(4.6, 4.0)
        rg_map_axes(rg_map, axes, interval)
        return figure_of(axes)


def rg_map_axes(rg_map: RGMap, axes: Axes, interval: Any = None) -> None:
    """The same in given axes."""
    draw = _one_coupling if len(rg_map.symbols) == 1 else _plane
    draw(axes, rg_map, rg_map.fixed_points(interval), interval)


def _one_coupling(axes: Axes, rg_map: RGMap, points: list[FixedPoint], interval: Any) -> None:
    places = [float(point.x) for point in points]
    low, high = np.asarray(rg_map.interval if interval is None else interval, dtype=float).reshape(2)
    if interval is None and places and max(places) > low:
        high = min(high, 2 * max(places))
    x = np.linspace(low, high, _POINTS)
    images = rg_map.images(x[:, None])[:, 0]
    name = str(rg_map.symbols[0])
    axes.plot(x, x, "--", color="0.6", linewidth=0.9, zorder=1)
    axes.plot(x, images, color=COLOURS[0], zorder=3)
    for point, place in zip(points, places, strict=True):
        for side in (-1, 1) if not point.stable else ():
            start = place + side * 0.02 * (high - low)
            _staircase(axes, rg_map, start, (low, high))
    _circles(axes, [(place, place) for place in places], points)
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_xlabel(f"${name}$")
    axes.set_ylabel(f"${name}'$")


def _staircase(axes: Axes, rg_map: RGMap, start: float, edges: tuple[float, float]) -> None:
    corners = [(start, start)]
    for _ in range(_STEPS):
        x = corners[-1][0]
        image = float(rg_map.images(np.array([[x]]))[0, 0])
        if not edges[0] <= image <= edges[1]:
            break
        corners += [(x, image), (image, image)]
    axes.plot(*zip(*corners, strict=True), color=COLOURS[1], linewidth=0.9, zorder=2)


def _plane(axes: Axes, rg_map: RGMap, points: list[FixedPoint], interval: Any) -> None:
    unstable = [point for point in points if not point.stable]
    rest = unstable[0].x if unstable else np.zeros(len(rg_map.symbols))
    box = np.asarray(rg_map.interval if interval is None else interval, dtype=float)
    box = np.broadcast_to(box, (len(rest), 2)) if box.ndim == 1 else box
    ticks = [np.linspace(first, last, _ARROWS) for first, last in box[:2].tolist()]
    first, second = (each.ravel() for each in np.meshgrid(*ticks))
    x = np.tile(rest, (len(first), 1))
    x[:, 0], x[:, 1] = first, second
    moved = rg_map.images(x)[:, :2] - x[:, :2]
    sizes = np.ptp(box[:2], axis=1)
    lengths = np.hypot(*(moved / sizes).T)
    shown = np.isfinite(lengths) & (lengths > 0)
    arrows = (moved[shown] / sizes / lengths[shown, None]).T
    colours = np.log10(lengths[shown])
    axes.quiver(first[shown], second[shown], *arrows, colours, cmap="viridis", scale=26, width=0.004)
    _circles(axes, [tuple(point.x[:2].tolist()) for point in points], points)
    axes.set_xlabel(f"${rg_map.symbols[0]}$")
    axes.set_ylabel(f"${rg_map.symbols[1]}$")


def _circles(axes: Axes, places: list[Any], points: list[FixedPoint]) -> None:
    for place, point in zip(places, points, strict=True):
        face = "black" if point.stable else "white"
        axes.plot(*place, "o", color="black", markerfacecolor=face, markersize=6, zorder=5, clip_on=False)
