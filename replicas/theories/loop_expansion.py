r"""The loop expansion around the self-consistent theory: order 0 is that theory, order 1 adds the rings.

Rings summed to all orders instead (`one_loop`) overshoot where they are large: most of what iterated rings
add at second order is cancelled by the two-loop diagrams that are left out. The strict first order is the
most accurate theory here, in every regime that simulations have been held against.
"""

from __future__ import annotations

from replicas.prediction import Prediction, Problem
from replicas.resummation.loop_sums import loop_orders
from replicas.saddle_point.saddle_point import saddle_point_prediction


def prediction(problem: Problem, order: int) -> Prediction:
    """All fields at order 0 or 1.

    ValueError where the self-consistent theory diverges (ridge 0 and as many modes as points), and at order
    1 for a spectrum without dim.
    """
    if order and problem.spectrum.dim is None:
        raise ValueError(f"order must be 0 for a spectrum without dim (got {order})")
    zeroth = saddle_point_prediction(problem)
    return loop_orders(problem).first.copy() if order else zeroth
