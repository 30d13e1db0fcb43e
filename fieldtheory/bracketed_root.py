"""A root of a function of one variable between two points where its signs differ, by Brent's method.

R. P. Brent, Algorithms for Minimization without Derivatives (1973), ch. 4, with the stopping rule of SciPy's
`brentq`, whose iterates these are to the last bit. A home of its own since `scipy.optimize` takes longer to
load than most commands to run.
"""

from __future__ import annotations

import math
from collections.abc import Callable

_TINY = 1e-300  # absolute tolerance: none
_MOST = 500  # steps; a root of high order takes some hundred


def bracketed_root(function: Callable[[float], float], low: float, high: float, rtol: float) -> float:
    """The root that lies between `low` and `high`, to the relative accuracy `rtol`.

    ValueError where the function does not change its sign, and where it is not a number.

    >>> bracketed_root(lambda x: x * x - 2, 1.0, 2.0, rtol=1e-15)
    1.414213562373095
    """
    before, best = float(low), float(high)
    at_before, at_best = _value(function, before), _value(function, best)
    if at_before == 0 or at_best == 0:
        return before if at_before == 0 else best
    if (at_before > 0) == (at_best > 0):
        raise ValueError(
            f"low and high must enclose a root (got {low:.6g} and {high:.6g}, where the function is "
            f"{at_before:.6g} and {at_best:.6g}, of one sign)"
        )
    other = at_other = last = step = (
        0.0  # `other`: the end of the bracket where the sign is not that of `best`
    )
    for _ in range(_MOST):
        if (at_before > 0) != (at_best > 0):
            other, at_other = before, at_before
            last = step = best - before
        if abs(at_other) < abs(at_best):
            before, best, other = best, other, best
            at_before, at_best, at_other = at_best, at_other, at_best
        tolerance = (_TINY + rtol * abs(best)) / 2
        half = (other - best) / 2
        if at_best == 0 or abs(half) < tolerance:
            return best
        trial = math.inf
        if abs(last) > tolerance and abs(at_best) < abs(at_before):
            trial = _interpolated(before, best, other, at_before, at_best, at_other)
        if 2 * abs(trial) < min(abs(last), 3 * abs(half) - tolerance):
            last, step = step, trial
        else:
            last = step = half
        before, at_before = best, at_best
        best += step if abs(step) > tolerance else math.copysign(tolerance, half)
        at_best = _value(function, best)
    raise ValueError(f"rtol must be larger for a root to be found in {_MOST} steps (got {rtol:.3g})")


def _value(function: Callable[[float], float], x: float) -> float:
    value = float(function(x))
    if math.isnan(value):
        raise ValueError(f"function must be a number between low and high (got nan at {x:.6g})")
    return value


def _interpolated(
    before: float, best: float, other: float, at_before: float, at_best: float, at_other: float
) -> float:
    """The step from `best` to the root of the line through two points, or the inverse parabola of three."""
    if before == other:
        return -at_best * (best - before) / (at_best - at_before)
    by_before = (at_before - at_best) / (before - best)
    by_other = (at_other - at_best) / (other - best)
    below = by_other * by_before * (at_other - at_before)
    if below == 0:
        return math.inf
    return -at_best * (at_other * by_other - at_before * by_before) / below
