"""At how many training points the page computes and measures."""

from __future__ import annotations

_FIRST, _LAST, _EACH = 10, 10_000, 10  # points per factor of ten

BETWEEN = tuple(round(_FIRST * 10 ** (k / _EACH)) for k in range(3 * _EACH + 1))
SIMULATED = (20, 50, 120, 300, 700, 1500)  # at the largest about half a second a data set, and 45 MB
REPEATS, SEED = 8, 0


def curve_sizes(n: int) -> tuple[int, ...]:
    """Those of the curve, with the one that is looked at.

    >>> curve_sizes(150)[10:14]
    (100, 126, 150, 158)
    """
    return tuple(sorted({*BETWEEN, n}))
