"""Pictures of layers: what each keeps about the environment, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from fieldtheory.array_types import Floats
from fieldtheory.workbench.plots.style import colour, new_figure, styled

if TYPE_CHECKING:
    from renormalization.real_space.lattice.layer_information import LayerInformation

_LINES = ("-", "--", ":", "-.")  # of stacks beside each other
_QUANTITIES = (
    ("entropy", "$H(T)$"),
    ("information", "$I(T{:}E)$"),
    ("given_environment", "$H(T|E)$"),
    ("conditional_entropy", "$H(X|T)$"),
)


def layer_information(stacks: LayerInformation | Mapping[str, LayerInformation]) -> Figure:
    """Entropies and information over the layers, and I(T:E) over H(T), one stack or several by name.

    To the right a stack goes from the block, at the largest entropy, down to its last layer: the higher its
    line, the better its rules. That panel is left out where there is no environment.
    """
    several = dict(stacks) if isinstance(stacks, Mapping) else {"": stacks}
    if not several:
        raise ValueError("stacks must hold at least one LayerInformation (got none)")
    kept = {name: each.information for name, each in several.items() if each.information is not None}
    with styled():
        figure = new_figure(8.4 if kept else 4.4, 3.4)
        over, *plane = figure.subplots(1, 2 if kept else 1, squeeze=False)[0]
        for row, (name, each) in enumerate(several.items()):
            line = _LINES[row % len(_LINES)]
            for place, (quantity, label) in enumerate(_QUANTITIES):
                values = getattr(each, quantity)
                if values is not None:
                    shown = label if not row else None
                    over.plot(values, line, marker="o", markersize=3.5, color=colour(place), label=shown)
            if name in kept:
                _path(plane[0], each.entropy, kept[name], line, colour(row), name)
        over.xaxis.set_major_locator(MaxNLocator(integer=True))
        over.set(xlabel="layer $l$", ylabel="nats")
        over.legend()
        over.grid(True)
        for axes in plane:
            top = max(float(values.max()) for values in kept.values())
            axes.set(xlabel="$H(T_l)$, nats", ylabel="$I(T_l{:}E)$, nats", ylim=(0, 1.15 * top or 1.0))
            axes.grid(True)
            if len(several) > 1:
                axes.legend()
    return figure


def _path(axes: Axes, entropy: Floats, information: Floats, line: str, shade: str, name: str) -> None:
    """From layer to layer, each with its number."""
    axes.plot(entropy, information, line, marker="o", markersize=4, color=shade, label=name)
    for layer, place in enumerate(zip(entropy.tolist(), information.tolist(), strict=True)):
        axes.annotate(str(layer), place, (0, 5), textcoords="offset points", ha="center", color=shade)
