"""Pictures of data that is not Gaussian: its fourth cumulants over the correlation of two sites."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from fieldtheory.data.nonlinear_gaussian import NonlinearGaussianData
from fieldtheory.workbench.plots.style import BAND, colour, new_axes, styled
from replicas.data_cumulants.data_cumulants import DataCumulants
from replicas.data_cumulants.series_cumulant import SeriesCumulant

_SITES = {"iiii": (0, 0, 0, 0), "iiij": (0, 0, 0, 1), "iijj": (0, 0, 1, 1)}
_POINTS, _LARGEST = 31, 0.95


def fourth_cumulants(data: DataCumulants, order: int = 10, marked: float | None = None) -> Axes:
    r"""kappa_iiii, kappa_iiij and kappa_iijj over rho: dashed the sum of diagrams with up to `order` lines,
    in a band its truncation error, and for erf as a full line the closed form.

    `marked`: a correlation to mark.
    """
    rho = np.linspace(-_LARGEST, _LARGEST, _POINTS)
    pairs = np.where(np.eye(2) == 1, 1.0, rho[:, None, None])
    exact = NonlinearGaussianData(data.gain) if data.name == "erf" else None
    with styled():
        axes = new_axes(5.0, 3.6)
        for place, (name, sites) in enumerate(_SITES.items()):
            matrices = pairs[:, sites][:, :, sites]
            series = [data.cumulant(matrix, order) for matrix in matrices]
            values = np.array([each.value for each in series])
            errors = np.array([each.truncation for each in series])
            known, label = np.isfinite(errors), rf"$\kappa_{{{name}}}$"
            if exact is not None:
                axes.plot(rho, exact.cumulant(matrices), color=colour(place), label=label)
            dashed = axes.plot(rho, values, "--", color=colour(place), linewidth=0.9)[0]
            dashed.set_label(label if exact is None else "")
            low, high = (values - errors)[known], (values + errors)[known]
            axes.fill_between(rho[known], low, high, color=colour(place), alpha=BAND, linewidth=0)
        if marked is not None:
            axes.axvline(marked, color="0.4", linestyle=":", linewidth=0.9, zorder=0)
        axes.set_xlabel(r"correlation $\rho$ of two sites")
        axes.set_ylabel("fourth cumulant")
        axes.grid(True)
        axes.legend()
        return axes


def series_cumulant(found: SeriesCumulant, axes: Axes) -> None:
    """What diagrams with k lines add, as bars, and the sum so far as a line."""
    lines = np.arange(len(found.terms))
    axes.bar(lines, found.terms, 0.7, color=colour(0), label="diagrams with $k$ lines")
    axes.plot(lines, np.cumsum(found.terms), "o-", color=colour(1), markersize=3, label="sum so far")
    if np.isfinite(found.truncation):
        low, high = found.value - found.truncation, found.value + found.truncation
        axes.axhspan(low, high, color=colour(1), alpha=BAND, linewidth=0)
    axes.axhline(0, color="black", linewidth=0.7)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="lines $k$", ylabel="part of the cumulant")
    axes.legend()
