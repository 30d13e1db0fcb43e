"""Pictures of what the randomness of data sets does to a mean prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from fieldtheory.workbench.plots.style import BAND, POINTS, colour, new_axes, size_axis, styled
from replicas.data_variability.binary_learning_curve import BinaryCurve

if TYPE_CHECKING:
    from replicas.data_variability.dataset_average import DatasetAverage
    from replicas.data_variability.dataset_sampling import DatasetSample
    from replicas.random_features.width_corrections import WidthCorrections

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


def dataset_average(found: DatasetAverage, axes: Axes) -> None:
    """Mean predictions at test points, with the mean kernel and with diagrams of first order."""
    places = np.arange(len(np.atleast_1d(found.mean)))
    axes.plot(
        places, np.atleast_1d(found.zeroth), "o", color=colour(0), markerfacecolor="none", label="mean kernel"
    )
    bars = None if found.error_bar is None else np.atleast_1d(found.error_bar)
    axes.errorbar(
        places,
        np.atleast_1d(found.mean),
        bars,
        label=f"to order {found.order}",
        **POINTS | {"color": colour(1)},
    )
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="test point", ylabel=f"mean prediction, {found.average}")
    axes.legend()


def width_corrections(found: WidthCorrections, axes: Axes) -> None:
    """Coefficients of 1/h, 1/h^2, ... with standard errors."""
    orders = np.arange(1, len(found.excess_terms) + 1)
    for place, name in enumerate(("shift", "variance", "excess")):
        terms, errors = getattr(found, f"{name}_terms"), getattr(found, f"{name}_terms_stderr")
        axes.errorbar(orders + 0.1 * place, terms, errors, label=name, **POINTS | {"color": colour(place)})
    axes.axhline(0, color="black", linewidth=0.7)
    axes.set_xticks(orders)
    axes.set(xlabel="power of $1/h$", ylabel="coefficient, mean over test points")
    axes.set_title(f"error of infinite width {found.infinite_width_error:.4g}", fontsize=9)
    axes.legend()


def dataset_sample(found: DatasetSample, axes: Axes) -> None:
    """Mean predictions over drawn data sets against n."""
    axes.errorbar(found.n, found.mean, found.stderr, **POINTS)
    size_axis(axes)
    axes.set_ylabel(f"mean prediction, {found.average}")
