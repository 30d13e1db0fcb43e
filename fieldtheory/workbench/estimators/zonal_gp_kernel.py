"""The kernel of a wide network as scikit-learn's Gaussian processes take it, with its gradient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from fieldtheory.arguments import require_choice
from fieldtheory.array_types import Floats
from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.networks.spectra import KERNELS
from fieldtheory.networks.zonal_kernel import ZonalKernel
from fieldtheory.shown_value import shown
from fieldtheory.workbench.estimators.scikit_learn import Hyperparameter, Kernel
from fieldtheory.workbench.estimators.unit_points import unit_points

_PARAMETERS = ("bias_variance", "input_scale", "weight_variance")
# Central differences of sixth order in log p: the truncation is about h^6/140, rounding eps/h: 1e-13 each
_STEP = 0.01
_WEIGHTS = ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))


class ZonalGPKernel(Kernel):  # type: ignore[misc]
    """NTK or NNGP of a network, for points on the unit sphere: `GaussianProcessRegressor(kernel=...)`.

    `network`: a FullyConnected; `kind`: "ntk" or "nngp". Hyperparameters are its bias variance, input scale
    and weight variance (one, or one per hidden layer), varied within the bounds given on a scale of
    logarithms, or "fixed"; a bias variance of 0 is fixed. Multiply it by a `ConstantKernel` for a scale of
    its own. The gradient is that of differences of sixth order, right to about 1e-10 of the kernel.

    Points are on the unit sphere; `SphereProjection()` in a pipeline puts others there. ValueError for those
    that are not, and for networks with symbols in place of numbers.

    >>> kernel = ZonalGPKernel(FullyConnected(2, "erf", bias_variance=0.1), kind="nngp")
    >>> [(each.name, each.n_elements) for each in kernel.hyperparameters]
    [('bias_variance', 1), ('input_scale', 1), ('weight_variance', 1)]
    >>> kernel(np.eye(2)).shape, kernel(np.eye(2), eval_gradient=True)[1].shape
    ((2, 2), (2, 2, 2))
    """

    def __init__(
        self,
        network: FullyConnected,
        kind: str = "ntk",
        bias_variance_bounds: Any = (1e-3, 1e3),
        input_scale_bounds: Any = "fixed",
        weight_variance_bounds: Any = (1e-2, 1e2),
    ) -> None:
        self.network = network
        self.kind = kind
        self.bias_variance_bounds = bias_variance_bounds
        self.input_scale_bounds = input_scale_bounds
        self.weight_variance_bounds = weight_variance_bounds

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments, and, with `deep`, the variances and the input scale of the network."""
        found: dict[str, Any] = super().get_params(deep=False)
        if deep:
            found |= {name: getattr(self.network, name) for name in _PARAMETERS}
        return found

    def set_params(self, **params: Any) -> ZonalGPKernel:
        """Set arguments, or variances and the input scale, with which the network is made anew."""
        inside = {name: params.pop(name) for name in _PARAMETERS if name in params}
        super().set_params(**params)
        if inside:
            self.network = replace(self.network, **{name: _plain(each) for name, each in inside.items()})
        return self

    @property
    def hyperparameter_bias_variance(self) -> Any:
        """Of all layers; fixed at 0."""
        bounds = self.bias_variance_bounds if self.network.bias_variance else "fixed"
        return Hyperparameter("bias_variance", "numeric", bounds)

    @property
    def hyperparameter_input_scale(self) -> Any:
        """What multiplies x.x' in the first layer."""
        return Hyperparameter("input_scale", "numeric", self.input_scale_bounds)

    @property
    def hyperparameter_weight_variance(self) -> Any:
        """One for all layers, or one per hidden layer."""
        weights = self.network.weight_variance
        count = len(weights) if isinstance(weights, tuple) else 1
        return Hyperparameter("weight_variance", "numeric", self.weight_variance_bounds, count)

    def __call__(self, X: Any, Y: Any = None, eval_gradient: bool = False) -> Any:
        """K(x.y), shape (len(X), len(Y)); with `eval_gradient` its derivatives by theta = log p as well.

        Those have the shape (len(X), len(X), len(theta)); ValueError for Y along with them.
        """
        x = unit_points("X", X)
        if Y is not None and eval_gradient:
            raise ValueError("Y must be None for a gradient, which is that of X with itself")
        y = None if Y is None else unit_points("Y", Y)
        found = self.kernel.gram(x, y)
        if not eval_gradient:
            return found
        slopes = [self._slope(x, at) for at in range(len(self.theta))]
        return found, np.stack(slopes, axis=-1) if slopes else np.empty((*found.shape, 0))

    @property
    def kernel(self) -> ZonalKernel:
        """The kernel on the sphere."""
        if not isinstance(self.network, FullyConnected):
            raise ValueError(f"network must be a FullyConnected (got {shown(self.network)})")
        ntk = require_choice("kind", self.kind, KERNELS) == "ntk"
        return self.network.ntk() if ntk else self.network.nngp()

    def _slope(self, x: Floats, at: int) -> Floats:
        """dK/dtheta of one of the parameters."""
        total = np.zeros((len(x), len(x)))
        for weight, moved in self._moved(at):
            total += weight / _STEP * moved.kernel.gram(x)
        return total

    def _moved(self, at: int) -> Iterator[tuple[float, ZonalGPKernel]]:
        for steps, weight in _WEIGHTS:
            for sign in (1, -1):
                theta = self.theta.copy()
                theta[at] += sign * steps * _STEP
                yield sign * weight, self.clone_with_theta(theta)

    def diag(self, X: Any) -> Floats:
        """K(1) for every point."""
        return np.full(len(unit_points("X", X)), self.kernel.trace)

    def is_stationary(self) -> bool:
        """Whether it depends on x - y alone: not in all of space, off the sphere."""
        return False

    def __repr__(self) -> str:
        return f"ZonalGPKernel({self.network!r}, kind={self.kind!r})"


def _plain(value: Any) -> Any:
    """A number, or a list of them, from what scikit-learn makes of exp(theta)."""
    array = np.asarray(value, dtype=np.float64)
    return float(array.item()) if array.size == 1 and not isinstance(value, tuple | list) else array.tolist()
