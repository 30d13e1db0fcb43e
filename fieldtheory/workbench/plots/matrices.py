"""Pictures of matrices: covariances, kernels of points, joint tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from fieldtheory.array_types import Floats
from fieldtheory.workbench.plots.style import figure_of

if TYPE_CHECKING:
    from fieldtheory.moments.activation_covariance import ActivationCovariance
    from fieldtheory.workbench.tangent_kernel_sampling import SampledTangentKernel
    from renormalization.real_space.lattice.joint import Joint
    from replicas.data_variability.kernel_cumulants import KernelCumulants


def activation_covariance(found: ActivationCovariance, axes: Axes) -> None:
    """Cov(phi(x_i), phi(x_j)) in colour."""
    _signed(axes, found.covariance, r"covariance of $\varphi(x)$", "component", "component")


def kernel_cumulants(found: KernelCumulants, axes: Axes) -> None:
    """The mean kernel of training points."""
    label = f"mean kernel of {found.samples} data sets"
    _signed(axes, found.mean_kernel, label, "training point", "training point")


def sampled_tangent_kernel(found: SampledTangentKernel, axes: Axes) -> None:
    """The mean tangent kernel of the points."""
    label = rf"tangent kernel $\langle\Theta_{{ab}}\rangle$, {found.networks} networks"
    size = round(np.size(found.kernel) ** 0.5)
    _signed(axes, np.reshape(found.kernel, (size, size)), label, "point $b$", "point $a$")


def joint(found: Joint, axes: Axes) -> None:
    """P(v, e): a row for each state of the block that occurs."""
    drawn = axes.imshow(found.table, cmap="viridis", aspect="auto", interpolation="nearest")
    figure_of(axes).colorbar(drawn, ax=axes, label="probability $P(v, e)$")
    _places(axes, "state $e$ of the environment", "state $v$ of the block")


def _signed(axes: Axes, values: Floats, label: str, across: str, down: str) -> None:
    limit = float(np.abs(values).max()) or 1.0
    drawn = axes.imshow(values, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
    figure_of(axes).colorbar(drawn, ax=axes, label=label)
    _places(axes, across, down)


def _places(axes: Axes, across: str, down: str) -> None:
    axes.set_xlabel(across)
    axes.set_ylabel(down)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
