r"""Cumulants of data x_i = (phi(g z_i) - mean)/Z as diagrams: lines rho_ij, vertices Hermite coefficients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, combinations_with_replacement
from math import comb
from typing import Any

import numpy as np
import sympy

from diagrams import Expansion
from fieldtheory.activations.activation import Activation, ActivationLike
from fieldtheory.activations.by_name import activation as find_activation
from fieldtheory.arguments import require_integer, require_number
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted
from fieldtheory.data.correlations import require_correlations
from replicas.data_cumulants.series_cumulant import SeriesCumulant
from replicas.data_cumulants.site_graphs import MOST_LINES, site_diagrams, site_graphs
from replicas.data_cumulants.site_vertices import site_vertices

_MOST_LEGS = 8
_SECONDS = 5e-3  # of a cumulant of which the diagrams are there
_GAINS = 1e-3, 1e3  # between them quadrature finds the coefficients
_EVEN = 1e-13  # of a function that is odd but for rounding
_ROUNDING = 1e-14  # sites of a correlation so near to 1 coincide
Blocks = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class DataCumulants:
    r"""Joint cumulants of x = (phi(g z) - mean)/Z: z Gaussian of given correlations, x of unit variance.

    `activation`: phi, by name, as a function or as Hermite coefficients; `gain`: g, from 1e-3 to 1e3. For erf
    and up to four sites `fieldtheory.NonlinearGaussianData` has them in closed form.

    Sums over diagrams by the number of lines, the power of rho. They converge where w times the largest
    eigenvalue of the |rho| between different sites is below 1; squares of Hermite coefficients fall like w^n
    (erf: w = 2 g^2/(1 + 2 g^2); w = 1 with kinks and jumps).

    >>> rho = np.exp(-np.abs(np.subtract.outer(range(4), range(4))) / 1.5)
    >>> print(DataCumulants("erf", gain=0.5).cumulant(rho, order=12))
    -0.04729601... +- ... (diagrams with up to 12 lines)
    """

    activation: ActivationLike = "erf"
    gain: float = 1.0

    def __post_init__(self) -> None:
        gain = require_number("gain", self.gain, exclusive=True)
        if not _GAINS[0] <= gain <= _GAINS[1]:
            raise ValueError(f"gain must be from {_GAINS[0]:g} to {_GAINS[1]:g} (got {gain:g})")
        object.__setattr__(self, "gain", gain)
        object.__setattr__(self, "activation", find_activation(self.activation))
        self._vertices(1)

    @property
    def name(self) -> str:
        """Of the activation."""
        return self.activation.name  # type: ignore[union-attr]

    def coefficients(self, most: int = MOST_LINES) -> Floats:
        """Hermite coefficients a_n = <x He_n(z)>, n = 0 ... most <= 15, of data of unit variance.

        >>> DataCumulants("erf", gain=1.0).coefficients(3).round(6)
        array([ 0.      ,  0.955815,  0.      , -0.63721 ])
        """
        return self._vertices(1)[1, : require_integer("most", most, minimum=0, maximum=MOST_LINES) + 1].copy()

    def diagrams(self, sites: int, order: int) -> Expansion:
        """The connected diagrams of so many different sites with `order` lines, from the engine.

        Their vertices a_k are local, their lines rho. Without such as vanish for this function.

        >>> print(DataCumulants("erf").diagrams(2, 3))
        1 diagram, order: 3 lines
        a_3**2/6: delta(x1,y1) delta(x2,y2) rho(y1,y2)^3
        """
        sites, order = self._require_sites(sites), self._require_order(order)
        found = site_diagrams(sites, order, self._degrees(((0,),) * sites, order))
        return Expansion.of(found, order=f"{order} lines")

    def formula(self, sites: int, order: int) -> sympy.Expr:
        """The cumulant of so many different sites to this order, in rho_12, ... and a_1, a_2, ...

        >>> DataCumulants("erf").formula(2, 3)
        a_1**2*rho_12 + a_3**2*rho_12**3/6
        """
        sites, order = self._require_sites(sites), self._require_order(order)
        graphs = site_graphs(sites, order, self._degrees(((0,),) * sites, order))
        names = [sympy.Symbol(f"rho_{i + 1}{j + 1}") for i, j in combinations(range(sites), 2)]
        terms = []
        for weight, lines, degrees in zip(graphs.weights, graphs.lines, graphs.degrees, strict=True):
            factors = [sympy.Symbol(f"a_{k}") for k in degrees.tolist()]
            factors += [name**n for name, n in zip(names, lines.tolist(), strict=True)]
            terms.append(sympy.Mul(sympy.Rational(1, round(1 / weight)), *factors))
        return sympy.Add(*terms)

    def cumulant(self, correlations: Any, order: int = 10) -> SeriesCumulant:
        """The joint cumulant at the n sites of this matrix of rho, from diagrams with up to `order` lines.

        Sites that coincide (rho = 1) are summed exactly, by vertices V_pk that p factors share. ValueError
        for more than 8 factors, orders beyond 15 and what are no correlations.

        >>> print(DataCumulants("erf", gain=3.0).cumulant(np.ones((4, 4)), order=0))  # kurtosis
        -1.834010881 +- 0 (diagrams with up to 0 lines)
        """
        matrix = require_correlations("correlations", correlations)
        legs = len(matrix)
        if legs > _MOST_LEGS:
            raise ValueError(f"correlations must be of at most {_MOST_LEGS} sites (got {legs})")
        order = self._require_order(order)
        site = [int(np.flatnonzero(row > 1 - _ROUNDING)[0]) for row in matrix]  # the first that coincides
        terms = np.zeros(order + 1)
        for blocks in _partitions(tuple(range(legs)), site):
            self._add(terms, blocks, [site[block[0]] for block in blocks], matrix)
        return SeriesCumulant(terms, self._is_complete(site, matrix, order))

    def _is_complete(self, site: list[int], matrix: Floats, order: int) -> bool:
        """Whether further diagrams vanish: by symmetry, without links between sites, or of a polynomial."""
        links = matrix[np.ix_(list(dict.fromkeys(site)), list(dict.fromkeys(site)))] != 0
        reached = np.linalg.matrix_power(links.astype(np.float64), len(links))[0] > 0
        highest = self._highest_degree
        return bool(
            len(links) == 1
            or not reached.all()
            or (len(site) % 2 and self._is_odd)
            or (highest is not None and order >= len(site) * highest // 2)
        )

    @property
    def _is_odd(self) -> bool:
        """Whether phi is odd but for a constant."""
        z = np.linspace(0.0, 6.0, 97)[1:]
        function = self.activation.require_function("its parity")  # type: ignore[union-attr]
        right, left = function(self.gain * z), function(-self.gain * z)
        return bool(np.ptp(right + left) <= _EVEN * np.abs(right).max())

    @property
    def _highest_degree(self) -> int | None:
        """Of a polynomial; None of other functions, and beyond the lines that a vertex can have."""
        coefficients = self._vertices(1)[1]
        shares = coefficients**2 / np.cumprod([1.0, *range(1, MOST_LINES + 1)])
        degrees = np.flatnonzero(coefficients)
        whole = abs(1 - shares.sum()) < _EVEN
        return int(degrees[-1]) if whole and degrees[-1] < MOST_LINES - 1 else None

    def vertices(
        self, correlations: Any, legs: int = 4, order: int = 10
    ) -> dict[tuple[str, ...], sympy.Float]:
        """Cumulants of all choices of `legs` among these sites, as `Theory.from_cumulants` takes them.

        Keys are fields x1, x2, ... of the sites, repeated where legs share one; zeros are left out. Values
        are the `best` of each series; ValueError where it has no finite error.

        >>> found = DataCumulants("erf", gain=2.0).vertices([[1, 0.5], [0.5, 1]], legs=4)
        >>> from diagrams import Theory
        >>> len(Theory.from_cumulants(found).vertices)
        5
        """
        matrix = require_correlations("correlations", correlations)
        legs = require_integer("legs", legs, minimum=1, maximum=_MOST_LEGS)
        choices = comb(len(matrix) + legs - 1, legs)
        what = f"legs = {legs} at {counted(len(matrix), 'site')}"
        require_budget(what, seconds=_SECONDS * choices, smaller="legs or the number of sites")
        found = {}
        for sites in combinations_with_replacement(range(len(matrix)), legs):
            series = self.cumulant(matrix[np.ix_(sites, sites)], order)
            value, error = series.best
            if not np.isfinite(error):
                raise ValueError(
                    "order must be higher, or correlations smaller, for the series to settle (got order = "
                    f"{order} and {series} for {', '.join(f'x{each + 1}' for each in sites)})"
                )
            if value != 0:
                found[tuple(f"x{each + 1}" for each in sites)] = sympy.Float(value)
        return found

    def _add(self, terms: Floats, blocks: Blocks, site: list[int], matrix: Floats) -> None:
        """Add the diagrams with a vertex for each block of legs, all of them at one site."""
        vertices, order = self._vertices(max(map(len, blocks))), len(terms) - 1
        factors = [len(block) for block in blocks]
        if len(blocks) == 1:
            terms[0] += vertices[factors[0], 0]
            return
        degrees = self._degrees(blocks, order)
        # one of few lists, so that the graphs serve for many functions
        parities = {k % 2 for k in degrees}
        usual = tuple(k for k in range(1, min(order, MOST_LINES) + 1) if k % 2 in parities)
        graphs = site_graphs(len(blocks), order, usual)
        values = graphs.weights.copy()
        for place, p in enumerate(factors):
            values *= vertices[p, graphs.degrees[:, place]]
        for place, (i, j) in enumerate(combinations(range(len(blocks)), 2)):
            rho = 0.0 if site[i] == site[j] else matrix[site[i], site[j]]  # no line returns to its site
            values *= np.power(rho, graphs.lines[:, place])
        terms += np.bincount(graphs.orders, values, minlength=order + 1)

    def _degrees(self, blocks: Blocks, order: int) -> tuple[int, ...]:
        """Numbers of lines at a vertex of one of these blocks that do not vanish."""
        vertices = self._vertices(max(map(len, blocks)))
        most = min(order, MOST_LINES)
        kept = {k for block in blocks for k in range(1, most + 1) if vertices[len(block), k] != 0}
        return tuple(sorted(kept))

    def _vertices(self, factors: int) -> Floats:
        return _kept_vertices(self.activation, self.gain, factors)

    @staticmethod
    def _require_sites(sites: Any) -> int:
        return require_integer("sites", sites, minimum=2, maximum=_MOST_LEGS)

    @staticmethod
    def _require_order(order: Any) -> int:
        return require_integer("order", order, minimum=0, maximum=MOST_LINES)


@lru_cache(maxsize=64)
def _kept_vertices(phi: Activation, gain: float, factors: int) -> Floats:
    found = site_vertices(phi, gain, factors, MOST_LINES)
    found.setflags(write=False)
    return found


def _partitions(legs: tuple[int, ...], site: list[int]) -> Iterator[Blocks]:
    """All ways to deal legs to blocks, each at one site.

    >>> list(_partitions((0, 1, 2), [0, 0, 2]))
    [((0,), (1,), (2,)), ((0, 1), (2,))]
    """
    if not legs:
        yield ()
        return
    first, rest = legs[0], legs[1:]
    mates = [leg for leg in rest if site[leg] == site[first]]
    for size in range(len(mates) + 1):
        for chosen in combinations(mates, size):
            left = tuple(leg for leg in rest if leg not in chosen)
            yield from (((first, *chosen), *others) for others in _partitions(left, site))
