r"""Coverings of a ring: the ways in which a single line runs twice along each of its m links.

A point of the ring has four legs, two of each link beside it, and two visits. The words of two points with
two visits each say how the visits join legs 1, 2 (on the left) and 3, 4 (on the right): the line turns back
(1122), passes (1212) or swaps its two strands (1221). From link to link these are the entries of a transfer
matrix T; a strand that closes before the ring does is a second line, a factor M -> 0. The last link closes
the ring, all strands into one line. Swapping the strands of a link, the cut one apart, changes no word, so

    f(gamma) = sum_m a_m gamma^(m-1),   a_m = (coverings of m links)/2^(m-1) = start T^m close/2^(m-1),

is a rational function. Rings of one and two links are counted by their words instead: in the first the line
comes back to its point at once, which full scattering contains, and the second is four equal lines between
two points, whose coverings all are the word 1212. With exactly N points the two visits to a block may be to
different points, 12|12 with the opposite sign of 11. If the line turns back at both of them the ring is cut
open there: only degree 0 goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

from fieldtheory.arguments import require_integer
from replicas.self_energy.words import Word, all_words, self_energy_words, skeleton_words

LEFT, RIGHT = (0, 1), (2, 3)  # legs of a point, or of a strip of points

Joints = tuple[int, ...]  # for each of four legs, the number of the strand that ends there
Matrix = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Crossing:
    """A crossing: how the line goes through one point of the ring.

    Through two points of a block if the ring is `cut` open there.

    >>> [str(crossing) for crossing in crossings("fixed")]
    ['+1 1122', '-1 1122 cut', '+1 1212', '+1 1221']
    """

    joints: Joints
    cut: bool
    weight: int

    def __str__(self) -> str:
        return f"{self.weight:+d} {''.join(str(k + 1) for k in self.joints)}{' cut' if self.cut else ''}"


@lru_cache
def crossings(ensemble: str = "poisson") -> tuple[Crossing, ...]:
    """The crossings of a point, in degree 0, with weights relative to two visits to one point."""
    same, *apart = self_energy_words(1, ensemble)  # two visits to a block: 11, and 12|12
    found = []
    for joints in strips():
        for pair in (same, *apart):
            ends = [pair.points[visit] for visit in joints]
            if all(ends[a] == ends[b] for a, b in (LEFT, RIGHT)):  # a link has one point at either end
                found.append(Crossing(joints, pair is not same, pair.coefficient // same.coefficient))
    return tuple(found)


@lru_cache
def strips() -> tuple[Joints, ...]:
    """The states of the transfer matrix: four legs joined in pairs, the words 1122, 1212 and 1221.

    >>> strips()
    ((0, 0, 1, 1), (0, 1, 0, 1), (0, 1, 1, 0))
    """
    return tuple(word.points for word in all_words(2) if word.visits == len(LEFT + RIGHT))


def transfer_matrix(ensemble: str = "poisson") -> Matrix:
    """The transfer matrix of one point, between strips in which the line turns back, passes or swaps.

    >>> print(*transfer_matrix(), sep="\\n")
    (2, 0, 0)
    (1, 1, 1)
    (1, 1, 1)
    >>> print(*transfer_matrix("fixed"), sep="\\n")
    (2, 0, 0)
    (0, 1, 1)
    (0, 1, 1)
    """
    states = strips()
    found = [[0] * len(states) for _ in states]
    for row, strip in zip(found, states, strict=True):
        for crossing in crossings(ensemble):
            end = _continued(strip, crossing.joints)
            if end is not None:
                row[states.index(end)] += crossing.weight
    return tuple(tuple(row) for row in found)


def coverings(links: int, ensemble: str = "poisson") -> int:
    """The number of ways of a single line to cover a ring, in degree 0: start T^m close.

    >>> [coverings(links) for links in (1, 2, 3, 4)]
    [2, 6, 16, 40]
    """
    require_integer("links", links, minimum=1)
    matrix, row = transfer_matrix(ensemble), start()
    for _ in range(links):
        row = tuple(_dot(row, column) for column in zip(*matrix, strict=True))
    return _dot(row, close())


def start() -> tuple[int, ...]:
    """The vector of the strip without a point, in which both strands pass."""
    return tuple(int(strip[:2] == strip[2:]) for strip in strips())


def close() -> tuple[int, ...]:
    """The vector of the strips that become a single line when their right legs meet their left ones."""
    return tuple(int(len(_circuit([strip])) == 2) for strip in strips())


def ring_words(links: int, ensemble: str = "poisson") -> dict[Word, int]:
    """The words of the coverings, the first strand of the last link cut: each with its number of coverings.

    >>> {str(word): ways for word, ways in ring_words(3).items()}
    {'123132': 4, '121323': 4, '123213': 4, '123123': 4}
    """
    require_integer("links", links, minimum=1)
    found: dict[Word, int] = {}
    for ring in product(crossings(ensemble), repeat=links):
        visits = _circuit([crossing.joints for crossing in ring])
        if len(visits) == 2 * links:  # no second line
            blocks = [point for point, _ in visits]
            points = [(point, leg in RIGHT if ring[point].cut else False) for point, leg in visits]
            word = Word(_by_first_visit(points), _by_first_visit(blocks))
            found[word] = found.get(word, 0) + 1
    return found


def skeleton_count(links: int, ensemble: str = "poisson") -> int:
    """The ring coefficient a_m by words: skeletons among those of the coverings, with their weights.

    >>> [skeleton_count(links) for links in (1, 2, 3, 4)], [skeleton_count(m, "fixed") for m in (1, 2, 3)]
    ([0, 1, 4, 5], [-1, -1, 1])
    """
    known = set(skeleton_words(links, ensemble))
    return -sum(word.coefficient for word in ring_words(links, ensemble) if word in known)


def _continued(strip: Joints, crossing: Joints) -> Joints | None:
    """The strip with one point more on its right; None if a strand closes."""
    pieces, ends, walked = (strip, crossing), [], 0
    for leg in LEFT + RIGHT:
        piece, end = (0 if leg in LEFT else 1), leg
        while True:
            end, walked = _partner(pieces[piece], end), walked + 1
            if (end in LEFT) == (piece == 0):
                break
            piece, end = 1 - piece, _across(end)
        ends.append(min(leg, end))
    # four strands of the pieces, each open one walked from both ends
    return _by_first_visit(ends) if walked == 2 * len(LEFT + RIGHT) else None


def _circuit(ring: Sequence[Joints]) -> list[tuple[int, int]]:
    """The visits of the line that enters point 0 by its first leg: (point, leg by which it comes)."""
    visits: list[tuple[int, int]] = []
    at = (0, LEFT[0])
    while at not in visits:
        visits.append(at)
        point, leg = at
        out = _partner(ring[point], leg)
        at = ((point + (1 if out in RIGHT else -1)) % len(ring), _across(out))
    return visits


def _partner(joints: Joints, leg: int) -> int:
    """The other leg of the same strand."""
    return next(k for k in LEFT + RIGHT if k != leg and joints[k] == joints[leg])


def _across(leg: int) -> int:
    """The leg that the next point joins to this one."""
    return (leg + len(LEFT)) % len(LEFT + RIGHT)


def _dot(left: Sequence[int], right: Sequence[int]) -> int:
    return sum(a * b for a, b in zip(left, right, strict=True))


def _by_first_visit(names: Sequence[Any]) -> tuple[int, ...]:
    """Numbers from 0 in the order of first visits."""
    order = list(dict.fromkeys(names))
    return tuple(order.index(name) for name in names)
