"""Amputated diagrams: formulas in the external points, pictures without outer lines, Dyson's equation."""

import itertools
import string

import numpy as np
import pytest
import sympy

from diagrams import Diagram, Expansion, Field, Propagator, Theory, TheoryError, Vertex, draw_sheet, generate
from diagrams.rules import PointIntegral, Rules, factors
from diagrams.tables import tabulate

c, g, h = sympy.symbols("c g h")
x1, x2, y1 = sympy.symbols("x1 x2 y1")
C, V = sympy.Function("C"), sympy.Function("V_phi4")
delta = sympy.Function("delta")
TWO = ("phi", "phi")


def scalar(couplings: dict[int, sympy.Expr]) -> Theory:
    """A theory whose propagator is the number c."""
    plain = Theory.scalar(couplings)
    return Theory(plain.fields, (Propagator("phi", "phi", value=c),), plain.vertices)


PHI4, MIXED = scalar({4: -g}), scalar({3: -h, 4: -g})
CUMULANT = Theory.from_cumulants({3: h, 4: g})
RESPONSE = Theory(
    (Field("phi", r"\phi"), Field("phit", r"\tilde{\phi}")),
    (Propagator("phi", "phi"), Propagator("phi", "phit", directed=True)),
    (Vertex("drift", {"phi": 2, "phit": 1}, g), Vertex("noise", {"phi": 1, "phit": 2}, h)),
)


def loops(theory: Theory, external: tuple[str, ...], order: int) -> Expansion:
    return Expansion.of(generate(theory, external, order))


def test_formulas() -> None:
    """Tadpole: -g/2 C(x1,x1) δ(x1,x2); sunset: g²/6 C(x1,x2)³."""
    [tadpole] = loops(PHI4, TWO, 1).amputated()
    assert tadpole.expression == -g / 2 * C(x1, x1) * delta(x1, x2)
    assert tadpole.to_latex() == r"- \frac{g}{2} \delta(x_{1},x_{2})\,C(x_{1},x_{1})"
    [sunset] = [d for d in loops(PHI4, TWO, 2).amputated() if d.symmetry_number == 6]
    assert sunset.expression == g**2 / 6 * C(x1, x2) ** 3
    assert sunset.value == g**2 * c**3 / 6
    [cactus] = [d for d in loops(PHI4, TWO, 2).amputated() if d.expression.has(C(y1, y1), C(x1, y1))]
    expected = g**2 / 4 * PointIntegral(delta(x1, x2) * C(x1, y1) ** 2 * C(y1, y1), [y1])
    assert cactus.expression == expected
    sums = Rules(kind="sum", delta="kronecker", latex={"kronecker": r"\delta"})
    assert sympy.Function("kronecker")(x1, x2) in sympy.Mul.make_args(Expansion.of([tadpole]).under(sums))


def test_points_of_a_cumulant_are_named() -> None:
    """g/2 ∫dy1 dy2 V(x1,x2,y1,y2) C(y1,y2): no δ, the legs differ."""
    y2 = sympy.Symbol("y2")
    [tadpole] = [d for d in loops(CUMULANT, TWO, 1).amputated() if len(d.vertices) == 1]
    assert tadpole.expression == g / 2 * PointIntegral(V(x1, x2, y1, y2) * C(y1, y2), [y1, y2])


CASES = [
    *[d for order in (1, 2) for d in loops(PHI4, TWO, order)],
    *loops(MIXED, TWO, 1),
    *loops(MIXED, ("phi",), 2),
    *loops(MIXED, ("phi",) * 3, 1),
    *loops(CUMULANT, TWO, 1),
    *loops(RESPONSE, ("phi", "phi"), 1),
    *loops(RESPONSE, ("phi", "phit"), 1),
]


@pytest.mark.parametrize("diagram", CASES, ids=range(len(CASES)))
def test_outer_propagators_times_amputated_is_the_diagram(diagram: Diagram) -> None:
    """On four points with a non-symmetric R: Σ_x' C(x1,x1') ... D_amputated(x1',...) = D(x1,...)."""
    rng = np.random.default_rng(7)
    functions: dict[str, np.ndarray] = {"delta": np.eye(4)}
    for propagator in diagram.theory.propagators:
        matrix = rng.normal(size=(4, 4))
        same = propagator.first == propagator.second
        functions[propagator.symbol] = matrix + matrix.T if same else matrix
    for vertex in diagram.theory.vertices:
        tensor = rng.normal(size=(4,) * vertex.degree)
        turned = [tensor.transpose(p) for p in itertools.permutations(range(vertex.degree))]
        functions[f"V_{vertex.name}"] = sum(turned)

    def tensor(which: Diagram) -> np.ndarray:
        found, inner = factors(which)
        points = [f"x{k + 1}" for k in range(len(which.external))]
        letter = dict(zip([*points, *inner], string.ascii_letters, strict=False))
        terms = ["".join(letter[end] for end in ends) for _, ends in found]
        arrays = [functions[name] for name, _ in found]
        missing = [p for p in points if not any(p in ends for _, ends in found)]
        terms += [letter[p] for p in missing]
        arrays += [np.ones(4) for _ in missing]
        return np.einsum(",".join(terms) + "->" + "".join(letter[p] for p in points), *arrays)

    whole, cut = tensor(diagram), diagram.amputate()
    product = tensor(cut)
    for k in range(len(diagram.external)):
        [(i, j, p)] = [edge for edge in diagram.edges if k in edge[:2]]
        matrix = functions[diagram.theory.propagators[p].symbol]
        product = np.moveaxis(np.tensordot(matrix if i == k else matrix.T, product, (1, k)), 0, k)
    np.testing.assert_allclose(product, whole, rtol=1e-10, atol=1e-9 * np.abs(whole).max())


@pytest.mark.parametrize(("theory", "highest"), [(PHI4, 4), (MIXED, 4), (scalar({3: -h}), 4)])
def test_dyson(theory: Theory, highest: int) -> None:
    """G = 1/(1/C - Σ), order by order: G_n = C Σ_{k≥1} Σ_k G_{n-k}, G_n the sum of all connected diagrams."""
    full = [sympy.expand(loops(theory, TWO, n).value) for n in range(highest + 1)]
    sigma = [sympy.expand(loops(theory, TWO, n).self_energy().value) for n in range(highest + 1)]
    assert full[0] == c
    assert sigma[0] == 0
    for n in range(1, highest + 1):
        assert sympy.expand(c * sum(sigma[k] * full[n - k] for k in range(1, n + 1)) - full[n]) == 0


def test_without_tadpole_insertions_the_self_energy_is_one_particle_irreducible() -> None:
    for order in (1, 2, 3):
        two = loops(PHI4, TWO, order)
        assert two.self_energy() == two.one_particle_irreducible().amputated()
        mixed = loops(MIXED, TWO, order) if order < 3 else Expansion()
        assert set(mixed.one_particle_irreducible().amputated()) <= set(mixed.self_energy())
    assert len(loops(PHI4, TWO, 0).self_energy()) == 0


def test_graph_properties_stay() -> None:
    for diagram in CASES:
        cut = diagram.amputate()
        assert cut != diagram
        assert cut.amputate() == cut
        assert cut.loops == diagram.loops
        assert cut.symmetry_number == cut.automorphism_number
        assert cut.is_one_particle_irreducible == diagram.is_one_particle_irreducible
        assert len(diagram.lines) - len(cut.lines) == len(diagram.external)


def test_legs_of_a_response_theory() -> None:
    """⟨φ φ~⟩: the propagator R ends at a response leg; amputated, Σ has the legs φ~ and φ."""
    legs = {d.external_legs for d in loops(RESPONSE, ("phi", "phit"), 1).amputated()}
    assert ("phit", "phi") in legs
    shown = draw_sheet(loops(RESPONSE, ("phi", "phit"), 1).amputated())
    assert "phit" in shown


def test_pictures_leave_the_outer_lines_out() -> None:
    for diagram in loops(MIXED, TWO, 1).amputated():
        svg, tikz = diagram.to_svg(), diagram.to_tikz()
        assert svg.count('class="edge"') == len(diagram.lines)
        assert svg.count('class="cut"') == 2
        assert 'class="external"' not in svg
        assert tikz.count("dotted") == 2


def test_what_cannot_be_amputated_is_named() -> None:
    [line] = loops(PHI4, TWO, 0)
    with pytest.raises(TheoryError, match=r"tied to vertices to be amputated \(got 1 tied to 2\)"):
        line.amputate()
    with pytest.raises(TheoryError, match="got 1 tied to 2"):
        loops(PHI4, TWO, 0).amputated()
    with pytest.raises(TheoryError, match=r"two external points \(got \['phi', 'phi', 'phi', 'phi'\]\)"):
        loops(PHI4, ("phi",) * 4, 1).self_energy()


def test_amputated_diagrams_are_not_tabulated() -> None:
    """The table would count the outer lines."""
    with pytest.raises(TheoryError, match="must not be amputated"):
        tabulate(loops(PHI4, TWO, 1).amputated())
