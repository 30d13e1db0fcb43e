"""What `fieldtheory sweep` has computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldtheory.counted import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from fieldtheory.workbench.sweep.optimum import SweepOptimum
    from fieldtheory.workbench.sweep.sweep import Sweep

_MOST_TIED = 100  # written for an optimum; how many there are is said


@dataclass(frozen=True, eq=False)
class SweepResult:
    """A sweep, and its best points: for every n where that is an axis, else the one of all."""

    sweep: Sweep
    store: Path | None

    @property
    def optima(self) -> tuple[SweepOptimum, ...]:
        """The best points."""
        found = self.sweep.best("n" if "n" in self.sweep.dims else None)
        return found if isinstance(found, tuple) else (found,)

    @property
    def references(self) -> tuple[str, ...]:
        """Papers that the numbers rest on, each once."""
        return self.sweep.references

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be said of single curves, each once, with how many it concerns."""
        return tuple(f"{each.text} ({counted(each.curves, 'curve')})" for each in self.sweep.warnings)

    def to_dict(self) -> dict[str, Any]:
        """The grid and its best points; the numbers of all points are in the store, or in a CSV file."""
        grid = self.sweep.grid
        return {
            "axes": {name: grid.labels(name) for name in grid.dims},
            "fixed": {name: self.sweep.attribute(name) for name in grid.fixed},
            "points": grid.points,
            "store": None if self.store is None else str(self.store),
            "best": [
                {
                    "parameters": dict(each.parameters),
                    "error": each.error,
                    "error_bar": each.error_bar,
                    "trusted": each.trusted,
                    "tied": len(each.tied),
                    "tied_parameters": [dict(other) for other in each.tied[:_MOST_TIED]],
                }
                for each in self.optima
            ],
            "references": self.references,
            "warnings": self.warnings,
        }

    def rows(self) -> Iterator[Sequence[Any]]:
        """One row per point."""
        return self.sweep.rows()

    def figure(self) -> Figure:
        """The best error over n, or the last axis."""
        from fieldtheory.workbench.plots.style import figure_of

        return figure_of(self.sweep.plot("n" if "n" in self.sweep.dims else None))
