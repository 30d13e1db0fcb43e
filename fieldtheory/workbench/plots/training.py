"""Pictures of training: outputs, loss, and how kernels turn to the labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from fieldtheory.workbench.plots.style import BAND, colour, panels, styled

if TYPE_CHECKING:
    from fieldtheory.workbench.training.layerwise_training import LayerwiseTraining
    from fieldtheory.workbench.training.trained_networks import TrainedNetworks
    from fieldtheory.workbench.training.training_dynamics import TrainingDynamics

_LINES = ("-", "--", ":", "-.")  # of results beside each other


def training_figure(
    found: TrainingDynamics | TrainedNetworks,
    axes: Axes | None = None,
    **others: TrainingDynamics | TrainedNetworks,
) -> Any:
    """Outputs, the loss, the alignment of every layer's kernel with y y^T, against the step.

    `others`: results of the same training, beside it, by the names of their lines. Into `axes`, where given,
    the outputs alone.
    """
    figure = comparison_figure({found.theory: found, **others}, axes)
    return figure if axes is None else axes


def comparison_figure(
    columns: Mapping[str, TrainingDynamics | TrainedNetworks], axes: Axes | None = None
) -> Figure:
    """The same of several results, by name: a colour for a point or layer, a kind of line for a result."""
    with styled():
        figure, (outputs, loss, alignment) = panels(3, 10.0, 2.8, axes)
        for row, (name, found) in enumerate(columns.items()):
            line, step = _LINES[row % len(_LINES)], np.arange(found.problem.steps)
            for point, (values, error) in enumerate(zip(found.outputs.T, found.stderr.T, strict=True)):
                label = name if not point else None
                outputs.plot(step, values, line, color=colour(point), label=label)
                low, high = values - error, values + error
                outputs.fill_between(step, low, high, color=colour(point), alpha=BAND, linewidth=0)
            loss.plot(step, found.loss, line, color="black", label=name)
            for layer, values in enumerate(found.alignment):
                label = f"layer {layer + 1}" if not row else None
                alignment.plot(step, values, line, color=colour(layer), label=label)
        for point, label in enumerate(found.problem.labels):
            outputs.plot(step[-1], label, "x", color=colour(point), markersize=5, clip_on=False)
        outputs.set(xlabel="step", ylabel="output $f$ (crosses: labels)")
        loss.set(xlabel="step", ylabel="loss", yscale="log")
        alignment.set(xlabel="step", ylabel="alignment of $\\Phi$ with $y y^T$")
        outputs.legend()
        alignment.legend()
    return figure


def layerwise_training(found: LayerwiseTraining, axes: Axes) -> None:
    """Conditional entropy of the labels after every layer, of each of the three trainings."""
    trainings = {"at random": "random", "layer by layer": "layerwise", "end to end": "end_to_end"}
    for place, (label, name) in enumerate(trainings.items()):
        each = getattr(found, name)
        layers = np.arange(len(each.entropy_mean))
        axes.errorbar(
            layers,
            each.entropy_mean,
            each.entropy_stderr,
            fmt=("o-", "s--", "^:")[place],
            color=colour(place),
            markersize=4,
            capsize=2,
            label=label,
        )
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="layer", ylabel="entropy of the labels, in nats")
    axes.grid(True)
    axes.legend()
