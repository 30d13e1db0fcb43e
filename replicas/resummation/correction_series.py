r"""The expansion of the saddle point in the strength eps of a correction eps X[h] to the self-energy.

Everything is expanded in eps, so that nothing of a higher order is kept by accident. With kappa = kappa_0 e^u
and A_l = kappa_0/lambda_l + source, the equations N = (ridge/kappa_0) e^{-u} + sum deg h_l and
h_l = 1/(A_l e^u + 1 + eps X_l[h]) are solved for u order by order (docs/error_bars.md). Imaginary parts carry
derivatives: by the source in the first row of every array, by log ridge in the second.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled
from fieldtheory.complex_step import STEP
from replicas.learnability import learnability, traced_learnability
from replicas.observables import Response
from replicas.prediction import Problem
from replicas.resummation.correction import Correction
from replicas.saddle_point.saddle_point import SaddlePoint

_SHIFT = 1e-4  # of the difference for the second order, which only serves as an estimate


def correction_series(problem: Problem, found: SaddlePoint, correction: Correction) -> Response:
    """The response at orders 0, 1 and 2 of a correction; by log ridge to order 1, nobody asks for more."""
    spectrum, n = problem.spectrum, problem.n
    kappa, gamma, one_minus_gamma, _ = found
    learnt, missed = learnability(spectrum.eigenvalues, kappa)
    traced = traced_learnability(spectrum.eigenvalues, spectrum.degree_traces, kappa)
    limit = n * one_minus_gamma  # of ridge/kappa_0 where both are 0
    ridge = np.divide(problem.total_ridge, kappa, out=limit, where=kappa > 0)
    drift = np.stack([-gamma / one_minus_gamma, ridge / (n * one_minus_gamma)])  # of log kappa_0
    # h = learnt (1 + ...): its slopes relative to itself
    slopes = -missed * drift[..., None] - np.stack([learnt, np.zeros_like(learnt)])
    line = learnt + 1j * STEP * (learnt * slopes)
    stiffness, ridge_over = _stiffness(missed, traced, slopes, line, ridge, drift)
    first = correction(line, n)
    u1, y1 = _first_order(missed, traced, slopes, line, stiffness, first)
    shift = _shift(y1[0])
    there = correction(line[:1] * (1 - shift * y1[:1]), n)[0]  # the correction moves with the line
    second = (there - first[0]) / shift
    changes, sigma = _second_order(
        missed, traced, slopes[0], line[0], stiffness[0], ridge_over[0], u1, y1, first, second, drift
    )
    edge, one = np.zeros((len(n), 1)), np.ones_like(sigma[0])
    return Response(
        missed=[np.hstack([missed, edge + 1]), *(np.hstack([missed * each, edge]) for each in changes)],
        source=[(1 - drift[0])[:, None] * one, sigma[0], sigma[1]],
        ridge=[(ridge / n * drift[1])[:, None] * one, -(ridge / n)[:, None] * sigma[2]],
        local=[one[:, -1], first[0, :, -1].real - u1[0].real, sigma[3, :, -1]],
        kappa=kappa,
    )


def _series_steps(missed: Floats, *more: Any) -> float:
    return 5.0 * missed.size


@compiled(error_model="numpy", steps=_series_steps)
def _stiffness(
    missed: Floats, traced: Floats, slopes: Floats, line: Any, ridge: Floats, drift: Floats
) -> Any:
    """D = ridge/kappa_0 + sum deg h (1 - h), by which log kappa resists, and its first term."""
    sizes, degrees = missed.shape
    found, over = np.empty((2, sizes), dtype=np.complex128), np.empty((2, sizes), dtype=np.complex128)
    for s in range(2):
        for j in range(sizes):
            over[s, j] = ridge[j] * complex(1.0, STEP * (s - drift[s, j]))
            total = over[s, j]
            for l in range(degrees):
                weight = complex(traced[j, l], traced[j, l] * STEP * slopes[s, j, l])  # deg(l) h_l
                total += weight * complex(missed[j, l], -line[s, j, l].imag)
            found[s, j] = total
    return found, over


@compiled(error_model="numpy", steps=_series_steps)
def _first_order(
    missed: Floats, traced: Floats, slopes: Floats, line: Any, stiffness: Any, first: Any
) -> Any:
    """u1 and y1: log kappa changes by u1, 1/h by y1/h."""
    sizes, degrees = missed.shape
    u1 = np.empty((2, sizes), dtype=np.complex128)
    y1 = np.empty((2, sizes, degrees), dtype=np.complex128)
    for s in range(2):
        for j in range(sizes):
            total = 0.0j
            for l in range(degrees):
                weight = complex(traced[j, l], traced[j, l] * STEP * slopes[s, j, l])
                y1[s, j, l] = line[s, j, l] * first[s, j, l]
                total += weight * y1[s, j, l]
            u1[s, j] = -total / stiffness[s, j]
            for l in range(degrees):
                y1[s, j, l] += complex(missed[j, l], -line[s, j, l].imag) * u1[s, j]
    return u1, y1


def _shift(changes: Any) -> Any:
    """How far to move the lines for the slope of the correction along y1; 1 where it does not move them."""
    size = np.abs(changes.real).max(axis=-1)
    return np.divide(_SHIFT, size, out=np.ones_like(size), where=(size > 0) & (size < np.inf))[:, None]


@compiled(error_model="numpy", steps=_series_steps)
def _second_order(
    missed: Floats,
    traced: Floats,
    slopes: Floats,
    line: Any,
    stiffness: Any,
    ridge_over: Any,
    u1: Any,
    y1: Any,
    first: Any,
    second: Any,
    drift: Floats,
) -> tuple[Floats, Floats]:
    """Relative changes of G_l/lambda_l at orders 1 and 2; of Sigma kappa_0 the slopes and, last, the value.

    G_l/lambda_l is e^u/(1 + y), and 1 at infinite degree; Sigma kappa_0 is (1 + X) e^{-u}. The slopes are
    those by the source at orders 1 and 2, by log ridge at order 1; the value is that of order 2.
    """
    sizes, degrees = missed.shape
    changes, sigma = np.empty((2, sizes, degrees)), np.empty((4, sizes, degrees + 1))
    for j in range(sizes):
        v1, total = u1[0, j], ridge_over[j] * u1[0, j] ** 2 / 2
        for l in range(degrees):
            bent = complex(missed[j, l], -line[j, l].imag) * (v1**2 / 2) + line[j, l] * second[j, l]
            weight = complex(traced[j, l], traced[j, l] * STEP * slopes[j, l])
            total += weight * (y1[0, j, l] ** 2 - bent)
        v2 = total / stiffness[j]
        for l in range(degrees):
            y, rest = y1[0, j, l], complex(missed[j, l], -line[j, l].imag)
            y2 = rest * (v1**2 / 2 + v2) + line[j, l] * second[j, l]
            changes[0, j, l] = (v1 - y).real
            changes[1, j, l] = (v2 - y2 + v1**2 / 2 + y * y - v1 * y).real
        for l in range(degrees + 1):
            once = first[0, j, l] - v1
            twice = second[j, l] - v2 + v1**2 / 2 - v1 * first[0, j, l]
            by_ridge = first[1, j, l] - u1[1, j]
            sigma[0, j, l] = once.imag / STEP - drift[0, j] * once.real
            sigma[1, j, l] = twice.imag / STEP - drift[0, j] * twice.real
            sigma[2, j, l] = by_ridge.imag / STEP - drift[1, j] * by_ridge.real
            sigma[3, j, l] = twice.real
    return changes, sigma
