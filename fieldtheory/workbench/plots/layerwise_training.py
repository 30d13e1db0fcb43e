"""Picture of layer-wise training: conditional entropy of the labels after every layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes

from fieldtheory.workbench.plots.style import colour

if TYPE_CHECKING:
    from fieldtheory.workbench.training.layerwise_training import LayerwiseTraining

_NAMES = {"random": "before training", "layerwise": "layer by layer", "end_to_end": "end to end"}


def layerwise_training(found: LayerwiseTraining, axes: Axes) -> None:
    """Against the layer, inputs first; means over networks with standard errors."""
    for place, (name, label) in enumerate(_NAMES.items()):
        each = getattr(found, name)
        layers = range(len(each.entropy_mean))
        style: dict[str, Any] = {"color": colour(place), "marker": "o", "markersize": 3.5, "capsize": 2.0}
        axes.errorbar(layers, each.entropy_mean, each.entropy_stderr, label=label, **style)
    axes.set_xticks(range(len(found.random.entropy_mean)))
    axes.set(xlabel="layer (0: inputs)", ylabel="conditional entropy of the labels (nats)")
    axes.legend()
