"""The best hyper-parameters, with what the bar leaves open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fieldtheory.drawing import plot
from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.networks.zonal_kernel import ZonalKernel
from fieldtheory.workbench.optimisation.objectives import Regression
from fieldtheory.workbench.optimisation.search_space import SearchSpace, network_of
from fieldtheory.workbench.sweep.grid import label
from fieldtheory.workbench.sweep.sweep import Sweep, sweep

_PER_INTERVAL = 21  # points of the landscape
_MOST = 3000  # in all


@dataclass(frozen=True, eq=False)
class Setting:
    """Hyper-parameters with what a theory says of them.

    `value` +- `bar`: of the objective; `error` +- `error_bar`: at `n` points; `trusted`: whether the theory
    has a solution and its bar is at most half of the error.
    """

    parameters: Mapping[str, Any]
    value: float
    bar: float
    error: float
    error_bar: float
    n: float
    trusted: bool

    @property
    def network(self) -> FullyConnected:
        """The network that has these parameters."""
        return network_of(self.parameters)

    @property
    def kernel(self) -> ZonalKernel:
        """That of the network, as `parameters` say: NTK or NNGP."""
        return self.network.ntk() if self.parameters["kernel"] == "ntk" else self.network.nngp()


@dataclass(frozen=True, eq=False, repr=False)
class Optimum(Setting):
    """The setting that is best by theory, and how sure that is.

    `default`: a network of 3 hidden layers as it comes, on the same data; `gain`: by how much its error is
    larger (with the objective "samples": how many times as many points it needs). `tied`: the other choices,
    each at its own best, whose bars reach that of the best, and points with a lower value at which the theory
    isn't to be trusted: parameters, best first. `flat`: directions in which nothing changes, in words; of
    such points the one next to the defaults is given. `evaluations`: how many points were looked at.
    """

    objective: str
    default: Setting
    gain: float
    tied: tuple[Mapping[str, Any], ...]
    flat: tuple[str, ...]
    evaluations: int
    references: tuple[str, ...]
    warnings: tuple[str, ...]
    space: SearchSpace
    task: Regression
    dim: int
    max_degree: int | None

    plot = plot

    def __repr__(self) -> str:
        chosen = ", ".join(f"{name} {shown_parameter(self.parameters[name])}" for name in self.space.varied)
        return f"Optimum({chosen}: {self.objective} {self.value:.4g}, gain {self.gain:.3g})"

    @cached_property
    def landscape(self) -> Sweep:
        """The error around the optimum: over the choices and the intervals, the optimum among the points.

        Where that would be too many points the last parameters stay at their best.
        """
        axes: dict[str, list[Any]] = {}
        points = 1
        for name in (*self.space.intervals, *self.space.choices):
            values = list(self.space.choices.get(name, ()))
            if name in self.space.intervals:
                values = sorted({*self.space.intervals[name].values(_PER_INTERVAL), self.parameters[name]})
            if points * len(values) <= _MOST:
                axes[name] = values
                points *= len(values)
        fixed = {name: value for name, value in self.parameters.items() if name not in axes}
        return sweep(
            axes,
            **fixed,
            target=self.task.target,
            dim=self.dim,
            n=self.n,
            label_noise=self.task.label_noise,
            theory=self.task.theory,
            order=self.task.order,
            ensemble=self.task.ensemble,
            max_degree=self.max_degree,
            progress=False,
        )


def shown_parameter(value: Any) -> str:
    """A parameter as short text."""
    return f"{value:.4g}" if isinstance(value, int | float) else str(label(value))
