r"""One layer of the joint map of metric and tangent kernel: the vertices of its theory, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Floats, Integers
from renormalization.depth.contraction import Contraction, Legs
from renormalization.depth.neuron_averages import BendAverages, NeuronAverages, entries
from renormalization.depth.tangent_kernel_map import NeuronVertex, neuron_vertices
from renormalization.depth.tangent_kernel_theory import QUANTITIES, response, tangent_diagrams

_METRIC, _TANGENT = "incoming_metric", "incoming_tangent"


class TangentFluctuations(NamedTuple):
    """All correlations of a layer at order 1/n, n the width of the layer before.

    `metric_shift`, `shift`, `V`, `D`, `A`: by independent entries of metric and tangent kernel. The others
    have an axis for every input, B[a, b, c, d] = <H_ij,ab H_ij,cd>, F[a, b, c, d] = <z_i,c z_j,d H_ij,ab>,
    P[a, b, c, d] = <(d2H)_ijj,abc z_i,d>, Q[a, b, c, d] = <(d2H)_iij,abc z_j,d>.
    """

    metric_shift: Floats
    shift: Floats
    V: Floats
    D: Floats
    A: Floats
    B: Floats
    F: Floats
    P: Floats
    Q: Floats

    @classmethod
    def none(cls, inputs: int) -> TangentFluctuations:
        """Those of the inputs, which don't fluctuate."""
        size = len(entries(inputs))
        vector, matrix, tensor = (np.zeros(shape) for shape in (size, (size, size), (inputs,) * 4))
        return cls(vector, vector, matrix, matrix, matrix, tensor, tensor, tensor, tensor)


@dataclass(frozen=True)
class TangentLayer:
    """Metric and tangent kernel of a layer at infinite width, and the averages over its neurons.

    `weight`: the variance w of the weights to the next layer, and `bias` that of its biases.
    """

    tangent: Floats
    averages: NeuronAverages
    bends: BendAverages
    weight: float
    bias: float

    @property
    def next_kernels(self) -> tuple[Floats, Floats]:
        """K' = b + w <phi phi> and H' = K' + w <phi' phi'> H."""
        values, slopes = (self._square(mean) for mean in self.averages.mean)
        metric = self.weight * values + self.bias
        return metric, metric + self.weight * slopes * self.tangent

    def propagate(self, incoming: TangentFluctuations, width: int) -> TangentFluctuations:
        """The correlations of the next layer, the sums of their diagrams; `width`: neurons of this one."""
        arrays = self._vertices(width) | _incoming(incoming)
        inputs = len(self.tangent)
        found = {}
        for quantity in TangentFluctuations._fields:
            value = _contraction(quantity)(arrays)
            points = QUANTITIES[quantity]
            wanted: tuple[int, ...] = (inputs,) * 4
            if points[0] in ("metric", "tangent"):
                wanted = (len(entries(inputs)),) * len(points)
            found[quantity] = value.reshape(wanted)
        return TangentFluctuations(**found)

    def _square(self, vector: Floats) -> Floats:
        return np.asarray(vector[_places(len(self.tangent))], dtype=np.float64)

    def _vertices(self, width: int) -> dict[Legs, Floats]:
        return self._means() | self._noise(width) | self._of_neurons(width)

    def _means(self) -> dict[Legs, Floats]:
        """Slopes and curvatures of what is averaged over the neurons: metric and tangent kernel."""
        w, found, inputs = self.weight, self.averages, len(self.tangent)
        a, b = np.array(entries(inputs)).T
        tangent = self.tangent[a, b]
        one = np.eye(len(a))
        slope, curvature = w * found.slope[0], w * found.curvature[0]
        bent = w * found.slope[1]
        into_metric, into_tangent = response("metric"), response("tangent")
        hessian = bent[:, _places(inputs)] * (1 + np.eye(inputs))
        links = np.zeros((len(a), inputs, inputs, inputs, inputs))
        links[np.arange(len(a)), a, b] = hessian
        curved = curvature + w * tangent[:, None, None] * found.curvature[1]
        return {
            (_METRIC, into_metric): slope.T,
            (_METRIC, _METRIC, into_metric): curvature.transpose(1, 2, 0),
            (_METRIC, into_tangent): (slope + tangent[:, None] * bent).T,
            (_TANGENT, into_tangent): np.diag(w * found.mean[1]),
            (_METRIC, _METRIC, into_tangent): curved.transpose(1, 2, 0),
            (_METRIC, _TANGENT, into_tangent): bent.T[:, :, None] * one,
            ("link", "pair", into_tangent): np.moveaxis(links.reshape(len(a), inputs**2, inputs**2), 0, -1),
        }

    def _noise(self, width: int) -> dict[Legs, Floats]:
        """How a single neuron makes metric and tangent kernel vary together."""
        inputs = len(self.tangent)
        a, b = np.array(entries(inputs)).T
        scale = self.weight**2 / width
        size = len(a)
        noise = self.averages.noise
        both = np.stack([np.ones(size), self.tangent[a, b]])  # phi phi + H phi' phi' in the tangent kernel
        mixed = np.einsum("AgB,gB->AB", noise[0], both)
        squared = np.einsum("fA,fAgB,gB->AB", both, noise, both)
        metric, tangent = response("metric"), response("tangent")
        return {
            (metric, metric): scale * noise[0, :, 0],
            (metric, tangent): scale * mixed,
            (tangent, tangent): scale * (squared + squared.T) / 2,
        }

    def _of_neurons(self, width: int) -> dict[Legs, Floats]:
        """What neurons do to the correlations of two: one that is both, or two and what joins them."""
        averages, inputs = self._factors(), len(self.tangent)
        found: dict[Legs, Floats] = {}
        for rule in _rules():
            operands = [averages[key] for key in rule.averages] + [self.tangent] * rule.kernels
            spread = np.zeros((inputs,) * rule.axes)
            np.einsum(rule.view, spread)[...] = np.einsum(rule.product, *operands)
            tensor = spread.reshape([inputs**power for power in rule.powers])
            if rule.legs[1:] == ("link", "link"):
                tensor = tensor + tensor.swapaxes(1, 2)
            scale = self.weight**2 / (1 if rule.legs[1:] else width)
            found[rule.legs] = found.get(rule.legs, 0.0) + scale * tensor
        return found

    def _factors(self) -> dict[tuple[tuple[int, ...], bool], Floats]:
        """Averages by the derivatives of phi in them and whether they are differentiated once more."""
        place, found, bends = _places(len(self.tangent)), self.averages, self.bends
        moments = found.noise + np.einsum("fA,gB->fAgB", found.mean, found.mean)
        slopes, values = (moments[1, :, kind][place[:, :, None, None], place] for kind in (1, 0))
        return {
            ((1, 1), False): self._square(found.mean[1]),
            ((2, 0), False): bends.lean,
            ((1, 0), True): bends.turn,
            ((2, 1), True): bends.twist,
            ((1, 1, 1, 1), False): slopes,
            ((1, 1, 0, 0), False): values,
            ((2, 1, 1, 0), False): bends.bend,
        }


class _Rule(NamedTuple):
    """A vertex as an instruction: what is multiplied, by inputs, and where it goes.

    `averages`: keys of what `_factors` has, then so many `kernels`; `product`: their subscripts; `view`:
    those of a tensor with all inputs of the quantity and of every leg, many of them equal; `powers`: how
    many of these `axes` each of the `legs` has.
    """

    legs: Legs
    averages: tuple[tuple[tuple[int, ...], bool], ...]
    kernels: int
    product: str
    view: str
    axes: int
    powers: tuple[int, ...]


@lru_cache(maxsize=1)
def _rules() -> tuple[_Rule, ...]:
    return tuple(_rule(name, vertex) for name in ("B", "F", "P", "Q") for vertex in neuron_vertices(name))


def _rule(quantity: str, vertex: NeuronVertex) -> _Rule:
    axes = "abcd" + "".join(inputs for _, inputs in vertex.legs)
    different = "".join(dict.fromkeys(axes))
    operands = ["".join(letter for _, letter in factors) + by for factors, by in vertex.averages]
    return _Rule(
        (response(quantity), *(name for name, _ in vertex.legs)),
        tuple((tuple(order for order, _ in factors), bool(by)) for factors, by in vertex.averages),
        len(vertex.kernels),
        f"{','.join([*operands, *vertex.kernels])}->{different}",
        f"{axes}->{different}",
        len(axes),
        (4, *(len(inputs) for _, inputs in vertex.legs)),
    )


def _incoming(found: TangentFluctuations) -> dict[Legs, Floats]:
    """The lines, and the sources of the shifts."""
    inputs = found.B.shape[0]
    two = inputs**2
    return {
        ("metric_source",): found.metric_shift,
        ("tangent_source",): found.shift,
        (_METRIC, _METRIC): found.V,
        (_METRIC, _TANGENT): found.D,
        (_TANGENT, _TANGENT): found.A,
        ("link", "link"): found.B.reshape(two, two),
        ("link", "pair"): found.F.reshape(two, two),
        ("bend", "neuron"): found.P.reshape(-1, inputs),
        ("neuron", "twist"): found.Q.reshape(-1, inputs).T,
    }


@lru_cache(maxsize=len(QUANTITIES))
def _contraction(quantity: str) -> Contraction:
    return Contraction.of(tangent_diagrams(quantity))


@lru_cache(maxsize=4)
def _places(inputs: int) -> Integers:
    """The independent entry of every pair of inputs."""
    found = np.zeros((inputs, inputs), dtype=np.int64)
    for k, (a, b) in enumerate(entries(inputs)):
        found[a, b] = found[b, a] = k
    found.setflags(write=False)
    return found
