r"""The Hermite ladder of powers on either side of 0, in compiled code, a row of a covariance at a time.

Cov = sum_{k>=1} r^k alpha_k(x) alpha_k(y), alpha_k = s^k E[F^(k)(x)]/sqrt(k!), as many rungs as are needed:
what is left out is at most |r|^(K+1) times the norms of the coefficients beyond K, what cancels is seen in
the sum of the absolute terms. Pairs that the ladder does not serve are left to others.
"""

from __future__ import annotations

import math

import numpy as np

from fieldtheory.array_types import Booleans, Floats
from fieldtheory.compiled import compiled
from fieldtheory.moments.normal_law import INTEGRALS, density, repeated_integrals

RUNGS = 97  # k = 0 ... 96
_FLIGHT = 16  # rungs, after which the rest is looked at
FLIGHTS = (RUNGS - 1) // _FLIGHT
_ENOUGH = 2e-17  # of what is left out, relative to the sum
_CANCELS = 8.0  # sum of absolute terms over the sum
_FEW = 0.03  # of a row: a flight more costs as much as another method for so many pairs
_ROOTS = np.sqrt(np.arange(RUNGS + 1.0))


@compiled(error_model="numpy")
def jump_of(right: float, left: float, power: int) -> float:
    """F^(p+1)(x)/delta(x)."""
    return math.gamma(power + 1.0) * (right - left if power % 2 == 0 else right + left)


@compiled(error_model="numpy")
def fill_rungs(
    a: float, s: float, right: float, left: float, power: int, curved: bool, rungs: Floats, rest: Floats
) -> None:
    """alpha_k of x of mean a s and standard deviation s > 0, and the norms of those beyond each flight.

    `curved`: of F - F'' in place of F.
    """
    up, down = np.empty(INTEGRALS), np.empty(INTEGRALS)
    repeated_integrals(a, up)
    repeated_integrals(-a, down)
    scale = s**power
    for k in range(power + 1):
        other = left if k % 2 == 0 else -left
        value = right * up[power - k] + other * down[power - k]
        rungs[k] = math.gamma(power + 1.0) * scale * value / math.sqrt(math.gamma(k + 1.0))
    # alpha_(p+1+m) has (-1)^m He_m(a) density(a)
    jump = jump_of(right, left, power) * scale
    before, here = 0.0, jump * density(a)
    for m in range(RUNGS - power - 1):
        part = _ROOTS[m + 1]
        for k in range(1, power + 1):
            part *= _ROOTS[m + 1 + k]
        rungs[power + 1 + m] = here / part
        before, here = here, -(a * here + _ROOTS[m] * before) / _ROOTS[m + 1]
    # Cramer: |He_m| exp(-a^2/4) <= 1.09 sqrt(m!)
    beyond = jump * jump * math.exp(-a * a / 2) / RUNGS ** (power + 0.5)
    if curved:
        for k in range(RUNGS - 2):
            rungs[k] -= _ROOTS[k + 1] * _ROOTS[k + 2] * rungs[k + 2] / (s * s)
        rungs[RUNGS - 2] = rungs[RUNGS - 1] = 0.0
        beyond *= (1 + RUNGS / (s * s)) ** 2
    for flight in range(FLIGHTS - 1, -1, -1):
        rest[flight] = math.sqrt(beyond)
        for k in range(flight * _FLIGHT + 1, (flight + 1) * _FLIGHT + 1):
            beyond += rungs[k] * rungs[k]


@compiled(error_model="numpy", fastmath={"contract"})
def climb(row: int, r: Floats, rungs: Floats, rest: Floats, total: Floats, found: Booleans) -> None:
    """Write to `total` the covariances of neuron `row` with those before it, of correlations r.

    `rungs` (k, neuron), `rest` (flight, neuron); `found`: whether the ladder serves a pair.
    """
    rise, size = np.ones(row), np.zeros(row)
    total[:row] = 0.0
    for flight in range(FLIGHTS):
        for k in range(flight * _FLIGHT + 1, (flight + 1) * _FLIGHT + 1, 4):
            _four_rungs(row, k, r, rungs, rise, total, size)
        left = 0
        for j in range(row):
            missing = abs(rise[j] * r[j]) * rest[flight, row] * rest[flight, j]
            found[j] = missing <= _ENOUGH * abs(total[j]) and size[j] <= _CANCELS * abs(total[j])
            left += not found[j]
        if left <= _FEW * row:
            return


@compiled(error_model="numpy")
def climb_alone(r: float, rungs: Floats, rest: Floats) -> float:
    """The covariance of two neurons with the same rungs, r >= 0; nan if the ladder does not end."""
    rise, total = 1.0, 0.0
    for flight in range(FLIGHTS):
        for k in range(flight * _FLIGHT + 1, (flight + 1) * _FLIGHT + 1):
            rise *= r
            total += rise * rungs[k] * rungs[k]
        if rise * r * rest[flight] * rest[flight] <= _ENOUGH * total:
            return total
    return math.nan


@compiled(error_model="numpy", fastmath={"contract"})
def _four_rungs(
    row: int, k: int, r: Floats, rungs: Floats, rise: Floats, total: Floats, size: Floats
) -> None:
    one, two, three, four = rungs[k, row], rungs[k + 1, row], rungs[k + 2, row], rungs[k + 3, row]
    first, second, third, fourth = rungs[k], rungs[k + 1], rungs[k + 2], rungs[k + 3]
    for j in range(row):
        power = rise[j] * r[j]
        term = power * one * first[j]
        power *= r[j]
        next_term = power * two * second[j]
        power *= r[j]
        third_term = power * three * third[j]
        power *= r[j]
        last_term = power * four * fourth[j]
        rise[j] = power
        total[j] += (term + next_term) + (third_term + last_term)
        size[j] += (abs(term) + abs(next_term)) + (abs(third_term) + abs(last_term))
