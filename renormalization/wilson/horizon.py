"""The learnability horizon: where the eigenvalues of a kernel fall below the effective ridge."""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.spectrum import Spectrum


def horizons(spectrum: Spectrum, kappa: Floats, n: Floats, interpolate: bool = False) -> Any:
    """For each kappa (and the n it belongs to) the highest degree with lambda > kappa, -1 if there is none.

    `interpolate`: real numbers, see `WilsonFlow.horizon`. ValueError where it lies beyond the spectrum.

    >>> spectrum = Spectrum.from_arrays([1.0, 0.1, 0.001], [1, 3, 5], dim=3)
    >>> horizons(spectrum, np.array([0.01, 2.0]), np.array([10.0, 1.0])).tolist()
    [1, -1]
    """
    lam = spectrum.eigenvalues
    learnt = lam > kappa[:, None]
    last = np.where(learnt.any(axis=1), len(lam) - 1 - np.argmax(learnt[:, ::-1], axis=1), -1)
    hidden = (last == len(lam) - 1) & (spectrum.tail_eigenvalue > kappa)
    if hidden.any():
        raise ValueError(
            f"spectrum must reach the horizon, where lambda = kappa (got max_degree {len(lam) - 1} at "
            f"n = {n[hidden][0]:g}); raise max_degree"
        )
    if not interpolate:
        return last.astype(np.int64)
    return np.array([_crossing(spectrum, int(l), float(k)) for l, k in zip(last, kappa, strict=True)])


def _crossing(spectrum: Spectrum, last: int, kappa: float) -> float:
    logs = spectrum.log_eigenvalues
    beyond = np.flatnonzero(logs[last + 1 :] > -np.inf)
    if last < 1 or not len(beyond):  # no logarithm of degree 0, nothing to interpolate with
        return float(last)
    after = last + 1 + int(beyond[0])
    share = (logs[last] - np.log(kappa)) / (logs[last] - logs[after])
    return float(last * (after / last) ** share)
