"""What `fieldtheory realspace maze` has computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from renormalization.real_space.percolation.mazes import MazeStatistics


@dataclass(frozen=True, eq=False)
class MazeResult:
    """Drawn mazes, and what networks of some depths miss."""

    mazes: MazeStatistics
    depths: Sequence[dict[str, Any]]
    warnings: tuple[str, ...] = ()

    @property
    def references(self) -> tuple[str, ...]:
        """Papers on mazes and depth."""
        return self.mazes.references

    def to_dict(self) -> dict[str, Any]:
        """Every number with its standard error."""
        return self.mazes.to_dict() | {"depths": list(self.depths)}

    def rows(self) -> Iterator[Sequence[Any]]:
        """One row per depth."""
        yield ("depth", "missed", "missed_stderr", "error", "error_stderr")
        for row in self.depths:
            missed = row["missed"] or {"value": None, "stderr": None}
            yield (row["depth"], *missed.values(), *row["error"].values())

    def figure(self) -> Figure:
        """What is missed over the depth."""
        from fieldtheory.workbench.plots.mazes import maze_errors

        figure: Figure = maze_errors(self.mazes)
        return figure
