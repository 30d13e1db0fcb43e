r"""One layer of the joint map of metric and tangent kernel: the vertices of its theory, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Floats, Integers
from renormalization.depth.contraction import Contraction, Legs
from renormalization.depth.neuron_averages import BendAverages, NeuronAverages, entries
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
        return self._means() | self._noise(width) | self._of_links() | self._coincident(width)

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

    def _of_links(self) -> dict[Legs, Floats]:
        """Two neurons and the correlation between them."""
        inputs, scale = len(self.tangent), self.weight**2
        slopes, turn = self._square(self.averages.mean[1]), self.bends.turn
        lean, twist = self.bends.lean, self.bends.twist
        eight = (inputs,) * 8
        b_links, p_links = np.zeros(eight), np.zeros(eight)
        np.einsum("abcdabcd->abcd", b_links)[...] = np.einsum("ac,bd->abcd", slopes, slopes)
        np.einsum("abcdabac->abcd", p_links)[...] = np.einsum("ad,bc->abcd", lean, slopes)
        f_links, q_links, bends, twists = (np.zeros(eight) for _ in range(4))
        np.einsum("abcdabef->abcdef", f_links)[...] = np.einsum("ace,bdf->abcdef", turn, turn)
        turned = turn + self.tangent[:, :, None] * twist
        np.einsum("abcdacef->abcdef", q_links)[...] = np.einsum("abe,cdf->abcdef", turned, turn)
        np.einsum("abcdabce->abcde", bends)[...] = np.einsum("ade,bc->abcde", turn, slopes)
        np.einsum("abcdeabc->abcde", twists)[...] = np.einsum("ab,cde->abcde", slopes, turn)
        two, three = inputs**2, inputs**3

        def shaped(values: Floats, *legs: int) -> Floats:
            return scale * values.reshape(inputs**4, *legs)

        def exchanged(values: Floats) -> Floats:
            links = shaped(values, two, two)
            return links + links.swapaxes(1, 2)

        return {
            (response("B"), "link", "link"): exchanged(b_links),
            (response("F"), "link", "pair"): shaped(f_links, two, two),
            (response("P"), "link", "link"): exchanged(p_links),
            (response("P"), "bend", "neuron"): shaped(bends, three, inputs),
            (response("Q"), "link", "pair"): shaped(q_links, two, two),
            (response("Q"), "neuron", "twist"): shaped(twists, inputs, three),
        }

    def _coincident(self, width: int) -> dict[Legs, Floats]:
        """Where the neurons of a correlation of the next layer are one and the same."""
        place, h = _places(len(self.tangent)), self.tangent
        scale = self.weight**2 / width
        moments = self.averages.noise + np.einsum("fA,gB->fAgB", self.averages.mean, self.averages.mean)
        fourth = moments[1, :, 1][place[:, :, None, None], place]  # phi'_a phi'_b phi'_c phi'_d
        mixed = moments[1, :, 0][place[:, :, None, None], place]  # phi'_a phi'_b phi_c phi_d
        links = mixed * h[:, :, None, None]
        bend = np.einsum("abcd,ab,ac->abcd", self.bends.bend, h, h)
        return {
            (response("B"),): scale * (fourth * np.multiply.outer(h, h)).ravel(),
            (response("F"),): scale * links.ravel(),
            (response("P"),): scale * bend.ravel(),
            (response("Q"),): scale * (bend + links.transpose(0, 2, 1, 3)).ravel(),
        }


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
