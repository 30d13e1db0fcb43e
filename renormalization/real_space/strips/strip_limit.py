"""Strips extrapolated to infinite width, each limit with an error bar."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fieldtheory.arguments import require_integer
from fieldtheory.drawing import plot
from fieldtheory.references import BLOETE, NIGHTINGALE
from renormalization.real_space.strips.strip import Strip
from renormalization.real_space.strips.strip_point import StripPoint, central_charge, phenomenological_rg

_PAIRS = 5
_WIDEST = {2: 20, 3: 12}  # by states: about a million entries


class Limit(NamedTuple):
    """A limit and its error bar."""

    value: float
    error: float


@dataclass(frozen=True, eq=False)
class StripLimit:
    """Critical coupling, exponents nu and eta, and central charge, from strips up to the widest.

    `points`: J* and nu of the pairs L, L + 1 that they are from, by `widths` L.
    """

    states: int
    coupling: Limit
    nu: Limit
    eta: Limit
    central_charge: Limit
    widths: tuple[int, ...]
    points: tuple[StripPoint, ...]

    plot = plot

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return NIGHTINGALE, BLOETE


def strip_limit(widest: int = 9, states: int = 2) -> StripLimit:
    """Limits of J*, nu, xi_L/L -> 1/(pi eta) at J_c, and c, from the five pairs of strips up to the widest.

    Fits a + b/L^w go through three successive widths, pairs at L + 1/2. The value is that of the widest
    three; its error is how far from it the two fits before lie, or half of the way that all five have come,
    if that is more: nu of q = 3 passes its limit before it turns to it.

    ValueError for widest < 8 and for states other than 2 and 3: with 4 corrections are logarithms, with more
    the transition is of first order, and no such fit holds.

    Equation: phenomenological-rg, central-charge

    >>> found = strip_limit(9)
    >>> abs(found.nu.value - 1) < found.nu.error < 0.02
    True
    """
    states = require_integer("states", states, minimum=2, maximum=3)
    widest = require_integer("widest", widest, minimum=_PAIRS + 3, maximum=_WIDEST[states])
    widths = range(widest - _PAIRS, widest)
    points = tuple(phenomenological_rg(width, states) for width in widths)
    between = [width + 0.5 for width in widths]
    charges = [central_charge(width, states) for width in widths]
    strips = [Strip(width, states) for width in (*widths[1:], widest)]
    lengths = [strip.correlation_length(strip.critical_coupling) / strip.width for strip in strips]
    amplitude = _limit([float(strip.width) for strip in strips], lengths)
    eta = 1 / (math.pi * amplitude.value)
    return StripLimit(
        strips[0].states,
        _limit(between, [point.coupling for point in points]),
        _limit(between, [point.nu for point in points]),
        Limit(eta, eta * amplitude.error / amplitude.value),
        _limit(between, charges),
        tuple(widths),
        points,
    )


def _limit(widths: Sequence[float], values: Sequence[float]) -> Limit:
    """Of the last three, beside the threes before and the way that the values have come."""
    *others, value = (_through(widths[k : k + 3], values[k : k + 3]) for k in range(len(widths) - 2))
    return Limit(value, max((max(values) - min(values)) / 2, *(abs(value - each) for each in others)))


def _through(widths: Sequence[float], values: Sequence[float]) -> float:
    """The constant of a + b/L^w through three values."""
    from scipy.optimize import brentq

    first, second = values[0] - values[1], values[1] - values[2]

    def excess(power: float) -> float:
        x, y, z = (float(width**-power) for width in widths)
        return first * (y - z) - second * (x - y)

    low, high = 1e-3, 30.0
    if not excess(low) * excess(high) < 0:
        raise ValueError(
            f"widest must be larger: {', '.join(f'{each:.6g}' for each in values)} "
            "approach no limit by a power"
        )
    power = brentq(excess, low, high)
    x, y, z = (width**-power for width in widths)
    return float(values[2] - second * z / (y - z))
