"""Pictures of many learning curves at once, and of predictions that do not name their sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from fieldtheory.array_types import Floats
from fieldtheory.workbench.plots.style import BAND, COLOURS, colour, error_axes, logarithmic_ticks

if TYPE_CHECKING:
    from fieldtheory.workbench.curves.learning_curves import LearningCurves
    from replicas.prediction import Prediction
    from replicas.saddle_point.curve_batch import CurveBatch


def learning_curves(found: LearningCurves, axes: Axes) -> None:
    """Error against n, a line with its band for each spectrum and ridge; the legend names few of them."""
    curves = [(row, column) for row in range(len(found.error)) for column in range(len(found.ridge))]
    order = np.argsort(found.n, kind="stable")
    for (row, column), shade in zip(curves, _shades(len(curves)), strict=True):
        error = found.error[row, column][order]
        label = f"spectrum {row}, ridge {found.ridge[column]:g}" if len(curves) <= len(COLOURS) else None
        axes.plot(found.n[order], error, color=shade, label=label)
        if found.error_bar is not None and len(curves) <= len(COLOURS):
            bar = found.error_bar[row, column][order]
            low = np.maximum(error - bar, error / 10)
            axes.fill_between(found.n[order], low, error + bar, color=shade, alpha=BAND, linewidth=0)
    error_axes(axes)
    if len(curves) <= len(COLOURS):
        axes.legend()


def curve_batch(found: CurveBatch, axes: Axes) -> None:
    """Errors over the place of a size among the sizes, which it does not keep; a line for each curve."""
    error = np.atleast_2d(found.error)
    for row, shade in zip(error, _shades(len(error)), strict=True):
        axes.plot(np.arange(len(row)), row, ".-", color=shade)
    _by_place(axes, error)


def prediction(found: Prediction, axes: Axes) -> None:
    """Error, bias and variance over the place of a size among the sizes, which it does not keep."""
    places = np.arange(len(found.error))
    for number, (name, line) in enumerate((("error", ".-"), ("bias", ".--"), ("variance", ".:"))):
        axes.plot(places, getattr(found, name), line, color=colour(number), label=name)
    if found.error_bar is not None:
        low, high = np.maximum(found.error - found.error_bar, found.error / 10), found.error + found.error_bar
        axes.fill_between(places, low, high, color=colour(0), alpha=BAND, linewidth=0)
    _by_place(axes, found.error)
    axes.legend()


def _by_place(axes: Axes, error: Floats) -> None:
    if (error > 0).all():
        axes.set_yscale("log")
        logarithmic_ticks(axes.yaxis)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("place in the list of sizes $N$")
    axes.set_ylabel(r"error $\langle\Vert f - g\Vert^2\rangle$")
    axes.grid(True)


def _shades(count: int) -> Any:
    """Colours that are told apart while there are few, else a scale."""
    if count <= len(COLOURS):
        return COLOURS[:count]
    return matplotlib.colormaps["viridis"](np.linspace(0.0, 0.9, count))
