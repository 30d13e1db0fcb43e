"""Pictures of layers: what each keeps and forgets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from fieldtheory.shown_value import shown
from fieldtheory.workbench.plots.style import colour, panels, styled
from renormalization.real_space.lattice.layer_information import LayerInformation

if TYPE_CHECKING:
    from fieldtheory.array_types import Floats
    from renormalization.real_space.layers.best_layers import BestLayers


def best_layers(found: BestLayers, axes: Axes) -> None:
    """Entropies over the layers."""
    layer_information(found.information, axes)


def layer_information(
    layers: LayerInformation | Mapping[str, LayerInformation], axes: Axes | None = None
) -> Any:
    """Entropies over the layers, and the information about the environment over the entropy that is left.

    `layers`: one, or several by name, a colour each. Rules differ in the right picture: the higher the line,
    the less of the information goes with the entropy. Into `axes`, where given, entropies alone.
    """
    several = dict(layers) if isinstance(layers, Mapping) else {"": layers}
    if not several:
        raise ValueError("layers must be at least one LayerInformation (got none)")
    for each in several.values():
        if not isinstance(each, LayerInformation):
            raise ValueError(f"layers must be a LayerInformation, or several by name (got {shown(each)})")
    planes = {name: each.information for name, each in several.items() if each.information is not None}
    with styled():
        figure, shown_panels = panels(2 if planes else 1, 8.6 if planes else 4.6, 3.5, axes)
        for place, (name, each) in enumerate(several.items()):
            _entropies(shown_panels[0], each, None if len(several) == 1 else colour(place))
            if len(several) > 1:  # names, where the right picture does not tell them
                shown_panels[0].plot([], [], color=colour(place), label=None if planes else name)
        shown_panels[0].xaxis.set_major_locator(MaxNLocator(integer=True))
        shown_panels[0].set_xlabel("layer $l$")
        shown_panels[0].set_ylabel("nats")
        for place, (name, each) in enumerate(several.items()):
            if name in planes:
                _plane(shown_panels[1], each.entropy, planes[name], name, colour(place))
        for panel in shown_panels:
            panel.grid(True)
            if panel.get_legend_handles_labels()[0]:
                panel.legend()
        return figure if axes is None else axes


def _entropies(axes: Axes, each: LayerInformation, shade: str | None) -> None:
    """A colour for each entropy, or `shade` for all of them and black in the legend."""
    kinds: list[tuple[str, Floats | None, str]] = [
        ("$H(T_l)$", each.entropy, "o-"),
        (r"$H(X\,|\,T_l)$", each.conditional_entropy, "s--"),
        (r"$H(T_l\,|\,E)$", each.given_environment, "^:"),
    ]
    named = set(axes.get_legend_handles_labels()[1])
    for place, (what, values, line) in enumerate(kinds):
        if values is not None:
            label = what if shade is None else None
            axes.plot(
                np.arange(len(each)), values, line, color=shade or colour(place), markersize=3.5, label=label
            )
            if shade and what not in named:
                axes.plot([], [], line, color="black", markersize=3.5, label=what)


def _plane(axes: Axes, entropy: Floats, information: Floats, name: str, shade: str) -> None:
    axes.plot(entropy, information, "o-", color=shade, markersize=3.5, label=name or None)
    for layer, point in enumerate(zip(entropy, information, strict=True)):
        axes.annotate(str(layer), point, xytext=(4, -9), textcoords="offset points", fontsize=7, color=shade)
    axes.set_xlabel("entropy left, $H(T_l)$ in nats")
    axes.set_ylabel(r"information kept, $I(T_l\!:\!E)$ in nats")
