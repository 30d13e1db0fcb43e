"""`fieldtheory derive`: what it prints and writes is what the package `diagrams` says."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import sympy
from matplotlib.mathtext import MathTextParser

from diagrams import Theory, generate
from diagrams.expansion import Expansion
from diagrams.filters import FILTERS
from diagrams.rules import expression, latex
from fieldtheory.workbench.cli.options.diagram_filters import WORDS
from tests.typeset import unbroken
from tests.workbench.command_line import command_line

g = sympy.Symbol("g")
PHI4 = Theory.scalar({4: -g})
TWO_LOOPS = ["derive", "phi4", "--external", "2", "--loops", "2"]
YUKAWA = r"""
fields = ["phi", {name = "psi", latex = "\\psi"}]
vertices = [{name = "yukawa", legs = {phi = 1, psi = 2}, coupling = "-(lambda + 1/2)"}]
"""


run, succeed = command_line()


@pytest.fixture
def yukawa(tmp_path: Path) -> str:
    file = tmp_path / "yukawa.toml"
    file.write_text(YUKAWA)
    return str(file)


def two_loops() -> Expansion:
    return Expansion.of(generate(PHI4, ("phi", "phi"), 2), "2 loops")


def test_text_has_a_line_for_each_diagram() -> None:
    title, heading, *lines = succeed(*TWO_LOOPS).splitlines()
    assert title == "phi4, external points: phi, phi, 2 loops: 3 diagrams"
    assert heading.split() == ["row", "symmetry", "weight", "integrand"]
    assert [line.split()[0] for line in lines] == ["1", "2", "3"]
    assert sorted(line.split()[1] for line in lines) == ["1/4", "1/4", "1/6"]
    [sunset] = [line for line in lines if line.split()[1] == "1/6"]
    assert sunset.split(maxsplit=3)[2:] == ["g**2/6", "C(x1,y1) C(x2,y2) C(y1,y2)^3"]


def test_json_is_the_contract() -> None:
    found = json.loads(succeed(*TWO_LOOPS, "--json"))
    assert found == json.loads(succeed(*TWO_LOOPS, "--format", "json"))
    expected = two_loops()
    assert found["expression"] == str(expected.expression)
    assert found["latex"] == expected.latex()
    assert (found["theory"], found["external"], found["order"]) == ("phi4", ["phi", "phi"], "2 loops")
    assert [entry["number"] for entry in found["diagrams"]] == ["1", "2", "3"]
    for entry, diagram in zip(found["diagrams"], expected, strict=True):
        assert entry["symmetry_factor"] == str(diagram.symmetry_factor)
        assert entry["weight"] == str(diagram.weight)
        assert entry["vertices"] == ["phi4", "phi4"]
        assert entry["edges"] == [[i, j, "C"] for i, j, _ in diagram.edges]
        assert entry["latex"] == latex(diagram)
        assert entry["expression"] == str(expression(diagram))


def test_latex_parses() -> None:
    text = succeed(*TWO_LOOPS, "--format", "latex").strip()
    assert unbroken(text) == two_loops().latex()
    MathTextParser("agg").parse(f"${unbroken(text)}$")


@pytest.mark.parametrize("order", [["--loops", "0"], ["--loops", "1"], ["--loops", "3"], ["--vertices", "2"]])
def test_python_defines_the_expression(order: list[str]) -> None:
    code = succeed("derive", "phi4", *order, "--format", "python")
    names: dict[str, object] = {}
    exec(code, names)
    by, number = order[0][2:], int(order[1])
    assert names["expression"] == Expansion.of(generate(PHI4, ("phi", "phi"), number, by=by)).expression


@pytest.mark.parametrize(
    ("flag", "count"),
    [("", 39), ("--one-particle-irreducible", 3), ("--no-tadpoles", 24), ("--no-self-energies", 9)]
    + [("--on-shell", 9 + 6), ("--skeletons", 9)],
)
def test_filters_count_as_qgraf_does(flag: str, count: int) -> None:
    """phi^3, four points at one loop: 3 boxes, 6 triangles, bubbles and tadpoles on legs and inner lines.

    Counts of QGRAF 4.0.6, see tests/diagrams/test_filters.py. On shell those on inner lines stay.
    """
    words = ["derive", "phi3", "--external", "4", "--loops", "1", *([flag] if flag else [])]
    assert f": {count} diagrams\n" in succeed(*words)


def test_every_filter_is_an_option() -> None:
    """The flags have the names of the filters."""
    assert set(WORDS) == set(FILTERS)


def test_python_copes_with_keywords_and_fractions(yukawa: str) -> None:
    """A coupling lambda + 1/2 stays exact, and lambda is no statement."""
    code = succeed("derive", "--action", yukawa, "--vertices", "2", "--format", "python")
    names: dict[str, object] = {}
    exec(code, names)
    found = names["expression"]
    assert isinstance(found, sympy.Expr)
    assert not found.atoms(sympy.Float)
    assert sympy.Symbol("lambda") in found.free_symbols
    assert found.has(sympy.Rational(1, 2))


def test_svg_writes_a_sheet_and_every_diagram(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "drawings"
    said = succeed(*TWO_LOOPS, "--format", "svg", "--out", str(folder))
    assert said == f"written {folder / 'sheet.svg'} and 3 more\n"
    names = sorted(file.name for file in folder.iterdir())
    assert names == ["diagram-1.svg", "diagram-2.svg", "diagram-3.svg", "sheet.svg"]
    for name in names:
        assert ElementTree.parse(folder / name).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    assert succeed(*TWO_LOOPS, "--format", "svg") == (folder / "sheet.svg").read_text() + "\n"


@pytest.mark.parametrize(
    ("language", "name"),
    [("text", "expansion.txt"), ("latex", "expansion.tex"), ("json", "expansion.json")],
)
def test_out_gets_what_would_be_printed(tmp_path: Path, language: str, name: str) -> None:
    said = succeed(*TWO_LOOPS, "--format", language, "--out", str(tmp_path))
    assert said == f"written {tmp_path / name}\n"
    assert (tmp_path / name).read_text() == succeed(*TWO_LOOPS, "--format", language)


def test_filters_reach_the_generator() -> None:
    for flags, options in (
        (["--one-particle-irreducible"], {"one_particle_irreducible": True}),
        (["--no-tadpoles"], {"tadpoles": False}),
    ):
        found = json.loads(succeed(*TWO_LOOPS, *flags, "--json"))["diagrams"]
        assert len(found) == len(list(generate(PHI4, ("phi", "phi"), 2, **options))) < 3


def test_a_theory_in_a_file(yukawa: str) -> None:
    """One loop: ψ self-energy, and φ tadpole on ψ."""
    found = json.loads(
        succeed("derive", "--action", yukawa, "--external", "psi,psi", "--vertices", "2", "--json")
    )
    assert found["external"] == ["psi", "psi"]
    assert len(found["diagrams"]) == 2
    assert {edge[2] for entry in found["diagrams"] for edge in entry["edges"]} == {"C_phi", "C_psi"}


def test_the_file_in_the_help_is_a_theory(tmp_path: Path) -> None:
    text = succeed("derive", "--help")
    lines = text[text.index("A theory in a file (") :].splitlines()[1:]
    file = tmp_path / "yukawa.toml"
    file.write_text("\n".join(line.strip() for line in lines))
    arguments = ("--external", "psi,psi", "--vertices", "2")
    assert len(succeed("derive", "--action", str(file), *arguments).splitlines()) == 4


def test_vacuum_and_empty_orders() -> None:
    assert "external points: none, 2 loops: 1 diagram\n" in succeed(
        "derive", "phi4", "--external", "0", "--loops", "2"
    )
    assert succeed("derive", "phi6", "--loops", "1") == (
        "phi6, external points: phi, phi, 1 loop: 0 diagrams\n"
    )
    assert "phi, phi, 1 vertex: 1 diagram\n" in succeed("derive", "phi4", "--vertices", "1")
    assert "phi, phi, 0 vertices: 1 diagram\n" in succeed("derive", "phi4", "--vertices", "0")
    assert unbroken(succeed("derive", "phi6", "--loops", "1", "--format", "latex")) == "0"
    assert json.loads(succeed("derive", "phi6", "--loops", "1", "--json"))["diagrams"] == []
    succeed("derive", "phi6", "--loops", "1", "--format", "python")
    succeed("derive", "phi6", "--loops", "1", "--format", "svg")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["phi5", "--loops", "1"], "theory must be one of phi3, phi4, phi6 (got 'phi5')"),
        (["--loops", "1"], "variance, self-energy, phi3, phi4, phi6 or --action FILE (got neither)"),
        (["phi4", "--action", "x.toml", "--loops", "1"], "or --action FILE (got both)"),
        (["phi4"], "order must be given by --loops or by --vertices (got neither)"),
        (["phi4", "--loops", "1", "--vertices", "1"], "by --loops or by --vertices (got both)"),
        (["phi4", "--loops", "-1"], "order must be an integer >= 0 (got -1)"),
        (["phi4", "--order", "1", "--small", "g,h"], "small must be the one parameter that --order counts"),
        (["phi4", "--fields", "phi", "--loops", "1"], "fields must only be given for an action as text"),
        (["--action", "phi^2 + h", "--loops", "1"], "fields must name those of the action (got none for"),
        (["--action", "phi^2", "--fields", "chi", "--loops", "1"], "fields must be names in the action"),
        (
            ["--action", "phi^2", "--fields", "phi", "--small", "g", "--loops", "1"],
            "small must be names in the",
        ),
        (["--action", "phi", "--fields", "phi", "--loops", "1"], "a quadratic part that can be inverted"),
        (
            ["--action", "1/phi", "--fields", "phi", "--loops", "1"],
            "action must be a polynomial in the fields",
        ),
        (["--action", "(phi+a+b)^90", "--fields", "phi", "--loops", "1"], "at most 300 terms"),
        (["--action", "exit()", "--fields", "phi", "--loops", "1"], "action must be made of numbers, names"),
        (["phi4", "--external", "-1", "--loops", "1"], "external must be from 0 to 20 points"),
        (["phi4", "--external", "chi", "--loops", "1"], "external: field must be one of ['phi'] (got 'chi')"),
        (["--action", "none.toml", "--loops", "1"], "none.toml: No such file"),
        (["--action", "theory.py", "--loops", "1"], "must end in .toml or .json"),
        (["phi4", "--loops", "1", "--format", "pdf"], "format must be one of text, latex, json, "),
        (["phi4", "--loops", "1", "--out", __file__], "out must be a folder"),
    ],
)
def test_refusals_are_one_line(arguments: list[str], message: str) -> None:
    result = run("derive", *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_hostile_file_is_refused_and_not_executed(tmp_path: Path) -> None:
    file, victim = tmp_path / "bad.toml", tmp_path / "owned"
    call = f"__import__('pathlib').Path('{victim}').touch()"
    file.write_text(f'fields = ["phi"]\nvertices = [{{legs = {{phi = 4}}, coupling = "{call}"}}]')
    result = run("derive", "--action", str(file), "--loops", "1")
    assert result.exit_code == 2
    assert f"{file}: vertices[1].coupling must be made of numbers" in result.stderr
    assert not victim.exists()


def test_listing_commands_does_not_load_the_engine() -> None:
    code = (
        "import sys\nfrom fieldtheory.workbench.cli import main\n"
        "print(*{'numba', 'sympy', 'diagrams'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""
    assert "derive" in succeed("--help")
    assert "--one-particle-irreducible" in succeed("derive", "--help")
