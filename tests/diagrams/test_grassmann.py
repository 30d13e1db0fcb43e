"""Anticommuting fields: the signs of diagrams, against Grassmann integrals that are expanded in full."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, permutations, product
from math import factorial, prod

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from diagrams import (
    Diagram,
    Expansion,
    FactorisedVertex,
    Field,
    Propagator,
    Theory,
    TheoryError,
    Vertex,
    evaluate_numbers,
    evaluate_points,
    evaluate_sphere,
    generate,
    tabulate,
    theory_from_text,
    wick,
)
from diagrams.rules import factors
from fieldtheory.sphere.harmonics import AngleTransform
from tests.diagrams import grassmann_integral as exact

g, v = sympy.symbols("g v")
PSI, PSIBAR = Field("psi", r"\psi", "grassmann"), Field("psibar", r"\bar{\psi}", "grassmann")
PHI = Field("phi", r"\phi")
LINE, FERMION = Propagator("phi", "phi", "D"), Propagator("psi", "psibar", "S", directed=True)
YUKAWA = Vertex("yukawa", {"psibar": 1, "psi": 1, "phi": 1}, g)
QED = Theory((PSI, PSIBAR, PHI), (FERMION, LINE), (YUKAWA,))


def weights(theory: Theory, external: tuple[str, ...], vertices: int) -> dict[int, list[sympy.Expr]]:
    """Weights by symmetry number."""
    found: dict[int, list[sympy.Expr]] = {}
    for diagram in generate(theory, external, vertices, by="vertices"):
        assert diagram.symmetry_factor > 0
        found.setdefault(diagram.symmetry_number, []).append(diagram.weight)
    return found


# --- what the textbooks say


def test_vacuum_at_two_vertices():
    """One closed loop -1/2, two closed loops +1/2: ⟨(ψ̄ψφ)²⟩/2 = -S²D/2 + S²D/2."""
    found = {sum(i == j for i, j, _ in d.edges): d.weight for d in generate(QED, (), 2, by="vertices")}
    assert found == {0: -(g**2) / 2, 2: g**2 / 2}
    assert {d.symmetry_factor for d in generate(QED, (), 2, by="vertices")} == {Fraction(1, 2)}


@pytest.mark.parametrize("legs", [("psibar", "psi"), ("psi", "psibar")])
def test_ghost_loop(legs):
    """The loop of ghosts in the line of a gauge field weighs -g², in either order of the factors."""
    vertex = Vertex("ghost", {"phi": 1} | dict.fromkeys(legs, 1), g)
    theory = Theory((PHI, PSI, PSIBAR), (LINE, FERMION), (vertex,))
    assert weights(theory, ("phi", "phi"), 2) == {1: [-(g**2)]}
    [tadpole] = generate(theory, ("phi",), 1, by="vertices")
    assert tadpole.weight == (-g if legs == ("psibar", "psi") else g)


def test_commuting_fields_have_no_signs():
    """Scalar electrodynamics: the same diagrams, all positive."""
    fields = (Field("psi"), Field("psibar"), PHI)
    theory = Theory(fields, QED.propagators, QED.vertices)
    assert weights(theory, (), 2) == {2: [g**2 / 2, g**2 / 2]}


def test_moller_scattering():
    """The two terms at tree level differ by exchange of the outgoing electrons, and in sign."""
    electrons = ("psi", "psi", "psibar", "psibar")
    terms = list(generate(QED, electrons, 2, by="vertices"))
    assert sorted(d.weight / g**2 for d in terms) == [-1, 1]
    direct = next(d for d in terms if d.weight == -(g**2))
    ends = [{direct.edges[k][1] for k in range(2)}, {i for i, j, _ in direct.edges if j in (2, 3)}]
    assert ends[0] == ends[1]
    # exchanging two electrons exchanges the terms, and costs a sign
    swapped = list(generate(QED, ("psi", "psi", "psibar", "psibar")[::-1], 2, by="vertices"))
    assert sorted(d.weight / g**2 for d in swapped) == [-1, 1]
    # Bhabha: scattering and annihilation
    assert sorted(
        d.weight / g**2 for d in generate(QED, ("psi", "psibar", "psi", "psibar"), 2, by="vertices")
    ) == [
        -1,
        1,
    ]


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_free_correlator_is_a_determinant(n):
    """⟨ψ_1 ψ̄_1' ψ_2 ψ̄_2' ...⟩ = det S(i, j')"""
    matrix = sympy.Matrix(n, n, lambda i, j: sympy.Symbol(f"s{i}{j}"))
    total = sympy.Integer(0)
    for diagram in generate(QED, ("psi", "psibar") * n, 0, by="vertices", connected=False):
        total += diagram.weight * sympy.Mul(*(matrix[i // 2, j // 2] for i, j, _ in diagram.edges))
    assert sympy.expand(total - matrix.det()) == 0


def test_furry():
    """An odd loop vanishes if S = Sᵀ and Γ = -Γᵀ: its two directions cancel; an even one does not."""
    rng = np.random.default_rng(5)
    n = 4
    line = rng.normal(size=(n, n))
    gamma = rng.normal(size=(n, n, n))
    matrices = {("psi", "psibar"): line + line.T, ("phi", "phi"): np.eye(n)}
    tensor = {"current": gamma - gamma.transpose(0, 2, 1)}
    vertex = Vertex("current", {"phi": 1, "psibar": 1, "psi": 1}, 1, local=False)
    theory = Theory((PHI, PSIBAR, PSI), (FERMION, LINE), (vertex,))
    for photons, vanishes in ((2, False), (3, True), (4, False)):
        loops = list(generate(theory, ("phi",) * photons, 1, tadpoles=False))
        assert {d.weight for d in loops} == {-1}
        assert len(loops) == factorial(photons - 1)
        each = [np.abs(evaluate_points(tabulate(d), matrices, vertices=tensor)).max() for d in loops]
        total = np.abs(evaluate_points(tabulate(loops), matrices, vertices=tensor)).max()
        assert min(each) > 1
        assert (total < 1e-10 * max(each)) == vanishes


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_determinant(order):
    """log ∫ exp(-ψ̄(1/S - m)ψ) = log det = Tr log(1 - S m): the loop of n insertions -(S m)^n/n."""
    theory = Theory((PSI, PSIBAR), (FERMION,), (Vertex("mass", {"psibar": 1, "psi": 1}, g),))
    [loop] = generate(theory, (), order, by="vertices")
    assert loop.weight == -(g**order) / order


def test_four_fermi():
    """⟨exp(g ψ̄₁ψ₁ψ̄₂ψ₂)⟩ = 1 + g S₁S₂ and no more; S_i are those of ψ_i."""
    names = ["a", "abar", "b", "bbar"]
    fields = tuple(Field(name, name, "grassmann") for name in names)
    lines = (Propagator("a", "abar", "A", value=2), Propagator("b", "bbar", "B", value=3))
    theory = Theory(fields, lines, (Vertex("u", {"abar": 1, "a": 1, "bbar": 1, "b": 1}, g),))
    for order, expected in ((1, 6 * g), (2, 0), (3, 0)):
        options = {"by": "vertices", "connected": False, "vacuum_bubbles": True}
        assert sympy.expand(sum(d.value for d in generate(theory, (), order, **options)) - expected) == 0
    # ⟨a ā⟩ to first order: A + g A²·(-B)(-1)... = -∂ log of the integral
    [hartree] = generate(theory, ("a", "abar"), 1)
    assert hartree.weight == -g


# --- any small theory, against the integral


@st.composite
def small_theories(draw):
    """Four Grassmann numbers with all covariances, a real one, vertices in any order of factors."""
    names = ["e0", "e1", "e2", "e3"]
    entry = st.fractions(-3, 3, max_denominator=3).filter(bool)
    covariance = [[Fraction(0)] * 4 for _ in range(4)]
    for i, j in combinations(range(4), 2):
        covariance[i][j] = draw(entry)
        covariance[j][i] = -covariance[i][j]
    a = covariance
    # the Pfaffian must not vanish
    if a[0][1] * a[2][3] - a[0][2] * a[1][3] + a[0][3] * a[1][2] == 0:
        covariance[0][1] += 50
        covariance[1][0] -= 50
    pairs = [draw(st.permutations(pair)) for pair in combinations(range(4), 2)]
    propagators = [
        Propagator(
            names[i],
            names[j],
            f"S{i}{j}",
            directed=draw(st.booleans()),
            value=sympy.Rational(covariance[i][j]),
        )
        for i, j in pairs
    ]
    vertices, terms = [], []
    for k in range(draw(st.integers(1, 2))):
        legs = draw(st.permutations(range(4)))[: draw(st.sampled_from([2, 4]))]
        real = draw(st.integers(0, 2))
        value = draw(entry)
        order = [*(names[i] for i in legs), *(["phi"] if real else [])]
        if real and draw(st.booleans()):
            order = order[-1:] + order[:-1]
        counts = {name: real if name == "phi" else 1 for name in order}
        vertices.append(Vertex(f"v{k}", counts, value))
        terms.append(exact.product(legs, [0] * real, value / factorial(real), 1))
    fields = [Field(name, name, "grassmann") for name in names] + [PHI]
    width = draw(entry)
    theory = Theory(
        fields, [*propagators, Propagator("phi", "phi", "D", value=sympy.Rational(width))], vertices
    )
    outer = draw(st.permutations(range(4)))[: draw(st.sampled_from([0, 2, 4]))]
    return theory, covariance, [[width]], terms, outer


@settings(max_examples=50)
@given(small_theories(), st.integers(1, 2))
def test_diagrams_are_the_integral(small, order):
    """Σ diagrams, disconnected ones included, is ∫ outer exp(-S) order by order; Wick's theorem too."""
    theory, covariance, real, terms, outer = small
    external = tuple(f"e{k}" for k in outer)
    expected = exact.expectation(exact.product(outer, (), 1), covariance, real, terms, order)[order]
    found = list(generate(theory, external, order, by="vertices", connected=False, vacuum_bubbles=True))
    assert sum(d.value for d in found) == sympy.Rational(expected)
    numbers = {(p.first, p.second): p.value for p in theory.propagators}
    assert evaluate_numbers(tabulate(found), numbers) == sympy.Rational(expected)
    if len(external) + order * max(vertex.degree for vertex in theory.vertices) > 8:
        return  # thousands of contractions
    total = sympy.Integer(0)
    for kinds in product(theory.vertices, repeat=order):
        labels = factorial(order) * prod(factorial(n) for vertex in kinds for n in vertex.legs.values())
        for pairs in wick(theory, external, [vertex.name for vertex in kinds]):
            lines = [numbers[a.field, b.field] for a, b in pairs]
            total += sympy.Mul(
                sympy.Rational(pairs.sign, labels), *(vertex.coupling for vertex in kinds), *lines
            )
    assert total == sympy.Rational(expected)


# --- fields on points: non-local vertices, whose tensors are antisymmetric


def antisymmetric(rng, n: int, groups: tuple[int, ...]) -> np.ndarray:
    """A tensor of small integers, antisymmetric within each group of axes."""
    tensor = np.zeros((n,) * sum(groups))
    base = rng.integers(-3, 4, size=tensor.shape)
    starts = np.cumsum([0, *groups[:-1]])
    for moves in product(*(permutations(range(size)) for size in groups)):
        axes = [start + k for start, move in zip(starts, moves, strict=True) for k in move]
        sign = prod(np.linalg.det(np.eye(len(move))[list(move)]) for move in moves)
        tensor += round(sign) * base.transpose(axes)
    return tensor


def points_cases():
    """(theory, tensors, covariances, indices of fields, terms of -S) on two or three points."""
    rng = np.random.default_rng(11)
    hopping = np.array([[2, 1], [-1, 1]])
    n = 2
    zero = np.zeros((n, n), int)
    covariance = np.block([[zero, hopping], [-hopping.T, zero]]).tolist()  # ψ_i are 0, 1 and ψ̄_i are 2, 3
    real = [[2, 1], [1, 3]]
    start = {"psi": 0, "psibar": n}
    matrices = {("psi", "psibar"): hopping, ("phi", "phi"): np.array(real)}
    # the axes of tensors go by the sequence of the fields, the factors by the order of the legs
    four = antisymmetric(rng, n, (2, 2))
    current = antisymmetric(rng, n, (1, 1, 1))
    for fields in ((PSI, PSIBAR, PHI), (PHI, PSIBAR, PSI)):
        axes = [f.name for f in fields]
        by_hand = {}
        for legs in ({"psibar": 2, "psi": 2}, {"psi": 2, "psibar": 2}, {"psi": 1, "phi": 1, "psibar": 1}):
            own = [name for name in axes for _ in range(legs.get(name, 0))]
            tensor = current if "phi" in legs else four
            terms = []
            for index in np.ndindex(*tensor.shape):
                places = {}
                for name, point in zip(own, index, strict=True):
                    places.setdefault(name, []).append(point)
                eta = [start[name] + k for name in legs if name != "phi" for k in places[name]]
                value = Fraction(int(tensor[index])) / prod(map(factorial, legs.values()))
                terms.append(exact.product(eta, places.get("phi", []), value, 1))
            by_hand[tuple(legs)] = legs, tensor, exact.plus(*terms)
        for chosen in (
            [("psibar", "psi")],
            [("psi", "psibar")],
            [("psi", "phi", "psibar")],
            [("psibar", "psi"), ("psi", "phi", "psibar")],
        ):
            vertices = [Vertex("".join(key), by_hand[key][0], 1, local=False) for key in chosen]
            tensors = {"".join(key): by_hand[key][1] for key in chosen}
            terms = [by_hand[key][2] for key in chosen]
            yield Theory(fields, (FERMION, LINE), vertices), tensors, matrices, covariance, real, start, terms
    # a local vertex beside a non-local one
    local = [
        exact.plus(*(exact.product((n + k, k), (k,), 3, 1) for k in range(n))),
        by_hand["psi", "psibar"][2],
    ]
    vertices = [
        Vertex("yukawa", {"psibar": 1, "psi": 1, "phi": 1}, 3),
        Vertex("four", {"psi": 2, "psibar": 2}, 1, local=False),
    ]
    yield (
        Theory((PHI, PSIBAR, PSI), (FERMION, LINE), vertices),
        {"four": four}, matrices, covariance, real, start, local,
    )  # fmt: skip
    # Majorana: an antisymmetric covariance, one field of four points, or two fields of two
    chi = antisymmetric(rng, 4, (2,)).astype(int)
    chi[0, 1], chi[1, 0] = 7, -7
    quartic = antisymmetric(rng, 4, (4,))
    assert quartic[0, 1, 2, 3] != 0
    value = Fraction(int(quartic[0, 1, 2, 3]))
    field, eta = Field("chi", r"\chi", "grassmann"), Field("eta", r"\eta", "grassmann")
    majorana = Theory((field,), (Propagator("chi", "chi"),), (Vertex("syk", {"chi": 4}, 1, local=False),))
    terms = [exact.product((0, 1, 2, 3), (), value, 1)]
    yield majorana, {"syk": quartic}, {("chi", "chi"): chi}, chi.tolist(), [[1]], {"chi": 0}, terms
    swap = np.array([[0, 1], [-1, 0]])
    matrices = {("chi", "chi"): chi[:2, :2], ("eta", "chi"): chi[2:, :2], ("eta", "eta"): chi[2:, 2:]}
    lines = tuple(Propagator(*pair, "_".join(pair)) for pair in matrices)
    tensors = {"four": 2 * np.einsum("ij,kl->ijkl", swap, swap), "two": np.array([[1, 2], [3, -1]])}
    vertices = [
        Vertex("four", {"eta": 2, "chi": 2}, 1, local=False),
        Vertex("two", {"eta": 1, "chi": 1}, 1, local=False),
    ]
    terms = [
        exact.product((2, 3, 0, 1), (), Fraction(2), 1),
        exact.plus(
            *(
                exact.product((2 + i, j), (), Fraction(int(tensors["two"][j, i])), 1)
                for i in (0, 1)
                for j in (0, 1)
            )
        ),
    ]
    yield (
        Theory((field, eta), lines, vertices),
        tensors,
        matrices,
        chi.tolist(),
        [[1]],
        {"chi": 0, "eta": 2},
        terms,
    )


CASES = list(points_cases())


def by_formula(diagram, matrices, tensors, places: list[int]) -> float:
    """weight × Σ over points of the functions in the formula, one by one."""
    found, points = factors(diagram)
    n = len(next(iter(matrices.values())))
    functions = {}
    for propagator in diagram.theory.propagators:
        name = propagator.symbol
        functions[name] = matrices[propagator.first, propagator.second]
    functions |= {f"V_{name}": tensor for name, tensor in tensors.items()} | {"delta": np.eye(n)}
    total = 0.0
    for inner in product(range(n), repeat=len(points)):
        at = {f"x{k + 1}": place for k, place in enumerate(places)} | dict(zip(points, inner, strict=True))
        total += prod(float(functions[name][tuple(at[end] for end in ends)]) for name, ends in found)
    return float(diagram.weight) * total


def outer_fields(start: dict[str, int]) -> list[tuple[str, ...]]:
    if "eta" in start:
        return [("chi", "eta"), ("eta", "chi", "chi", "eta")]
    if "chi" in start:
        return [("chi", "chi"), ("chi",) * 4]
    return [("psi", "psibar"), ("psi", "psibar", "psibar", "psi")]


@pytest.mark.parametrize("case", range(len(CASES)))
@pytest.mark.parametrize("order", [0, 1, 2])
def test_points(case, order):
    """⟨ψ_i ... ψ̄_j ...⟩ on points: tables and formulas are the Grassmann integral."""
    theory, tensors, matrices, covariance, real, start, terms = CASES[case]
    outers = outer_fields(start)
    for external in outers[: 1 if order == 2 and "phi" in theory.field_index else 2]:
        options = {"by": "vertices", "connected": False, "vacuum_bubbles": True}
        found = list(generate(theory, external, order, **options))
        values = evaluate_points(tabulate(found), matrices, vertices=tensors)
        for places in [(1, 0, 0, 1), (0, 1, 1, 1), (1, 1, 0, 1), (0, 1, 2, 3), (3, 1, 0, 2)]:
            places = places[: len(external)]
            if max(places) >= len(next(iter(matrices.values()))):
                continue
            eta = [start[name] + k for name, k in zip(external, places, strict=True)]
            expected = exact.expectation(exact.product(eta, (), 1), covariance, real, terms, order)[order]
            value = values[places] if found else 0.0
            assert value == pytest.approx(float(expected), rel=1e-9, abs=1e-7)
            if order < 2:
                formulas = sum(by_formula(d, matrices, tensors, places) for d in found)
                assert formulas == pytest.approx(float(expected), rel=1e-9, abs=1e-7)


@pytest.mark.parametrize("case", range(len(CASES)))
def test_formula_and_table_agree(case):
    """Diagram by diagram at second order, connected ones; and amputated ones with their lines put back."""
    theory, tensors, matrices, *_, start, _ = CASES[case]
    external = outer_fields(start)[0]
    n = len(next(iter(matrices.values())))
    for diagram in generate(theory, external, 2, by="vertices"):
        table = evaluate_points(tabulate(diagram), matrices, vertices=tensors)
        places = (0, n - 1)
        assert by_formula(diagram, matrices, tensors, places) == pytest.approx(
            table[places], rel=1e-9, abs=1e-7
        )
        cut = diagram.amputate()
        assert cut.weight == diagram.weight
        total = 0.0
        for inner in product(range(n), repeat=2):
            lines = 1.0
            for i, j, p in diagram.edges:
                propagator = theory.propagators[p]
                matrix = matrices[propagator.first, propagator.second]
                if min(i, j) < 2:
                    lines *= matrix[places[i], inner[i]] if i < 2 else matrix[inner[j], places[j]]
            total += lines * by_formula(cut, matrices, tensors, list(inner))
        assert total == pytest.approx(table[places], rel=1e-9, abs=1e-7)


def shuffled(diagram: Diagram, rng) -> Diagram:
    """The same diagram with its vertices in another order, edges too, lines of one field turned round."""
    outer = len(diagram.external)
    order = rng.permutation(len(diagram.vertices)).tolist()
    place = [*range(outer), *(outer + order.index(k) for k in range(len(order)))]
    edges = [(place[i], place[j], p) for i, j, p in diagram.edges]
    for k, (i, j, p) in enumerate(edges):
        if diagram.theory.propagators[p].first == diagram.theory.propagators[p].second and rng.integers(2):
            edges[k] = j, i, p
    vertices = tuple(diagram.vertices[k] for k in order)
    mixed = tuple(edges[k] for k in rng.permutation(len(edges)))
    return replace(diagram, vertices=vertices, edges=mixed)


@pytest.mark.parametrize("case", range(len(CASES)))
def test_the_order_of_vertices_and_edges_is_nothing(case):
    """Sign, table and formula go together: the value of a diagram is the same in any numbering."""
    theory, tensors, matrices, *_, start, _ = CASES[case]
    external = outer_fields(start)[0]
    n = len(next(iter(matrices.values())))
    rng = np.random.default_rng(case)
    signs = set()
    for diagram in generate(theory, external, 2, by="vertices"):
        table = evaluate_points(tabulate(diagram), matrices, vertices=tensors)
        for _ in range(2 if n == 4 else 6):
            other = shuffled(diagram, rng)
            signs.add(other.sign * diagram.sign)
            assert evaluate_points(tabulate(other), matrices, vertices=tensors) == pytest.approx(table)
            assert by_formula(other, matrices, tensors, [0, n - 1]) == pytest.approx(table[0, n - 1])
    assert -1 in signs or all(max(vertex.legs.values()) == 1 for vertex in theory.vertices)


def test_sphere():
    """The closed loop in the line of φ is minus that of commuting fields."""
    transform = AngleTransform.build(dim=3, max_degree=2)
    lines = {("psi", "psibar"): [1.0, 0.5], ("phi", "phi"): [1.0, 0.2, 0.1]}
    commuting = Theory((Field("psi"), Field("psibar"), PHI), QED.propagators, QED.vertices)
    values = [
        evaluate_sphere(
            tabulate(generate(each, ("phi", "phi"), 1, tadpoles=False), {g: 2}), lines, transform
        ).degrees
        for each in (QED, commuting)
    ]
    assert values[0] == pytest.approx(-values[1])
    assert np.abs(values[0]).max() > 1


# --- files, counterterms, sums


def test_theory_file():
    """statistics in a file; the order of legs is the order of factors."""
    text = """
        fields = [
            "phi", {name = "psi", statistics = "grassmann"}, {name = "psibar", statistics = "grassmann"}
        ]
        propagators = [{fields = ["phi", "phi"]}, {fields = ["psi", "psibar"], directed = true}]
        vertices = [{legs = {%s}, coupling = "g"}]
    """
    for legs, sign in (("phi = 1, psibar = 1, psi = 1", -1), ("psi = 1, phi = 1, psibar = 1", 1)):
        theory = theory_from_text(text % legs)
        assert theory.grassmann == {"psi", "psibar"}
        [tadpole] = generate(theory, ("phi",), 1)
        assert tadpole.weight == sign * g
        assert tadpole.to_latex().startswith("- g" if sign < 0 else "g")
        assert {n: set(found) for n, found in weights(theory, (), 2).items()} == {2: {-(g**2) / 2, g**2 / 2}}
    with pytest.raises(
        TheoryError, match=r"fields\[1\].statistics must be one of commuting, grassmann \(got 'bose'\)"
    ):
        theory_from_text('fields = [{name = "a", statistics = "bose"}]\nvertices = []')
    with pytest.raises(TheoryError, match="must be a table with 'propagators' if fields are Grassmann"):
        theory_from_text('fields = [{name = "a", statistics = "grassmann"}]\nvertices = []')


@pytest.mark.parametrize("legs", [("psibar", "psi"), ("psi", "psibar")])
def test_counterterms_keep_the_order_of_factors(legs):
    """-δ S² for the factors (ψ, ψ̄), δ S² for (ψ̄, ψ)."""
    theory = QED.with_counterterms({legs: v})
    found = [d for d in generate(theory, ("psi", "psibar"), 1) if len(d.vertices) == 1]
    assert [d.weight for d in found] == [v if legs == ("psibar", "psi") else -v]


def test_the_order_of_factors_is_part_of_a_vertex():
    """ψ̄ψ = -ψψ̄; where fields commute the order is nothing."""
    one, other = ({"psibar": 1, "psi": 1}, {"psi": 1, "psibar": 1})
    assert Vertex("m", one, g) != Vertex("m", other, g)
    fields, lines = (PSI, PSIBAR), (FERMION,)
    first, second = (Theory(fields, lines, (Vertex("m", legs, g),)) for legs in (one, other))
    assert first != second
    assert first == Theory(fields, lines, (Vertex("m", dict(one), g),))
    assert hash(first) == hash(Theory(fields, lines, (Vertex("m", dict(one), g),)))
    plain = (Field("psi"), Field("psibar"))
    assert Theory(plain, lines, (Vertex("m", one, g),)) == Theory(plain, lines, (Vertex("m", other, g),))
    both = Expansion.of([*generate(first, (), 1, by="vertices"), *generate(second, (), 1, by="vertices")])
    assert sorted(both.weights, key=str) == [-g, g]


def test_effective_action_of_a_yukawa_theory():
    """Γ = v²/2 + Δ, exp(-Δ) = (M + g v + g Δ') exp(Δ'²/2): ∫ (M + g φ) exp(jφ - φ²/2) dφ, to order g⁵."""
    mass = sympy.Symbol("M", positive=True)
    lines = (
        Propagator("psi", "psibar", "S", directed=True, value=1 / (mass + g * v)),
        Propagator("phi", "phi", "D", value=1),
    )
    vertex = Vertex("yukawa", {"phi": 1, "psibar": 1, "psi": 1}, -g)
    theory = Theory((PHI, PSIBAR, PSI), lines, (vertex,), {"phi": v}, -(v**2) / 2)
    found = theory.effective_action(loops=3)
    tree, one, two, three = found.contributions
    assert sympy.simplify(one + sympy.log(mass + g * v)) == 0
    assert tree == v**2 / 2
    e = sympy.Symbol("e")
    series = sympy.series((two + three).subs(g, e), e, 0, 5).removeO()
    gamma = sympy.series((one + two + three).subs(g, e), e, 0, 5).removeO()
    slope = sympy.diff(gamma, v)
    logarithm = sympy.log(mass + e * v + e * slope) + slope**2 / 2
    expected = -sympy.series(logarithm, e, 0, 5).removeO() - sympy.series(one.subs(g, e), e, 0, 5).removeO()
    assert sympy.simplify(sympy.expand(series - expected)) == 0
    assert r"- \operatorname{tr} \log S^{-1}" in found.latex()


# --- what makes no sense


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Field("a", statistics="fermi"),
            "statistics of field 'a' must be one of commuting, grassmann",
        ),
        (
            lambda: Theory((PSI, PHI), (Propagator("psi", "phi"),), ()),
            "<psi phi> must join fields of one statistics",
        ),
        (
            lambda: Theory(QED.fields, QED.propagators, (Vertex("b", {"psi": 1, "phi": 1}, 1),)),
            r"vertex 'b' must have an even number of legs of Grassmann fields \(got {'psi': 1}\)",
        ),
        (
            lambda: Theory(QED.fields, QED.propagators, (Vertex("b", {"psi": 2, "psibar": 2}, 1),)),
            "legs of the Grassmann field 'psi' must be at most 1 at one point, where its square is 0",
        ),
        (lambda: Theory((PSI,), (Propagator("psi", "psi", value=1),), ()), "antisymmetric, with the value 0"),
        (
            lambda: Theory.from_action(v**2 / 2, [Field("v", "v", "grassmann")]),
            "symbol of the Grassmann field 'v' must not commute",
        ),
    ],
)
def test_refusals(make, message):
    with pytest.raises(TheoryError, match=message):
        make()


def test_refused_values():
    """ψ² = 0 in zero dimensions; on points all is antisymmetric, on the sphere nothing zonal is."""
    theory, tensors, matrices, *_ = CASES[0]
    [diagram] = generate(theory, ("psi", "psibar"), 1, by="vertices")
    with pytest.raises(TheoryError, match="must have one leg of the Grassmann field 'psi"):
        evaluate_numbers(tabulate(diagram), {("psi", "psibar"): 1})
    with pytest.raises(TheoryError, match="must have one leg of the Grassmann field 'psi"):
        _ = diagram.value
    symmetric = {name: np.ones_like(tensor) for name, tensor in tensors.items()}
    with pytest.raises(ValueError, match="must be antisymmetric in its legs of 'psi'"):
        evaluate_points(tabulate(diagram), matrices, vertices=symmetric)
    factorised = {name: FactorisedVertex([1.0], [[1.0, 2.0]]) for name in tensors}
    with pytest.raises(ValueError, match="antisymmetric in its legs of 'psi.*FactorisedVertex"):
        evaluate_points(tabulate(diagram), matrices, vertices=factorised)
    majorana, tensors, *_ = CASES[-2]
    [diagram] = generate(majorana, ("chi", "chi"), 1, by="vertices")
    with pytest.raises(ValueError, match="<chi chi> must be antisymmetric"):
        evaluate_points(tabulate(diagram), np.eye(4), vertices=tensors)
    line = tabulate(generate(majorana, ("chi", "chi"), 0))
    with pytest.raises(TheoryError, match="<chi chi> of a Grassmann field must be antisymmetric"):
        evaluate_sphere(line, [1.0], AngleTransform.build(dim=3, max_degree=1))
    with pytest.raises(TheoryError, match="<chi chi> of a Grassmann field must be 0 at one point"):
        evaluate_numbers(line, 1)
    assert evaluate_numbers(line, 0) == 0
    commuting = Theory((Field("psi"), Field("psibar"), PHI), QED.propagators, QED.vertices)
    mixed = [*generate(QED, ("phi",), 1), *generate(commuting, ("phi",), 1)]
    with pytest.raises(TheoryError, match="diagrams must have the same Grassmann fields"):
        tabulate(mixed)


def test_signed_contractions_add_up_to_diagrams():
    """Σ sign over the contractions of a class = ± its number of contractions."""
    signs = Counter()
    for pairs in wick(QED, (), ("yukawa", "yukawa")):
        loops = sum(a.node == b.node for a, b in pairs)
        signs[loops] += pairs.sign
    assert signs == {0: -1, 2: 1}
