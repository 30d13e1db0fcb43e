r"""The equivalent kernel: the leading order, each training set replaced by its density.

a_l = lambda_l/(lambda_l + delta), delta = ridge/N, and no variance between data sets but that of label
noise (Sollich and Williams, NIPS 2004; Cohen, Malka, Ringel, arXiv 1906.05301). At ridge 0 it needs a
renormalised ridge: the tail of a spectrum truncated at the last learnable degree.
"""

from __future__ import annotations

from replicas.learnability import learnability, traced_learnability
from replicas.prediction import Prediction, Problem
from replicas.saddle_point.saddle_point import finite_saddle_point


def prediction(problem: Problem) -> Prediction:
    """All fields at leading order.

    ValueError where the self-consistent theory diverges (ridge 0 and as many modes as points).
    V = sum deg C_l, C_l = lambda_l delta/(lambda_l + delta); W = dV/dridge = sum deg (C_l/delta)^2/N.

    Equation: equivalent-kernel
    """
    spectrum, n = problem.spectrum, problem.n
    kappa = finite_saddle_point(problem).kappa
    delta = problem.total_ridge / n
    learnt, missed = learnability(spectrum.eigenvalues, delta)
    shares = traced_learnability(spectrum.eigenvalues, spectrum.degree_traces, delta)
    by_degree = missed**2
    bias = by_degree @ problem.powers + problem.unresolved
    gain = (shares * learnt).sum(axis=1) / n
    passed = problem.ridge / problem.total_ridge if problem.total_ridge > 0 else 1.0
    warnings: tuple[str, ...] = ()
    # the self-consistent kappa is the ridge that really acts; far below it this order means nothing
    weak = delta < 0.1 * kappa
    if weak.any():
        size, acting = n[weak][0], (n * kappa)[weak][0]
        warnings = (
            f"the ridge {problem.total_ridge:.3g} (the trace above degree {spectrum.max_degree} included) is "
            f"far below the effective one, {acting:.3g} at n = {size:g}: truncate the spectrum at the last "
            "learnable degree",
        )
    return Prediction(
        error=bias + problem.label_noise * gain,
        bias=bias,
        variance=problem.label_noise * gain,
        coefficients=learnt,
        error_by_degree=by_degree,
        effective_ridge=delta,
        posterior_variance=missed @ spectrum.degree_traces + spectrum.tail,
        label_noise_gain=gain,
        training_error=passed**2 * (bias + problem.label_noise),
        warnings=warnings,
    )
