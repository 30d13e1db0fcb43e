"""The look of all figures: colours, sizes, axes, and how a figure is saved. Without pyplot: nothing needs a
display, and no state is shared."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatterSciNotation, LogLocator, NullFormatter

from fieldtheory.workbench.output_files import FIGURE_SUFFIXES, require_path, require_writable, write_file

_STYLE = matplotlib.rc_params_from_file(
    str(Path(__file__).with_name("fieldtheory.mplstyle")), use_default_template=False
)
COLOURS: tuple[str, ...] = tuple(_STYLE["axes.prop_cycle"].by_key()["color"])
BAND = 0.18  # opacity of error bars that are drawn as bands
POINTS: dict[str, Any] = {
    "fmt": "o",
    "color": "black",
    "markersize": 3.5,
    "capsize": 2.0,
    "elinewidth": 0.9,
    "zorder": 4,
}
UNSOLVED: dict[str, Any] = {"linestyle": "", "marker": "o", "markersize": 4.0, "markerfacecolor": "none"}


def styled() -> AbstractContextManager[None]:
    """In this context what is drawn has the style of the house, `fieldtheory.mplstyle`."""
    return matplotlib.rc_context(_STYLE)


def colour(place: int) -> str:
    """Of the line at this place; after the last colour comes the first."""
    return COLOURS[place % len(COLOURS)]


class ShownFigure(Figure):
    """A figure that a notebook shows where it is the value of a cell, though pyplot does not know it.

    It keeps the style of the house when it is drawn: then only does Matplotlib make ticks and their grid.
    """

    def draw(self, renderer: Any) -> None:
        with styled():
            super().draw(renderer)

    def _repr_svg_(self) -> str:
        return _svg(self)


class ShownAxes(Axes):
    """Axes that a notebook shows, with all of their figure, where they are the value of a cell."""

    def _repr_svg_(self) -> str:
        return _svg(figure_of(self))


def _svg(figure: Figure) -> str:
    return _drawn(figure, "svg").decode()


def _drawn(figure: Figure, kind: str) -> bytes:
    """A file of the figure, the same bytes each time: no date, no random names."""
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind)
    drawn = BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "fieldtheory", "pdf.fonttype": 42}):
        figure.savefig(drawn, format=kind, dpi=200, metadata=metadata)
    return drawn.getvalue()


def new_figure(width: float = 5.0, height: float = 3.6) -> Figure:
    """An empty figure, in inches, that leaves room for what stands outside its axes."""
    return ShownFigure(figsize=(width, height), layout="constrained")


def new_axes(width: float = 5.0, height: float = 3.6) -> Axes:
    """The only axes of a new figure."""
    return new_figure(width, height).add_subplot(axes_class=ShownAxes)


def panels(
    count: int, width: float, height: float, axes: Axes | None = None, **how: Any
) -> tuple[Figure, list[Axes]]:
    """Panels in a row of a new figure; `axes`, if given, are the first, and the others stay out of sight."""
    figure = new_figure(width, height)
    found = list(figure.subplots(1, count, squeeze=False, **how)[0])
    return figure, found if axes is None else [axes, *found[1:]]


def figure_of(axes: Axes) -> Figure:
    """The figure that the axes are in."""
    figure = axes.get_figure(root=True)
    assert isinstance(figure, Figure)
    return figure


def error_axes(axes: Axes) -> None:
    """Error against n, both logarithmic."""
    size_axis(axes)
    axes.set_yscale("log", nonpositive="clip")
    logarithmic_ticks(axes.yaxis)
    axes.set_ylabel(r"error $\langle\Vert f - g\Vert^2\rangle$")


def size_axis(axes: Axes) -> None:
    """The horizontal axis of everything against n."""
    axes.set_xscale("log")
    logarithmic_ticks(axes.xaxis)
    axes.set_xlabel("training points $N$")
    axes.grid(True)


def logarithmic_ticks(axis: Axis) -> None:
    """1, 2, 5, 10, ... where the axis is short, powers of ten where it is long."""
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(_ShortLogFormatter())
    axis.set_minor_locator(LogLocator(subs="all"))
    axis.set_minor_formatter(NullFormatter())


class _ShortLogFormatter(LogFormatterSciNotation):
    """Plain numbers from 0.001 to 10^5, else powers of ten; 2 and 5 on axes below three decades only."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        if self.axis is None:
            return f"{x:g}"
        low, high = sorted(self.axis.get_view_interval())
        decade = abs(math.log10(x) - round(math.log10(x))) < 1e-9
        if not decade and high > 1000 * low:
            return ""
        return f"{x:g}" if low >= 1e-3 and high < 1e5 else str(super().__call__(x, pos))


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write the figure in the format of the suffix, the same bytes each time.

    `path` ends in .svg, .png or .pdf and lies in a folder that exists; else ValueError.
    """
    path = require_path("path", path)
    require_writable([path], FIGURE_SUFFIXES, "path")
    write_file(path, _drawn(figure, path.suffix.lower().removeprefix(".")))
