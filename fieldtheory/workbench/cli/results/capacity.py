"""What `fieldtheory regimes capacity` has computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fieldtheory.workbench.records import to_dict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from fieldtheory.workbench.regimes.capacity_curve import CapacityCurve


@dataclass(frozen=True, eq=False)
class CapacityResult:
    """Margins of random patterns over the load."""

    curve: CapacityCurve

    @property
    def references(self) -> tuple[str, ...]:
        """Papers that the numbers rest on."""
        return self.curve.references

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be said against them."""
        return self.curve.warnings

    def to_dict(self) -> dict[str, Any]:
        """Every field of the curve."""
        return to_dict(self.curve)

    def rows(self) -> Iterator[Sequence[Any]]:
        """One row per load."""
        columns = [name for name, value in self.to_dict().items() if isinstance(value, list)]
        columns = [name for name in columns if name not in ("references", "warnings")]
        yield columns
        yield from zip(*(getattr(self.curve, name).tolist() for name in columns), strict=True)

    def figure(self) -> Figure:
        """Margin and contacts over the load."""
        from fieldtheory.workbench.plots.style import figure_of

        return figure_of(self.curve.plot())
