"""Pictures of what networks do along width, feature strength or number of points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes

from fieldtheory.workbench.plots.style import POINTS, colour, logarithmic_ticks, panels, styled

if TYPE_CHECKING:
    from fieldtheory.workbench.posteriors.width_curve import WidthCurve

_LABELS = {
    "width": "width $n$",
    "feature_strength": r"feature strength $\chi$",
    "train_size": "training points $P$",
}


def width_curve_figure(found: WidthCurve, axes: Axes | None = None) -> Any:
    """Two panels, test error and alignment of the kernel: theories as lines with bars, sampling as points.

    Into `axes`, where given, the error alone.
    """
    with styled():
        figure, both = panels(2, 8.0, 3.2, axes)
        for panel, name in zip(both, ("error", "alignment"), strict=True):
            stderr = getattr(found, f"{name}_stderr")
            for row, theory in enumerate(found.theories):
                values = getattr(found, name)[row]
                if theory == "sampling":
                    bars = stderr[row] + (found.error_bar[row] if name == "error" else 0.0)
                    panel.errorbar(found.values, values, bars, label=theory, **POINTS)
                    continue
                panel.plot(found.values, values, "-", color=colour(row), label=theory)
                bars = found.error_bar[row] if name == "error" else stderr[row]
                panel.fill_between(
                    found.values, values - bars, values + bars, color=colour(row), alpha=0.2, linewidth=0
                )
            panel.set_xscale("log")
            logarithmic_ticks(panel.xaxis)
            panel.set_xlabel(_LABELS[found.along])
            panel.set_ylabel({"error": "test error", "alignment": "alignment of the kernel with $y$"}[name])
        both[0].legend()
    return figure if axes is None else axes
