"""The effective action in zero dimensions: the Legendre transform of integrals that can be done."""

from __future__ import annotations

from itertools import combinations, product
from math import factorial

import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from diagrams import Field, Propagator, Theory, TheoryError, built_in_theory, generate

x, y, m, g, h, v, t = sympy.symbols("x y m g h v t")


def legendre(action, point, size: int) -> float:
    """Γ(v) = N j·v - log Z(j) with ⟨x⟩ = v, Z(j) = ∫ exp(-N (s - j·x)) dx/(2π)^{n/2}, trapezoidal rule."""
    point = np.asarray(point, dtype=float)
    line = np.linspace(-9, 9, 361) / np.sqrt(size)
    grid = np.stack(np.meshgrid(*[line] * len(point), indexing="ij")).reshape(len(point), -1)
    cell = (line[1] - line[0]) ** len(point) / (2 * np.pi) ** (len(point) / 2)
    at, here = action(*(point[:, None] + grid)), action(*point)
    j = np.zeros(len(point))
    for _ in range(60):  # Newton: the slope of ⟨x⟩ is N times the covariance
        exponent = -size * (at - here - j @ grid)
        weight = np.exp(exponent - exponent.max())
        weight, norm = weight / weight.sum(), np.log(weight.sum() * cell) + exponent.max()
        mean = grid @ weight
        if np.abs(mean).max() < 1e-14:
            break
        j = j - np.linalg.solve(size * (grid * weight) @ grid.T, mean)
    return float(size * here - norm)


ACTIONS = {
    "phi3+phi4": (x**2 / 2 + x**3 / 5 + x**4 / 10, [x], [0.4]),
    "phi3+phi4 with two fields": (
        (x**2 + x * y / 2 + y**2) / 2 + x**2 * y / 4 - y**3 / 10 + (x**4 + x**2 * y**2 + y**4) / 12,
        [x, y],
        [0.3, -0.2],
    ),
    "O(2) phi4": ((x**2 + y**2) / 2 + (x**2 + y**2) ** 2 / 6, [x, y], [0.5, 0.0]),
    "cosh": (sympy.cosh(x), [x], [0.7]),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_legendre_transform_of_the_exact_integral(name):
    """Γ - Γ_L ∝ N^{-L}: slopes of the error at 1, 2 and 3 loops within 0.1."""
    action, fields, point = ACTIONS[name]
    number = sympy.Symbol("N")
    background = dict(zip(fields, map(sympy.Rational, map(str, point)), strict=True))
    theory = Theory.from_action(number * action, fields, background=background, degree=6)
    partial = np.cumsum(sympy.Matrix(theory.effective_action(loops=3).contributions))
    function = sympy.lambdify(fields, action, "numpy")
    sizes = [40, 80, 160]
    exact = [legendre(function, point, size) for size in sizes]
    for loops in (1, 2, 3):
        errors = [
            abs(truth - float(partial[loops].subs(number, n))) for truth, n in zip(exact, sizes, strict=True)
        ]
        assert np.polyfit(np.log(sizes), np.log(errors), 1)[0] == pytest.approx(-loops, abs=0.1)


def gaussian_moments(series: sympy.Expr, variance: sympy.Expr) -> sympy.Expr:
    """⟨x^{2n}⟩ = (2n-1)!! C^n, term by term."""
    return sympy.Add(
        *(
            coefficient * sympy.factorial2(power - 1) * variance ** (power // 2)
            for (power,), coefficient in sympy.Poly(series, x).terms()
            if power % 2 == 0
        )
    )


def truncated(series: sympy.Expr, order: int) -> sympy.Expr:
    return sum(sympy.expand(series).coeff(t, k) * t**k for k in range(order + 1))


COUPLING = st.fractions(-2, 2, max_denominator=4)


@settings(max_examples=12)
@given(st.lists(COUPLING, min_size=4, max_size=4), COUPLING)
def test_integral_equation(couplings, point):
    """exp(-Γ/ħ) = ∫ exp(-[S(v+x) - Γ'(v) x]/ħ) dx, exactly in every order up to ħ² (three loops)."""
    action = 40 * x**2 + sum(sympy.Rational(c) * x**k for k, c in enumerate(couplings, start=3))
    theory = Theory.from_action(action, [x], background={x: v})
    _, one, two, three = theory.effective_action(loops=3).contributions
    derivatives = [sympy.diff(action, x, k).subs(x, sympy.Rational(point)) for k in range(7)]
    source = sum(
        t ** (2 * n - 1) * sympy.diff(term, v).subs(v, sympy.Rational(point))
        for n, term in ((1, one), (2, two))
    )
    exponent = source * x - sum(derivatives[k] * t ** (k - 2) * x**k / factorial(k) for k in range(3, 7))
    weight, power = sympy.Integer(1), sympy.Integer(1)
    for n in range(1, 5):
        power = truncated(power * exponent, 4)
        weight += power / factorial(n)
    moments = gaussian_moments(sympy.expand(weight), 1 / derivatives[2])
    logarithm = truncated((moments - 1) - (moments - 1) ** 2 / 2, 4)
    assert logarithm.coeff(t, 2) == -two.subs(v, sympy.Rational(point))
    assert logarithm.coeff(t, 4) == -three.subs(v, sympy.Rational(point))


@pytest.mark.parametrize("components", [1, 2, 3])
def test_two_loops_of_the_symmetric_theory(components):
    """Γ_2 = g/24 [3 H² + 2 (N-1) H G + (N²-1) G²] - g² v² [H³/12 + (N-1) H G²/36]; Ford, Jones 1992."""
    fields = sympy.symbols(f"f1:{components + 1}")
    square = sum(f**2 for f in fields)
    theory = Theory.from_action(m * square / 2 + g * square**2 / 24, fields, background={fields[0]: v})
    tree, one, two = theory.effective_action(loops=2).contributions
    radial, angular = 1 / (m + g * v**2 / 2), 1 / (m + g * v**2 / 6)
    n = components
    expected = g / 24 * (3 * radial**2 + 2 * (n - 1) * radial * angular + (n**2 - 1) * angular**2)
    expected -= g**2 * v**2 * (radial**3 / 12 + (n - 1) * radial * angular**2 / 36)
    assert sympy.simplify(two - expected) == 0
    assert sympy.expand(tree - m * v**2 / 2 - g * v**4 / 24) == 0
    logarithm = (-sympy.log(radial) - (n - 1) * sympy.log(angular)) / 2
    assert sympy.simplify(sympy.diff(one - logarithm, v)) == 0


def test_vertices_with_one_leg_are_dropped():
    """x1 is in the theory, and in no diagram; two at two loops, as Jackiw 1974 has them."""
    theory = Theory.from_action(m * x**2 / 2 + g * x**4 / 24, [x], background={x: v})
    found = theory.effective_action(loops=2)
    assert "x1" in {vertex.name for vertex in theory.vertices}
    assert {vertex.name for vertex in found.theory.vertices} == {"x3", "x4"}
    assert sorted(d.symmetry_number for d in found.diagrams) == [8, 12]
    assert all(d.is_one_particle_irreducible for d in theory.effective_action(loops=3).diagrams)


def test_at_zero_and_one_loop_nothing_is_missing():
    """Γ_0 = S, Γ_1 = ½ log det S''"""
    theory = Theory.from_action(m * x**2 / 2 + g * x**4 / 24, [x])
    assert theory.effective_action(loops=0).value == 0
    assert theory.effective_action().value == sympy.log(m) / 2
    assert repr(theory.effective_action()) == "EffectiveAction(1 loop, 0 diagrams)"
    assert "1/2 log det" in str(theory.effective_action())


def test_counterterms_count_for_their_loops():
    """The counterterm δx²/2 in one loop is of two loops: ½ log(m - δ ħ) = ½ log m - ħ δ/(2m) + ..."""
    theory = Theory.from_action(m * x**2 / 2 + g * x**4 / 24, [x]).with_counterterms({2: h})
    found = theory.effective_action(loops=3).contributions
    bare = Theory.from_action((m - h * t) * x**2 / 2 + g * t * x**4 / 24, [x]).effective_action(loops=3)
    series = sympy.series(
        bare.contributions[1] + bare.contributions[2] + bare.contributions[3], t, 0, 3
    ).removeO()
    assert sympy.expand(found[2] - series.coeff(t, 1)) == 0
    assert sympy.expand(found[3] - series.coeff(t, 2)) == 0


def test_formula_without_values():
    """Γ = S + ½ tr log C⁻¹ + g/8 ∫ C²; fields that mix have their matrix, a response theory tr log R⁻¹."""
    found = built_in_theory("phi4").effective_action(loops=2)
    assert found.latex().startswith(
        r"S(\bar{\phi}) + \frac{1}{2} \operatorname{tr} \log C^{-1} + \frac{g}{8}"
    )
    fields = (Field("u", "u"), Field("w", "w"))
    lines = (Propagator("u", "u"), Propagator("u", "w"), Propagator("w", "w", "D"))
    matrix = r"\left(\begin{array}{cc} C & R \\ R^{\mathsf{T}} & D \end{array}\right)^{-1}"
    mixed = Theory(fields, lines, ()).effective_action().latex()
    assert mixed.endswith(r"+ \frac{1}{2} \operatorname{tr} \log " + matrix)
    both = Theory(fields, (Propagator("u", "u"), Propagator("u", "w", directed=True)), ())
    assert both.effective_action().latex().endswith(r"+ \operatorname{tr} \log R^{-1}")
    majorana = Theory((Field("c", "c", "grassmann"),), (Propagator("c", "c"),), ()).effective_action()
    assert majorana.latex().endswith(r"- \frac{1}{2} \operatorname{tr} \log C^{-1}")
    with pytest.raises(TheoryError, match=r"propagator <phi phi> must have a value \(got None\)"):
        _ = found.value


def test_complex_and_grassmann_pairs():
    """∫ exp(-ψ̄ M ψ): 1/det M for complex numbers, det M for Grassmann numbers; M a matrix."""
    matrix = sympy.Matrix([[m, g], [h, 3]])
    inverse = matrix.inv()
    for statistics, sign in (("commuting", 1), ("grassmann", -1)):
        fields = [Field(name, name, statistics) for name in ("a", "abar", "b", "bbar")]
        lines = [
            Propagator(("a", "b")[i], ("abar", "bbar")[j], f"S{i}{j}", directed=True, value=inverse[i, j])
            for i in (0, 1)
            for j in (0, 1)
        ]
        found = Theory(fields, lines, ()).effective_action().value
        assert sympy.simplify(sympy.exp(sign * found) - matrix.det()) == 0
    majorana = Theory((Field("c", "c", "grassmann"),), (Propagator("c", "c"),), ())
    with pytest.raises(TheoryError, match=r"propagator <c c> must have a value \(got None\)"):
        _ = majorana.effective_action().value
    single = Theory((Field("c", "c", "grassmann"),), (Propagator("c", "c", value=0),), ())
    with pytest.raises(TheoryError, match="propagators of c must have an inverse"):
        _ = single.effective_action().value


def test_complex_and_response_fields_are_real():
    """∫ d²z/π exp(-m|z|²) = 1/m; ∫ dφ dφ̂/2π exp(-iφ̂mφ - hφ̂²/2) = 1/m; both Γ = log m, no iπ."""
    m, h = sympy.symbols("m h", positive=True)
    z, bar = sympy.symbols("z bar")
    assert Theory.from_action(m * z * bar, [z, bar]).effective_action().value == sympy.log(m)
    phi, hat = sympy.symbols("phi hat", real=True)
    inner = sympy.integrate(sympy.exp(-sympy.I * hat * m * phi - h * hat**2 / 2), (hat, -sympy.oo, sympy.oo))
    whole = sympy.simplify(sympy.integrate(inner, (phi, -sympy.oo, sympy.oo)) / (2 * sympy.pi))
    lines = (
        Propagator("phi", "phi", value=h / m**2),
        Propagator("phi", "phi~", directed=True, value=1 / m),
    )
    found = Theory((Field("phi"), Field("phi~")), lines, ()).effective_action().value
    assert sympy.simplify(found + sympy.log(whole)) == 0


@given(st.lists(st.integers(-3, 3), min_size=6, max_size=6))
def test_pfaffian_squared_is_the_determinant(values):
    """exp(-2 Γ_1) = det A = det C⁻¹ for four Grassmann numbers with all covariances."""
    matrix = sympy.zeros(4)
    for (i, j), value in zip(combinations(range(4), 2), values, strict=True):
        matrix[i, j], matrix[j, i] = value, -value
    assume(matrix.det() != 0)
    fields = [Field(f"e{i}", statistics="grassmann") for i in range(4)]
    lines = [Propagator(f"e{i}", f"e{j}", value=matrix[i, j]) for i, j in combinations(range(4), 2)]
    found = Theory(fields, lines, ()).effective_action().value
    assert sympy.simplify(sympy.exp(-2 * found) - 1 / matrix.det()) == 0


def test_direction_of_a_propagator_is_no_matter():
    """-log m, whether <ψψ̄> = 1/m is given or <ψ̄ψ> = -1/m."""
    fields = [Field(name, statistics="grassmann") for name in ("psi", "bar")]
    for line in (Propagator("psi", "bar", value=1 / m), Propagator("bar", "psi", value=-1 / m)):
        assert Theory(fields, (line,), ()).effective_action().value == -sympy.log(m)


def test_the_generator_points_here():
    """With a source there is no expansion in loops, but an effective action."""
    theory = Theory.from_action(m * x**2 / 2 + g * x**4 / 24, [x], background={x: v})
    with pytest.raises(TheoryError, match="'x1' does not raise the order in loops.*effective_action"):
        generate(theory, (), 2)
    assert theory.effective_action(loops=2).diagrams


def test_refusals():
    for loops in (-1, True, 1.5, "2"):
        with pytest.raises(TheoryError, match="loops must be an integer >= 0"):
            built_in_theory("phi4").effective_action(loops)
    with pytest.raises(TheoryError, match=r"degree must be at least 6 for 3 loops \(got 4\)"):
        Theory.from_action(sympy.cosh(x), [x], degree=4).effective_action(loops=3)
    with pytest.raises(TheoryError, match=r"degree must be at least 6 for 3 loops \(got 5\)"):
        Theory.from_action(x**2 + x**6, [x], degree=5).effective_action(loops=3)
    with pytest.raises(TheoryError, match="vertex 'x2_g1' must be a part of the propagators"):
        Theory.from_action(x**2 + g * x**2, [x], small=[g]).effective_action()
    with pytest.raises(TheoryError, match="propagators of u must have an inverse"):
        _ = Theory((Field("u"),), (Propagator("u", "u", value=0),), ()).effective_action().value
    assert Theory.from_action(x**2 + x**4, [x], degree=4).effective_action(loops=3).diagrams


def test_every_pair_of_signs_of_two_backgrounds():
    """Γ of an even action is even."""
    action = x**2 / 2 + y**2 / 3 + (x**4 + x**2 * y**2 + y**4) / 24
    values = {
        Theory.from_action(action, [x, y], background={x: a, y: b}).effective_action(loops=3).value
        for a, b in product((1, -1), (2, -2))
    }
    assert len({sympy.nsimplify(value) for value in values}) == 1
