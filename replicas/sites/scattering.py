r"""Scattering at single sites: lines given the number of points there, and what follows from their averages.

A site with n points has the line g_n = 1/(u + n/ridge); the site theory knows u by <g_n> = g. Written as
ridge/(ridge u + n), so that ridge 0 is a number like others. All arrays have a row for each site, what
depends on n a column for each level. A site with the line 0, a point that the kernel does not see, scatters
nothing: g_n = g, a number that nothing feels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from replicas.sites.occupations import Occupations

_STEPS = 100
_UNFELT = 1e-20  # of the largest line: one in place of 0


class Scattering(NamedTuple):
    """One site in its surroundings: averages over n of powers of g_n, and their derivatives.

    `weights` of n; `outer`: u; `line`: g = <g_n>; `levels`: g_n; `over_ridge`: g_n/ridge at n > 0, else 0;
    `second`: <g_n^2>; `spread`: <(g_n-g)^2>; `skew`: <g_n^2 (g_n-g)>; `self_energy`: Sigma = 1/g - u; `pull`:
    w = -dSigma/dg; `noise`: tau = <t^2>, t = (g_n-g)/g^2; `noise_slope`: dtau/dg.
    """

    weights: Floats
    outer: Floats
    line: Floats
    levels: Floats
    over_ridge: Floats
    second: Floats
    spread: Floats
    skew: Floats
    self_energy: Floats
    pull: Floats
    noise: Floats
    noise_slope: Floats

    @property
    def passed(self) -> Floats:
        """g_n^2/<g_n^2>: what a level has of the site's response to its surroundings."""
        return self.levels**2 / self.second[:, None]

    @property
    def noise_levels(self) -> Floats:
        """dtau/dv_n at fixed g, over the weight of the level."""
        g = self.line[:, None]
        excess = g - self.levels + (self.skew / self.second)[:, None]
        return 2.0 / g**4 * self.levels**2 * excess


def scattering(line: Floats, law: Occupations, ridge: float) -> Scattering:
    """The scattering at sites with these lines g."""
    weights, numbers = law.weights, law.numbers
    dark = line <= 0
    line = np.where(dark, _UNFELT * line.max(), line)
    u = _surroundings(line, weights, numbers, ridge)
    levels, over = _lines(u, numbers, ridge)
    u[dark], levels[dark], over[dark] = 1.0 / line[dark], line[dark, None], 0.0
    deviation = levels - line[:, None]
    second, spread = row_sums(weights, levels**2), row_sums(weights, deviation**2)
    skew = row_sums(weights, levels**2 * deviation)
    noise = spread / line**4
    return Scattering(
        weights,
        u,
        line,
        levels,
        over,
        second,
        spread,
        skew,
        # <n/ridge g_n>/g loses no digit where sites are rarely occupied, as 1/g - u would
        row_sums(weights, numbers * over) / line,
        spread / (second * line**2),
        noise,
        2.0 * skew / second / line**4 - 4.0 * noise / line,
    )


def _lines(u: Floats, numbers: Floats, ridge: float) -> tuple[Floats, Floats]:
    """g_n, and g_n/ridge where n > 0."""
    over = np.zeros((len(u), len(numbers)))
    over[:, 1:] = 1.0 / (ridge * u[:, None] + numbers[1:])
    levels = ridge * over
    levels[:, 0] = np.divide(1.0, u, out=np.zeros_like(u), where=u > 0)
    return levels, over


def _surroundings(line: Floats, weights: Floats, numbers: Floats, ridge: float) -> Floats:
    """u with <1/(u + n/ridge)> = g, by Newton's method for 1/<g_n>, concave in u with a slope of at least 1.

    From below the root its steps stay below.
    """
    u = weights[:, 0] / line
    if ridge == 0:
        return u
    u = np.maximum(u, 1.0 / line - row_sums(weights, np.broadcast_to(numbers, weights.shape)) / ridge)
    u = np.maximum(u, 0.0)
    for _ in range(_STEPS):
        levels, _ = _lines(u, numbers, ridge)
        mean, second = row_sums(weights, levels), row_sums(weights, levels**2)
        # (1/g - 1/mean) mean^2/second
        step = (mean / line - 1.0) * mean / second
        u = u + step
        if (np.abs(step) <= 1e-15 * u + 1e-15 / line).all():
            break
    return u


def row_sums(left: Floats, right: Floats) -> Floats:
    """The sum of products in every row: averages with the weights of levels, the diagonal of left right^T."""
    found: Floats = np.einsum("ij,ij->i", left, right)
    return found
