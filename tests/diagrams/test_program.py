"""Compiled expressions, against exact fractions, mpmath and SymPy's own lambdify."""

import pickle
import random
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from diagrams import Theory, TheoryError, generate
from diagrams.compile.compiled_expression import compile_expression
from diagrams.compile.operations import OperationGraph
from diagrams.evaluate.numbers import evaluate_numbers
from diagrams.rules import PointIntegral
from diagrams.tables import tabulate

x, y, z, g = sympy.symbols("x y z g")
POSITIVE = st.fractions(min_value=Fraction(1, 8), max_value=8, max_denominator=50)


@st.composite
def expressions(draw: st.DrawFn, depth: int = 4) -> sympy.Expr:
    """Of positive numbers, sums, products, powers: no cancellation, so every digit counts."""
    kind = draw(st.integers(0, 7)) if depth else 0
    if kind == 0:
        fraction = draw(POSITIVE)
        constant = sympy.Rational(fraction.numerator, fraction.denominator)
        return draw(st.sampled_from([x, y, z, constant]))
    parts = draw(st.lists(expressions(depth - 1), min_size=1, max_size=4))
    if kind <= 2:
        return sympy.Add(*parts)
    if kind <= 4:
        return sympy.Mul(*parts)
    if kind == 5:
        return parts[0] ** draw(st.sampled_from([-3, -2, -1, 2, 3, 5]))
    if kind == 6:
        return parts[0] ** sympy.Rational(draw(st.integers(-7, 7)), draw(st.sampled_from([2, 3, 4])))
    return sympy.log(2 + parts[0])


@given(expressions(), st.tuples(POSITIVE, POSITIVE, POSITIVE))
@settings(max_examples=150)
def test_random_expressions_against_mpmath(expression: sympy.Expr, at: tuple[Fraction, ...]) -> None:
    # eq: compiled-expression
    values = [float(value) for value in at]
    exact = {s: sympy.Rational(*value.as_integer_ratio()) for s, value in zip((x, y, z), values, strict=True)}
    with mpmath.workdps(40):
        expected = float(expression.xreplace(exact).evalf(30))
    if 1e-290 < expected < 1e290:
        found = float(compile_expression(expression, [x, y, z])(*values))
        assert found == pytest.approx(expected, rel=1e-13)


@given(
    st.dictionaries(
        st.tuples(*[st.integers(0, 4)] * 3), st.integers(-9, 9).filter(bool), min_size=0, max_size=40
    ),
    st.tuples(*[st.integers(-5, 5)] * 3),
)
@settings(max_examples=150)
def test_integer_polynomials_are_exact(terms: dict[tuple[int, ...], int], at: tuple[int, ...]) -> None:
    """All intermediate integers are below 2^53, so the floats must be exact."""
    expression = sum(c * x**a * y**b * z**d for (a, b, d), c in terms.items())
    expected = sum(c * at[0] ** a * at[1] ** b * at[2] ** d for (a, b, d), c in terms.items())
    assert compile_expression(expression, [x, y, z])(*at) == expected


def thousand(seed: int, terms: int = 1000) -> tuple[sympy.Expr, tuple[sympy.Symbol, ...]]:
    """Random monomials in eight variables, degree up to 3 in each."""
    rng = random.Random(seed)
    symbols = sympy.symbols("x0:8")
    exponents = {tuple(rng.randint(0, 3) for _ in symbols) for _ in range(terms)}
    return sympy.Add(
        *(
            sympy.Rational(rng.randint(1, 50), rng.randint(1, 50))
            * sympy.Mul(*(s**e for s, e in zip(symbols, each, strict=True)))
            for each in sorted(exponents)
        )
    ), symbols


def test_thousand_terms_against_lambdify_and_sharing() -> None:
    expression, symbols = thousand(1)
    compiled = compile_expression(expression, symbols)
    values = np.random.default_rng(0).uniform(0.5, 1.5, (8, 9001))  # more than one block, a short last tile
    expected = sympy.lambdify(symbols, expression, "numpy")(*values)
    np.testing.assert_allclose(compiled(*values), expected, rtol=1e-13)
    assert compiled.operations < 0.4 * sympy.count_ops(expression)
    assert compiled.registers < 200


def test_equal_parts_are_computed_once() -> None:
    inner = sympy.log(x * y + z)
    once = compile_expression(inner, [x, y, z]).operations
    assert compile_expression(inner**2 + sympy.sin(inner), [x, y, z]).operations == once + 3
    assert compile_expression(x**16, [x]).operations == 4
    assert compile_expression(x**16 + x**8, [x]).operations == 5
    common = compile_expression(sympy.expand((x + y) * (z + g)), [x, y, z, g])
    assert common.operations == 4  # z + g is found in both halves
    graph = OperationGraph()
    assert graph.input(0) == graph.input(0) != graph.input(1)


FUNCTIONS = "exp log sin cos tan sinh cosh tanh asin acos atan asinh atanh erf erfc Abs"


@pytest.mark.parametrize("function", FUNCTIONS.split())
def test_functions(function: str) -> None:
    points = np.array([0.1, 0.3, 0.55, 0.9])
    found = compile_expression(getattr(sympy, function)(x), [x])(points)
    reference = {"Abs": mpmath.fabs}.get(function) or getattr(mpmath, function)
    np.testing.assert_allclose(found, [float(reference(p)) for p in points], rtol=1e-14)


def test_functions_of_two_and_powers() -> None:
    a, b = np.array([0.5, -2.0, 3.0]), np.array([1.5, 1.0, -2.0])

    def of(expression: sympy.Expr) -> np.ndarray:
        return compile_expression(expression, [x, y])(a, b)

    np.testing.assert_array_equal(of(sympy.Max(x, y, 1)), [1.5, 1.0, 3.0])
    np.testing.assert_array_equal(of(sympy.Min(x, y)), np.minimum(a, b))
    np.testing.assert_allclose(of(sympy.atan2(x, y)), np.arctan2(a, b), rtol=1e-15)
    np.testing.assert_allclose(of(sympy.Abs(x) ** y), np.abs(a) ** b, rtol=1e-15)
    np.testing.assert_allclose(of(2**y), 2**b, rtol=1e-15)
    np.testing.assert_allclose(of(sympy.acosh(x**2 + 1)), np.arccosh(a**2 + 1), rtol=1e-15)
    np.testing.assert_allclose(of(x**101 * y), a**101 * b, rtol=1e-14)
    np.testing.assert_allclose(of(x**2.0 + sympy.Abs(y) ** 0.3), a**2 + np.abs(b) ** 0.3, rtol=1e-15)


def test_where_there_is_no_value() -> None:
    nan, inf = np.nan, np.inf
    at = np.array([-1.0, 0.0, inf, nan])
    np.testing.assert_array_equal(compile_expression(sympy.log(x), [x])(at), [nan, -inf, inf, nan])
    np.testing.assert_array_equal(compile_expression(sympy.sqrt(x), [x])(at), [nan, 0, inf, nan])
    np.testing.assert_array_equal(compile_expression(x**-2, [x])(at), [1, inf, 0, nan])
    np.testing.assert_array_equal(compile_expression(sympy.Max(x, 0), [x])(at), [0, 0, inf, nan])


def test_constants_and_nothing() -> None:
    for value in (0, 3, Fraction(1, 3), 0.1, sympy.pi, sympy.sqrt(2) - 1, sympy.log(2) / sympy.exp(1)):
        found = compile_expression(value, [])()
        assert found.shape == ()
        assert found.dtype == np.float64
        assert float(found) == float(value)
    np.testing.assert_array_equal(compile_expression(2, [x])(np.zeros((2, 3))), np.full((2, 3), 2.0))
    np.testing.assert_array_equal(compile_expression(y, [x, y])([1, 2], [[3], [4]]), [[3, 3], [4, 4]])
    assert compile_expression(sympy.Add(), [x])(5) == 0


def test_shapes_and_types() -> None:
    compiled = compile_expression(x**2 + y / 2, [x, y])
    a, b = np.arange(4)[:, None], np.arange(3)
    found = compiled(a, b)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, a**2 + b / 2)
    np.testing.assert_array_equal(compiled(np.float32(2), [True, False]), [4.5, 4])
    np.testing.assert_array_equal(compiled(np.arange(6)[::-2], 0), np.array([5, 3, 1]) ** 2)
    assert compiled(np.zeros((0, 3)), b).shape == (0, 3)
    assert compiled([], 1.0).shape == (0,)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(compiled))(a, b), found)
    assert repr(compiled) == "CompiledExpression(variables=(x, y))"


def test_more_variables_than_numpy_iterates_over() -> None:
    many = sympy.symbols("v0:90")
    compiled = compile_expression(sympy.Add(*(v**2 for v in many)), many)
    values = np.arange(90.0)
    np.testing.assert_array_equal(compiled(*values), values @ values)


def test_expansion_with_symbols_left_in() -> None:
    """The three-loop self-energy in zero dimensions, its couplings and propagator free."""
    source = [d for loops in (1, 2, 3) for d in generate(Theory.scalar({3: -g, 4: -y}), ("phi",) * 2, loops)]
    expansion = evaluate_numbers(tabulate(source), x)
    compiled = compile_expression(expansion, [g, x, y])
    at = [Fraction(3, 8), Fraction(1, 2), Fraction(5, 4)]
    values = {s: sympy.Rational(v.numerator, v.denominator) for s, v in zip([g, x, y], at, strict=True)}
    expected = float(expansion.xreplace(values))
    assert float(compiled(*map(float, at))) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (x + z * g, r"all symbols of the expression \(got none for \[g, z\]\)"),
        (sympy.besselk(0, x), r"functions with a compiled form \(got besselk\)"),
        (sympy.Function("exp")(x), r"functions with a compiled form \(got exp\)"),
        (
            sympy.Piecewise((x, sympy.Contains(x, sympy.S.Integers)), (0, True)),
            r"functions with a compiled form",
        ),
        (g * PointIntegral(x, [y]), r"integrals carried out \(got g\*PointIntegral\(x, \(y,\)\)\)"),
        (x + sympy.I, r"real numbers in the float range \(got I\)"),
        (x + (-2) ** sympy.Rational(1, 3), r"real numbers in the float range"),
        (x * sympy.Integer(10) ** 400, r"real numbers in the float range"),
        (x - sympy.oo, r"real numbers in the float range|must be a SymPy scalar"),
        ("exit()", r"expression must be a SymPy scalar"),
    ],
)
def test_errors(expression: sympy.Expr, message: str) -> None:
    with pytest.raises(TheoryError, match=message):
        compile_expression(expression, [x])


def test_bad_values() -> None:
    compiled = compile_expression(x + y, [x, y])
    with pytest.raises(ValueError, match=r"one for each of \[x, y\] \(got 1 of them\)"):
        compiled(1)
    with pytest.raises(ValueError, match=r"values must broadcast \(got the shapes \[\(2,\), \(3,\)\]\)"):
        compiled([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match=r"values of y must be real numbers \(got an array of complex128\)"):
        compiled(1, [1j])
    for variables in ([x, x], ["x"]):
        with pytest.raises(TheoryError, match=r"variables must be different SymPy symbols"):
            compile_expression(x, variables)
