"""Graphs in DOT and GraphML: networkx reads back what was written."""

import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

import networkx
import pydot
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diagrams import Diagram, Field, Propagator, Theory, TheoryError, Vertex, generate
from diagrams.graphs.dot import quoted
from tests.workbench.command_line import command_line

pytestmark = pytest.mark.filterwarnings("ignore:.* deprecated - use :DeprecationWarning")  # inside pydot
run, succeed = command_line("derive")
PHI34 = Theory.scalar({3: 1, 4: 1})
RESPONSE = Theory(
    [Field("phi"), Field("phi~")],
    [Propagator("phi", "phi"), Propagator("phi", "phi~", directed=True)],
    [Vertex("drift", {"phi~": 1, "phi": 2}, 1), Vertex("noise", {"phi~": 2, "phi": 1}, 1)],
)


def edges_of(diagram: Diagram) -> list[tuple[str, ...]]:
    """Tail, head, symbol and fields of each edge, from the diagram itself; undirected ends in order."""
    outer = len(diagram.external)
    names = [f"x{k + 1}" if k < outer else f"y{k + 1 - outer}" for k in range(diagram.nodes)]
    found = []
    for i, j, p in diagram.edges:
        line = diagram.theory.propagators[p]
        ends = [(names[i], line.first), (names[j], line.second)]
        (a, f), (b, h) = reversed(ends) if line.directed else sorted(ends)
        found.append((a, b, line.symbol, f, h, str(line.directed).lower()))
    return sorted(found)


def edges_in(graph: Any) -> list[tuple[str, ...]]:
    """The same of a graph that networkx has read."""
    found = []
    for a, b, data in graph.edges(data=True):
        said = {key: str(value).strip('"') for key, value in data.items()}
        ends = [(a.strip('"'), said["tail_field"]), (b.strip('"'), said["head_field"])]
        if said["directed"].lower() == "false":
            ends = (
                sorted(ends) if ends[0][0] != ends[1][0] or said["tail_field"] == said["head_field"] else ends
            )
        (one, f), (two, h) = ends
        found.append((one, two, said["propagator"], f, h, said["directed"].lower()))
    return sorted(found)


def read_dot(text: str) -> Any:
    [graph] = pydot.graph_from_dot_data(text)
    return networkx.nx_pydot.from_pydot(graph)


@pytest.mark.parametrize(
    ("theory", "external", "loops"),
    [(PHI34, (), 3), (PHI34, ("phi",) * 2, 2), (RESPONSE, ("phi", "phi~"), 1), (RESPONSE, ("phi",) * 2, 1)],
)
def test_read_back(theory: Theory, external: tuple[str, ...], loops: int) -> None:
    """Nodes, parallel edges, self-loops and arrows survive; so do weight and symmetry number."""
    for diagram in generate(theory, external, loops):
        graphml = networkx.read_graphml(io.BytesIO(diagram.to_graphml().encode()), force_multigraph=True)
        dot = read_dot(diagram.to_dot())
        arrows = any(theory.propagators[p].directed for _, _, p in diagram.edges)
        for graph in (graphml, dot):
            assert graph.is_multigraph()
            assert graph.is_directed() == arrows
            assert edges_in(graph) == edges_of(diagram)
            labels = [str(data["label"]).strip('"') for _, data in sorted(graph.nodes(data=True))]
            assert labels == [*external, *(theory.vertices[v].name for v in diagram.vertices)]
        assert graphml.graph["weight"] == str(diagram.weight)
        assert graphml.graph["loops"] == diagram.loops
        assert dot.graph["graph"]["symmetry_number"] == f'"{diagram.symmetry_number}"'


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(NAMES)
def test_any_name_stays_inside_its_quotes(name: str) -> None:
    """Whatever a field is called, DOT has three statements and the name comes back."""
    theory = Theory([Field(name)], [Propagator(name, name)], [])
    [bare] = generate(theory, (name, name), 0)
    graph = read_dot(bare.to_dot())
    assert sorted(graph.nodes) == ["x1", "x2"]
    label = graph.nodes["x1"]["label"]
    assert label == quoted(name)
    inner = label[1:-1].replace("\\\\", "\0")
    assert '"' not in inner.replace('\\"', "")
    assert inner.replace('\\"', '"').replace("\\n", "\n").replace("\\r", "\r").replace("\0", "\\") == name


@settings(max_examples=100)
@given(NAMES)
def test_any_name_in_graphml(name: str) -> None:
    """XML gets each name back (with its line breaks made alike), or says which it cannot hold."""
    theory = Theory([Field(name)], [Propagator(name, name)], [])
    [bare] = generate(theory, (name, name), 0)
    if any((c < " " and c not in "\t\n\r") or c in "\ufffe\uffff" for c in name):
        with pytest.raises(TheoryError, match="label of a node must have characters that XML knows"):
            bare.to_graphml()
        return
    found = networkx.read_graphml(io.BytesIO(bare.to_graphml().encode()), force_multigraph=True)
    assert found.nodes["x1"]["label"] == name.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("name", ["phi", 'a"b', "back\\", "\\N", "two\nlines", "<b>", "Ψ̄", "node", ";}"])
def test_graphviz_reads_it(name: str) -> None:
    """Graphviz itself lays out both points and the line, without a complaint."""
    theory = Theory([Field(name)], [Propagator(name, name)], [])
    [bare] = generate(theory, (name, name), 0)
    done = subprocess.run(["dot", "-Tplain"], input=bare.to_dot(), capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["graph", "node", "node", "edge", "stop"]


def test_amputated_lines_are_no_propagators() -> None:
    """The edges of external points are there, without a symbol."""
    [tadpole] = generate(Theory.scalar({4: 1}), ("phi", "phi"), 1)
    graph = networkx.read_graphml(io.BytesIO(tadpole.amputate().to_graphml().encode()), force_multigraph=True)
    assert sorted(data.get("propagator") or "" for _, _, data in graph.edges(data=True)) == ["", "", "C"]
    assert graph.graph["amputated"] is True


@pytest.mark.parametrize("language", ["dot", "graphml"])
def test_command_line(language: str, tmp_path: Path) -> None:
    """All graphs printed, or in files, one each and one for all, with the weights of the table."""
    words = ("phi4", "--external", "2", "--loops", "2", "--format", language)
    text = succeed(*words)
    assert f"written {tmp_path / f'diagrams.{language}'} and 3 more\n" == succeed(
        *words, "--out", str(tmp_path)
    )
    assert (tmp_path / f"diagrams.{language}").read_text().strip() == text.strip()
    for number, weight in (("1", "g**2/4"), ("2", "g**2/4"), ("3", "g**2/6")):
        single = tmp_path / f"diagram-{number}.{language}"
        graph = (
            networkx.read_graphml(single, force_multigraph=True)
            if language == "graphml"
            else read_dot(single.read_text())
        )
        found = graph.graph if language == "graphml" else graph.graph["graph"]
        assert found["weight"].strip('"') == weight
        assert graph.number_of_edges() == 5
    assert text.count("<graph ") + text.count('graph "') == 3


def test_command_line_of_regression() -> None:
    """The diagrams of GP regression are graphs too, none a multigraph without its arrows."""
    [*graphs] = pydot.graph_from_dot_data(succeed("mean", "--order", "1", "--format", "dot"))
    text = succeed("mean", "--order", "1")
    assert len(graphs) == int(text.split("diagram")[0].split()[-1])
