"""What `fieldtheory optimise` has computed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fieldtheory.workbench.sweep.grid import label

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from fieldtheory.workbench.optimisation.optimum import Optimum, Setting
    from fieldtheory.workbench.simulation.simulation import Simulation


@dataclass(frozen=True, eq=False)
class OptimiseResult:
    """An optimum, and the simulations of it and of the default if there are some."""

    best: Optimum
    simulations: tuple[Simulation, ...] | None

    @property
    def references(self) -> tuple[str, ...]:
        """Papers that the numbers rest on, each once."""
        return self.best.references

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be said against it."""
        said = [text for each in self.simulations or () for text in each.warnings]
        return tuple(dict.fromkeys([*self.best.warnings, *(f"simulation: {text}" for text in said)]))

    def to_dict(self) -> dict[str, Any]:
        """The optimum and the default, with their simulations, and what the bar leaves open."""
        best = self.best
        ours, theirs = self.simulations or (None, None)
        return {
            "objective": best.objective,
            "best": _setting(best, ours),
            "default": _setting(best.default, theirs),
            "gain": best.gain,
            "tied": [_plain(each) for each in best.tied],
            "flat": list(best.flat),
            "evaluations": best.evaluations,
            "references": self.references,
            "warnings": self.warnings,
        }

    def rows(self) -> Iterator[Sequence[Any]]:
        """The landscape, one row per point."""
        return self.best.landscape.rows()

    def figure(self) -> Figure:
        """The landscape."""
        from fieldtheory.workbench.plots.style import figure_of

        return figure_of(self.best.plot())


def _setting(found: Setting, simulation: Simulation | None) -> dict[str, Any]:
    simulated = {}
    if simulation is not None:
        simulated = {
            "simulated_error": float(simulation.error[0]),
            "simulated_error_stderr": float(simulation.error_stderr[0]),
        }
    return {
        "parameters": _plain(found.parameters),
        "value": found.value,
        "bar": found.bar,
        "n": found.n,
        "error": found.error,
        "error_bar": found.error_bar,
        "trusted": found.trusted,
    } | simulated


def _plain(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: label(value) for name, value in parameters.items()}
