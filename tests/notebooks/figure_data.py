"""What a figure shows, as numbers: an extension of IPython puts them beside every Matplotlib figure, as JSON.

Two figures of the same data are equal here whatever the fonts, the layout and the version of Matplotlib are.
"""

import sys
import warnings
from typing import Any

import numpy as np
from IPython.core.formatters import BaseFormatter
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Unicode

MIME = "application/vnd.fieldtheory.figure+json"
# of an array with more values as many are kept
_KEPT = 60


def summary(values: Any) -> dict[str, Any]:
    """An array as JSON, to six digits: shape, mean square and values, of a long one some of them."""
    array = np.ma.filled(np.ma.asarray(values, dtype=float), np.nan)
    flat = array.ravel()
    kept = flat if flat.size <= _KEPT else flat[np.linspace(0, flat.size - 1, _KEPT).round().astype(int)]
    square = np.mean(flat[np.isfinite(flat)] ** 2) if np.isfinite(flat).any() else 0.0
    # one string: JSON of a notebook is written with a line for each number of a list
    text = " ".join(f"{value:.6g}" for value in kept)
    return {"shape": list(array.shape), "values": text, "mean square": f"{square:.6g}"}


def _artist(artist: Any) -> dict[str, Any] | None:
    from matplotlib.collections import Collection
    from matplotlib.image import AxesImage
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    from matplotlib.text import Text

    if isinstance(artist, Line2D):
        return {"line": [summary(artist.get_xdata()), summary(artist.get_ydata())]}
    if isinstance(artist, AxesImage):
        return {"image": summary(artist.get_array())}
    if isinstance(artist, Collection):
        paths = [path.vertices for path in artist.get_paths()]
        found = {"paths": summary(np.concatenate(paths))} if paths else {}
        found["offsets"] = summary(artist.get_offsets())
        return found if artist.get_array() is None else found | {"colours": summary(artist.get_array())}
    if isinstance(artist, Patch):
        return {"patch": summary(artist.get_patch_transform().transform(artist.get_path().vertices))}
    if isinstance(artist, Text) and artist.get_text():
        return {"text": artist.get_text()}
    return None


def _axes(axes: Any) -> dict[str, Any]:
    own = {axes.patch, axes.title, axes._left_title, axes._right_title}
    legend = axes.get_legend()
    artists = [_artist(artist) for artist in axes.get_children() if artist not in own]
    return {
        "title": axes.get_title(),
        "x": [axes.get_xlabel(), axes.get_xscale()],
        "y": [axes.get_ylabel(), axes.get_yscale()],
        "legend": [text.get_text() for text in legend.get_texts()] if legend else [],
        "artists": [artist for artist in artists if artist],
    }


def figure_data(figure: Any) -> dict[str, Any]:
    """The data of all axes of a figure."""
    return {"axes": [_axes(axes) for axes in figure.axes]}


class FigureData(BaseFormatter):
    """A formatter that shows a figure as its data."""

    format_type = Unicode(MIME)

    def __call__(self, shown: Any) -> dict[str, Any] | None:
        # not registered for the type: choosing the format of figures takes them out of every formatter
        matplotlib = sys.modules.get("matplotlib.figure")
        if matplotlib and isinstance(shown, matplotlib.Figure):
            return figure_data(shown)
        if matplotlib and isinstance(shown, matplotlib.Artist) and hasattr(shown, "_repr_svg_"):
            return figure_data(shown.get_figure(root=True))
        return None


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Figures as SVG with their data, always the same file for the same figure; a warning is an error."""
    shell.display_formatter.formatters[MIME] = FigureData(parent=shell.display_formatter)
    shell.config.InlineBackend.figure_formats = {"svg"}
    shell.config.InlineBackend.rc = {"svg.hashsalt": "fieldtheory"}
    warnings.simplefilter("error")
    # what Jupyter deprecates of itself is none of the notebook's
    of_jupyter = r".*(traitlets|matplotlib_inline|ipykernel|IPython)"
    warnings.filterwarnings("ignore", category=DeprecationWarning, module=of_jupyter)
    warnings.filterwarnings("ignore", category=PendingDeprecationWarning, module=of_jupyter)
