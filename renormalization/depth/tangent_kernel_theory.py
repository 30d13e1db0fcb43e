r"""The joint layer map of metric and tangent kernel as a theory for the diagram engine.

Neurons z_i of a layer, G their common metric, H_ij = sum_mu (dz_i/dmu)(dz_j/dmu) their tangent kernel, which
is H = <H_ii> up to fluctuations of the common part and of every single entry, off the diagonal too. Up to 1/n
all correlations of different neurons are lines of this theory:

    <G G> = V, <G H> = D, <H H> = A         of the common parts, `incoming_metric` and `incoming_tangent`
    <H_ij H_ij> = B, <z_i z_j H_ij> = F     of a `link` H_ij with itself and with the `pair` z_i z_j
    <(d2H)_ijj z_i> = P, <(d2H)_iij z_j> = Q  of second derivatives, a `bend` and a `twist`, with a `neuron`

with (d2H)_ijk = sum (d2z_i/dmu dnu)(dz_j/dmu)(dz_k/dnu). A neuron of the layer is a vertex: the sum over its
label, an average over its Gaussian z, with derivatives where lines end. Its response fields say what of the
next layer it goes into. Roberts, Yaida, Hanin, arXiv 2106.10165, Sec. 8 and 11; Banta et al.,
arXiv 2305.02334.
"""

from __future__ import annotations

from functools import lru_cache

from diagrams import Expansion, Propagator, Theory, generate
from renormalization.depth.tangent_kernel_map import neuron_vertices

_ORDER = "root"  # counts powers of n^(-1/2)
_METRIC, _TANGENT = "incoming_metric", "incoming_tangent"

# by their incoming legs: what neurons do to the metric and the tangent kernel of the next layer, ...
_SLOPES = {
    "metric": [(_METRIC,), (_METRIC, _METRIC)],
    "tangent": [(_METRIC,), (_TANGENT,), (_METRIC, _METRIC), (_METRIC, _TANGENT), ("link", "pair")],
}
# ... and how they make these two fluctuate together
_NOISE = [("metric", "metric"), ("metric", "tangent"), ("tangent", "tangent")]

_LINES = (
    Propagator(_METRIC, _METRIC, "V"),
    Propagator(_METRIC, _TANGENT, "D"),
    Propagator(_TANGENT, _TANGENT, "A"),
    Propagator("link", "link", "B"),
    Propagator("link", "pair", "F"),
    Propagator("bend", "neuron", "P"),
    Propagator("neuron", "twist", "Q"),
)
_SOURCES = {_METRIC: "metric_source", _TANGENT: "tangent_source"}  # of what means are shifted by

# external points of the diagrams of each correlation of the next layer, by its name
QUANTITIES = {
    "shift": ("tangent",),
    "metric_shift": ("metric",),
    "V": ("metric", "metric"),
    "D": ("metric", "tangent"),
    "A": ("tangent", "tangent"),
    **{name: (name,) for name in ("B", "F", "P", "Q")},
}


def response(name: str) -> str:
    """The response field of a quantity of the next layer."""
    return f"{name}_response"


@lru_cache(maxsize=len(QUANTITIES))
def tangent_theory(quantity: str) -> Theory:
    """The part of the theory behind one correlation of the next layer: its fields, lines and vertices.

    >>> print(tangent_theory("B"))
    fields: B, B_response, link
    propagators:
      <link link> = B
      <B B_response> = R, directed from B_response to B
    terms of -S_int:
      B_response1: B_response, order 2 in root, a point for each leg
      B_response1_link2: B_response link^2/2!, order 2 in root, a point for each leg
    """
    names = dict.fromkeys(QUANTITIES[quantity])
    legs = [(*incoming, response(name)) for name in names for incoming in _incoming(name)]
    legs += [(response(first), response(second)) for first, second in _NOISE if {first, second} <= {*names}]
    orders = {each: {_ORDER: _power(each)} for each in legs}
    arriving = {field for each in legs for field in each}
    lines = [each for each in _LINES if {each.first, each.second} <= arriving]
    for field, source in _SOURCES.items():
        if field in arriving:
            orders[(source,)] = {_ORDER: 1}
            lines.append(Propagator(field, source, "S", directed=True))
    lines += [Propagator(name, response(name), "R", directed=True) for name in names]
    return Theory.from_cumulants(dict.fromkeys(orders, 1), lines, orders=orders)


def _incoming(name: str) -> list[tuple[str, ...]]:
    """The incoming legs of every kind of vertex; to correlations of two neurons they follow from the map."""
    if name in _SLOPES:
        return _SLOPES[name]
    return sorted({tuple(leg for leg, _ in vertex.legs) for vertex in neuron_vertices(name)})


def _power(legs: tuple[str, ...]) -> int:
    """Of n^(-1/2): one for every incoming leg, two for neurons that coincide."""
    incoming = sum(not leg.endswith("_response") for leg in legs)
    return incoming if incoming else 2


@lru_cache(maxsize=len(QUANTITIES))
def tangent_diagrams(quantity: str) -> Expansion:
    """The diagrams of one correlation of the next layer at order 1/n.

    >>> [str(diagram.symmetry_factor) for diagram in tangent_diagrams("B")]
    ['1/2', '1']
    """
    found = generate(tangent_theory(quantity), QUANTITIES[quantity], 2, by=_ORDER)
    return Expansion.of(found, order="1/n")
