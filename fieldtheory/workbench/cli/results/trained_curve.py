"""What `fieldtheory train` has computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from fieldtheory.workbench.training.trained_curve import TrainedCurve


@dataclass(frozen=True, eq=False)
class TrainedCurveResult:
    """A learning curve of real networks."""

    title: str
    curve: TrainedCurve

    @property
    def references(self) -> tuple[str, ...]:
        """Papers that the numbers rest on."""
        return self.curve.references

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be said of single sizes and widths."""
        return self.curve.warnings

    def to_dict(self) -> dict[str, Any]:
        """Every field by name."""
        return self.curve.to_dict()

    def rows(self) -> Iterator[Sequence[Any]]:
        """One row per size and width."""
        return self.curve.rows()

    def figure(self) -> Figure:
        """Error against n."""
        from fieldtheory.workbench.plots.style import figure_of

        return figure_of(self.curve.plot())
