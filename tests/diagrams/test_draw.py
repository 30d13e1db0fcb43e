"""Pictures: nothing outside the canvas, nothing on top of something else, every edge visible."""

import re
from functools import cache
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest
import sympy

from diagrams import Diagram, Field, Propagator, Theory, Vertex, generate
from diagrams.draw.layout import Layout, arrange, sample, text_width
from diagrams.draw.sheet import draw_sheet
from diagrams.draw.svg import to_svg, weight_text
from diagrams.draw.tikz import escaped, to_tikz

G = sympy.Symbol("g")
PHI3, PHI4, PHI6 = (Theory.scalar({k: -G}) for k in (3, 4, 6))
HOSTILE = "<b>&"
RESPONSE = Theory(
    (Field("phi", r"\phi"), Field("phi~")),
    (Propagator("phi", "phi"), Propagator("phi", "phi~", directed=True)),
    (
        Vertex("drift", {"phi": 2, "phi~": 1}, sympy.Symbol("lambda"), {"vertices": 1}),
        Vertex("noise", {"phi": 1, "phi~": 2}, sympy.Symbol("D"), {"vertices": 1}),
    ),
)
TWO = ("phi", "phi")


@cache
def drawn() -> list[tuple[Diagram, Layout]]:
    """A bit of everything."""
    wanted = [
        *(d for loops in range(4) for d in generate(PHI4, TWO, loops)),
        *(d for n in range(1, 5) for d in generate(PHI4, (), n, by="vertices")),
        *(d for n in (2, 4, 6) for d in generate(PHI3, (), n, by="vertices")),
        *list(generate(PHI3, (), 8, by="vertices", tadpoles=False, one_particle_irreducible=True))[::3],
        *(d for loops in range(3) for d in generate(PHI3, TWO, loops)),
        *generate(PHI3, ("phi",), 2),
        *generate(PHI3, ("phi",) * 3, 1),
        *generate(PHI4, ("phi",) * 4, 1),
        *generate(PHI6, (), 2, by="vertices"),
        *generate(PHI4, TWO, 2, by="vertices", connected=False, vacuum_bubbles=True),
        *generate(RESPONSE, ("phi", "phi~"), 1),
        *list(generate(RESPONSE, ("phi", "phi~"), 2))[::10],
    ]
    return [(diagram, arrange(diagram)) for diagram in wanted]


def boxes(layout: Layout) -> list[tuple[float, float, float, float]]:
    return [
        (x - c.width / 2, y - c.height / 2, x + c.width / 2, y + c.height / 2)
        for c in layout.labels
        for x, y in [c.centre]
    ]


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def test_everything_is_inside_the_canvas() -> None:
    for _, layout in drawn():
        ink = np.concatenate([np.array(layout.points), *(sample(line.path) for line in layout.lines)])
        corners = np.array(boxes(layout)).reshape(-1, 2)
        for points in (ink, corners):
            assert (points >= 0).all()
            assert (points <= [layout.width, layout.height]).all()


def test_labels_overlap_neither_each_other_nor_a_line() -> None:
    for diagram, layout in drawn():
        assert len(layout.labels) == len(diagram.external)
        for a, b in combinations(boxes(layout), 2):
            assert not overlap(a, b)
        for line in layout.lines:
            for x, y in sample(line.path):
                assert not any(overlap(box, (x, y, x, y)) for box in boxes(layout)), diagram


def test_nodes_keep_apart_and_off_other_lines() -> None:
    for diagram, layout in drawn():
        for p, q in combinations(layout.points, 2):
            assert np.hypot(p.x - q.x, p.y - q.y) > 0.35, diagram
        for line in layout.lines:
            for node, point in enumerate(layout.points):
                if node not in line.edge[:2]:
                    assert np.hypot(*(sample(line.path) - point).T).min() > 0.1, diagram


def test_edges_start_and_end_at_their_nodes_and_differ() -> None:
    for diagram, layout in drawn():
        assert tuple(line.edge for line in layout.lines) == diagram.edges
        for line in layout.lines:
            i, j, _ = line.edge
            assert (line.path[0], line.path[-1]) == (layout.points[i], layout.points[j])
        for a, b in combinations(layout.lines, 2):
            apart = np.linalg.norm(sample(a.path)[:, None] - sample(b.path), axis=-1)
            assert apart.min(axis=1).max() > 0.09, diagram


def test_self_loops_are_round() -> None:
    rounds = [line for _, layout in drawn() for line in layout.lines if line.edge[0] == line.edge[1]]
    assert rounds
    for line in rounds:
        points = sample(line.path)[:-1]
        radii = np.hypot(*(points - points.mean(axis=0)).T)
        assert np.ptp(radii) < 0.03


def test_svg_is_well_formed_and_shows_every_part() -> None:
    for diagram, _ in drawn()[::8]:
        svg, tikz = to_svg(diagram), to_tikz(diagram)
        root = ElementTree.fromstring(svg)
        assert "href" not in svg
        kinds = [element.get("class") for element in root.iter()]
        assert kinds.count("edge") == len(diagram.edges)
        assert kinds.count("vertex") == len(diagram.vertices)
        assert kinds.count("external") == kinds.count("label") == len(diagram.external)
        directed = sum(diagram.theory.propagators[p].directed for _, _, p in diagram.edges)
        assert kinds.count("arrow") == directed
        assert tikz.count("fermion") == directed
        assert tikz.count(r"\vertex") == diagram.nodes
        loops = sum(i == j for i, j, _ in diagram.edges)
        assert tikz.count(r"\draw") == loops
        assert tikz.count(" -- ") == len(diagram.edges) - loops


def test_arrow_points_from_response_field_to_field() -> None:
    """<phi_1 phi~_2>: the arrow runs from point 2, on the right, to point 1, on the left."""
    (bare,) = generate(RESPONSE, ("phi", "phi~"), 0)
    (arrow,) = re.findall(r'class="arrow" points="([^"]*)"', to_svg(bare))
    tip, *wings = (float(corner.split(",")[0]) for corner in arrow.split())
    assert all(tip < wing for wing in wings)
    assert "(n1) -- [fermion, blue] (n0)" in to_tikz(bare)


def test_drawing_is_deterministic() -> None:
    def fresh() -> list[str]:
        return [f(d) for d in generate(PHI4, TWO, 2) for f in (to_svg, to_tikz)]

    assert fresh() == fresh()


@pytest.mark.parametrize("name", [HOSTILE, "a\x00\ud800", "x" * 40])
def test_hostile_names(name: str) -> None:
    theory = Theory((Field(name),), (Propagator(name, name),), (Vertex("v", {name: 4}, G),))
    diagrams = list(generate(theory, (name, name), 2))
    for svg in (draw_sheet(diagrams, title=name), *map(to_svg, diagrams)):
        root = ElementTree.fromstring(svg)
        assert "<b>" not in svg
        svg.encode()
        if name == HOSTILE:
            texts = {element.text for element in root.iter() if element.get("class") == "label"}
            assert texts == {"<b>&₁", "<b>&₂"}
    for a, b in combinations(boxes(arrange(diagrams[0])), 2):
        assert not overlap(a, b)


def test_tikz_escapes_names() -> None:
    assert escaped(r"a_b\c{&") == r"a\_b\textbackslash{}c\{\&"
    theory = Theory((Field(HOSTILE),), (Propagator(HOSTILE, HOSTILE),), ())
    assert r"\textless{}b\textgreater{}\&" in to_tikz(next(generate(theory, (HOSTILE,) * 2, 0)))


@pytest.mark.parametrize("columns", [0, 1, 7])
def test_sheet_of_four_loops(columns: int) -> None:
    """39 connected diagrams; drawings and weights in cells of their own, inside the canvas."""
    diagrams = list(generate(PHI4, TWO, 4))[: 39 if columns == 7 else 5]
    root = ElementTree.fromstring(draw_sheet(diagrams, columns=columns, title="four loops"))
    width, height = (float(x) for x in root.attrib["viewBox"].split()[2:])
    tag = "{http://www.w3.org/2000/svg}"
    taken = []
    for group, diagram in zip(root.findall(f"{tag}g"), diagrams, strict=True):
        layout = arrange(diagram)
        x, y = (float(c) for c in re.findall(r"[-\d.]+", group.attrib["transform"]))
        taken.append((x, y, x + 60 * layout.width, y + 60 * layout.height))
    for text in root.findall(f"{tag}text"):
        x, y, size = (float(text.attrib[key]) for key in ("x", "y", "font-size"))
        half = 60 * text_width(text.text or "") / 2
        taken.append((x - half, y - size, x + half, y + 0.3 * size))
    assert len(taken) == 2 * len(diagrams) + 1
    for box in taken:
        assert box[0] >= 0
        assert box[1] >= 0
        assert box[2] <= width
        assert box[3] <= height
    for a, b in combinations(taken, 2):
        assert not overlap(a, b)


def test_sheet_weights_title_and_legend() -> None:
    (bare,) = generate(PHI4, TWO, 0)
    svg = draw_sheet([(bare, 3 * G / 4), bare], title="a & b")
    assert "3g/4" in svg
    assert "a &amp; b" in svg
    assert "legend" not in svg
    assert 'class="legend"' in draw_sheet(generate(RESPONSE, ("phi", "phi~"), 1))
    assert "no diagrams" in draw_sheet([])
    assert "(2.1) g" in draw_sheet([(bare, G)], numbers=["2.1"])
    with pytest.raises(ValueError, match=r"numbers must be as many as diagrams \(got 1 and 2\)"):
        draw_sheet([bare, bare], numbers=["1"])
    with pytest.raises(ValueError, match=r"columns must be an integer >= 0 \(got -1\)"):
        draw_sheet([], columns=-1)


def test_key_names_every_line_and_dot_as_it_is_drawn() -> None:
    """The colours of lines, fills of dots and arrows of the key are those of the pictures, each once."""
    found = list(generate(RESPONSE, ("phi", "phi~"), 1))
    root = ElementTree.fromstring(draw_sheet(found))
    texts = [element.text for element in root.iter() if element.get("class") == "legend"]
    assert texts == ["C = ⟨φ φ⟩", "φ̃ → φ: R = ⟨φ φ̃⟩", "drift: φ² φ̃, factor λ", "noise: φ φ̃², factor D"]

    def looks(line: str, vertex: str) -> tuple[set[str | None], set[str | None]]:
        kinds = [(element.tag.split("}")[1], element) for element in root.iter()]
        lines = {e.get("stroke") for tag, e in kinds if tag == "path" and e.get("class") == line}
        return lines, {e.get("fill") for tag, e in kinds if tag == "circle" and e.get("class") == vertex}

    assert looks("sample", "sample") == looks("edge", "vertex")


def test_dots_of_a_dozen_vertices_differ() -> None:
    """A theory with vertices of 1 to 12 legs: as many looks in SVG, TikZ and key."""
    theory = Theory.scalar({legs: G for legs in range(1, 13)})
    fills, dots = set(), set()
    for legs in range(1, 13):
        [star] = generate(theory, ("phi",) * legs, 1, by="vertices", tadpoles=False)
        fills |= set(re.findall(r'class="vertex".*? fill="(.*?)"', to_svg(star)))
        dots |= set(re.findall(r"\\vertex \[(.*dot.*?)\] ", to_tikz(star)))
    assert len(fills) == len(dots) == 12


def test_a_sheet_and_its_single_pictures_are_arranged_once() -> None:
    diagrams = list(generate(PHI3, ("phi",) * 3, 1))
    arrange.cache_clear()
    draw_sheet(diagrams)
    for diagram in diagrams:
        to_svg(diagram)
    assert arrange.cache_info().misses == len(diagrams)


@pytest.mark.parametrize(
    ("weight", "text"),
    [(G**2 / 4, "g²/4"), (-G / 2, "−g/2"), (sympy.Integer(1), "1"), (2 * G * sympy.Symbol("lambda"), "2g·λ")],
)
def test_weight_text(weight: sympy.Expr, text: str) -> None:
    assert weight_text(weight) == text
