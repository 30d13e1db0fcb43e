"""A diagram as a graph with labels: what every format for graphs writes down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import sympy

from diagrams.diagram import Diagram

Attributes = Mapping[str, str | int | bool]


class Node(NamedTuple):
    """An external point, x1, x2, ..., or a vertex, y1, y2, ...; `attributes`: its kind and its label."""

    name: str
    attributes: Attributes


class Edge(NamedTuple):
    """A propagator between two nodes; if it is directed, its arrow is from `tail` to `head`."""

    tail: str
    head: str
    attributes: Attributes


class LabelledGraph(NamedTuple):
    """Nodes, edges, and what belongs to the whole; `directed`: whether an edge has an arrow."""

    name: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    attributes: Attributes
    directed: bool


def labelled_graph(diagram: Diagram, weight: sympy.Expr | None = None, name: str = "1") -> LabelledGraph:
    """The graph of a diagram, with its own weight unless another is given.

    >>> from diagrams import Theory, generate
    >>> [tadpole] = generate(Theory.scalar({4: 1}), ("phi", "phi"), 1)
    >>> graph = labelled_graph(tadpole)
    >>> [(edge.tail, edge.head) for edge in graph.edges], dict(graph.nodes[2].attributes)
    ([('x1', 'y1'), ('x2', 'y1'), ('y1', 'y1')], {'kind': 'vertex', 'label': 'phi4'})
    """
    theory, outer = diagram.theory, len(diagram.external)
    nodes = [
        Node(f"x{k}", {"kind": "external", "label": field})
        for k, field in enumerate(diagram.external, start=1)
    ]
    nodes += [
        Node(f"y{k}", {"kind": "vertex", "label": theory.vertices[v].name})
        for k, v in enumerate(diagram.vertices, start=1)
    ]
    edges = []
    for i, j, p in diagram.edges:
        propagator = theory.propagators[p]
        cut = diagram.amputated and min(i, j) < outer
        ends = (j, i) if propagator.directed else (i, j)
        fields = (propagator.first, propagator.second)
        tail, head = fields[::-1] if propagator.directed else fields
        attributes: dict[str, str | int | bool] = {
            "propagator": "" if cut else propagator.symbol,
            "tail_field": tail,
            "head_field": head,
            "directed": propagator.directed,
        }
        edges.append(Edge(nodes[ends[0]].name, nodes[ends[1]].name, attributes))
    attributes = {
        "weight": str(diagram.weight if weight is None else weight),
        "symmetry_number": str(diagram.symmetry_number),
        "loops": diagram.loops,
        "amputated": diagram.amputated,
    }
    directed = any(edge.attributes["directed"] for edge in edges)
    return LabelledGraph(name, tuple(nodes), tuple(edges), attributes, directed)
