"""The critical surface of a map of several couplings, where it cuts the axis of the first."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fieldtheory.array_types import Floats

_FLOW_STEPS = 400
_RATIO = 4.0  # a first coupling that has shrunk or grown by so much has left the critical surface


def critical_coupling(values: Callable[[Floats], Floats], others: Floats, low: float, high: float) -> float:
    """By bisection between starts that flow to small and to large couplings; ValueError where both do one."""

    def grows(first: float) -> bool:
        x = start = np.array([first, *others])
        for _ in range(_FLOW_STEPS):
            x = values(x)
            if not np.isfinite(x).all() or abs(x[0]) > _RATIO * max(abs(high), abs(start[0])):
                return True
            if abs(x[0]) < 1e-9:
                return False
        return bool(abs(x[0]) > abs(first))

    if grows(low) or not grows(high):
        raise ValueError(
            f"interval must begin where couplings flow to 0 and end where they grow (got ({low:g}, {high:g}))"
        )
    while high - low > 4 * np.spacing(high):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        low, high = (low, middle) if grows(middle) else (middle, high)
    return (low + high) / 2
