"""Many problems of one space, target and list of sizes, predicted and judged together in compiled code.

What `predict` does for one of them, without what is by degree; every formula is the one that it uses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_types import Booleans, Floats
from fieldtheory.spectrum import Spectrum
from replicas.assessment.best_theory import few_points, makes_sense, nonsense_warning
from replicas.assessment.error_bar import (
    FELT,
    LARGE,
    bar_sizes,
    bar_warnings,
    bounded,
    distance_warnings,
    first_order_bar,
    is_far,
    tail_share,
    zeroth_order_bar,
)
from replicas.assessment.few_points import MOST
from replicas.learnability import count_active_of_all
from replicas.prediction import Prediction, Problem, negative_averages
from replicas.resummation.loop_kernel import ring_sums
from replicas.resummation.loop_sums import LoopSums
from replicas.resummation.pair_kernel import pair_tables
from replicas.resummation.rings import tables_of
from replicas.saddle_point.curve_sums import curve_sums
from replicas.saddle_point.saddle_point import SaddlePoint
from replicas.theories.registry import AUTO

COLUMNS = (
    "error",
    "bias",
    "variance",
    "effective_ridge",
    "posterior_variance",
    "label_noise_gain",
    "training_error",
)
_POINTS = 1 << 16  # taken at once: some hundred numbers each


@dataclass(frozen=True, eq=False)
class ProblemBatch:
    """Spectra with the same dim and max_degree, each at every ridge; the rest as in `Problem`."""

    spectra: Sequence[Spectrum]
    powers: Floats
    n: Floats
    ridges: Floats
    label_noise: float
    ensemble: str
    unresolved: float = 0.0

    def problem(self, curve: int) -> Problem:
        """One of the problems: spectra first, then ridges."""
        spectrum, ridge = divmod(curve, len(self.ridges))
        return Problem(
            self.spectra[spectrum],
            self.powers,
            self.n,
            float(self.ridges[ridge]),
            self.label_noise,
            self.ensemble,
            self.unresolved,
        )

    def at(self, part: slice) -> ProblemBatch:
        """Those of some of its spectra."""
        return replace(self, spectra=self.spectra[part])

    def may_diverge(self) -> bool:
        """Whether any has no ridge and as many modes as points, which `predict` does size by size."""
        if self.ridges.all():
            return False
        without = [each for each in self.spectra if each.tail == 0]
        modes = [float(each.multiplicities[each.eigenvalues > 0].sum()) for each in without]
        return bool(np.isin(self.n, modes).any())

    def pieces(self) -> list[slice]:
        """Ranges of spectra whose points are taken at once."""
        step = max(1, _POINTS // (len(self.n) * len(self.ridges)))
        return [slice(start, start + step) for start in range(0, len(self.spectra), step)]


class BatchPrediction(NamedTuple):
    """What is predicted for each problem, arrays (curves, n) by name, and what is to be said of a curve."""

    values: dict[str, Floats]
    converged: Booleans
    warnings: dict[int, tuple[str, ...]]


def has_kernel(theory: str, order: int | None, spectrum: Spectrum, ensemble: str, error_bar: bool) -> bool:
    """Whether `predict_batch` can do it: else problems are predicted one by one."""
    if theory == "self-consistent" or (theory == "loop-expansion" and order == 0):
        plain = not error_bar
    else:
        plain = False
        if theory not in (AUTO, "loop-expansion"):
            return False
    # the average over numbers of points is a matter of one curve, as is all without a sphere
    judged = error_bar or theory == AUTO
    return plain or spectrum.dim is not None and (ensemble == "fixed" or not judged)


def predict_batch(batch: ProblemBatch, theory: str, order: int | None, error_bar: bool) -> BatchPrediction:
    """The problems of one piece; see `predict` for the errors. Only where `has_kernel`."""
    curves = _Curves(batch)
    plain = theory == "self-consistent" or (theory == "loop-expansion" and order == 0)
    if plain and not error_bar:
        values = curves.zeroth()
        return BatchPrediction(values, curves.everywhere(), _impossible(values, curves.count))
    sums = curves.loop_sums()
    values = curves.zeroth() if plain else sums.observables()
    if theory != AUTO and not error_bar:
        return BatchPrediction(values, curves.everywhere(), _impossible(values, curves.count))
    return _judged(curves, sums, values, theory == AUTO)


class _Curves:
    """The saddle points of a batch."""

    def __init__(self, batch: ProblemBatch) -> None:
        self.batch = batch
        spectra, ridges = batch.spectra, batch.ridges
        self.modes = tuple(
            np.array([getattr(each, name) for each in spectra])
            for name in ("eigenvalues", "degree_traces", "multiplicities")
        )
        self.which = np.repeat(np.arange(len(spectra)), len(ridges))
        self.count = len(self.which)
        self.tail = np.array([each.tail for each in spectra])[self.which]
        self.trace = np.array([each.trace for each in spectra])[self.which, None]
        self.bound = np.array([each.tail_eigenvalue for each in spectra])[self.which]
        self.ridge = np.tile(ridges, len(spectra))
        self.total = self.ridge + self.tail
        sums = self.sums(batch.n)
        self.saddle = _saddle(sums, batch.unresolved)
        self.rows, self.posterior = sums[:, :3], sums[:, 4] + self.tail[:, None]
        diverging = self.saddle.one_minus_gamma <= 0
        if diverging.any():
            curve, place = np.argwhere(diverging)[0]
            raise ValueError(
                f"ridge must be positive at n = {batch.n[place]:g}, the number of modes of spectrum "
                f"{self.which[curve]}: the error diverges there (got {self.ridge[curve]:g})"
            )

    def sums(self, n: Floats) -> Floats:
        """`curve_sums` at these sizes."""
        values, traces, counts = self.modes
        found: Floats = curve_sums(n, self.which, self.total, values, traces, counts, self.batch.powers)
        return found

    def zeroth(self) -> dict[str, Floats]:
        """The self-consistent theory."""
        found = self.saddle.observables(self.batch.n, self.ridge[:, None], self.batch.label_noise)
        return found | {"posterior_variance": self.posterior.copy()}

    def everywhere(self) -> Booleans:
        """Of every size."""
        return np.ones(self.posterior.shape, dtype=bool)

    def loop_sums(self) -> LoopSums:
        """The rings of every curve, those together that are cut at the same degree."""
        batch, values, traces = self.batch, *self.modes[:2]
        dim, degrees = batch.spectra[0].dim, len(batch.powers)
        assert dim is not None
        smallest = self.rows[:, 0].min(axis=1)
        active = count_active_of_all(values, traces, self.which, smallest)
        rows: Floats | None = None
        target_degree = batch.problem(0).target_degree
        for number in np.unique(active).tolist():
            mine = np.flatnonzero(active == number)
            tables = tables_of(dim, degrees, number, target_degree, batch.ensemble)
            found = ring_sums(
                batch.n,
                self.which[mine],
                self.total[mine],
                values,
                traces,
                batch.powers,
                np.ascontiguousarray(self.rows[mine]),
                tables,
                pair_tables(dim, degrees),
                np.empty((0, 6, len(batch.n), degrees)),
            )
            if rows is None:
                rows = np.empty((self.count, *found.shape[1:]))
            rows[mine] = found
        assert rows is not None
        passed = np.divide(self.ridge, self.total, out=np.ones_like(self.total), where=self.total > 0)
        return LoopSums(
            rows,
            self.rows[:, 0],
            batch.unresolved,
            batch.label_noise,
            passed[:, None],
            self.tail[:, None],
        )


def _saddle(sums: Floats, unresolved: float) -> SaddlePoint:
    return SaddlePoint(sums[:, 0], sums[:, 1], sums[:, 2], sums[:, 3] + unresolved)


def _judged(curves: _Curves, sums: LoopSums, values: dict[str, Floats], auto: bool) -> BatchPrediction:
    """With bars and warnings; "auto" takes the best theory at every size."""
    batch, n = curves.batch, curves.batch.n
    sizes, zeroth_error = sums.sizes()["error"], curves.saddle.error(batch.label_noise)
    first = values if auto else sums.observables()
    bar = first_order_bar(sizes, n)
    kept = makes_sense(first, curves.trace, zeroth_error, sizes.second)
    best = first
    if not kept.all():
        zeroth = curves.zeroth()
        bar = np.where(kept, bar, zeroth_order_bar(zeroth["error"], first["error"], bar))
        best = {name: np.where(kept, each, zeroth[name]) for name, each in first.items()}
    bar = bounded(best["error"], bar)
    tail = tail_share((curves.tail * curves.bound)[:, None], n, curves.rows[:, 0], curves.rows[:, 2])
    size = bar_sizes(best["error"], bar)
    bar = bar + tail * (curves.saddle.error(0.0) + batch.label_noise / curves.rows[:, 2]) + batch.unresolved
    best = best | {"error_bar": bar}
    said: dict[int, tuple[str, ...]] = {}
    for curve in _flagged((size > LARGE) | (tail > FELT)):
        said[curve] = tuple(bar_warnings(n, size[curve], tail[curve], len(batch.powers) - 1))
    if auto:
        for curve in _flagged(~kept):
            said[curve] = (*said.get(curve, ()), nonsense_warning(n[~kept[curve]]))
    few = n <= MOST
    if few.any():
        best = {name: each.copy() for name, each in best.items()}
        for curve in range(curves.count):
            exactly = few_points(batch.problem(curve))
            if exactly is not None:
                kept[curve, few] = True
                for name, each in best.items():
                    each[curve, few] = getattr(exactly, name)
    if auto:
        return BatchPrediction(best, kept, said)
    found = values | {"error_bar": np.abs(values["error"] - best["error"]) + best["error_bar"]}
    _add_far(said, n, values["error"], best["error"], best["error_bar"])
    for curve, texts in _impossible(values, curves.count).items():
        said[curve] = (*said.get(curve, ()), *texts)
    return BatchPrediction(found, curves.everywhere(), said)


def _flagged(places: Booleans) -> list[int]:
    """Curves with any."""
    return [int(curve) for curve in np.flatnonzero(places.any(axis=1))]


def _add_far(said: dict[int, tuple[str, ...]], n: Floats, error: Floats, best: Floats, bar: Floats) -> None:
    """What is to be said of curves that are far from the best theory."""
    for curve in _flagged(is_far(error, best, bar)):
        texts = distance_warnings(n, error[curve], best[curve], bar[curve])
        said[curve] = (*said.get(curve, ()), *texts)


def _impossible(values: dict[str, Any], count: int) -> dict[int, tuple[str, ...]]:
    """What is to be said of averages of squares that came out negative, by curve."""
    negative = list(negative_averages(values).values())
    if not negative:
        return {}
    none = np.zeros((values["error"].shape[1], 0))
    found = {}
    for curve in _flagged(np.any(negative, axis=0)):
        mine: Any = {name: values[name][curve] for name in COLUMNS}
        found[curve] = Prediction(coefficients=none, error_by_degree=none, **mine).impossible()
    return found
