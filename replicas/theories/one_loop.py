r"""The ring sum as a fixed point: one loop of fluctuations around a saddle that feels them.

Where rings are large this overshoots (`loop_expansion`), and it may have no solution at all.
"""

from __future__ import annotations

from replicas.prediction import Prediction, Problem
from replicas.resummation.dressed_line import dressed_prediction
from replicas.resummation.rings import RingCorrection
from replicas.saddle_point.saddle_point import finite_saddle_point


def prediction(problem: Problem) -> Prediction:
    """All fields.

    ValueError for a spectrum without dim, and where the self-consistent theory diverges (ridge 0 and as many
    modes as points).
    """
    return dressed_prediction(problem, RingCorrection(problem, finite_saddle_point(problem).kappa))
