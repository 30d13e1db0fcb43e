r"""The diagrams of a random kernel summed over points that are alike, by which of the points are the same.

A sum over the places of a diagram is one over the partitions of the places: in each the entries of lines
and covariances are known, and what is left are sums of powers of the background over different points, for
a background that is the same everywhere P (P - 1) ... times its power. Generated from the diagrams, for
numbers, arrays over P, and symbols.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

from replicas.data_variability.kernel_theory import KernelDiagram, covariance_diagrams
from replicas.data_variability.permutation_symmetric import overlap


class Monomial(NamedTuple):
    """What partitions give the same: how often each entry occurs, and the powers of the background.

    `own`, `other`: lines -(K + kappa)^-1 from a point to itself and to another, `ends`: -K_* (K + kappa)^-1,
    `powers`: how often the background is read at each of the different points, `covariances`: by name.
    """

    own: int
    other: int
    ends: int
    powers: tuple[int, ...]
    covariances: tuple[tuple[str, int], ...]


@cache
def monomials(order: int, replicas: int) -> tuple[dict[Monomial, Fraction], ...]:
    """The coefficients of the sums of the diagrams of an order in 1/d, by diagram.

    >>> [len(each) for each in monomials(1, 0)]
    [5, 10]
    """
    found = []
    for diagram, factor in covariance_diagrams(order, replicas):
        weight = factor * Fraction(int(diagram.diagram.weight.p), int(diagram.diagram.weight.q))
        terms = Counter(_monomial(diagram, blocks) for blocks in _partitions(_places(diagram)))
        found.append({monomial: weight * count for monomial, count in terms.items()})
    return tuple(found)


def _places(diagram: KernelDiagram) -> int:
    return sum(place >= 0 for pairs in diagram.cumulants for pair in pairs for place in pair)


def _monomial(diagram: KernelDiagram, blocks: tuple[int, ...]) -> Monomial:
    own = sum(blocks[a] == blocks[b] for a, b in diagram.lines)
    read = Counter(blocks[place] for place in diagram.backgrounds)
    powers = sorted((read[block] for block in range(max(blocks) + 1)), reverse=True)
    test = -1  # no training point
    names = Counter(
        overlap(*(test if place < 0 else blocks[place] for pair in pairs for place in pair))
        for pairs in diagram.cumulants
    )
    return Monomial(
        own,
        len(diagram.lines) - own,
        int(diagram.end is not None),
        tuple(powers),
        tuple(sorted(names.items())),
    )


def _partitions(places: int) -> Iterator[tuple[int, ...]]:
    """The block of each place, blocks numbered as they come.

    >>> list(_partitions(2))
    [(0, 0), (0, 1)]
    """
    if not places:
        yield ()
        return
    for blocks in _partitions(places - 1):
        for block in range(max(blocks, default=-1) + 2):
            yield (*blocks, block)


def coincidence_sums(
    order: int,
    replicas: int,
    own: Any,
    other: Any,
    end: Any,
    covariance: Callable[[str], Any],
    power_sum: Callable[[tuple[int, ...]], Any],
) -> list[Any]:
    """The sum of each diagram of an order over all points, for entries of any kind of number.

    `power_sum`: sum over different points a, b, ... of tau_a^k tau_b^l ... by the powers (k, l, ...).
    """
    found = []
    for terms in monomials(order, replicas):
        total: Any = 0
        for each, weight in terms.items():
            value: Any = weight.numerator
            for name, count in each.covariances:
                value = value * covariance(name) ** count
            value = value * own**each.own * other**each.other * end**each.ends
            total = total + value * power_sum(each.powers) / weight.denominator
        found.append(total)
    return found


def uniform_power_sum(points: Any, background: Any) -> Callable[[tuple[int, ...]], Any]:
    """Power sums of a background that is the same at all points."""

    def power_sum(powers: tuple[int, ...]) -> Any:
        found: Any = background ** sum(powers)
        for k in range(len(powers)):
            found = found * (points - k)
        return found

    return power_sum


def power_sums(background: Any) -> Callable[[tuple[int, ...]], float]:
    """Power sums over different points of an array, from those over all points.

    >>> import numpy as np
    >>> power_sums(np.array([1.0, 2.0, 5.0]))((2, 1))  # 1 (2 + 5) + 4 (1 + 5) + 25 (1 + 2)
    106.0
    """

    @cache
    def single(power: int) -> float:
        return float((background**power).sum())

    @cache
    def power_sum(powers: tuple[int, ...]) -> float:
        if not powers:
            return 1.0
        first, rest = powers[0], powers[1:]
        found = single(first) * power_sum(rest)
        for k, each in enumerate(rest):  # less what falls on a point that is taken
            merged = (*rest[:k], each + first, *rest[k + 1 :])
            found -= power_sum(tuple(sorted(merged, reverse=True)))
        return found

    return power_sum
