"""Theories from actions: their diagrams add up to the integrals of the weight."""

from math import factorial

import mpmath
import pytest
import sympy

from diagrams import Field, Propagator, Theory, TheoryError, Vertex, generate

x, y, a, b, g, h, eps = sympy.symbols("x y a b g h epsilon")


def total(found: Theory, external: tuple[str, ...], order: int, **options: object) -> sympy.Expr:
    return sympy.Add(*(d.value for d in generate(found, external, order, **options)))


def covariance(found: Theory) -> dict[tuple[str, str], sympy.Expr]:
    return {(p.first, p.second): p.value for p in found.propagators}


def test_polynomial_of_one_field() -> None:
    """S = a x²/2 + h x³/3! + g x⁴/4!: C = 1/a, couplings -h and -g."""
    found = Theory.from_action(a * x**2 / 2 + h * x**3 / 6 + g * x**4 / 24, [x])
    assert covariance(found) == {("x", "x"): 1 / a}
    assert {v.name: v.coupling for v in found.vertices} == {"x3": -h, "x4": -g}
    assert found.propagators == (Propagator("x", "x", "C", value=1 / a),)
    assert found.constant == 0
    assert found.background == {"x": 0}


def test_diagrams_are_the_moment_series() -> None:
    """∫ exp(-a x²/2 - g x⁴/4!), order g^n: (-g/4!)^n/n! (4n-1)!!/a^{2n}, log to n = 3.

    Equation: action
    """
    found = Theory.from_action(a * x**2 / 2 + g * x**4 / 24, [x])
    series = sum(
        (-g / 24) ** n / factorial(n) * sympy.factorial2(4 * n - 1) / a ** (2 * n) for n in range(1, 4)
    )
    logarithm = sympy.expand(series - series**2 / 2 + series**3 / 3)
    for order in (1, 2, 3):
        assert sympy.expand(total(found, (), order, by="vertices")) == logarithm.coeff(g, order) * g**order


def test_two_fields_with_mixing() -> None:
    """C = (S_ij)^{-1}, and ⟨xy⟩ to first order of S_3 = h x²y/2 vanishes while ⟨x⟩ does not."""
    action = (a * x**2 + 2 * b * x * y + a * y**2) / 2 + h * x**2 * y / 2
    found = Theory.from_action(action, [x, y])
    matrix = sympy.Matrix([[a, b], [b, a]]).inv()
    for (first, second), value in covariance(found).items():
        assert sympy.simplify(value - matrix["xy".index(first), "xy".index(second)]) == 0
    assert len(covariance(found)) == 3
    assert {p.symbol for p in found.propagators} == {"C_x", "C_x_y", "C_y"}
    [vertex] = found.vertices
    assert (vertex.name, dict(vertex.legs), vertex.coupling) == ("x2_y1", {"x": 2, "y": 1}, -h)
    # ⟨x⟩ = -h/2 ⟨x x²y⟩ = -h/2 (C_xx C_xy + 2 C_xx C_xy)
    expected = -h / 2 * 3 * matrix[0, 0] * matrix[0, 1]
    assert sympy.simplify(total(found, ("x",), 1) - expected) == 0


def test_zero_entries_give_no_propagator() -> None:
    found = Theory.from_action((a * x**2 + b * y**2) / 2 + g * x**2 * y**2 / 4, [x, y])
    assert covariance(found) == {("x", "x"): 1 / a, ("y", "y"): 1 / b}
    response = Theory.from_action(a * x * y + g * x**2 * y**2 / 4, [x, y])
    assert covariance(response) == {("x", "y"): 1 / a}


def test_a_saddle_has_no_insertions_another_background_has() -> None:
    """S = -x²/2 + x⁴/4: saddle at 1 with S'' = 2; S'(2) = 6."""
    action = -(x**2) / 2 + x**4 / 4
    saddle = Theory.from_action(action, [x], background={x: 1})
    assert [v.name for v in saddle.vertices] == ["x3", "x4"]
    assert covariance(saddle) == {("x", "x"): sympy.Rational(1, 2)}
    assert saddle.constant == sympy.Rational(1, 4)
    away = Theory.from_action(action, [x], background={"x": 2})
    assert {v.name: v.coupling for v in away.vertices} == {"x1": -6, "x3": -12, "x4": -6}


def test_a_symbolic_saddle_is_recognised() -> None:
    """S = -a x²/2 + g x⁴/4 at x = sqrt(a/g)"""
    a, g = sympy.symbols("a g", positive=True)
    found = Theory.from_action(-a * x**2 / 2 + g * x**4 / 4, [x], background={x: sympy.sqrt(a / g)})
    assert [v.name for v in found.vertices] == ["x3", "x4"]
    assert sympy.simplify(covariance(found)["x", "x"] - 1 / (2 * a)) == 0


def test_any_function_up_to_a_degree() -> None:
    """exp(-N (cosh x - 1)): two-loop log Z against quadrature, error of the next order."""
    n = sympy.Symbol("N")
    found = Theory.from_action(n * (sympy.cosh(x) - 1), [x], degree=6)
    assert {v.name: v.coupling for v in found.vertices} == {"x4": -n, "x6": -n}
    series = sum(total(found, (), order) for order in (2, 3))
    errors = []
    for size in (20, 40):
        exact = mpmath.log(
            mpmath.quad(
                lambda t, size=size: mpmath.exp(-size * (mpmath.cosh(t) - 1)), mpmath.linspace(-4, 4, 9)
            )
        )
        gauss = mpmath.log(2 * mpmath.pi / size) / 2
        value = series.subs(n, size)
        errors.append(abs(exact - gauss - mpmath.mpf(value.p) / value.q))
    assert mpmath.log(errors[0] / errors[1], 2) == pytest.approx(3, abs=0.1)


def test_small_parameters_count_orders() -> None:
    """S = (1 + ε) x²/2 + ε² x⁴/4!: a two-leg vertex -ε and a four-leg vertex -ε²."""
    found = Theory.from_action((1 + eps) * x**2 / 2 + eps**2 * x**4 / 24, [x], small=[eps])
    assert covariance(found) == {("x", "x"): 1}
    orders = {v.name: (v.coupling, dict(v.orders)) for v in found.vertices}
    assert orders == {
        "x2_epsilon1": (-eps, {"epsilon": 1, "vertices": 1}),
        "x4_epsilon2": (-(eps**2), {"epsilon": 2, "vertices": 1}),
    }
    # ⟨x²⟩ = 1 - ε + ε² - ε²/2 + ...
    assert total(found, ("x", "x"), 1, by="epsilon") == -eps
    assert sympy.expand(total(found, ("x", "x"), 2, by="epsilon")) == eps**2 / 2


def test_fields_may_be_given_by_name() -> None:
    z = sympy.Symbol("z", real=True)
    found = Theory.from_action(z**2 / 2 + z**3, [Field("z", r"\zeta")])
    assert found.fields == (Field("z", r"\zeta"),)
    assert found.vertices[0].coupling == -6


def test_cumulants_are_non_local_vertices() -> None:
    k3, k4 = sympy.symbols("k3 k4")
    theory = Theory.from_cumulants({("phi", "chi", "phi"): k3, ("phi",) * 4: k4, ("chi",): 0})
    assert {v.name: (v.coupling, v.local) for v in theory.vertices} == {
        "chi1_phi2": (k3, False),
        "phi4": (k4, False),
    }
    assert [f.name for f in theory.fields] == ["chi", "phi"]
    assert len(list(generate(Theory.from_cumulants({4: k4}), ("phi", "phi"), 2))) == 3
    weighted = Theory.from_cumulants({3: k3, 4: k4}, orders={3: {"n": 1}, 4: {"n": 2}})
    assert [dict(v.orders) for v in weighted.vertices] == [{"n": 1}, {"n": 2}]
    assert Theory.from_cumulants({}, [Propagator("u", "u")]).fields == (Field("u", "u"),)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("x**2", [x]), {}, r"action must be a SymPy scalar \(got 'x\*\*2'\)"),
        ((x**2, []), {}, "fields must be one or more"),
        ((x**2, [x, x]), {}, "fields must be one or more different"),
        ((x**2, ["x"]), {}, "fields must be SymPy symbols or Field"),
        ((x**4, [x]), {}, "quadratic part that can be inverted"),
        ((x**2 + y**3, [x, y]), {}, "quadratic part that can be inverted"),
        ((sympy.cosh(x), [x]), {}, "degree must be given"),
        ((sympy.cosh(x), [x]), {"degree": 1}, "degree must be an integer >= 2"),
        ((sympy.log(x) + x**2, [x]), {"degree": 3}, "smooth at the background"),
        ((x**2, [x]), {"background": {y: 1}}, "background must be of the fields"),
        ((x**2, [x]), {"background": {x: x}}, "background of x must be a scalar without fields"),
        ((x**2, [x]), {"small": [x]}, "small must be symbols"),
        ((x**2 + x**3 / eps, [x]), {"small": [eps]}, "polynomial in the small parameters"),
        ((x**2, [x]), {"small": sympy.symbols("eps loops")}, r"small must be .*\(got loops\): rename it"),
        ((x**2, [x]), {"small": sympy.symbols("vertices,")}, r"small must be .*\(got vertices\)"),
        ((x**2, [x]), {"small": [eps, sympy.Symbol(eps.name, real=True)]}, "small must be .*different names"),
    ],
)
def test_bad_actions_are_named(arguments: tuple, options: dict, message: str) -> None:
    with pytest.raises(TheoryError, match=message):
        Theory.from_action(*arguments, **options)


@pytest.mark.parametrize(
    ("cumulants", "message"),
    [
        ({"phi": 1}, "tuples of field names"),
        ({0: 1}, "tuples of field names"),
        ({3: 1, ("phi",) * 3: 2}, "different legs"),
        ({3: "g"}, "coupling of .* must be a SymPy scalar"),
        ({("phi", 3): 1}, "tuples of field names"),
    ],
)
def test_bad_cumulants_are_named(cumulants: dict, message: str) -> None:
    with pytest.raises(TheoryError, match=message):
        Theory.from_cumulants(cumulants)


def test_values_and_what_is_shown() -> None:
    """A propagator without a value is named; background and constant are shown where there are any."""
    plain = Theory.scalar({4: g})
    [tadpole] = generate(plain, ("phi", "phi"), 1)
    with pytest.raises(TheoryError, match=r"propagator <phi phi> must have a value \(got None\)"):
        _ = tadpole.value
    assert "value" not in repr(plain)
    assert "background" not in repr(plain)
    around = Theory.from_action(x**2 / 2 + g * x**4 / 24, [x], background={x: 1})
    assert "value=2/(g + 2)" in repr(around)
    assert "background=mappingproxy({'x': 1}), constant=" in repr(around)
    assert around == Theory.from_action(x**2 / 2 + g * x**4 / 24, [x], background={x: 1})
    assert hash(around) == hash(Theory(around.fields, around.propagators, around.vertices))
    assert around != Theory(around.fields, around.propagators, around.vertices)
    with pytest.raises(TypeError):
        around.background["x"] = 2  # type: ignore[index]


def test_bad_values_are_named() -> None:
    with pytest.raises(TheoryError, match=r"propagator <x x>: value must be a SymPy scalar .*\(got '1'\)"):
        Propagator("x", "x", value="1")  # type: ignore[arg-type]
    fields = (Field("x"),)
    with pytest.raises(TheoryError, match=r"background: field must be one of \['x'\] \(got 'y'\)"):
        Theory(fields, (), (), {"y": sympy.Integer(1)})
    with pytest.raises(TheoryError, match="constant must be a SymPy scalar"):
        Theory(fields, (), (), {}, "0")  # type: ignore[arg-type]


def test_background_insertions_in_diagrams() -> None:
    """S = a x²/2 - j x: one-leg vertices j, <x> = j/a exactly, at the order of one vertex."""
    j = sympy.Symbol("j")
    found = Theory.from_action(a * x**2 / 2 - j * x, [x])
    assert found.vertices == (Vertex("x1", {"x": 1}, j, {"vertices": 1}),)
    assert total(found, ("x",), 1, by="vertices") == j / a
    assert total(found, (), 2, by="vertices") == j**2 / (2 * a)
