r"""The Edgeworth series of averages over pairs of neurons: E[F] = exp(sum kappa_k d^k/k!) E_Gauss[F].

For F of two inputs, derivatives act on the Gaussian weight: in two independent standard normal coordinates
E[d_1^i d_2^j F] = E[F He_i(u_1) He_j(u_2)]. The terms are diagrams: one vertex F with all its derivatives,
and the cumulants attached to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diagrams import Expansion, Propagator, Theory, generate
from fieldtheory.activations.moments import Function
from fieldtheory.array_types import Floats, Integers
from renormalization.moments.normal_nodes import hermite_polynomials, normal_nodes
from renormalization.moments.pair_cumulants import PairCumulants

_POINTS = 32
_AT_ONCE = 100  # pairs, of 4096 nodes each
_MOST = 6  # derivatives
_APART = 1e-10  # 1 - r^2 below which two inputs are taken for one: what tells them apart is rounding
_LOOPS = (2, 3, 4)  # kappa_3; kappa_4; kappa_3^2


class SeriesTerm(NamedTuple):
    """A diagram of the series: its weight, and how many cumulants of order 3 and 4 it has."""

    weight: float
    thirds: int
    fourths: int


@lru_cache(maxsize=1)
def series_diagrams() -> Expansion:
    """The diagrams of the Edgeworth series of an average: to first order in kappa_4, to second in kappa_3.

    >>> [str(diagram.symmetry_factor) for diagram in series_diagrams()]
    ['1/6', '1/24', '1/72']
    """
    functions = {("source",) + ("shift",) * legs: 1 for legs in (3, 4, 6)}
    theory = Theory.from_cumulants(
        functions | {("cumulant",) * legs: 1 for legs in (3, 4)},
        [
            Propagator("shift", "cumulant", "I", directed=True),
            Propagator("output", "source", "J", directed=True),
        ],
    )
    found = [diagram for loops in _LOOPS for diagram in generate(theory, ("output",), loops)]
    return Expansion.of(found, order="kappa_4, kappa_3^2")


@lru_cache(maxsize=1)
def series_terms() -> tuple[SeriesTerm, ...]:
    """What the diagrams are made of.

    >>> [(term.thirds, term.fourths) for term in series_terms()]
    [(1, 0), (0, 1), (2, 0)]
    """
    found = []
    for diagram in series_diagrams():
        legs = Counter(diagram.theory.vertices[v].legs.get("cumulant", 0) for v in diagram.vertices)
        found.append(SeriesTerm(float(diagram.symmetry_factor), legs[3], legs[4]))
    return tuple(found)


class SeriesCorrections(NamedTuple):
    """What each term of the series adds: to the means, (terms, n); to second moments, (terms, n, n).

    Second moments are those about the Gaussian means.
    """

    means: Floats
    products: Floats


def series_corrections(
    function: Function, mean: Floats, covariance: Floats, cumulants: PairCumulants
) -> SeriesCorrections:
    """The corrections to means and second moments of the activations of all neurons.

    `cumulants`: of the inputs.

    >>> pairs = PairCumulants(np.array([[0.5]]), np.array([[0.0]]), np.array([[0.0]]))
    >>> series_corrections(lambda x: x**3, np.array([0.0]), np.array([[1.0]]), pairs).means.round(9)
    array([[0.5],
           [0. ],
           [0. ]])
    """
    deviation = np.sqrt(np.diagonal(covariance))
    unit = np.where(deviation > 0, deviation, 1.0)
    scaled = cumulants.scaled(1 / unit)
    correlation = covariance / np.multiply.outer(unit, unit)
    terms, neurons = series_terms(), np.arange(len(mean))
    means, squares = _of_neurons(function, mean, deviation, scaled)
    products = np.zeros((len(terms), len(mean), len(mean)))
    products[:, neurons, neurons] = squares
    for a, b in _pairs(len(mean)):
        plane = _Plane.of(function, mean, deviation, correlation, (a, b))
        thirds = plane.turned(
            [scaled.third[a, a], scaled.third[a, b], scaled.third[b, a], scaled.third[b, b]]
        )
        fourths = plane.turned(
            [scaled.fourth[a, a], scaled.fourth[a, b], scaled.mixed[a, b]]
            + [scaled.fourth[b, a], scaled.fourth[b, b]]
        )
        for k, term in enumerate(terms):
            legs = np.ones((1, len(a)))
            for each in [thirds] * term.thirds + [fourths] * term.fourths:
                legs = _product(legs, each)
            found = sum(each * plane.moments[len(legs) - 1 - j, j] for j, each in enumerate(legs))
            products[k, a, b] = products[k, b, a] = term.weight * found
    return SeriesCorrections(means, products)


def _of_neurons(
    function: Function, mean: Floats, deviation: Floats, cumulants: PairCumulants
) -> tuple[Floats, Floats]:
    """The terms of the mean, and of the mean square about the Gaussian mean, of each neuron."""
    z, weights = normal_nodes(-mean / np.where(deviation > 0, deviation, 1.0), 2 * _POINTS)
    values = function(mean[:, None] + deviation[:, None] * z)
    centred = values - (weights * values).sum(axis=1, keepdims=True)
    polynomials = hermite_polynomials(_MOST, z)
    skewness, kurtosis = np.diagonal(cumulants.third), np.diagonal(cumulants.fourth)
    means, squares = [], []
    for term in series_terms():
        factor = term.weight * skewness**term.thirds * kurtosis**term.fourths
        weighted = weights * polynomials[3 * term.thirds + 4 * term.fourths]
        means.append(factor * (weighted * centred).sum(axis=1))
        squares.append(factor * (weighted * centred**2).sum(axis=1))
    return np.array(means), np.array(squares)


def _pairs(width: int) -> Iterator[tuple[Integers, Integers]]:
    """The pairs a < b, so many at a time that their nodes fit into memory."""
    first, second = np.triu_indices(width, 1)
    for start in range(0, len(first), _AT_ONCE):
        yield first[start : start + _AT_ONCE], second[start : start + _AT_ONCE]


class _Plane(NamedTuple):
    """Pairs in independent coordinates u_1 = x_a, u_2 = (x_b - r x_a)/q, and `near` where x_b is x_a.

    `moments`: E[F He_i(u_1) He_j(u_2)] for F the product of both centred activations, by i and j.
    """

    r: Floats
    q: Floats
    near: NDArray[np.bool_]
    moments: Floats

    @classmethod
    def of(
        cls,
        function: Function,
        mean: Floats,
        deviation: Floats,
        correlation: Floats,
        pair: tuple[Integers, Integers],
    ) -> _Plane:
        a, b = pair
        unit = np.where(deviation > 0, deviation, 1.0)
        r = np.clip(correlation[a, b], -1.0, 1.0)
        near = 1 - r**2 < _APART
        q = np.sqrt(np.where(near, 1.0, 1 - r**2))
        u, outer = normal_nodes(-mean[a] / unit[a], _POINTS)
        v, inner = normal_nodes((-(mean / unit)[b, None] - r[:, None] * u) / q[:, None], _POINTS)
        first = function(mean[a, None] + deviation[a, None] * u)
        along = r[:, None, None] * u[..., None] + np.where(near, 0.0, q)[:, None, None] * v
        second = inner * function(mean[b, None, None] + deviation[b, None, None] * along)
        first = outer * (first - (outer * first).sum(axis=1, keepdims=True))
        over_v = np.array([(second * each).sum(axis=2) for each in hermite_polynomials(_MOST, v)])
        over_v[0] -= (outer * over_v[0]).sum(axis=1, keepdims=True)
        over_u = np.array([first * each for each in hermite_polynomials(_MOST, u)])
        return cls(r, q, near, np.array(np.einsum("ips,jps->ijp", over_u, over_v, optimize=True)))

    def turned(self, entries: list[Floats]) -> Floats:
        """Joint cumulants of u_1 and u_2, by the legs on u_2, times the number of places for these.

        `entries`: those of the two inputs, by the legs on the second.
        """
        order = len(entries) - 1
        found = np.zeros((order + 1, len(self.r)))
        for j in range(order + 1):
            turned = sum(comb(j, i) * entries[i] * (-self.r) ** (j - i) for i in range(j + 1)) / self.q**j
            found[j] = comb(order, j) * (np.where(self.near, 0.0, turned) if j else turned)
        return found


def _product(a: Floats, b: Floats) -> Floats:
    """Coefficients of a product of polynomials, along the first axis."""
    found = np.zeros((len(a) + len(b) - 1, b.shape[1]))
    for i, row in enumerate(a):
        found[i : i + len(b)] += row * b
    return found
