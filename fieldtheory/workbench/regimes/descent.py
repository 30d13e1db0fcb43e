"""Gradient descent of a two-layer erf network on all points, in steps that its tangent kernel sets."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.workbench.regimes.erf_network import descend, outputs, tangent_kernel


class Schedule(NamedTuple):
    """Steps of `rate`/(largest eigenvalue of Theta), chosen anew after `refreshed` of them.

    Until the mean (F - y)^2, looked at after every `tested` steps, is below `tolerance`, or for `steps`.
    """

    rate: float
    refreshed: int
    tested: int
    tolerance: float
    steps: int


class Descent(NamedTuple):
    """Where a run ended: its weights, (h,) and (h, d), the mean (F - y)^2, and the steps it took."""

    readout: Floats
    weights: Floats
    error: float
    taken: int


def descent(
    readout: Floats,
    weights: Floats,
    inputs: Floats,
    labels: Floats,
    scale: float,
    schedule: Schedule,
    hinge: bool = False,
) -> Descent:
    """Train F = alpha (f - f_0) from these weights; steps are halved where the error grows.

    `inputs`: x/sqrt(d), (P, d). `hinge`: max(0, 1 - y F) in place of y - F, for y = +-1.

    >>> one = np.ones((1, 1))
    >>> end = descent(one[0], one, one, one[0], 1.0, Schedule(0.4, 5, 5, 1e-9, steps=99))
    >>> end.taken, end.error < 1e-9
    (20, True)
    """
    zero = outputs(readout, weights, inputs)
    kernel = tangent_kernel(readout, weights, inputs)
    error, taken, slower = float(labels @ labels) / len(labels), 0, 1.0
    while taken < schedule.steps and not (taken % schedule.tested == 0 and error < schedule.tolerance):
        rate = slower * schedule.rate / float(np.linalg.eigvalsh(kernel)[-1])
        number = min(schedule.refreshed, schedule.steps - taken)
        tried = readout.copy(), weights.copy()
        found = descend(*tried, inputs, labels, zero, scale, rate, number, hinge)
        taken += number
        if found <= error:
            (readout, weights), error = tried, found
            kernel = tangent_kernel(readout, weights, inputs)
        else:  # the kernel has grown within these steps
            slower /= 2
    return Descent(readout, weights, error, taken)
