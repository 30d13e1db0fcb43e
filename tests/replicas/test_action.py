"""The replicated action: its diagrams are the words, its formulas those derived by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import sympy

import fieldtheory as ft
from diagrams.theories.constituents import TheoryError
from fieldtheory.spectrum import Spectrum
from replicas.derivation.regression_action import GPRegressionAction, gp_regression_action
from replicas.derivation.replica_diagram import POINTS, SIGMA
from replicas.derivation.zonal_formula import EIGENVALUE, LINE, DegreeSum, FunkHecke, ZonalFunction
from replicas.observables import product
from replicas.prediction import Problem
from replicas.self_energy.words import all_words, self_energy_words
from replicas.theories.perturbative import perturbation_series

C, LAMBDA, N, S = LINE, EIGENVALUE, POINTS, SIGMA
C1, C2, C3 = (DegreeSum(C**k) for k in (1, 2, 3))
X = FunkHecke(ZonalFunction(C) ** 3)
Y = FunkHecke(ZonalFunction(C) ** 2 * ZonalFunction(C**2))
SPECTRUM = Spectrum.from_arrays([1.0, 0.5, 0.02], [1, 5, 14], dim=5)

# learning curves of the equivalent kernel and beyond, orders 0 to 2, written out
BY_HAND = {
    ("self-energy", 0): N / S**2,
    ("self-energy", 1): -N / S**4 * C1,
    ("self-energy", 2): N / S**6 * C1**2 - N**2 / S**8 * (C1 * C2 + X),
    ("mean", 0): 1 - C / LAMBDA,
    ("mean", 1): -N / S**4 * C1 * C**2 / LAMBDA,
    ("mean", 2): -(C**3 * (N / S**4) ** 2 * C1**2 - C**2 * (N / S**6 * C1**2 - N**2 / S**8 * (C1 * C2 + X)))
    / LAMBDA,
    ("error", 0): (C / LAMBDA) ** 2,
    ("error", 1): N / S**4 * (2 * C**3 * C1 + C**2 * C2) / LAMBDA**2,
    ("error", 2): (
        N**2
        / S**8
        * (3 * C**4 * C1**2 + 4 * C**3 * C1 * C2 + 2 * C**3 * X + C**2 * (C2**2 + 2 * C1 * C3 + 3 * Y))
        - 2 * N / S**6 * (C**3 * C1**2 + C**2 * C1 * C2)
    )
    / LAMBDA**2,
    ("variance", 0): sympy.Integer(0),
    ("variance", 1): (C / LAMBDA) ** 2 * N / S**4 * C2,
    ("variance", 2): C**2
    / LAMBDA**2
    * (N**2 / S**8 * (2 * C * C1 * C2 + C2**2 + 2 * C1 * C3 + 3 * Y) - 2 * N / S**6 * C1 * C2),
}


@pytest.mark.parametrize(("quantity", "order"), BY_HAND)
def test_derived_formulas(quantity: str, order: int) -> None:
    derived = gp_regression_action().expand(quantity, order).expression
    assert sympy.expand(derived - BY_HAND[quantity, order]) == 0


def test_exact_number_of_points_at_first_order() -> None:
    """The cumulant -N.1.1 adds (N/sigma^4) C_l to the self-energy."""
    derived = gp_regression_action("fixed").expand("self-energy", 1).expression
    assert sympy.expand(derived - N / S**4 * (C - C1)) == 0


@pytest.mark.parametrize(("order", "count"), [(1, 1), (2, 3), (3, 19), (4, 179)])
def test_diagrams_are_the_words(order: int, count: int) -> None:
    """One diagram for every word, each with symmetry factor 1, read off the line in both routes."""
    expansion = gp_regression_action().expand("self-energy", order)
    found = sorted(tuple(sorted(rows)) for d in expansion for _, _, _, rows in d.graphs())
    steps = sorted(
        tuple(sorted((min(i, j), max(i, j)) for i, j in word.steps())) for word in self_energy_words(order)
    )
    assert len(found) == len(expansion) == len(steps) == count
    assert {d.symmetry_factor for d in expansion} == {1}
    names = [len({i for row in rows for i in row[:2]}) for rows in found]
    assert sorted(names) == sorted(len({i for row in rows for i in row}) for rows in steps)
    for d in expansion:
        assert d.weight == -((-1) ** d.visits) * N**d.points / S ** (2 * d.visits)
        assert d.visits - d.points == order


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_mean_diagrams_are_all_words(order: int) -> None:
    assert len(gp_regression_action().expand("mean", order)) == max(1, len(list(all_words(order))))


@pytest.mark.parametrize("ensemble", ["poisson", "fixed"])
@pytest.mark.parametrize("order", [0, 1, 2, 3])
@pytest.mark.parametrize(
    "spectrum", [SPECTRUM, Spectrum.from_arrays([0.7, 0.0, 0.2], [1, 3, 5], tail=0.1, dim=3)]
)
def test_compiled_diagrams_are_the_table_of_words(ensemble: str, order: int, spectrum: Spectrum) -> None:
    """Two routes: diagrams of the engine, contracted; and words with derivatives by the source."""
    n, ridge = np.array([20.0, 50.0]), 1.0
    action = GPRegressionAction(ensemble)
    problem = Problem(spectrum, np.ones(3), n, ridge, 0.0, ensemble)
    series = perturbation_series(problem, max(order, 1))
    squared = product(series.missed, series.missed)
    errors = product(series.missed, series.missed, series.source)
    expected = {
        "mean": 1 - series.missed[0] if order == 0 else -series.missed[order],
        "error": errors[order],
        "variance": errors[order] - squared[order],
    }
    for quantity, values in expected.items():
        found = action.expand(quantity, order).compile()(spectrum, n, ridge)
        scale = np.abs(values).max()
        np.testing.assert_allclose(found, values[:, :3], rtol=1e-11, atol=1e-13 * scale)


def test_compiled_order_four_reaches_simulations() -> None:
    """Orders 0 to 4 of G_0 and G_1, lambda = 1, 1/2 on S^4, N = 60 Poisson points: 60 000 data sets."""
    rows = json.loads((Path(__file__).parents[1] / "data" / "finite_rank.json").read_text())
    (row,) = [r for r in rows["cases"] if (r["ensemble"], r["d"], r["n"]) == ("poisson", 5, 60)]
    spectrum = Spectrum.from_arrays(row["lam"], [1, 5], dim=5)
    action = gp_regression_action()
    learnt = sum(action.expand("mean", k).compile()(spectrum, 60, 1.0) for k in range(5))
    line = (1 - learnt) * spectrum.eigenvalues
    assert np.abs(line - row["mc"][:2]).max() < 3 * max(row["se"][:2])


def test_replica_number_kept() -> None:
    """M closed lines: first order is the fluctuation of sum_a phi_a^2, -(N/sigma^4)(1 + M/2) tr(C)."""
    M = sympy.Symbol("M")
    kept = gp_regression_action().expand("self-energy", 1, keep_replicas=True)
    assert sympy.expand(kept.expression + N / S**4 * (1 + M / 2) * C1) == 0
    second = gp_regression_action().expand("self-energy", 2, keep_replicas=True)
    limit = gp_regression_action().expand("self-energy", 2)
    assert sympy.expand(second.expression.subs(M, 0) - limit.expression) == 0
    assert sympy.degree(sympy.expand(second.expression), M) == 2
    with pytest.raises(ValueError, match="replica limit"):
        second.compile()


@pytest.mark.parametrize("replicas", [1, 2, 3])
def test_replica_number_on_one_point(replicas: int) -> None:
    """On one point the action is that of a numbers' integral: <phi^2> to second order, term by term.

    exp(-S) = exp(-sum phi^2 (1/lam)/2 + N (exp(-sum phi^2/(2 sigma^2)) - 1)), M components.

    Equation: replicated-action
    """
    c, n, s, eps = sympy.symbols("c N sigma eps", positive=True)
    moment = [sympy.Integer(1)]  # <(sum phi^2)^k> for M components of variance c
    for k in range(12):
        moment.append(moment[-1] * (replicas + 2 * k) * c)
    # N k-th power of rho = sum phi^2/(2 sigma^2): N -> N/eps, rho -> eps rho counts orders
    vertex = sum(
        n * eps ** (k - 1) * (-1) ** k / (sympy.factorial(k) * (2 * s**2) ** k) * sympy.Symbol("r") ** k
        for k in (2, 3)
    )
    r = sympy.Symbol("r")
    weight = sympy.expand(1 + vertex + vertex**2 / 2)

    def average(extra: int) -> sympy.Expr:
        poly = sympy.Poly(weight, r)
        total = sum(coefficient * moment[power + extra] for (power,), coefficient in poly.terms())
        return sympy.series(sympy.expand(total), eps, 0, 3).removeO()

    full = sympy.series(average(1) / replicas / average(0), eps, 0, 3).removeO()
    for order in (1, 2):
        kept = gp_regression_action().expand("mean", order, keep_replicas=True)
        value = -kept.expression * LAMBDA  # the full line
        value = value.subs(sympy.Symbol("M"), replicas)
        point = (
            value.replace(DegreeSum, lambda a: a)
            .replace(FunkHecke, lambda a: a)
            .replace(ZonalFunction, lambda a: a)
        )
        point = point.subs({C: c, N: n, S: s})
        assert sympy.simplify(point - sympy.expand(full).coeff(eps, order)) == 0


def test_printed() -> None:
    assert str(gp_regression_action()) == (
        "S = sum_a ||phi_a + g||_K^2/2 - N int dmu (exp(-sum_a phi_a^2/(2 sigma^2)) - 1)"
    )
    assert "ln int dmu" in str(gp_regression_action("fixed"))
    assert gp_regression_action().latex().startswith("S = ")
    expansion = ft.gp_regression_action().expand("error", 2)
    assert expansion.latex().startswith(r"E_l^{(2)} = \frac{")
    assert str(expansion).startswith("error, order 2 in 1/N: 19 diagrams")
    assert expansion.to_svg().startswith("<svg")
    for diagram in expansion:
        assert diagram.to_svg().startswith("<svg")
        assert "feynman" in diagram.to_tikz()
    total = sympy.Add(*(d.expression for d in expansion))
    assert sympy.expand(total - expansion.expression) == 0


def test_refusals() -> None:
    with pytest.raises(ValueError, match="ensemble must be one of"):
        gp_regression_action("grand")
    with pytest.raises(ValueError, match="quantity must be one of"):
        gp_regression_action().expand("bias", 1)
    with pytest.raises(ValueError, match="order must be"):
        gp_regression_action().expand("mean", -1)
    with pytest.raises(ValueError, match="order must be at most 4"):
        gp_regression_action().expand("error", 9)
    compiled = gp_regression_action().expand("mean", 2).compile()
    with pytest.raises(ValueError, match="ridge must be positive"):
        compiled(SPECTRUM, 10, 0.0)
    with pytest.raises(ValueError, match="n must be finite and positive"):
        compiled(SPECTRUM, [-1.0], 1.0)
    with pytest.raises(ValueError, match="must have a dim"):
        compiled(Spectrum.from_arrays([1.0, 0.5], [1, 5]), 10, 1.0)
    assert issubclass(TheoryError, ValueError)


@pytest.mark.parametrize(("dim", "layers"), [(20, 3), (5, 1)])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_orders_add_up_to_the_curve_on_default_spectra(dim: int, layers: int, order: int) -> None:
    """Many degrees that are hardly learnt, but not few together: tr(C) needs them all."""
    spectrum = ft.FullyConnected(layers, "relu", 2.0, 0.1).ntk().spectrum(dim=dim)
    spectrum = spectrum.truncate(min(spectrum.max_degree, 24))
    n, ridge = np.array([100.0, 300.0]), 0.5
    curve = ft.learning_curve(
        spectrum, ft.Target({1: 1.0}), n, ridge=ridge, theory="perturbative", order=order, ensemble="poisson"
    )
    action = gp_regression_action()
    total = sum(action.expand("error", k).compile()(spectrum, n, ridge)[:, 1] for k in range(order + 1))
    np.testing.assert_allclose(curve.error, total, rtol=1e-6)


def test_compiled_where_multiplicities_leave_the_float_range() -> None:
    spectrum = ft.FullyConnected(1, "relu", 2.0, 0.1).ntk().spectrum(dim=10**6, max_degree=80)
    assert np.isinf(spectrum.multiplicities).any()
    found = gp_regression_action().expand("error", 2).compile()(spectrum, 1000, 0.5)
    assert np.isfinite(found).all()
    series = perturbation_series(Problem(spectrum, np.eye(81)[1], np.array([1000.0]), 0.5, 0.0, "poisson"), 2)
    expected = product(series.missed, series.missed, series.source)[2][0]
    np.testing.assert_allclose(found[:3], expected[:3], rtol=1e-6)
