"""Pictures of results that are a few numbers: beside what they are to be compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from fieldtheory.workbench.plots.style import POINTS, colour, logarithmic_ticks

if TYPE_CHECKING:
    from fieldtheory.data.relative_stability import Stability
    from fieldtheory.workbench.regimes.kernel_change import KernelChange
    from fieldtheory.workbench.regimes.max_margin import MaxMargin
    from fieldtheory.workbench.sweep.optimum import SweepOptimum
    from renormalization.real_space.layers.trained_rule import TrainedRule
    from renormalization.real_space.percolation.mazes import MazeEstimate, MazeExponents
    from renormalization.real_space.strips.strip_point import StripPoint

_PATH, _CONNECTED = 1.1308, -5 / 48  # exponents of large mazes at the threshold


def max_margin(found: MaxMargin, axes: Axes) -> None:
    """The multiplier of each pattern; those at the margin are coloured."""
    patterns = np.arange(len(found.multipliers))
    held = np.zeros(len(patterns), dtype=bool)
    held[np.asarray(found.active)] = True
    for chosen, shade, label in ((held, colour(1), "at the margin"), (~held, "0.6", "beyond it")):
        if chosen.any():
            axes.vlines(patterns[chosen], 0, found.multipliers[chosen], color=shade, linewidth=1.2)
            axes.plot(
                patterns[chosen], found.multipliers[chosen], "o", color=shade, markersize=3, label=label
            )
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="pattern", ylabel="multiplier in the dual")
    axes.set_title(f"margin {found.margin:.4g}, {found.contacts} patterns at it", fontsize=9)
    axes.legend()


def stability(found: Stability, axes: Axes) -> None:
    """Mean changes under deformations and under noise, whose ratio is the stability."""
    for place, value in enumerate((found.numerator, found.denominator)):
        axes.bar(place, value, 0.6, color=colour(place))
    axes.set_xticks([0, 1], ["deformations", "noise"])
    axes.set_ylabel("mean change of the function")
    axes.set_title(f"relative stability {found.ratio:.3g} ± {found.stderr:.1g}", fontsize=9)


def kernel_change(found: KernelChange, axes: Axes) -> None:
    """Change of the tangent kernel and the error left, beside 1."""
    for place, value in enumerate((found.relative_change, found.final_error)):
        axes.bar(place, value, 0.6, color=colour(place), alpha=1.0 if found.converged else 0.5)
    axes.axhline(1.0, color="0.6", linestyle="--", linewidth=0.9)
    axes.set_yscale("log")
    logarithmic_ticks(axes.yaxis)
    axes.set_ylabel("change of the kernel, error")
    axes.set_xticks([0, 1], [r"$\Vert\Theta_\infty - \Theta_0\Vert\,/\,\Vert\Theta_0\Vert$", "error left"])
    ended = "converged" if found.converged else "not converged: an underestimate"
    axes.set_title(rf"$h$ = {found.width}, $\alpha$ = {found.scale:g}, {ended}", fontsize=9)


def maze_estimate(found: MazeEstimate, axes: Axes) -> None:
    """The mean with its standard error."""
    axes.errorbar([0], [found.value], [found.stderr], **POINTS)
    axes.set_xticks([])
    axes.set_ylabel("mean over mazes ± standard error")


def maze_exponents(found: MazeExponents, axes: Axes) -> None:
    """Powers of L with standard errors, where they are known, and dashed those of large mazes."""
    limits = {"connected": _CONNECTED, "path": _PATH}
    for place, (name, limit) in enumerate(limits.items()):
        each = getattr(found, name)
        if each is not None:
            value, stderr = (each.value, each.stderr) if hasattr(each, "stderr") else (each, 0.0)
            axes.errorbar([place], [value], [stderr], **POINTS)
        axes.hlines(limit, place - 0.3, place + 0.3, color=colour(place), linestyle="--")
    axes.set_xticks([0, 1], ["P(connected)", "mean path"])
    axes.set_xlim(-0.6, 1.6)
    axes.set_ylabel("power of $L$ (dashed: large mazes)")


def strip_point(found: StripPoint, axes: Axes) -> None:
    """Where two strips scale alike, over their coupling."""
    axes.plot([found.coupling], [found.nu], "o", color=colour(0))
    axes.set(xlabel="critical coupling $J^*$", ylabel=r"exponent $\nu$")
    axes.grid(True)


def sweep_optimum(found: SweepOptimum, axes: Axes) -> None:
    """The smallest error with its bar; the title names the choice, and how many others the bar can't tell."""
    axes.errorbar([0], [found.error], None if found.error_bar is None else [found.error_bar], **POINTS)
    axes.set_xticks([])
    axes.set_ylabel(r"error $\langle\Vert f - g\Vert^2\rangle$")
    chosen = ", ".join(f"{name} {value}" for name, value in found.parameters.items())
    axes.set_title(f"{chosen}\n{len(found.tied)} others within the bar".replace("_", " "), fontsize=8)


def trained_rule(found: TrainedRule, axes: Axes) -> None:
    """The weight of each spin of the block."""
    weights = np.ravel(found.weights)
    axes.bar(np.arange(len(weights)), weights, 0.7, color=colour(0))
    axes.axhline(0, color="black", linewidth=0.7)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="spin of the block", ylabel="weight $w_i$")
