"""Picture of a learning curve of real networks: a colour for each width, theory and kernel regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from fieldtheory.workbench.plots.curves import error_curve
from fieldtheory.workbench.plots.style import POINTS, colour, error_axes

if TYPE_CHECKING:
    from fieldtheory.workbench.training.trained_curve import TrainedCurve

_MARKS = "sD^v<>"
_APART = 0.012  # of a decade, between points at the same n


def trained_curve(found: TrainedCurve, axes: Axes) -> None:
    """Error against n: trained networks and kernel regression as points with standard errors, theory as line.

    Widths stand a little apart, so that their points do not hide each other.
    """
    if len(found.n) > 1:
        error_curve(found.theory, axes, color="black")
    else:
        axes.axhline(found.theory.error[0], color="black", label=found.theory.theory)
    kernel = "NNGP" if found.method == "langevin" else "NTK"
    style = POINTS | {"label": f"regression, {kernel} kernel"}
    axes.errorbar(found.n, found.kernel_error, found.kernel_error_stderr, **style)
    for place, width in enumerate(found.widths):
        shift = 10 ** (_APART * (place + 1))
        style = POINTS | {"color": colour(place), "fmt": _MARKS[place % len(_MARKS)]}
        errors = found.error[:, place], found.error_stderr[:, place]
        axes.errorbar(found.n * shift, *errors, **style, label=f"networks of width {width}")
    error_axes(axes)
    axes.legend()
