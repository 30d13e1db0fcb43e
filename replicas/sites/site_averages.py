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
from replicas.sites.site_kernel import SiteKernel
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


class SiteSources(NamedTuple):
    """Responses to the sources of which averages are derivatives.

    `target`: y y^T on the line; `ridge`; `observed`: the levels that count, None for a single output, whose
    share is the whole.
    """

    target: Response
    ridge: Response
    observed: Response | None


class SiteLines:
    """The coherent potential of a problem with what its averages share: residuals, responses."""

    def __init__(self, found: CoherentPotential, observed: Observed, kernel: SiteKernel) -> None:
        self.found, self.observed = found, observed
        self.matrix = SiteMatrix(found.line, found.sites.pull)
        labels = observed.sites.labels
        self.residual = labels - found.line @ (found.sigma[:, None] * labels)
        self.scales = kernel.scales
        self.modes = kernel.rank

    def averages(self) -> SiteAverages:
        """All averages at the coherent potential."""
        found, at, law = self.found, self.found.sites, self.observed.law
        squares = self.residual**2
        error = at.passed * self.matrix.lines(squares.sum(axis=1))[:, None]
        ridge = self._to_ridge(whole=False)
        unseen = row_sums(law.unseen, at.levels) / at.line
        # (n - 1) + (1 - n g_n/ridge)^2 and the change of the surroundings: nothing cancels at small ridge
        n, missed = law.numbers[1:], at.outer[:, None] * at.levels[:, 1:]
        noise = n - 1.0 + missed**2 - n * at.levels[:, 1:] ** 2 * ridge.outer[:, None]
        return SiteAverages(
            error,
            at.levels,
            ridge.levels,
            self.residual,
            self.residual * unseen[:, None],
            float((at.weights[:, 1:] * noise).sum()),
            self._collected(self.observed.levels) @ squares,
            self._collected(law.numbers * law.weights) @ squares,
            1.0 - found.averaged.missed()[: self.modes],
        )

    def by_mode(self) -> Floats:
        """The error for labels of unit mean square in each mode, at the coherent potential."""
        squares = self.found.averaged.residuals()[:, : self.modes] ** 2
        points = self.observed.sites.points
        found: Floats = self._collected(self.observed.levels) @ squares * points / self.scales[: self.modes]
        return found

    def sources(self) -> SiteSources:
        """The responses that `changes` needs."""
        target = response(self.found, self.matrix, line=-(self.residual @ self.residual.T))
        observed = None
        if self.residual.shape[1] > 1:
            weights = self.found.sites.weights
            shares = np.divide(self.observed.levels, weights, out=np.zeros_like(weights), where=weights > 0)
            observed = response(self.found, self.matrix, levels=-(self.found.sites.levels**2) * shares)
        return SiteSources(target, self._to_ridge(), observed)

    def changes(self, rings: SiteRings, sources: SiteSources, modes: bool = True) -> SiteAverages:
        """What rings add to all averages, to first order; without `modes` nothing to coefficients."""
        at, law = self.found.sites, self.observed.law
        to_ridge = rings.change(sources.ridge)
        force = rings.applied(self.residual)
        residual = -self.found.line @ force
        variances = rings.variances()
        by_output = np.zeros(self.residual.shape[1])
        if sources.observed is not None:
            by_output = -self._line_change(rings, sources.observed, rings.change(sources.observed), force)
        inner = np.divide(variances, at.levels, out=np.zeros_like(variances), where=at.levels > 0)
        noise = law.numbers * law.weights * (to_ridge.variances - 2.0 * at.over_ridge * inner)
        learnt = np.zeros(self.modes)
        if modes:
            by_mode = self.found.averaged.residuals()[:, : self.modes]
            learnt = row_sums(by_mode.T, rings.applied(by_mode).T)
        return SiteAverages(
            -rings.change(sources.target).variances,
            variances,
            to_ridge.variances,
            residual,
            self._unseen_change(residual, force),
            float(noise.sum()),
            by_output,
            self.found.ridge**2 * self._line_change(rings, sources.ridge, to_ridge, force),
            learnt,
        )

    def _to_ridge(self, whole: bool = True) -> Response:
        levels = self.observed.law.numbers * self.found.sites.over_ridge**2
        return response(self.found, self.matrix, levels=levels, whole=whole)

    def _collected(self, levels: Floats) -> Floats:
        """Weights of the squared residuals in a sum of <r_i^2> with such weights of the levels."""
        return self.matrix.self_energies(row_sums(levels, self.found.sites.passed))

    def _line_change(self, rings: SiteRings, of: Response, by: RingResponse, force: Floats) -> Floats:
        """The change of -r^T (Delta + d) r with a source, for every output."""
        dresidual = -self.found.line @ (of.sigma[:, None] * self.residual)
        dforce = by.self_energy[:, None] * self.residual
        dforce[rings.places] += by.delta @ self.residual[rings.places]
        found: Floats = -(2.0 * dresidual * force + self.residual * dforce).sum(axis=0)
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
