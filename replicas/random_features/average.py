"""Means of diagrams over features, at two independent sets of nodes, one for each feature."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from fieldtheory.array_types import Floats
from replicas.random_features.moment import Legs, moment
from replicas.random_features.nodes import FeatureNodes
from replicas.random_features.terms import FeatureTerm

Terms = Mapping[FeatureTerm, int]


class FeatureAverage:
    """Sums of terms at each test point, from nodes `first` and `second`, each set in each place.

    Without bias if the sets are independent samples; exact if both are the whole law of a feature.
    """

    def __init__(self, first: FeatureNodes, second: FeatureNodes) -> None:
        self._sets, self._line = (first, second), first.line
        self._couplings: dict[tuple[int, ...], Floats] = {}
        self._moments: dict[tuple[bool, Legs], Any] = {}

    def sums(self, terms: Terms) -> Floats:
        """The sum of these terms, times their weights, shape (T,)."""
        total = np.zeros(len(self._line.rotated))
        averages = (lambda term: 1.0, self._single, self._pair)
        for term, weight in terms.items():
            closed = prod((self._line.closed(k) for k in term.closed), start=1.0)
            total += weight * closed * averages[term.features](term)
        return total

    def _single(self, term: FeatureTerm) -> Floats:
        legs = _legs(term, 0)
        return np.asarray((self._moment(False, legs) + self._moment(True, legs)) / 2)

    def _pair(self, term: FeatureTerm) -> Floats:
        found = self._placed(term, False)
        if term == term.swapped():
            return found
        return (found + self._placed(term, True)) / 2

    def _placed(self, term: FeatureTerm, turned: bool) -> Floats:
        """Feature 0 at the first nodes and feature 1 at the second, or `turned`."""
        lines = len(term.couplings)
        first, second = (_legs(term, feature) for feature in range(2))
        if lines < 2:
            legs = [each._replace(coupling=lines == 1) for each in (first, second)]
            one, other = self._moment(turned, legs[0]), self._moment(not turned, legs[1])
            if not lines:
                return np.asarray(one * other)
            return np.asarray((one * self._line.learnt ** term.couplings[0] * other).sum(axis=-1))
        one, other = self._values(turned, first), self._values(not turned, second)
        if lines > 2:
            return self._coupled(term.couplings, one, other, turned)
        # two couplings are a loop once either feature is averaged: only the fluctuations need both
        loop = sum(term.couplings) + 1
        a, b = self._moment(turned, first), self._moment(not turned, second)
        around = [
            self._moment(place, legs._replace(loops=(*legs.loops, loop)))
            for place, legs in ((turned, first), (not turned, second))
        ]
        weights = [self._sets[place].weights for place in (turned, not turned)]
        rest = self._coupled(
            term.couplings,
            one - np.multiply.outer(a, weights[0]),
            other - np.multiply.outer(b, weights[1]),
            turned,
        )
        return np.asarray(rest + around[0] * b + a * around[1] - a * b * self._line.loop(loop))

    def _coupled(self, couplings: tuple[int, ...], one: Floats, other: Floats, turned: bool) -> Floats:
        """Sum over pairs of nodes."""
        matrix = self._coupling(couplings)
        matrix = matrix.T if turned else matrix
        if other.ndim == 1:
            return np.asarray(one @ (matrix @ other))
        if one.ndim == 1:
            return np.asarray(other @ (one @ matrix))
        return np.asarray(np.einsum("tn,tn->t", one @ matrix, other))

    def _coupling(self, couplings: tuple[int, ...]) -> Floats:
        """Elementwise product of couplings, first nodes by second nodes."""
        if couplings not in self._couplings:
            *rest, last = couplings
            found = self._sets[0].coupling(self._sets[1], last) if not rest else self._coupling((last,))
            self._couplings[couplings] = self._coupling(tuple(rest)) * found if rest else found
        return self._couplings[couplings]

    def _moment(self, place: bool, legs: Legs) -> Any:
        if (place, legs) not in self._moments:
            self._moments[place, legs] = moment(self._sets[place], legs)
        return self._moments[place, legs]

    def _values(self, place: bool, legs: Legs) -> Floats:
        """All legs at the nodes, times their weights: (T, n), or (n,) if no line starts there."""
        nodes = self._sets[place]
        scalars = prod((nodes.end(m) for m in legs.ends), start=nodes.weights)
        scalars = prod((nodes.loop(m) for m in legs.loops), start=scalars)
        return np.asarray(prod((nodes.start(m) for m in legs.starts), start=scalars))


def _legs(term: FeatureTerm, feature: int) -> Legs:
    """What meets at a feature, but couplings."""
    starts, ends, loops = (
        tuple(m for k, m in each if k == feature) for each in (term.starts, term.ends, term.loops)
    )
    return Legs(starts, ends, loops)
