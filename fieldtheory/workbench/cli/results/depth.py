"""What `fieldtheory flow depth` has computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from fieldtheory.array_types import Floats
    from renormalization.depth.critical_line import CriticalPoint
    from renormalization.depth.finite_width import FiniteWidth
    from renormalization.depth.flow import DepthFlow, Trajectory
    from renormalization.depth.tangent_kernel import TangentKernel

_NUMBERS = (
    "fixed_point",
    "chi_1",
    "chi_parallel",
    "fixed_correlation",
    "correlation_depth",
    "variance_depth",
)


@dataclass(frozen=True, eq=False)
class DepthData:
    """Layers 0 to L of one network at infinite width, and layers 1 to L at first order in 1/width.

    `critical`: the point of the critical line that was asked for; `tangent`: the tangent kernel, if it was.
    """

    flow: DepthFlow
    trajectory: Trajectory
    finite: FiniteWidth
    critical: CriticalPoint | None = None
    tangent: TangentKernel | None = None

    @property
    def title(self) -> str:
        """One line that says what flows."""
        flow = self.flow
        weight, bias = (f"{each:.7g}" for each in (flow.weight_variance, flow.bias_variance))
        return f"{flow.activation}, weight variance {weight}, bias variance {bias}"

    @cached_property
    def numbers(self) -> dict[str, float | None]:
        """Of the fixed point; None for what does not exist there, all where the variance has no bound."""
        return {name: known_number(self.flow, name) for name in _NUMBERS}

    @property
    def phase(self) -> str | None:
        """ "ordered", "critical" or "chaotic"; None where the variance has no bound."""
        return None if self.numbers["chi_1"] is None else self.flow.phase

    @property
    def references(self) -> tuple[str, ...]:
        """Papers that the numbers rest on, each once."""
        return tuple(dict.fromkeys((*self.flow.references, *self.finite.references)))

    @property
    def warnings(self) -> tuple[str, ...]:
        """That the critical point is one that the variance doesn't flow to, if so."""
        if self.critical is None or is_reached(self.critical, self.numbers["fixed_point"]):
            return ()
        found = self.numbers["fixed_point"]
        where = "grows without bound" if found is None else f"goes to {found:.6g}"
        return (
            f"the variance does not flow to the critical fixed point {self.critical.q_star:.6g}: "
            f"from 1 it {where}",
        )

    @cached_property
    def columns(self) -> dict[str, list[float]]:
        """By name, over layers 0 to L; nothing fluctuates in layer 0."""
        finite = self.finite

        def of_input(values: Floats) -> list[float]:
            return [0.0, *values.tolist()]

        return {
            "variance": self.trajectory.variance.tolist(),
            "correlation": self.trajectory.correlation.tolist(),
            "shift": of_input(finite.shift / finite.widths),
            "fluctuation": of_input(finite.covariance),
            "coupling": of_input(finite.coupling),
        }

    @cached_property
    def tangent_columns(self) -> dict[str, list[float]]:
        """By name, over layers 0 to L, what was asked for of the tangent kernel, with its powers of 1/n."""
        if self.tangent is None:
            return {}
        found = self.tangent
        sizes = {"shift": found.shift, "variance": found.variance, "cross": found.cross, "drift": found.drift}
        corrections = {
            f"tangent_{name}": [0.0, *(values / found.widths).tolist()] for name, values in sizes.items()
        }
        first = self.trajectory.variance[:1].tolist()
        return {"tangent_kernel": [*first, *found.kernel.tolist()], **corrections}

    def to_dict(self) -> dict[str, Any]:
        """Everything, as the JSON output has it; depths that are infinite are null."""
        flow = self.flow
        settings = {
            "activation": flow.activation,
            "weight_variance": flow.weight_variance,
            "bias_variance": flow.bias_variance,
            "width": self.finite.width,
        }
        layers = {
            "layer": list(range(len(self.trajectory.variance))),
            **self.columns,
            **self.tangent_columns,
        }
        return {**self.numbers, "phase": self.phase, "layers": layers, "settings": settings}

    def figure(self) -> Figure:
        """Corrections of finite width by layer, of the tangent kernel if it was asked for."""
        from fieldtheory.workbench.plots.depth import finite_width, tangent_kernel
        from fieldtheory.workbench.plots.style import figure_of

        if self.tangent is not None:
            return figure_of(tangent_kernel(self.tangent))
        return figure_of(finite_width(self.finite))

    def rows(self) -> Iterator[Sequence[Any]]:
        """One row per layer."""
        columns = {**self.columns, **self.tangent_columns}
        yield ("layer", *columns)
        for layer, row in enumerate(zip(*columns.values(), strict=True)):
            yield (layer, *row)


def is_reached(point: CriticalPoint, fixed_point: float | None) -> bool:
    """Whether the fixed point, None for none, is that of the critical point."""
    return fixed_point is not None and abs(fixed_point - point.q_star) <= 1e-6 * point.q_star


def known_number(flow: DepthFlow, name: str) -> float | None:
    """A number of the fixed point, None where it does not exist."""
    try:
        return float(getattr(flow, name))
    except ValueError:
        return None
