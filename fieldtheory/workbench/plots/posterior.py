"""Pictures of a posterior: predictions with bars, kernels before and after, their alignment with y."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldtheory.workbench.plots.style import POINTS, colour, new_figure, panels, styled
from renormalization.feature_learning.kernel_alignment import kernel_alignment
from renormalization.feature_learning.posteriors.infinite_width import prior_kernels

if TYPE_CHECKING:
    from fieldtheory.workbench.posteriors.posterior import PosteriorMean
    from fieldtheory.workbench.posteriors.posterior_sampling import SampledPosterior
    from renormalization.feature_learning.scales.linear_posterior import LinearPosterior


def means_figure(
    columns: Mapping[str, PosteriorMean | SampledPosterior], labels: Sequence[Sequence[float]], train: int
) -> Figure:
    """Means by theory, with bars, side by side at every point; crosses are labels. A panel per output."""
    with styled():
        outputs = len(labels[0])
        figure = new_figure(5.5, 2.8 * outputs)
        place = np.arange(len(labels))
        for output, axes in enumerate(np.atleast_1d(figure.subplots(outputs, 1))):
            axes.plot(place, [row[output] for row in labels], "x", color="black", markersize=5, label="label")
            for row, (name, found) in enumerate(columns.items()):
                bars = None if found.error_bar is None else found.error_bar[:, output]
                aside = place + 0.12 * (row + 1)
                style = POINTS | {"color": colour(row)}
                axes.errorbar(aside, found.mean[:, output], bars, label=name, **style)
            axes.axvline(train - 0.5, color="0.8", linewidth=0.8)
            axes.set(xlabel="point (training, then test)", ylabel="posterior mean")
        figure.axes[0].legend()
    return figure


def posterior_figure(found: PosteriorMean | SampledPosterior, axes: Axes | None = None) -> Any:
    """Four panels: mean against labels and points, prior and posterior kernel, alignment layer by layer.

    Into `axes`, where given, the mean alone.
    """
    problem = found.problem
    p = problem.training_points
    with styled():
        figure, (mean, line, before, after) = panels(4, 10.0, 2.8, axes)
        values = found.mean.reshape(len(found.mean), -1)
        bars = None if found.error_bar is None else found.error_bar.reshape(values.shape)
        place = np.arange(len(values))
        for output in range(values.shape[1]):
            error = None if bars is None else bars[:, output]
            style = POINTS | {"color": colour(output)}
            label = found.theory if not output else None
            mean.errorbar(place, values[:, output], error, label=label, **style)
            mean.plot(place[:p], problem.y[:, output], "x", color=colour(output), markersize=4)
        mean.axvline(p - 0.5, color="0.8", linewidth=0.8)
        mean.set(xlabel="point (training, then test)", ylabel="posterior mean")
        mean.legend()
        prior = prior_kernels(problem)
        layers = np.arange(1, len(prior) + 1)
        for kernels, label in ((prior, "prior"), (found.hidden_kernels or (found.kernel,), "posterior")):
            aligned = [kernel_alignment(kernel[:p, :p], problem.y) for kernel in kernels]
            line.plot(layers[-len(aligned) :], aligned, "o-", label=label)
        line.set(xlabel="hidden layer", ylabel="alignment of the kernel with y", xticks=layers)
        line.legend()
        limit = max(np.abs(prior[-1]).max(), np.abs(found.kernel).max())
        for each, kernel, title in ((before, prior[-1], "prior"), (after, found.kernel, "posterior")):
            each.imshow(kernel, cmap="RdBu_r", vmin=-limit, vmax=limit)
            each.set(title=f"kernel, {title}", xticks=[], yticks=[])
    return figure if axes is None else axes


def linear_posterior(found: LinearPosterior, axes: Axes) -> None:
    """Mean with the standard deviation of f as bars, at training points, then test points."""
    mean = np.asarray(found.mean)
    values, spread = mean.reshape(len(mean), -1), np.sqrt(np.asarray(found.variance).reshape(len(mean), -1))
    for output, shade in enumerate(map(colour, range(values.shape[1]))):
        style = POINTS | {"color": shade}
        axes.errorbar(
            np.arange(len(values)), values[:, output], spread[:, min(output, spread.shape[1] - 1)], **style
        )
    axes.axvline(len(np.atleast_1d(found.discrepancy)) - 0.5, color="0.8", linewidth=0.8)
    axes.set(xlabel="point (training, then test)", ylabel="posterior mean ± standard deviation")
