"""Polynomial text and exact harmonic powers, against hand results and the moments of the sphere."""

import builtins
import os
import subprocess
from fractions import Fraction
from math import comb, prod

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldtheory.sphere.polynomials import harmonic_powers, parse_polynomial

X = sympy.symbols("x1:61")
DIMS = [2, 3, 4, 5, 50]


def sphere_mean(expression: sympy.Expr, dim: int) -> sympy.Expr:
    """∫ x^α dμ = Π (α_i - 1)!! / (d (d+2) ... (d+|α|-2)), zero if some α_i is odd"""
    poly = sympy.Poly(expression, *X[: min(dim, 5)])
    total = sympy.Integer(0)
    for exponents, coefficient in poly.terms():
        if all(e % 2 == 0 for e in exponents):
            numerator = prod(sympy.factorial2(e - 1) for e in exponents if e)
            total += coefficient * numerator / prod(range(dim, dim + sum(exponents), 2))
    return total


def multiplicity(degree: int, dim: int) -> int:
    """Homogeneous polynomials of degree l, less those divisible by |x|²."""
    return comb(degree + dim - 1, dim - 1) - (comb(degree + dim - 3, dim - 1) if degree >= 2 else 0)


@st.composite
def polynomials(draw: st.DrawFn, variables: int) -> sympy.Expr:
    """Small polynomials with rational coefficients in the first few coordinates."""
    exponents = st.tuples(*[st.integers(0, 3)] * variables)
    rationals = st.fractions(-3, 3, max_denominator=5)
    terms = draw(st.dictionaries(exponents, rationals, min_size=1, max_size=5))
    return sympy.Add(
        *(
            sympy.Rational(c.numerator, c.denominator) * prod(x**k for x, k in zip(X, e, strict=False))
            for e, c in terms.items()
        )
    )


@pytest.mark.parametrize("dim", DIMS)
def test_hand_results(dim: int) -> None:
    """x1 -> 1/d; x1 x2 -> 1/(d(d+2)); x1² = 1/d + (x1² - 1/d) with mean square 3/(d(d+2)); |x|² = 1"""
    d = sympy.Integer(dim)
    assert harmonic_powers("x1", dim) == {1: 1 / d}
    assert harmonic_powers("x1*x2", dim) == {2: 1 / (d * (d + 2))}
    assert harmonic_powers("x1**2", dim) == {0: 1 / d**2, 2: 3 / (d * (d + 2)) - 1 / d**2}
    assert harmonic_powers(sum(x**2 for x in X[:dim]), dim) == {0: 1}
    assert harmonic_powers(0, dim) == {}
    assert harmonic_powers(f"({'+'.join(f'x{i}^2' for i in range(1, dim + 1))} - 1) * x1", dim) == {}


def test_fourier_series_on_the_circle() -> None:
    """cos⁴θ = 3/8 + cos(2θ)/2 + cos(4θ)/8, and ⟨cos²⟩ = 1/2"""
    expected = {0: Fraction(9, 64), 2: Fraction(1, 8), 4: Fraction(1, 128)}
    assert harmonic_powers("x1**4", 2) == {k: sympy.Rational(v) for k, v in expected.items()}
    assert harmonic_powers(sympy.chebyshevt(7, X[0]), 2) == {7: sympy.Rational(1, 2)}


@pytest.mark.parametrize("dim", [3, 4, 7, 50])
@pytest.mark.parametrize("degree", [0, 1, 2, 5, 8])
def test_gegenbauer_polynomial_is_pure(degree: int, dim: int) -> None:
    """P_l(x1) = C_l^{(d/2-1)}(x1) / C_l(1) has power 1/deg(l) in degree l and nowhere else"""
    a = sympy.Rational(dim, 2) - 1
    p = sympy.gegenbauer(degree, a, X[0]) / sympy.gegenbauer(degree, a, 1)
    assert harmonic_powers(sympy.expand(p), dim) == {degree: sympy.Rational(1, multiplicity(degree, dim))}


@settings(max_examples=40)
@given(data=st.data(), dim=st.sampled_from(DIMS))
def test_parseval(data: st.DataObject, dim: int) -> None:
    """Σ_l ‖Π_l p‖² = ∫ p² dμ, exactly; the power in degree 0 is (∫ p dμ)²"""
    p = data.draw(polynomials(min(dim, 3)))
    powers = harmonic_powers(p, dim)
    assert sum(powers.values()) == sphere_mean(p**2, dim)
    assert powers.get(0, 0) == sphere_mean(p, dim) ** 2
    assert all(power > 0 for power in powers.values())


@settings(max_examples=25)
@given(data=st.data(), dim=st.sampled_from([2, 3, 6]))
def test_rotation_invariance(data: st.DataObject, dim: int) -> None:
    """(x1, x2) -> ((3 x1 + 4 x2)/5, (-4 x1 + 3 x2)/5) changes no power"""
    p = data.draw(polynomials(2))
    x, y = X[:2]
    rotated = p.subs({x: (3 * x + 4 * y) / 5, y: (3 * y - 4 * x) / 5}, simultaneous=True)
    assert harmonic_powers(rotated, dim) == harmonic_powers(p, dim)


def test_quadrature_of_one_variable() -> None:
    """g_l² = (2l+1) (½∫ g P_l dt)² for d = 3"""
    t, w = np.polynomial.legendre.leggauss(20)
    for degree, power in harmonic_powers("1 + x1 - 2*x1**3 + x1**6", 3).items():
        p = np.polynomial.legendre.Legendre.basis(degree)(t)
        expected = (2 * degree + 1) * (0.5 * w @ ((1 + t - 2 * t**3 + t**6) * p)) ** 2
        assert float(power) == pytest.approx(expected, rel=1e-12)


def test_irrational_float_and_renamed_coefficients() -> None:
    x, y = sympy.symbols("x y")
    assert harmonic_powers(sympy.sqrt(2) * x * y, 3, variables=[x, y]) == {2: sympy.Rational(2, 15)}
    mixed = harmonic_powers(
        sympy.pi * X[0] + X[0] + sympy.sqrt(6) * X[1] - sympy.sqrt(2) * sympy.sqrt(3) * X[1], 4
    )
    assert list(mixed) == [1]
    assert sympy.expand(mixed[1] - (sympy.pi + 1) ** 2 / 4) == 0
    assert harmonic_powers((1 + sympy.sqrt(2)) ** 2 * X[0], 3) == {
        1: sympy.Rational(17, 3) + 4 * sympy.sqrt(2)
    }
    assert harmonic_powers(0.5 * X[0], 3) == {1: sympy.Rational(1, 12)}
    assert harmonic_powers(sympy.Poly(X[0] * X[1], X[0]), 3) == {2: sympy.Rational(1, 15)}
    assert harmonic_powers(2.5, 3) == {0: sympy.Rational(25, 4)}


def test_many_variables() -> None:
    """Σ_{i<10⁴} x_i x_{i+1}: power (10⁴ - 1)/(d(d+2)); Σ_{i<=j} (i+1) x_i x_j against its moments"""
    d = 10_000
    text = "+".join(f"x{i}*x{i + 1}" for i in range(1, d))
    assert harmonic_powers(text, d) == {2: sympy.Rational(d - 1, d * (d + 2))}
    d = 50
    quadratic = sympy.Add(*(X[i] * X[j] * (i + 1) for i in range(d) for j in range(i + 1)))
    trace = sum(range(1, d + 1))
    off = sum((i + 1) ** 2 * i for i in range(d))
    diagonal = sum((i + 1) ** 2 for i in range(d))
    # ⟨(Σ a_i x_i²)²⟩ = (2 Σ a_i² + (Σ a_i)²)/(d(d+2)), ⟨(Σ b_ij x_i x_j)²⟩ = Σ b_ij²/(d(d+2)) for i < j
    mean_square = sympy.Rational(2 * diagonal + trace**2 + off, d * (d + 2))
    mean = sympy.Rational(trace, d)
    assert harmonic_powers(quadratic, d) == {0: mean**2, 2: mean_square - mean**2}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x1*x2 + x3", X[0] * X[1] + X[2]),
        (" -x1**2 ", -(X[0] ** 2)),
        ("2**3**2 * x1", 512 * X[0]),
        ("x1^2/4 - -1", X[0] ** 2 / 4 + 1),
        ("0.1*x1 + 1e-3 + .5 + 2.", X[0] / 10 + sympy.Rational(2501, 1000)),
        ("(x1 - x2)*(x1 + x2)\n", X[0] ** 2 - X[1] ** 2),
        ("x1/2*3", X[0] * sympy.Rational(3, 2)),
        ("+(1/3)*x50**0", sympy.Rational(1, 3)),
        ("x1 - x1", sympy.Integer(0)),
        ("(" * 79 + "x1" + ")" * 79, X[0]),
    ],
)
def test_reading(text: str, expected: sympy.Expr) -> None:
    poly = parse_polynomial(text, 50)
    assert poly.get_domain() == sympy.QQ
    assert sympy.expand(poly.as_expr() - expected) == 0


@settings(max_examples=40)
@given(p=polynomials(3))
def test_reads_what_sympy_prints(p: sympy.Expr) -> None:
    assert sympy.expand(parse_polynomial(str(p), 3).as_expr() - p) == 0


def test_reading_stays_sparse() -> None:
    assert parse_polynomial("x9999*x10000", 10_000).gens == sympy.symbols("x9999 x10000")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("__import__('os').system('x')", r"numbers, x1\.\.x50, .* \(got '__import__' at character 1\)$"),
        ("x1.real", r"got '\.' at character 3"),
        ("x1[0]", r"got '\['"),
        ("2x1", "got 'x1' at character 2"),
        ("x1 x2", "got 'x2'"),
        ("x1\nx2", "got 'x2'"),
        ("x1//2", "got '/'"),
        ("1_0", "got '_0'"),
        ("1j*x1", "got 'j'"),
        ("sin(x1)", "got 'sin'"),
        ("٣*x1", "got '٣'"),
        ("x1\x00", r"got '\\x00'"),
        ("", "got the end of the text"),
        ("(x1", "got the end of the text"),
        ("x1)", r"got '\)'"),
        ("x1**", "got the end of the text"),
        ("x0", r"variables x1\.\.x50 only \(got 'x0'\)"),
        ("x51", r"variables x1\.\.x50 only \(got 'x51'\)"),
        ("x01", r"variables x1\.\.x50 only"),
        ("x" + "9" * 5000, r"variables x1\.\.x50 only"),
        ("1/x1", r"divided by non-zero numbers only \(got a polynomial\)"),
        ("1/(1-1)", r"divided by non-zero numbers only \(got zero\)"),
        ("x1**-1", r"non-negative integer exponents \(got -1\)"),
        ("x1**0.5", r"non-negative integer exponents \(got 1/2\)"),
        ("x1**x2", "non-negative integer exponents"),
        ("9**9**9**9", "exponents of at most 300"),
        ("(x1+x2+x3)**100000", "exponents of at most 300"),
        ("x1**" + "(10**300*10**300)", "exponents of at most 300"),
        ("*".join(["x1"] * 60_000), "degree at most 300"),
        ("(x1+x2+x3+x4+x5)**100", "at most 500000 term operations"),
        ("*".join(["(x1+x2+x3+x4+x5+x6+x7+x8)"] * 50), "at most 500000 term operations"),
        ("+".join(f"1/{k}" for k in range(10_000, 25_000)), "at most 10000 bits"),
        ("*".join(["9"] * 90_000), "at most 10000 bits"),
        ("1e99999999", "at most 1000 digits"),
        ("9" * 5000, "at most 1000 digits"),
        ("(" * 10_000 + "x1" + ")" * 10_000, "nested at most 80 deep"),
        ("2**" * 10_000 + "2", "nested at most 80 deep"),
        ("(" * 100_000 + "x1" + ")" * 100_000, "text of at most 200000 characters"),
        ("-" * 100_000, "got the end of the text"),
        (3, "text of at most"),
        ("+".join(f"x{i}" for i in range(1, 251)), r"x1\.\.x50 only"),
    ],
)
def test_refused_text(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as refusal:
        parse_polynomial(text, 50)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 200


def test_refused_sizes() -> None:
    with pytest.raises(ValueError, match=r"at most 200 variables \(got 250\)"):
        parse_polynomial("+".join(f"x{i}" for i in range(1, 251)), 300)
    large = "+".join(f"x{i}**150*x{i + 1}**150" for i in range(1, 9000))
    with pytest.raises(ValueError, match="term operations"):
        harmonic_powers(large, 10_000)


def test_reading_executes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No way of running code is ever called, on accepted and on refused text."""

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("text was executed")

    texts = ["x1*x2 + 0.5", "__import__('os').system('true')", "(lambda: 1)()", "x1.__class__", "open('f')"]
    harmonic_powers(texts[0], 5)  # so that SymPy has imported what it needs
    with monkeypatch.context() as patch:
        for module, name in [
            (os, "system"),
            (subprocess, "Popen"),
            (sympy, "sympify"),
            (sympy, "parse_expr"),
        ]:
            patch.setattr(module, name, forbidden)
        for name in ("eval", "exec", "compile", "open", "__import__"):
            patch.setattr(builtins, name, forbidden)
        outcomes = []
        for text in texts:
            try:
                harmonic_powers(text, 5)
                outcomes.append("read")
            except ValueError:
                outcomes.append("refused")
    assert outcomes == ["read"] + ["refused"] * 4


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (sympy.sin(X[0]), r"finite real coefficients \(got sin\(x1\)\)"),
        (1 / X[0], "must be a polynomial in x1"),
        (sympy.sqrt(X[0]), "must be a polynomial in x1"),
        (X[0] ** sympy.Symbol("n"), "must be a polynomial in x1"),
        (sympy.Symbol("a") * X[0], r"variables x1\.\.x5 only \(got 'a'\)"),
        (X[5], r"got 'x6'"),
        (sympy.Poly(sympy.Symbol("a") * X[0], X[0]), "got 'a'"),
        (sympy.oo * X[0], "finite real"),
        (sympy.nan, "finite real"),
        (sympy.I * X[0], "finite real"),
        (float("nan"), "finite real"),
        (float("inf"), "finite real"),
        (sympy.Float("1e-100000") * X[0], "at most 10000 bits"),
        ((X[0] + X[1]) ** 100_000, "exponents of at most 300"),
        (X[0] ** (10**5000), "an integer of 16610 bits"),
        (None, "SymPy expression, Poly or text"),
        ([1], "SymPy expression, Poly or text"),
        (True, "SymPy expression, Poly or text"),
        (sympy.Eq(X[0], 1), "SymPy expression, Poly or text"),
    ],
)
def test_refused_expressions(expression: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        harmonic_powers(expression, 5)


@pytest.mark.parametrize("dim", [1, 0, -3, 2.5, True, "3", None])
def test_refused_dimensions(dim: object) -> None:
    with pytest.raises(ValueError, match="dim must be"):
        harmonic_powers("x1", dim)
    with pytest.raises(ValueError, match="dim must be"):
        parse_polynomial("x1", dim)


def test_refused_variables() -> None:
    x, y = sympy.symbols("x y")
    with pytest.raises(ValueError, match="at most 3 different"):
        harmonic_powers(x, 3, variables=[x, x])
    with pytest.raises(ValueError, match="at most 2 different"):
        harmonic_powers(x, 2, variables=[x, y, X[0]])
    with pytest.raises(ValueError, match=r"symbols of variables only \(got y\)"):
        harmonic_powers(x * y, 3, variables=[x])
    with pytest.raises(ValueError, match="variables must be None for text"):
        harmonic_powers("x1", 3, variables=[x])


def test_nested_expression_is_refused() -> None:
    expression = X[0]
    for _ in range(100):
        expression = sympy.Mul(X[1], sympy.Add(expression, 1, evaluate=False), evaluate=False)
    with pytest.raises(ValueError, match="nested at most 80 deep"):
        harmonic_powers(expression, 3)
