r"""The ring sum as a fixed point: one loop of fluctuations around a saddle that feels them.

Where rings are large this overshoots (`loop_expansion`), and it may have no solution at all.
"""

from __future__ import annotations

from fieldtheory.references import BORDELON, COHEN_MALKA_RINGEL
from replicas.prediction import Prediction, Problem
from replicas.resummation.dressed_line import dressed_prediction
from replicas.resummation.rings import RingField
from replicas.saddle_point.saddle_point import fixed_point, require_finite

REFERENCES = (COHEN_MALKA_RINGEL, BORDELON)


def one_loop(problem: Problem) -> Prediction:
    """All fields; error bar: distance from the best theory plus its bar.

    ValueError for a spectrum without dim, and where the self-consistent theory diverges (ridge 0 and as many
    modes as points).
    """
    found = fixed_point(problem)
    require_finite(problem, found)
    return dressed_prediction(problem, found, RingField(problem, found.kappa), REFERENCES)
