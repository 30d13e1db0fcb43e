r"""The running couplings of the Wilsonian flow at every cut-off, compiled.

Sums from the ultraviolet end, of positive terms only: sigma_R^2 = ridge + sum_{l>Lambda} deg kappa
lambda_l/(lambda_l+kappa), tau_R^2 = noise + sum_{l>Lambda} g_l^2 (kappa/(lambda_l+kappa))^2, and 1 - gamma_<
= (sigma_R^2/kappa + sum_{l<=Lambda} deg lambda_l kappa/(lambda_l+kappa)^2)/n, whose ratio to the same at the
last degree is the factor Z.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled


class RunningCouplings(NamedTuple):
    """The parameters of the theory of degrees l <= cutoff; shape of n, then shape of the cut-off.

    `ridge`: sigma_R^2, screened; `ridge_naive`: bare ridge plus the trace above the cut-off; `label_noise`:
    tau_R^2; `factor`: Z; `coupling`: u = lambda_cutoff/kappa, 1 at the learnability horizon.
    """

    ridge: Any
    ridge_naive: Any
    label_noise: Any
    factor: Any
    coupling: Any


def _coupling_steps(kappa: Floats, n: Floats, ridge: float, noise: float, *spectrum: Floats) -> float:
    return 1.5 * len(kappa) * len(spectrum[0])


@compiled(error_model="numpy", steps=_coupling_steps)
def running_couplings(
    kappa: Floats, n: Floats, ridge: float, noise: float, eigenvalues: Floats, traces: Floats, powers: Floats
) -> tuple[Floats, Floats, Floats]:
    """sigma_R^2, tau_R^2 and 1 - gamma_<, each of shape (len(kappa), degrees), for cut-offs 0, 1, ...

    `ridge` includes the tail of the spectrum, `noise` target power of unknown degree; kappa must be positive.
    """
    shape = len(kappa), len(eigenvalues)
    ridges, noises, one_minus_gamma = np.empty(shape), np.empty(shape), np.empty(shape)
    last = len(eigenvalues) - 1
    for j in range(len(kappa)):
        k, s, t = kappa[j], ridge, noise
        for l in range(last, -1, -1):
            ridges[j, l], noises[j, l] = s, t
            missed = k / (eigenvalues[l] + k)
            s += traces[l] * missed
            t += powers[l] * (missed * missed)
        partly, per_point = 0.0, 1.0 / n[j]
        for l in range(last + 1):
            inverse = 1.0 / (eigenvalues[l] + k)
            partly += traces[l] * inverse * (k * inverse)
            one_minus_gamma[j, l] = (ridges[j, l] / k + partly) * per_point
    return ridges, noises, one_minus_gamma
