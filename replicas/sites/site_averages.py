r"""Averages over data sets, resolved by how many training points lie on a site.

At the coherent potential and, as changes, at first order in the rings; independent numbers of points on the
sites (`fixed_number` goes over to exactly N).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from replicas.sites.coherent_potential import CoherentPotential, SiteMatrix
from replicas.sites.copies import Sites
from replicas.sites.occupations import Occupations
from replicas.sites.response import Response, response
from replicas.sites.scattering import row_sums
from replicas.sites.site_rings import RingResponse, SiteRings


@dataclass(frozen=True, eq=False)
class SiteAverages:
    """Averages given n points on site i, shape (sites, levels), and sums of them.

    `error`: <r_i^2>, r = y - f, summed over outputs; `variance`: <G_ii>, the posterior variance; `gain`:
    its derivative by the ridge, the error that label noise of variance 1 adds. `residual`,
    `unseen_residual`: <r_i>, and that given that a point of the site is not drawn, (sites, outputs).
    `noise_sum`: the square of what is left of label noise of variance 1 at the training points, summed over
    these. `by_output`: error over the observed points; `training_by_output`: sum of r^2 over training
    points; `coefficients`, `by_mode`: of modes.
    """

    error: Floats
    variance: Floats
    gain: Floats
    residual: Floats
    unseen_residual: Floats
    noise_sum: float
    by_output: Floats
    training_by_output: Floats
    coefficients: Floats
    by_mode: Floats

    def plus(self, other: SiteAverages) -> SiteAverages:
        """The sum."""
        return SiteAverages(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


class Observed(NamedTuple):
    """The points over which errors are means: all or those not drawn, or test points.

    `sites`; `unseen` says which; `law`: the law of points on sites.
    """

    sites: Sites
    law: Occupations
    unseen: bool

    @property
    def unseen_share(self) -> float:
        """The probability that such a point is not drawn: 1 for test points."""
        return 1.0 if self.sites.tested else self.law.unseen_share

    @property
    def levels(self) -> Floats:
        """What counts of the levels of every site, in means over the observed points."""
        law = self.law.unseen if self.unseen else self.law.weights
        return self.sites.weights[:, None] * law


class SiteLines:
    """The coherent potential of a problem with what its averages share: residuals, responses."""

    def __init__(self, found: CoherentPotential, observed: Observed, modes: Floats) -> None:
        self.found, self.observed = found, observed
        self.matrix = SiteMatrix(found.line, found.sites.pull)
        labels = observed.sites.labels
        self.labels, self.outputs = np.hstack([labels, modes]), labels.shape[1]
        self.modes = modes
        self.residuals = self.labels - found.line @ (found.sigma[:, None] * self.labels)

    @property
    def residual(self) -> Floats:
        """<y - f>, shape (sites, outputs)."""
        return self.residuals[:, : self.outputs]

    def averages(self) -> SiteAverages:
        """All averages at the coherent potential."""
        found, at, law = self.found, self.found.sites, self.observed.law
        error = at.passed * self.matrix.lines((self.residual**2).sum(axis=1))[:, None]
        ridge = self._to_ridge(whole=False)
        squares = self.residuals**2
        by_output = self._collected(self.observed.levels) @ squares
        training = self._collected(self.training_levels) @ squares[:, : self.outputs]
        unseen = row_sums(law.unseen, at.levels) / at.line
        learnt = 1.0 - self._in_modes(self.residuals[:, self.outputs :])
        # (n - 1) + (1 - n g_n/ridge)^2 and the change of the surroundings: nothing cancels at small ridge
        n, missed = law.numbers[1:], found.ridge * at.outer[:, None] * at.over_ridge[:, 1:]
        noise = n - 1.0 + missed**2 - n * at.levels[:, 1:] ** 2 * ridge.outer[:, None]
        return SiteAverages(
            error,
            at.levels,
            ridge.levels,
            self.residual,
            self.residual * unseen[:, None],
            float((at.weights[:, 1:] * noise).sum()),
            by_output[: self.outputs],
            training,
            learnt,
            by_output[self.outputs :],
        )

    def changes(self, rings: SiteRings) -> SiteAverages:
        """What rings add to all averages, to first order."""
        at, law = self.found.sites, self.observed.law
        to_target = rings.change(self._to_target())
        ridge = self._to_ridge()
        to_ridge = rings.change(ridge)
        observed = self._to_observed()
        to_observed = rings.change(observed)
        force = rings.applied(self.residuals)
        residuals = -self.found.line @ force
        variances = rings.variances()
        by_output = -self._line_change(rings, observed, to_observed, force)
        training = self.found.ridge**2 * self._line_change(rings, ridge, to_ridge, force)[: self.outputs]
        inner = np.divide(variances, at.levels, out=np.zeros_like(variances), where=at.levels > 0)
        noise = law.numbers * law.weights * (to_ridge.variances - 2.0 * at.over_ridge * inner)
        return SiteAverages(
            -to_target.variances,
            variances,
            to_ridge.variances,
            residuals[:, : self.outputs],
            self._unseen_change(residuals[:, : self.outputs], force[:, : self.outputs]),
            float(noise.sum()),
            by_output[: self.outputs],
            training,
            -self._in_modes(residuals[:, self.outputs :]),
            by_output[self.outputs :],
        )

    @property
    def training_levels(self) -> Floats:
        """What counts of the levels in sums over training points."""
        return self.observed.law.numbers * self.observed.law.weights

    def _to_target(self) -> Response:
        residual = self.residual
        return response(self.found, self.matrix, line=-(residual @ residual.T))

    def _to_ridge(self, whole: bool = True) -> Response:
        levels = self.observed.law.numbers * self.found.sites.over_ridge**2
        return response(self.found, self.matrix, levels=levels, whole=whole)

    def _to_observed(self) -> Response:
        weights = self.found.sites.weights
        shares = np.divide(self.observed.levels, weights, out=np.zeros_like(weights), where=weights > 0)
        return response(self.found, self.matrix, levels=-(self.found.sites.levels**2) * shares)

    def _collected(self, levels: Floats) -> Floats:
        """Weights of the squared residuals in a sum of <r_i^2> with such weights of the levels."""
        return self.matrix.self_energies(row_sums(levels, self.found.sites.passed))

    def _in_modes(self, residuals: Floats) -> Floats:
        sites = self.observed.sites
        found: Floats = np.einsum("i,ij,ij->j", sites.counts / sites.points, self.modes, residuals)
        return found

    def _line_change(self, rings: SiteRings, of: Response, by: RingResponse, force: Floats) -> Floats:
        """The change of -r^T (Delta + d) r with a source, for every output and mode."""
        dresiduals = -self.found.line @ (of.sigma[:, None] * self.residuals)
        dforce = by.self_energy[:, None] * self.residuals
        dforce[rings.places] += by.delta @ self.residuals[rings.places]
        found: Floats = -(2.0 * dresiduals * force + self.residuals * dforce).sum(axis=0)
        return found

    def _unseen_change(self, residual: Floats, force: Floats) -> Floats:
        """The change of <r_i> given that a point of the site is not drawn.

        <r_i> given n is g_n/g times a + b g_n/g: the line comes to the site once more at most. Its mean is
        the change of <r_i>, and the mean of n/ridge times it what the self-energy makes of r_i.
        """
        at, law = self.found.sites, self.observed.law
        g = at.line
        scattered = np.divide(-(g**3), at.spread, out=np.zeros_like(g), where=at.noise > 0)
        twice = scattered[:, None] * force
        once = residual - (at.second / g**2)[:, None] * twice
        first = row_sums(law.unseen, at.levels) / g
        second = row_sums(law.unseen, at.levels**2) / g**2
        found: Floats = first[:, None] * once + second[:, None] * twice
        return found
