"""Maps of couplings: fixed points, exponents, flows against textbooks, mpmath and matrices made by hand."""

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from renormalization import RGMap, migdal_kadanoff
from tests.real_space_rows import ROWS

K, J, x, y = sympy.symbols("K J x y")
NAMES = {
    "rg_maps/ising_square_migdal_kadanoff": lambda: RGMap.named("ising_square_migdal_kadanoff"),
    "rg_maps/percolation_triangular_site_majority": lambda: RGMap.named("percolation_triangular_site"),
    "rg_maps_more/potts2_mk_d2": lambda: migdal_kadanoff(2, 2),
    "rg_maps_more/potts3_mk_d3": lambda: migdal_kadanoff(states=3, dim=3),
}
GROWING = {
    "ising_square_migdal_kadanoff": sympy.log(sympy.CRootOf(x**3 - x**2 - x - 1, 0)) / 2,
    "triangular_first_cumulant": sympy.log(1 + 2 * sympy.sqrt(2)) / 4,
    "percolation_triangular_site": sympy.Rational(1, 2),
    "percolation_square_bond": sympy.Rational(1, 2),
    "percolation_square_site": (sympy.sqrt(5) - 1) / 2,
}


def unstable(rg_map, interval=None):
    """The only unstable fixed point."""
    (found,) = (point for point in rg_map.fixed_points(interval) if not point.stable)
    return found


@pytest.mark.parametrize("row", NAMES)
def test_reference_rows(row, reference):
    """x* = R(x*), eigenvalue R'(x*), y = ln R'(x*)/ln b, nu = 1/y"""
    values, tolerance = reference(row)
    point = unstable(NAMES[row]())
    found = (point.x, point.eigenvalues[0], point.exponents[0], point.nu)
    expected = [values[name] for name in ("fixed_point", "eigenvalue", "y", "nu")]
    assert [float(each) for each in found] == pytest.approx(expected, **tolerance)


@pytest.mark.parametrize("name", GROWING)
def test_critical_points_are_exact(name):
    """x* in closed form: roots of the minimal polynomial, or logarithms of them"""
    point = unstable(RGMap.named(name))
    assert point.x == GROWING[name]
    assert float(point.x) == pytest.approx(float(GROWING[name].evalf(20)), rel=1e-15)


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("ising_decimation_1d", lambda k: mpmath.atanh(mpmath.tanh(k) ** 2)),
        ("ising_square_migdal_kadanoff", lambda k: mpmath.log(mpmath.cosh(4 * k)) / 2),
        (
            "triangular_first_cumulant",
            lambda k: (
                2 * k * ((mpmath.exp(3 * k) + mpmath.exp(-k)) / (mpmath.exp(3 * k) + 3 * mpmath.exp(-k))) ** 2
            ),
        ),
    ],
)
@settings(max_examples=30)
@given(coupling=st.floats(1e-6, 5.0))
def test_named_maps_are_their_formulas(name, formula, coupling):
    """K' = atanh tanh^2 K; (1/2) ln cosh 4K; 2K [(e^{3K}+e^{-K})/(e^{3K}+3e^{-K})]^2, in 30 digits"""
    with mpmath.workdps(30):
        expected = float(formula(mpmath.mpf(coupling)))
    assert RGMap.named(name)(coupling) == pytest.approx(expected, rel=1e-13, abs=1e-15)


@settings(max_examples=20)
@given(states=st.floats(1.0, 10.0), dim=st.floats(1.0, 4.0), coupling=st.floats(0.01, 3.0))
def test_migdal_kadanoff_decimates_by_t_squared(states, dim, coupling):
    """t' = t^2 for t = (e^B - 1)/(e^B + q - 1), B = 2^(d-1) J: another way to write the chain

    Equation: migdal-kadanoff
    """
    with mpmath.workdps(40):
        q, weight = mpmath.mpf(states), mpmath.exp(mpmath.mpf(2) ** (mpmath.mpf(dim) - 1) * coupling)
        t = ((weight - 1) / (weight + q - 1)) ** 2
        expected = float(mpmath.log((1 + (q - 1) * t) / (1 - t)))
    assert migdal_kadanoff(states, dim)(coupling) == pytest.approx(expected, rel=1e-11, abs=1e-14)


def test_one_dimension_has_no_transition():
    """tanh K' = tanh^2 K: only K* = 0, and the flow ends there; K' = (1/2) ln cosh 2K"""
    chain = RGMap.named("ising_decimation_1d")
    (point,) = chain.fixed_points((0, 100))
    assert (point.x, point.stable, point.nu, point.exponents.tolist()) == (0, True, None, [-np.inf])
    assert chain.fixed_points((0.01, 100)) == []
    path = chain.flow(2.0, 12)
    np.testing.assert_allclose(np.tanh(path[1:]), np.tanh(path[:-1]) ** 2, rtol=1e-13, atol=1e-16)
    assert path[-1] < 1e-12


def test_square_lattice_bond_cell():
    """p' of the five-bond bridge: all 2^5 states of its bonds that join the ends, counted"""
    ends, bonds = (0, 3), [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]
    counts = [0] * 6
    for state in range(32):
        reached = {ends[0]}
        for _ in range(4):
            for k, (a, b) in enumerate(bonds):
                if state >> k & 1 and {a, b} & reached:
                    reached |= {a, b}
        counts[state.bit_count()] += ends[1] in reached
    p = sympy.Symbol("p")
    expected = sum(c * p**k * (1 - p) ** (5 - k) for k, c in enumerate(counts))
    assert sympy.expand(RGMap.named("percolation_square_bond").expressions[0] - expected) == 0


MATRIX = np.array([[1.7, 0.3, -0.1], [0.2, 0.6, 0.05], [0.0, 0.1, 0.3]])
PLACE = np.array([0.3, -0.02, 0.1])


def three():
    """x' = x* + M (x - x*) + quadratic terms, with x* and M chosen"""
    symbols = sympy.symbols("K_1 K_2 K_3")
    away = sympy.Matrix(symbols) - sympy.Matrix(PLACE.tolist())
    linear = sympy.Matrix(MATRIX.tolist()) * away
    return RGMap([linear[i] + PLACE[i] + away[0] * away[i] for i in range(3)], symbols, sympy.sqrt(3))


def test_several_couplings():
    """Eigenvalues of the matrix that the map was made with; L (M R) = diag, L R = 1"""
    box = [(0.1, 0.6), (-0.2, 0.2), (-0.1, 0.3)]
    rg_map = three()
    (point,) = rg_map.fixed_points(box)
    np.testing.assert_allclose(point.x, PLACE, atol=1e-12)
    expected = sorted(np.linalg.eigvals(MATRIX).real.tolist(), reverse=True)
    np.testing.assert_allclose(point.eigenvalues, expected, rtol=1e-10)
    np.testing.assert_allclose(point.exponents, np.log(np.abs(expected)) / np.log(np.sqrt(3)), rtol=1e-9)
    assert point.nu == pytest.approx(np.log(np.sqrt(3)) / np.log(expected[0]), rel=1e-10)
    assert not point.stable
    found = rg_map.eigenoperators(point)
    np.testing.assert_allclose(found.fields @ found.directions.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(found.fields @ MATRIX @ found.directions.T, np.diag(expected), atol=1e-10)
    np.testing.assert_allclose(rg_map.jacobian(PLACE), MATRIX, atol=1e-14)
    assert rg_map.jacobian().shape == (3, 3)
    np.testing.assert_allclose(rg_map.flow(PLACE, 3), np.tile(PLACE, (4, 1)), atol=1e-12)


def test_critical_surface():
    """K_1 + c K_2 = K* is invariant where K_1' - K* + c K_2' is a multiple of K_1 - K* + c K_2"""
    a, b = sympy.symbols("a b")
    # in s = a + b/2 the map is s' = 2 s^2: critical at s = 1/2 whatever b, which decays
    small = b / 4
    rg_map = RGMap([2 * (a + b / 2) ** 2 - small / 2, small], [a, b], 2)
    assert rg_map.critical_coupling((0.2,), (0.0, 1.0)) == pytest.approx(0.4, abs=1e-12)
    assert rg_map.critical_coupling(interval=(0.0, 1.0)) == pytest.approx(0.5, abs=1e-12)
    square = RGMap.named("ising_square_migdal_kadanoff")
    assert square.critical_coupling(interval=(0.1, 1)) == pytest.approx(float(unstable(square).x), rel=1e-13)


@settings(max_examples=20)
@given(root=st.fractions(-3, 3, max_denominator=50), other=st.fractions(-3, 3, max_denominator=50))
def test_all_roots_are_found(root, other):
    """x' = x + (x - a)(x - b)(x^2 + 1): fixed at a and b, exactly, double roots too"""
    a, b = (sympy.Rational(each.numerator, each.denominator) for each in (root, other))
    found = RGMap(x + (x - a) * (x - b) * (x**2 + 1), x, 2).fixed_points((-4, 4))
    assert [point.x for point in found] == sorted({a, b})


def test_roots_without_closed_form():
    """x = cos x by signs; x' = x + (x - 1)^2 e^x touches; a pole of the map is none"""
    (dottie,) = RGMap(sympy.cos(x), x, 2).fixed_points((0, 2))
    with mpmath.workdps(20):
        assert dottie.x == pytest.approx(float(mpmath.findroot(lambda t: mpmath.cos(t) - t, 0.7)), rel=1e-15)
    touching = RGMap(x + (x - 1.0) ** 2 * sympy.exp(x), x, 2).fixed_points((0, 2))
    assert [point.x for point in touching] == [pytest.approx(1.0, abs=1e-5)]
    folded = RGMap(2 * sympy.Abs(x) - 1, x, 2).fixed_points((-2, 2))
    assert [(float(each.x), each.eigenvalues.tolist()) for each in folded] == [
        (pytest.approx(-1 / 3), [-2.0]),
        (1.0, [2.0]),
    ]
    assert RGMap(x + 1 / (x - 0.3), x, 2).fixed_points((0, 1)) == []


def test_formulas():
    """latex, text and the map that they are of"""
    square = RGMap.named("percolation_square_site")
    assert square.latex().startswith("p' = ")
    p = sympy.Symbol("p")
    assert sympy.sympify(str(square).removeprefix("p' = "), {"p": p}) == square.expressions[0]
    assert len(three().latex().splitlines()) == 3


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: RGMap("x**2", x, 2), "expressions must be a sequence of SymPy expressions"),
        (lambda: RGMap(["x"], x, 2), "each of expressions must be a SymPy scalar"),
        (
            lambda: RGMap(x * y, x, 2),
            r"symbols must have all symbols of expressions \(got none for \['y'\]\)",
        ),
        (lambda: RGMap([x, y], x, 2), "expressions must be as many as symbols"),
        (lambda: RGMap(x, x, 1), "scale must be a finite number greater than 1"),
        (lambda: RGMap(x, x, 2, (1, 0)), r"interval must be \(low, high\) with low below high"),
        (lambda: RGMap(x, x, 2).fixed_points((0, np.nan)), "interval must be finite"),
        (lambda: RGMap(x, x, 2).fixed_points((0, 1)), "expressions must have isolated fixed points"),
        (lambda: RGMap(x, x, 2)(np.nan), "x must be finite"),
        (lambda: RGMap(1 / x, x, 2)(0.0), "x must have a finite real image"),
        (lambda: RGMap(x, x, 2)([1.0, 2.0]), "x must be a number"),
        (lambda: three()(0.3), "x must be one sequence of 3 numbers"),
        (lambda: RGMap.named("ising"), "name must be one of"),
        (
            lambda: RGMap(x * 2, x, 2).flow(1.0, 2000),
            "steps must be at most 1023 from start = 1.0",
        ),
        (lambda: RGMap(x, x, 2).eigenoperators(0.3), "point must be a FixedPoint"),
        (lambda: RGMap(x / 2, x, 2).critical_coupling(), "interval must begin where couplings flow to 0"),
        (lambda: migdal_kadanoff(states=0), "states must be finite and greater than 0"),
        (lambda: migdal_kadanoff(dim=0.5), "dim must be finite and at least 1"),
        (lambda: migdal_kadanoff(states=np.nan), "states must be finite"),
    ],
)
def test_refusals(make, said):
    """Argument, value and what would be right"""
    with pytest.raises(ValueError, match=said):
        make()


def test_rows_are_all_checked():
    """No reference row of a map is left out"""
    assert {name for name in ROWS if name.startswith("rg_maps")} == set(NAMES)
