"""Weights of soft rules P(h|v) = e^{h w.v}/(2 cosh w.v): between given values, or of most information."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fieldtheory.array_types import Floats, Integers
from renormalization.real_space.lattice.joint import Joint
from renormalization.real_space.mutual_information import rsmi, rsmi_gradient
from renormalization.real_space.rules import Rule

_HARD = 20.0  # |w.v| of a rule that errs with probability e^-40, below rounding
_RESTARTS = 20


def separating_weights(states: Integers, values: Integers) -> Floats | None:
    """w with w.v >= 20 where the value is 0 and <= -20 where it is 1; None if no hyperplane parts them."""
    from scipy.optimize import linprog

    signed = states * np.where(values == 0, 1.0, -1.0)[:, None]
    done = linprog(np.zeros(states.shape[1]), A_ub=-signed, b_ub=-np.ones(len(states)), bounds=(None, None))
    if done.status != 0:
        return None
    weights = np.asarray(done.x)
    scaled: Floats = weights * (_HARD / (signed @ weights).min())
    return scaled


def climbed_weights(joints: Sequence[Joint], seed: int, restarts: int = _RESTARTS) -> Floats:
    """The best of local maxima of the information, summed over joint tables of one block, by its gradient."""
    from scipy.optimize import minimize

    rng = np.random.default_rng(seed)
    states = 1.0 - 2.0 * joints[0].block_states

    def falling(weights: Floats) -> tuple[float, Floats]:
        rule = Rule.soft(weights)
        chances = rule.table[joints[0].block_index]
        undecided = chances.prod(axis=1)
        slopes = np.sum([rsmi_gradient(rule, joint)[joint.block_index] for joint in joints], axis=0)
        change = np.where(undecided > 0, slopes[:, 0] - slopes[:, 1], 0.0)  # -inf only where decided
        return -sum(rsmi(rule, joint) for joint in joints), -2.0 * (undecided * change) @ states

    found = [
        minimize(falling, rng.normal(size=states.shape[1]), jac=True, method="L-BFGS-B")
        for _ in range(restarts)
    ]
    weights: Floats = min(found, key=lambda each: float(each.fun)).x
    return weights
