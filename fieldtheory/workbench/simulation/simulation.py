r"""Learning curves by brute force: exact Gaussian-process regression on many random data sets.

:func:`simulate` draws training sets on the sphere, solves each of them (see `dataset_regression`) and
averages.  The test error has no test-set noise: it is computed by projection, and the average over the
orientation of the target is exact, or over a few random orientations when memory is short.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from itertools import compress
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fieldtheory.arguments import (
    ENSEMBLES,
    require_choice,
    require_dimension,
    require_integer,
    require_variance,
    require_whole_sizes,
)
from fieldtheory.array_types import Floats
from fieldtheory.budgets import OverBudget
from fieldtheory.counted import counted
from fieldtheory.networks.zonal_kernel import ZonalKernel
from fieldtheory.references import COHEN_MALKA_RINGEL, RASMUSSEN_WILLIAMS
from fieldtheory.shown_value import shown
from fieldtheory.spectrum import Spectrum
from fieldtheory.sphere.harmonics import gegenbauer_rows
from fieldtheory.sphere.kernel_table import KernelTable
from fieldtheory.targets import Target
from fieldtheory.workbench import records
from fieldtheory.workbench.progress_bar import ProgressBar
from fieldtheory.workbench.simulation.dataset_batches import (
    dataset_seconds,
    over_memory,
    require_time,
    run_datasets,
    worker_counts,
)
from fieldtheory.workbench.simulation.dataset_regression import (
    DatasetAverages,
    DatasetRegression,
    regress,
    required_bytes,
)
from fieldtheory.workbench.simulation.dataset_statistics import DatasetTable
from fieldtheory.workbench.simulation.run_arguments import run_arguments
from fieldtheory.workbench.simulation.size_rows import curves_over_sizes, failures_in_words, heavy_tails
from fieldtheory.workbench.simulation.workers import WorkerDied

_REFERENCES = (RASMUSSEN_WILLIAMS, COHEN_MALKA_RINGEL)
LOWEST_DEGREES = 5  # degrees 0…5 are always reported
_MAX_SPECTRUM_DEGREE = 2048
_TRUNCATION = 1e-14  # part of K2(1) that may be neglected
_NOTEWORTHY = 1e-11  # table and truncation errors above this are reported
_LARGE_RUN = 1 << 30  # bytes; announced


@dataclass(frozen=True, eq=False)
class Simulation:
    """Averages over random data sets; every array runs over `n`, and has its standard error beside it.

    Targets have power g_l² in degree l; test labels are noise-free.

    `n`: training-set sizes (Poisson ensemble: their means). `error`: ⟨‖f − g‖²⟩ = Σ g_l² E_l + τ² W. `bias`:
    squared bias Σ g_l² (1 − ⟨a_l⟩)², freed from the finite number of data sets by subtracting the squared
    standard errors of ⟨a_l⟩ (it can therefore come out slightly negative). `variance`: error − bias, the
    variance over data sets. `coefficients`: (len(n), degrees), ⟨f⟩_l / g_l for l = 0…max(target degree, 5).
    `error_by_degree`: (len(n), degrees), E_l, error for a unit-norm target of pure degree l;
    `variance_by_degree`: E_l − (1 − ⟨a_l⟩)², corrected like `bias`. `posterior_variance`: averaged over
    inputs. `label_noise_gain`: W, extra error per unit variance of label noise. `training_error`:
    (1/N) Σ_n (f(x_n) − y_n)² on the (noisy) training labels, N the nominal size. `condition`: largest
    estimated condition number of a Gram matrix (plus ridge) at each n. `rounding`: estimate of what rounding
    in the linear algebra does to `error`; every standard error includes that of its quantity. `repeats`,
    `seed`, `ensemble`, `orientations`, `ridge`, `label_noise`, `dim`: what was asked for. `failures`: what
    kept a size from being computed, by size; its numbers are nan. `warnings`, `references`: tuples of
    sentences.
    """

    n: NDArray[np.int64]
    error: Floats
    bias: Floats
    variance: Floats
    coefficients: Floats
    error_by_degree: Floats
    variance_by_degree: Floats
    posterior_variance: Floats
    label_noise_gain: Floats
    training_error: Floats
    error_stderr: Floats = field(repr=False)
    bias_stderr: Floats = field(repr=False)
    variance_stderr: Floats = field(repr=False)
    coefficients_stderr: Floats = field(repr=False)
    error_by_degree_stderr: Floats = field(repr=False)
    variance_by_degree_stderr: Floats = field(repr=False)
    posterior_variance_stderr: Floats = field(repr=False)
    label_noise_gain_stderr: Floats = field(repr=False)
    training_error_stderr: Floats = field(repr=False)
    condition: Floats
    rounding: Floats
    dim: int
    ridge: float
    label_noise: float
    ensemble: str
    repeats: int
    seed: int
    orientations: int | Literal["exact"]
    failures: dict[int, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    references: tuple[str, ...] = _REFERENCES

    def __repr__(self) -> str:
        return f"Simulation({records.over_sizes(self)}, {counted(self.repeats, 'data set')})"

    _repr_html_ = records.curve_table

    to_dict = records.to_dict
    to_csv = records.to_csv
    to_xarray = records.to_xarray

    def plot(self, axes: Any = None, **style: Any) -> Any:
        """Draw error against n as points with standard errors; returns the Matplotlib axes."""
        from fieldtheory.workbench.plots.curves import simulated_curve

        return simulated_curve(self, axes, **style)


def simulate(
    kernel: ZonalKernel,
    dim: int,
    target: Target,
    n: int | Iterable[int],
    ridge: float = 0.0,
    label_noise: float = 0.0,
    ensemble: str = "fixed",
    repeats: int = 20,
    seed: int = 0,
    orientations: int | Literal["exact"] = "exact",
    jobs: int | None = None,
    progress: bool = False,
    max_memory: float | None = None,
    executor: Executor | None = None,
) -> Simulation:
    r"""Learning curve measured on random data sets, points uniform on S^{dim-1}.

    `kernel`, `target`: the prior covariance K(x·x') and the powers g_l² of the target. `n`: training-set size
    or sizes. `ridge`: σ², likelihood variance of the model; `label_noise`: τ², variance of the noise in the
    training labels. `ensemble`: "fixed" (exactly n points) or "poisson" (a Poisson number of mean n).
    `repeats`: data sets per size, at least 2. `seed`: data set r of size N uses
    `numpy.random.default_rng([seed, N, r])` whatever `jobs` is. `orientations`: "exact" averages over all
    rotations of the target (up to 2.4 N² doubles per data set); k ≥ 1 takes k random orientations per degree
    and data set (about N² doubles), and estimates posterior variance and label-noise gain with k random probe
    vectors. `jobs`: processes; None: as many as cores and memory allow, but one for little work, and one with
    threaded linear algebra for matrices of 4000 and more points; a `joblib.parallel_config` in force says who
    else computes, and how many. `executor`: any `concurrent.futures.Executor` in place of these, of threads,
    processes or a cluster, with one thread of linear algebra each: the numbers do not depend on which, to the
    bit. `progress`: show a progress bar, and
    announce runs that need more than 1 GiB. `max_memory`: bytes this call may use; default 80 % of what is
    available now.

    Where rounding leaves a Gram matrix no inverse, as with more points than the kernel has modes at ridge 0,
    the solution of least norm is taken, and a warning says so; nothing is ever added to a Gram matrix.

    ValueError for bad arguments. A size that needs more than `max_memory` is left out, and named in
    `failures`; MemoryError if all do; the message names need and remedy.

    Source: the formulas and their derivation stand in
    `fieldtheory.workbench.simulation.dataset_regression`.

    Equation: regression-error

    >>> from fieldtheory import FullyConnected, Target
    >>> kernel = FullyConnected(hidden_layers=1, activation="relu", weight_variance=2.0).ntk()
    >>> simulation = simulate(kernel, dim=5, target=Target({1: 1.0}), n=[10, 40], repeats=20, ridge=0.1)
    >>> bool(simulation.error[1] < simulation.error[0] < 1.0)
    True
    """
    if not isinstance(kernel, ZonalKernel):
        raise ValueError(f"kernel must be a ZonalKernel, such as network.ntk() (got {shown(kernel)})")
    if not isinstance(target, Target):
        raise ValueError(f"target must be a Target, such as Target({{1: 1.0}}) (got {shown(target)})")
    dim = require_dimension(dim)
    sizes = require_whole_sizes(n)
    ridge = require_variance("ridge", ridge)
    label_noise = require_variance("label_noise", label_noise)
    ensemble = require_choice("ensemble", ensemble, ENSEMBLES)
    samples = _orientation_samples(orientations)
    repeats, seed, jobs, progress, limit, executor = run_arguments(
        repeats, seed, jobs, progress, max_memory, executor
    )

    degrees = max(target.max_degree, LOWEST_DEGREES) + 1
    needs = [required_bytes(size, ensemble == "poisson", samples, degrees, dim) for size in sizes]
    sampled = samples * (degrees + 1)  # right-hand sides
    seconds = partial(dataset_seconds, columns=sampled)
    workers = worker_counts(sizes, repeats, jobs, needs, limit, seconds)
    remedy = "fewer orientations" if samples else "orientations=4 (half the memory)"
    failures = over_memory(sizes, needs, workers, limit, [remedy])
    fitting = [size not in failures for size in sizes]
    largest = max(np.multiply(needs, workers)[fitting])
    require_time(list(compress(sizes, fitting)), repeats, list(compress(workers, fitting)), seconds)
    problems, notes = dataset_problems(kernel, dim, degrees, sizes, ridge, ensemble, seed, samples)
    powers = np.asarray(target.as_array(degrees - 1), dtype=np.float64)
    rows: list[dict[str, Any] | None] = []
    said: list[str] = []
    died = None
    with ProgressBar(progress, repeats * (len(sizes) - len(failures))) as bar:
        if largest > _LARGE_RUN:
            bar.say(f"simulation up to n = {max(sizes)}: about {largest / 2**30:.1f} GiB of memory")
        for problem, used in zip(problems, workers, strict=True):
            if problem.size in failures:
                rows.append(None)
                continue
            try:
                datasets = list(bar.count(run_datasets(regress, problem, repeats, used, executor)))
            except WorkerDied as error:
                died = error
                break
            except (MemoryError, OverBudget, np.linalg.LinAlgError) as error:
                failures[problem.size] = str(error)
                rows.append(None)
                continue
            row, notable = _row(problem.size, datasets, powers, label_noise)
            rows.append(row)
            said += notable
    if not any(rows):
        if died is not None:
            raise died
        raise MemoryError(next(iter(failures.values())))
    found = Simulation(
        n=np.array(sizes[: len(rows)], dtype=np.int64),
        **curves_over_sizes(rows),
        dim=dim,
        ridge=ridge,
        label_noise=label_noise,
        ensemble=ensemble,
        repeats=repeats,
        seed=seed,
        orientations="exact" if samples == 0 else samples,
        failures=failures,
        warnings=(*notes, *failures_in_words(failures), *said),
    )
    if died is not None:
        died.finished = found
        raise died
    return found


def _row(
    size: int, datasets: list[DatasetAverages], powers: Floats, label_noise: float
) -> tuple[dict[str, Any], list[str]]:
    """One size by the field names of `Simulation`, and what is worth knowing about it."""
    estimates = DatasetTable.of(datasets).estimates(powers, label_noise)
    row = {name: each.mean for name, each in estimates.items()}
    row |= {f"{name}_stderr": each.stderr for name, each in estimates.items()}
    row["rounding"] = estimates["error"].rounding
    row["condition"] = max(dataset.condition for dataset in datasets)
    said = []
    singular = [dataset.missing for dataset in datasets if dataset.missing]
    if singular:
        said.append(
            f"n = {size}: solutions of least norm for {counted(len(singular), 'data set')} of "
            f"{len(datasets)}, whose Gram matrix has {counted(max(singular), 'mode')} at rounding"
        )
    if row["rounding"] > 0.01 * abs(row["error"]):
        said.append(
            f"n = {size}: the Gram matrix has condition number {row['condition']:.1e}; rounding may change "
            f"the error, {row['error']:.2g}, by about {row['rounding']:.1g}"
        )
    said += heavy_tails(size, "error", estimates["error"].shares)
    said += heavy_tails(size, "label-noise gain", estimates["label_noise_gain"].shares)
    return row, said


def dataset_problems(
    kernel: ZonalKernel,
    dim: int,
    degrees: int,
    sizes: list[int],
    ridge: float,
    ensemble: str,
    seed: int,
    samples: int,
) -> tuple[list[DatasetRegression], tuple[str, ...]]:
    """One problem per size, over common tables of K and K2, and what is worth saying about those."""
    notes: list[str] = []
    spectrum, neglected = _spectrum(kernel, dim, degrees)
    squares = spectrum.degree_traces * spectrum.eigenvalues
    inaccurate = (spectrum.relative_error > 1e-6) & (spectrum.degree_traces > 1e-12 * kernel.trace)
    if np.any(inaccurate[:degrees]):
        named = ", ".join(map(str, np.flatnonzero(inaccurate[:degrees])))
        notes.append(f"the eigenvalues of degree {named} are known to fewer than 6 digits")
    if neglected > _NOTEWORTHY:
        notes.append(
            f"degrees above {len(squares) - 1} were left out of the squared kernel "
            f"(at most {neglected:.1e} of its trace)"
        )
    table = KernelTable.build(kernel, trace=kernel.trace)
    squared = KernelTable.build(zonal_series(squares, dim, 0))
    rest = KernelTable.build(zonal_series(squares, dim, degrees)) if samples else None
    errors = {"kernel": table.error, "squared kernel": squared.error}
    if rest is not None and squared.trace > 0.0:
        errors["squared kernel of high degree"] = rest.error * rest.trace / squared.trace
    notes += [
        f"the table of the {name} is accurate to {error:.1e} of its trace only"
        for name, error in errors.items()
        if error > _NOTEWORTHY
    ]
    problems = [
        DatasetRegression(
            size=size,
            poisson=ensemble == "poisson",
            dim=dim,
            ridge=ridge,
            seed=seed,
            orientations=samples,
            kernel=table,
            squared_kernel=squared,
            squared_rest=rest,
            eigenvalues=spectrum.eigenvalues[:degrees],
            degree_traces=spectrum.degree_traces[:degrees],
        )
        for size in sizes
    ]
    return problems, tuple(notes)


def _spectrum(kernel: ZonalKernel, dim: int, degrees: int) -> tuple[Spectrum, float]:
    """Spectrum up to a degree beyond which K2 is negligible, and the part of K2(1) beyond it.

    Σ_{l>L} deg λ² ≤ λ_max Σ_{l>L} deg λ, the largest eigenvalue in the tail times the trace of the tail.
    """
    max_degree = 2 * degrees
    while True:
        with warnings.catch_warnings():
            # Small eigenvalues with few digits matter squared, that is not at all; the degrees that are
            # reported are checked in `dataset_problems`.
            warnings.simplefilter("ignore", UserWarning)
            spectrum = kernel.spectrum(dim=dim, max_degree=max_degree)
        total = float(spectrum.degree_traces @ spectrum.eigenvalues)
        beyond = spectrum.tail * spectrum.tail_eigenvalue
        if beyond <= _TRUNCATION * total or max_degree >= _MAX_SPECTRUM_DEGREE:
            return spectrum, beyond / total if total > 0.0 else 0.0
        max_degree = min(2 * max_degree, _MAX_SPECTRUM_DEGREE)


def zonal_series(degree_traces: Floats, dim: int, first: int) -> Callable[[Floats], Floats]:
    """The zonal function Σ_{l ≥ first} c_l P_l(t) with c_l = `degree_traces`."""

    def values(t: Floats) -> Floats:
        total = np.zeros_like(t)
        for degree, row in enumerate(gegenbauer_rows(len(degree_traces) - 1, t, dim)):
            if degree >= first:
                total += degree_traces[degree] * row
        return total

    return values


def _orientation_samples(orientations: int | str) -> int:
    """Random orientations per data set; 0 stands for the exact average."""
    if isinstance(orientations, str) and orientations == "exact":
        return 0
    try:
        return require_integer("orientations", orientations, minimum=1)
    except ValueError:
        raise ValueError(
            f"orientations must be 'exact' or a positive integer (got {shown(orientations)})"
        ) from None
