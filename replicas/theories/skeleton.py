r"""The skeleton expansion: full lines, full scattering off every point, words of finite order.

Order n holds, beside all non-crossing words, whatever is made of skeleton words up to order n; expanded in
1/N it agrees with perturbation theory through that order. Order 0 is the self-consistent theory.
"""

from __future__ import annotations

from replicas.prediction import Prediction, Problem
from replicas.resummation.dressed_line import dressed_prediction
from replicas.resummation.skeleton_words import SkeletonCorrection
from replicas.saddle_point.saddle_point import finite_saddle_point


def prediction(problem: Problem, order: int) -> Prediction:
    """All fields at this order.

    ValueError for a spectrum without dim at orders with crossing words, and where the self-consistent theory
    diverges (ridge 0 and as many modes as points).
    """
    correction = SkeletonCorrection(problem, finite_saddle_point(problem).kappa, order)
    return dressed_prediction(problem, correction, costly=correction.table.has_bridges)
