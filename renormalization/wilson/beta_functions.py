r"""Derivatives of the running couplings by the logarithm of the cut-off, towards the ultraviolet."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_types import Floats, Integers
from fieldtheory.spectrum import Spectrum
from replicas.learnability import learnability, traced_learnability
from replicas.prediction import Problem


class BetaFunctions(NamedTuple):
    """Derivatives of the running couplings by the logarithm of the cut-off; fields as in RunningCouplings."""

    ridge: Any
    ridge_naive: Any
    label_noise: Any
    factor: Any
    coupling: Any


def beta_functions(
    problem: Problem, kappa: Floats, one_minus_gamma: Floats, degrees: Integers
) -> BetaFunctions:
    """Each of shape (len(kappa), len(degrees)), degrees >= 1; `one_minus_gamma` of the full theory."""
    spectrum = problem.spectrum
    lam, traces = spectrum.eigenvalues[degrees], spectrum.degree_traces[degrees]
    shares, missed = learnability(lam, kappa)
    learnt = traced_learnability(lam, traces, kappa) * shares  # deg L^2, finite where deg is not
    return BetaFunctions(
        -degrees * traces * missed,
        np.broadcast_to(-degrees * traces, missed.shape),
        -degrees * problem.powers[degrees] * missed**2,
        -degrees * learnt / (problem.n * one_minus_gamma)[:, None],
        -_slopes(spectrum, degrees) * lam / kappa[:, None],
    )


def _slopes(spectrum: Spectrum, degrees: Integers) -> Floats:
    """-d log lambda/d log l between the nearest degrees >= 1 on either side whose eigenvalue is not zero."""
    known = np.flatnonzero(spectrum.log_eigenvalues[1:] > -np.inf) + 1
    found = np.zeros(len(degrees))
    for place, degree in enumerate(degrees):
        here = np.searchsorted(known, degree)
        if len(known) < 2 or here == len(known) or known[here] != degree:
            continue  # lambda = 0 stays zero
        low, high = known[max(here - 1, 0)], known[min(here + 1, len(known) - 1)]
        fall = spectrum.log_eigenvalues[low] - spectrum.log_eigenvalues[high]
        found[place] = fall / np.log(high / low)
    return found
