"""Joint cumulants of a few spins from the probabilities of their states, in any number system."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, combinations_with_replacement
from typing import Any


def joint_cumulants(
    weights: Sequence[Any], spins: Sequence[Sequence[int]], legs: int
) -> dict[tuple[int, ...], Any]:
    """<s_a s_b ...>_c by the sorted numbers of the spins, which may repeat, up to so many legs.

    `weights`: of each state, not normalised: floats, exact or SymPy numbers; `spins`: +1 or -1 of each state.
    A moment is the sum over partitions of products of cumulants; the part with the first leg is split off.

    >>> from fractions import Fraction
    >>> joint_cumulants([Fraction(3), Fraction(1)], [(1,), (-1,)], 2)
    {(0,): Fraction(1, 2), (0, 0): Fraction(3, 4)}
    """
    total = sum(weights[1:], weights[0])
    moments: dict[tuple[int, ...], Any] = {(): 1}
    found: dict[tuple[int, ...], Any] = {}
    for size in range(1, legs + 1):
        for chosen in combinations_with_replacement(range(len(spins[0])), size):
            signed = [
                _product(state[k] for k in chosen) * weight
                for weight, state in zip(weights, spins, strict=True)
            ]
            moments[chosen] = sum(signed[1:], signed[0]) / total
            rest = chosen[1:]
            value = moments[chosen]
            for part in range(size - 1):
                for places in combinations(range(size - 1), part):
                    inside = (chosen[0], *(rest[k] for k in places))
                    outside = tuple(rest[k] for k in range(size - 1) if k not in places)
                    value = value - found[inside] * moments[outside]
            found[chosen] = value
    return found


def _product(factors: Any) -> int:
    result = 1
    for each in factors:
        result *= each
    return result
