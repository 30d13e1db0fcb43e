"""Rendered pictures: every text inside the canvas, none on top of another or of a line, by their pixels."""

import io
import re
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
import resvg_py
import sympy
from click.testing import CliRunner
from matplotlib.image import imread

from diagrams import Expansion, Field, Propagator, Theory, Vertex, draw_sheet, generate
from fieldtheory.workbench.cli.commands.derive import derive_command

FONTS = Path(matplotlib.get_data_path(), "fonts", "ttf")  # DejaVu, wherever the tests run
SVG = "{http://www.w3.org/2000/svg}"
BORDER = 20.0  # around the canvas, to see what sticks out
RESPONSE = Theory(
    (Field("phi", r"\phi"), Field("phi~", r"\tilde{\phi}")),
    (Propagator("phi", "phi"), Propagator("phi", "phi~", directed=True)),
    (
        Vertex("drift", {"phi": 2, "phi~": 1}, sympy.Symbol("lambda"), {"vertices": 1}),
        Vertex("noise", {"phi": 1, "phi~": 2}, sympy.Symbol("D"), {"vertices": 1}),
    ),
)


def rendered(root: ElementTree.Element) -> np.ndarray:
    """Where there is ink: a mask of the canvas and a border around it."""
    width, height = (float(size) for size in root.attrib["viewBox"].split()[2:])
    frame = dict(root.attrib) | {
        "width": f"{width + 2 * BORDER}",
        "height": f"{height + 2 * BORDER}",
        "viewBox": f"{-BORDER} {-BORDER} {width + 2 * BORDER} {height + 2 * BORDER}",
    }
    framed = ElementTree.Element(root.tag, frame)
    framed.extend(root)
    png = resvg_py.svg_to_bytes(
        svg_string=ElementTree.tostring(framed, encoding="unicode"),
        skip_system_fonts=True,
        font_files=[str(FONTS / "DejaVuSans.ttf")],
        background="#ffffff",
    )
    return imread(io.BytesIO(png))[..., :3].min(axis=-1) < 0.6


def only(svg: str, keep: str, number: int | None = None) -> ElementTree.Element:
    """The picture with nothing but its texts or its "ink"; of the texts perhaps one only."""
    root = ElementTree.fromstring(svg)
    texts = list(root.iter(f"{SVG}text"))
    chosen = [] if keep == "ink" else texts if number is None else [texts[number]]
    for parent in list(root.iter()):
        for child in list(parent):
            drawn = keep == "ink" and child.tag != f"{SVG}text" and child.get("class") != "ground"
            if child not in chosen and not drawn and child.tag != f"{SVG}g":
                parent.remove(child)
    return root


def check(svg: str) -> int:
    """How many texts there are; fails if any cannot be read."""
    count = len(list(ElementTree.fromstring(svg).iter(f"{SVG}text")))
    ink = rendered(only(svg, "ink"))
    inside = np.zeros_like(ink)
    edge = int(BORDER) + 1
    inside[edge:-edge, edge:-edge] = True
    assert ink.any()
    assert not (ink & ~inside).any()
    taken = ink
    boxes: list[tuple[slice, slice]] = []
    for number in range(count):
        mask = rendered(only(svg, "text", number))
        assert mask.sum() > 8, number
        assert not (mask & ~inside).any(), number
        assert not (mask & taken).any(), number
        rows, columns = np.nonzero(mask)
        box = slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)
        for other in boxes:  # nor between the letters of another
            assert any(a.stop <= b.start or b.stop <= a.start for a, b in zip(box, other, strict=True)), (
                number
            )
        boxes.append(box)
        taken = taken | mask
    return count


def test_derived_sheet(tmp_path: Path) -> None:
    """fieldtheory derive phi4 --external 2 --loops 3 --format svg --out DIR: 10 diagrams, 30 texts."""
    arguments = ["phi4", "--external", "2", "--loops", "3", "--format", "svg", "--out", str(tmp_path)]
    CliRunner().invoke(derive_command, arguments, catch_exceptions=False)
    assert check((tmp_path / "sheet.svg").read_text(encoding="utf-8")) == 30
    singles = sorted(tmp_path.glob("diagram-*.svg"))
    assert len(singles) == 10
    for single in singles:
        assert check(single.read_text(encoding="utf-8")) == 2


G = sympy.Symbol("g")
PHI3 = Theory.scalar({3: -G})
SHEETS = {
    "cubic": Expansion.of(list(generate(PHI3, ("phi",) * 4, 1))[::8]),
    "arrows": Expansion.of(generate(RESPONSE, ("phi", "phi~"), 1)),
    "amputated": Expansion.of(generate(PHI3, ("phi", "phi"), 2)).self_energy(),
}


@pytest.mark.parametrize("name", SHEETS)
def test_sheets(name: str) -> None:
    sheet = SHEETS[name]
    svg = draw_sheet(sheet.items(), title=name)
    legend = svg.count('class="legend"')
    assert legend == {"arrows": 4, "amputated": 1, "cubic": 0}[name]  # two lines and two dots; legs cut off
    texts = 1 + legend + sum(1 + len(d.external) for d in sheet)
    assert check(svg) == texts


@pytest.mark.parametrize("change", ["onto another", "outside"])
def test_the_check_sees_a_misplaced_label(change: str) -> None:
    """A text moved by hand is found."""
    svg = draw_sheet(SHEETS["amputated"].items())
    first, second = re.findall(r'<text class="weight" x="([\d.]+)"', svg)[:2]
    assert check(svg)
    moved = svg.replace(f'x="{second}"', f'x="{first if change == "onto another" else "-5"}"', 1)
    with pytest.raises(AssertionError):
        check(moved)
