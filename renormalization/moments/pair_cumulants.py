"""The entries of third and fourth cumulants that have at most two different neurons, and their affine map."""

from __future__ import annotations

from collections import Counter
from itertools import product
from math import comb, prod
from typing import NamedTuple

import numpy as np
import opt_einsum

from fieldtheory.array_types import Floats
from renormalization.moments.cumulant_graphs import cumulant_graphs

Parts = list[tuple[Floats, tuple[int, ...]]]


class PairCumulants(NamedTuple):
    """`third[a, b]` = kappa_aab; `fourth[a, b]` = kappa_aaab; `mixed[a, b]` = kappa_aabb."""

    third: Floats
    fourth: Floats
    mixed: Floats

    def scaled(self, factors: Floats) -> PairCumulants:
        """Those of neurons times these factors."""
        return PairCumulants(
            self.third * np.multiply.outer(factors**2, factors),
            self.fourth * np.multiply.outer(factors**3, factors),
            self.mixed * np.multiply.outer(factors**2, factors**2),
        )


def pair_entries(third: Floats, fourth: Floats) -> PairCumulants:
    """Of dense cumulants.

    >>> pair_entries(np.ones((2, 2, 2)), np.ones((2, 2, 2, 2))).mixed
    array([[1., 1.],
           [1., 1.]])
    """
    return PairCumulants(
        np.einsum("aab->ab", third), np.einsum("aaab->ab", fourth), np.einsum("aabb->ab", fourth)
    )


def dense_fourth(pairs: PairCumulants) -> Floats:
    """A fourth cumulant with these entries, the others 0.

    >>> ones = np.ones((3, 3))
    >>> float(dense_fourth(PairCumulants(ones, ones, ones)).sum())
    45.0
    """
    a, b = np.indices(pairs.fourth.shape)
    found = np.zeros((len(pairs.fourth),) * 4)
    for entries in ((a, a, a, b), (a, a, b, a), (a, b, a, a), (b, a, a, a)):
        found[entries] = pairs.fourth
    for entries in ((a, a, b, b), (a, b, a, b), (a, b, b, a)):
        found[entries] = pairs.mixed
    return found


def fourth_pairs(
    weights: Floats,
    neurons: Floats,
    correlation: Floats,
    third: Floats | None,
    incoming: PairCumulants | None,
) -> tuple[Floats, Floats]:
    """`fourth` and `mixed` behind activation and affine map: width^4 operations, but width^3 numbers at most.

    `neurons`: V_pk; `correlation` of the inputs; `third`, dense, and `incoming` of the inputs in units of
    their deviations, None for Gaussian ones: entries of `incoming` with more than two neurons count as 0.
    """
    between = correlation.copy()
    np.fill_diagonal(between, 0.0)
    # each array once: contractions that graphs share are recognised by the arrays in them
    powers = [weights**power for power in range(5)]
    lines = [between**power for power in range(4)]
    derivatives = {(p, k): neurons[p, k] for p, k in np.ndindex(neurons.shape[:2])}
    found = np.zeros((2, len(weights), len(weights)))
    with opt_einsum.shared_intermediates():
        for graph in cumulant_graphs(4):
            sources = tuple(p for p, _ in graph.neurons)
            parts: Parts = [(derivatives[kind], (place,)) for place, kind in enumerate(graph.neurons)]
            parts += [(lines[power], ends) for ends, power in Counter(graph.lines).items()]
            if any(len(ends) == 4 for ends in graph.cumulants):
                if incoming is not None:
                    found += _mapped(incoming.scaled(neurons[1, 1]), powers)
            elif third is not None or not graph.cumulants:
                parts += [(third, ends) for ends in graph.cumulants if third is not None]
                found += float(graph.weight) * _outer_points(sources, parts, powers)
    return found[0], found[1]


def _mapped(pairs: PairCumulants, powers: list[Floats]) -> Floats:
    """kappa_iiij and kappa_iijj of an affine map from entries of pairs: of one neuron, 3 + 1, and 2 + 2."""
    alone = np.diagonal(pairs.fourth)
    three, two = pairs.fourth - np.diag(alone), pairs.mixed - np.diag(alone)
    found = _outer_points((4,), [(alone, (0,))], powers)
    found += 4 * _outer_points((3, 1), [(three, (0, 1))], powers)
    return found + 3 * _outer_points((2, 2), [(two, (0, 1))], powers)


def _outer_points(sources: tuple[int, ...], parts: Parts, powers: list[Floats]) -> Floats:
    """Parts between neurons with so many sources, which end at i, i, i, j and at i, i, j, j; shape (2, n, n).

    Averaged over which sources end where. `powers`: of the weights.
    """
    i, j = len(sources), len(sources) + 1
    fixed = [each for part in parts for each in part]
    found = np.zeros((2, len(powers[1]), len(powers[1])))
    for at_j in product(*(range(p + 1) for p in sources)):
        last = sum(at_j)
        if last not in (1, 2):
            continue
        ways = prod(comb(p, q) for p, q in zip(sources, at_j, strict=True)) / comb(4, last)
        outer: list[object] = []
        for place, (p, q) in enumerate(zip(sources, at_j, strict=True)):
            outer += [powers[p - q], (i, place)] if p > q else []
            outer += [powers[q], (j, place)] if q else []
        found[last - 1] += ways * opt_einsum.contract(*outer, *fixed, (i, j))
    return found
