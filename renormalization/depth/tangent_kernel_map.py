r"""The layer map of neurons, tangent kernel and second derivatives, and its average over Gaussian weights.

With rows of weights w_i, s = sqrt(w/n), phi'' and so on of a neuron j at an input a written phi''_ja,

    z'_i,a = s w_ij phi_ja
    H'_ik,ab = s^2 w_ij w_km phi'_ja phi'_mb H_jm,ab + delta_ik s^2 phi_ja phi_jb
    D'_ikl,abc = s^3 w_ij w_km w_lr phi'_mb phi'_rc (phi''_ja H_jm,ab H_jr,ac + phi'_ja D_jmr,abc)
        + delta_ik s^3 w_lr phi'_ja phi_jb phi'_rc H_jr,ac + delta_il s^3 w_km phi'_ja phi_jc phi'_mb H_jm,ab

where D is what d2H is elsewhere, sums over neurons j, m, r. A correlation of the next layer is a product of
these; averaged over the weights it is a sum over neurons, apart or the same, with the correlations of this
layer between them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from typing import NamedTuple

Factor = tuple[int, str]  # how often phi is differentiated, and the input
_VALUE, _SLOPE, _BEND = 0, 1, 2


class Line(NamedTuple):
    """A tangent kernel of two neurons, or a second derivative of three, at as many inputs."""

    neurons: tuple[str, ...]
    inputs: str


class Term(NamedTuple):
    """A product of weights, (row, neuron) each, factors of neurons, and lines between them."""

    weights: tuple[tuple[str, str], ...]
    factors: tuple[tuple[str, Factor], ...]
    lines: tuple[Line, ...] = ()


class NeuronVertex(NamedTuple):
    """What neurons do to a correlation of the next layer, at inputs a, b, c, d.

    `legs`: the fields of incoming lines, each with its inputs; `averages`: for every neuron its factors, most
    derivatives first, and the input by which their average is differentiated, "" for none; `kernels`: pairs
    of inputs whose mean tangent kernels it is multiplied with.
    """

    legs: tuple[tuple[str, str], ...]
    averages: tuple[tuple[tuple[Factor, ...], str], ...]
    kernels: tuple[str, ...]


def _neuron(row: str, a: str, label: str) -> list[Term]:
    return [Term(((row, label),), ((label, (_VALUE, a)),))]


def _tangent(rows: str, inputs: str, labels: str) -> list[Term]:
    (i, k), (a, b), (j, m) = map(tuple, (rows, inputs, labels))
    found = [Term(((i, j), (k, m)), ((j, (_SLOPE, a)), (m, (_SLOPE, b))), (Line((j, m), a + b),))]
    return found + [Term((), ((j, (_VALUE, a)), (j, (_VALUE, b))))] * (i == k)


def _second(rows: str, inputs: str, labels: str) -> list[Term]:
    (i, k, m), (a, b, c), (p, q, r) = map(tuple, (rows, inputs, labels))
    weights = ((i, p), (k, q), (m, r))
    slopes = (q, (_SLOPE, b)), (r, (_SLOPE, c))
    links = Line((p, q), a + b), Line((p, r), a + c)
    found = [
        Term(weights, ((p, (_BEND, a)), *slopes), links),
        Term(weights, ((p, (_SLOPE, a)), *slopes), (Line((p, q, r), inputs),)),
    ]
    if i == k:
        factors = (p, (_SLOPE, a)), (p, (_VALUE, b)), (r, (_SLOPE, c))
        found.append(Term(((m, r),), factors, (links[1],)))
    if i == m:
        factors = (p, (_SLOPE, a)), (p, (_VALUE, c)), (q, (_SLOPE, b))
        found.append(Term(((k, q),), factors, (links[0],)))
    return found


# rows i and k are those of two different neurons of the next layer
_CORRELATIONS = {
    "B": (_tangent("ik", "ab", "jm"), _tangent("ik", "cd", "JM")),
    "F": (_neuron("i", "c", "J"), _neuron("k", "d", "M"), _tangent("ik", "ab", "jm")),
    "P": (_second("ikk", "abc", "jmr"), _neuron("i", "d", "J")),
    "Q": (_second("iik", "abc", "jmr"), _neuron("k", "d", "J")),
}


@lru_cache(maxsize=len(_CORRELATIONS))
def neuron_vertices(quantity: str) -> tuple[NeuronVertex, ...]:
    """All vertices at order 1/n of "B", "F", "P" or "Q", each times w^2, without legs over n.

    >>> for vertex in neuron_vertices("B"):
    ...     print([name for name, _ in vertex.legs], len(vertex.averages), vertex.kernels)
    ['link', 'link'] 2 ()
    [] 1 ('ab', 'cd')
    """
    found = []
    for parts in product(*_CORRELATIONS[quantity]):
        weights = [weight for part in parts for weight in part.weights]
        for pairs in _pairings(weights):
            same = _identified([(first[1], second[1]) for first, second in pairs])
            factors = [(same.get(label, label), factor) for part in parts for label, factor in part.factors]
            lines = [
                Line(tuple(same.get(label, label) for label in line.neurons), line.inputs)
                for part in parts
                for line in part.lines
            ]
            found += [_apart(factors, lines), *_together(factors, lines)]
    return tuple(found)


def _pairings(weights: list[tuple[str, str]]) -> Iterator[list[tuple[tuple[str, str], tuple[str, str]]]]:
    """Wick's theorem: weights of one row in pairs, in every way."""
    if not weights:
        yield []
        return
    first, *others = weights
    for k, second in enumerate(others):
        if second[0] == first[0]:
            for rest in _pairings(others[:k] + others[k + 1 :]):
                yield [(first, second), *rest]


def _identified(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """The name of the neuron that each label stands for."""
    names: dict[str, str] = {}
    for first, second in pairs:
        keep, drop = names.get(first, first), names.get(second, second)
        names |= {label: keep for label, name in names.items() if name == drop}
        names |= {first: keep, second: keep, drop: keep}
    return names


def _apart(factors: list[tuple[str, Factor]], lines: list[Line]) -> NeuronVertex:
    """Different neurons: lines between them are those that come in, and what they leave odd ends in a z."""
    kernels = tuple(line.inputs for line in lines if line.neurons in {(n, n) for n in line.neurons})
    between = [line for line in lines if len({*line.neurons}) > 1]
    ends = Counter(neuron for line in between for neuron in line.neurons)
    odd = [neuron for neuron in ends if ends[neuron] % 2]
    derivative = dict(zip(odd, "ef", strict=False))
    legs = []
    for line in between:
        if len(line.neurons) == 2:
            turned = line.neurons != between[0].neurons
            legs.append(("link", line.inputs[::-1] if turned else line.inputs))
        else:
            first, second, third = line.neurons
            a, b, c = tuple(line.inputs)  # D_iji,abc is D_iij,acb
            inputs = line.inputs if first == second or second == third else a + c + b
            legs.append(("bend" if second == third else "twist", inputs))
    if len(odd) == 2:
        legs.append(("pair", "".join(derivative[neuron] for neuron in between[0].neurons)))
    elif odd:
        legs.append(("neuron", derivative[odd[0]]))
    names = dict.fromkeys(neuron for neuron, _ in factors)
    averages = tuple((_ordered(factors, {name}), derivative.get(name, "")) for name in names)
    return NeuronVertex(tuple(sorted(legs)), averages, kernels)


def _together(factors: list[tuple[str, Factor]], lines: list[Line]) -> list[NeuronVertex]:
    """One and the same neuron; its second derivatives are of higher order."""
    if any(len(line.neurons) > 2 for line in lines):
        return []
    everything = _ordered(factors, {neuron for neuron, _ in factors})
    return [NeuronVertex((), ((everything, ""),), tuple(line.inputs for line in lines))]


def _ordered(factors: list[tuple[str, Factor]], neurons: set[str]) -> tuple[Factor, ...]:
    found = [factor for neuron, factor in factors if neuron in neurons]
    return tuple(sorted(found, key=lambda factor: (-factor[0], factor[1])))
