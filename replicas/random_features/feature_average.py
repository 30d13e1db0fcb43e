"""Means of diagrams over features, at two independent sets of nodes, one for each feature."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import prod
from typing import Any

import numpy as np

from fieldtheory.array_types import Floats
from replicas.random_features.feature_nodes import FeatureNodes
from replicas.random_features.feature_terms import FeatureTerm

Terms = Mapping[FeatureTerm, int]


class FeatureAverage:
    """Sums of terms at each test point, from nodes `first` and `second`, each set in each place.

    Without bias if the sets are independent samples; exact if both are the whole law of a feature.
    """

    def __init__(self, first: FeatureNodes, second: FeatureNodes) -> None:
        self._sets = (first, second)
        self._couplings: dict[tuple[int, ...], Floats] = {}

    def sums(self, terms: Terms) -> Floats:
        """The sum of these terms, times their weights, shape (T,)."""
        total = np.zeros(len(self._sets[0].line.rotated))
        single: dict[tuple[Any, Any], dict[FeatureTerm, int]] = {}
        for term, weight in terms.items():
            if term.features == 1:
                single.setdefault((term.starts, term.closed), {})[term] = weight
            else:
                total += weight * self._closed(term) * (self._pair(term) if term.features else 1.0)
        for alike in single.values():
            total += self._closed(next(iter(alike))) * self._single(alike)
        return total

    def _closed(self, term: FeatureTerm) -> Any:
        return prod((self._sets[0].line.closed(k) for k in term.closed), start=1.0)

    def _single(self, alike: Terms) -> Floats:
        """Terms of one feature that start alike: one mean for all of them."""
        found = []
        for nodes in self._sets:
            scalars = sum(weight * _scalars(nodes, term, 0) for term, weight in alike.items())
            starts = _starts(nodes, next(iter(alike)), 0)
            found.append(np.asarray(prod(starts[1:], start=starts[0]) @ (scalars * nodes.weights)))
        return np.asarray((found[0] + found[1]) / 2)

    def _pair(self, term: FeatureTerm) -> Floats:
        first, second = self._sets
        found = self._placed(term, first, second, lambda matrix: matrix)
        if term == term.swapped():
            return found
        return (found + self._placed(term, second, first, lambda matrix: matrix.T)) / 2

    def _placed(
        self, term: FeatureTerm, left: FeatureNodes, right: FeatureNodes, turned: Callable[[Floats], Floats]
    ) -> Floats:
        """Feature 0 at the nodes `left`, feature 1 at those of `right`."""
        one, other = (_factor(nodes, term, k) for k, nodes in enumerate((left, right)))
        if not term.couplings:
            return np.asarray(one.sum(axis=-1) * other.sum(axis=-1))
        if len(term.couplings) == 1:  # through the training points: no pairs of nodes
            line = left.line.learnt ** term.couplings[0]
            return np.asarray(((one @ left.rotated.T * line) * (other @ right.rotated.T)).sum(axis=-1))
        matrix = turned(self._coupling(term.couplings))
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


def _starts(nodes: FeatureNodes, term: FeatureTerm, feature: int) -> list[Floats]:
    return [nodes.start(m) for k, m in term.starts if k == feature]


def _scalars(nodes: FeatureNodes, term: FeatureTerm, feature: int) -> Any:
    factors: Iterable[Floats] = [
        *(nodes.end(m) for k, m in term.ends if k == feature),
        *(nodes.loop(m) for k, m in term.loops if k == feature),
    ]
    return prod(factors, start=np.ones(1))


def _factor(nodes: FeatureNodes, term: FeatureTerm, feature: int) -> Floats:
    """All factors of one feature times its weights, (T, n), or (n,) if no line starts there."""
    return np.asarray(
        prod(_starts(nodes, term, feature), start=_scalars(nodes, term, feature) * nodes.weights)
    )
