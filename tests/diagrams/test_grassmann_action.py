"""Actions with anticommuting fields, and their effective action: against integrals that can be done."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, permutations

import numpy as np
import pytest
import sympy
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from diagrams import Field, Theory, TheoryError, Vertex, generate
from tests.diagrams.grassmann_integral import expectation, inverse, product
from tests.diagrams.test_effective_action_loops import legendre

x, m, g, h, v = sympy.symbols("x m g h v", positive=True)
ETA = sympy.symbols("e0:4", commutative=False)
FIELDS = [Field(str(each), statistics="grassmann") for each in ETA]
SMALL = st.integers(-3, 3)


def grassmann(*names: str) -> list[Field]:
    return [Field(name, statistics="grassmann") for name in names]


@st.composite
def actions(draw):
    """(action, A, terms of -S): ½ηAη + x²/2 + g × monomials, all with their factors in any order."""
    matrix = [[Fraction(0)] * 4 for _ in range(4)]
    action, terms = x**2 / 2, []
    for i, j in combinations(range(4), 2):
        value = draw(SMALL)
        matrix[i][j], matrix[j][i] = Fraction(value), Fraction(-value)
        action += draw(st.sampled_from([value * ETA[i] * ETA[j], -value * ETA[j] * ETA[i]]))
    assume(matrix[0][1] * matrix[2][3] - matrix[0][2] * matrix[1][3] + matrix[0][3] * matrix[1][2] != 0)
    for _ in range(draw(st.integers(1, 3))):
        legs = draw(st.sampled_from([p for n in (0, 2, 4) for p in permutations(range(4), n)]))
        real = draw(st.integers(0 if legs else 3, 3 if len(legs) < 4 else 1))
        value = draw(SMALL.filter(bool))
        action += g * value * sympy.Mul(*(ETA[k] for k in legs)) * x**real
        terms.append(product(legs, (0,) * real, Fraction(-value), 1))
    return action, matrix, terms


@settings(max_examples=40, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(actions(), st.lists(st.sampled_from(range(5)), max_size=3), st.integers(1, 2))
def test_diagrams_of_an_action_are_its_integral(found, outer, order):
    """Σ diagrams at g^n = ∫ outer exp(-S) dη dx at g^n, the factors of S in any order."""
    action, matrix, terms = found
    assume(sum(k < 4 for k in outer) % 2 == 0)
    theory = Theory.from_action(action, [x, *FIELDS], small=[g])
    names = [f"e{k}" if k < 4 else "x" for k in outer]
    total = (
        sympy.Add(
            *(d.value for d in generate(theory, names, order, by="g", connected=False, vacuum_bubbles=True))
        )
        if theory.vertices
        else sympy.Integer(0)
    )
    element = product([k for k in outer if k < 4], [0 for k in outer if k == 4], Fraction(1))
    expected = expectation(element, inverse(matrix), [[1]], terms, order)[order] if element else Fraction(0)
    assert sympy.expand(total - sympy.Rational(expected.numerator, expected.denominator) * g**order) == 0


def test_yukawa_from_its_action():
    """S = ψ̄(m + g x)ψ + x²/2 at x = v: ⟨ψψ̄⟩ = 1/(m + g v), the vertex -g ψ̄ψx, one loop - log(m + g v)."""
    bar, psi = sympy.symbols("bar psi", commutative=False)
    for coupling in (bar * (m + g * x) * psi, -psi * (m + g * x) * bar):
        theory = Theory.from_action(x**2 / 2 + coupling, [x, *grassmann("bar", "psi")], background={x: v})
        line = theory.propagators[1]
        assert (line.first, line.second, line.directed) == ("psi", "bar", True)
        assert sympy.simplify(line.value - 1 / (m + g * v)) == 0
        assert [(list(w.legs), w.coupling) for w in theory.vertices if w.degree > 1] == [
            (["x", "bar", "psi"], -g)
        ]
        assert sympy.simplify(theory.effective_action(1).contributions[1] + sympy.log(m + g * v)) == 0


def quartic(number: int, pfaffian, coupling: float):
    """The action of x after ∫ dη exp(-N (½ηA(x)η + λ η₀η₁η₂η₃)) = N² Pf A - N λ, without 2 log N."""
    return lambda at: at**2 / 2 + at**4 / 10 - np.log(pfaffian(at) - coupling / number) / number


PFAFFIANS = {
    "two pairs": ({(0, 1): 2 + x / 2, (2, 3): 1 - x / 3, (0, 3): x / 4, (1, 2): sympy.Rational(1, 5)}, 0.2),
    "four of a kind": (
        {(0, 1): 2 + x / 2, (2, 3): 1 - x / 3, (0, 2): x / 4, (1, 3): 1, (0, 3): x**2 / 9, (1, 2): x / 2 - 1},
        -0.3,
    ),
}


@pytest.mark.parametrize("name", PFAFFIANS)
def test_legendre_transform_with_grassmann_fields(name):
    """Γ - Γ_L ∝ N^{-L} at 1, 2, 3 loops: the Legendre transform of ∫ dx dη exp(-N S + N j x), within 0.1."""
    entries, coupling = PFAFFIANS[name]
    number = sympy.Symbol("N", positive=True)
    quadratic = sympy.Add(*(value * ETA[i] * ETA[j] for (i, j), value in entries.items()))
    quartic_term = sympy.Rational(str(coupling)) * ETA[0] * ETA[1] * ETA[2] * ETA[3]
    action = number * (x**2 / 2 + x**4 / 10 + quadratic + quartic_term)
    theory = Theory.from_action(action, [x, *FIELDS], background={x: sympy.Rational(1, 10)})
    partial = np.cumsum(sympy.Matrix(theory.effective_action(loops=3).contributions))
    get = {pair: entries.get(pair, sympy.Integer(0)) for pair in combinations(range(4), 2)}
    pfaffian = sympy.lambdify(
        x, get[0, 1] * get[2, 3] - get[0, 2] * get[1, 3] + get[0, 3] * get[1, 2], "numpy"
    )
    sizes = [320, 640]
    exact = [legendre(quartic(size, pfaffian, coupling), [0.1], size) - 2 * np.log(size) for size in sizes]
    for loops in (1, 2, 3):
        errors = [abs(float(partial[loops].subs(number, s)) - e) for s, e in zip(sizes, exact, strict=True)]
        slopes = np.diff(np.log(errors)) / np.diff(np.log(sizes))
        assert slopes == pytest.approx(-loops, abs=0.1)


def test_actions_that_make_no_sense():
    """Odd terms, functions, commuting symbols, values that are no zero."""
    bar, psi = sympy.symbols("bar psi", commutative=False)
    both = grassmann("bar", "psi")
    quiet = sympy.Symbol("psi")
    for action, fields, options, message in (
        (x**2 + psi, [x, *both], {}, r"even number of Grassmann fields in each term \(got psi\)"),
        (x**2 + sympy.exp(bar * psi), [x, *both], {}, "polynomial in its Grassmann fields"),
        (x**2 + bar * psi, [x, both[0]], {}, r"all else must commute \(got psi\)"),
        (x**2 + bar * psi**-1, [x, *both], {}, r"got psi\*\*\(-1\)"),
        (x**2 + bar * psi, [x, bar, both[1]], {}, 'give Field\\("bar", statistics="grassmann"\\)'),
        (x**2 + bar * quiet, [x, *both], {}, "symbol of the Grassmann field 'psi' must not commute"),
        (x**2 + bar * psi, [x, *both], {"background": {psi: 1}}, "Grassmann field psi must be 0"),
        (x**2 + (bar * psi) ** 2, [x, *both], {}, "quadratic part that can be inverted"),
    ):
        with pytest.raises(TheoryError, match=message):
            Theory.from_action(action, fields, **options)
    assert Theory.from_action(bar * psi, both, background={psi: 0}).background == {"bar": 0, "psi": 0}


def test_only_grassmann_fields():
    """∫ exp(-m₀ψ̄₀ψ₀ - m₁ψ̄₁ψ₁ + g ψ̄₀ψ₀ψ̄₁ψ₁) = m₀m₁ + g: log = log m₀m₁ + g/(m₀m₁) - ..."""
    bar0, psi0, bar1, psi1 = ETA
    action = m * bar0 * psi0 + h * bar1 * psi1 - g * bar0 * psi0 * bar1 * psi1
    theory = Theory.from_action(action, FIELDS)
    assert theory.vertices == (Vertex("e01_e11_e21_e31", {str(e): 1 for e in ETA}, g, {"vertices": 1}),)
    series = sympy.series(sympy.log(1 + g / (m * h)), g, 0, 4).removeO()
    total = sum(d.value for order in (1, 2, 3) for d in generate(theory, (), order, by="vertices"))
    assert sympy.expand(total - series) == 0


@pytest.mark.parametrize("degree", [4, 3, None])
def test_degree(degree):
    """The highest derivative, Grassmann fields included; needed if their coefficients are no polynomials."""
    bar, psi = sympy.symbols("bar psi", commutative=False)
    action, fields = x**2 / 2 + bar * sympy.cosh(x) * psi, [x, *grassmann("bar", "psi")]
    if degree is None:
        with pytest.raises(TheoryError, match="degree must be given"):
            Theory.from_action(action, fields)
        return
    theory = Theory.from_action(action, fields, degree=degree)
    assert [w.degree for w in theory.vertices] == ([4] if degree == 4 else [])
    assert theory.degree == degree
