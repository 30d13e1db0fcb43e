r"""The normal law and its repeated integrals, in compiled code, relatively accurate far in the tail.

I_0 = Phi, I_n(a) = int_{-oo}^a I_{n-1} = E[max(0, a + z)^n]/n! for a standard normal z; I_{-1} is the
density.
"""

from __future__ import annotations

import math

from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled

INTEGRALS = 5  # I_0 ... I_4
_ROOT_HALF, _ROOT_TWO_PI = math.sqrt(0.5), math.sqrt(2 * math.pi)
_TAIL, _FRACTIONS = -1.5, 150  # below it the recurrence cancels; terms of the continued fraction there


@compiled(error_model="numpy")
def density(a: float) -> float:
    """exp(-a^2/2)/sqrt(2 pi)."""
    return math.exp(-a * a / 2) / _ROOT_TWO_PI


@compiled(error_model="numpy")
def distribution(a: float) -> float:
    """Phi(a) = P(z < a)."""
    return math.erfc(-_ROOT_HALF * a) / 2


@compiled(error_model="numpy")
def repeated_integrals(a: float, found: Floats) -> None:
    """Write I_0(a) ... I_4(a) to `found`: n I_n = a I_{n-1} + I_{n-2}.

    Where that cancels, by the continued fraction of I_n/I_{n-1} = 1/(-a + (n+1) I_{n+1}/I_n).
    """
    before = density(a)
    if a > _TAIL:
        found[0] = distribution(a)
        for n in range(1, INTEGRALS):
            found[n] = (a * found[n - 1] + before) / n
            before = found[n - 1]
        return
    ratio = 0.0
    for n in range(_FRACTIONS, -1, -1):
        ratio = 1 / (-a + (n + 1) * ratio)
        if n < INTEGRALS:
            found[n] = ratio
    for n in range(INTEGRALS):
        found[n] *= before
        before = found[n]
