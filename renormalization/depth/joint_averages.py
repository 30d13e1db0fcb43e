r"""Averages over one neuron of up to four inputs, put together from those over groups of inputs.

What has derivatives with respect to the metric concerns two inputs at a time and comes from quadratures in
the plane, as for a network of two inputs; covariances of products of three and four of them from orthants.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from itertools import combinations, product

import numpy as np

from fieldtheory.activations.moments import Function
from fieldtheory.array_types import Floats
from renormalization.depth.neuron_averages import (
    BendAverages,
    NeuronAverages,
    bend_averages,
    entries,
    neurons,
    product_averages,
)
from renormalization.depth.orthant_averages import orthant_averages, orthant_nodes

_POINTS = {3: (24, 40, 64, 96), 4: (20, 28, 40, 56)}  # of a half-line, by the number of inputs
_EXACT, _USEFUL = 1e-10, 1e-8  # relative error of averages of two inputs by such a rule


def joint_averages(functions: tuple[Function, ...], metric: Floats) -> tuple[NeuronAverages, BendAverages]:
    """The averages of products of phi, or of phi and phi', for any of one to four inputs.

    Those of second derivatives are empty without phi'. ValueError for inputs that are all but parallel, and
    more than two that are too close to each other.

    >>> joint_averages((lambda x: x,), np.eye(3))[0].noise[0, :, 0].diagonal()
    array([2., 1., 1., 2., 1., 2.])
    """
    inputs = len(metric)
    if inputs <= 2:
        return _direct(functions, metric)
    size, kinds = len(entries(inputs)), len(functions)
    found = NeuronAverages(
        np.zeros((kinds, size)),
        np.zeros((kinds, size, size)),
        np.zeros((kinds, size, size, size)),
        np.zeros((kinds, size, kinds, size)),
    )
    bends = BendAverages(*(np.zeros((inputs,) * axes) for axes in (3, 2, 4, 3)))
    place = _places(inputs)
    for pair in combinations(range(inputs), 2):
        part, bent = _direct(functions, metric[np.ix_(pair, pair)])
        where = np.array([place[pair[a], pair[b]] for a, b in entries(2)])
        kind = np.arange(kinds)
        found.mean[np.ix_(kind, where)] = part.mean
        found.slope[np.ix_(kind, where, where)] = part.slope
        found.curvature[np.ix_(kind, where, where, where)] = part.curvature
        found.noise[np.ix_(kind, where, kind, where)] = part.noise
        if kinds == 2:
            bends.turn[np.ix_(pair, pair, pair)] = bent.turn
            bends.lean[np.ix_(pair, pair)] = bent.lean
            bends.bend[np.ix_(pair, pair, pair, pair)] = bent.bend
            bends.twist[np.ix_(pair, pair, pair)] = bent.twist
    for count in range(3, inputs + 1):
        for group in combinations(range(inputs), count):
            _add_group(group, functions, metric, found, bends)
    return found, bends


def _direct(functions: tuple[Function, ...], metric: Floats) -> tuple[NeuronAverages, BendAverages]:
    at = neurons(metric)
    values = [function(at.z) for function in functions]
    found = product_averages(values, at)
    if len(values) == 1:
        return found, BendAverages(*(np.zeros(0) for _ in range(4)))
    return found, bend_averages(values[0], values[1], found, at)


def _places(inputs: int) -> dict[tuple[int, int], int]:
    found = {}
    for k, (a, b) in enumerate(entries(inputs)):
        found[a, b] = found[b, a] = k
    return found


def _add_group(
    group: tuple[int, ...],
    functions: tuple[Function, ...],
    metric: Floats,
    found: NeuronAverages,
    bends: BendAverages,
) -> None:
    """Write what concerns all inputs of a group of three or four."""
    moments = _Moments.precise(group, functions, metric, found)
    pairs, place = entries(len(metric)), _places(len(metric))
    for (f, p), (g, r) in product(product(range(len(functions)), pairs), repeat=2):
        if {*p, *r} == {*group}:
            value = moments.at([(p[0], f), (p[1], f), (r[0], g), (r[1], g)])
            k, m = place[p], place[r]
            found.noise[f, k, g, m] = value - found.mean[f, k] * found.mean[g, m]
    if len(functions) == 1:
        return
    inverse = np.linalg.inv(metric[np.ix_(group, group)])
    for a, b, c, d in product(group, repeat=4):
        if {a, b, c, d} == {*group}:
            factors = [(a, 1), (b, 1), (c, 1), (d, 0)]
            value = sum(inverse[group.index(a), k] * moments.at(factors, e) for k, e in enumerate(group))
            if a == d:
                value -= moments.at([(a, 1), (a, 1), (b, 1), (c, 1)])
            bends.bend[a, b, c, d] = value / (1 + (a == b) + (a == c))


class _Moments:
    """Averages of products of phi and phi' of three or four inputs, and of one of the z."""

    def __init__(
        self, group: tuple[int, ...], functions: tuple[Function, ...], metric: Floats, points: int
    ) -> None:
        self.group = group
        self.kinds = {key: k for k, key in enumerate(_factors(len(functions)))}
        deviations = np.sqrt(np.diagonal(metric)[list(group)])
        nodes = orthant_nodes(points)
        stacks = []
        for deviation in deviations:
            z = deviation * nodes
            values = [function(z) for function in functions]
            stacks.append(np.stack([_product(values, z, key) for key in self.kinds]))
        correlations = metric[np.ix_(group, group)] / np.outer(deviations, deviations)
        self.table = orthant_averages(correlations, stacks)

    @classmethod
    def precise(
        cls, group: tuple[int, ...], functions: tuple[Function, ...], metric: Floats, found: NeuronAverages
    ) -> _Moments:
        """By the first rule that gives averages of two inputs as they are known to be."""
        error = math.inf
        for points in _POINTS[len(group)]:
            made = cls(group, functions, metric, points)
            error = made.error(found, len(metric))
            if error < _EXACT:
                return made
        if error < _USEFUL:
            return made
        raise ValueError(
            f"input_kernel must keep more than two inputs apart in every layer (got inputs {group} in one, "
            f"whose averages are known to {error:.0e} only); take fewer layers, or two inputs at a time"
        )

    def error(self, found: NeuronAverages, inputs: int) -> float:
        """The largest relative error of <phi phi>, <phi' phi'> and <phi^2 phi^2> of two inputs of them."""
        place, worst = _places(inputs), 0.0
        for a, b in combinations(self.group, 2):
            for f, mean in enumerate(found.mean):
                scale = math.sqrt(mean[place[a, a]] * mean[place[b, b]])
                worst = max(worst, abs(self.at([(a, f), (b, f)]) - mean[place[a, b]]) / scale)
            first, second = place[a, a], place[b, b]
            known = found.noise[0, first, 0, second] + found.mean[0, first] * found.mean[0, second]
            worst = max(worst, abs(self.at([(a, 0), (a, 0), (b, 0), (b, 0)]) / known - 1))
        return worst

    def at(self, factors: list[tuple[int, int]], z: int | None = None) -> float:
        """The average of the product of phi (0) or phi' (1) of these inputs, and of one z."""
        counts = Counter(factors)
        index = tuple(self.kinds[counts[each, 0], counts[each, 1], int(each == z)] for each in self.group)
        return float(self.table[index])


def _factors(functions: int) -> Iterator[tuple[int, int, int]]:
    """Powers of phi, phi' and z that occur for one input."""
    for first, second, z in product(range(3), range(3 if functions == 2 else 1), range(functions)):
        if first + second <= 2:
            yield first, second, z


def _product(values: list[Floats], z: Floats, powers: tuple[int, int, int]) -> Floats:
    total = values[0] ** powers[0] * z ** powers[2]
    return total * values[1] ** powers[1] if powers[1] else total
