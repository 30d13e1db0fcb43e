"""Diagrams of an order: their weights add up to zero-dimensional field theory, their numbers are known.

In zero dimensions with unit propagators, Σ weights of all diagrams is the coefficient of the order in
⟨Π φ_ext exp(Σ g_k φ^k/k!)⟩, a Gaussian moment; that of the connected ones is the cumulant.
"""

from collections import Counter
from fractions import Fraction
from functools import cache
from itertools import chain, combinations, product
from math import factorial, prod

import pytest
import sympy
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from diagrams import Diagram, Field, Propagator, Theory, TheoryError, Vertex, generate

G, LAMBDA = sympy.symbols("g lambda")
THIRD = Fraction(1, 3)
PHI3, PHI4, PHI6 = (Theory.scalar({k: G}) for k in (3, 4, 6))


def double_factorial(n: int) -> int:
    return prod(range(n, 0, -2))


def scalar_moment(powers: dict[str, int]) -> int:
    """⟨φ^{2m}⟩ = (2m-1)!!"""
    n = powers.get("phi", 0)
    return 0 if n % 2 else double_factorial(n - 1)


def yukawa_moment(powers: dict[str, int]) -> int:
    """⟨ψ^n ψ̄^n φ^{2m}⟩ = n! (2m-1)!!"""
    n, m = powers.get("psi", 0), powers.get("psibar", 0)
    return factorial(n) * scalar_moment(powers) if n == m else 0


def response_moment(powers: dict[str, int]) -> int:
    """⟨φ^a φ~^b⟩ = a!/(a-b)! (a-b-1)!! : each φ~ takes a φ, the others pair up."""
    a, b = powers.get("phi", 0), powers.get("phi~", 0)
    return 0 if b > a else factorial(a) // factorial(a - b) * scalar_moment({"phi": a - b})


def stein_moment(covariance: dict[tuple[int, int], int], powers: tuple[int, ...]) -> int:
    """⟨x_i f⟩ = Σ_j C_ij ⟨∂_j f⟩"""

    @cache
    def moment(a: tuple[int, ...]) -> int:
        if not any(a):
            return 1
        i = next(k for k, n in enumerate(a) if n)
        rest = tuple(n - (k == i) for k, n in enumerate(a))
        return sum(
            covariance.get((i, j), 0) * n * moment(tuple(m - (k == j) for k, m in enumerate(rest)))
            for j, n in enumerate(rest)
            if n
        )

    return moment(powers)


class Series:
    """Moments and cumulants of a zero-dimensional theory, graded: a vertex of legs k has grade(k)."""

    def __init__(self, moment, vertices, grade=lambda legs: 1):
        self.moment, self.vertices, self.grade = moment, vertices, grade

    def all(self, external: tuple[str, ...], order: int) -> Fraction:
        """Σ over n_v of ⟨Π φ_ext Π_v φ^{legs}^{n_v}⟩ Π g_v^{n_v} / (n_v! legs!^{n_v})"""
        total = Fraction(0)
        grades = [self.grade(legs) for legs, _ in self.vertices]
        for counts in product(*(range(order // w + 1) for w in grades)):
            if sum(n * w for n, w in zip(counts, grades, strict=True)) != order:
                continue
            powers, weight = Counter(external), Fraction(1)
            for n, (legs, coupling) in zip(counts, self.vertices, strict=True):
                powers.update({f: n * k for f, k in legs.items()})
                weight *= (coupling / prod(factorial(k) for k in legs.values())) ** n / factorial(n)
            total += weight * self.moment(powers)
        return total

    def connected(self, external: tuple[str, ...], order: int) -> Fraction:
        """n M_n = Σ k K_k M_{n-k} without external points; else M(S) = Σ_{T ∋ first of S} K(T) M(S - T)."""
        if not external:
            if order == 0:
                return Fraction(0)
            others = range(1, order)
            return self.all((), order) - sum(
                (Fraction(k, order) * self.connected((), k) * self.all((), order - k) for k in others),
                Fraction(0),
            )
        first, rest = external[0], external[1:]
        positions = range(len(rest))
        total = self.all(external, order)
        for inside in chain.from_iterable(combinations(positions, r) for r in range(len(rest) + 1)):
            part = (first, *(rest[i] for i in inside))
            left = tuple(rest[i] for i in positions if i not in inside)
            for k in range(order + 1):
                if (len(part), k) != (len(external), order):
                    total -= self.connected(part, k) * self.all(left, order - k)
        return total

    def without_bubbles(self, external: tuple[str, ...], order: int) -> Fraction:
        """⟨...⟩ / Z"""
        return self.all(external, order) - sum(
            (self.without_bubbles(external, k) * self.all((), order - k) for k in range(order)), Fraction(0)
        )


def checked(*args, **kwargs) -> list[Diagram]:
    """The diagrams, each once, with both routes to the symmetry number in agreement."""
    found = list(generate(*args, **kwargs))
    assert len({(d.vertices, d.edges) for d in found}) == len(found)
    for diagram in found:
        assert diagram.symmetry_number == diagram.automorphism_number, diagram
    return found


def weights(found: list[Diagram]) -> Fraction:
    """Σ Π g / symmetry_number"""
    total = Fraction(0)
    for d in found:
        couplings = [d.theory.vertices[v].coupling for v in d.vertices]
        total += prod((Fraction(int(c.p), int(c.q)) for c in couplings), start=d.symmetry_factor)
    return total


def build(vertices, propagators) -> Theory:
    names = sorted(
        {name for pair in propagators for name in pair[:2]} | {f for legs, _ in vertices for f in legs}
    )
    return Theory(
        tuple(map(Field, names)),
        tuple(
            Propagator(*pair) if len(pair) == 2 else Propagator(*pair[:2], directed=True)
            for pair in propagators
        ),
        tuple(
            Vertex(f"v{k}", legs, sympy.Rational(g.numerator, g.denominator), {"vertices": 1})
            for k, (legs, g) in enumerate(vertices)
        ),
    )


SCALAR, COMPLEX = [("phi", "phi")], [("phi", "phi"), ("psi", "psibar", "directed")]
RESPONSE = [("phi", "phi"), ("phi", "phi~", "directed")]
YUKAWA_LEGS = {"psi": 1, "psibar": 1, "phi": 1}
THEORIES = {
    "phi3": (scalar_moment, [({"phi": 3}, THIRD)], SCALAR),
    "phi4": (scalar_moment, [({"phi": 4}, -THIRD)], SCALAR),
    "phi6": (scalar_moment, [({"phi": 6}, THIRD)], SCALAR),
    "phi3+phi4": (scalar_moment, [({"phi": 3}, Fraction(2, 5)), ({"phi": 4}, -THIRD)], SCALAR),
    "yukawa": (yukawa_moment, [(YUKAWA_LEGS, -THIRD)], COMPLEX),
    "yukawa+phi4": (yukawa_moment, [(YUKAWA_LEGS, Fraction(2, 5)), ({"phi": 4}, -THIRD)], COMPLEX),
    "response": (
        response_moment,
        [({"phi": 2, "phi~": 1}, THIRD), ({"phi~": 2, "phi": 1}, Fraction(2))],
        RESPONSE,
    ),
}
CASES = [
    ("phi3", (), 6),
    ("phi3", ("phi",), 5),
    ("phi3", ("phi",) * 2, 6),
    ("phi3", ("phi",) * 3, 5),
    ("phi3", ("phi",) * 4, 6),
    ("phi4", (), 6),
    ("phi4", ("phi",) * 2, 6),
    ("phi4", ("phi",) * 4, 4),
    ("phi6", (), 5),
    ("phi6", ("phi",) * 2, 4),
    ("phi3+phi4", (), 6),
    ("phi3+phi4", ("phi",), 5),
    ("phi3+phi4", ("phi",) * 2, 4),
    ("yukawa", (), 6),
    ("yukawa", ("phi",), 5),
    ("yukawa", ("psi", "psibar"), 6),
    ("yukawa", ("phi", "psi", "psibar"), 5),
    ("yukawa", ("psi", "psi", "psibar", "psibar"), 4),
    ("yukawa+phi4", (), 4),
    ("yukawa+phi4", ("psi", "phi", "psibar"), 4),
    ("response", (), 4),
    ("response", ("phi",), 5),
    ("response", ("phi", "phi~"), 4),
    ("response", ("phi", "phi"), 4),
]


@pytest.mark.parametrize(("name", "external", "most"), CASES)
def test_all_diagrams_add_up_to_the_gaussian_moment(name, external, most):
    """Σ weights = [g^n] ⟨Π φ_ext exp(Σ g φ^k/k!)⟩

    Equation: symmetry-factor
    """
    moment, vertices, propagators = THEORIES[name]
    theory, series = build(vertices, propagators), Series(moment, vertices)
    for order in range(0 if external else 1, most + 1):
        found = checked(theory, external, order, by="vertices", connected=False, vacuum_bubbles=True)
        assert weights(found) == series.all(external, order)


@pytest.mark.parametrize(("name", "external", "most"), CASES)
def test_connected_diagrams_add_up_to_the_cumulant(name, external, most):
    """Σ weights = [g^n] log⟨exp(...)⟩, differentiated by the sources of the external points"""
    moment, vertices, propagators = THEORIES[name]
    theory, series = build(vertices, propagators), Series(moment, vertices)
    for order in range(most + 1):
        found = checked(theory, external, order, by="vertices")
        assert weights(found) == series.connected(external, order)


@pytest.mark.parametrize(("name", "external", "most"), [case for case in CASES if case[1] and case[2] < 6])
def test_diagrams_without_vacuum_bubbles_add_up_to_the_normalised_moment(name, external, most):
    """Σ weights = [g^n] ⟨Π φ_ext exp(...)⟩ / ⟨exp(...)⟩"""
    moment, vertices, propagators = THEORIES[name]
    theory, series = build(vertices, propagators), Series(moment, vertices)
    for order in range(most + 1):
        found = checked(theory, external, order, by="vertices", connected=False)
        assert not any(d.has_vacuum_bubbles for d in found)
        assert weights(found) == series.without_bubbles(external, order)


@pytest.mark.parametrize(
    ("name", "external", "loops"),
    [
        ("phi3+phi4", ("phi",) * 2, 2),
        ("phi3+phi4", (), 4),
        ("yukawa+phi4", ("psi", "psibar"), 2),
        ("phi6", (), 7),
    ],
)
def test_diagrams_by_loops_add_up_to_the_semiclassical_series(name, external, loops):
    """L = 1 + Σ (k - 2)/2 - E/2: scale each g by ħ^{k-2}, and take the power 2(L - 1) + E of the cumulant"""
    moment, vertices, propagators = THEORIES[name]
    theory, series = (
        build(vertices, propagators),
        Series(moment, vertices, lambda legs: sum(legs.values()) - 2),
    )
    for order in range(loops + 1):
        found = checked(theory, external, order)
        grade = 2 * (order - 1) + len(external)
        assert all(d.loops == order for d in found)
        assert weights(found) == (series.connected(external, grade) if grade >= 0 else 0)


def test_order_zero_without_external_points_is_one():
    """Z = 1 + O(g): the empty diagram belongs to the disconnected ones, not to log Z = O(g)."""
    assert list(generate(PHI4, (), 0, by="vertices")) == []
    found = list(generate(PHI4, (), 0, by="vertices", connected=False, vacuum_bubbles=True))
    assert [d.weight for d in found] == [1]


NAMES = ("a", "b")
PAIRS = [("a", "a"), ("a", "b"), ("b", "b")]
COUPLINGS = st.builds(Fraction, st.integers(-5, 5).filter(bool), st.integers(1, 4))
LEGS = st.fixed_dictionaries({"a": st.integers(0, 3), "b": st.integers(0, 3)}).filter(
    lambda legs: any(legs.values())
)


@settings(max_examples=120, derandomize=True, suppress_health_check=[HealthCheck.filter_too_much])
@given(
    vertices=st.lists(st.tuples(LEGS, COUPLINGS), min_size=1, max_size=2),
    propagators=st.lists(st.sampled_from(PAIRS), min_size=1, max_size=3, unique=True),
    flipped=st.booleans(),
    external=st.lists(st.sampled_from(NAMES), max_size=3),
    order=st.integers(1, 6),
)
def test_random_theories_obey_the_sum_rules(vertices, propagators, flipped, external, order):
    """Any propagators among two fields: moments by ⟨x_i f⟩ = Σ_j C_ij ⟨∂_j f⟩."""
    external = tuple(external)
    assume(order * max(sum(legs.values()) for legs, _ in vertices) + len(external) <= 14)
    covariance = {}
    for f, g in propagators:
        covariance[NAMES.index(f), NAMES.index(g)] = covariance[NAMES.index(g), NAMES.index(f)] = 1
    series = Series(lambda p: stein_moment(covariance, tuple(p.get(f, 0) for f in NAMES)), vertices)
    theory = Theory(
        tuple(map(Field, NAMES)),
        tuple(Propagator(*(pair[::-1] if flipped else pair)) for pair in propagators),
        build(vertices, propagators).vertices,
    )
    try:
        found = checked(theory, external, order, by="vertices", connected=False, vacuum_bubbles=True)
    except TheoryError:
        assert series.all(external, order) == 0
        return
    assert weights(found) == series.all(external, order)
    connected = checked(theory, external, order, by="vertices")
    assert weights(connected) == series.connected(external, order)
    assert set(connected) == {d for d in found if d.is_connected}
    bare = checked(theory, external, order, by="vertices", connected=False) if external else connected
    assert set(bare) == {d for d in found if (not d.has_vacuum_bubbles if external else d.is_connected)}


def test_weight_is_symmetry_factor_times_couplings():
    theory = Theory.scalar({3: G, 4: LAMBDA})
    assert {d.weight for d in checked(theory, (), 2)} == {G**2 / 8, G**2 / 12, LAMBDA / 8}


def test_phi4_two_point_numbers():
    """1, 3, 10, 39, 174 connected diagrams at one to five loops; a chain of 1PI ones each: C = 1/(1 - P)."""
    connected = [checked(PHI4, ("phi",) * 2, loops) for loops in range(6)]
    assert [len(found) for found in connected] == [1, 1, 3, 10, 39, 174]
    assert sorted(d.symmetry_number for d in connected[2]) == [4, 4, 6]
    irreducible = [0]
    for n in range(1, 6):
        chains = sum(irreducible[k] * len(connected[n - k]) for k in range(1, n))
        irreducible.append(len(connected[n]) - chains)
    for n in range(1, 6):
        found = checked(PHI4, ("phi",) * 2, n, one_particle_irreducible=True)
        assert len(found) == irreducible[n] == [0, 1, 2, 5, 18, 82][n]
        assert set(found) == {d for d in connected[n] if not d.bridges}


@pytest.mark.parametrize(("name", "most"), [("phi4", 5), ("phi6", 3)])
def test_self_energy(name, most):
    """G = 1/(1 - Σ) in zero dimensions, Σ the sum of the 1PI two-point diagrams"""
    moment, vertices, propagators = THEORIES[name]
    theory, series = build(vertices, propagators), Series(moment, vertices)
    exact = [series.connected(("phi",) * 2, n) for n in range(most + 1)]
    sigma = [Fraction(0)]
    for n in range(1, most + 1):
        found = checked(theory, ("phi",) * 2, n, by="vertices", one_particle_irreducible=True)
        sigma.append(weights(found))
        assert exact[n] == sum(sigma[k] * exact[n - k] for k in range(1, n + 1))


@pytest.mark.parametrize(("name", "most"), [("phi3", 4), ("phi3+phi4", 3)])
def test_effective_action(name, most):
    """φ = W'(j) solves φ = j + F'(φ), F = Σ_n φ^n/n! (sum of the 1PI n-point diagrams): Legendre transform"""
    moment, vertices, propagators = THEORIES[name]
    theory, series = build(vertices, propagators), Series(moment, vertices)
    sources = 2  # powers of j, beside `most` vertices

    def times(one, two):
        out = Counter()
        for ((a, b), c), ((x, y), z) in product(one.items(), two.items()):
            if a + x <= sources and b + y <= most:
                out[a + x, b + y] += c * z
        return out

    powers = list(product(range(sources + 1), range(most + 1)))
    field = {(n, k): series.connected(("phi",) * (n + 1), k) / factorial(n) for n, k in powers}
    result, power = Counter({(1, 0): Fraction(1)}), {(0, 0): Fraction(1)}
    for n in range(sources + most):  # φ = O(j) + O(g): higher powers are out of reach
        for k in range(1, most - max(0, n - sources) + 1):
            found = checked(theory, ("phi",) * (n + 1), k, by="vertices", one_particle_irreducible=True)
            result.update(times({(0, k): weights(found) / factorial(n)}, power))
        power = times(power, field)
    assert [result[p] for p in powers] == [field[p] for p in powers]


@pytest.mark.parametrize(
    ("theory", "points", "order", "number"),
    [
        (PHI4, 0, 5, 28),
        (PHI4, 0, 6, 97),
        (PHI4, 0, 7, 359),
        (PHI4, 2, 5, 174),
        (PHI4, 4, 4, 255),
        (PHI4, 4, 5, 1592),
        (PHI3, 0, 8, 71),
        (PHI3, 0, 10, 388),
        (PHI6, 0, 5, 291),
    ],
)
def test_numbers_of_connected_diagrams(theory, points, order, number):
    assert len(checked(theory, ("phi",) * points, order, by="vertices")) == number


def test_no_tadpoles():
    """Two-point φ⁴ without self-loops: the sunset at two loops; φ³: the bubble at one loop."""
    assert [len(checked(PHI4, ("phi",) * 2, n, tadpoles=False)) for n in (1, 2)] == [0, 1]
    assert [d.symmetry_number for d in checked(PHI3, ("phi",) * 2, 1, tadpoles=False)] == [2]
    assert sorted(d.symmetry_number for d in checked(PHI3, ("phi",) * 2, 1)) == [2, 2]


def test_a_vacuum_bubble_is_no_tadpole():
    """A chain of two one-loop bubbles next to a vacuum diagram of two vertices: nothing hangs on a line."""
    chain_of_two = [(0, 2), (1, 5), (2, 3), (2, 3), (3, 4), (4, 5), (4, 5)]
    theta = [(6, 7)] * 3
    edges = tuple((i, j, 0) for i, j in chain_of_two + theta)
    assert not Diagram(PHI3, ("phi", "phi"), (0,) * 6, edges, 48).has_tadpoles


def test_many_fields():
    """Eleven fields, two in use, the first and the last: ⟨x^a y^b⟩ = (a-1)!! (b-1)!!"""
    names = [f"f{k:02}" for k in range(11)]
    x, y = names[0], names[10]
    theory = Theory(
        tuple(map(Field, names)),
        tuple(Propagator(f, f) for f in names),
        (Vertex("yx3", {x: 3, y: 1}, 1, {"vertices": 1}), Vertex("x3", {x: 3}, 1, {"vertices": 1})),
    )
    vertices = [({"x": 3, "y": 1}, Fraction(1)), ({"x": 3}, Fraction(1))]
    series = Series(
        lambda p: scalar_moment({"phi": p.get("x", 0)}) * scalar_moment({"phi": p.get("y", 0)}), vertices
    )
    for order in range(1, 5):
        found = checked(theory, (), order, by="vertices", connected=False, vacuum_bubbles=True)
        assert weights(found) == series.all((), order)


def vector_polynomial(diagram: Diagram) -> list[int]:
    """Σ over the three pairings of the legs at every vertex of N^{closed index loops}, by powers of N."""
    outer, legs = len(diagram.external), {}
    for k, (i, j, _) in enumerate(diagram.edges):
        legs.setdefault(i, []).append((k, 0))
        legs.setdefault(j, []).append((k, 1))
    across = {(k, end): (k, 1 - end) for k in range(len(diagram.edges)) for end in (0, 1)}
    powers = [0] * (2 * len(diagram.edges) + 1)
    for choice in product(range(3), repeat=len(diagram.vertices)):
        turn = {}
        for v, c in enumerate(choice, start=outer):
            a, *others = legs[v]
            b = others.pop(c)
            for p, q in ((a, b), others):
                turn[p], turn[q] = q, p
        unseen = set(across)
        for start in [legs[i][0] for i in range(outer)]:  # open lines first: they are no loops
            while start in unseen:
                unseen -= {start, across[start]}
                start = turn.get(across[start], across[start])
        loops = 0
        while unseen:
            start, loops = next(iter(unseen)), loops + 1
            while start in unseen:
                unseen -= {start, across[start]}
                start = turn[across[start]]
        powers[loops] += 1
    return powers


@pytest.mark.parametrize(("points", "most"), [(0, 4), (2, 4)])
def test_vector_model(points, most):
    """-S_int = g (φ·φ)²/8; ⟨(φ·φ)^m⟩ = N (N+2) ... (N+2m-2), ⟨φ_a φ_b (φ·φ)^m⟩ = δ_ab (N+2) ... (N+2m)

    N → 0 leaves one walk that meets itself n times: (2n-1)!! ways to pair its visits.
    """
    n = sympy.Symbol("N")
    for order in range(1, most + 1):
        found = checked(PHI4, ("phi",) * points, order, by="vertices", connected=False, vacuum_bubbles=True)
        total = sum(
            sympy.Rational(c, d.symmetry_number) * n**k
            for d in found
            for k, c in enumerate(vector_polynomial(d))
            if c
        )
        first = 1 if points else 0
        moment = prod(n + 2 * k for k in range(first, 2 * order + first))
        exact = sympy.expand(moment / (sympy.Integer(8) ** order * factorial(order)))
        assert sympy.expand(total - exact) == 0
        for value in (1, 2, 3):
            assert total.subs(n, value) == exact.subs(n, value)
        assert total.subs(n, 0) == (double_factorial(2 * order - 1) if points else 0)


def test_equal_diagrams_are_equal_objects():
    """Two ways to ask for the same diagrams give the same objects."""
    by_loops = set(generate(PHI4, ("phi",) * 2, 3))
    assert by_loops == set(generate(PHI4, ("phi",) * 2, 3, by="vertices"))
    everything = set(generate(PHI4, ("phi",) * 2, 3, by="vertices", connected=False, vacuum_bubbles=True))
    assert by_loops == {d for d in everything if d.is_connected}


def test_order_by_a_small_parameter():
    """φ³ of order 1 and φ⁴ of order 2 in e: e² is two cubic vertices or a quartic one, the one-loop term."""
    theory = Theory(
        (Field("phi"),),
        (Propagator("phi", "phi"),),
        (Vertex("cubic", {"phi": 3}, G, {"e": 1}), Vertex("quartic", {"phi": 4}, LAMBDA, {"e": 2})),
    )
    by_parameter = checked(theory, ("phi",) * 2, 2, by="e")
    assert set(by_parameter) == set(checked(theory, ("phi",) * 2, 1))
    assert len(by_parameter) == 3


@pytest.mark.parametrize(
    ("external", "order", "by"),
    [
        ((), 0, "loops"),
        (("phi",) * 6, 0, "vertices"),
        (("phi",) * 6, 1, "vertices"),
        (("phi",) * 4, 0, "vertices"),
    ],
)
def test_an_order_without_diagrams_is_empty(external, order, by):
    assert list(generate(PHI4, external, order, by=by)) == []


def test_no_diagram_without_propagator_or_charge():
    # eq: selection-rule
    silent = Theory((Field("phi"),), (), (Vertex("v", {"phi": 4}, 1),))
    assert list(generate(silent, (), 2, by="vertices")) == []
    yukawa = build(*THEORIES["yukawa"][1:])
    assert list(generate(yukawa, ("psi", "psi"), 2, by="vertices")) == []
    assert list(generate(Theory((Field("phi"),), (Propagator("phi", "phi"),), ()), ("phi",) * 2, 0))[
        0
    ].edges == ((0, 1, 0),)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((("chi",), 1), {}, "chi"),
        ((("phi",) * 2, -1), {}, "order.*-1"),
        ((("phi",) * 2, 1.0), {}, r"order.*1\.0"),
        ((("phi",) * 2, True), {}, "order.*True"),
        ((("phi",) * 2, 1), {"by": "chords"}, "by.*'chords'"),
        ((("phi",) * 2, 1), {"connected": False}, "connected=True"),
    ],
)
def test_questions_without_sense(arguments, options, message):
    with pytest.raises(TheoryError, match=message):
        list(generate(PHI4, *arguments, **options))


def test_vertices_that_do_not_raise_the_order():
    mass = Theory.scalar({2: G, 4: G})
    with pytest.raises(TheoryError, match="'phi2'.*loops"):
        list(generate(mass, ("phi",) * 2, 1))
    assert sorted(d.symmetry_number for d in checked(mass, ("phi",) * 2, 1, by="vertices")) == [1, 2]
    source = Theory.scalar({1: G, 4: G})
    with pytest.raises(TheoryError, match="'phi1'.*loops"):
        list(generate(source, ("phi",), 1))


def test_too_many_legs():
    with pytest.raises(
        TheoryError, match=r"vertex 'phi16': legs of 'phi' must be at most 15 \(got 16\): give"
    ):
        list(generate(Theory.scalar({16: G}), (), 1, by="vertices"))
    names = [f"f{k}" for k in range(16)]
    many = Theory([Field(name) for name in names], [Propagator(name, name) for name in names[:2]], ())
    with pytest.raises(TheoryError, match=r"fields must be at most 15 \(got 16\): leave out"):
        list(generate(many, ("f0", "f0"), 0))
    pairs = [Propagator(a, b) for a in names[:6] for b in names[:6] if a <= b][:16]
    tied = Theory([Field(name) for name in names[:6]], pairs, ())
    with pytest.raises(TheoryError, match=r"propagators must be at most 15 \(got 16\): leave out"):
        list(generate(tied, ("f0", "f0"), 0))


@pytest.mark.parametrize(("legs", "stars"), [(1, 3), (1, 30), (3, 10), (5, 1), (9, 2), (15, 3)])
def test_stars(legs, stars):
    """k stars whose n rays end in points: k! (n!)^k automorphisms, beyond the integers of a machine."""
    theory = Theory(
        (Field("a"), Field("b")),
        (Propagator("a", "b", directed=True),),
        (Vertex("star", {"a": legs}, 1, {"s": 1}), Vertex("point", {"b": 1}, 1, {"s": 0})),
    )
    [found] = generate(theory, (), stars, by="s", connected=False, vacuum_bubbles=True)
    assert found.symmetry_number == factorial(stars) * factorial(legs) ** stars
    assert len(found.components) == stars


@pytest.mark.parametrize("length", [2, 3, 40, 80])
def test_chains_and_rings(length):
    """Of n vertices with two legs: one chain between two points, and one ring, which 2n motions leave."""
    mass = Theory.scalar({2: G})
    [chain_of_all] = generate(mass, ("phi",) * 2, length, by="vertices")
    assert chain_of_all.symmetry_number == 1
    assert len(chain_of_all.components[0]) == length + 2
    [ring] = generate(mass, (), length, by="vertices")
    assert ring.symmetry_number == 2 * length


def test_vertices_come_in_the_order_of_their_types_and_the_same_each_time():
    """The same diagrams in the same order, vertices of later types first, lines sorted."""
    theory = Theory.scalar({3: G, 4: LAMBDA})
    first, second = (list(generate(theory, ("phi",) * 2, 3)) for _ in range(2))
    assert first == second
    for diagram in first:
        assert list(diagram.vertices) == sorted(diagram.vertices, reverse=True)
        assert list(diagram.edges) == sorted(diagram.edges)


@pytest.mark.parametrize(
    ("theory", "points", "order"), [(PHI3, 3, 5), (PHI4, 0, 6), (PHI4, 2, 4), (PHI6, 2, 3)]
)
def test_partial_streams_go_on_where_they_stopped(theory, points, order, monkeypatch):
    """One diagram and one row at a time give what larger chunks give."""
    whole = list(generate(theory, ("phi",) * points, order, by="vertices"))
    monkeypatch.setattr("diagrams.generation.growth_state._CHUNK", 1)
    monkeypatch.setattr("diagrams.generation.growth_state._PATIENCE", 1)
    assert list(generate(theory, ("phi",) * points, order, by="vertices")) == whole
