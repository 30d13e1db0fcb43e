"""What `fieldtheory regimes parameters` has computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fieldtheory.workbench.regimes.parameter_number import ParameterNumber

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LIMITS = (
    "infinite_width_error",
    "variance",
    "variance_stderr",
    "shift",
    "shift_stderr",
    "excess",
    "excess_stderr",
)


@dataclass(frozen=True, eq=False)
class ParameterResult:
    """Errors over widths, and the limits of diagrams beside them."""

    found: ParameterNumber

    @property
    def references(self) -> tuple[str, ...]:
        """Papers that the numbers rest on."""
        return self.found.references

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be said against them."""
        return self.found.warnings

    def to_dict(self) -> dict[str, Any]:
        """Every field, and the limits of h times variance, shift and excess error."""
        limits = self.found.limits
        numbers = None if limits is None else {name: getattr(limits, name) for name in LIMITS}
        return self.found.to_dict() | {"limits": numbers}

    def rows(self) -> Iterable[Sequence[Any]]:
        """One row per width."""
        return self.found.rows()

    def figure(self) -> Figure:
        """The errors over the number of parameters."""
        from fieldtheory.workbench.plots.style import figure_of

        return figure_of(self.found.plot())
