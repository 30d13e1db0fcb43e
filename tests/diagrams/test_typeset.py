"""Equations that break their lines, and the documents that hold them, compiled."""

import re
from pathlib import Path

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from diagrams import Expansion, Field, Propagator, Theory, TheoryError, Vertex, generate
from diagrams.typeset.document import document
from diagrams.typeset.equation import Term, align, sum_of
from diagrams.typeset.width import factors_of, formula_width
from fieldtheory.workbench.cli.printing.theory_diagrams import tex
from tests.typeset import compile_document, engine, unbroken
from tests.workbench.command_line import command_line

run, succeed = command_line("derive")
DOCUMENTS = {
    "error": ["error", "--order", "2"],
    "four points": ["phi4", "--external", "4", "--loops", "2"],
    "exactly N": ["mean", "--order", "2", "--ensemble", "fixed"],
    "nothing": ["phi6", "--loops", "1"],
}
ODD = Theory(
    (Field("φ_1"), Field("中~", r"\tilde\chi"), Field("é")),
    (Propagator("φ_1", "φ_1"), Propagator("φ_1", "中~", directed=True), Propagator("é", "é")),
    (
        Vertex("drift & <noise>", {"φ_1": 2, "中~": 1}, -(sympy.Symbol("lambda") + 1) / 2, {"n": 1}),
        Vertex("memory", {"中~": 2}, sympy.Symbol("D"), {"n": 1}, local=False),
        Vertex("plain_é", {"é": 1, "中~": 1}, 1, {"n": 1}),
    ),
)
FORMULAS = (
    "x",
    r"\frac{g^{2}}{4} \int \mathrm{d}y_{1}\,\mathrm{d}y_{2}\; C(x_{1},y_{1})\,C(y_{1},y_{2})^{3}",
    r"\frac{3 N^{2}}{\lambda_{l}^{2} \sigma^{8}} C_{l}^{2} \left[C(t)^{2} C^{(2)}(t)\right]_{l}",
    r"\operatorname{tr}\left(C_{l} \left[C(t)^{3}\right]_{l}\right) \operatorname{tr}(C^{2})^{2}",
    r"\left(g + \frac{1}{2}\right) \sum_l \deg(l) C_{l}^{12} - \Sigma_l^{(2)}",
)


@given(
    st.lists(st.tuples(st.sampled_from(("", "- ")), st.sampled_from(FORMULAS)), max_size=12), st.booleans()
)
def test_an_align_is_its_sum(parts: list[tuple[str, str]], named: bool) -> None:
    """Comments, line breaks and alignment taken out, the terms stand on one line as they were."""
    terms = [Term(sign + formula, (str(k),)) for k, (sign, formula) in enumerate(parts)]
    left = "E" if named else ""
    for width in (18.0, 40.0):
        whole = unbroken(align(terms, left, width=width))
        # a product may have lost the space before a line that starts with "times"
        expected = (f"{left} = " if left else "") + sum_of(terms)
        assert re.sub(r"\\,|\s", "", whole) == re.sub(r"\\,|\s", "", expected)
        for k in range(len(terms)):
            assert f"% row {k}\n" in align(terms, left, width=width)


@pytest.mark.parametrize("formula", FORMULAS)
def test_factors_are_the_product(formula: str) -> None:
    """Joined, the pieces are the term; each has its brackets closed."""
    pieces = factors_of(formula)
    assert "".join(pieces) == formula
    for piece in pieces:
        assert piece.count(r"\left") == piece.count(r"\right")
        assert piece.count("{") == piece.count("}")


@pytest.mark.parametrize("program", ["pdflatex"])
def test_widths_are_those_of_latex(program: str, tmp_path: Path) -> None:
    """Estimated width >= LaTeX's, and by at most a third and an em."""
    shown = "".join(rf"\sbox0{{\(\displaystyle {f}\)}}\typeout{{width=\the\wd0}}" for f in FORMULAS)
    source = (
        rf"\documentclass[10pt]{{article}}\usepackage{{amsmath}}\begin{{document}}{shown}.\end{{document}}"
    )
    log = compile_document(engine(program), source, tmp_path)
    measured = [float(width) / 10.0 for width in re.findall(r"width=([\d.]+)pt", log)]
    for formula, width in zip(FORMULAS, measured, strict=True):
        assert width - 0.1 <= formula_width(formula) <= 1.35 * width + 1.0, formula


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_compile_without_overfull_boxes(name: str, tmp_path: Path) -> None:
    """Every line of the compiled document is on the page, every diagram beside its term and in the sum."""
    path, file = engine("pdflatex"), tmp_path / "written.tex"
    assert succeed(*DOCUMENTS[name], "--format", "tex", "--out", str(file)) == f"written {file}\n"
    source = file.read_text(encoding="utf-8")
    log = compile_document(path, source, tmp_path)
    assert "Overfull" not in log
    assert "Missing character" not in log
    found = source.splitlines().count(r"\begin{tikzpicture}")
    count = re.search(r"\\subsection\*\{(\d+) diagrams?\}", source)
    assert count
    assert found == int(count[1])
    tags = re.findall(r"\\tag\{([\d, ]+)\}", source)
    numbers = {number.split(".")[0] for number in re.findall(r"\\textwidth\}\(([\d.]+)\)\\end", source)}
    assert {row for tag in tags for row in tag.split(", ")} == numbers
    assert len(numbers) == {"error": 8, "four points": 42, "exactly N": 4, "nothing": 0}[name]


@pytest.mark.parametrize("program", ["pdflatex", "lualatex"])
def test_a_theory_with_names_that_latex_lacks(program: str, tmp_path: Path) -> None:
    """Greek letters are commands, other letters are shown by their numbers."""
    expansion = Expansion.of(generate(ODD, ("φ_1", "φ_1"), 2, by="n"))
    assert len(expansion) > 3
    head = {"theory": "odd_names/φ.toml", "external": ["φ_1", "φ_1"], "order": "2 vertices"}
    log = compile_document(engine(program), tex(expansion, head, ODD), tmp_path)
    assert "Overfull" not in log
    assert "Missing character" not in log


def test_a_document_of_a_field_with_commands_is_refused() -> None:
    r"""What is given as `latex` of a field is a symbol: no `\input`, no `\directlua`, no `\write`."""
    for command in (r"\input{/etc/passwd}", r"\directlua{os.exit()}", r"\immediate\write18{ls}", "^^5cinput"):
        theory = Theory((Field("phi", command),), (Propagator("phi", "phi"),), ())
        with pytest.raises(TheoryError, match="latex of field 'phi' must be a symbol"):
            document("t", theory, action="", entries=[], symbols=[], total="")


def test_out_is_a_file(tmp_path: Path) -> None:
    result = run("phi4", "--loops", "1", "--format", "tex", "--out", str(tmp_path))
    assert result.exit_code == 2
    assert "out must be a file for a tex document (got the folder" in result.stderr


def test_weights_that_are_sums_stay_together() -> None:
    """A coupling g + h is in brackets in the term, so that the sum of the terms is the sum."""
    g, h = sympy.symbols("g h")
    theory = Theory((Field("x"),), (Propagator("x", "x"),), (Vertex("v", {"x": 4}, g + h),))
    expansion = Expansion.of(generate(theory, ("x", "x"), 1))
    assert unbroken(align(expansion.terms())) == expansion.latex()
    assert r"\left(\frac{g}{2} + \frac{h}{2}\right)" in expansion.latex()
