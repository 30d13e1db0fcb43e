r"""The cumulants of activations as a theory for the diagram engine, and what its diagrams contract.

x is Gaussian with cumulants kappa_3, kappa_4 on top. Its neurons are taken one by one, exactly: a source to
phi^p of one neuron sees k derivatives of the p-th cumulant of phi by the mean, the local vertex V_pk; what
neurons share are lines, the correlations between different ones, and the vertices kappa. The n-th cumulant
of the activations are the connected diagrams with n outer points. kappa_n counts as a tree of n - 1 lines,
and so has as many loops as this tree would leave.

Summed are all trees, and the one-loop diagrams of Gaussian inputs. Those of one loop with a kappa are left
out: in random networks of width 16 they made cumulants of the third hidden layer two to five times too large.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from itertools import permutations
from typing import NamedTuple

from diagrams import Diagram, Expansion, Propagator, Theory, generate
from renormalization.moments.neuron_derivatives import CUMULANTS, DERIVATIVES

_LOOPS = 1  # of Gaussian inputs


class CumulantGraph(NamedTuple):
    """A contraction: `weight` times V_pk of each of the `neurons` (p, k), lines and cumulants between them.

    `lines`: their ends, places in `neurons`, parallel ones repeated; `cumulants`: the places of the legs of
    each kappa. The weight is that of all ways to deal the outer points to the sources, p at each neuron.
    """

    weight: Fraction
    neurons: tuple[tuple[int, int], ...]
    lines: tuple[tuple[int, int], ...]
    cumulants: tuple[tuple[int, ...], ...]


@lru_cache(maxsize=2)
def activation_theory(gaussian: bool = False) -> Theory:
    """Fields output, source, shift (of the mean of a neuron) and cumulant; vertices V_pk and kappa.

    `gaussian`: of inputs without kappa.

    >>> len(activation_theory().vertices), len(activation_theory(gaussian=True).vertices)
    (20, 18)
    """
    vertices = {
        ("source",) * p + ("shift",) * k: 1
        for p in range(1, CUMULANTS + 1)
        for k in range(DERIVATIVES + 1)
        if p + k > 2 or p == k == 1  # one source or two alone are the mean and the variance
    }
    kappas = {} if gaussian else {("cumulant",) * legs: 1 for legs in (3, 4)}
    return Theory.from_cumulants(
        vertices | kappas,
        [
            Propagator("shift", "shift", "R"),
            Propagator("shift", "cumulant", "I", directed=True),
            Propagator("output", "source", "J", directed=True),
        ],
    )


@lru_cache(maxsize=4)
def cumulant_diagrams(order: int) -> Expansion:
    """The diagrams of the cumulant of this order, 3 or 4; lines end at different vertices.

    >>> len(list(cumulant_diagrams(3)))
    18
    """
    outer = ("output",) * order
    found = list(generate(activation_theory(), outer, 0))
    for loops in range(1, _LOOPS + 1):
        found += generate(activation_theory(gaussian=True), outer, loops)
    return Expansion.of([each for each in found if not _self_contracted(each)], order="trees and one loop")


@lru_cache(maxsize=2)
def cumulant_graphs(order: int) -> tuple[CumulantGraph, ...]:
    """What the diagrams of a cumulant contract, each once for all labels of the outer points.

    >>> cumulant_graphs(3)[1]
    CumulantGraph(weight=Fraction(1, 1), neurons=((3, 0),), lines=(), cumulants=())
    """
    weights: dict[tuple[tuple[object, ...], ...], Fraction] = {}
    for diagram in cumulant_diagrams(order):
        shape = _shape(diagram)
        weights[shape] = weights.get(shape, Fraction(0)) + diagram.symmetry_factor
    return tuple(CumulantGraph(weight, *shape) for shape, weight in weights.items())  # type: ignore[arg-type]


def _self_contracted(diagram: Diagram) -> bool:
    return any(i == j for i, j, _ in diagram.edges)


def _shape(diagram: Diagram) -> tuple[tuple[object, ...], ...]:
    """Neurons, lines and cumulants, in the least of all orders of the neurons."""
    outer = len(diagram.external)
    legs = {outer + place: diagram.theory.vertices[kind].legs for place, kind in enumerate(diagram.vertices)}
    neurons = [node for node, counts in legs.items() if "source" in counts]
    kappas: dict[int, list[int]] = {node: [] for node in legs if node not in neurons}
    lines = []
    for i, j, _ in diagram.edges:
        if i in kappas or j in kappas:
            kappa, neuron = (i, j) if i in kappas else (j, i)
            kappas[kappa].append(neuron)
        elif i >= outer and j >= outer:
            lines.append((i, j))
    shapes = []
    for order in permutations(neurons):
        place = {node: k for k, node in enumerate(order)}
        shapes.append(
            (
                tuple((legs[node]["source"], legs[node].get("shift", 0)) for node in order),
                tuple(sorted((min(place[i], place[j]), max(place[i], place[j])) for i, j in lines)),
                tuple(sorted(tuple(sorted(place[node] for node in ends)) for ends in kappas.values())),
            )
        )
    return min(shapes)
