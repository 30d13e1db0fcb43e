r"""How far to trust the self-consistent theory: the size of what it leaves out.

Four things are left out. Crossed words, led by 1212, the self-energy -N^2 T^4 [G(t)^3]_l; they are taken
here to first order, with the response of the fixed point and of its derivative by the source. The
frozen number of points of the fixed-N ensemble, -(N/2) d^2E/dN^2. The tail of the spectrum counted as
a pure ridge. Target power of unknown degree, counted as never learnt.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fieldtheory.arrays import Floats
from fieldtheory.harmonics import AngleTransform
from replicas.fixed_point import FixedPoint, fixed_point, learnability
from replicas.prediction import Problem

_MAX_CROSSING_DEGREE = 1024
_CHUNK = 1024
_STEP = 1e-3
_SMALL = 0.2  # corrections relative to the error from which on the next order counts as much


def error_bar(problem: Problem, found: FixedPoint) -> tuple[Floats, tuple[str, ...]]:
    """Absolute error estimate of the self-consistent error at every n, and warnings in words."""
    spectrum, warnings = problem.spectrum, []
    if spectrum.dim is None:
        crossing = np.zeros_like(problem.n)
        warnings.append("spectrum has no dim: the error bar leaves out the crossed diagrams")
    else:
        crossing = crossing_correction(problem, found)
        if spectrum.max_degree > _MAX_CROSSING_DEGREE:
            warnings.append(f"the error bar leaves out crossed diagrams above degree {_MAX_CROSSING_DEGREE}")
    bar = np.abs(crossing)
    if problem.ensemble == "fixed":
        bar += np.abs(number_correction(problem))
    error = found.error(problem.label_noise)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(bar > 0, bar / error, 0.0)
    bar = bar * (1 + (size / _SMALL) ** 2)
    if (size > 0.5).any():
        where = problem.n[int(np.argmax(size))]
        warnings.append(
            f"corrections to the theory are as large as its error, at n = {where:g} for one: take it as an "
            "order of magnitude only (small ridge, low dimension, n near a plateau of the spectrum)"
        )
    tail = tail_correction(problem, found)
    if (tail > 1e-3).any():
        worst = int(np.argmax(tail))
        warnings.append(
            f"degrees above {spectrum.max_degree} are not a pure ridge at n = {problem.n[worst]:g} "
            f"(relative error up to {tail[worst]:.1g}); raise max_degree"
        )
    bar += tail * (error + problem.label_noise / found.rest)
    bar += problem.unresolved  # may be learnt after all
    return bar, tuple(warnings)


def tail_correction(problem: Problem, found: FixedPoint) -> Floats:
    """Relative error of counting the tail as ridge: its lambda/kappa in the sums for kappa and gamma.

    First order in x = tail tail_eigenvalue/(N kappa^2): kappa changes by x/(1-gamma) at most, gamma by x,
    and the error with both: at most 3 x/(1-gamma) in all.
    """
    spectrum = problem.spectrum
    if spectrum.tail == 0:
        return np.zeros_like(found.kappa)
    learnt = spectrum.tail * spectrum.tail_eigenvalue / (problem.n * found.kappa**2)
    return np.asarray(3 * learnt / found.rest)


def number_correction(problem: Problem) -> Floats:
    """-(N/2) d^2E/dN^2, the leading difference of fixed N from Poisson-distributed N.

    By central differences; infinite where those meet the divergence at N = number of modes without ridge.
    """
    errors = []
    for factor in (1 - _STEP, 1.0, 1 + _STEP):
        moved = replace(problem, n=problem.n * factor)
        with np.errstate(divide="ignore", invalid="ignore"):
            errors.append(fixed_point(moved).error(problem.label_noise))
    with np.errstate(invalid="ignore"):
        found = -(errors[0] - 2 * errors[1] + errors[2]) / (2 * problem.n * _STEP**2)
    return np.where(np.isfinite(found), found, np.inf)


def crossing_correction(problem: Problem, found: FixedPoint) -> Floats:
    """First-order change of the error by the leading crossed word, for spectra on a sphere."""
    spectrum = problem.spectrum
    assert spectrum.dim is not None
    degrees = min(spectrum.max_degree, _MAX_CROSSING_DEGREE) + 1
    transform = AngleTransform.build(spectrum.dim, degrees - 1)
    columns = np.stack([problem.n, found.kappa, found.gamma, found.rest])[:, :, None]
    pieces = [
        _crossing(problem, transform, *columns[:, start : start + _CHUNK])
        for start in range(0, len(problem.n), _CHUNK)
    ]
    return np.concatenate(pieces)


def _crossing(
    problem: Problem, transform: AngleTransform, n: Floats, kappa: Floats, gamma: Floats, rest: Floats
) -> Floats:
    # In units of kappa = 1/(N T): G_l = lambda_l/(lambda_l + kappa), T = 1/N; slopes are by the source s.
    spectrum, kept = problem.spectrum, transform.max_degree + 1
    green, missed = learnability(spectrum, kappa[:, 0])
    with np.errstate(divide="ignore", invalid="ignore"):
        traces = spectrum.degree_traces
        traced = np.where(traces > 0, traces / (spectrum.eigenvalues + kappa), 0.0)  # deg G
    squared = traced * green  # deg G^2
    gain = 1 / rest
    on_sphere = transform.traces_to_angles(traced[:, :kept])
    doubled = transform.traces_to_angles(squared[:, :kept])
    crossed, crossed_slope = np.zeros_like(green), np.zeros_like(green)
    crossed[:, :kept] = transform.to_degrees(on_sphere**3)  # X_l = [G^3]_l
    crossed_slope[:, :kept] = -3 * gain * transform.to_degrees(on_sphere**2 * doubled)
    total_slope = -n * gamma * gain  # g', g = G(x,x)
    source = -crossed / n**2  # the word itself
    source_slope = 4 * total_slope * crossed / n**3 - crossed_slope / n**2
    total = -(squared * source).sum(axis=1, keepdims=True) * gain  # change of g
    sigma = -total / n + source  # change of the self-energy
    pull = 2 * total_slope / n**2 * total
    change = (2 * gain * squared * green * sigma).sum(axis=1, keepdims=True)
    change -= (squared * (pull + source_slope)).sum(axis=1, keepdims=True)
    total_change = change * gain  # change of g'
    sigma_slope = pull - total_change / n + source_slope
    by_degree = missed**2 * (sigma_slope - 2 * green * gain * sigma)
    noise = (pull - total_change / n)[:, 0]
    return np.asarray(by_degree @ problem.powers + (problem.unresolved + problem.label_noise) * noise)
