"""Pictures of the flow in depth: phase diagram, correlations and fluctuations layer by layer."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.patheffects import withStroke
from matplotlib.ticker import LogLocator, MaxNLocator

from fieldtheory.workbench.plots.style import colour, figure_of, new_axes, styled
from renormalization.depth.finite_width import FiniteWidth
from renormalization.depth.flow import DepthFlow
from renormalization.depth.phase_diagram import PhaseDiagram
from renormalization.depth.tangent_kernel import TangentKernel

_FEWEST, _MOST = 8, 200  # layers of a flow
_DEEPEST = 300.0  # where the colours of the correlation depth end


def phase_diagram(diagram: PhaseDiagram, axes: Axes | None = None) -> Axes:
    """Correlation depth in colour over weight and bias variance, the critical line, the phases by name.

    `axes`: where to draw, default a new figure; the colour bar goes to its figure. Returns the axes.
    ValueError for a diagram with fewer than two weight variances or two bias variances.
    """
    if min(diagram.chi_1.shape) < 2:
        raise ValueError(f"diagram must be a grid of at least 2 x 2 (got {diagram.chi_1.shape})")
    with styled():
        axes = new_axes(5.4, 4.0) if axes is None else axes
        depth = np.clip(diagram.correlation_depth, None, _DEEPEST)
        w, b = diagram.weight_variance, diagram.bias_variance
        lowest = max(float(depth[depth > 0].min(initial=1.0)), 0.1)
        shown = axes.pcolormesh(
            w,
            b,
            np.maximum(depth, lowest),
            norm=LogNorm(lowest, _DEEPEST),
            shading="gouraud",
            rasterized=True,
        )
        bar = figure_of(axes).colorbar(
            shown, ax=axes, extend="max", label=r"correlation depth $\xi$ (layers)"
        )
        bar.ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
        bar.ax.yaxis.set_major_formatter("{x:g}")
        bar.ax.minorticks_off()
        lines = []
        bounded = np.isfinite(diagram.fixed_point)
        chi_1 = np.where(bounded, diagram.chi_1, np.nan)
        if np.nanmin(chi_1, initial=1.0) < 1 < np.nanmax(chi_1, initial=1.0):
            axes.contour(w, b, chi_1, levels=[1.0], colors="white", linewidths=1.6)
            lines.append(r"white line: critical, $\chi_1 = 1$")
        if bounded.any() and not bounded.all():
            axes.contour(w, b, ~bounded, levels=[0.5], colors="white", linewidths=1.2, linestyles="dashed")
            lines.append("dashed: edge of finite variance")
        for phase, sign in (("ordered", -1), ("chaotic", 1)):
            _name_phase(axes, diagram, phase, sign)
        axes.set_xlabel(r"weight variance $\sigma_w^2$")
        axes.set_ylabel(r"bias variance $\sigma_b^2$")
        axes.set_title("; ".join([diagram.activation, *lines]), fontsize=9)
        return axes


def _name_phase(axes: Axes, diagram: PhaseDiagram, phase: str, sign: int) -> None:
    """In the middle of what belongs to it, if that is more than a sliver."""
    unbounded = np.isinf(diagram.fixed_point)
    inside = (sign * (diagram.chi_1 - 1) > 0) & ~unbounded
    for cells, name in ((inside, phase), (unbounded & (sign > 0), "variance unbounded")):
        if cells.mean() < 0.05:
            continue
        rows, columns = np.nonzero(cells)
        row = int(np.median(rows))
        column = int(np.median(columns[np.abs(rows - row) <= 1]))
        axes.text(
            float(diagram.weight_variance[column]),
            float(diagram.bias_variance[row]),
            name,
            color="white",
            ha="center",
            va="center",
            path_effects=[withStroke(linewidth=2.0, foreground="black", alpha=0.6)],
        )


def finite_width(found: FiniteWidth, axes: Axes | None = None) -> Axes:
    """Relative variance V/(n K^2) and shift dK/(n K) of the first input's metric, layer by layer.

    `axes`: where to draw, default a new figure. Returns the axes.
    """
    with styled():
        axes = new_axes() if axes is None else axes
        first = (slice(None),) + (0,) * (found.kernel.ndim - 1)
        layers = np.arange(1, found.layers + 1)
        shift = found.shift[first] / (np.array(found.widths, dtype=float) * found.kernel[first])
        axes.plot(layers, found.coupling, color=colour(0), label="variance $V/(nK^2)$")
        axes.plot(layers, shift, "--", color=colour(1), label=r"shift $\delta K/(nK)$")
        axes.axhline(0, color="black", linewidth=0.7, zorder=1)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("layer")
        axes.set_ylabel("relative correction")
        title = f"{found.activation}, width n = {_widths(found.widths)}"
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, title=title, title_fontsize=9)
        return axes


def tangent_kernel(found: TangentKernel, axes: Axes | None = None) -> Axes:
    """Relative variance, shift and drift of the first input's tangent kernel H, layer by layer.

    The drift <grad Theta . grad f f> is divided by K H. `axes`: where to draw, default a new figure. Returns
    the axes.
    """
    with styled():
        axes = new_axes() if axes is None else axes
        layers, widths = np.arange(1, found.layers + 1), np.array(found.widths, dtype=float)
        metric, kernel, shift, variance, drift = (
            values.reshape(found.layers, -1)[:, 0]
            for values in (found.metric, found.kernel, found.shift, found.variance, found.drift)
        )
        axes.plot(layers, variance / (widths * kernel**2), color=colour(0), label=r"variance $/H^2$")
        axes.plot(layers, shift / (widths * kernel), "--", color=colour(1), label=r"shift $\delta H/(nH)$")
        axes.plot(layers, drift / (widths * metric * kernel), "-.", color=colour(2), label="drift $/(KH)$")
        axes.axhline(0, color="black", linewidth=0.7, zorder=1)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("layer")
        axes.set_ylabel("relative size at order $1/n$")
        title = f"tangent kernel, {found.activation}, width n = {_widths(found.widths)}"
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, title=title, title_fontsize=9)
        return axes


def depth_flow(flow: DepthFlow, axes: Axes) -> None:
    """Correlation of two inputs layer by layer, from three correlations, and their variance."""
    depth, start = flow.correlation_depth, None if flow.fixed_point > 0 else 1.0
    layers = int(np.clip(4 * depth, _FEWEST, _MOST)) if np.isfinite(depth) else _MOST
    for place, correlation in enumerate((0.9, 0.5, 0.0)):
        found = flow.trajectory(layers, start, correlation)
        axes.plot(found.correlation, color=colour(place), label=f"correlation, from {correlation:g}")
    axes.plot(found.variance / found.variance[0], ":", color="0.3", label="variance, over its first")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="layer", ylabel="correlation of two inputs")
    axes.grid(True)
    axes.set_title(f"{flow.phi.name}, {flow.phase}: correlation depth {depth:.3g} layers", fontsize=9)
    axes.legend()


def _widths(widths: tuple[int, ...]) -> str:
    low, high = min(widths), max(widths)
    return str(low) if low == high else f"{low} to {high}"
