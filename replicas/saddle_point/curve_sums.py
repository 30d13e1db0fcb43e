"""The saddle points of many curves in one compiled call, one curve to a thread."""

from __future__ import annotations

import numpy as np
from numba import prange

from fieldtheory.array_types import Floats, Integers
from fieldtheory.compiled import compiled
from replicas.saddle_point.effective_ridge import REASSOCIATE, effective_ridges, point_sums


@compiled(error_model="numpy", parallel=True)
def curve_sums(
    n: Floats,
    which: Integers,
    ridges: Floats,
    eigenvalues: Floats,
    traces: Floats,
    counts: Floats,
    powers: Floats,
) -> Floats:
    """kappa, gamma, 1 - gamma, bias and sum_l deg(l) lambda_l kappa/(lambda_l + kappa) of many curves.

    Curve c: the spectrum `which[c]`, a row of `eigenvalues`, `traces`, `counts`, with total ridge ridges[c];
    shape (curves, 5, len(n)). Every curve starts each point from the last one, and a thread takes a curve.
    """
    out = np.empty((len(which), 5, len(n)))
    for c in prange(len(which)):
        values, weights = eigenvalues[which[c]], traces[which[c]]
        kappa = effective_ridges(n, ridges[c], values, weights, counts[which[c]])
        sums = point_sums(kappa, n, ridges[c], values, weights, counts[which[c]], powers)
        for j in range(len(n)):
            out[c, 0, j], out[c, 4, j] = kappa[j], _posterior(kappa[j], values, weights)
            out[c, 1, j], out[c, 2, j], out[c, 3, j] = sums[0][j], sums[1][j], sums[2][j]
    return out


@compiled(error_model="numpy", fastmath=REASSOCIATE)
def _posterior(kappa: float, eigenvalues: Floats, traces: Floats) -> float:
    """sum_l deg(l) lambda_l kappa/(lambda_l + kappa)."""
    total = 0.0
    if kappa > 0.0:
        for i in range(len(eigenvalues)):
            total += traces[i] * (kappa / (eigenvalues[i] + kappa))
    else:
        for i in range(len(eigenvalues)):
            total += 0.0 if eigenvalues[i] > 0.0 else traces[i]
    return total
