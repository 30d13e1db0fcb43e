"""Theories against brute force, field by field; `make accuracy` prints the tables.

`python -m benchmarks.accuracy [FILE]`: FILE in the format of the project's reference simulations; without it
those beside the checkout, or else their copies among the test data, of which one holds errors only.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

import fieldtheory as ft
from fieldtheory.array_types import Booleans, Floats
from fieldtheory.sphere.harmonics import multiplicities

ROOT = Path(__file__).parents[1]
_REFERENCE, _DATA = ROOT.parent / "shared" / "reference", ROOT / "tests" / "data"
SOURCES: dict[str, tuple[Path, ...]] = {
    "public simulations": (_REFERENCE / "simulations_public.json", _DATA / "learning_curves.json"),
    "corners": (_REFERENCE / "simulations_corners_public.json", _DATA / "corners.json"),
    "configurations drawn at random": (_DATA / "fresh_simulations.json",),
}
FILES = SOURCES["public simulations"]
FIELDS = (
    "error",
    "bias",
    "variance",
    "training_error",
    "label_noise_gain",
    "posterior_variance",
    "coefficients",
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
_ROUNDING = 1e-6  # relative: as many digits of what is simulated are kept
_SMALLEST = 1e-11  # of what is not zero but for rounding
_NAMES = {"err": "error", "bias2": "bias", "var": "variance", "train": "training_error"}


@dataclass(frozen=True)
class Row:
    """A target of a configuration: what is simulated of each field, and standard errors, NaN if unknown.

    Label-noise gain and posterior variance are the same for all targets, and known in the first row only;
    coefficients are those of a target of one degree.
    """

    config: dict[str, Any]
    powers: dict[int, float]
    label_noise: float
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
    "d ≤ 5": lambda row: row.config["d"] <= 5,
    "5 < d < 20": lambda row: 5 < row.config["d"] < 20,
    "d ≥ 20": lambda row: row.config["d"] >= 20,
    "N < 20": lambda row: row.config["N"] < 20,
    "20 ≤ N ≤ 50": lambda row: 20 <= row.config["N"] <= 50,
    "N > 50": lambda row: row.config["N"] > 50,
}


@dataclass(frozen=True)
class Outcome:
    """A theory on all rows: deviations from the simulation in units of its value (rows x fields), NaN where
    the theory breaks down or the simulation is not precise; standard errors and the theory's bars in the same
    units."""

    deviation: Floats
    stderr: Floats
    bar: Floats
    broken: Booleans

    def at(self, kept: Booleans) -> Outcome:
        """Some of the rows."""
        return Outcome(self.deviation[kept], self.stderr[kept], self.bar[kept], self.broken[kept])

    def figures(self, field: str) -> tuple[float, float, float, float]:
        """Median, 90th percentile and worst relative deviation; the simulations' median standard error."""
        size, stderr, _ = self._known(field)
        if not size.size:
            return (np.nan,) * 4
        median, high = np.quantile(size, [0.5, 0.9])
        return float(median), float(high), float(size.max()), float(np.median(stderr))

    def coverage(self, field: str = "error") -> float:
        """Share of rows within the bar, plus two standard errors."""
        size, stderr, bar = self._known(field)
        return float((size <= bar + 2 * stderr + _ROUNDING).mean()) if size.size else np.nan

    def resolved(self, field: str = "error") -> Outcome:
        """The rows where the simulation resolves the deviation."""
        place = FIELDS.index(field)
        with np.errstate(invalid="ignore"):
            return self.at(np.abs(self.deviation[:, place]) > _RESOLVED * self.stderr[:, place] + _ROUNDING)

    def width(self, field: str = "error") -> float:
        """Median of bar/deviation over the rows where the simulation resolves the deviation."""
        size, _, bar = self.resolved(field)._known(field)
        return float(np.median(bar / size)) if size.size else np.nan

    def _known(self, field: str) -> tuple[Floats, Floats, Floats]:
        place = FIELDS.index(field)
        known = np.isfinite(self.deviation[:, place])
        size = np.abs(self.deviation[known, place])
        return size, self.stderr[known, place], self.bar[known, place]


def read_rows(path: Path) -> list[Row]:
    """Targets, and single degrees that are not among them, of every configuration; error known to 1 %."""
    content = json.loads(path.read_text(encoding="utf-8"))
    found: list[Row] = []
    for config in content["configs"]:
        degrees = {entry["l"]: entry for entry in config.get("degrees", [])}
        targets = [
            ({int(degree): weight for degree, weight in target["weights"].items()}, target)
            for target in config["targets"].values()
        ]
        listed = [powers for powers, _ in targets]
        targets += [
            ({degree: 1.0}, entry)
            for degree, entry in degrees.items()
            if {degree: 1.0} not in listed and "err" in entry
        ]
        rows = [
            _row(config, powers, powers in listed, target, degrees, "training_over" in content)
            for powers, target in targets
        ]
        rows = [row for row in rows if row.stderr[0] < PRECISE * row.values[0]]
        for name in ("label_noise_gain", "posterior_variance"):
            for row in rows[:1]:
                value = config.get(name, np.nan)
                pair = value if isinstance(value, dict) else {"value": value, "se": config.get(f"{name}_se")}
                row.values[FIELDS.index(name)] = pair["value"]
                row.stderr[FIELDS.index(name)] = np.nan if pair["se"] is None else pair["se"]
        found += rows
    return found


def _row(
    config: dict[str, Any],
    powers: dict[int, float],
    listed: bool,
    target: dict[str, Any],
    degrees: dict[int, Any],
    over_mean: bool,
) -> Row:
    """One row; `over_mean`: training errors are sums over the mean number of points, as ours, not means."""

    def number(name: str) -> float:
        """As given, or from the single degrees: for a standard error at most the sum of theirs."""
        total = sum(powers[degree] * degrees.get(degree, {}).get(name, np.nan) for degree in powers)
        return float(target.get(name, total))

    values, stderr = np.full((2, len(FIELDS)), np.nan)
    for short, name in _NAMES.items():
        place = FIELDS.index(name)
        values[place], stderr[place] = number(short), number(short + "_se")
    if config["ensemble"] == "poisson" and not over_mean:
        values[FIELDS.index("training_error")] = np.nan
    if len(powers) == 1:
        (degree,) = powers
        entry = degrees.get(degree, {})
        values[-1], stderr[-1] = entry.get("coef", np.nan), entry.get("coef_se", np.nan)
    return Row(config, powers, float(target.get("label_noise", 0.0)), listed, values, stderr)


def outcome(theory: str, order: int | None, rows: Sequence[Row]) -> Outcome:
    """What a theory says on all rows; its warnings are not shown."""
    predicted = np.full((2, len(rows), len(FIELDS)), np.nan)
    for place, row in enumerate(rows):
        predicted[:, place] = _predicted(theory, order, row, spectrum_of(row.config))
    values, stderr = (np.array([getattr(row, name) for row in rows]) for name in ("values", "stderr"))
    return judged(predicted, values, stderr)


def judged(predicted: Floats, values: Floats, stderr: Floats) -> Outcome:
    """Predictions and their bars, shape (2, rows, fields), held against what is simulated."""
    (fields, bars), parts = predicted, predicted[0, :, :3]
    with np.errstate(invalid="ignore", divide="ignore"):
        broken = ~(np.isfinite(parts).all(axis=1) & (parts[:, 0] > 0) & (parts[:, 1:] >= 0).all(axis=1))
        relative = stderr / values
        known = (relative < PRECISE) & (values > _SMALLEST) & ~broken[:, None]
        deviation = np.where(known, fields / values - 1, np.nan)
        return Outcome(deviation, relative, bars / values, broken)


def spectrum_of(config: dict[str, Any]) -> ft.Spectrum:
    """The spectrum of a configuration: that of a network, or given by its eigenvalues."""
    if "lambda" in config:
        values, dim = config["lambda"], config["d"]
        return ft.Spectrum.from_arrays(values, multiplicities(len(values) - 1, dim), dim=dim)
    p = config["params"]
    named = p["kind"], p["L"], p["act"], p["sw2"], p["sb2"], p.get("in_scale", 1.0)
    return _network_spectrum(*named, config["d"])


@cache
def _network_spectrum(
    kind: str, layers: int, name: str, w: float, b: float, scale: float, dim: int
) -> ft.Spectrum:
    net = ft.FullyConnected(layers, name, w, b, scale)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of degrees that nobody learns
        return (net.ntk() if kind == "ntk" else net.nngp()).spectrum(dim)


def _predicted(theory: str, order: int | None, row: Row, spectrum: ft.Spectrum) -> Floats:
    """The fields and their bars; NaN where the theory refuses or has no solution."""
    config, none = row.config, np.full((2, len(FIELDS)), np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            curve = ft.learning_curve(
                spectrum,
                ft.Target(row.powers),
                [config["N"]],
                ridge=config["sigma2"],
                label_noise=row.label_noise,
                ensemble=config["ensemble"],
                theory=theory,
                order=order,
            )
        except ValueError:
            return none
    return none if not curve.converged[0] else fields_and_bars(curve, max(row.powers))


def fields_and_bars(curve: ft.LearningCurve, degree: int) -> Floats:
    """The fields at the first size and their bars, the coefficient that of one degree."""
    rows = [(getattr(curve, name), getattr(curve, f"{name}_bar")) for name in FIELDS]
    return np.array([[each[0] if each.ndim == 1 else each[0, degree] for each in pair] for pair in rows]).T


def table(
    rows: Sequence[Row],
    theories: Iterable[tuple[str, int | None]] = THEORIES,
    fields: Iterable[str] = FIELDS,
    groups: Iterable[str] = ("all",),
) -> Table:
    """Theories, fields and groups of configurations: deviations from brute force, and their coverage."""
    listed, fields = list(groups), list(fields)
    found = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for heading in ("theory", "field", "rows", "broken", "median", "90 %", "worst", "sim."):
        found.add_column(heading, justify="left" if heading in ("theory", "field") else "right", no_wrap=True)
    for heading in ("covered", "resolved", "covered", "bar/dev."):
        found.add_column(heading, justify="right", no_wrap=True)
    for theory, order in theories:
        whole = outcome(theory, order, rows)
        for group in listed:
            part = whole.at(np.array([GROUPS[group](row) for row in rows], dtype=bool))
            found.add_section()
            name = theory if order is None else f"{theory}:{order}"
            for field in fields:
                cells = cells_of(part, field)
                if cells:
                    found.add_row(name if listed == ["all"] else group, field, *cells)
                    name = ""
    return found


def cells_of(part: Outcome, field: str) -> list[str]:
    """What is said of a field; nothing where nothing is known of it."""
    known, resolved = np.isfinite(part.deviation[:, FIELDS.index(field)]), part.resolved(field)
    if not known.any() and not (field == "error" and part.broken.any()):
        return []
    return [
        str(int(known.sum())),
        str(int(part.broken.sum())),
        *(_percent(each) for each in part.figures(field)),
        _percent(part.coverage(field), 3),
        str(len(resolved.broken)),
        _percent(resolved.coverage(field), 3),
        "" if np.isnan(part.width(field)) else f"{part.width(field):.2g}",
    ]


def _percent(ratio: float, digits: int = 2) -> str:
    if np.isnan(ratio):
        return ""
    percent = 100 * ratio
    if percent < 99.5:
        return f"{percent:.{digits}g}"
    return f"{percent:.0f}" if ratio < 100 else f"{percent:.0e}"


def main() -> None:
    """`python -m benchmarks.accuracy [FILE]`."""
    given = [Path(argument) for argument in sys.argv[1:]]
    sources = {str(path): (path,) for path in given} or SOURCES
    console = Console(width=130, highlight=False)
    console.print(
        f"Relative deviations from brute force, in %; rows: targets and single degrees whose simulated value "
        f"is known to {PRECISE:.0%}.\nbroken: no solution, refused, or not positive; such rows are not in "
        "the other columns. sim.: the simulations' median\nstandard error. covered: within bar + 2 standard "
        f"errors. resolved: rows that deviate by more than {_RESOLVED:g} standard errors,\n"
        "of which the share that is covered and the median of bar/deviation come last."
    )
    for name, paths in sources.items():
        path = next((each for each in paths if each.exists()), None)
        if path is None:
            raise SystemExit(f"no such file: {paths[0]}")
        rows = read_rows(path)
        configurations = len({row.config["id"] for row in rows})
        console.print(f"\n[bold]{name}[/bold]: {path.name}, {configurations} configurations\n")
        console.print(table(rows))
        console.print("\nThe error of auto, by group\n")
        console.print(table(rows, [AUTO], ["error"], GROUPS))
    if not given:
        _print_gram(console)


def _print_gram(console: Console) -> None:
    """The rows of real data, where what they are made with is at hand."""
    from benchmarks.gram_accuracy import gram_table

    found = gram_table()
    if found is not None:
        console.print("\n[bold]points of data sets[/bold]: gram.json\n")
        console.print(found)


if __name__ == "__main__":
    main()
