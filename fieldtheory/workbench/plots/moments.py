"""Pictures of moments of a network: outputs with their spread, covariances, cumulants by layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from fieldtheory.workbench.plots.style import POINTS, colour, panels, styled

if TYPE_CHECKING:
    from fieldtheory.workbench.moments.propagated_moments import PropagatedMoments
    from fieldtheory.workbench.moments.sampled_moments import SampledMoments


def moments_figure(
    orders: Mapping[str, PropagatedMoments], sampling: SampledMoments | None = None, axes: Axes | None = None
) -> Any:
    """Means with standard deviations as bars, and variances, by order, beside sampling.

    Into `axes`, where given, the means alone.
    """
    with styled():
        figure, (means, variances) = panels(2, 8.0, 2.8, axes)
        columns: dict[str, PropagatedMoments | SampledMoments] = {**orders}
        if sampling is not None:
            columns["sampled"] = sampling
        place = np.arange(len(next(iter(columns.values())).mean))
        for row, (name, found) in enumerate(columns.items()):
            style = POINTS | {"color": "black" if name == "sampled" else colour(row)}
            aside = place + 0.15 * (row - (len(columns) - 1) / 2)
            variance = np.diagonal(found.covariance)
            means.errorbar(aside, found.mean, np.sqrt(variance), label=name, **style)
            error = np.diagonal(sampling.covariance_stderr) if found is sampling and sampling else None
            variances.errorbar(aside, variance, error, **style)
        means.set(xlabel="output", ylabel="mean ± standard deviation")
        variances.set(xlabel="output", ylabel="variance")
        for each in (means, variances):
            each.set_xticks(place if len(place) < 12 else place[:: len(place) // 6])
        means.legend()
    return figure if axes is None else axes


def sampled_moments(found: SampledMoments, axes: Axes) -> None:
    """Means of the outputs with their standard deviations as bars."""
    moments_figure({}, found, axes)
