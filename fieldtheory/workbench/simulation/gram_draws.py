r"""Training sets from the points of a data set for a spectrum: what of them is drawn to finish a curve.

Their control variates are sums over draws, Σ_a c(x_a), and over pairs of draws, Σ_{a≠b} Q(x_a, x_b), whose
means are N and N(N − 1) times means over the data set. c and Q come from K and from line and residuals at the
effective ridge of the theory, G = κ K (K + κ)^{-1} and r = κ (K + κ)^{-1} y: c = (K²)_ii, (G²)_ii, r_i² and
r_i (G r)_i, Q = K_ij², G_ij² and G_ij r_i·r_j. Half to two thirds of the variance of the error are left by
them (wine, iris, diabetes, breast cancer; N = 30 to 60).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from fieldtheory.array_types import Floats, Integers
from fieldtheory.workbench.sampling import unseen_points
from fieldtheory.workbench.simulation.dataset_statistics import Estimate
from fieldtheory.workbench.simulation.drawn_sample import DatasetRows
from fieldtheory.workbench.simulation.gram_regression import (
    GramAverages,
    GramRegression,
    draws,
    regress_on_points,
)
from fieldtheory.workbench.simulation.gram_simulation import dataset_seconds, required_bytes
from fieldtheory.workbench.simulation.gram_statistics import GramTable
from replicas.sites.site_problem import SiteProblem

_ROUNDINGS = ("condition", "rounding", "rounding_of_variance")
_FEWEST_UNSEEN = 20.0  # on average: then hardly a training set leaves none


@dataclass(frozen=True, eq=False)
class GramControls:
    """Functions of points and of pairs of points, (M, linear) and (pairs, M, M), centred for N draws."""

    of_points: Floats
    of_pairs: Floats

    @classmethod
    def of(cls, sites: SiteProblem, gram: Floats, effective_ridge: float) -> GramControls:
        """From the line and the residuals at an effective ridge per point."""
        number, scale = len(gram), float(np.trace(gram)) / len(gram)
        kappa = number * effective_ridge
        if not 1e-9 * scale < kappa < 1e9 * scale:
            kappa = scale
        factor = cho_factor(gram + kappa * np.eye(number), lower=True)
        line = kappa * cho_solve(factor, gram)
        residuals = kappa * cho_solve(factor, sites.labels)
        of_points = [
            (gram**2).sum(axis=1),
            (line**2).sum(axis=1),
            (residuals**2).sum(axis=1),
            (residuals * (line @ residuals)).sum(axis=1),
        ]
        of_pairs = np.stack([gram**2, line**2, line * (residuals @ residuals.T)])
        different = of_pairs.sum(axis=(1, 2))
        if sites.sampling == "with-replacement":
            means = different / number**2
        else:
            means = (different - np.trace(of_pairs, axis1=1, axis2=2)) / max(number * (number - 1), 1)
        points = np.stack(of_points, axis=1)
        return cls(points - points.mean(axis=0), of_pairs - means[:, None, None])

    def __call__(self, points: Integers) -> Floats:
        """The controls of these draws: mean 0."""
        pairs = self.of_pairs[:, points[:, None], points]
        off = pairs.sum(axis=(1, 2)) - np.trace(pairs, axis1=1, axis2=2)
        return np.concatenate([self.of_points[points].sum(axis=0), off])


@dataclass(frozen=True, eq=False)
class GramDraws:
    """Training sets of one size, drawn from the points of a data set."""

    regression: GramRegression
    controls: GramControls
    label_noise: float
    beyond: float

    @property
    def size(self) -> int:
        """Number of training points."""
        return self.regression.size

    @property
    def seconds(self) -> float:
        """About the time that one training set takes."""
        return dataset_seconds(self.size, len(self.regression.gram))

    @property
    def memory(self) -> int:
        """Bytes that one training set takes."""
        number, outputs = self.regression.labels.shape
        return int(required_bytes(self.size, number, outputs) + 8 * 5 * number**2)

    @property
    def kept(self) -> int:
        """Bytes that are kept of one, in the statistics too."""
        number, outputs = self.regression.labels.shape
        return int(8 * 8 * number * (outputs + 1))

    @property
    def controlled(self) -> int:
        """Averages that the controls are taken out of: all but those by point."""
        return int(2 * self.regression.labels.shape[1] + 3)

    def draw(self, repeat: int) -> tuple[GramAverages, Floats]:
        """Training set number `repeat`, solved, and its control variates."""
        points = draws(self.regression, repeat)
        return regress_on_points(self.regression, points), self.controls(points)

    def rows(self, datasets: Sequence[GramAverages]) -> DatasetRows:
        """Training sets as rows: by output, numbers, by point and output, by point."""
        table = GramTable.of(list(datasets), self.regression.unseen)
        numbers = np.stack([table.gain, table.posterior_variance, table.missed], axis=1)
        by_point = table.residuals.reshape(len(datasets), -1)
        rows = np.concatenate([table.noise_free, table.training, numbers, by_point, table.weights], axis=1)
        return DatasetRows(rows, {name: getattr(table, name) for name in _ROUNDINGS})

    def estimates(self, rows: DatasetRows) -> dict[str, Estimate]:
        """Averages over training sets by the field names of `SitePrediction`."""
        number, outputs = self.regression.labels.shape
        values, edges = rows.values, np.cumsum([outputs, outputs, 1, 1, 1, number * outputs])
        noise_free, training, gain, variance, missed, residuals, weights = np.split(values, edges, axis=1)
        table = GramTable(
            noise_free=noise_free,
            training=training,
            gain=gain[:, 0],
            posterior_variance=variance[:, 0] + self.beyond,
            missed=missed[:, 0],
            residuals=residuals.reshape(len(values), number, outputs),
            weights=weights,
            **rows.roundings,
        )
        found = table.estimates(self.label_noise)
        known = np.isfinite(found["error_by_point"].mean)
        if not known.all():  # points in all training sets but one at most
            del found["error_by_point"]
        return found


def gram_draws(
    sites: SiteProblem, sizes: Sequence[int], effective_ridges: Sequence[float], seed: int
) -> list[GramDraws | str]:
    """The training sets of these sizes, or why none are drawn."""
    gram = sites.features @ sites.features.T
    found: list[GramDraws | str] = []
    for size, ridge in zip(sizes, effective_ridges, strict=True):
        unseen = unseen_points(sites.sampling, size, len(gram))
        if sites.points == "unseen" and unseen < _FEWEST_UNSEEN:
            found.append(f"which leave {unseen:.2g} points unseen on average, too few")
            continue
        regression = GramRegression(
            size=size,
            gram=gram,
            labels=sites.labels,
            ridge=sites.ridge,
            seed=seed,
            eps=sites.rounding,
            replacement=sites.sampling == "with-replacement",
            unseen=sites.points == "unseen",
        )
        controls = GramControls.of(sites, gram, ridge)
        found.append(GramDraws(regression, controls, sites.label_noise, sites.beyond))
    return found
