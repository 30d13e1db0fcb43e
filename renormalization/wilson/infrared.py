"""The self-consistent theory of the modes below a cut-off, solved afresh with its running ridge."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from replicas.learnability import learnability, traced_learnability
from replicas.prediction import Problem
from replicas.saddle_point.effective_ridge import effective_ridges


class InfraredTheory(NamedTuple):
    """`kappa`; `bias`: sum_{l<=cutoff} (1-L)^2 g^2; `one_minus_gamma`, with gamma =
    sum_{l<=cutoff} deg L^2/n; one for each n.
    """

    kappa: Floats
    bias: Floats
    one_minus_gamma: Floats


def infrared_theory(problem: Problem, ridges: Floats, cutoff: int) -> InfraredTheory:
    """Of the degrees <= cutoff, with the running ridge there for each n."""
    spectrum, kept = problem.spectrum, slice(cutoff + 1)
    lam, traces = spectrum.eigenvalues[kept], spectrum.degree_traces[kept]
    modes = lam, traces, spectrum.multiplicities[kept]
    kappa = np.array(
        [effective_ridges(problem.n[j : j + 1], float(ridge), *modes)[0] for j, ridge in enumerate(ridges)]
    )
    _, missed = learnability(lam, kappa)
    bias = missed**2 @ problem.powers[kept]
    # 1 - gamma, without the cancellation: by the equation for kappa a sum of positive terms
    partly = (traced_learnability(lam, traces, kappa) * missed).sum(axis=1)
    one_minus_gamma = (ridges / kappa + partly) / problem.n
    return InfraredTheory(kappa, bias, one_minus_gamma)
