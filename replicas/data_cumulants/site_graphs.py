r"""The theory of a Gaussian field at given sites, seen through a function at each, and its diagrams.

x_i = phi(z_i) = sum_k a_k He_k(z_i)/k!. Hermite polynomials are normal ordered powers: no line returns to
its site. A source of x and k lines make a local vertex a_k z^k/k!, lines are the correlations rho_ij of
different sites (Mehler). The cumulant of x at n sites is the sum of the connected diagrams with n sources.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import sympy

from diagrams import Diagram, Field, Propagator, Theory, Vertex, generate
from fieldtheory.array_types import Floats
from fieldtheory.budgets import budget, require_budget

MOST_LINES = 15  # at a vertex, for the generator
_SECONDS, _BYTES = 1e-4, 2e3  # of a diagram
_UNLIMITED = 1e300


class SiteGraphs(NamedTuple):
    """Diagrams with the sites 0 to m - 1, a row for each.

    `weights`: 1/prod n_ij!, shape (d,). `lines`: n_ij for i < j, in the order of `combinations`, shape (d,
    pairs). `degrees`: lines at each site, (d, m).
    """

    weights: Floats
    lines: Any
    degrees: Any

    @property
    def orders(self) -> Any:
        """Number of lines of each."""
        return self.lines.sum(axis=1)


def site_theory(degrees: Iterable[int]) -> Theory:
    """Fields x (data), source and z; a vertex for each number of lines at a site.

    >>> print(site_theory([1, 3]).vertices[1])
    site3: a_3 source z^3/3!
    """
    vertices = tuple(Vertex(f"site{k}", {"source": 1, "z": k}, sympy.Symbol(f"a_{k}")) for k in degrees)
    lines = Propagator("z", "z", "rho"), Propagator("x", "source", "delta", directed=True)
    fields = Field("x"), Field("source", r"\tilde x"), Field("z")
    return Theory(fields, lines, vertices)


def site_diagrams(sites: int, order: int, degrees: tuple[int, ...]) -> list[Diagram]:
    """Connected diagrams with so many lines, and at each site a number of them that is among `degrees`.

    >>> [str(each.weight) for each in site_diagrams(2, 3, (1, 2, 3))]
    ['a_3**2/6']
    """
    if order < sites - 1 or not degrees:
        return []
    _require_room(sites, math.comb(order + _pairs(sites) - 1, order), order)
    # with one-line vertices, whose number that of the sources fixes, the generator leaves out at once what
    # has too few sites: seconds without
    theory = site_theory(sorted({1, *degrees}))
    with budget(max_memory=_UNLIMITED, max_time=_UNLIMITED, say=lambda said: None):  # it counts tadpoles too
        stream = generate(theory, ("x",) * sites, order - sites + 1, tadpoles=False)
        return [
            each for each in stream if all(theory.vertices[k].legs["z"] in degrees for k in each.vertices)
        ]


@lru_cache(maxsize=16)
def site_graphs(sites: int, order: int, degrees: tuple[int, ...]) -> SiteGraphs:
    """Those diagrams of all orders up to this one.

    >>> site_graphs(3, 2, (1, 2)).lines.tolist()
    [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    """
    _require_room(sites, math.comb(order + _pairs(sites), order), order)
    found = [each for lines in range(1, order + 1) for each in site_diagrams(sites, lines, degrees)]
    pairs = list(combinations(range(sites), 2))
    place = {ends: k for k, pair in enumerate(pairs) for ends in (pair, pair[::-1])}
    entries = []  # of the array of n_ij, one after the other, one for each line
    for row, diagram in enumerate(found):
        site = {j: i for i, j, _ in diagram.edges if i < sites}  # outer points come first
        entries += [row * len(pairs) + place[site[i], site[j]] for i, j, _ in diagram.edges if i >= sites]
    counts = np.bincount(np.array(entries, dtype=np.int64), minlength=len(found) * len(pairs))
    counts = counts.reshape(len(found), len(pairs))
    ends = counts @ np.array([[site in pair for site in range(sites)] for pair in pairs], dtype=np.int64)
    order_of_rows = np.lexsort((*counts.T[::-1], counts.sum(axis=1))) if len(found) else slice(0)
    weights = np.array([float(each.symmetry_factor) for each in found])
    return SiteGraphs(weights[order_of_rows], counts[order_of_rows], ends[order_of_rows])


def _pairs(sites: int) -> int:
    return math.comb(sites, 2)


def _require_room(sites: int, graphs: int, order: int) -> None:
    """OverBudget for too many multigraphs, connected or not."""
    what = f"order = {order} with {sites} sites"
    require_budget(what, seconds=_SECONDS * graphs, memory=_BYTES * graphs, smaller="order")
