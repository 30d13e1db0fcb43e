"""Third and fourth cumulants of activations: the sum of the graphs, over all neurons."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import numpy as np
import opt_einsum

from fieldtheory.array_types import Floats
from renormalization.moments.cumulant_graphs import CumulantGraph, cumulant_graphs


def activation_cumulant(
    order: int, neurons: Floats, correlation: Floats, cumulants: dict[int, Floats]
) -> Floats:
    """The cumulant tensor of this order, 3 or 4, of activations: axes of length n, `order` of them.

    `neurons`: V_pk; `correlation`: of their inputs, shape (n, n); `cumulants`: of the inputs in units of
    their deviations, dense, by order; none for Gaussian inputs.
    """
    between = correlation.copy()
    np.fill_diagonal(between, 0.0)
    total = np.zeros((len(between),) * order)
    for graph in cumulant_graphs(order):
        if all(len(ends) in cumulants for ends in graph.cumulants):
            _add(total, graph, _value(graph, neurons, between, cumulants))
    every = list(permutations(range(order)))
    return np.asarray(sum(total.transpose(axes) for axes in every) / len(every), dtype=np.float64)


def _value(graph: CumulantGraph, neurons: Floats, between: Floats, cumulants: dict[int, Floats]) -> Floats:
    """The product of all parts, an axis for each neuron: small parts first, so that few are full arrays."""
    width, size = len(between), len(graph.neurons)
    parts: list[tuple[Floats, tuple[int, ...]]] = [
        (neurons[kind], (place,)) for place, kind in enumerate(graph.neurons)
    ]
    parts += [(between**power, ends) for ends, power in Counter(graph.lines).items()]
    for ends in graph.cumulants:
        open_ends = tuple(sorted(set(ends)))
        parts.append((opt_einsum.contract(cumulants[len(ends)], ends, open_ends), open_ends))
    found = np.full((1,) * size, float(graph.weight))
    for part, ends in sorted(parts, key=lambda each: len(each[1])):
        found = found * part.reshape([width if place in ends else 1 for place in range(size)])
    return np.broadcast_to(found, (width,) * size)


def _add(total: Floats, graph: CumulantGraph, value: Floats) -> None:
    """Add a value to the entries in which each neuron stands as often as it has sources."""
    size = len(graph.neurons)
    axes = np.ix_(*[np.arange(len(total))] * size)
    entries = tuple(axes[place] for place, (sources, _) in enumerate(graph.neurons) for _ in range(sources))
    total[entries] += value
