"""What `fieldtheory curve` has computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import fieldtheory as ft
from fieldtheory.workbench.records import CURVE_COLUMNS

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class CurveData:
    """Learning curves by theory as asked for, over the same sizes, and the simulation if there is one.

    `settings`: the network, or the data set, and the regression, as plain values; `notes`: what is to be said
    of them.
    """

    kernel: str
    n: list[int]
    curves: dict[str, ft.LearningCurve]
    simulation: ft.Simulation | ft.GramSimulation | None
    settings: dict[str, Any]
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """One line that says what the curves are of."""
        return regression_title(self.kernel, self.settings)

    @property
    def references(self) -> tuple[str, ...]:
        """Papers that the results rest on, each once."""
        found = [text for curve in self.curves.values() for text in curve.references]
        return tuple(dict.fromkeys(found + list(self.simulation.references if self.simulation else ())))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings of all results, each once, with the theories it comes from unless these are all."""
        sources: dict[str, list[str]] = {}
        for name, curve in self.curves.items():
            for text in dict.fromkeys(curve.warnings):
                sources.setdefault(text, []).append(name)
        found = [
            text if len(names) == len(self.curves) else f"{', '.join(names)}: {text}"
            for text, names in sources.items()
        ]
        found += [f"simulation: {text}" for text in (self.simulation.warnings if self.simulation else ())]
        return tuple(dict.fromkeys([*self.notes, *found]))

    def to_dict(self) -> dict[str, Any]:
        """Everything, as the JSON output has it."""
        return {
            "n": self.n,
            "curves": {name: curve.to_dict() for name, curve in self.curves.items()},
            "simulation": self.simulation.to_dict() if self.simulation else None,
            "settings": self.settings,
        }

    def figure(self) -> Figure:
        """All theories and the simulation in one picture."""
        from fieldtheory.workbench.plots.curves import comparison

        return comparison(list(self.curves.values()), self.simulation, self.title)

    def rows(self) -> Iterator[Sequence[Any]]:
        """One row per theory and n with its `error_bar`, then per simulated n with its `error_stderr`."""
        columns = list(CURVE_COLUMNS)
        columns.insert(columns.index("error_bar") + 1, "error_stderr")
        yield ("source", "n", *columns)
        for name, curve in self.curves.items():
            yield from _rows(name, self.n, [getattr(curve, column, None) for column in columns])
        if self.simulation:
            measured = [getattr(self.simulation, column, None) for column in columns]
            yield from _rows("simulation", self.simulation.n.tolist(), measured)


def _rows(source: str, sizes: list[int], columns: Iterable[Any]) -> Iterator[Sequence[Any]]:
    """Empty cells where there is no such column."""
    cells = [[""] * len(sizes) if column is None else column.tolist() for column in columns]
    for n, *row in zip(sizes, *cells, strict=True):
        yield (source, n, *row)


def regression_title(kernel: str, settings: dict[str, Any]) -> str:
    """Kernel, dimension or points, ridge, label noise and ensemble in one line."""
    space = f"d = {settings['dim']}" if "dim" in settings else f"{settings['points_of_data']} points"
    parts = [kernel, space, f"ridge {settings['ridge']:g}"]
    if settings["label_noise"] > 0:
        parts.append(f"label noise {settings['label_noise']:g}")
    if "ensemble" in settings:
        parts.append({"fixed": "N fixed", "poisson": "N Poisson"}[settings["ensemble"]])
    if "sampling" in settings:
        parts += [settings["sampling"].replace("-", " "), f"error on {settings['points']} points"]
    return ", ".join(parts)
