"""What `fieldtheory flow depth --phase-diagram` has computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fieldtheory.workbench.cli.results.depth import is_reached, known_number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from renormalization.depth.critical_line import CriticalPoint
    from renormalization.depth.phase_diagram import PhaseDiagram

_LINE = 10  # bias variances at which the critical line is listed


@dataclass(frozen=True, eq=False)
class PhaseData:
    """The phase diagram, and some points of the critical line."""

    diagram: PhaseDiagram
    warnings: tuple[str, ...] = ()

    @property
    def references(self) -> tuple[str, ...]:
        """Papers that the numbers rest on, each once."""
        return self.diagram.references

    @cached_property
    def critical_line(self) -> list[CriticalPoint]:
        """At bias variances of the diagram, those that the line takes within its weight variances."""
        from renormalization.depth.critical_line import critical_point

        diagram, found = self.diagram, []
        biases = diagram.bias_variance
        for bias in biases[:: max(len(biases) // _LINE, 1)].tolist():
            try:
                point = critical_point(diagram.activation, bias_variance=bias)
            except ValueError:  # the line does not go there
                continue
            if diagram.weight_variance[0] <= point.weight_variance <= diagram.weight_variance[-1]:
                found.append(point)
        return found

    @cached_property
    def reached(self) -> list[bool]:
        """For each point of `critical_line`, whether the variance flows there from 1."""
        from renormalization.depth.flow import DepthFlow

        flows = [DepthFlow(self.diagram.activation, *point[:2]) for point in self.critical_line]
        return [
            is_reached(point, known_number(flow, "fixed_point"))
            for point, flow in zip(self.critical_line, flows, strict=True)
        ]

    def to_dict(self) -> dict[str, Any]:
        """Everything, as the JSON output has it; rows by bias variance, infinite depths null."""
        diagram = self.diagram
        return {
            "activation": diagram.activation,
            "weight_variance": diagram.weight_variance,
            "bias_variance": diagram.bias_variance,
            "fixed_point": diagram.fixed_point,
            "chi_1": diagram.chi_1,
            "correlation_depth": diagram.correlation_depth,
            "critical_line": [
                point._asdict() | {"reached": reached}
                for point, reached in zip(self.critical_line, self.reached, strict=True)
            ],
        }

    def figure(self) -> Figure:
        """The phase diagram."""
        from fieldtheory.workbench.plots.depth import phase_diagram
        from fieldtheory.workbench.plots.style import figure_of

        return figure_of(phase_diagram(self.diagram))

    def rows(self) -> Iterator[Sequence[Any]]:
        """One row per bias variance and weight variance."""
        diagram = self.diagram
        yield ("bias_variance", "weight_variance", "fixed_point", "chi_1", "correlation_depth")
        grids = [each.tolist() for each in (diagram.fixed_point, diagram.chi_1, diagram.correlation_depth)]
        for row, bias in enumerate(diagram.bias_variance.tolist()):
            for column, weight in enumerate(diagram.weight_variance.tolist()):
                yield (bias, weight, *(grid[row][column] for grid in grids))
