"""One table, three backends: explicit sums over all vertices, quadrature, circulant matrices, sum rules."""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from math import factorial

import numpy as np
import pytest
import sympy

import diagrams.evaluate
from diagrams import (
    Diagram,
    Field,
    Propagator,
    Theory,
    TheoryError,
    UnreducedDiagram,
    Vertex,
    evaluate_numbers,
    evaluate_points,
    evaluate_sphere,
    generate,
)
from diagrams.evaluate.sphere import ZonalValue
from diagrams.expansion import Expansion
from diagrams.tables import tabulate
from diagrams.zonal.bridge import _blocks
from diagrams.zonal.program import ReducedTable, ZonalProgram
from diagrams.zonal.values import SphereValues
from fieldtheory.sphere.harmonics import AngleTransform, gegenbauer, multiplicities

g = sympy.Symbol("g")
PHI3, PHI4 = Theory.scalar({3: sympy.Rational(-7, 10)}), Theory.scalar({4: sympy.Rational(-3, 2)})
RESPONSE = Theory(  # a field with its response field: an asymmetric propagator
    (Field("phi"), Field("psi")),
    (Propagator("phi", "phi"), Propagator("phi", "psi", directed=True)),
    (Vertex("a", {"phi": 2, "psi": 1}, sympy.Integer(2), {"vertices": 1}),),
)
TWO = ("phi", "phi")
CASES = [(PHI4, 0), (PHI4, 1), (PHI4, 2), (PHI4, 3), (PHI3, 1), (PHI3, 2), (RESPONSE, 1), (RESPONSE, 2)]


def seeded(seed: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A symmetric and a general matrix, and positive weights."""
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(n, n))
    return a @ a.T / n, rng.normal(size=(n, n)), rng.uniform(0.5, 1.5, n)


def explicit(diagram: Diagram, matrices: Sequence[np.ndarray], w: np.ndarray) -> np.ndarray:
    """weight * sum_y prod_v w(y_v) prod_edges C, position by position."""
    n, outer = len(w), len(diagram.external)
    total = np.zeros((n,) * outer)
    for at in product(range(n), repeat=diagram.nodes):
        value = float(diagram.weight)
        for y in at[outer:]:
            value *= w[y]
        for i, j, p in diagram.edges:
            value *= matrices[p][at[i], at[j]]
        total[at[:outer]] += value
    return total


@pytest.mark.parametrize(("theory", "loops"), CASES)
def test_points_are_the_explicit_sums(theory: Theory, loops: int) -> None:
    # eq: value-on-points
    c, r, w = seeded(loops, 3)
    matrices = {("phi", "phi"): c, ("phi", "psi"): r}
    found = list(generate(theory, TWO, loops))
    assert found
    total = np.zeros((3, 3))
    for diagram in found:
        expected = explicit(diagram, [c, r], w)
        total += expected
        value = evaluate_points(tabulate(diagram), matrices, weights=w)
        np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-12 * np.abs(expected).max())
    whole = evaluate_points(tabulate(found), matrices, weights=w)
    np.testing.assert_allclose(whole, total, rtol=1e-12, atol=1e-12 * np.abs(total).max())


def test_points_without_weights_with_fixed_and_without_external_points() -> None:
    c, _, w = seeded(5, 3)
    table = tabulate(generate(PHI4, TWO, 2))
    whole = evaluate_points(table, c)
    ones = np.ones(3)
    np.testing.assert_allclose(whole, sum(explicit(d, [c], ones) for d in generate(PHI4, TWO, 2)), rtol=1e-12)
    np.testing.assert_allclose(evaluate_points(table, c, fixed=[2, None]), whole[2], rtol=1e-12)
    np.testing.assert_allclose(evaluate_points(table, c, fixed=[None, 1]), whole[:, 1], rtol=1e-12)
    assert float(evaluate_points(table, c, fixed=[0, 1])) == pytest.approx(whole[0, 1], rel=1e-12)
    vacuum = list(generate(PHI4, (), 3))
    expected = sum(explicit(d, [c], w) for d in vacuum)
    np.testing.assert_allclose(evaluate_points(tabulate(vacuum), c, weights=w), expected, rtol=1e-12)
    apart = list(generate(PHI4, TWO, 2, by="vertices", connected=False, vacuum_bubbles=True))
    expected = sum(explicit(d, [c], w) for d in apart)
    np.testing.assert_allclose(evaluate_points(tabulate(apart), c, weights=w), expected, rtol=1e-12)
    four = list(generate(PHI4, ("phi",) * 4, 1))
    expected = sum(explicit(d, [c], w) for d in four)
    np.testing.assert_allclose(evaluate_points(tabulate(four), c, weights=w), expected, rtol=1e-12)


def sphere_quadrature(degree: int) -> tuple[np.ndarray, np.ndarray]:
    """Points on S^2 and weights (sum 1), exact for polynomials of this degree: Gauss x equispaced."""
    z, v = np.polynomial.legendre.leggauss(degree // 2 + 1)
    phi = 2 * np.pi * np.arange(degree + 1) / (degree + 1)
    rho = np.sqrt(1 - z**2)[:, None]
    parts = np.broadcast_arrays(rho * np.cos(phi), rho * np.sin(phi), z[:, None])
    points = np.stack([part.ravel() for part in parts], axis=1)
    return points, np.repeat(v / 2, degree + 1) / (degree + 1)


def zonal(coefficients: np.ndarray, t: np.ndarray, dim: int) -> np.ndarray:
    deg = np.array(multiplicities(len(coefficients) - 1, dim), dtype=float)
    return np.tensordot(deg * coefficients, gegenbauer(len(coefficients) - 1, t, dim), axes=1)


def reducible(diagrams: Iterator[Diagram], transform: AngleTransform) -> tuple[list[Diagram], list[Diagram]]:
    yes: list[Diagram] = []
    no: list[Diagram] = []
    for diagram in diagrams:
        try:
            evaluate_sphere(tabulate(diagram), [1.0], transform)
            yes.append(diagram)
        except UnreducedDiagram:
            no.append(diagram)
    return yes, no


@pytest.mark.parametrize(
    ("theory", "loops", "irreducible"), [(PHI4, 1, 0), (PHI4, 2, 0), (PHI4, 3, 0), (PHI3, 1, 0), (PHI3, 2, 0)]
)
def test_sphere_is_the_quadrature_over_points(theory: Theory, loops: int, irreducible: int) -> None:
    """int dy_1 ... prod C(y_i . y_j) on S^2, with as many points as make the sums exact.

    Equation: zonal-operations
    """
    rng = np.random.default_rng(loops)
    spectrum = rng.uniform(0.2, 1, 3)
    x, w = sphere_quadrature(8)
    t = np.clip(x @ x.T, -1, 1)
    matrix = zonal(spectrum, t, 3)
    transform = AngleTransform.build(3, 8, 20)
    kept, refused = reducible(generate(theory, TWO, loops), transform)
    assert len(refused) == irreducible
    for diagram in kept:
        table = tabulate(diagram)
        value = evaluate_sphere(table, spectrum, transform)
        expected = evaluate_points(table, matrix, weights=w, fixed=[0, None])
        assert value.truncation == 0
        scale = np.abs(expected).max()
        np.testing.assert_allclose(zonal(value.degrees, t[0], 3), expected, atol=1e-10 * scale)
        np.testing.assert_allclose(zonal(value.degrees, transform.nodes, 3), value.values, atol=1e-10 * scale)


def test_vacuum_and_one_point_on_the_sphere() -> None:
    spectrum = np.array([0.9, 0.5, 0.3])
    x, w = sphere_quadrature(8)
    matrix = zonal(spectrum, np.clip(x @ x.T, -1, 1), 3)
    transform = AngleTransform.build(3, 8, 20)
    for loops in (2, 3, 4):
        vacuum = tabulate(generate(PHI4, (), loops))
        value = evaluate_sphere(vacuum, spectrum, transform)
        assert value.number == pytest.approx(float(evaluate_points(vacuum, matrix, weights=w)), rel=1e-10)
        np.testing.assert_allclose(value.values, value.number)
    cubic, irreducible = reducible(generate(PHI3, (), 3), transform)
    assert not irreducible  # the complete graph of four points is a bridge
    number = evaluate_sphere(tabulate(cubic), spectrum, transform).number
    assert number == pytest.approx(float(evaluate_points(tabulate(cubic), matrix, weights=w)), rel=1e-10)
    one = tabulate(generate(PHI3, ("phi",), 2))
    expected = evaluate_points(one, matrix, weights=w)
    np.testing.assert_allclose(evaluate_sphere(one, spectrum, transform).number, expected, rtol=1e-10)


def test_disconnected_two_point_on_the_sphere() -> None:
    """Two tadpoles, each a number, and bubbles beside the line."""
    spectrum = np.array([0.9, 0.5, 0.3])
    x, w = sphere_quadrature(8)
    t = np.clip(x @ x.T, -1, 1)
    matrix = zonal(spectrum, t, 3)
    table = tabulate(generate(PHI3, TWO, 2, by="vertices", connected=False, vacuum_bubbles=True))
    value = evaluate_sphere(table, spectrum, AngleTransform.build(3, 8, 20))
    expected = evaluate_points(table, matrix, weights=w, fixed=[0, None])
    np.testing.assert_allclose(zonal(value.degrees, t[0], 3), expected, rtol=1e-10)


def test_several_propagators_on_the_sphere() -> None:
    spectra = {("phi", "phi"): np.array([0.9, 0.5, 0.3]), ("phi", "psi"): np.array([0.2, 0.7, 0.4])}
    x, w = sphere_quadrature(6)
    t = np.clip(x @ x.T, -1, 1)
    matrices = {pair: zonal(spectrum, t, 3) for pair, spectrum in spectra.items()}
    table = tabulate(generate(RESPONSE, TWO, 1))
    value = evaluate_sphere(table, spectra, AngleTransform.build(3, 6))
    expected = evaluate_points(table, matrices, weights=w, fixed=[0, None])
    np.testing.assert_allclose(zonal(value.degrees, t[0], 3), expected, rtol=1e-10)


def words(letters: int, blocks: int, start: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Set partitions as words; each letter twice or more, no cut with different letters on both sides."""
    if len(start) == letters:
        cut = any(set(start[:k]).isdisjoint(start[k:]) for k in range(1, letters))
        if not cut and len(set(start)) == blocks and all(start.count(a) > 1 for a in set(start)):
            yield start
        return
    for a in range(min(max(start, default=-1) + 2, blocks)):
        yield from words(letters, blocks, (*start, a))


@pytest.mark.parametrize(("order", "number", "bridges"), [(1, 1, 0), (2, 3, 0), (3, 19, 0), (4, 179, 22)])
def test_self_energy_words_of_learning_curves(order: int, number: int, bridges: int) -> None:
    """A letter is a vertex, neighbours are joined: 22 of 179 words of order 4 need a bridge."""
    found = [word for p in range(1, order + 1) for word in words(order + p, p)]
    bridged = []
    for word in found:
        theory = Theory.scalar({n: 1 for n in range(1, 2 * order + 5)})
        nodes = [0, *(a + 2 for a in word), 1]
        edges = tuple((i, j, 0) for i, j in zip(nodes[:-1], nodes[1:], strict=True))
        degrees = [sum(i == a + 2 for edge in edges for i in edge[:2]) for a in range(max(word) + 1)]
        diagram = Diagram(theory, TWO, tuple(n - 1 for n in degrees), edges, 1)
        reduced = ReducedTable.of(tabulate(diagram))
        reduced.require_reduced()
        if any(kind == "bridge" for kind, _ in reduced.program.operations):
            bridged.append("".join(str(a + 1) for a in word))
    assert (len(found), len(bridged)) == (number, bridges)
    assert ("12132434" in bridged) == (order == 4)


def test_circle_is_circulant_matrices() -> None:
    """S^1 with equispaced angles: the sunset is C (C*C*C) C / n^2, an FFT of circulant rows."""
    spectrum, n = np.array([0.8, 0.6, 0.3, 0.1]), 17
    angles = 2 * np.pi * np.arange(n) / n
    row = zonal(spectrum, np.cos(angles), 2)
    matrix = row[(np.arange(n)[:, None] - np.arange(n)) % n]
    transform = AngleTransform.build(2, 9, 24)
    for loops in (1, 2, 3):
        for diagram in generate(PHI4, TWO, loops):
            table = tabulate(diagram)
            found = zonal(evaluate_sphere(table, spectrum, transform).degrees, np.cos(angles), 2)
            expected = evaluate_points(table, matrix, weights=np.full(n, 1 / n), fixed=[None, 0])
            np.testing.assert_allclose(found, expected, atol=1e-12 * np.abs(expected).max())
    (sunset,) = (d for d in generate(PHI4, TWO, 2) if not d.has_tadpoles)
    spectra = np.fft.fft(row) ** 2 * np.fft.fft(row**3) / n**2
    found = zonal(evaluate_sphere(tabulate(sunset), spectrum, transform).degrees, np.cos(angles), 2)
    np.testing.assert_allclose(found, float(sunset.weight) * np.fft.ifft(spectra).real, rtol=1e-12)


@pytest.mark.parametrize("dim", [2, 3, 5])
def test_wheatstone_bridge_is_its_monte_carlo_mean(dim: int) -> None:
    """x1 - u, x1 - v, u - v, u - x2, v - x2 with five different lines, against random points."""
    rng = np.random.default_rng(dim)
    transform = AngleTransform.build(dim, 4, 12)
    program = ZonalProgram()
    rows = [(0, 2, 0), (0, 3, 1), (2, 3, 2), (1, 2, 3), (1, 3, 4)]
    reduced = program.reduce(2, 4, rows)
    deg = np.array(multiplicities(4, dim), dtype=float)
    lines = {p: rng.uniform(0.2, 1, 5) / deg for p in range(5)}
    assert reduced.line is not None
    assert program.describe(reduced.line).startswith("bridge")
    found = SphereValues(program, lines, transform).degrees(reduced.line)
    points = rng.standard_normal((4, 400_000, dim))
    points /= np.linalg.norm(points, axis=-1, keepdims=True)
    heights = {(i, j): np.einsum("nd,nd->n", points[i], points[j]) for i in range(4) for j in range(i)}
    value = np.prod([zonal(lines[p], heights[j, i], dim) for i, j, p in rows], axis=0)
    sampled = value * gegenbauer(4, heights[1, 0], dim)
    stderr = sampled.std(axis=1) / np.sqrt(len(value))
    assert (np.abs(sampled.mean(axis=1) - found) < 4 * stderr).all()
    assert (stderr[:2] < 0.2 * np.abs(found[:2])).all()


def test_batches_and_complex_step_through_a_bridge() -> None:
    """A batch is its members; the imaginary part is the derivative along the direction it is given."""
    rng = np.random.default_rng(0)
    transform = AngleTransform.build(4, 3, 12)
    program = ZonalProgram()
    reduced = program.reduce(
        2, 5, [(0, 2, 0), (0, 3, 0), (2, 3, 0), (1, 2, 0), (1, 3, 0), (2, 4, 0), (2, 4, 0)]
    )
    assert reduced.line is not None

    line = reduced.line

    def run(lines: np.ndarray) -> np.ndarray:
        values = SphereValues(program, {0: lines}, transform)
        factor = values.product(reduced.numbers)
        return np.asarray(np.asarray(factor)[..., None] * values.degrees(line))

    batch, direction = rng.uniform(0.2, 1, (2, 3, 4)), rng.normal(size=4)
    np.testing.assert_allclose(run(batch)[1, 2], run(batch[1, 2]), rtol=1e-13)
    step = 1e-4
    difference = (run(batch[0, 0] + step * direction) - run(batch[0, 0] - step * direction)) / (2 * step)
    np.testing.assert_allclose(run(batch[0, 0] + 1e-25j * direction).imag / 1e-25, difference, rtol=1e-6)


def test_irreducible_diagram_raises_or_is_sampled() -> None:
    """Three utilities: the cubic graph K_33 is the first vacuum diagram without triangle or bridge."""
    edges = tuple((i, j, 0) for i in (0, 1, 2) for j in (3, 4, 5))
    utilities = tabulate(Diagram(PHI3, (), (0,) * 6, edges, 72))
    spectrum = np.array([0.9, 0.5])
    transform = AngleTransform.build(3, 1, 12)
    with pytest.raises(UnreducedDiagram, match=r"series-parallel .*C\(y1,y\d\).*monte-carlo"):
        evaluate_sphere(utilities, spectrum, transform)
    assert issubclass(UnreducedDiagram, TheoryError)
    with pytest.warns(DeprecationWarning, match="UnreducedDiagram"):
        assert diagrams.evaluate.IrreducibleDiagram is UnreducedDiagram
    with pytest.raises(AttributeError, match="Irreducible"):
        diagrams.evaluate.Irreducible  # noqa: B018
    x, w = sphere_quadrature(3)
    matrix = zonal(spectrum, np.clip(x @ x.T, -1, 1), 3)
    expected = float(evaluate_points(utilities, matrix, weights=w))
    found = evaluate_sphere(
        utilities, spectrum, transform, irreducible="monte-carlo", samples=400_000, seed=1
    )
    assert abs(found.number - expected) < 4 * found.stderr[0]
    assert found.stderr[0] < 0.03 * expected
    again = evaluate_sphere(
        utilities, spectrum, transform, irreducible="monte-carlo", samples=400_000, seed=1
    )
    assert again.number == found.number


def test_sampled_two_point_function() -> None:
    """K_33 with one line opened."""
    edges = [(i, j, 0) for i in (0, 2, 3) for j in (1, 4, 5) if (i, j) != (0, 1)]
    lines = ((0, 2, 0), (1, 3, 0), *((i + 2, j + 2, 0) for i, j, _ in edges))
    opened = tabulate(Diagram(PHI3, TWO, (0,) * 6, lines, 4))
    spectrum = np.array([0.9, 0.2])
    transform = AngleTransform.build(3, 2, 12)
    x, w = sphere_quadrature(4)
    t = np.clip(x @ x.T, -1, 1)
    expected = evaluate_points(opened, zonal(spectrum, t, 3), weights=w, fixed=[0, None])
    found = evaluate_sphere(opened, spectrum, transform, irreducible="monte-carlo")
    degrees = (expected * w) @ gegenbauer(2, t[0], 3).T
    assert (np.abs(found.degrees - degrees) <= 4 * found.stderr + 1e-12).all()
    assert found.stderr[0] < 0.02 * degrees[0]


def test_truncation_and_aliasing_are_reported() -> None:
    """(C^2 o C^2) with C of degree 2 reaches degree 4: lost by a transform that stops at 3."""
    spectrum = [1.0, 0.5, 0.4]
    chain = [d for d in generate(PHI4, TWO, 3) if not d.has_tadpoles]
    table = tabulate(chain)
    assert evaluate_sphere(table, spectrum, AngleTransform.build(4, 4, 12)).truncation == 0
    assert evaluate_sphere(table, spectrum, AngleTransform.build(4, 3, 12)).truncation > 1e-4
    with pytest.raises(ValueError, match=r"at least 5 nodes for products .* \(got 4\)"):
        evaluate_sphere(tabulate(generate(PHI4, TWO, 2)), spectrum, AngleTransform.build(4, 2, 4))


def logarithm(moments: list[sympy.Rational]) -> list[sympy.Rational]:
    """Coefficients of log(1 + sum_n m_n x^n): n c_n = n m_n - sum_k k c_k m_{n-k}."""
    c = [sympy.Integer(0)]
    for n in range(1, len(moments)):
        c.append(moments[n] - sum(k * c[k] * moments[n - k] for k in range(1, n)) / sympy.Integer(n))
    return c


@pytest.mark.parametrize("legs", [3, 4])
def test_numbers_obey_the_sum_rules(legs: int) -> None:
    """sum_n x^n (vacuum diagrams with n vertices) = log sum_n x^n g^n <phi^(kn)> / (k!^n n!).

    Equation: value-in-numbers
    """
    a, highest = sympy.Rational(2, 3), 4
    theory = Theory.scalar({legs: g})

    def moment(n: int, extra: int = 0) -> sympy.Rational:
        k = legs * n + extra
        gauss = 0 if k % 2 else sympy.factorial2(k - 1) * a ** (k // 2)
        return sympy.Rational(7, 5) ** n * gauss / (factorial(legs) ** n * factorial(n))

    expected = logarithm([moment(n) for n in range(highest + 1)])
    for n in range(1, highest + 1):
        table = tabulate(generate(theory, (), n, by="vertices"), {g: Fraction(7, 5)})
        assert evaluate_numbers(table, Fraction(2, 3)) == expected[n]
    for n in range(3):  # <phi phi> Z, vacuum bubbles included
        everything = generate(theory, TWO, n, by="vertices", connected=False, vacuum_bubbles=True)
        table = tabulate(everything, {g: Fraction(7, 5)})
        assert evaluate_numbers(table, Fraction(2, 3)) == moment(n, extra=2)


def test_numbers_of_several_propagators() -> None:
    c, r = sympy.symbols("c r")
    found = list(generate(RESPONSE, ("phi", "psi"), 1))
    table = tabulate(found)
    value = evaluate_numbers(table, {("phi", "phi"): c, ("phi", "psi"): r})
    expected = sum(d.weight * sympy.Mul(*((c, r)[p] for _, _, p in d.edges)) for d in found)
    assert sympy.expand(value - expected) == 0


def test_tables_merge_and_print() -> None:
    """Two vertices that differ in name only give one term; weights that cancel give none."""
    h = sympy.Symbol("h")
    twins = Theory(
        (Field("phi"),),
        (Propagator("phi", "phi"),),
        (Vertex("a", {"phi": 4}, g, {"n": 1}), Vertex("b", {"phi": 4}, h, {"n": 1})),
    )
    source = Expansion.of(generate(twins, TWO, 2))
    table = tabulate(source)
    assert len(source) > len(table) == 3
    plain = evaluate_numbers(tabulate(generate(Theory.scalar({4: g + h}), TWO, 2)), 2)
    assert sympy.expand(evaluate_numbers(table, 2) - plain) == 0
    assert len(tabulate(source, {g: 1, h: -1})) == 0
    assert tabulate(source.items()) == table
    assert hash(tabulate(list(source))) == hash(table)
    lines = str(tabulate(generate(PHI4, TWO, 2))).splitlines()
    assert lines[0] == "3 terms; x1: phi, x2: phi"
    assert any("C(y1,y2)^3" in line and line.endswith("over y1, y2") for line in lines)
    (first, *_) = table.terms
    assert first.edges.shape == (len(first.rows), 4)
    assert first.edges.dtype == np.int64
    assert not first.edges.flags.writeable


def test_nothing_is_worth_zero() -> None:
    empty = tabulate([])
    assert evaluate_numbers(empty, 2) == 0
    assert evaluate_points(empty, np.eye(2)) == 0
    assert evaluate_sphere(empty, [1.0], AngleTransform.build(3, 2)).number == 0
    bubble = tabulate(generate(PHI4, (), 0, by="vertices", connected=False))  # Z = 1 + ...
    assert evaluate_numbers(bubble, 2) == 1
    assert evaluate_points(bubble, np.eye(2)) == 1


def test_bad_arguments() -> None:
    table = tabulate(generate(PHI4, TWO, 1))
    c, _, _ = seeded(0, 3)
    transform = AngleTransform.build(3, 2)
    with pytest.raises(ValueError, match=r"symmetric"):
        evaluate_points(table, [[1.0, 2.0], [0.0, 1.0]])
    with pytest.raises(ValueError, match=r"square matrix \(got shape \(3,\)\)"):
        evaluate_points(table, [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"weights must have shape \(3,\) \(got \(2,\)\)"):
        evaluate_points(table, c, weights=[1.0, 2.0])
    with pytest.raises(TheoryError, match=r"fixed must be indices of points or None \(got 3 for 3 points\)"):
        evaluate_points(table, c, fixed=[3, None])
    with pytest.raises(TheoryError, match=r"fixed must have 2 entries \(got 1\)"):
        evaluate_points(table, c, fixed=[0])
    with pytest.raises(TheoryError, match=r"must have a value for \('phi', 'phi'\)"):
        evaluate_points(table, {("chi", "chi"): c})
    with pytest.raises(TheoryError, match=r"couplings must all have real values \(got the weight g/2\)"):
        evaluate_points(tabulate(generate(Theory.scalar({4: g}), TWO, 1)), c)
    with pytest.raises(TheoryError, match=r"must be a SymPy scalar .*\(got 'exit\(\)'\)"):
        evaluate_numbers(table, "exit()")
    with pytest.raises(TheoryError, match=r"couplings must be numbers by SymPy symbol"):
        tabulate(generate(PHI4, TWO, 1), {g: "exit()"})
    with pytest.raises(TheoryError, match=r"same external fields and propagators"):
        tabulate([*generate(PHI4, TWO, 1), *generate(PHI4, (), 2)])
    with pytest.raises(TheoryError, match=r"by pair of fields"):
        evaluate_numbers(tabulate(generate(RESPONSE, TWO, 1)), 1)
    with pytest.raises(
        TheoryError, match=r"external must be at most two points on the sphere \(got 4\): evaluate_points"
    ):
        evaluate_sphere(tabulate(generate(PHI4, ("phi",) * 4, 1)), [1.0], transform)
    for bad in (0.0, True, "0"):
        with pytest.raises(TheoryError, match=rf"fixed must be indices of points or None \(got {bad!r} for"):
            evaluate_points(table, c, fixed=[bad, 1])
    for bad in (math.nan, math.inf, -math.inf):
        name = "propagators: <phi phi>"
        with pytest.raises(ValueError, match=rf"{name} must be finite \(got {bad} at position 0, 0\)"):
            evaluate_points(table, [[bad, 0.0], [0.0, 1.0]])
        with pytest.raises(ValueError, match=rf"{name} must be finite \(got {bad} at position 1\)"):
            evaluate_sphere(table, [1.0, bad], transform)
    with pytest.raises(ValueError, match=r"weights must be finite \(got nan at position 2\)"):
        evaluate_points(table, c, weights=[1.0, 1.0, math.nan])
    with pytest.raises(ValueError, match=r"propagators: <phi phi> must be real numbers \(got \[1j\]\)"):
        evaluate_sphere(table, [1j], transform)
    with pytest.raises(ValueError, match=r"1 to 3 coefficients \(got shape \(4,\)\)"):
        evaluate_sphere(table, np.ones(4), transform)
    cumulant = Theory(
        (Field("phi"),), (Propagator("phi", "phi"),), (Vertex("k", {"phi": 4}, 1, local=False),)
    )
    nonlocal_table = tabulate(generate(cumulant, TWO, 1))
    for refused in (
        lambda: evaluate_points(nonlocal_table, c),
        lambda: evaluate_sphere(nonlocal_table, [1.0], transform),
    ):
        with pytest.raises(TheoryError, match=r"vertices must be local"):
            refused()


def test_numpy_integers_fix_points() -> None:
    table = tabulate(generate(PHI4, TWO, 1))
    c, _, _ = seeded(0, 3)
    found = evaluate_points(table, c, fixed=[np.int64(2), None])
    np.testing.assert_array_equal(found, evaluate_points(table, c, fixed=[2, None]))


def test_zonal_value_is_shown_in_a_line() -> None:
    table = tabulate(generate(PHI4, TWO, 1))
    shown = repr(evaluate_sphere(table, 0.5 ** np.arange(201), AngleTransform.build(3, 200)))
    assert len(shown) < 120
    assert shown.startswith("ZonalValue(201 degrees: ")
    assert shown.endswith(", ..., truncation=0)")
    one = ZonalValue(np.ones(3), np.array([1.0]), 0.25, np.array([0.125]))
    assert repr(one) == "ZonalValue(1 degree: 1, truncation=0.25, stderr=0.125)"


def test_tables_that_are_kept_do_not_change() -> None:
    transform = AngleTransform.build(3, 2)
    assert not any(block.flags.writeable for block in _blocks(transform))
    reduced = ReducedTable.of(tabulate(generate(PHI4, TWO, 2)))
    program, before = reduced.program, list(reduced.program.operations)
    line = program.line(0)  # known
    with pytest.raises(ValueError, match=r"program must not be frozen .*\(got \('bridge'"):
        program.bridge([line] * 5)
    assert program.operations == before
    assert ZonalProgram().freeze().operations == []


def test_a_bridge_is_one_however_it_is_written() -> None:
    program = ZonalProgram()
    a, b, h, c, d = (program.line(p) for p in range(5))
    ways = ((a, b, h, c, d), (b, a, h, d, c), (c, d, h, a, b), (d, c, h, b, a))
    assert len({program.bridge(arms) for arms in ways}) == 1
    assert program.bridge((a, b, h, d, c)) != program.bridge((a, b, h, c, d))


def test_products_need_a_transform() -> None:
    found = SphereValues(ZonalProgram(), {0: np.ones(2)}, None, np.ones(2))
    with pytest.raises(ValueError, match=r"transform must be given .*\(got None\): .*AngleTransform.build"):
        _ = found.transform
