r"""The effective ridge kappa of the self-consistent theory, compiled.

kappa solves N = ridge/kappa + sum_l deg(l) lambda_l/(lambda_l + kappa), the tail of the spectrum counted
as ridge. Bracketed Newton steps on the logarithms of both sides, applied to kappa as factors; modes above
and below kappa are counted differently, so that no digits cancel on the plateaus of the sum. Relative
accuracy from 1e-300 to 1e300, ridge 0 included.

Equation: self-consistent-kappa
"""

from __future__ import annotations

import math

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled

# error_model="numpy" drops the branch on division by zero, which would keep the sums out of vector registers
REASSOCIATE = {"reassoc", "contract", "nsz", "arcp"}  # lets the sums over modes run in vector registers
_CONVERGED = 1e-8  # relative size of a Newton step, quadratic, after which only rounding is left


@compiled(error_model="numpy", fastmath=REASSOCIATE)
def _mode_sums(
    kappa: float, eigenvalues: Floats, traces: Floats, counts: Floats
) -> tuple[float, float, float]:
    """Number of modes above kappa, the rest of the mode sum, and minus its derivative by log kappa."""
    above, rest, slope = 0.0, 0.0, 0.0
    for i in range(len(eigenvalues)):
        inverse = 1.0 / (eigenvalues[i] + kappa)
        share = traces[i] * inverse
        learnt = eigenvalues[i] > kappa
        above += counts[i] if learnt else 0.0
        rest += -counts[i] * (kappa * inverse) if learnt else share
        slope += share * (kappa * inverse)
    return above, rest, slope


@compiled(error_model="numpy")
def _excess(
    kappa: float, n: float, ridge: float, eigenvalues: Floats, traces: Floats, counts: Floats
) -> tuple[float, float]:
    """ridge/kappa + sum deg lambda/(lambda + kappa) - n, and minus its derivative by log kappa."""
    above, rest, slope = _mode_sums(kappa, eigenvalues, traces, counts)
    return (above - n) + rest + ridge / kappa, slope + ridge / kappa


@compiled(error_model="numpy")
def _solve(
    kappa: float,
    low: float,
    high: float,
    n: float,
    ridge: float,
    eigenvalues: Floats,
    traces: Floats,
    counts: Floats,
) -> tuple[float, float]:
    """kappa, from a first guess, and minus the derivative of the mode sum by its logarithm."""
    slope = 1.0
    for step in range(300):
        excess, slope = _excess(kappa, n, ridge, eigenvalues, traces, counts)
        if excess == 0.0:
            break
        if excess > 0.0:
            low = kappa
        else:
            high = kappa
        if abs(excess) < _CONVERGED * slope:
            kappa += kappa * (excess / slope)
            break
        # Newton on the logarithm of the mode sum against log kappa: nearly a straight line
        new = kappa * math.exp((n + excess) * math.log1p(excess / n) / slope) if slope > 0.0 else math.inf
        # on a wide plateau Newton moves by one e-fold a step: halve the bracket in between
        if not low < new < high or step > 6 and step % 2 == 0:
            new = math.sqrt(low) * math.sqrt(high)
            if not low < new < high:
                break
        kappa = new
    return kappa, slope


def _sum_steps(n: Floats, ridge: float, eigenvalues: Floats, *more: Floats) -> float:
    return 5.0 * len(n) * (len(eigenvalues) + 5)


@compiled(error_model="numpy", steps=_sum_steps)
def effective_ridges(n: Floats, ridge: float, eigenvalues: Floats, traces: Floats, counts: Floats) -> Floats:
    """kappa for every training-set size in n (any order; each one starts the next).

    `ridge` includes the tail of the spectrum; `traces` = deg lambda, `counts` = deg. kappa = 0 where
    ridge = 0 and the kernel has no more modes than n: it then learns its modes exactly.

    Equation: self-consistent-kappa
    """
    out = np.empty(len(n))
    modes, smallest, hidden = 0.0, math.inf, ridge
    for i in range(len(eigenvalues)):
        if eigenvalues[i] > 0.0:
            modes += counts[i]
            smallest = min(smallest, eigenvalues[i])
        else:
            hidden += traces[i]  # an eigenvalue below the float range with a finite trace acts as ridge
    total = ridge + traces.sum()
    kappa, slope, before = math.inf, 1.0, 1.0
    for i in range(len(n)):
        if hidden > 0.0:
            low = hidden / n[i]
        elif modes > n[i]:
            low = 0.5 * smallest * ((modes - n[i]) / modes) if modes < math.inf else smallest
        else:
            out[i] = 0.0
            continue
        if kappa < math.inf:  # the first Newton step from the last point needs no new sum
            drop = before / n[i] - 1.0
            near = kappa * (1.0 + n[i] * drop / slope * (1.0 + 0.5 * drop))
            kappa = near if abs(drop) < 0.5 and near > 0.0 else kappa
        high = total / n[i]
        kappa = min(max(kappa, low), high)
        excess, slope = _excess(kappa, n[i], ridge, eigenvalues, traces, counts)
        if abs(excess) < _CONVERGED * slope:  # nearly always along a curve; cheaper here than in the loop
            kappa += kappa * (excess / slope)
        else:
            kappa, slope = _solve(kappa, low, high, n[i], ridge, eigenvalues, traces, counts)
        out[i] = kappa
        before = n[i]
    return out


def _point_steps(kappa: Floats, n: Floats, ridge: float, eigenvalues: Floats, *more: Floats) -> float:
    return len(kappa) * (len(eigenvalues) + 5.0)


@compiled(error_model="numpy", fastmath=REASSOCIATE, steps=_point_steps)
def point_sums(
    kappa: Floats,
    n: Floats,
    ridge: float,
    eigenvalues: Floats,
    traces: Floats,
    counts: Floats,
    powers: Floats,
) -> tuple[Floats, Floats, Floats]:
    r"""gamma = sum deg (lambda/(lambda+kappa))^2/n, 1 - gamma, and sum g_l^2 (kappa/(lambda_l+kappa))^2.

    1 - gamma = (ridge/kappa + sum deg lambda kappa/(lambda+kappa)^2)/n, a sum of positive terms: it keeps its
    digits where gamma is next to 1. At kappa = 0 it is 1 - (modes)/n, 0 exactly where those are as many.
    """
    gamma, one_minus_gamma, bias = np.empty(len(kappa)), np.empty(len(kappa)), np.empty(len(kappa))
    for j in range(len(kappa)):
        k, learnt, partly, missing = kappa[j], 0.0, 0.0, 0.0
        if k > 0.0:
            for i in range(len(eigenvalues)):
                inverse = 1.0 / (eigenvalues[i] + k)
                share, missed = traces[i] * inverse, k * inverse
                learnt += share * (eigenvalues[i] * inverse)
                partly += share * missed
                missing += powers[i] * (missed * missed)
            one_minus_gamma[j] = (ridge / k + partly) / n[j]
        else:  # every mode learnt exactly, those with eigenvalue zero not at all
            for i in range(len(eigenvalues)):
                if eigenvalues[i] > 0.0:
                    learnt += counts[i]
                else:
                    missing += powers[i]
            one_minus_gamma[j] = (n[j] - learnt) / n[j]
        gamma[j], bias[j] = learnt / n[j], missing
    return gamma, one_minus_gamma, bias
