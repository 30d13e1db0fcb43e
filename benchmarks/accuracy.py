"""Theories against brute-force simulations, by group of configurations; `make accuracy` prints the table.

`python -m benchmarks.accuracy [FILE]`: FILE in the format of the project's reference simulations; without it,
those beside the checkout, or else their copy among the test data, which holds errors only.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

import fieldtheory as ft
from fieldtheory.array_types import Booleans, Floats
from fieldtheory.workbench.records import PARTS as OBSERVABLES

ROOT = Path(__file__).parents[1]
FILES = (
    ROOT.parent / "shared" / "reference" / "simulations_public.json",
    ROOT / "tests" / "data" / "learning_curves.json",
)
AUTO = ("auto", None)
THEORIES: tuple[tuple[str, int | None], ...] = (
    ("equivalent-kernel", None),
    ("perturbative", 1),
    ("perturbative", 2),
    ("perturbative", 3),
    ("self-consistent", None),
    ("skeleton", 1),
    ("skeleton", 2),
    ("skeleton", 3),
    ("one-loop", None),
    ("loop-expansion", 1),
    AUTO,
)
PRECISE = 0.01  # relative standard error up to which a simulated number is compared
_RESOLVED = 3.0  # standard errors by which a theory must be off for its bar to be judged by it


@dataclass(frozen=True)
class Row:
    """A target of a configuration: simulated error, bias, variance, their standard errors, NaN if unknown."""

    config: dict[str, Any]
    powers: dict[int, float]
    listed: bool  # among the targets of the file
    values: Floats
    stderr: Floats


GROUPS: dict[str, Callable[[Row], bool]] = {
    "all": lambda row: True,
    "targets of the file": lambda row: row.listed,
    "other single degrees": lambda row: not row.listed,
    "fixed N": lambda row: row.config["ensemble"] == "fixed",
    "Poisson": lambda row: row.config["ensemble"] == "poisson",
    "ridge 0": lambda row: row.config["sigma2"] == 0,
    "ridge > 0": lambda row: row.config["sigma2"] > 0,
    "d = 5": lambda row: row.config["d"] == 5,
    "d = 10": lambda row: row.config["d"] == 10,
    "d ≥ 20": lambda row: row.config["d"] >= 20,
    "N ≤ 50": lambda row: row.config["N"] <= 50,
    "N > 50": lambda row: row.config["N"] > 50,
}


@dataclass(frozen=True)
class Outcome:
    """A theory on all rows: deviations from the simulation in units of its value (rows x observables), NaN
    where the theory breaks down or the simulation is not precise; standard errors and the theory's error bar
    in the same units."""

    deviation: Floats
    stderr: Floats
    bar: Floats
    broken: Booleans

    def at(self, kept: Booleans) -> Outcome:
        """Some of the rows."""
        return Outcome(self.deviation[kept], self.stderr[kept], self.bar[kept], self.broken[kept])

    def figures(self, observable: str) -> tuple[float, float, float, float]:
        """Median, 90th percentile and worst relative deviation; the simulations' median standard error."""
        place = OBSERVABLES.index(observable)
        known = np.isfinite(self.deviation[:, place])
        if not known.any():
            return (np.nan,) * 4
        size = np.abs(self.deviation[known, place])
        median, high = np.quantile(size, [0.5, 0.9])
        return float(median), float(high), float(size.max()), float(np.median(self.stderr[known, place]))

    @property
    def coverage(self) -> float:
        """Share of rows within the error bar, plus two standard errors."""
        known = ~self.broken
        inside = np.abs(self.deviation[known, 0]) <= self.bar[known] + 2 * self.stderr[known, 0]
        return float(inside.mean()) if known.any() else np.nan

    @property
    def width(self) -> float:
        """Median of error bar/deviation over the rows where the simulation resolves the deviation."""
        size = np.abs(self.deviation[:, 0])
        resolved = size > _RESOLVED * self.stderr[:, 0]
        return float(np.median(self.bar[resolved] / size[resolved])) if resolved.any() else np.nan


def read_rows(path: Path) -> list[Row]:
    """Targets, and single degrees that are not among them, of every configuration; error known to 1 %."""
    found = []
    for config in json.loads(path.read_text(encoding="utf-8"))["configs"]:
        degrees = {entry["l"]: entry for entry in config.get("degrees", [])}
        targets = [
            ({int(degree): weight for degree, weight in target["weights"].items()}, target)
            for target in config["targets"].values()
        ]
        listed = [powers for powers, _ in targets]
        targets += [({degree: 1.0}, {}) for degree in degrees if {degree: 1.0} not in listed]
        found += [_row(config, powers, powers in listed, target, degrees) for powers, target in targets]
    return [row for row in found if row.stderr[0] < PRECISE * row.values[0]]


def _row(
    config: dict[str, Any],
    powers: dict[int, float],
    listed: bool,
    target: dict[str, Any],
    degrees: dict[int, Any],
) -> Row:
    def number(name: str) -> float:
        """As given, or from the single degrees: for a standard error at most the sum of theirs."""
        total = sum(powers[degree] * degrees.get(degree, {}).get(name, np.nan) for degree in powers)
        return float(target.get(name, total))

    names = ("err", "bias2", "var")
    values, stderr = (np.array([number(name + end) for name in names]) for end in ("", "_se"))
    return Row(config, powers, listed, values, stderr)


def outcome(theory: str, order: int | None, rows: Sequence[Row]) -> Outcome:
    """What a theory says on all rows; its warnings are not shown."""
    predicted = np.full((len(rows), 4), np.nan)
    spectra: dict[str, ft.Spectrum] = {}
    for place, row in enumerate(rows):
        key = row.config["id"]
        if key not in spectra:
            spectra[key] = _spectrum(row.config)
        predicted[place] = _predicted(theory, order, row, spectra[key])
    values, stderr = (np.array([getattr(row, name) for row in rows]) for name in ("values", "stderr"))
    with np.errstate(invalid="ignore", divide="ignore"):
        broken = ~(
            np.isfinite(predicted).all(axis=1) & (predicted[:, :2] > 0).all(axis=1) & (predicted[:, 2] >= 0)
        )
        relative = stderr / values
        known = (relative < PRECISE) & (values > 0) & ~broken[:, None]
        deviation = np.where(known, predicted[:, :3] / values - 1, np.nan)
        bar = predicted[:, 3] / values[:, 0]
    return Outcome(deviation, relative, bar, broken)


def _spectrum(config: dict[str, Any]) -> ft.Spectrum:
    p = config["params"]
    net = ft.FullyConnected(p["L"], p["act"], p["sw2"], p["sb2"], p.get("in_scale", 1.0))
    return (net.ntk() if p["kind"] == "ntk" else net.nngp()).spectrum(config["d"])


def _predicted(theory: str, order: int | None, row: Row, spectrum: ft.Spectrum) -> Floats:
    """Error, bias, variance and error bar; NaN where the theory refuses or has no solution."""
    config = row.config
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            curve = ft.learning_curve(
                spectrum,
                ft.Target(row.powers),
                [config["N"]],
                ridge=config["sigma2"],
                ensemble=config["ensemble"],
                theory=theory,
                order=order,
            )
        except ValueError:
            return np.full(4, np.nan)
    if not curve.converged[0]:
        return np.full(4, np.nan)
    return np.array([getattr(curve, name)[0] for name in (*OBSERVABLES, "error_bar")])


def table(rows: Sequence[Row], theories: Iterable[tuple[str, int | None]] = THEORIES) -> Table:
    """Groups of configurations by theories."""
    found = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    found.add_column("configurations\ntheory", no_wrap=True)
    found.add_column("\nrows", justify="right")
    found.add_column("\nbroken", justify="right")
    for observable in OBSERVABLES:
        found.add_column(f"{observable}, %\nmedian", justify="right")
        for heading in ("p90", "worst", "sim."):
            found.add_column(f"\n{heading}", justify="right")
    found.add_column("covered\n%", justify="right")
    found.add_column("bar/\ndev.", justify="right")
    outcomes = {(theory, order): outcome(theory, order, rows) for theory, order in theories}
    for group, holds in GROUPS.items():
        kept = np.array([holds(row) for row in rows], dtype=bool)
        configurations = len({row.config["id"] for row, inside in zip(rows, kept, strict=True) if inside})
        found.add_section()
        found.add_row(f"[bold]{group}[/bold] ({configurations})", str(int(kept.sum())))
        for (theory, order), whole in outcomes.items():
            part = whole.at(kept)
            name = f"  {theory}" if order is None else f"  {theory}:{order}"
            cells = [_percent(each) for observable in OBSERVABLES for each in part.figures(observable)]
            broken, width = int(part.broken.sum()), part.width
            covered = "" if np.isnan(part.coverage) else f"{100 * part.coverage:.1f}"
            found.add_row(name, "", str(broken), *cells, covered, "" if np.isnan(width) else f"{width:.3g}")
    return found


def _percent(ratio: float) -> str:
    if np.isnan(ratio):
        return ""
    return (
        f"{100 * ratio:.2g}"
        if ratio < 0.995
        else f"{100 * ratio:.0f}"
        if ratio < 100
        else f"{100 * ratio:.0e}"
    )


def main() -> None:
    """`python -m benchmarks.accuracy [FILE]`."""
    given = [Path(argument) for argument in sys.argv[1:]]
    path = next((each for each in (given or FILES) if each.exists()), None)
    if path is None:
        raise SystemExit(f"no such file: {given[0]}")
    rows = read_rows(path)
    console = Console(width=150, highlight=False)
    console.print(f"Relative deviation from {path.name}, in %; rows: targets and single degrees whose")
    console.print(f"simulated value is known to {PRECISE:.0%}, (configurations) in brackets.", end="\n\n")
    console.print(table(rows))
    console.print(
        "\nbroken: no solution, refused, or not positive; such rows are not in the other columns. "
        "sim.: the simulations' median\nstandard error. covered: within error bar + 2 standard errors. "
        f"bar/dev.: median over rows that deviate by more than {_RESOLVED:g}\nstandard errors."
    )


if __name__ == "__main__":
    main()
