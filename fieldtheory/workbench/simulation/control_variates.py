r"""Control variates: what is known of a data set without solving it, of exactly known mean.

Pairs of training points, S_l = Σ_{i<j} P_l(x_i·x_j) with l ≥ 1, have mean 0 and variance
(N(N − 1)/2)/deg(l); they say how evenly the points happen to lie, on which the error depends. With a Poisson
number n of points, n − N and (n − N)² − N come to them. What is left of an average after its regression on
them scatters two to twenty times less (variances, d = 5 to 15), and has the same mean whatever the slopes
are, as long as these come from other data sets.
"""

from __future__ import annotations

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled
from fieldtheory.sphere.harmonics import float_multiplicities
from fieldtheory.workbench.simulation.dataset_regression import DatasetRegression

_MOST_DEGREES = 6


def pair_controls(problem: DatasetRegression, points: Floats) -> Floats:
    """The control variates of one data set: mean 0, variance 1."""
    size = problem.size
    degrees = min(max(len(problem.eigenvalues) - 1, 1), _MOST_DEGREES)
    sums = np.zeros(degrees)
    _add_pairs(points, sums)
    pairs = max(0.5 * size * (size if problem.poisson else size - 1), 1.0)
    controls: Floats = sums * np.sqrt(float_multiplicities(degrees, problem.dim)[1:] / pairs)
    if not problem.poisson:
        return controls
    excess = (len(points) - size) / np.sqrt(size)
    return np.append(controls, [excess, (excess**2 - 1.0) / np.sqrt(2.0 + 1.0 / size)])


def control_slopes(averages: Floats, controls: Floats) -> Floats:
    """Slopes of averages on controls, (controls, averages), by least squares over data sets.

    Zero for an average that would scatter more after it, as where it depends on the controls not at all.
    """
    count, number = controls.shape
    if count < 2 * (number + 2):
        return np.zeros((number, averages.shape[1]))
    centred, deviations = controls - controls.mean(axis=0), averages - averages.mean(axis=0)
    slopes = np.linalg.lstsq(centred, deviations, rcond=None)[0]
    left = ((deviations - centred @ slopes) ** 2).sum(axis=0)
    # what is left in other data sets: the slopes are as uncertain as these are few
    expected = left / (count - 1 - number) * (1.0 + number / (count - 2 - number))
    helps = expected < (deviations**2).sum(axis=0) / (count - 1)
    return np.where(helps, slopes, 0.0)


@compiled(error_model="numpy", fastmath={"contract"})
def _add_pairs(points: Floats, sums: Floats) -> None:  # pragma: no cover - compiled
    """Add P_l(x_i·x_j), l = 1, 2, …, of all pairs to `sums`."""
    dim = points.shape[1]
    for i in range(points.shape[0]):
        for j in range(i):
            t = 0.0
            for k in range(dim):
                t += points[i, k] * points[j, k]
            below, value = 1.0, t
            sums[0] += t
            for l in range(1, len(sums)):
                below, value = value, ((2 * l + dim - 2) * t * value - l * below) / (l + dim - 2)
                sums[l] += value
