"""TikZ pictures, compiled: as many loops and lines as the SVG has, by their pixels."""

import io
import subprocess
from pathlib import Path

import numpy as np
import pytest
import resvg_py
import sympy
from matplotlib.image import imread
from scipy.ndimage import label

from diagrams import Diagram, Field, Propagator, Theory, Vertex, generate
from diagrams.draw.layout import Layout, arrange
from diagrams.draw.svg import to_svg
from diagrams.draw.tikz import to_tikz
from tests.typeset import compile_document, engine

SCALE = 120.0  # pixels a unit, which is a centimetre
G = sympy.Symbol("g")
PHI3, PHI4 = Theory.scalar({3: -G}), Theory.scalar({4: -G})
YUKAWA = Theory(
    (Field("phi_1~", ""), Field("psi", r"\psi")),
    (Propagator("phi_1~", "phi_1~"), Propagator("psi", "psi", directed=False)),
    (Vertex("bold", {"phi_1~": 1, "psi": 2}, G), Vertex("open", {"phi_1~": 3}, G)),
)
RESPONSE = Theory(
    (Field("a"), Field("b")),
    (Propagator("a", "a"), Propagator("a", "b", directed=True)),
    (Vertex("drift", {"a": 2, "b": 1}, G),),
)
PICTURES = {
    "phi4 tadpole": (PHI4, ("phi", "phi"), 1),
    "phi4 two points, two loops": (PHI4, ("phi", "phi"), 2),
    "phi4 vacuum": (PHI4, (), 2),
    "phi4 vacuum, three loops": (PHI4, (), 3),
    "phi3 one point": (PHI3, ("phi",), 1),
    "phi3 one point, two loops": (PHI3, ("phi",), 2),
    "phi3 two points": (PHI3, ("phi", "phi"), 1),
    "phi3 vacuum": (PHI3, (), 2),
    "two fields, one without LaTeX": (YUKAWA, ("phi_1~",), 1),
    "arrow on a loop": (RESPONSE, ("a",), 1),
}


def pictures(name: str) -> list[Diagram]:
    """The diagrams of one entry, tadpoles among them."""
    theory, external, loops = PICTURES[name]
    found = list(generate(theory, external, loops))
    assert any(i == j for d in found for i, j, _ in d.edges)
    return found


def compiled(program: str, drawn: list[tuple[str, Layout]], folder: Path) -> list[np.ndarray]:
    """Ink of each picture, compiled in a document that loads tikz-feynman and nothing else for it."""
    layouts = [layout for _, layout in drawn]
    width = max(layout.width for layout in layouts) + 0.2
    height = max(layout.height for layout in layouts) + 0.2
    frame = r"\useasboundingbox (0,0) rectangle ({:.3f},{:.3f});"
    start = r"\begin{feynman}"
    bodies = [
        tikz.replace(start, start + frame.format(layout.width, layout.height), 1) for tikz, layout in drawn
    ]
    source = "\n".join(
        [
            r"\documentclass{article}",
            rf"\usepackage[paperwidth={width}cm,paperheight={height}cm,margin=0cm]{{geometry}}",
            r"\usepackage[compat=1.1.0]{tikz-feynman}",
            r"\pagestyle{empty}\parindent0pt\topskip0pt",
            r"\begin{document}",
            "\n\\newpage\n".join(bodies),
            r"\end{document}",
        ]
    )
    compile_document(program, source, folder, "pictures")
    dots = f"{SCALE * 2.54}"
    subprocess.run(["pdftoppm", "-r", dots, "-png", "pictures.pdf", "page"], cwd=folder, check=True)
    pages = sorted(folder.glob("page-*.png"))
    assert len(pages) == len(drawn)
    return [imread(page)[..., :3].min(axis=-1) < 0.7 for page in pages]


def of_svg(diagram: Diagram) -> np.ndarray:
    png = resvg_py.svg_to_bytes(
        svg_string=to_svg(diagram), zoom=round(SCALE / 60), background="#ffffff", skip_system_fonts=True
    )
    return imread(io.BytesIO(png))[..., :3].min(axis=-1) < 0.7


def counts(ink: np.ndarray, layout: Layout, external: int) -> tuple[int, int]:
    """Loops: areas that lines enclose. Lines: pieces that are left when nodes and labels are cut away."""
    height, width = (round(SCALE * size) for size in (layout.height, layout.width))
    canvas = np.zeros((height, width), dtype=bool)
    part = ink[:height, :width]
    canvas[: part.shape[0], : part.shape[1]] = part
    rows, columns = np.mgrid[:height, :width] / SCALE
    for point, text in zip(layout.points, layout.labels, strict=False):  # the external ones
        beside = columns < point.x + 0.02 if text.centre.x < point.x else columns > point.x - 0.02
        canvas[beside & (abs(rows - point.y) < 0.3)] = False
    for point in layout.points[external:]:  # whatever the dot looks like
        canvas[np.hypot(columns - point.x, rows - point.y) < 0.09] = True
    areas = np.bincount(label(~np.pad(canvas, 1))[0].ravel())[1:]
    for point in layout.points[external:]:  # so far that lines that touch there have parted
        canvas[np.hypot(columns - point.x, rows - point.y) < 0.2] = False
    pieces = np.bincount(label(canvas, np.ones((3, 3)))[0].ravel())[1:]
    return int((areas > 0.003 * SCALE**2).sum()) - 1, int((pieces > 0.1 * SCALE).sum())


@pytest.mark.parametrize("program", ["pdflatex", "lualatex"])
def test_compiled_pictures_are_the_diagrams(program: str, tmp_path: Path) -> None:
    """Loops and lines of the compiled picture = those of the SVG = those of the graph."""
    path = engine(program)
    diagrams = [diagram for name in PICTURES for diagram in pictures(name)]
    drawn = [(to_tikz(diagram), arrange(diagram)) for diagram in diagrams]
    for diagram, ink in zip(diagrams, compiled(path, drawn, tmp_path), strict=True):
        layout, external = arrange(diagram), len(diagram.external)
        seen = counts(ink, layout, external)
        assert seen == counts(of_svg(diagram), layout, external), diagram
        assert seen == (diagram.loops, len(diagram.edges)), diagram


def test_the_count_sees_what_is_missing(tmp_path: Path) -> None:
    r"""Without its `\draw` the tadpole has a loop and a line less, without its first edge a line less."""
    path = engine("pdflatex")
    [tadpole] = generate(PHI4, ("phi", "phi"), 1)
    layout, tikz = arrange(tadpole), to_tikz(tadpole)
    lines = tikz.splitlines()
    found = [
        "\n".join(line for line in lines if not line.strip().startswith(gone))
        for gone in ("nothing", r"\draw", "(n0) -- ")
    ]
    seen = [counts(ink, layout, 2) for ink in compiled(path, [(each, layout) for each in found], tmp_path)]
    assert seen == [(1, 3), (0, 2), (1, 2)]
