"""Graphs in DOT, the language of Graphviz."""

from __future__ import annotations

import sympy

from diagrams.diagram import Diagram
from diagrams.graphs.labelled_graph import Attributes, LabelledGraph, labelled_graph

_SHAPES = {"external": "plaintext", "vertex": "circle"}


def to_dot(diagram: Diagram, weight: sympy.Expr | None = None, name: str = "1") -> str:
    """The diagram as a graph in DOT; a digraph if a propagator has an arrow, the others without heads.

    >>> from diagrams import Theory, generate
    >>> [bare] = generate(Theory.scalar({4: 1}), ("phi", "phi"), 0)
    >>> print(to_dot(bare))
    graph "1" {
      weight="1";
      symmetry_number="1";
      loops="0";
      amputated="false";
      "x1" [kind="external", label="phi", shape="plaintext"];
      "x2" [kind="external", label="phi", shape="plaintext"];
      "x1" -- "x2" [propagator="C", tail_field="phi", head_field="phi", directed="false"];
    }
    """
    return graph_as_dot(labelled_graph(diagram, weight, name))


def graph_as_dot(graph: LabelledGraph) -> str:
    """A labelled graph in DOT."""
    kind, arrow = ("digraph", "->") if graph.directed else ("graph", "--")
    lines = [f"{kind} {quoted(graph.name)} {{"]
    lines += [f"  {pair};" for pair in _pairs(graph.attributes)]
    for node in graph.nodes:
        shape = _SHAPES[str(node.attributes["kind"])]
        lines.append(f"  {quoted(node.name)} {_listed({**node.attributes, 'shape': shape})};")
    for edge in graph.edges:
        heads = {} if edge.attributes["directed"] or not graph.directed else {"dir": "none"}
        ends = f"{quoted(edge.tail)} {arrow} {quoted(edge.head)}"
        lines.append(f"  {ends} {_listed({**edge.attributes, **heads})};")
    return "\n".join([*lines, "}"])


def quoted(text: str) -> str:
    r"""A text as a string of DOT: in quotes, with quotes, backslashes and line breaks escaped.

    >>> print(quoted('a "b" \\N'))
    "a \"b\" \\N"
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\r", "\\r").replace("\n", "\\n").replace("\0", "\\\\0") + '"'


def _listed(attributes: Attributes) -> str:
    return f"[{', '.join(_pairs(attributes))}]"


def _pairs(attributes: Attributes) -> list[str]:
    found = []
    for key, value in attributes.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        found.append(f"{key}={quoted(text)}")
    return found
