r"""The loop series: the rings as a correction to the saddle point, to first order and iterated once.

The self-consistent theory is the saddle point of a correction theory, and the ring sum is its one-loop order.
"""

from __future__ import annotations

import numpy as np

from replicas.observables import Response
from replicas.prediction import Problem, kept_with_problem
from replicas.resummation.correction import Correction
from replicas.resummation.correction_series import correction_series
from replicas.resummation.frozen_number import FrozenNumberCorrection
from replicas.resummation.rings import RingCorrection
from replicas.saddle_point.saddle_point import SaddlePoint, solve_saddle_point

_ENTRIES = 1 << 16  # of an array of lines, sizes times angles: a few such fit into the cache


@kept_with_problem
def loop_series(problem: Problem) -> Response:
    """The response at orders 0, 1 and 2 of the rings; the second order only holds the iterated first.

    The second order only holds the iterated first. For spectra without dim, where crossing words are
    unknown, what exactly N points do is left of the rings.
    """
    found = solve_saddle_point(problem)
    correction: Correction
    if problem.spectrum.dim is None:
        correction, size = FrozenNumberCorrection(problem), len(problem.powers)
    else:
        rings = RingCorrection(problem, found.kappa)
        correction, size = rings, max(len(problem.powers), len(rings.tables.synthesis))
    step = max(1, _ENTRIES // size)
    pieces = []
    for start in range(0, len(problem.n), step):
        part = slice(start, start + step)
        there = SaddlePoint(*(each[part] for each in found))
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # gamma may round to 1
            pieces.append(correction_series(problem.at(problem.n[part]), there, correction))
    return pieces[0] if len(pieces) == 1 else Response.joined(pieces)
