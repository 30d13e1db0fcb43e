"""Sites of a data set: equal points with equal labels are one site, whose points it counts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Booleans, Floats, Integers
from replicas.sites.site_problem import SiteProblem

_NEAR = 1e-6  # of the mean square: the square of a distance at which points are near copies


class Sites(NamedTuple):
    """Sites: `features` (sites, rank), `labels` (sites, outputs), `counts` of points that may be drawn.

    `counts` is 0 where none is; `members`: the site of every point; `weights`: share of a site in means over
    the points of which errors are means; `points`: how many are drawn from; `apart`: points with copies of
    another label, `near`: points that are copies of others but for little.
    """

    features: Floats
    labels: Floats
    counts: Integers
    members: Integers
    weights: Floats
    points: int
    apart: int
    near: int

    @property
    def drawn(self) -> Booleans:
        """Sites that may be drawn."""
        return self.counts > 0

    @property
    def tested(self) -> bool:
        """Whether errors are means over points that are never drawn."""
        return bool((self.weights[~self.drawn] > 0).any())


def sites_of(problem: SiteProblem) -> Sites:
    """The sites of a problem."""
    features, labels = problem.features, problem.labels
    points = len(features) if problem.drawn is None else problem.drawn
    first, apart, near = _first_copies(features[:points], labels[:points], problem.rounding)
    # test points stay apart from each other and from what is drawn
    first = np.append(first, np.arange(points, len(features)))
    kept, members = np.unique(first, return_inverse=True)
    counts = np.bincount(members[:points], minlength=len(kept))
    observed = np.ones(len(features)) if problem.drawn is None else np.arange(len(features)) >= points
    weights = np.bincount(members, observed / observed.sum(), minlength=len(kept)).astype(np.float64)
    return Sites(features[kept], labels[kept], counts, members, weights, points, apart, near)


def _first_copies(features: Floats, labels: Floats, rounding: float) -> tuple[Integers, int, int]:
    """For every point the first equal one with equal labels; how many have other copies, and near ones."""
    squares = np.einsum("ij,ij->i", features, features)
    first = np.arange(len(features))
    apart, near = np.zeros(len(features), dtype=bool), np.zeros(len(features), dtype=bool)
    tolerance = len(features) * rounding
    step = max(1, 2**20 // max(1, len(features)))
    for start in range(0, len(features), step):  # a strip of the matrix at a time
        rows = slice(start, start + step)
        scale = squares[rows, None] + squares
        distances = scale - 2.0 * (features[rows] @ features.T)
        # points that the kernel does not see are no copies: nothing is learnt of them
        close = np.argwhere((distances <= _NEAR * scale) & (scale > 0))
        for i, j in close[close[:, 0] + start > close[:, 1]]:
            k = i + start
            if distances[i, j] > tolerance * scale[i, j]:
                near[[k, j]] = True
            elif np.array_equal(labels[k], labels[j]):
                first[k] = min(first[k], first[j])
            else:
                apart[[k, j]] = True
    return first, int(apart.sum()), int(near.sum())
