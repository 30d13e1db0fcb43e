"""Feynman rules: formulas that say what the diagram is."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import sympy
from matplotlib.mathtext import MathTextParser

from diagrams import Diagram, Field, Propagator, Theory, TheoryError, Vertex, generate
from diagrams.expansion import Expansion
from diagrams.rules import PointIntegral, Rules, expression, factors, latex

g, c = sympy.symbols("g c")
x1, x2, y1, y2 = sympy.symbols("x1 x2 y1 y2")
C, R = sympy.Function("C"), sympy.Function("R")
PHI4 = Theory.scalar({4: -g})
YUKAWA = Theory(
    (Field("phi", r"\phi"), Field("psi", r"\psi")),
    (Propagator("phi", "phi"), Propagator("psi", "psi")),
    (Vertex("yukawa", {"phi": 1, "psi": 2}, -g),),
)
RESPONSE = Theory(
    (Field("phi", r"\phi"), Field("phit", r"\tilde{\phi}")),
    (Propagator("phi", "phi"), Propagator("phi", "phit", directed=True)),
    (Vertex("drift", {"phi": 2, "phit": 1}, g),),
)
CUMULANT = Theory(
    (Field("phi", r"\phi"),),
    (Propagator("phi", "phi"),),
    (Vertex("kappa4", {"phi": 4}, g, local=False),),
)


def diagrams(theory: Theory, order: int, external: tuple[str, ...] = ("phi", "phi")) -> list[Diagram]:
    return list(generate(theory, external, order))


EVERY = [
    *diagrams(PHI4, 1),
    *diagrams(PHI4, 2),
    *diagrams(PHI4, 3),
    *diagrams(PHI4, 2, ()),
    *diagrams(PHI4, 0),
    *diagrams(YUKAWA, 1),
    *diagrams(YUKAWA, 2, ("psi", "psi")),
    *diagrams(RESPONSE, 1, ("phi", "phit")),
    *diagrams(CUMULANT, 2),
]


def zero_dimensional(value: sympy.Expr) -> sympy.Expr:
    """Every propagator the number c, every cumulant function 1, every integral its integrand."""
    numbers = value.replace(
        lambda e: isinstance(e, sympy.core.function.AppliedUndef),
        lambda e: sympy.Integer(1) if e.func.__name__.startswith("V_") else c,
    )
    return numbers.replace(PointIntegral, lambda integrand, points, kind: integrand)


@pytest.mark.parametrize("diagram", EVERY, ids=range(len(EVERY)))
def test_zero_dimensional_value(diagram: Diagram) -> None:
    """symmetry factor x couplings x c^edges"""
    assert zero_dimensional(expression(diagram)) == diagram.weight * c ** len(diagram.edges)


def test_tadpole() -> None:
    """-g/2 ∫dy1 C(x1,y1) C(x2,y1) C(y1,y1)"""
    [tadpole] = diagrams(PHI4, 1)
    assert expression(tadpole) == -g / 2 * PointIntegral(C(x1, y1) * C(x2, y1) * C(y1, y1), [y1])


def test_sunset_has_a_cubed_propagator() -> None:
    """g²/6 ∫dy1 dy2 C(x1,y1) C(x2,y2) C(y1,y2)³"""
    [sunset] = [d for d in diagrams(PHI4, 2) if d.symmetry_number == 6]
    found = expression(sunset)
    assert found.has(C(y1, y2) ** 3)
    assert latex(sunset).startswith(r"\frac{g^{2}}{6} \int \mathrm{d}y_{1}\,\mathrm{d}y_{2}\; C(x_{1},y_{")
    assert latex(sunset).endswith(r"C(y_{1},y_{2})^{3}")


def test_no_vertex_no_integral() -> None:
    """<phi(x1) phi(x2)>_0 = C(x1,x2)"""
    [line] = diagrams(PHI4, 0)
    assert expression(line) == C(x1, x2)
    assert latex(line) == "C(x_{1},x_{2})"


def test_shared_names_get_their_fields() -> None:
    """Two propagators called C are two functions."""
    [loop] = [d for d in diagrams(YUKAWA, 1) if d.is_one_particle_irreducible]
    assert {f.__name__ for f in {e.func for e in expression(loop).atoms(sympy.Function)}} == {
        "C_phi",
        "C_psi",
    }
    assert r"C_{\psi}(y_{1},y_{2})^{2}" in latex(loop)


def test_directed_propagators_keep_their_direction() -> None:
    """R(x, y): from the response field at y to the field at x."""
    for diagram in diagrams(RESPONSE, 1, ("phi", "phit")):
        found, _ = factors(diagram)
        assert [ends[1] for name, ends in found if name == "R" and "x2" in ends] == ["x2"]


def test_non_local_vertices_have_a_point_for_every_leg() -> None:
    """g/2 ∫ V(y1,y2,y3,y4) C(x1,.) C(x2,.) C(.,.)"""
    [tadpole] = diagrams(CUMULANT, 1)
    found, points = factors(tadpole)
    assert points == ["y1", "y2", "y3", "y4"]
    assert found[0] == ("V_kappa4", tuple(points))
    used = [end for _, ends in found[1:] for end in ends]
    assert sorted(used) == ["x1", "x2", *points]


def test_rules_are_data() -> None:
    rules = Rules(
        {("phi", "phi"): "Delta"}, {"phi4": sympy.Symbol("lambda")}, external="a", internal="z", kind="sum"
    )
    [tadpole] = diagrams(PHI4, 1)
    shown = latex(tadpole, rules)
    assert shown.startswith(r"\frac{\lambda}{2} \sum_{z_{1}} \Delta(a_{1},z_{1})")
    assert not expression(tadpole, rules).has(g)
    with pytest.raises(TheoryError, match="kind must be one of"):
        Rules(kind="product")
    with pytest.raises(TheoryError, match="two different names"):
        Rules(external="y")


def test_integrals_bind_their_points() -> None:
    inner = PointIntegral(C(x1, y1) * C(y1, y2), [y1])
    assert inner.free_symbols == {x1, y2}
    assert inner.subs(y1, x2) == inner
    assert inner.subs(y2, x2) == PointIntegral(C(x1, y1) * C(y1, x2), [y1])
    captured = inner.subs(y2, y1)
    assert y1 in captured.free_symbols
    assert captured.points != (y1,)
    assert sympy.latex(inner).startswith(r"\int \mathrm{d}y_{1}\; ")
    assert inner.func(*inner.args) == inner
    with pytest.raises(ValueError, match="points must be one or more SymPy symbols"):
        PointIntegral(y1, [])
    with pytest.raises(ValueError, match="kind must be one of"):
        PointIntegral(y1, [y1], "product")


@pytest.mark.parametrize("diagram", EVERY, ids=range(len(EVERY)))
def test_latex_is_balanced_and_parses(diagram: Diagram) -> None:
    """Braces balance, and matplotlib's reader of mathematics takes every piece."""
    text = latex(diagram)
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", text):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0
    MathTextParser("agg").parse(f"${text}$")


def test_names_that_latex_would_trip_over() -> None:
    theory = Theory(
        (Field("a_b%c"), Field("50#")),
        (Propagator("a_b%c", "a_b%c"), Propagator("50#", "50#")),
        (Vertex("v&w_", {"a_b%c": 2, "50#": 2}, g, local=False),),
    )
    for diagram in generate(theory, ("50#", "50#"), 1):
        text = latex(diagram)
        assert r"\%" in text
        assert r"\mathrm{v\&w\_}" in text
        assert not re.search(r"(?<!\\)[%#&]", text)


def test_whole_expansion_compiles(tmp_path: Path) -> None:
    text = Expansion.of(EVERY).latex()
    program = shutil.which("pdflatex") or shutil.which("tectonic")
    if program is None:
        MathTextParser("agg").parse(f"${text}$")
        return
    file = tmp_path / "sum.tex"
    file.write_text(rf"\documentclass{{article}}\begin{{document}}${text}$\end{{document}}")
    subprocess.run([program, str(file)], cwd=tmp_path, check=True, input=b"", timeout=60)
