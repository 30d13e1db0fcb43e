"""What `fieldtheory flow depth` has computed, and the files it can become."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldtheory.workbench.cli.printing.json_text import json_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

    from fieldtheory.array_types import Floats
    from renormalization.depth.critical_line import CriticalPoint
    from renormalization.depth.finite_width import FiniteWidth
    from renormalization.depth.flow import DepthFlow, Trajectory
    from renormalization.depth.phase_diagram import PhaseDiagram

_NUMBERS = (
    "fixed_point",
    "chi_1",
    "chi_parallel",
    "fixed_correlation",
    "correlation_depth",
    "variance_depth",
)
_LINE = 10  # bias variances at which the critical line is listed


@dataclass(frozen=True, eq=False)
class DepthData:
    """Layers 0 to L of one network at infinite width, and layers 1 to L at first order in 1/width.

    `critical`: the point of the critical line that was asked for.
    """

    flow: DepthFlow
    trajectory: Trajectory
    finite: FiniteWidth
    critical: CriticalPoint | None = None

    @property
    def title(self) -> str:
        """One line that says what flows."""
        flow = self.flow
        weight, bias = (f"{each:.7g}" for each in (flow.weight_variance, flow.bias_variance))
        return f"{flow.activation}, weight variance {weight}, bias variance {bias}"

    @cached_property
    def numbers(self) -> dict[str, float | None]:
        """Of the fixed point; None for what does not exist there, all where the variance has no bound."""
        return {name: _known(self.flow, name) for name in _NUMBERS}

    @property
    def phase(self) -> str | None:
        """ "ordered", "critical" or "chaotic"; None where the variance has no bound."""
        return None if self.numbers["chi_1"] is None else self.flow.phase

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
            "shift": of_input(finite.shift / finite.width),
            "fluctuation": of_input(finite.covariance),
            "coupling": of_input(finite.coupling),
        }

    def to_dict(self) -> dict[str, Any]:
        """Everything, as the JSON output has it; depths that are infinite are null."""
        flow = self.flow
        settings = {
            "activation": flow.activation,
            "weight_variance": flow.weight_variance,
            "bias_variance": flow.bias_variance,
            "width": self.finite.width,
        }
        layers = {"layer": list(range(len(self.trajectory.variance))), **self.columns}
        return {**self.numbers, "phase": self.phase, "layers": layers, "settings": settings}

    def write(self, path: Path) -> None:
        """Write the data (.json, .csv) or else a figure, by the suffix of `path`."""
        columns = self.columns
        rows = [(layer, *row) for layer, row in enumerate(zip(*columns.values(), strict=True))]
        if not _written(path, self.to_dict(), ["layer", *columns], rows):
            from fieldtheory.workbench.plots.depth import finite_width

            _save(finite_width(self.finite).figure, path)


def is_reached(point: CriticalPoint, fixed_point: float | None) -> bool:
    """Whether the fixed point, None for none, is that of the critical point."""
    return fixed_point is not None and abs(fixed_point - point.q_star) <= 1e-6 * point.q_star


def _known(flow: DepthFlow, name: str) -> float | None:
    try:
        return float(getattr(flow, name))
    except ValueError:
        return None


@dataclass(frozen=True, eq=False)
class PhaseData:
    """The phase diagram, and some points of the critical line."""

    diagram: PhaseDiagram

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
            is_reached(point, _known(flow, "fixed_point"))
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

    def write(self, path: Path) -> None:
        """Write the data (.json, .csv) or else a figure, by the suffix of `path`."""
        diagram = self.diagram
        heads = ["bias_variance", "weight_variance", "fixed_point", "chi_1", "correlation_depth"]
        grids = [each.tolist() for each in (diagram.fixed_point, diagram.chi_1, diagram.correlation_depth)]
        rows = (
            (bias, weight, *(grid[row][column] for grid in grids))
            for row, bias in enumerate(diagram.bias_variance.tolist())
            for column, weight in enumerate(diagram.weight_variance.tolist())
        )
        if not _written(path, self.to_dict(), heads, rows):
            from fieldtheory.workbench.plots.depth import phase_diagram

            _save(phase_diagram(diagram).figure, path)


def _written(path: Path, data: dict[str, Any], heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> bool:
    """Whether `path` is a data file, which is then written."""
    suffix = path.suffix.lower()
    if suffix == ".json":
        path.write_text(json_text(data) + "\n", encoding="utf-8")
    elif suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([heads, *rows])
    return suffix in (".json", ".csv")


def _save(figure: Figure | SubFigure | None, path: Path) -> None:
    from matplotlib.figure import Figure

    from fieldtheory.workbench.plots.style import save_figure

    assert isinstance(figure, Figure)
    save_figure(figure, path)
