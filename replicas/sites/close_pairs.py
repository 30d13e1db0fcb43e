r"""Pairs of points that are almost one: what a training set with both adds, which rings leave out.

Sites scatter as if independent. Two that share most of their line, rho^2 = G_ij^2/(g_i g_j) near 1, are
fitted together where the ridge lets them: a small difference of features then carries the difference of
their labels, and the fit far away runs off. In the averaged line around, with G_2 between the two, it is A r
with A = G (G_2 + ridge)^{-1}, beyond G_i/(g_i + ridge) of each alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Floats, Integers
from replicas.sites.site_averages import SiteLines

_SHARED = 0.9  # rho^2 from which a pair counts
_FITTED = 4.0  # times the ridge: the least line that it leaves room for small differences
_SUMMED = 4.0  # times what each adds alone: rings know of as much
_COPIES = 1e-11  # 1 - rho^2 of exact copies, which are fitted by their mean
_STRIP = 2**20  # numbers at a time


class ClosePairs(NamedTuple):
    """What close pairs add in expectation: to the `error` of labels without noise, and to the `gain`."""

    error: float
    gain: float


def close_pairs(lines: SiteLines, n: float) -> ClosePairs:
    """What a problem's close pairs add, where n points are drawn."""
    line, at = lines.found.line, lines.found.sites
    own = line.diagonal()
    drawn = 1.0 - at.weights[:, 0]
    where = np.flatnonzero((drawn > 0) & (own > _FITTED * lines.found.ridge))
    scale = np.sqrt(own[where])
    shared = (line[np.ix_(where, where)] / scale[:, None] / scale) ** 2
    first, second = np.nonzero(np.triu((shared > _SHARED) & (shared < 1.0 - _COPIES), 1))
    first, second = where[first], where[second]
    # what is left of the labels where neither is drawn
    left = lines.residual * (at.levels[:, 0] / at.line)[:, None]
    error = gain = 0.0
    step = max(1, _STRIP // (2 * len(line)))
    for start in range(0, len(first), step):
        pair = np.stack([first[start : start + step], second[start : start + step]], axis=1)
        chance = drawn[pair].prod(axis=1) * (1.0 - 1.0 / n)
        to_error, to_gain = _added(line, pair, lines.found.ridge, left, lines.observed.sites.weights)
        error += float(chance @ to_error)
        gain += float(chance @ to_gain)
    return ClosePairs(error, gain)


def _added(
    line: Floats, pair: Integers, ridge: float, left: Floats, weights: Floats
) -> tuple[Floats, Floats]:
    """For every pair: what it adds to the error and to the gain if both are drawn."""
    both = line[pair[:, :, None], pair[:, None, :]] + ridge * np.eye(2)
    alone = both[:, [0, 1], [0, 1]]
    columns = line[:, pair]  # (sites, pairs, 2)
    together = np.einsum("xpa,pab->xpb", columns, np.linalg.inv(both))
    apart = columns / alone
    labels = left[pair]  # (pairs, 2, outputs)

    def squares(amplitudes: Floats) -> Floats:
        found: Floats = np.einsum("x,xpa->p", weights, amplitudes**2)
        return found

    to_gain = squares(together) - _SUMMED * squares(apart)
    fitted = np.einsum("xpa,pao->xpo", together, labels)
    each = apart[..., None] * labels
    to_error = squares(fitted) - _SUMMED * np.einsum("x,xpao->p", weights, each**2)
    return np.maximum(to_error, 0.0), np.maximum(to_gain, 0.0)
