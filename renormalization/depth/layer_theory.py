r"""Fluctuations of the metric in one layer of a random network as a theory for the diagram engine.

The weight is exp of the cumulants of the layer, with a response field to the metric it makes:

    response (J incoming + H incoming^2/2) + response^2 S/2,    <incoming incoming> = V/n, <incoming> = dK/n.

Each `incoming` leg and each mean counts n^(-1/2) and 1/n, the noise S 1/n: what is connected at order 1/n
are the diagrams of the recursion, symmetry factors included. Roberts, Yaida, Hanin, The Principles of Deep
Learning Theory (2022), arXiv 2106.10165, Sec. 4; Banta, Cai, Craig, Zhang, arXiv 2305.02334.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from diagrams import Expansion, Propagator, Theory, generate
from fieldtheory.array_types import Floats
from renormalization.depth.contraction import Contraction
from renormalization.depth.layer_moments import LayerMoments

_ORDER = "root"  # counts powers of n^(-1/2)


class Fluctuations(NamedTuple):
    """First and second cumulant of the metric about its infinite-width value, by independent entries."""

    mean: Floats
    covariance: Floats


@lru_cache(maxsize=1)
def layer_theory() -> Theory:
    """Fields metric, response, incoming, source; vertices slope, curvature, noise, mean of what comes in.

    >>> [(vertex.name, vertex.degree) for vertex in layer_theory().vertices]
    [('incoming1_response1', 2), ('incoming2_response1', 3), ('response2', 2), ('source1', 1)]
    """
    return Theory.from_cumulants(
        {
            ("incoming", "response"): 1,
            ("incoming", "incoming", "response"): 1,
            ("response", "response"): 1,
            ("source",): 1,
        },
        [
            Propagator("incoming", "incoming", "V"),
            Propagator("metric", "response", "R", directed=True),
            Propagator("incoming", "source", "D", directed=True),
        ],
        orders={
            ("incoming", "response"): {_ORDER: 1},
            ("incoming", "incoming", "response"): {_ORDER: 2},
            ("response", "response"): {_ORDER: 2},
            ("source",): {_ORDER: 1},
        },
    )


@lru_cache(maxsize=2)
def layer_diagrams(points: int) -> Expansion:
    """The diagrams at order 1/n: of the mean of the metric (one point) or of its covariance (two points).

    >>> [str(diagram.symmetry_factor) for diagram in layer_diagrams(1)]
    ['1/2', '1']
    """
    found = generate(layer_theory(), ("metric",) * points, 2, by=_ORDER)
    return Expansion.of(found, order="1/n")


@lru_cache(maxsize=2)
def _contraction(points: int) -> Contraction:
    return Contraction.of(layer_diagrams(points))


def propagate(moments: LayerMoments, incoming: Fluctuations, width: int) -> Fluctuations:
    """The fluctuations one layer further at order 1/n: the sum of the diagrams of `layer_diagrams`."""
    arrays = {
        ("incoming", "incoming"): incoming.covariance,
        ("incoming", "response"): moments.slope.T,
        ("incoming", "incoming", "response"): np.moveaxis(moments.curvature, 0, -1),
        ("response", "response"): (moments.noise + moments.noise.T) / (2 * width),
        ("source",): incoming.mean,
    }
    mean, covariance = (_contraction(points)(arrays) for points in (1, 2))
    size = len(incoming.mean)
    covariance = covariance.reshape(size, size)
    return Fluctuations(mean.reshape(size), (covariance + covariance.T) / 2)
