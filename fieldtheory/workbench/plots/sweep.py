"""Sweeps as pictures: the best error over one axis as a line, over two as a map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm

from fieldtheory.array_types import Floats
from fieldtheory.shown_value import shown
from fieldtheory.workbench.plots.style import BAND, colour, figure_of, logarithmic_ticks, new_axes, styled

if TYPE_CHECKING:
    from fieldtheory.workbench.sweep.sweep import Sweep

ERROR = r"error $\langle\Vert f - g\Vert^2\rangle$"
NAMES = {
    "hidden_layers": "hidden layers",
    "weight_variance": r"weight variance $\sigma_w^2$",
    "bias_variance": r"bias variance $\sigma_b^2$",
    "input_scale": "input scale",
    "label_noise": r"label noise $\tau^2$",
    "ridge": r"ridge $\sigma^2$",
    "dim": "dimension $d$",
    "n": "training points $N$",
}


def sweep_figure(sweep: Sweep, x: str | None, y: str | None, axes: Axes | None) -> Axes:
    """The smallest error over all axes but `x`, with its bar as a band, or but `x` and `y`, as a map."""
    x = sweep.dims[-1] if x is None else x
    for name, each in (("x", x), ("y", y)):
        if each is not None and each not in sweep.dims:
            raise ValueError(f"{name} must be one of {', '.join(sweep.dims)} (got {shown(each)})")
    if x == y:
        raise ValueError(f"y must be another axis than x (got {shown(y)} twice)")
    with styled():
        axes = new_axes() if axes is None else axes
        (_draw_line if y is None else _draw_map)(sweep, axes, x, y)
        others = [name for name, size in zip(sweep.dims, sweep.shape, strict=True) if size > 1]
        if others := [name for name in others if name not in (x, y)]:
            axes.set_title(f"at the best {_listed(others)}", fontsize="small")
    return axes


def _draw_line(sweep: Sweep, axes: Axes, x: str, _: str | None) -> None:
    error, bar = best_errors(sweep, (x,))
    places, spread = axis_places(sweep, axes, x, "x"), 0.0 if bar is None else bar
    axes.plot(places, error, color=colour(0), marker=".")
    axes.fill_between(
        places,
        np.maximum(error - spread, error / 10),
        error + spread,
        color=colour(0),
        alpha=BAND,
        linewidth=0,
    )
    if error.min() > 0 and error.max() > 3 * error.min():
        axes.set_yscale("log")
        logarithmic_ticks(axes.yaxis)
    axes.set_ylabel(ERROR)
    axes.grid(True)


def _draw_map(sweep: Sweep, axes: Axes, x: str, y: str | None) -> None:
    assert y is not None
    error, _ = best_errors(sweep, (y, x))
    across, up = axis_places(sweep, axes, x, "x"), axis_places(sweep, axes, y, "y")
    wide = error.min() > 0 and error.max() > 3 * error.min()
    edges = _edges(across, axes.get_xscale()), _edges(up, axes.get_yscale())
    drawn = axes.pcolormesh(*edges, error, norm=LogNorm() if wide else None, cmap="viridis")
    bar = figure_of(axes).colorbar(drawn, ax=axes, label=ERROR)
    if wide:
        logarithmic_ticks(bar.ax.yaxis)
    row, column = np.unravel_index(int(np.argmin(error)), error.shape)
    axes.plot(across[column], up[row], marker="*", color="white", markeredgecolor="black", markersize=11)


def _edges(places: Floats, scale: str) -> Floats:
    """Between the places, in the middle on their scale, and as far outside the first and the last."""
    if len(places) == 1:
        return (
            np.array([places[0] / 2, places[0] * 2]) if scale == "log" else places[0] + np.array([-0.5, 0.5])
        )
    x = np.log(places) if scale == "log" else places
    inner = (x[1:] + x[:-1]) / 2
    found = np.concatenate([[2 * x[0] - inner[0]], inner, [2 * x[-1] - inner[-1]]])
    return np.exp(found) if scale == "log" else found


def best_errors(sweep: Sweep, kept: tuple[str, ...]) -> tuple[Floats, Floats | None]:
    """The smallest error over all other axes, and its bar; axes in the order of `kept`."""
    order = [sweep.dims.index(name) for name in kept]
    rest = [place for place in range(len(sweep.dims)) if place not in order]
    shape = [sweep.shape[place] for place in order]
    error = sweep["error"].transpose(*order, *rest).reshape(*shape, -1)
    chosen = np.nanargmin(error, axis=-1)[..., None]
    bar = None
    if "error_bar" in sweep.arrays:
        bars = sweep["error_bar"].transpose(*order, *rest).reshape(error.shape)
        bar = np.take_along_axis(bars, chosen, -1)[..., 0]
    return np.take_along_axis(error, chosen, -1)[..., 0], bar


def axis_places(sweep: Sweep, axes: Axes, name: str, direction: str) -> Floats:
    """Where the values of an axis are drawn: numbers at themselves, on a scale that suits, texts in a row."""
    values: Any = sweep.coords[name]
    getattr(axes, f"set_{direction}label")(NAMES.get(name, name))
    if values.dtype.kind not in "fi":
        getattr(axes, f"set_{direction}ticks")(range(len(values)), values.tolist())
        return np.arange(float(len(values)))
    numbers: Floats = values.astype(float)
    if name == "n" or (numbers.min() > 0 and numbers.max() >= 30 * numbers.min()):
        getattr(axes, f"set_{direction}scale")("log")
        logarithmic_ticks(getattr(axes, f"{direction}axis"))
    elif values.dtype.kind == "i" and len(values) <= 12:
        getattr(axes, f"set_{direction}ticks")(values.tolist())
    return numbers


def _listed(names: list[str]) -> str:
    words = [name.replace("_", " ") for name in names]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
