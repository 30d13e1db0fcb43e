"""Two-particle irreducible diagrams and skeletons: the 2PI effective action, full propagators put back."""

from functools import cache
from itertools import combinations
from math import prod

import pytest
import sympy
from sympy.polys.rings import ring

from diagrams import Diagram, Expansion, Propagator, Theory, generate

g, h = sympy.symbols("g h")
ONE = Propagator("phi", "phi", value=sympy.Integer(1))
R, X, G, H = ring("x g h", sympy.QQ)


def scalar(couplings: dict[int, sympy.Expr]) -> Theory:
    """Zero dimensions, <phi phi> = 1."""
    plain = Theory.scalar(couplings)
    return Theory(plain.fields, (ONE,), plain.vertices)


PHI4, MIXED = scalar({4: -g}), scalar({3: -h, 4: -g})


def loops(theory: Theory, points: int, order: int) -> Expansion:
    return Expansion.of(generate(theory, ("phi",) * points, order))


# --- the 2PI effective action of one number, by a Legendre transform of its moment series


def product(a: list, b: list) -> list:
    """Of two series in ε, cut off where the longer one ends."""
    return [sum((a[i] * b[n - i] for i in range(n + 1)), R(0)) for n in range(len(a))]


def mean(series: list) -> list:
    """⟨x^{2m}⟩ = (2m-1)!! under the unit Gaussian."""
    found = []
    for poly in series:
        total = R(0)
        for (n, a, b), coefficient in poly.terms():
            if n % 2 == 0:
                total += coefficient * prod(range(n - 1, 0, -2)) * G**a * H**b
        found.append(total)
    return found


def logarithm(series: list) -> list:
    """n z_n = Σ k w_k z_{n-k}, z_0 = 1"""
    found = [R(0)]
    for n in range(1, len(series)):
        total = series[n] * n - sum((found[k] * series[n - k] * k for k in range(1, n)), R(0))
        found.append(total.quo_ground(sympy.QQ(n)))
    return found


@cache
def effective_action(loops: int) -> tuple:
    """Γ_2 by powers of ε, ε^{2(L-1)} for L loops, at ⟨x⟩ = 0 and ⟨x²⟩ = G = 1.

    Γ_2 = W(M, J) + M/2 - 1/2 with W = log ∫ dx exp(-M x²/2 + J x - ε h x³/3! - ε² g x⁴/4!) / √(2π), where
    M and J are such that ⟨x⟩ = 0, ⟨x²⟩ = 1 (Cornwall, Jackiw, Tomboulis 1974).
    """
    size = 2 * (loops - 1) + 1
    action = [R(0)] * size  # of exp(...) relative to exp(-x²/2)
    action[1] -= H * X**3 / 6
    action[2] -= G * X**4 / 24
    mass = [R(0)] * size
    for order in range(1, size + 1):
        term, exponential = [R(1)] + [R(0)] * (size - 1), [R(1)] + [R(0)] * (size - 1)
        for n in range(1, size):
            term = [t.quo_ground(sympy.QQ(n)) for t in product(term, action)]
            exponential = [a + b for a, b in zip(exponential, term, strict=True)]
        moments = [mean([p * X**k for p in exponential]) for k in range(3)]
        if order == size:
            break
        # the orders below are right: what is left over at this one fixes J and M there
        first, second = moments[1][order], moments[2][order] - moments[0][order]
        action[order] -= first * X + second * X**2 / 2
        mass[order] += second
    assert not any(moments[1])
    assert moments[2] == moments[0]
    w = logarithm(moments[0])
    return tuple(a + b / 2 for a, b in zip(w, mass, strict=True))


@pytest.mark.parametrize("order", [2, 3, 4, 5, 6])
def test_phi4_vacuum_diagrams_are_the_2pi_effective_action(order: int) -> None:
    """Γ_2 = Σ over 2PI vacuum diagrams: -g/8, g²/48, -g³/48, ..."""
    found = sympy.expand(loops(PHI4, 0, order).two_particle_irreducible().value)
    expected = effective_action(order)[2 * (order - 1)].as_expr().subs(h, 0)
    assert sympy.expand(found - expected) == 0
    known = {2: -g / 8, 3: g**2 / 48, 4: -(g**3) / 48}
    assert found == known.get(order, found)


@pytest.mark.parametrize("order", [2, 3, 4, 5])
def test_mixed_vacuum_diagrams_are_the_2pi_effective_action(order: int) -> None:
    found = sympy.expand(loops(MIXED, 0, order).two_particle_irreducible().value)
    assert sympy.expand(found - effective_action(order)[2 * (order - 1)].as_expr()) == 0


def test_numbers_of_phi4_vacuum_diagrams() -> None:
    """Figure eight, basketball, one of four loops, two of five."""
    numbers = [len(loops(PHI4, 0, n).two_particle_irreducible()) for n in range(2, 6)]
    assert numbers == [1, 1, 1, 2]


# --- the same by cutting, written down once more


def parts(diagram: Diagram, cut: tuple[int, ...]) -> list[set[int]]:
    """Node sets that hang together when these edges are gone."""
    left = set(range(diagram.nodes))
    found = []
    while left:
        part, new = set(), {min(left)}
        while new:
            part |= new
            new = {
                b
                for k, (i, j, _) in enumerate(diagram.edges)
                for a, b in ((i, j), (j, i))
                if k not in cut and a in part and b not in part
            }
        found.append(part)
        left -= part
    return found


def all_cuts(diagram: Diagram, edges: list[int]) -> list[list[set[int]]]:
    return [parts(diagram, cut) for n in range(3) for cut in combinations(edges, n)]


def test_cuts() -> None:
    for theory, points, order in ((MIXED, 0, 4), (MIXED, 2, 2), (PHI4, 4, 2), (MIXED, 3, 1), (PHI4, 2, 3)):
        for diagram in loops(theory, points, order):
            outer = set(range(points))
            inner = [k for k, (i, j, _) in enumerate(diagram.edges) if min(i, j) >= points]
            together = all(len(found) == 1 for found in all_cuts(diagram, inner))
            assert diagram.is_two_particle_irreducible == together
            every = list(range(len(diagram.edges)))
            plain, amputated = (
                all(len(f) == 1 or all(part & outer for part in f) for f in all_cuts(diagram, lines))
                for lines in (every, inner)
            )
            assert diagram.is_skeleton == plain
            assert points == 0 or diagram.amputate().is_skeleton == amputated


def test_skeletons_of_the_two_point_function() -> None:
    """Not amputated, only the bare line; vacuum skeletons are the 2PI diagrams."""
    assert len(loops(PHI4, 2, 0).skeletons()) == 1
    assert all(len(loops(MIXED, 2, n).skeletons()) == 0 for n in (1, 2))
    assert loops(MIXED, 0, 4).skeletons() == loops(MIXED, 0, 4).two_particle_irreducible()


@pytest.mark.parametrize(("theory", "highest"), [(PHI4, 5), (scalar({3: -h}), 3)])
def test_skeletons_with_full_propagators(theory: Theory, highest: int) -> None:
    """Σ[G] by skeletons and G = 1/(1 - Σ) give the sum of all connected two-point diagrams (⟨φ⟩ = 0)."""
    t = sympy.Symbol("t")
    full = [
        sympy.expand(Expansion.of(generate(theory, ("phi", "phi"), n, tadpoles=theory is PHI4)).value)
        for n in range(highest + 1)
    ]
    skeletons = [
        Expansion.of(generate(theory, ("phi", "phi"), n, tadpoles=theory is PHI4)).self_energy().skeletons()
        for n in range(highest + 1)
    ]
    green = sum(value * t**n for n, value in enumerate(full))
    sigma = sum(
        t**n * diagram.value * green ** len(diagram.lines)
        for n, expansion in enumerate(skeletons)
        for diagram in expansion
    )
    rest = sympy.expand(green - 1 - sigma * green)
    assert all(rest.coeff(t, n) == 0 for n in range(highest + 1))


def test_numbers_of_skeleton_self_energies() -> None:
    """φ⁴: tadpole; sunset; one of three loops: the lines of 2PI vacuum diagrams opened."""
    assert [len(loops(PHI4, 2, n).self_energy().skeletons()) for n in range(1, 4)] == [1, 1, 1]
