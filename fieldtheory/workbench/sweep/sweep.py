"""Sweeps: learning curves over a grid of hyper-parameters, as named arrays."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fieldtheory.arguments import require_flag
from fieldtheory.array_types import Booleans
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted
from fieldtheory.shown_value import shown
from fieldtheory.spectrum import default_max_degree
from fieldtheory.workbench.curves.learning_curves import point_seconds
from fieldtheory.workbench.curves.learning_problem import Ensemble
from fieldtheory.workbench.given_executor import killed_workers, require_executor
from fieldtheory.workbench.progress_bar import ProgressBar, progress_shown
from fieldtheory.workbench.records import required_xarray, write_rows
from fieldtheory.workbench.simulation.workers import WorkerDied
from fieldtheory.workbench.sweep.grid import Grid, Part
from fieldtheory.workbench.sweep.optimum import SweepOptimum, optima
from fieldtheory.workbench.sweep.part_curves import PartCurves, columns
from fieldtheory.workbench.sweep.run import kind, run_parts
from fieldtheory.workbench.sweep.stores.layout import StoreError
from fieldtheory.workbench.sweep.stores.store import Store, open_store, writable_store


class SweepWarning(NamedTuple):
    """What is to be said, with the numbers of the first curve that it is said of, and of how many."""

    text: str
    curves: int


@dataclass(frozen=True, eq=False)
class Sweep:
    """Predicted learning curves over a grid.

    `dims`: the names of the axes, in the order in which they were given; `coords`: their values (of targets
    and functions: names); `arrays`: what was computed, by name, with one dimension per axis, as in
    `LearningCurve`: "error", "error_bar", "bias", "variance", "effective_ridge", "posterior_variance",
    "label_noise_gain", "training_error" and "converged". `sweep["error"]` is `sweep.arrays["error"]`. `done`:
    which points were computed; all, but in the sweep of an unfinished store.
    """

    grid: Grid = field(repr=False)
    arrays: Mapping[str, NDArray[Any]] = field(repr=False)
    done: Booleans = field(repr=False)
    warnings: tuple[SweepWarning, ...] = field(repr=False)
    references: tuple[str, ...] = field(repr=False)

    @property
    def dims(self) -> tuple[str, ...]:
        return self.grid.dims

    @property
    def coords(self) -> dict[str, NDArray[Any]]:
        return {name: np.array(self.grid.labels(name)) for name in self.dims}

    @property
    def shape(self) -> tuple[int, ...]:
        return self.grid.shape

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self.arrays:
            raise KeyError(f"{shown(name)} is none of {', '.join(self.arrays)}")
        return self.arrays[name]

    def __repr__(self) -> str:
        sizes = " x ".join(f"{name} {length}" for name, length in zip(self.dims, self.shape, strict=True))
        return f"Sweep({sizes}: {counted(self.grid.points, 'point')})"

    def best(self, along: str | None = None) -> tuple[SweepOptimum, ...] | SweepOptimum:
        """The choice with the smallest error: for every value of one axis, such as "n", or the one of all.

        A point that is not converged, or whose bar is above half of its error, wins only where all are so,
        and then says so (`trusted` False). `tied`: the other choices whose bars reach those of the best.

        ValueError for what is no axis.
        """
        if along is not None and along not in self.dims:
            raise ValueError(f"along must be one of {', '.join(self.dims)}, or None (got {shown(along)})")
        found = optima(self.grid, self.arrays, along)
        return found[0] if along is None else found

    def to_xarray(self) -> Any:
        """An xarray.Dataset with the axes as coordinates, and what does not vary as attributes.

        ImportError without xarray, which the extra [sweep] installs.
        """
        xarray = required_xarray()
        fixed = {name: self.attribute(name) for name in self.grid.fixed}
        return xarray.Dataset(
            {name: (self.dims, each) for name, each in self.arrays.items()},
            coords=self.coords,
            attrs=fixed | {"warnings": [f"{each.text} ({each.curves} curves)" for each in self.warnings]},
        )

    def attribute(self, name: str) -> Any:
        """What does not vary, as a number or text."""
        value = self.grid.fixed[name]
        return value if isinstance(value, str | int | float) else shown(value)

    def to_pandas(self) -> Any:
        """A pandas.DataFrame with one row per point, indexed by the axes; ImportError without xarray."""
        return self.to_xarray().to_dataframe()

    def to_csv(self, path: str | Path) -> None:
        """Write a CSV file with one row per point: the values of the axes, then what was computed."""
        heads, *rows = self.rows()
        write_rows(path, heads, rows)

    def rows(self) -> Iterator[Sequence[Any]]:
        """The heads of a table with one row per point, then its rows."""
        labels = [self.grid.labels(name) for name in self.dims]
        flat = [each.reshape(-1) for each in self.arrays.values()]
        yield [*self.dims, *self.arrays]
        yield from (
            [
                *(values[place] for values, place in zip(labels, places, strict=True)),
                *(each[k].item() for each in flat),
            ]
            for k, places in enumerate(np.ndindex(*self.shape))
        )

    def plot(self, x: str | None = None, y: str | None = None, axes: Any = None) -> Any:
        """Error against one axis, or over two as a map, at the best values of all others.

        `x`, `y`: names of axes; by default the last one, and of a single curve with its band. Returns the
        Matplotlib axes. ValueError for what is no axis.
        """
        from fieldtheory.workbench.plots.sweep import sweep_figure

        return sweep_figure(self, x, y, axes)


def sweep(
    axes: Mapping[str, Any],
    *,
    target: Any = None,
    dim: int | None = None,
    n: float | None = None,
    kernel: str | None = None,
    activation: Any = None,
    hidden_layers: int | None = None,
    weight_variance: Any = None,
    bias_variance: float | None = None,
    input_scale: float | None = None,
    ridge: float | None = None,
    label_noise: float | None = None,
    theory: str | None = None,
    order: int | None = None,
    ensemble: Ensemble = "fixed",
    error_bar: bool = True,
    max_degree: int | None = None,
    executor: Executor | None = None,
    store: str | Path | None = None,
    resume: bool = False,
    break_lock: bool = False,
    progress: bool | None = None,
) -> Sweep:
    """Learning curves at every point of a grid of hyper-parameters, each number that of `learning_curve`.

    `axes`: what varies, names with their values, in the order of the dimensions of the result: kernel,
    activation, hidden_layers, weight_variance, bias_variance, input_scale, dim, target (names with targets),
    theory, label_noise, ridge, n. All else is fixed by the argument of its name; by default kernel "ntk",
    activation "relu", weight_variance and input_scale 1, bias_variance, ridge and label_noise 0, theory
    "auto"; target, dim, hidden_layers and n have no default. `order`, `ensemble` and `error_bar`: as in
    `learning_curve`; `max_degree`: of the spectra.

    A spectrum is computed once for all points that share it. `executor`: who computes the parts of the grid,
    any `concurrent.futures.Executor`; None: threads, one a core. The numbers do not depend on it. `store`: a
    folder in which every part is kept as soon as it is done, Zarr of format 3 (extra [sweep]); with `resume`
    a store that was interrupted goes on, and a finished one is read. `break_lock`: take a store over whose
    writer, on another host, has ended. `progress`: whether to show a progress bar; None: on a terminal only.

    ValueError for bad values, before any work, and (StoreError) for a store of another sweep, with what
    differs, a damaged one, or one with parts where `resume` is not asked for; StoreLocked while another
    process writes it; WorkerDied where a process of a pool was killed. Warnings of single curves are
    collected in `.warnings`.

    Equation: self-consistent-kappa, ring-sum

    >>> from fieldtheory import Target
    >>> found = sweep({"hidden_layers": [1, 2], "ridge": [0.0, 0.1], "n": [50, 100, 200]},
    ...               target=Target({1: 0.5, 2: 0.5}), dim=20, weight_variance=2.0)
    >>> found
    Sweep(hidden_layers 2 x ridge 2 x n 3: 12 points)
    >>> [best.parameters["hidden_layers"] for best in found.best(along="n")]
    [1, 1, 1]
    """
    grid = Grid.checked(
        axes,
        {
            "kernel": kernel,
            "activation": activation,
            "hidden_layers": hidden_layers,
            "weight_variance": weight_variance,
            "bias_variance": bias_variance,
            "input_scale": input_scale,
            "dim": dim,
            "target": target,
            "theory": theory,
            "label_noise": label_noise,
            "ridge": ridge,
            "n": n,
        },
        order,
        ensemble,
        error_bar,
        max_degree,
    )
    executor = require_executor(executor)
    resume, break_lock = require_flag("resume", resume), require_flag("break_lock", break_lock)
    if store is None and resume:
        raise ValueError("resume must be False without a store (got True): give the store's folder")
    _require_time(grid)
    _require_importable(grid, executor)
    with writable_store(store, grid, resume, break_lock) if store is not None else nullcontext() as kept:
        return _run(grid, executor, kept, progress_shown(progress))


def open_sweep(path: str | Path, partial: bool = False) -> Sweep:
    """The sweep in a store, as it was computed; with `partial` also an unfinished one.

    Of an unfinished sweep `.done` says which points are there; the numbers of others are NaN, `converged` is
    False. Functions and targets are the texts that describe them. Nothing in a store is executed.

    StoreError for what is no store, is damaged, or is unfinished and not asked for as such.
    """
    kept = open_store(path)
    parts, done = kept.grid.parts(), kept.done()
    if not done.all() and not require_flag("partial", partial):
        raise StoreError(
            f"{kept.path} is unfinished, {int(done.sum())} of {len(parts)} parts are done: go on with "
            "resume=True, or open it with partial=True"
        )
    found = Gathered(kept.grid)
    for curves in kept.read([part for part in parts if done[part.number]]):
        found.take(parts[curves.number], curves)
    return found.sweep()


def _run(grid: Grid, executor: Executor | None, kept: Store | None, bar_shown: bool) -> Sweep:
    """The parts that are not kept, computed, and all of them together."""
    parts, found = grid.parts(), Gathered(grid)
    done = kept.done() if kept is not None else np.zeros(len(parts), dtype=bool)
    with ProgressBar(bar_shown, grid.points, "points", rate=True) as bar:
        if kept is not None:
            for curves in kept.read([part for part in parts if done[part.number]]):
                found.take(parts[curves.number], curves)
                bar.advance(parts[curves.number].points)
        try:
            for curves in run_parts(grid, [part for part in parts if not done[part.number]], executor):
                if kept is not None:
                    kept.take(parts[curves.number], curves)
                found.take(parts[curves.number], curves)
                bar.advance(parts[curves.number].points)
        except killed_workers() as error:
            raise WorkerDied(_killed(len(found.said), len(parts), kept)) from error
    return found.sweep()


def _killed(done: int, parts: int, kept: Store | None) -> str:
    """What to say when a process that computed a part was killed."""
    said = "a process that computed a part of the sweep was killed, perhaps for lack of memory"
    if kept is None:
        return f"{said}: nothing is kept without a store"
    return f"{said}: {done} of {parts} parts are safe in {kept.path}, and resume=True goes on"


def _require_importable(grid: Grid, executor: Executor | None) -> None:
    """ValueError, before any work, for a function that can't travel to another process by its name."""
    if executor is None or isinstance(executor, ThreadPoolExecutor):
        return
    for value in grid.values("activation"):
        try:
            pickle.dumps(value)
        except (pickle.PicklingError, AttributeError, TypeError):
            raise ValueError(
                "activation must be a name, or a function that can be imported by name, to travel to other "
                f"processes (got {shown(value)}): define it in a module, or leave executor out"
            ) from None


class Gathered:
    """The arrays of a sweep as its parts come in, in any order."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.arrays: dict[str, NDArray[Any]] = {
            name: np.zeros(grid.shape, dtype=bool) if name == "converged" else np.full(grid.shape, np.nan)
            for name in columns(grid)
        }
        self.done = np.zeros(grid.shape, dtype=bool)
        self.said: dict[int, Mapping[str, int]] = {}
        self.papers: dict[int, tuple[str, ...]] = {}

    def take(self, part: Part, curves: PartCurves) -> None:
        """Put the curves of a part where they belong."""
        for name, each in curves.arrays.items():
            self.arrays[name][part.slices] = each
        self.done[part.slices] = True
        self.said[part.number], self.papers[part.number] = curves.warnings, curves.references

    def sweep(self) -> Sweep:
        """All of them together: warnings that differ by numbers only are one, in the order of the grid."""
        texts: dict[str, str] = {}
        counts: dict[str, int] = {}
        for number in sorted(self.said):
            for text, curves in self.said[number].items():
                texts.setdefault(kind(text), text)
                counts[kind(text)] = counts.get(kind(text), 0) + curves
        papers = dict.fromkeys(each for number in sorted(self.papers) for each in self.papers[number])
        for each in (*self.arrays.values(), self.done):
            each.flags.writeable = False
        return Sweep(
            self.grid,
            MappingProxyType(self.arrays),
            self.done,
            tuple(SweepWarning(texts[each], counts[each]) for each in texts),
            tuple(papers),
        )


def _require_time(grid: Grid) -> None:
    degrees = grid.max_degree or max(default_max_degree(each) for each in grid.values("dim"))
    theories = grid.values("theory")
    each = sum(point_seconds(theory, grid.error_bar, degrees) for theory in theories) / len(theories)
    require_budget(
        f"{counted(grid.points, 'point')} with max_degree = {degrees}",
        seconds=grid.points * each,
        memory=100.0 * grid.points,
        smaller="the number of values of an axis, or max_degree",
    )
