"""What `fieldtheory realspace strip` has computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from fieldtheory.references import BLOETE, NIGHTINGALE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from renormalization.real_space.strips.strip_limit import StripLimit
    from renormalization.real_space.strips.strip_point import StripPoint


class StripRow(NamedTuple):
    """One width, and what it says with the next."""

    width: int
    free_energy: float
    correlation_length: float
    point: StripPoint
    central_charge: float


@dataclass(frozen=True, eq=False)
class StripResult:
    """Strips at one Potts coupling; the limit of infinite width if it was asked for."""

    states: int
    coupling: float
    strips: Sequence[StripRow]
    limit: StripLimit | None
    references: tuple[str, ...] = (NIGHTINGALE, BLOETE)
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Every number; couplings are Potts couplings."""
        strips = [row._asdict() | {"point": row.point._asdict()} for row in self.strips]
        names = ("coupling", "nu", "eta", "central_charge")
        limit = None if self.limit is None else {name: getattr(self.limit, name)._asdict() for name in names}
        return {"states": self.states, "coupling": self.coupling, "strips": strips, "limit": limit}

    def rows(self) -> Iterator[Sequence[Any]]:
        """One row per width."""
        yield ("width", "free_energy", "correlation_length", "J_star", "nu", "central_charge")
        for row in self.strips:
            yield (row.width, row.free_energy, row.correlation_length, *row.point, row.central_charge)

    def figure(self) -> Figure:
        """Scaled correlation lengths over the coupling."""
        from fieldtheory.workbench.plots.strips import strip_crossings

        return strip_crossings([row.width for row in self.strips], self.states)
