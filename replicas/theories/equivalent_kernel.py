r"""The equivalent kernel: the leading order, each training set replaced by its density.

a_l = lambda_l/(lambda_l + delta), delta = ridge/N, and no variance between data sets but that of label
noise (Sollich and Williams, NIPS 2004; Cohen, Malka, Ringel, arXiv 1906.05301). At ridge 0 it needs a
renormalised ridge: the tail of a spectrum truncated at the last learnable degree.
"""

from __future__ import annotations

import numpy as np

from fieldtheory.references import COHEN_MALKA_RINGEL, SOLLICH_WILLIAMS
from replicas.assessment.best_theory import assess
from replicas.prediction import Prediction, Problem
from replicas.saddle_point.saddle_point import fixed_point, learnability, require_finite, traced_learnability

REFERENCES = (COHEN_MALKA_RINGEL, SOLLICH_WILLIAMS)


def equivalent_kernel(problem: Problem) -> Prediction:
    """All fields at leading order; error bar: distance from the best theory plus its bar.

    ValueError where the self-consistent theory diverges (ridge 0 and as many modes as points).
    V = sum deg C_l, C_l = lambda_l delta/(lambda_l + delta); W = dV/dridge = sum deg (C_l/delta)^2/N.
    """
    spectrum, n = problem.spectrum, problem.n
    found = fixed_point(problem)
    require_finite(problem, found)
    delta = problem.total_ridge / n
    learnt, missed = learnability(spectrum, delta)
    shares = traced_learnability(spectrum, delta)
    by_degree = missed**2
    bias = by_degree @ problem.powers + problem.unresolved
    gain = (shares * learnt).sum(axis=1) / n
    error = bias + problem.label_noise * gain
    passed = problem.ridge / problem.total_ridge if problem.total_ridge > 0 else 1.0
    best = assess(problem, found)
    warnings = best.warnings
    # the self-consistent kappa is the ridge that really acts; far below it this order means nothing
    weak = delta < 0.1 * found.kappa
    if weak.any():
        size, acting = n[weak][0], (n * found.kappa)[weak][0]
        warnings = (
            *warnings,
            f"the ridge {problem.total_ridge:.3g} (the trace above degree {spectrum.max_degree} included) is "
            f"far below the effective one, {acting:.3g} at n = {size:g}: truncate the spectrum at the last "
            "learnable degree",
        )
    return Prediction(
        error=error,
        bias=bias,
        variance=problem.label_noise * gain,
        error_bar=best.error_bar(error),
        coefficients=learnt,
        error_by_degree=by_degree,
        effective_ridge=delta,
        posterior_variance=missed @ spectrum.degree_traces + spectrum.tail,
        label_noise_gain=gain,
        training_error=passed**2 * (bias + problem.label_noise),
        references=REFERENCES,
        converged=np.ones(len(n), dtype=bool),
        warnings=warnings,
    )
