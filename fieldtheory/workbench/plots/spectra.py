"""Pictures of kernels, their spectra and targets: by angle and by degree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from fieldtheory.array_types import Floats
from fieldtheory.workbench.plots.style import colour, logarithmic_ticks

if TYPE_CHECKING:
    from diagrams.evaluate.sphere import ZonalValue
    from fieldtheory.networks.zonal_kernel import ZonalKernel
    from fieldtheory.spectrum import Spectrum
    from fieldtheory.targets import Target
    from renormalization.wilson.truncation import RenormalisedKernel

_ANGLES = 201
_DECADES = 1e-16  # of the largest: what is below is rounding


def spectrum(found: Spectrum, axes: Axes) -> None:
    """Eigenvalues, and what each degree adds to the trace; dashed the trace of all degrees beyond."""
    degrees = np.arange(found.max_degree + 1.0)
    of_data = found.features is not None
    _marks(axes, degrees, found.eigenvalues, "o-", colour(0), r"eigenvalue $\lambda_l$")
    if not of_data:
        _marks(
            axes, degrees, found.degree_traces, "s--", colour(1), r"with multiplicity, $\deg(l)\,\lambda_l$"
        )
    if found.tail > 0:
        axes.axhline(found.tail, color="0.4", linestyle=":", linewidth=1.0, label="tail, all degrees beyond")
    _by_degree(axes, "part of the kernel", "mode of the data set" if of_data else "degree $l$")
    axes.legend()


def target(found: Target, axes: Axes) -> None:
    """Power by degree as bars; what is beyond the known degrees as a line."""
    degrees, powers = np.array(list(found.powers)), np.array(list(found.powers.values()))
    if found.labels is None and len(powers) <= 40:
        axes.bar(degrees, powers, color=colour(0), width=0.6)
    else:
        axes.plot(degrees, powers, "o", color=colour(0), markersize=3)
        axes.set_yscale("log")
        logarithmic_ticks(axes.yaxis)
    if found.remainder:
        axes.axhline(found.remainder, color=colour(1), linestyle="--", label="power beyond these degrees")
        axes.legend()
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("degree $l$" if found.labels is None else "mode of the data set")
    axes.set_ylabel("power $g_l^2$ of the target")
    axes.grid(True, axis="y")


def zonal_kernel(found: ZonalKernel, axes: Axes) -> None:
    """K over the angle between two points."""
    angle = np.linspace(0.0, np.pi, _ANGLES)
    axes.plot(angle / np.pi, found(np.cos(angle)), color=colour(0), label=found.name)
    axes.set_xlabel(r"angle between two points, in units of $\pi$")
    axes.set_ylabel("kernel $K(t)$")
    axes.set_xlim(0.0, 1.0)
    axes.grid(True)
    axes.legend()


def renormalised_kernel(found: RenormalisedKernel, axes: Axes) -> None:
    """The truncated kernel, and at coinciding points the ridge that is to be added."""
    zonal_kernel(found.kernel, axes)
    top = found.kernel.trace
    axes.plot(
        [0, 0],
        [top, top + found.ridge],
        color=colour(1),
        linewidth=3,
        clip_on=False,
        label=f"ridge to add, {found.ridge:.3g}",
    )
    axes.legend()


def zonal_value(found: ZonalValue, axes: Axes) -> None:
    """Funk-Hecke coefficients by degree, with their standard errors; negative ones are open."""
    degrees, values = np.arange(len(found.degrees)), np.asarray(found.degrees, dtype=float)
    sizes, stderr = np.abs(values), np.broadcast_to(np.asarray(found.stderr, dtype=float), values.shape)
    for chosen, face, label in ((values > 0, colour(0), "positive"), (values < 0, "white", "negative")):
        kept = chosen & (sizes > _DECADES * sizes.max())
        if kept.any():
            axes.errorbar(
                degrees[kept],
                sizes[kept],
                stderr[kept],
                fmt="o",
                color=colour(0),
                markerfacecolor=face,
                markersize=4,
                label=label,
            )
    _by_degree(axes, "coefficient $|F_l|$", "degree $l$")
    axes.legend()


def _marks(axes: Axes, degrees: Floats, values: Floats, line: str, shade: str, label: str) -> None:
    """What is positive, and above the rounding of the largest."""
    kept = values > _DECADES * values.max(initial=0.0)
    axes.plot(degrees[kept], values[kept], line, color=shade, markersize=3, label=label)


def _by_degree(axes: Axes, name: str, across: str) -> None:
    axes.set_yscale("log")
    logarithmic_ticks(axes.yaxis)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(across)
    axes.set_ylabel(name)
    axes.grid(True)
