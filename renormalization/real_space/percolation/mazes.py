"""Critical mazes: whether the centre is joined to the boundary, how far, and what a shallow search misses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

import fieldtheory
from fieldtheory.arguments import require_integer, require_number
from fieldtheory.budgets import require_budget
from fieldtheory.drawing import plot
from fieldtheory.references import RINGEL_DE_BEM
from fieldtheory.shown_value import shown
from renormalization.real_space.percolation.maze_growth import shortest_ways

P_CRITICAL = 0.59274605  # of sites of the square lattice
_LARGEST = 46_340  # sites are numbered in 32 bits
_BATCH = 64  # mazes that share their marks, at least


class MazeEstimate(NamedTuple):
    """A mean over drawn mazes, with its standard error."""

    value: float
    stderr: float

    def plot(self, axes: Any = None) -> Any:
        """Draw it into Matplotlib axes, by default those of a new figure; returns the axes."""
        return plot(self, axes)


class MazeExponents(NamedTuple):
    """Powers of L between two sizes: limits -5/48 of P(connected), 1.1308 of the mean path, at p_c."""

    connected: MazeEstimate
    path: MazeEstimate

    def plot(self, axes: Any = None) -> Any:
        """Draw it into Matplotlib axes, by default those of a new figure; returns the axes."""
        return plot(self, axes)


@dataclass(frozen=True, eq=False)
class MazeStatistics:
    """Drawn mazes of `size` x `size` sites, open with probability `p`; made by `maze_statistics`.

    `paths`: of each maze the length of the shortest path from the centre to the boundary, -1 without.
    Standard errors of fractions k/n are those of a fraction after k of n, (k+1)(n-k+1)/((n+2)^2 (n+3)) in the
    square, which are not 0 where all mazes were alike.
    """

    size: int
    p: float
    seed: int
    paths: Any

    @property
    def samples(self) -> int:
        """Number of mazes."""
        return len(self.paths)

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return (RINGEL_DE_BEM,)

    @cached_property
    def connected(self) -> MazeEstimate:
        """Probability that the centre is joined to the boundary: P ~ L^(-5/48) at p_c."""
        return _fraction(len(self._lengths), self.samples)

    @cached_property
    def mean_path(self) -> MazeEstimate | None:
        """Mean length of the shortest path of connected mazes, ~ L^1.1308 at p_c; None for fewer than two."""
        number = len(self._lengths)
        if number < 2:
            return None
        return MazeEstimate(float(self._lengths.mean()), float(self._lengths.std(ddof=1)) / math.sqrt(number))

    def missed(self, depth: Any) -> MazeEstimate | None:
        """P(path > depth | connected); None if no maze is connected."""
        longer = self._longer(depth)
        return _fraction(longer, len(self._lengths)) if len(self._lengths) else None

    def error(self, depth: Any) -> MazeEstimate:
        """P(connected, path > depth): how often a breadth-first network of `depth` layers errs.

        A layer is a step to all open neighbours; such a network errs where only longer paths lead out.
        """
        return _fraction(self._longer(depth), self.samples)

    def exponents(self, larger: MazeStatistics) -> MazeExponents:
        """Local exponents, ln(ratio)/ln(L'/L), between these mazes and larger ones.

        ValueError unless `larger` has larger mazes and both have connected ones.
        """
        if not isinstance(larger, MazeStatistics):
            raise ValueError(f"larger must be a MazeStatistics (got {shown(larger)})")
        if larger.size <= self.size:
            raise ValueError(f"larger must have mazes larger than {self.size} (got size {larger.size})")
        paths = (self.mean_path, larger.mean_path)
        if paths[0] is None or paths[1] is None or paths[0].value == 0:
            raise ValueError(f"larger must have connected mazes, and so must these (got p = {larger.p:g})")
        scale = math.log(larger.size / self.size)
        return MazeExponents(
            _exponent(self.connected, larger.connected, scale), _exponent(paths[0], paths[1], scale)
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, for JSON; what is missed at the usual depths."""
        return {
            "size": self.size,
            "p": self.p,
            "samples": self.samples,
            "seed": self.seed,
            "connected": self.connected._asdict(),
            "mean_path": None if self.mean_path is None else self.mean_path._asdict(),
            "depths": [self.at_depth(depth) for depth in self.usual_depths],
        }

    @property
    def usual_depths(self) -> list[int]:
        """1, 1.5, 2, 3 and 4 times L//2 layers."""
        return sorted({int(times * (self.size // 2)) for times in (1, 1.5, 2, 3, 4)})

    def at_depth(self, depth: Any) -> dict[str, Any]:
        """What a search of so many layers misses, for JSON."""
        missed = self.missed(depth)
        return {
            "depth": depth,
            "missed": None if missed is None else missed._asdict(),
            "error": self.error(depth)._asdict(),
        }

    def plot(self, axes: Any = None) -> Any:
        """Error of networks over their depth in units of L^1.1308: `fieldtheory.plot.maze_errors`, a figure.

        `axes`: Matplotlib axes to draw into, which are returned then.
        """
        # through the face: what draws lives on the roof
        return fieldtheory.plot.maze_errors(self, axes)

    @cached_property
    def _lengths(self) -> Any:
        return np.sort(self.paths[self.paths >= 0])

    def _longer(self, depth: Any) -> int:
        layers = require_number("depth", depth)
        return len(self._lengths) - int(np.searchsorted(self._lengths, layers, side="right"))

    def __repr__(self) -> str:
        return f"MazeStatistics(size={self.size}, p={self.p:g}, samples={self.samples}, seed={self.seed})"


def maze_statistics(
    size: int, p: float = P_CRITICAL, samples: int = 1000, seed: int = 0, *, jobs: int = 1
) -> MazeStatistics:
    """The shortest ways out of `samples` mazes of `size` x `size` sites, open with probability `p`.

    Steps go to the 4 neighbours. The centre, (L//2, L//2) for even sizes too, is open; a maze is connected if
    an open path leads from there to any site of the boundary. Clusters are grown from the centre up to the
    first such site, in O(L^2) at most. `jobs`: threads, which change no number; maze k of a seed is always
    the same, and with larger p has the same open sites and more. ValueError for p outside [0, 1].

    Not here: networks trained on mazes.

    Source: Ringel, de Bem, arXiv 1802.02154 (breadth-first search as a critical network).

    Equation: maze-error

    >>> mazes = maze_statistics(33, samples=20000)
    >>> abs(mazes.connected.value - 0.8073) < 4 * mazes.connected.stderr
    True
    """
    size = require_integer("size", size, minimum=1, maximum=_LARGEST)
    probability = require_number("p", p)
    if probability > 1:
        raise ValueError(f"p must be at most 1 (got {probability:g})")
    samples = require_integer("samples", samples, minimum=1, maximum=10**9)
    seed = require_integer("seed", seed, minimum=0)
    jobs = require_integer("jobs", jobs, minimum=1, maximum=10**4)
    require_budget(
        f"size = {size} with {samples} samples",
        seconds=(1e-6 + 5e-9 * size**2) * samples / jobs,
        memory=8.0 * size**2 * jobs + 12.0 * samples,
        smaller="size or samples",
    )
    key = np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]
    paths = np.empty(samples, dtype=np.int32)

    def grow(part: tuple[int, int]) -> None:
        shortest_ways(size, probability, key, part[0], paths[part[0] : part[1]])

    parts = _parts(samples, jobs)
    if len(parts) == 1:
        grow(parts[0])
    else:
        with ThreadPoolExecutor(len(parts)) as pool:
            list(pool.map(grow, parts))
    return MazeStatistics(size, probability, seed, paths)


def maze_depth_error(
    size: int, p: float = P_CRITICAL, depth: float = 0, samples: int = 1000, seed: int = 0
) -> MazeEstimate:
    """How often a breadth-first network of `depth` layers errs on mazes of `size` x `size`: (mean, stderr).

    P(connected, path > depth), from the mazes of `maze_statistics`; ValueError as there.

    Equation: maze-error

    >>> mean, stderr = maze_depth_error(33, depth=32, samples=20000)
    >>> abs(mean - 0.8073 * 0.0255) < 4 * stderr
    True
    """
    return maze_statistics(size, p, samples, seed).error(depth)


def _parts(samples: int, jobs: int) -> Sequence[tuple[int, int]]:
    """First and last number of the mazes of each thread."""
    threads = max(1, min(jobs, samples // _BATCH))
    edges = [samples * k // threads for k in range(threads + 1)]
    return list(zip(edges[:-1], edges[1:], strict=True))


def _fraction(count: int, number: int) -> MazeEstimate:
    variance = (count + 1) * (number - count + 1) / ((number + 2) ** 2 * (number + 3))
    return MazeEstimate(count / number, math.sqrt(variance))


def _exponent(small: MazeEstimate, large: MazeEstimate, scale: float) -> MazeEstimate:
    stderr = math.hypot(small.stderr / small.value, large.stderr / large.value) / scale
    return MazeEstimate(math.log(large.value / small.value) / scale, stderr)
