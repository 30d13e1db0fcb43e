"""Two values of one number, of the theory and of drawn data sets, joined by what each is worth."""

from __future__ import annotations

from typing import NamedTuple

_CONTRADICTION = 3.0  # standard deviations


class JoinedError(NamedTuple):
    """The value, its bar, and whether theory and data sets contradict each other."""

    value: float
    bar: float
    contradiction: bool


def join(theory: float, theory_bar: float, drawn: float, drawn_bar: float) -> JoinedError:
    """Theory and mean over data sets, weighted by 1/bar²: both bars are taken for two standard deviations.

    Where the two differ by more than their bars allow, the joint bar grows by as much (the ratio of Birge,
    Phys. Rev. 40, 207 (1932)). Beyond three standard deviations, and where they alone are the more accurate,
    the data sets are trusted alone: they are unbiased, and a theory may be wrong.

    >>> join(1.0, 0.03, 1.02, 0.04)
    JoinedError(value=1.0072, bar=0.024, contradiction=False)
    >>> join(1.0, 0.01, 1.1, 0.02)
    JoinedError(value=1.1, bar=0.02, contradiction=True)
    """
    both = (theory_bar**2 + drawn_bar**2) ** 0.5
    if not 0 < both < float("inf"):
        return JoinedError(drawn, drawn_bar, False)
    distance = 2 * abs(theory - drawn) / both  # in standard deviations
    bar = theory_bar * drawn_bar / both * max(1.0, distance)
    if distance > _CONTRADICTION or bar >= drawn_bar:
        return JoinedError(drawn, drawn_bar, distance > _CONTRADICTION)
    weight = (drawn_bar / both) ** 2  # of the theory
    return JoinedError(drawn + weight * (theory - drawn), bar, False)
