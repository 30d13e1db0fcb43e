"""Data sets on the sphere for a spectrum: what of them is drawn to finish a learning curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.sphere.kernel_table import KernelTable
from fieldtheory.workbench.simulation.control_variates import pair_controls
from fieldtheory.workbench.simulation.dataset_batches import dataset_seconds
from fieldtheory.workbench.simulation.dataset_regression import (
    DatasetAverages,
    DatasetRegression,
    draw_dataset,
    regress_on,
    required_bytes,
)
from fieldtheory.workbench.simulation.dataset_statistics import DatasetTable, Estimate
from fieldtheory.workbench.simulation.drawn_sample import DatasetRows
from fieldtheory.workbench.simulation.simulation import LOWEST_DEGREES, zonal_series
from replicas.prediction import Problem


@dataclass(frozen=True, eq=False)
class SphereDraws:
    """Data sets of one size, for a target of these powers by degree.

    `noise`: variance of the labels' noise, target power of unknown degree included, which is also missed
    (`unresolved`).
    """

    regression: DatasetRegression
    powers: Floats
    noise: float
    unresolved: float

    @property
    def size(self) -> int:
        """Number of training points."""
        return self.regression.size

    @property
    def seconds(self) -> float:
        """About the time that one data set takes."""
        return dataset_seconds(self.size)

    @property
    def memory(self) -> int:
        """Bytes that one data set takes."""
        regression = self.regression
        return required_bytes(self.size, regression.poisson, 0, len(self.powers), regression.dim)

    def draw(self, repeat: int) -> tuple[DatasetAverages, Floats]:
        """The averages of data set number `repeat`, and its control variates."""
        points, rng = draw_dataset(self.regression, repeat)
        return regress_on(self.regression, points, rng), pair_controls(self.regression, points)

    @property
    def kept(self) -> int:
        """Bytes that are kept of one, in the statistics too."""
        return 8 * 6 * (3 * len(self.powers) + 12)

    @property
    def controlled(self) -> int:
        """Averages that the controls are taken out of: all."""
        return 3 * len(self.powers) + 3

    def rows(self, datasets: Sequence[DatasetAverages]) -> DatasetRows:
        """Data sets as rows."""
        table = DatasetTable.of(datasets)
        return DatasetRows(table.rows, dict(table.roundings))

    def estimates(self, rows: DatasetRows) -> dict[str, Estimate]:
        """Averages over data sets by the field names of `Prediction`; by degree as far as solved for."""
        found = DatasetTable(*rows).estimates(self.powers, self.noise)
        del found["variance_by_degree"]
        for name in ("error", "bias"):
            found[name] = found[name]._replace(mean=found[name].mean + self.unresolved)
        return found


def sphere_draws(problem: Problem, sizes: Sequence[int], seed: int) -> list[SphereDraws]:
    """The data sets of these sizes, over common tables of K and K2.

    K off the diagonal is the sum over the degrees of the spectrum, on the diagonal the whole trace: the tail
    acts as ridge, as for the theories.
    """
    spectrum = problem.spectrum
    if spectrum.dim is None:
        raise ValueError(
            "accuracy needs a spectrum with dim, of which data sets can be drawn (got dim None): give dim to "
            "Spectrum.from_arrays, or leave accuracy out"
        )
    degrees = min(max(problem.target_degree, LOWEST_DEGREES), spectrum.max_degree) + 1
    values, traces = spectrum.eigenvalues, spectrum.degree_traces
    table = KernelTable.build(zonal_series(traces, spectrum.dim, 0), trace=spectrum.trace)
    squared = KernelTable.build(zonal_series(traces * values, spectrum.dim, 0))
    return [
        SphereDraws(
            regression=DatasetRegression(
                size=size,
                poisson=problem.ensemble == "poisson",
                dim=spectrum.dim,
                ridge=problem.ridge,
                seed=seed,
                orientations=0,
                kernel=table,
                squared_kernel=squared,
                squared_rest=None,
                eigenvalues=values[:degrees],
                degree_traces=traces[:degrees],
            ),
            powers=np.ascontiguousarray(problem.powers[:degrees]),
            noise=problem.label_noise + problem.unresolved,
            unresolved=problem.unresolved,
        )
        for size in sizes
    ]
