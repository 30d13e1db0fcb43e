r"""Perturbation theory in 1/N at fixed ridge, order by order, for Poisson or exact numbers of points.

Order n holds every word with n visits more than points. The expansion parameter is (learnt modes)/N, with
learnt modes sum_l deg(l) lambda_l/(lambda_l + ridge/N): an asymptotic series, of use where that is small.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.complex_step import STEP
from replicas.learnability import active_degrees, learnability, traced_learnability
from replicas.observables import Response, product, reciprocal
from replicas.prediction import Prediction, Problem
from replicas.saddle_point.ridge_nodes import along_curve
from replicas.saddle_point.saddle_point import finite_saddle_point
from replicas.self_energy.word_table import self_energy_table

_TOLERANCE = 1e-13  # between the sizes that are computed


def perturbation_series(problem: Problem, order: int) -> Response:
    """The response at orders 0 to `order`, each times its power of 1/N.

    ValueError where it does not exist: no ridge (the tail of the spectrum counts as one), or a spectrum that
    is not on a sphere at an order that needs one.

    Equation: first-order, second-order
    """
    spectrum, n = problem.spectrum, problem.n
    if not problem.total_ridge > 0:
        raise ValueError(
            'ridge must be positive for theory="perturbative" (got 0 and a spectrum without tail): truncate '
            "the spectrum at the last learnable degree, whose tail acts as ridge"
        )
    kappa = problem.total_ridge / n
    learnt, missed = learnability(spectrum.eigenvalues, kappa)
    series: list[list[Any]] = [[], [], []]
    if order:
        for power, (value, source, ridge) in enumerate(_self_energies(problem, order, kappa), start=1):
            scale = n[:, None] ** -power
            series[0].append(scale * value)
            series[1].append(scale * source)
            series[2].append(scale * (value - ridge))
    beyond = np.zeros((len(n), 1))
    one = np.ones((len(n), spectrum.max_degree + 2))
    dressed = [one, *(np.hstack([learnt, beyond]) * term for term in series[0])]
    bare = [np.hstack([missed, beyond + 1]), *(0 * one for _ in series[0])]
    return Response(
        missed=product(bare, reciprocal(dressed)),
        source=[one, *series[1]],
        ridge=[one, *series[2]],
        local=[each[:, -1] for each in (one, *series[0])],
        kappa=kappa,
    )


def prediction(problem: Problem, order: int) -> Prediction:
    """All fields at this order.

    Order 0 has no variance, not even from label noise; the equivalent kernel counts that of first order.

    ValueError as for `perturbation_series`, and where the self-consistent theory diverges.
    """
    finite_saddle_point(problem)
    return perturbation_series(problem, order).prediction(problem)


def _self_energies(problem: Problem, order: int, kappa: Floats) -> Floats:
    """S_1, S_2, ... with both derivatives, (orders, 3, n, degrees + 1).

    With bridges along the curve, in units of (learnt modes)^m at order m, its largest word.
    """
    spectrum, table = problem.spectrum, self_energy_table(order, problem.ensemble)
    transform, active = None, len(problem.powers)
    if table.needs_sphere:
        if spectrum.dim is None:
            raise ValueError(f"order must be at most 1 for a spectrum without dim (got {order})")
        # those of the target in any case, where they have a number: their own small line is in all of
        # their crossed words
        of_target = int(np.isfinite(spectrum.multiplicities[: problem.target_degree + 1]).sum())
        active = max(active_degrees(spectrum, kappa), of_target)
        transform = table.transform(spectrum.dim, active - 1, problem.target_degree)

    def directly(kappa: Floats) -> Floats:
        learnt, missed = learnability(spectrum.eigenvalues, kappa)
        # imaginary parts: d/ds in units of 1/kappa, and d/dlog ridge
        slopes = 1 + 1j * STEP * np.stack([-learnt, -missed])
        traced = traced_learnability(spectrum.eigenvalues, spectrum.degree_traces, kappa) * slopes
        parts = table.values(learnt * slopes, traced, transform, spectrum.multiplicities, active)
        terms = [part.in_degrees(len(problem.powers)) for part in parts]
        rows = [[each[0].real, each[0].imag / STEP, each[1].imag / STEP] for each in terms]
        return np.moveaxis(np.array(rows), 2, 0)

    def units(kappa: Floats) -> Floats:
        learnt = traced_learnability(spectrum.eigenvalues, spectrum.degree_traces, kappa).sum(axis=-1)
        found: Floats = learnt[:, None, None, None] ** np.arange(1, order + 1)[:, None, None]
        return found

    if table.has_bridges:
        found = along_curve(kappa, _TOLERANCE, directly, lambda which: directly(kappa[which]), units)
    else:
        found = directly(kappa)
    return np.moveaxis(found, 0, 2)
