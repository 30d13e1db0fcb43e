"""What `fieldtheory curve` has computed, and the files it can become."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fieldtheory as ft
from fieldtheory.workbench.cli.printing.json_text import json_text

_COLUMNS = (
    "error",
    "error_bar",
    "bias",
    "variance",
    "effective_ridge",
    "posterior_variance",
    "label_noise_gain",
    "training_error",
    "converged",
)


@dataclass(frozen=True, eq=False)
class CurveData:
    """Learning curves by theory as asked for, over the same sizes, and the simulation if there is one.

    `settings`: the network and the regression, as plain values.
    """

    kernel: str
    n: list[int]
    curves: dict[str, ft.LearningCurve]
    simulation: ft.Simulation | None
    settings: dict[str, Any]

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
        """Warnings of all results, each once, with the theory it comes from."""
        found = [f"{name}: {text}" for name, curve in self.curves.items() for text in curve.warnings]
        found += [f"simulation: {text}" for text in (self.simulation.warnings if self.simulation else ())]
        return tuple(dict.fromkeys(found))

    def to_dict(self) -> dict[str, Any]:
        """Everything, as the JSON output has it."""
        return {
            "n": self.n,
            "curves": {name: curve.to_dict() for name, curve in self.curves.items()},
            "simulation": self.simulation.to_dict() if self.simulation else None,
            "settings": self.settings,
        }

    def write(self, path: Path) -> None:
        """Write the data (.json, .csv) or else a figure, by the suffix of `path`."""
        suffix = path.suffix.lower()
        if suffix == ".json":
            path.write_text(json_text(self.to_dict()) + "\n", encoding="utf-8")
        elif suffix == ".csv":
            self._write_csv(path)
        else:
            from fieldtheory.workbench.plots.curves import comparison
            from fieldtheory.workbench.plots.style import save_figure

            save_figure(comparison(list(self.curves.values()), self.simulation, self.title), path)

    def _write_csv(self, path: Path) -> None:
        """One row per theory and n; error_bar of the simulation is its standard error."""
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["source", "n", *_COLUMNS])
            for name, curve in self.curves.items():
                columns = [getattr(curve, column).tolist() for column in _COLUMNS]
                writer.writerows([name, n, *row] for n, *row in zip(self.n, *columns, strict=True))
            if self.simulation:
                measured = {name: getattr(self.simulation, name, None) for name in _COLUMNS}
                measured["error_bar"] = self.simulation.error_stderr
                sizes = self.simulation.n.tolist()
                columns = [[""] * len(sizes) if each is None else each.tolist() for each in measured.values()]
                writer.writerows(["simulation", n, *row] for n, *row in zip(sizes, *columns, strict=True))


def regression_title(kernel: str, settings: dict[str, Any]) -> str:
    """Kernel, dimension, ridge and label noise in one line."""
    parts = [kernel, f"d = {settings['dim']}", f"ridge {settings['ridge']:g}"]
    if settings["label_noise"] > 0:
        parts.append(f"label noise {settings['label_noise']:g}")
    return ", ".join(parts)
