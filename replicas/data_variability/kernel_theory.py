r"""The theory of a kernel that is random through the data, and its diagrams.

M replicas of a regression with kernel K + dK and labels y, t = i tau: with the cumulants of dK the averaged
weight is exp(sum_a [-tau_a.y + tau_a (K + kappa) tau_a/2] + <exp(sum_a tau_a dK tau_a/2)>_c). Around the
saddle tau = (K + kappa)^-1 y of every replica fluctuations have the propagator -(K + kappa)^-1. dK is kept as
a field u that reads two of tau, each fluctuation or background, and has the cumulants "v^k" of the kernel;
<u v> is a contact. The prediction f = K_* tau reads one tau, and by s the kernel of the test point.

A power of 1/sqrt(d) is counted for every dK: the k-th cumulant is of order d^(1-k) (Lindner, Dahmen, Krämer,
Helias, arXiv 2307.16695).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

import sympy

from diagrams.diagram import Diagram
from diagrams.generation.generator import generate
from diagrams.theories.constituents import Propagator
from diagrams.theories.theory import Theory
from replicas.derivation.replica_lines import replica_lines

SMALL = "1/sqrt(d)"
HIGHEST_ORDER = 2
# legs of what reads the kernel: fluctuations tau, the rest of its two points is background
_READINGS = {
    ("tau", "tau", "u"): sympy.Integer(1),
    ("tau", "u"): sympy.Integer(1),
    ("u",): sympy.Rational(1, 2),
    ("s", "tau", "u"): sympy.Integer(1),
    ("s", "u"): sympy.Integer(1),
}
_PROPAGATORS = (
    Propagator("tau", "tau"),
    Propagator("f", "tau", directed=True),
    Propagator("f", "s", directed=True),
    Propagator("u", "v", "contact", directed=True),
)


def random_kernel_theory(order: int) -> Theory:
    """Fields, propagators and vertices of the diagrams to an order in 1/d.

    >>> [vertex.name for vertex in random_kernel_theory(1).vertices]
    ['tau2_u1', 'tau1_u1', 'u1', 's1_tau1_u1', 's1_u1', 'v2']
    """
    cumulants = {("v",) * k: sympy.Integer(1) for k in range(2, order + 2)}
    orders = {legs: {SMALL: 1} for legs in _READINGS} | {legs: {SMALL: len(legs) - 2} for legs in cumulants}
    return Theory.from_cumulants(_READINGS | cumulants, _PROPAGATORS, orders=orders)


@dataclass(frozen=True)
class KernelDiagram:
    """A diagram of the mean prediction, and where its lines run on points.

    Every reading has two places for points, numbered through; the first of the test reading is the test
    point.
    """

    diagram: Diagram

    @cached_property
    def closed_lines(self) -> int:
        """How many replica lines do not end at the prediction: closed ones, and trees of backgrounds.

        The power of the number of replicas.
        """
        carriers = [0, *self._readings]
        pairs = ((i, j) for i, j, p in self.diagram.edges if self._propagator(p) != ("u", "v"))
        return len(replica_lines(carriers, pairs)) - 1

    @cached_property
    def is_of_covariance(self) -> bool:
        """Whether it has no cumulant of the kernel beyond the second."""
        return all(len(pairs) == 2 for pairs in self.cumulants)

    @cached_property
    def cumulants(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """The places of each cumulant of the kernel, a pair for each reading of it.

        The test reading, if it is there, comes first, with -1 as its first place.
        """
        found: dict[int, list[tuple[int, int]]] = {}
        for i, j, p in self.diagram.edges:
            if self._propagator(p) == ("u", "v"):
                found.setdefault(j, []).append(self._places[i])
        return tuple(tuple(sorted(pairs)) for pairs in found.values())

    @cached_property
    def lines(self) -> tuple[tuple[int, int], ...]:
        """The pairs of places that a line -(K + kappa)^-1 joins."""
        return tuple(pair for kind, pair in self._joined if kind == ("tau", "tau"))

    @cached_property
    def end(self) -> int | None:
        """The place that -K_* (K + kappa)^-1 joins to the prediction; None where it reads its own kernel."""
        return next((pair[1] for kind, pair in self._joined if kind == ("f", "tau")), None)

    @cached_property
    def backgrounds(self) -> tuple[int, ...]:
        """The places where the background (K + kappa)^-1 y is read."""
        taken = {place for _, pair in self._joined for place in pair}
        return tuple(place for pair in self._places.values() for place in pair if place not in {*taken, -1})

    @cached_property
    def _readings(self) -> dict[int, str]:
        """The nodes that read the kernel, with the names of their vertices."""
        names = (self.diagram.theory.vertices[v].name for v in self.diagram.vertices)
        return {node: name for node, name in enumerate(names, start=1) if name.endswith("u1")}

    @cached_property
    def _places(self) -> dict[int, tuple[int, int]]:
        found, free = {}, 0
        for node, name in self._readings.items():
            found[node] = (-1, free) if name.startswith("s1") else (free, free + 1)
            free = found[node][1] + 1
        return found

    @cached_property
    def _joined(self) -> tuple[tuple[tuple[str, str], tuple[int, int]], ...]:
        """Lines of tau with the places that they take, each place once."""
        free = {node: [place for place in pair if place >= 0] for node, pair in self._places.items()}
        found = []
        for i, j, p in self.diagram.edges:
            kind = self._propagator(p)
            if kind == ("tau", "tau"):
                found.append((kind, (free[i].pop(0), free[j].pop(0))))
            elif kind == ("f", "tau"):
                found.append((kind, (-1, free[j].pop(0))))
        return tuple(found)

    def _propagator(self, p: int) -> tuple[str, str]:
        found = self.diagram.theory.propagators[p]
        return found.first, found.second


@cache
def mean_diagrams(order: int) -> tuple[KernelDiagram, ...]:
    """The diagrams of one order in 1/d of the mean prediction, of any number of replicas.

    >>> [len(mean_diagrams(order)) for order in (1, 2)]
    [6, 60]
    """
    return tuple(map(KernelDiagram, generate(random_kernel_theory(order), ("f",), 2 * order, by=SMALL)))


def with_replicas(diagrams: tuple[KernelDiagram, ...], replicas: int) -> Iterator[tuple[KernelDiagram, int]]:
    """The diagrams that are left for so many replicas, each with their number to the power of its lines.

    >>> [len(list(with_replicas(mean_diagrams(1), replicas))) for replicas in (0, 1)]
    [2, 6]
    """
    for each in diagrams:
        factor = replicas**each.closed_lines
        if factor:
            yield each, factor


@cache
def covariance_diagrams(order: int, replicas: int) -> tuple[tuple[KernelDiagram, int], ...]:
    """Those of them that have no cumulant of the kernel beyond the covariance.

    >>> [len(covariance_diagrams(order, replicas)) for order in (1, 2) for replicas in (0, 1)]
    [2, 6, 6, 44]
    """
    found = with_replicas(mean_diagrams(order), replicas)
    return tuple(each for each in found if each[0].is_of_covariance)
