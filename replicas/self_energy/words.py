r"""Words: the diagrams of the replica limit, one line that scatters off training points.

For one data set the theory is Gaussian, so after averaging, M -> 0 leaves a single line that scatters off
training points. A word lists the points in the order of the visits, 1212 for two points visited in turn; it
says which visits share a point, and therefore which integrals are left. A visit is a factor -1/ridge, a point
a factor N; with k visits to p points the order is k - p, and the symmetry factor is 1.

Exactly N points instead of a Poisson number are weakly anticorrelated: their cumulants join several points in
a block with one factor N and (-1)^(m-1) (m-1)! for its m points, since sum_k kappa_k J^k/k! = N ln <e^J>.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from fieldtheory.arguments import ENSEMBLES, require_choice, require_integer

HIGHEST_ORDER = 4  # the last at which every word evaluates on the sphere

_HIGHEST = 50  # order: its words would outlast anybody


@dataclass(frozen=True)
class Word:
    """A word: a diagram of one line, as the sequence of its visits to training points.

    `points`: each visit by the number of its point, `blocks`: by that of the block of its point. Both count
    from 0 in the order of first visits. With Poisson numbers of points each is its own block.

    Equation: word-weight

    >>> word = Word((0, 1, 0, 1), (0, 1, 0, 1))
    >>> str(word), word.order, word.coefficient
    ('1212', 2, -1)
    """

    points: tuple[int, ...]
    blocks: tuple[int, ...]

    def __str__(self) -> str:
        letters = "".join(_letter(point) for point in self.points)
        if max(self.points) == max(self.blocks):
            return letters
        groups = [sorted({p for p, b in self.pairs if b == block}) for block in range(max(self.blocks) + 1)]
        return letters + "|" + ",".join("".join(_letter(p) for p in group) for group in groups)

    @property
    def pairs(self) -> frozenset[tuple[int, int]]:
        """Points with their blocks."""
        return frozenset(zip(self.points, self.blocks, strict=True))

    @property
    def visits(self) -> int:
        """The number of visits k, the power of -1/ridge."""
        return len(self.points)

    @property
    def impurities(self) -> int:
        """The number of blocks p, the power of N."""
        return max(self.blocks) + 1

    @property
    def order(self) -> int:
        """The order k - p, the power of 1/N."""
        return self.visits - self.impurities

    @cached_property
    def coefficient(self) -> int:
        """Weight in the self-energy without N^p/ridge^k: (-1)^(k+1) and the cumulant of each block."""
        sizes = Counter(block for _, block in self.pairs).values()
        blocks: int = math.prod(int((-1) ** (m - 1)) * math.factorial(m - 1) for m in sizes)
        return blocks if self.visits % 2 else -blocks

    @property
    def is_local(self) -> bool:
        """It ends at the point where it began."""
        return self.points[0] == self.points[-1]

    def steps(self) -> list[tuple[int, int]]:
        """Pairs of points that follow each other, the first point as 0 and a different last one as 1."""
        first, last = self.points[0], self.points[-1]
        names = {first: 0} if first == last else {first: 0, last: 1}
        for point in self.points:
            names.setdefault(point, len(names))
        found = [names[point] for point in self.points]
        return list(zip(found[:-1], found[1:], strict=True))


def self_energy_words(order: int, ensemble: str = "poisson") -> Iterator[Word]:
    """The words of the self-energy at an order >= 1: one-particle irreducible, no cut parts their blocks.

    Equation: word-weight

    >>> [str(word) for word in self_energy_words(2)]
    ['111', '1212', '1221']
    >>> [str(word) for word in self_energy_words(1, "fixed")]
    ['11', '12|12']
    """
    order = require_integer("order", order, minimum=1, maximum=_HIGHEST)
    require_choice("ensemble", ensemble, ENSEMBLES)
    for blocks in _irreducible(order):
        yield from _with_points(blocks, ensemble)


def skeleton_words(order: int, ensemble: str = "poisson") -> Iterator[Word]:
    """The skeletons of the self-energy: words for the full propagator and full scattering T off a point.

    No two visits in a row to one point (T sums them), no interval inside that is a self-energy by itself.

    Equation: skeleton-series

    >>> [str(word) for word in skeleton_words(2)]
    ['1212']
    >>> [str(word) for word in skeleton_words(1, "fixed")]
    ['12|12']
    """
    order = require_integer("order", order, minimum=1, maximum=_HIGHEST)
    require_choice("ensemble", ensemble, ENSEMBLES)
    for blocks in _irreducible(order):
        if not _has_closed_interval(blocks):
            for word in _with_points(blocks, ensemble):
                if all(a != b for a, b in zip(word.points[:-1], word.points[1:], strict=True)):
                    yield word


def all_words(order: int, ensemble: str = "poisson") -> Iterator[Word]:
    """The words of the full propagator at an order >= 0, reducible or not; none at order 0, without visits.

    Equation: word-weight

    >>> [str(word) for word in all_words(2)]
    ['111', '1122', '1212', '1221']
    """
    order = require_integer("order", order, minimum=0, maximum=_HIGHEST)
    require_choice("ensemble", ensemble, ENSEMBLES)
    for impurities in range(1, order + 1):
        for blocks in _partitions(order + impurities, impurities):
            yield from _with_points(blocks, ensemble)


def _letter(number: int) -> str:
    return "123456789abcdefghijklmnopqrstuvwxyz"[number]


def _irreducible(order: int) -> Iterator[tuple[int, ...]]:
    for impurities in range(1, order + 1):
        for blocks in _partitions(order + impurities, impurities):
            if not _can_be_cut(blocks):
                yield blocks


def _partitions(visits: int, impurities: int, start: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Set partitions of the visits into blocks of two or more, as words in order of first visits."""
    counts = Counter(start)
    missing = sum(count == 1 for count in counts.values()) + 2 * (impurities - len(counts))
    if missing > visits - len(start):
        return
    if len(start) == visits:
        yield start
        return
    for block in range(min(len(counts) + 1, impurities)):
        yield from _partitions(visits, impurities, (*start, block))


def _can_be_cut(blocks: tuple[int, ...]) -> bool:
    return any(set(blocks[:k]).isdisjoint(blocks[k:]) for k in range(1, len(blocks)))


def _has_closed_interval(blocks: tuple[int, ...]) -> bool:
    """Whether a self-energy sits inside: two or more visits in a row whose blocks occur nowhere else.

    Not all visits together; and visits of one block in a row are no such interval if the block occurs
    elsewhere too.
    """
    size = len(blocks)
    for first in range(size):
        for last in range(first + 2, size + 1):
            inside = set(blocks[first:last])
            if last - first < size and inside.isdisjoint(blocks[:first] + blocks[last:]):
                return True
    return False


def _with_points(blocks: tuple[int, ...], ensemble: str) -> Iterator[Word]:
    """The words with these blocks: one point each, or any points of the block in turn."""
    if ensemble == "poisson":
        yield Word(blocks, blocks)
        return
    yield from _refined(blocks, ())


def _refined(blocks: tuple[int, ...], points: tuple[int, ...]) -> Iterator[Word]:
    if len(points) == len(blocks):
        yield Word(points, blocks)
        return
    block, fresh = blocks[len(points)], max(points, default=-1) + 1
    known = {point: owner for point, owner in zip(points, blocks, strict=False)}
    for point in (*sorted(p for p, owner in known.items() if owner == block), fresh):
        yield from _refined(blocks, (*points, point))
