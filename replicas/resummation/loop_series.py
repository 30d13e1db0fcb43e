r"""The expansion of the fixed point in the strength of a field, around the self-consistent theory.

That theory is the saddle point of a field theory, and the ring sum is its one-loop order. A field eps X[g] is
added to the self-energy and everything expanded in eps, so that nothing of a higher order is kept by
accident.
"""

from __future__ import annotations

import numpy as np

from fieldtheory.complex_step import STEP
from replicas.learnability import learnability, traced_learnability
from replicas.observables import Response
from replicas.prediction import Problem, kept_with_problem
from replicas.resummation.correction import Field
from replicas.resummation.frozen_number import FrozenNumber
from replicas.resummation.rings import RingField
from replicas.saddle_point.saddle_point import SaddlePoint, solve_saddle_point

_SHIFT = 1e-4  # of the difference for the second order, which only serves as an estimate
_ENTRIES = 1 << 16  # of an array of lines, sizes times angles: a few such fit into the cache


@kept_with_problem
def loop_series(problem: Problem) -> Response:
    """The response at orders 0, 1 and 2 of the rings; the second order only holds the iterated first.

    For spectra without dim, where crossing words are unknown, what exactly N points do is left of the rings.
    """
    found = solve_saddle_point(problem)
    field: Field
    if problem.spectrum.dim is None:
        field, size = FrozenNumber(problem), len(problem.powers)
    else:
        rings = RingField(problem, found.kappa)
        field, size = rings, max(len(problem.powers), len(rings.transform.nodes))
    step = max(1, _ENTRIES // size)
    pieces = []
    for start in range(0, len(problem.n), step):
        part = slice(start, start + step)
        there = SaddlePoint(*(each[part] for each in found))
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # gamma may round to 1
            pieces.append(field_series(problem.at(problem.n[part]), there, field))
    return pieces[0] if len(pieces) == 1 else Response.joined(pieces)


def field_series(problem: Problem, found: SaddlePoint, field: Field) -> Response:
    r"""The response at orders 0, 1 and 2 of a field.

    With kappa = kappa_0 e^u and A_l = kappa_0/lambda_l + source, N = (ridge/kappa_0) e^{-u} + sum deg g_l and
    g_l = 1/(A_l e^u + 1 + eps X_l[g]) are solved for u order by order. Imaginary parts carry derivatives: by
    the source in the first row of every array, by log ridge in the second.
    """
    spectrum, n = problem.spectrum, problem.n
    kappa, gamma, rest, _ = found
    learnt, missed = learnability(spectrum.eigenvalues, kappa)
    ridge = np.divide(problem.total_ridge, kappa, out=n * rest, where=kappa > 0)  # its limit at ridge 0
    drift = np.stack([-gamma / rest, ridge / (n * rest)])  # of log kappa_0
    # g = learnt (1 + ...): its slopes relative to itself
    slopes = -missed * drift[..., None] - np.stack([learnt, np.zeros_like(learnt)])
    line = learnt * (1 + 1j * STEP * slopes)
    rest_of_line = missed - 1j * STEP * learnt * slopes
    traced = traced_learnability(spectrum.eigenvalues, spectrum.degree_traces, kappa)
    weight = traced * (1 + 1j * STEP * slopes)  # deg(l) g_l
    ridge_over = ridge * (1 + 1j * STEP * (np.array([[0.0], [1.0]]) - drift))
    stiffness = ridge_over + (weight * rest_of_line).sum(axis=-1)

    # order 1: 1/g changes by y1/g, log kappa by u1
    first = field(line, n)
    u1 = -(weight * line * first[..., :-1]).sum(axis=-1) / stiffness
    y1 = rest_of_line * u1[..., None] + line * first[..., :-1]
    # order 2: the field moves with the line
    size = np.abs(y1[0].real).max(axis=-1)
    shift = np.divide(_SHIFT, size, out=np.ones_like(size), where=(size > 0) & (size < np.inf))[:, None]
    second = (field(line * (1 - shift * y1), n) - first) / shift
    bent = rest_of_line * (u1**2 / 2)[..., None] + line * second[..., :-1]
    u2 = (ridge_over * u1**2 / 2 + (weight * (y1**2 - bent)).sum(axis=-1)) / stiffness
    y2 = bent + rest_of_line * u2[..., None]

    v1, v2 = u1[..., None], u2[..., None]
    # G_l/lambda_l is e^u/(1 + y), and 1 at infinite degree; Sigma kappa_0 is (1 + X) e^{-u}
    changes = [v1 - y1, v2 - y2 + v1**2 / 2 + y1**2 - v1 * y1]
    edge = np.zeros((len(n), 1))
    sigma = [np.ones_like(first), first - v1, second - v2 + v1**2 / 2 - v1 * first]
    slope = [each.imag / STEP - drift[..., None] * each.real for each in sigma]
    return Response(
        missed=[np.hstack([missed, edge + 1]), *(np.hstack([missed * z[0].real, edge]) for z in changes)],
        source=[slope[0][0] + 1, slope[1][0], slope[2][0]],
        ridge=[-(ridge / n)[:, None] * each[1] for each in slope],
        local=[each[0, :, -1].real for each in sigma],
        kappa=kappa,
    )
