r"""Random smooth deformations of maximal entropy, and images deformed by them.

Petrini, Favero, Geiger, Wyart, arXiv 2105.02468. A point r of the unit square moves to r + u(r), with

    u(r) = sum_{i, j >= 1, i^2 + j^2 <= c^2} C_ij sin(i pi r_1) sin(j pi r_2),    C_ij ~ N(0, T/(i^2 + j^2)),

for both components, independently: a free field with walls, of weight exp(-E/T), E = (2/pi^2) int |grad u|^2.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.arguments import require_choice, require_integer, require_variance
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.data.bilinear import require_images, shifted_images
from fieldtheory.references import PETRINI

GRIDS = ("midpoints", "edges")
_MOST_WAVES, _MOST_PIXELS = 1000, 10_000
_BLOCK = 256  # images whose fields are held at once
_FOLD_FIELDS, _FOLD_PIXELS = 20, 64  # that a warning counts


class TemperatureRange(NamedTuple):
    """Temperatures from where deformations are seen to where they fold."""

    lowest: float
    highest: float


class FoldedFraction(NamedTuple):
    """The share of points at which a deformation is folded, with its standard error over fields."""

    value: float
    stderr: float


@dataclass(frozen=True)
class Diffeomorphisms:
    """Deformations u of the unit square: `cutoff` c of the wave numbers, `temperature` T.

    `grid`: where the pixels of an image are, at the "midpoints" of p equal parts of each side, so that u is
    p u pixels, or, "edges", at p points from 0 to 1, u is (p - 1) u pixels and the border stays.

    ValueError for a cutoff that is no integer from 2 to 1000 (below 2 there are no waves), a negative
    temperature. What draws fields warns at temperatures above `temperature_range`, where they fold.

    >>> waves = Diffeomorphisms(cutoff=5, temperature=0.5)
    >>> round(waves.mean_variance, 10), round(waves.gradient_variance, 9)
    (0.216506096, 9.252754126)
    """

    cutoff: int
    temperature: float
    grid: str = "midpoints"
    references = (PETRINI,)

    def __post_init__(self) -> None:
        cutoff = require_integer("cutoff", self.cutoff, minimum=2, maximum=_MOST_WAVES)
        object.__setattr__(self, "cutoff", cutoff)
        object.__setattr__(self, "temperature", require_variance("temperature", self.temperature))
        require_choice("grid", self.grid, GRIDS)

    @property
    def modes(self) -> int:
        """How many waves (i, j) there are."""
        return int(np.count_nonzero(self._unit_variances))

    @property
    def mean_variance(self) -> float:
        """<u^2> of a component, averaged over the square: (T/4) sum 1/(i^2 + j^2)."""
        return self.temperature / 4 * float(self._unit_variances.sum())

    @property
    def gradient_variance(self) -> float:
        """<(d u/d r_1)^2> of a component, averaged over the square: pi^2 T/8 times the number of waves."""
        return math.pi**2 * self.temperature / 8 * self.modes

    def variance(self, points: Any) -> Any:
        """<u^2> of a component at points of the unit square, (..., 2): a float, or an array (...).

        >>> round(Diffeomorphisms(cutoff=5, temperature=0.5).variance([0.5, 0.5]), 10)
        0.3777777778
        """
        found = require_reals("points", points, what="points of the unit square")
        if not found.ndim or found.shape[-1] != 2 or (found < 0).any() or (found > 1).any():
            raise ValueError(
                f"points must be in the unit square, shape (..., 2) with entries from 0 to 1 (got shape "
                f"{found.shape})"
            )
        rows, columns = (self._waves(found[..., axis]) ** 2 for axis in (0, 1))
        variances = self.temperature * np.einsum("...i,ij,...j->...", rows, self._unit_variances, columns)
        return float(variances) if found.ndim == 1 else variances

    def covariance(self, pixels: int) -> Floats:
        """<u(r) u(r')> of a component at the pixels of an image, row by row, (p^2, p^2).

        >>> Diffeomorphisms(cutoff=3, temperature=0.1).covariance(8).shape
        (64, 64)
        """
        p = _require_pixels(pixels)
        require_budget(
            f"pixels = {p}", seconds=1e-9 * p**4 * self.modes, memory=24.0 * p**4, smaller="pixels"
        )
        waves = self._waves(self.positions(p))
        chosen = np.nonzero(self._unit_variances)
        at_pixels = np.einsum("ak,bk->abk", waves[:, chosen[0]], waves[:, chosen[1]]).reshape(p * p, -1)
        at_pixels *= np.sqrt(self.temperature * self._unit_variances[chosen])
        return np.asarray(at_pixels @ at_pixels.T)

    def temperature_range(self, pixels: int) -> TemperatureRange:
        """Where deformations of images with p x p pixels are visible and smooth: from T to T.

        lowest: the root mean square of the length of the displacement is half a pixel; highest: that of the
        slopes d u/d r is 1, 8/(pi^2 modes), where a quarter of the square is folded; at a tenth of it 1 %.

        >>> Diffeomorphisms(cutoff=3, temperature=0.1).temperature_range(32).highest.__round__(6)
        0.202642
        """
        length = self.pixels_per_unit(_require_pixels(pixels))
        return TemperatureRange(0.5 / length**2 / float(self._unit_variances.sum()), self._highest)

    def pixels_per_unit(self, pixels: int) -> int:
        """How many pixels a displacement of 1, the side of the square, is."""
        return pixels if self.grid == "midpoints" else pixels - 1

    def positions(self, pixels: int) -> Floats:
        """The coordinate of each row, or column, of pixels."""
        if self.grid == "midpoints":
            return (np.arange(pixels) + 0.5) / pixels
        return np.linspace(0, 1, pixels)

    def sample(self, pixels: int, fields: int, seed: int = 0) -> Floats:
        """Displacements on the pixels of an image, in units of the side of the square: (fields, 2, p, p).

        u[:, 0] is along rows (the first index of an image), u[:, 1] along columns. From
        `numpy.random.default_rng(seed)`, whose `normal(size=(fields, 2, c, c))` gives C.

        >>> Diffeomorphisms(cutoff=3, temperature=0.1).sample(pixels=8, fields=2).shape
        (2, 2, 8, 8)
        """
        p, fields = _require_pixels(pixels), require_integer("fields", fields, minimum=1)
        seed = require_integer("seed", seed, minimum=0)
        self._require_budget("fields", fields, p, held=fields)
        self.warn_of_folds()
        return self.displacements(np.random.default_rng(seed), self.positions(p), fields)

    def deform(self, images: Any, seed: int = 0) -> Floats:
        """Every image (n, p, p) deformed by a field of its own, bilinearly interpolated; seed as in `sample`.

        The pixel at r shows what was at r + u(r); beyond the border, the border.

        >>> Diffeomorphisms(cutoff=3, temperature=0.0).deform(np.eye(4)[None])[0, 0].tolist()
        [1.0, 0.0, 0.0, 0.0]
        """
        found, seed = require_images(images), require_integer("seed", seed, minimum=0)
        number, p, _ = found.shape
        self._require_budget("images", number, p, held=min(number, _BLOCK))
        self.warn_of_folds()
        random, positions, out = np.random.default_rng(seed), self.positions(p), np.empty_like(found)
        for first in range(0, number, _BLOCK):
            block = slice(first, first + _BLOCK)
            shifts = self.displacements(random, positions, len(found[block]))
            shifts *= self.pixels_per_unit(p)
            out[block] = shifted_images(found[block], shifts)
        return out

    def folded_fraction(self, pixels: int = 64, fields: int = 100, seed: int = 0) -> FoldedFraction:
        """The share of points of a p x p grid where r + u(r) has no positive Jacobian determinant.

        >>> Diffeomorphisms(cutoff=3, temperature=0.002).folded_fraction().value
        0.0
        """
        p, fields = _require_pixels(pixels), require_integer("fields", fields, minimum=1)
        seed = require_integer("seed", seed, minimum=0)
        self._require_budget("fields", 4 * fields, p, held=4)
        random, positions, shares = np.random.default_rng(seed), self.positions(p), np.empty(fields)
        waves, slopes = self._waves(positions), self._slopes(positions)
        for k in range(fields):
            coefficients = self._coefficients(random, 1)[0]
            along_rows = slopes @ coefficients @ waves.T
            along_columns = waves @ coefficients @ slopes.T
            straight = (1 + along_rows[0]) * (1 + along_columns[1])
            shares[k] = np.mean(straight <= along_columns[0] * along_rows[1])
        stderr = float(shares.std(ddof=1)) / math.sqrt(fields) if fields > 1 else math.nan
        return FoldedFraction(float(shares.mean()), stderr)

    def warn_of_folds(self) -> None:
        """UserWarning, with the folded fraction, at temperatures above `temperature_range`."""
        if self.temperature > self._highest:
            share = self.folded_fraction(_FOLD_PIXELS, _FOLD_FIELDS).value
            warnings.warn(
                f"temperature {self.temperature:g} is above {self._highest:.3g}, where the slopes of "
                f"deformations of cutoff {self.cutoff} reach 1: {share:.1%} of the square is folded",
                UserWarning,
                stacklevel=3,
            )

    def displacements(self, random: np.random.Generator, positions: Floats, fields: int) -> Floats:
        """So many fields, (fields, 2, p, p), from the next numbers of `random`."""
        waves, coefficients = self._waves(positions), self._coefficients(random, fields)
        cutoff, p = self.cutoff, len(positions)
        # one large product for the columns; for the rows one small product a field
        columns = coefficients.reshape(-1, cutoff) @ waves.T
        found: Floats = np.matmul(waves, columns.reshape(-1, cutoff, p)).reshape(fields, 2, p, p)
        return found

    def _coefficients(self, random: np.random.Generator, fields: int) -> Floats:
        found: Floats = random.normal(size=(fields, 2, self.cutoff, self.cutoff))
        found *= np.sqrt(self.temperature * self._unit_variances)
        return found

    @property
    def _unit_variances(self) -> Floats:
        """1/(i^2 + j^2) of the waves, 0 beyond the cutoff."""
        squares = np.add.outer(*[np.arange(1, self.cutoff + 1) ** 2] * 2)
        return np.where(squares <= self.cutoff**2, 1 / squares, 0.0)

    @property
    def _highest(self) -> float:
        return 8 / (math.pi**2 * self.modes)

    def _waves(self, coordinates: Floats) -> Floats:
        """sin(i pi r), (..., c)."""
        return np.asarray(np.sin(math.pi * np.multiply.outer(coordinates, np.arange(1, self.cutoff + 1))))

    def _slopes(self, coordinates: Floats) -> Floats:
        """Their derivatives by r."""
        wave_numbers = math.pi * np.arange(1, self.cutoff + 1)
        return np.asarray(wave_numbers * np.cos(np.multiply.outer(coordinates, wave_numbers)))

    def _require_budget(self, name: str, number: int, pixels: int, held: int) -> None:
        c, p = float(self.cutoff), float(pixels)
        require_budget(
            f"{name} of number {number} on {pixels} x {pixels} pixels",
            seconds=number * (1e-5 + 5e-8 * c * c + 2e-8 * p * p + 1e-9 * (c * c * p + c * p * p)),
            memory=32.0 * held * (p * p + c * p + c * c) + 24.0 * number * p * p,
            smaller=f"{name}, pixels or cutoff",
        )


def _require_pixels(pixels: Any) -> int:
    return require_integer("pixels", pixels, minimum=2, maximum=_MOST_PIXELS)
