"""Pictures of what networks do along width, feature strength or number of points."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from fieldtheory.workbench.plots.style import POINTS, colour, logarithmic_ticks, new_figure, styled

if TYPE_CHECKING:
    from fieldtheory.workbench.posteriors.width_curve import WidthCurve

_LABELS = {
    "width": "width $n$",
    "feature_strength": r"feature strength $\chi$",
    "train_size": "training points $P$",
}


def width_curve_figure(found: WidthCurve) -> Figure:
    """Two panels, test error and alignment of the kernel: theories as lines with bars, sampling as points."""
    with styled():
        figure = new_figure(8.0, 3.2)
        for axes, name in zip(figure.subplots(1, 2), ("error", "alignment"), strict=True):
            stderr = getattr(found, f"{name}_stderr")
            for row, theory in enumerate(found.theories):
                values = getattr(found, name)[row]
                if theory == "sampling":
                    bars = stderr[row] + (found.error_bar[row] if name == "error" else 0.0)
                    axes.errorbar(found.values, values, bars, label=theory, **POINTS)
                    continue
                axes.plot(found.values, values, "-", color=colour(row), label=theory)
                bars = found.error_bar[row] if name == "error" else stderr[row]
                axes.fill_between(
                    found.values, values - bars, values + bars, color=colour(row), alpha=0.2, linewidth=0
                )
            axes.set_xscale("log")
            logarithmic_ticks(axes.xaxis)
            axes.set_xlabel(_LABELS[found.along])
            axes.set_ylabel({"error": "test error", "alignment": "alignment of the kernel with $y$"}[name])
        figure.axes[0].legend()
    return figure
