"""Pictures of what the randomness of data sets does to a mean prediction."""

from __future__ import annotations

from matplotlib.axes import Axes

from fieldtheory.workbench.plots.style import BAND, POINTS, colour, new_axes, size_axis, styled
from replicas.data_variability.binary_learning_curve import BinaryCurve

_LINES = {
    "zeroth": ("mean kernel", ":"),
    "first_order": ("first order", "--"),
    "effective_ridge_mean": ("effective ridge", "-."),
    "mean": ("trusted", "-"),
}


def binary_curve(found: BinaryCurve, axes: Axes | None = None) -> Axes:
    """Mean predictions over data sets of n points, by order and effective ridge, sampling as points.

    The band is the error bar of the one that is trusted. `axes`: where to draw, default a new figure.
    """
    with styled():
        axes = new_axes() if axes is None else axes
        for place, (name, (label, line)) in enumerate(_LINES.items()):
            axes.plot(found.n, getattr(found, name), line, color=colour(place), label=label)
        low, high = found.mean - found.error_bar, found.mean + found.error_bar
        axes.fill_between(found.n, low, high, color=colour(place), alpha=BAND, linewidth=0)
        if found.sampled is not None:
            sampled = found.sampled
            axes.errorbar(sampled.n, sampled.mean, sampled.stderr, label="drawn data sets", **POINTS)
        size_axis(axes)
        axes.set_ylabel("mean prediction, times the label")
        axes.legend()
        return axes
