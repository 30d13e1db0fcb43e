"""Gaussian moments of an activation in one layer, as float64 arrays and as power series."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from fieldtheory.array_types import Floats

Function = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Pair:
    """Covariance k of two pre-activations of variance q, with the deficit q - k to full accuracy."""

    covariance: Floats
    deficit: Floats
    variance: float


@dataclass(frozen=True)
class Moments:
    """E[phi phi'], its deficit E[phi^2] - E[phi phi'], and E[dphi dphi']."""

    covariance: Floats
    deficit: Floats
    derivative: Floats


class Top(NamedTuple):
    """The moments of equal inputs, k = q: E[phi^2] and E[phi'^2]."""

    variance: float
    derivative: float


@dataclass(frozen=True)
class SeriesMoments:
    """E[phi phi'] and E[dphi dphi'] as power series in t, given the series of k."""

    covariance: Floats
    derivative: Floats


@dataclass(frozen=True)
class Uncertainty:
    """Absolute bounds on the errors of E[phi phi'] and E[dphi dphi'] (0 for closed forms: rounding only).

    `relative`: that of E[phi phi'] is one of its deficit, which stays relatively accurate next to k = q.
    """

    covariance: float = 0.0
    derivative: float = 0.0
    relative: bool = False
