"""Everything that is emitted for LaTeX: formulas parse, braces and environments close."""

import re
from pathlib import Path

import pytest
import sympy
from click.testing import CliRunner
from matplotlib.mathtext import MathTextParser

from diagrams import Expansion, Field, Propagator, Theory, Vertex, generate
from diagrams.theories.theory_file import built_in_theory
from fieldtheory.workbench.cli.commands.derive import derive_command
from tests.typeset import unbroken

G = sympy.Symbol("g")
RESPONSE = Theory(
    (Field("phi", r"\phi"), Field("phi~", r"\tilde{\phi}")),
    (Propagator("phi", "phi"), Propagator("phi", "phi~", directed=True)),
    (
        Vertex("drift", {"phi": 2, "phi~": 1}, sympy.Symbol("lambda"), {"vertices": 1}),
        Vertex("noise", {"phi": 1, "phi~": 2}, sympy.Symbol("D"), {"vertices": 1}),
    ),
)
CUMULANTS = Theory.from_cumulants({("phi", "phi", "chi"): sympy.Symbol("kappa_3"), ("chi",) * 4: G + 1})
EXPANSIONS = {
    "two loops": Expansion.of(generate(built_in_theory("phi4"), ("phi", "phi"), 2)),
    "vacuum": Expansion.of(generate(built_in_theory("phi3"), (), 3)),
    "response": Expansion.of(generate(RESPONSE, ("phi", "phi~"), 1)),
    "cumulants": Expansion.of(generate(CUMULANTS, ("phi", "chi", "phi"), 1)),
    "self-energy": Expansion.of(generate(built_in_theory("phi4"), ("phi", "phi"), 3)).self_energy(),
    "amputated response": Expansion.of(generate(RESPONSE, ("phi", "phi~"), 1)).amputated(),
    "counterterms": Expansion.of(
        generate(built_in_theory("phi4").with_counterterms({2: sympy.Symbol("delta_m")}), ("phi",) * 2, 2)
    ),
}


def require_formula(text: str) -> None:
    """Braces balance, and matplotlib's reader of mathematics takes it."""
    require_braces(text)
    MathTextParser("path").parse(f"${text}$")


def require_braces(text: str) -> None:
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", text):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0


def require_tikz(text: str) -> None:
    """Environments close in order, statements end, every line joins nodes that were placed before."""
    require_braces(text)
    opened: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{(\w+)\}", text):
        if kind == "begin":
            opened.append(name)
        else:
            assert opened.pop() == name
    assert not opened
    assert len(re.findall(r"^    \\(?:vertex|diagram\*|draw) ", text, re.MULTILINE)) == text.count(";")
    placed = set(re.findall(r"\((n\d+)\) at ", text))
    used = re.findall(r"^      \((n\d+)\) -- \[[^][]*\] \((n\d+)\),$", text, re.MULTILINE)
    assert {node for pair in used for node in pair} <= placed
    assert len(used) == text.count("--")
    for formula in re.findall(r"\\\((.*?)\\\)", text):
        require_formula(formula)


@pytest.mark.parametrize("name", EXPANSIONS)
def test_formulas_and_pictures(name: str) -> None:
    expansion = EXPANSIONS[name]
    assert len(expansion)
    require_formula(expansion.latex())
    for diagram in expansion:
        require_formula(diagram.to_latex())
        require_formula(sympy.latex(diagram.expression))
        require_tikz(diagram.to_tikz())


@pytest.mark.parametrize("theory", ["phi3", "phi4", "phi6"])
@pytest.mark.parametrize("external", ["0", "2", "4"])
def test_derived_formulas(theory: str, external: str, tmp_path: Path) -> None:
    """fieldtheory derive phi4 --loops 2 --format latex"""
    arguments = [theory, "--external", external, "--loops", "2", "--no-tadpoles", "--format", "latex"]
    found = CliRunner().invoke(derive_command, [*arguments, "--out", str(tmp_path)], catch_exceptions=False)
    assert found.exit_code == 0
    [file] = tmp_path.glob("*.tex")
    text = unbroken(file.read_text(encoding="utf-8"))
    if len(text) > 20_000:  # hundreds of terms: one by one, they are read in less time
        for term in re.split(r" [+-] (?=\\frac)", text)[::10]:
            require_formula(term)
        require_braces(text)
    else:
        require_formula(text)
