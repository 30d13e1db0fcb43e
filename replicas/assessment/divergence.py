"""Sizes at which the error diverges: ridge 0 and as many modes as points."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fieldtheory.array_types import Booleans, Floats
from replicas.assessment.error_bar import BARS
from replicas.prediction import Prediction, Problem
from replicas.saddle_point.saddle_point import solve_saddle_point
from replicas.sites.site_prediction import SitePrediction


def diverging_sizes(problem: Problem) -> Booleans:
    """Where the self-consistent theory has no finite solution."""
    return solve_saddle_point(problem).one_minus_gamma <= 0


def with_divergence(problem: Problem, diverging: Booleans, others: Prediction) -> Prediction:
    """The prediction at the other sizes, and the limit at the diverging ones.

    There every mode is learnt, the gain of label noise is infinite, and with it the error if there is any
    noise: on the labels, or target power that the kernel does not know. Bars are infinite.
    """
    spectrum = problem.spectrum
    known = spectrum.eigenvalues > 0
    missed = float(problem.powers[~known].sum()) + problem.unresolved
    infinite = np.inf if problem.label_noise + missed > 0 else 0.0
    limits = {
        "error": infinite,
        "variance": infinite,
        "bias": missed,
        "coefficients": known,
        "error_by_degree": np.where(known, 0.0, np.inf),
        "effective_ridge": 0.0,
        "posterior_variance": 0.0,
        "label_noise_gain": np.inf,
        "training_error": 0.0,
        "converged": False,
    } | dict.fromkeys(BARS.values(), np.inf)
    found = others.spread(~diverging)
    for name, limit in limits.items():
        values = getattr(found, name)
        if values is not None:
            values[diverging] = limit
    sizes = ", ".join(f"{each:g}" for each in problem.n[diverging])
    said = (
        f"n = {sizes} is the number of modes of the kernel, and there is no ridge: the gain of label noise "
        "is infinite there"
    )
    return replace(found, warnings=(*found.warnings, said))


def with_peaks(n: Floats, peaks: Booleans, others: SitePrediction) -> SitePrediction:
    """The prediction at the other sizes, and infinite errors where points of a data set are as many as modes.

    There the data are fitted and every mode is learnt, with an amplitude of infinite variance.
    """
    found = others.spread(~peaks)
    assert isinstance(found, SitePrediction)
    limits = {
        **dict.fromkeys(("error", "bias", "variance", "label_noise_gain", "error_by_degree"), np.inf),
        **dict.fromkeys(("error_by_point", "error_by_output", "bias_by_output"), np.inf),
        **dict.fromkeys(BARS.values(), np.inf),
        "coefficients": 1.0,
        "converged": False,
    }
    for name, limit in limits.items():
        values = getattr(found, name)
        if values is not None:
            values[peaks] = limit
    said = (
        f"n = {', '.join(f'{each:g}' for each in n[peaks])} has as many different points as the kernel has "
        "modes, and there is no ridge: the error diverges there"
    )
    return replace(found, warnings=(*found.warnings, said))
