"""Graphs in GraphML, which networkx, igraph, Gephi and yEd read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree

import sympy

from diagrams.arguments import TheoryError
from diagrams.diagram import Diagram
from diagrams.graphs.labelled_graph import Attributes, LabelledGraph, labelled_graph
from fieldtheory.shown_value import shown

_TYPES = {bool: "boolean", int: "int", str: "string"}
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_graphml(diagram: Diagram, weight: sympy.Expr | None = None, name: str = "1") -> str:
    """The diagram as a graph in GraphML; TheoryError for names with characters that XML does not know.

    >>> from diagrams import Theory, generate
    >>> [bare] = generate(Theory.scalar({4: 1}), ("phi", "phi"), 0)
    >>> to_graphml(bare).count("<node")
    2
    """
    return graphs_as_graphml([labelled_graph(diagram, weight, name)])


def graphs_as_graphml(graphs: Iterable[LabelledGraph]) -> str:
    """Labelled graphs in one document."""
    root = ElementTree.Element("graphml", xmlns="http://graphml.graphdrawing.org/xmlns")
    known: dict[tuple[str, str], str] = {}
    bodies = []
    for graph in graphs:
        direction = "directed" if graph.directed else "undirected"
        body = ElementTree.Element("graph", id=graph.name, edgedefault=direction)
        _describe(root, body, "graph", graph.attributes, known)
        for node in graph.nodes:
            _describe(
                root, ElementTree.SubElement(body, "node", id=node.name), "node", node.attributes, known
            )
        for k, edge in enumerate(graph.edges):
            line = ElementTree.SubElement(body, "edge", id=f"e{k}", source=edge.tail, target=edge.head)
            _describe(root, line, "edge", edge.attributes, known)
        bodies.append(body)
    root.extend(bodies)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + text


def _describe(
    root: ElementTree.Element,
    element: ElementTree.Element,
    kind: str,
    attributes: Attributes,
    known: dict[tuple[str, str], str],
) -> None:
    """Attributes as data, each with a key that is declared once."""
    for name, value in attributes.items():
        if (kind, name) not in known:
            known[kind, name] = f"d{len(known)}"
            declared = {"id": known[kind, name], "for": kind, "attr.name": name}
            ElementTree.SubElement(root, "key", declared | {"attr.type": _TYPES[type(value)]})
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if _NO_XML.search(text):
            raise TheoryError(f"{name} of a {kind} must have characters that XML knows (got {shown(text)})")
        ElementTree.SubElement(element, "data", key=known[kind, name]).text = text
