"""The error over the number of parameters, its ensemble, and the line in 1/h of generated diagrams."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from fieldtheory.workbench.plots.style import BAND, POINTS, colour, logarithmic_ticks, new_axes, styled

if TYPE_CHECKING:
    from fieldtheory.array_types import Floats, Integers
    from fieldtheory.workbench.regimes.parameter_number import ParameterNumber
    from replicas.random_features.width_corrections import WidthCorrections


def parameter_figure(found: ParameterNumber, axes: Axes | None = None) -> Axes:
    """Mean squared error, or share of wrong signs for the hinge, of single networks and of their ensemble.

    With standard errors over networks, over N. Regression on features has lines from diagrams, to order 1/h
    dotted and to order 1/h^2 solid, where the second term is less than half of the first; those of the
    ensemble have (1 - 1/repeats) of the variance taken off.
    """
    names = ("error", "ensemble_error")
    label = r"error $\langle (f - y)^2\rangle$"
    if found.model == "network" and found.loss == "hinge":
        names, label = ("classification_error", "ensemble_classification_error"), "share of wrong signs"
    with styled():
        axes = new_axes() if axes is None else axes
        said = ("single networks", f"ensemble of {found.repeats}")
        for place, name in enumerate(names):
            measured, style = getattr(found, name), POINTS | {"color": colour(place)}
            axes.errorbar(found.parameters, measured.value, measured.stderr, label=said[place], **style)
        limits = found.limits
        if limits is not None:
            _axis_of_infinity(axes, limits.infinite_width_error)
            h = _where_they_hold(limits, found.widths)
            for place, share in enumerate((0.0, 1 - 1 / found.repeats)):
                gaps = limits.excess_terms - share * limits.variance_terms
                _orders(axes, h, limits.infinite_width_error + gaps[0] / h, gaps[1] / h**2, place)
        _parameters_axis(axes, found)
        axes.set_ylim(bottom=0)
        axes.set_ylabel(label)
        axes.legend()
    return axes


def excess_figure(found: ParameterNumber, axes: Axes | None = None) -> Axes:
    """h times what networks of width h err beyond h -> infinity, and h times their variance, with the limits.

    Lines as in `parameter_figure`, the limits with their standard errors. ValueError where there are none,
    see `ParameterNumber.limits`.
    """
    limits = found.require_limits()
    with styled():
        axes = new_axes() if axes is None else axes
        h = found.widths
        line = _where_they_hold(limits, h)
        parts = (
            ("excess error", found.error, limits.infinite_width_error, limits.excess_terms),
            ("variance", found.variance, 0.0, limits.variance_terms),
        )
        for place, (words, measured, beyond, terms) in enumerate(parts):
            style = POINTS | {"color": colour(place)}
            axes.errorbar(h, h * (measured.value - beyond), h * measured.stderr, label=words, **style)
            _orders(axes, line, np.full(line.shape, terms[0]), terms[1] / line, place)
        for place, stderr in enumerate((limits.excess_stderr, limits.variance_stderr)):
            limit = parts[place][3][0]
            axes.axhspan(limit - stderr, limit + stderr, color=colour(place), alpha=BAND, linewidth=0)
        _parameters_axis(axes, found)
        axes.set_ylim(bottom=0)
        axes.set_ylabel(r"$h$ times excess error, variance")
        axes.legend()
    return axes


def _least_width(limits: WidthCorrections) -> float:
    """From where on the second term of the variance is less than half of the first."""
    first, *more = np.abs(limits.variance_terms).tolist()
    return max(1.0, 2 * more[0] / first if more and first else 10.0)


def _where_they_hold(limits: WidthCorrections, widths: Integers) -> Floats:
    """From there up to the largest of the widths; none if that is less."""
    low = max(float(widths[0]), _least_width(limits))
    return np.geomspace(low, widths[-1], 100) if low < widths[-1] else np.empty(0)


def _orders(axes: Axes, h: Floats, first: Floats, second: Floats, place: int) -> None:
    """A line to the first order, dotted, and to the second, solid."""
    one, two = ("diagrams, to order $1/h$", "to order $1/h^2$") if not place else (None, None)
    axes.plot(h, first, color=colour(place), linestyle=":", linewidth=1.1, label=one)
    axes.plot(h, first + second, color=colour(place), linewidth=1.1, label=two)


def _axis_of_infinity(axes: Axes, error: float) -> None:
    axes.axhline(error, color="0.4", linestyle="--", linewidth=0.9, label=r"$h \to \infty$")


def _parameters_axis(axes: Axes, found: ParameterNumber) -> None:
    axes.set_xscale("log")
    logarithmic_ticks(axes.xaxis)
    axes.set_xlabel("number of features $h$" if found.model == "features" else "parameters $N$")
    axes.grid(True)
