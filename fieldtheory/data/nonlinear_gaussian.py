r"""Data that is not Gaussian: x = erf(g z)/Z, z Gaussian of unit variance and given correlations.

Ingrosso, Goldt, arXiv 2202.00565. erf(g z) is the mean sign of sqrt(2) g z + n over a standard normal n, one
n for each factor: moments are those of signs of Gaussian numbers with the correlations w rho_ij,
w = 2 g^2/(1 + 2 g^2), for factors at one site too (rho = 1). <x_i x_j> = asin(w rho_ij)/asin w.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from fieldtheory.arguments import require_integer, require_number
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.data.correlations import draw_gaussian, require_correlation, require_correlations
from fieldtheory.data.sign_cumulant import sign_cumulant
from fieldtheory.references import INGROSSO_GOLDT, PLACKETT

_LEAST, _MOST = 1e-50, 1e50  # gains whose powers are floats
_SITES = 4
_PAIRINGS = (((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2)))


@dataclass(frozen=True)
class NonlinearGaussianData:
    """Random data x = erf(g z)/Z of unit variance, z Gaussian, g the `gain`.

    From Gaussian (g -> 0) to signs (g -> infinity). Sites are given by the correlations rho of z; those that
    coincide have rho = 1. `references`: the papers. ValueError for a gain outside 1e-50 to 1e50.

    >>> data = NonlinearGaussianData(gain=2.0)
    >>> data.covariance(0.6), data.excess_kurtosis
    (0.513772045, -1.740281489)
    """

    gain: float
    references = (INGROSSO_GOLDT, PLACKETT)

    def __post_init__(self) -> None:
        object.__setattr__(self, "gain", _require_gain(self.gain))

    @property
    def scale(self) -> float:
        """Z = <erf(g z)^2>^(1/2)."""
        return math.sqrt(2 / math.pi * _arcsine(self._weight, self._rest, 1.0))

    @property
    def excess_kurtosis(self) -> float:
        """<x^4> - 3: from 0 to -2."""
        return float(self.cumulant(np.ones((4, 4))))

    def __call__(self, z: Any) -> Floats:
        """x at these z.

        >>> NonlinearGaussianData(3.0)([0.0, 1.0])
        array([0.        , 1.13...])
        """
        from scipy.special import erf

        return np.asarray(erf(self.gain * require_reals("z", z)) / self.scale, dtype=np.float64)

    def covariance(self, rho: Any) -> Any:
        """<x x'> of two sites of correlation rho: a float, or an array like rho.

        >>> NonlinearGaussianData(1.0).covariance([0.0, 0.5, 1.0])
        array([0.        , 0.46570375, 1.        ])
        """
        found = require_correlation("rho", rho)
        share = _arcsine(self._weight, self._rest, found) / _arcsine(self._weight, self._rest, 1.0)
        return share if share.ndim else float(share)

    def cumulant(self, correlations: Any) -> Any:
        r"""The joint cumulant of x at k <= 4 sites, by the matrix of rho between them, (k, k): a float.

        A stack of matrices, (..., k, k), gives an array. Of four sites one integral (`sign_cumulant`), to
        about 1e-14; odd ones are 0. ValueError for more sites and for what are no correlations.

        >>> rho = np.exp(-np.abs(np.subtract.outer(range(4), range(4))) / 2)
        >>> round(NonlinearGaussianData(gain=1.0).cumulant(rho), 10)
        -0.1464158804
        """
        matrices = _require_sites(correlations)
        return _shaped(self._cumulants(matrices), matrices)

    def moment(self, correlations: Any) -> Any:
        """<x_1 ... x_k> at k <= 4 sites, as `cumulant` takes them.

        >>> NonlinearGaussianData(gain=3.0).moment([[1, 0.5], [0.5, 1]])
        0.396388541
        """
        matrices = _require_sites(correlations)
        covariances = self.covariance(matrices)
        return _shaped(self._cumulants(matrices) + _pairs(covariances), matrices)

    def sample(self, covariance: Any, n: int, seed: int = 0) -> Floats:
        """n samples, shape (n, sites); `covariance`: of z, with 1 on the diagonal, for any number of sites.

        From `numpy.random.default_rng(seed)`. ValueError for what is no such matrix.

        >>> NonlinearGaussianData(3.0).sample([[1, 0.5], [0.5, 1]], n=2, seed=0).shape
        (2, 2)
        """
        return self(_drawn(require_correlations("covariance", covariance), n, seed))

    def clone(self) -> GaussianClone:
        """Gaussian data of the same covariance.

        >>> NonlinearGaussianData(3.0).clone().excess_kurtosis
        0.0
        """
        return GaussianClone(self.gain)

    @property
    def _weight(self) -> float:
        """W = 2 g^2/(1 + 2 g^2)."""
        return 2 * self.gain * self.gain * self._rest

    @property
    def _rest(self) -> float:
        """1 - w."""
        return 1 / (1 + 2 * self.gain * self.gain)

    def _cumulants(self, matrices: Floats) -> Floats:
        sites = matrices.shape[-1]
        if sites == 2:
            return np.asarray(self.covariance(matrices[..., 0, 1]), dtype=np.float64)
        if sites % 2:
            return np.zeros(matrices.shape[:-2])
        found = sign_cumulant(matrices.reshape(-1, 4, 4), self._weight, self._rest)
        return (found / float(_arcsine(self._weight, self._rest, 1.0)) ** 2).reshape(matrices.shape[:-2])


@dataclass(frozen=True)
class GaussianClone:
    """Gaussian data with the covariance of `NonlinearGaussianData(gain)`; made by its `clone`.

    Methods as there; sites are given by the correlations of z, before the nonlinearity.

    >>> NonlinearGaussianData(2.0).clone().covariance(0.6)
    0.513772045
    """

    gain: float
    references = (INGROSSO_GOLDT,)

    def __post_init__(self) -> None:
        object.__setattr__(self, "gain", _require_gain(self.gain))

    @property
    def excess_kurtosis(self) -> float:
        """0."""
        return 0.0

    def covariance(self, rho: Any) -> Any:
        """<x x'> of two sites where z has the correlation rho."""
        return NonlinearGaussianData(self.gain).covariance(rho)

    def cumulant(self, correlations: Any) -> Any:
        """The covariance of two sites, 0 of other numbers of them.

        >>> NonlinearGaussianData(2.0).clone().cumulant(np.ones((4, 4)))
        0.0
        """
        matrices = _require_sites(correlations)
        if matrices.shape[-1] == 2:
            return self.covariance(matrices[..., 0, 1])
        return _shaped(np.zeros(matrices.shape[:-2]), matrices)

    def moment(self, correlations: Any) -> Any:
        """<x_1 ... x_k> at k <= 4 sites, by Wick's theorem.

        >>> NonlinearGaussianData(2.0).clone().moment(np.ones((4, 4)))
        3.0
        """
        matrices = _require_sites(correlations)
        if matrices.shape[-1] == 2:
            return self.covariance(matrices[..., 0, 1])
        return _shaped(_pairs(self.covariance(matrices)), matrices)

    def sample(self, covariance: Any, n: int, seed: int = 0) -> Floats:
        """n samples, shape (n, sites), for z of this covariance, with 1 on the diagonal.

        >>> NonlinearGaussianData(3.0).clone().sample([[1, 0.5], [0.5, 1]], n=2, seed=0).shape
        (2, 2)
        """
        correlations = require_correlations("covariance", covariance)
        return _drawn(np.asarray(self.covariance(correlations)), n, seed)


def _require_gain(gain: Any) -> float:
    found = require_number("gain", gain, exclusive=True)
    if not _LEAST <= found <= _MOST:
        raise ValueError(f"gain must be from {_LEAST:g} to {_MOST:g} (got {found:g})")
    return found


def _require_sites(correlations: Any) -> Floats:
    found = require_correlations("correlations", correlations, stacked=True)
    if found.shape[-1] > _SITES:
        raise ValueError(
            f"correlations must be of at most {_SITES} sites for the closed form (got {found.shape[-1]}); "
            'replicas.DataCumulants("erf", gain=...) sums diagrams for any number'
        )
    return found


def _arcsine(weight: float, rest: float, rho: Any) -> Floats:
    """asin(w rho), to the last digit next to 1 too."""
    size = np.abs(rho)
    cosine = np.sqrt((rest + weight * (1 - size)) * (1 + weight * size))
    return np.asarray(np.arctan2(weight * np.asarray(rho), cosine), dtype=np.float64)


def _pairs(covariances: Floats) -> Floats:
    """Sum over the pairings of four sites; 0 of fewer."""
    if covariances.shape[-1] < _SITES:
        return np.zeros(covariances.shape[:-2])
    return np.asarray(
        sum(np.prod([covariances[..., i, j] for i, j in pairs], axis=0) for pairs in _PAIRINGS),
        dtype=np.float64,
    )


def _shaped(values: Floats, matrices: Floats) -> Any:
    return float(values) if matrices.ndim == 2 else values


def _drawn(covariance: Floats, n: Any, seed: Any) -> Floats:
    n, seed = require_integer("n", n, minimum=1), require_integer("seed", seed, minimum=0)
    sites = len(covariance)
    require_budget(
        f"n = {n}", seconds=n * sites * (3e-8 + 1e-10 * sites), memory=32.0 * n * sites, smaller="n"
    )
    return draw_gaussian(covariance, n, seed)
