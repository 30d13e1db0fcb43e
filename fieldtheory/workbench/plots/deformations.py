"""Deformed images, and the stability of functions to deformations."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from fieldtheory.arguments import require_integer
from fieldtheory.array_types import Floats
from fieldtheory.data.bilinear import require_images
from fieldtheory.workbench.plots.style import POINTS, colour, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure, FigureBase

    from fieldtheory.data.diffeomorphisms import Diffeomorphisms
    from fieldtheory.data.relative_stability import Stability

_COPIES = 5


def deformed_images(
    images: Any, deformations: Diffeomorphisms, copies: int = _COPIES, seed: int = 0
) -> Figure:
    """A row for each image (n, p, p), at most 20: as it is, then so often deformed."""
    found, copies = require_images(images), require_integer("copies", copies, minimum=1, maximum=20)
    if len(found) > 20:
        raise ValueError(f"images must be at most 20 to be drawn (got {len(found)})")
    with styled():
        figure = new_figure(1.1 * (copies + 1), 1.2 * len(found))
        _draw_images(figure, found, deformations, copies, seed)
    return figure


def stability_figure(
    found: Mapping[str, tuple[Stability, Stability]],
    images: Floats,
    deformations: Diffeomorphisms,
    seed: int,
) -> Figure:
    """Images, deformed, above R_f of each function: sampled with standard errors, and to first order in T."""
    with styled():
        figure = new_figure(6.6, 2.4 + 1.1 * len(images))
        parts: Any = figure.subfigures(2, 1, height_ratios=[1.1 * len(images), 2.4])
        above, below = parts
        _draw_images(above, images, deformations, _COPIES, seed)
        axes = below.add_subplot()
        places = np.arange(len(found))
        sampled = [each for each, _ in found.values()]
        axes.errorbar(
            places,
            [each.ratio for each in sampled],
            [each.stderr for each in sampled],
            label=f"T = {deformations.temperature:g}",
            **POINTS | {"color": colour(0)},
        )
        limits = [each.ratio for _, each in found.values()]
        axes.plot(places, limits, "_", markersize=22, color=colour(1), label="T → 0, exact")
        axes.axhline(1.0, color="0.5", linewidth=0.8, linestyle=":")
        axes.set_xticks(places, list(found))
        axes.set_xlim(-0.5, len(found) - 0.5)
        axes.set_ylim(bottom=0)
        axes.set_ylabel("relative stability $R_f$")
        axes.legend()
    return figure


def _draw_images(
    figure: FigureBase, images: Floats, deformations: Diffeomorphisms, copies: int, seed: int
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of folds: they are to be seen
        deformed = deformations.deform(np.repeat(images, copies, axis=0), seed)
    rows = deformed.reshape(len(images), copies, *images.shape[1:])
    grid = figure.subplots(len(images), copies + 1, squeeze=False)
    for image, others, line in zip(images, rows, grid, strict=True):
        for axes, each in zip(line, (image, *others), strict=True):
            axes.imshow(each, cmap="gray_r", vmin=image.min(), vmax=image.max(), interpolation="nearest")
            axes.set_xticks([])
            axes.set_yticks([])
    grid[0][0].set_title("as it is", fontsize=8)
