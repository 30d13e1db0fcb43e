"""Cumulants of data as diagrams, against closed forms, quadrature, the engine's own values and exact sums."""

from __future__ import annotations

import json
import math
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import fieldtheory as ft
import replicas
from diagrams import Theory, evaluate_points, tabulate
from fieldtheory.data.correlations import require_correlations

DATA = json.loads((Path(__file__).parents[1] / "data" / "regimes.json").read_text(encoding="utf-8"))
FOUR_SITES = [row for row in DATA["rows"] if row["feature"] == "nlgp_four_sites"]
TWO_SITES = [row for row in DATA["rows"] if row["feature"] == "nlgp_cumulants"]


def chain(sites: int, length: float) -> Any:
    return np.exp(-np.abs(np.subtract.outer(range(sites), range(sites))) / length)


def legs(rho: float, *sites: int) -> Any:
    return np.array([[1.0, rho], [rho, 1.0]])[np.ix_(sites, sites)]


def cumulant_by_quadrature(function: Any, matrix: Any, points: int = 24) -> float:
    """Joint cumulant of standardised f(z_i), i = 1, 2, 3, by a product rule: <x_1 x_2 x_3>, or <x_1 x_2>."""
    z, weights = np.polynomial.hermite_e.hermegauss(points)
    weights = weights / math.sqrt(2 * math.pi)
    values = function(z)
    mean = weights @ values
    scale = math.sqrt(weights @ (values - mean) ** 2)
    grid = np.stack(np.meshgrid(*[z] * len(matrix), indexing="ij"))
    x = (function(np.tensordot(np.linalg.cholesky(matrix), grid, axes=1)) - mean) / scale
    found = np.prod(x, axis=0)
    for _ in range(len(matrix)):
        found = found @ weights
    return float(found)


@pytest.mark.parametrize("row", FOUR_SITES, ids=lambda row: row["id"])
def test_series_converges_to_the_closed_form(row: dict[str, Any]) -> None:
    """kappa_0123: error within the printed truncation error, both fall; resummed to 1e-7"""
    rho, wanted = chain(4, row["params"]["xi"]), row["values"]["cumulant"]
    data = replicas.DataCumulants("erf", gain=row["params"]["gain"])
    found = [data.cumulant(rho, order) for order in (8, 10, 12, 14, 15)]
    errors = [abs(each.value - wanted) for each in found]
    assert all(error < each.truncation for error, each in zip(errors, found, strict=True))
    assert errors == sorted(errors, reverse=True)
    assert found[-1].truncation < 0.2 * found[0].truncation
    assert abs(found[-1].resummed.value - wanted) < min(1e-7, found[-1].resummed.error)
    assert found[-1].best == found[-1].resummed


@pytest.mark.parametrize("row", TWO_SITES, ids=lambda row: row["id"])
@pytest.mark.parametrize("sites", ["iijj", "iiij", "iiii"])
def test_sites_that_coincide(row: dict[str, Any], sites: str) -> None:
    """kappa_iijj, kappa_iiij by quadrature in z; kappa_iiii is a vertex and needs no line"""
    data = replicas.DataCumulants("erf", gain=row["params"]["gain"])
    found = data.cumulant(legs(row["params"]["rho"], *("ij".index(each) for each in sites)), 15)
    wanted = row["values"][f"kappa_{sites}"]
    if sites == "iiii":
        assert (found.is_complete, found.truncation) == (True, 0.0)
        assert found.value == pytest.approx(wanted, rel=1e-12)
        return
    assert abs(found.value - wanted) < found.truncation < 2e-3
    assert abs(found.best.value - wanted) < found.best.error < 2e-3


def test_sites_that_coincide_to_rounding() -> None:
    """As correlations that are computed do: the same sum as with exact ones"""
    data = replicas.DataCumulants("erf", gain=2.0)
    vectors = np.array([[0.6, 0.8], [0.6, 0.8 + 1e-16], [1.0, 0.0], [1.0, 1e-16]])
    rho = vectors @ vectors.T
    assert (rho != legs(0.6, 0, 0, 1, 1)).any()
    found, wanted = data.cumulant(rho, 8), data.cumulant(legs(0.6, 0, 0, 1, 1), 8)
    np.testing.assert_allclose(found.terms, wanted.terms, atol=1e-13)


def test_a_series_that_diverges() -> None:
    """g = 3, xi = 2: w times the largest eigenvalue of rho - 1 is 1.24; the resummation converges"""
    rho, data = chain(4, 2.0), replicas.DataCumulants("erf", gain=3.0)
    weight = 18 / 19
    assert weight * np.linalg.eigvalsh(rho - np.eye(4))[-1] > 1.2
    found = data.cumulant(rho, 15)
    assert math.isinf(found.truncation)
    assert "do not fall" in str(found)
    wanted = ft.NonlinearGaussianData(3.0).cumulant(rho)
    assert abs(found.resummed.value - wanted) < min(1e-5, found.resummed.error)


@settings(max_examples=25, derandomize=True)
@given(
    numbers=st.lists(st.floats(-1, 1), min_size=16, max_size=16),
    gain=st.floats(0.1, 5.0),
    order=st.integers(9, 15),
)
def test_errors_are_told(numbers: list[float], gain: float, order: int) -> None:
    """|sum - closed form| <= truncation, |resummed - closed form| <= 4 times its error"""
    vectors = np.array(numbers).reshape(4, 4) + 1.5 * np.eye(4)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rho = vectors @ vectors.T
    np.fill_diagonal(rho, 1.0)
    found = replicas.DataCumulants("erf", gain=gain).cumulant(rho, order)
    wanted = ft.NonlinearGaussianData(gain).cumulant(rho)
    assert abs(found.value - wanted) <= found.truncation + 1e-14
    assert abs(found.resummed.value - wanted) <= 4 * found.resummed.error + 1e-14


def test_covariance_of_two_sites() -> None:
    """sum_n a_n^2 rho^n/n! = asin(w rho)/asin w, term by term"""
    gain, rho = 1.2, sympy.Symbol("rho")
    weight = 2 * gain**2 / (1 + 2 * gain**2)
    series = sympy.series(sympy.asin(weight * rho), rho, 0, 16).removeO() / math.asin(weight)
    wanted = [float(series.coeff(rho, n)) for n in range(16)]
    found = replicas.DataCumulants("erf", gain=gain)
    squares = found.coefficients() ** 2 / [math.factorial(n) for n in range(16)]
    np.testing.assert_allclose(squares, wanted, atol=1e-13)
    terms = found.cumulant(legs(0.7, 0, 1), 15).terms
    np.testing.assert_allclose(terms, wanted * 0.7 ** np.arange(16), atol=1e-13)


@pytest.mark.parametrize("sites", [2, 3, 4])
def test_all_multigraphs(sites: int) -> None:
    """Connected ones of all n_ij with sum n_ij <= 6, each once, with the weight 1/prod n_ij!"""
    a = sympy.symbols("a_0:7")
    pairs = list(combinations(range(sites), 2))
    total = sympy.Integer(0)
    for counts in product(range(7), repeat=len(pairs)):
        if not 0 < sum(counts) <= 6:
            continue
        linked = np.eye(sites)
        for (i, j), n in zip(pairs, counts, strict=True):
            linked[i, j] = linked[j, i] = n
        if (np.linalg.matrix_power(linked, sites) == 0).any():
            continue
        weight = sympy.Rational(1, math.prod(math.factorial(n) for n in counts))
        degrees = [sum(n for pair, n in zip(pairs, counts, strict=True) if i in pair) for i in range(sites)]
        lines = [sympy.Symbol(f"rho_{i + 1}{j + 1}") ** n for (i, j), n in zip(pairs, counts, strict=True)]
        total += weight * math.prod(a[k] for k in degrees) * math.prod(lines)
    found = replicas.DataCumulants(lambda z: z + z**2 + np.exp(z / 3), gain=1.0).formula(sites, 6)
    assert sympy.expand(found - total) == 0


def test_values_of_the_engine() -> None:
    """The theory on points, evaluated by `evaluate_points`: lines rho without diagonal, sources where x is"""
    data, rho, order = replicas.DataCumulants("sigmoid", gain=2.0), chain(5, 1.5), 5
    off = rho - np.eye(5)
    values = {sympy.Symbol(f"a_{k}"): a for k, a in enumerate(data.coefficients())}
    total = np.zeros((5, 5, 5))
    for lines in range(2, order + 1):
        expansion = data.diagrams(3, lines)
        if list(expansion):
            table = tabulate(expansion, values)
            total += evaluate_points(table, {("z", "z"): off, ("x", "source"): np.eye(5)})
    for sites in ((0, 1, 2), (1, 4, 3), (4, 0, 2)):
        found = data.cumulant(rho[np.ix_(sites, sites)], order).value
        assert found == pytest.approx(total[sites], abs=1e-13)


@pytest.mark.parametrize(
    ("activation", "function", "gain"),
    [
        ("relu2", lambda z: np.maximum(z, 0.0) ** 2, 1.0),
        ("gaussian", lambda z: np.exp(-(z**2) / 2), 0.6),
        (np.exp, np.exp, 0.5),
    ],
    ids=["relu2", "gaussian", "exp"],
)
def test_third_cumulants_of_other_functions(activation: Any, function: Any, gain: float) -> None:
    """<x_1 x_2 x_3> by a product rule of Gauss and Hermite over z"""
    rho = np.array([[1.0, 0.3, -0.2], [0.3, 1.0, 0.4], [-0.2, 0.4, 1.0]])
    found = replicas.DataCumulants(activation, gain=gain).cumulant(rho, 15)
    points, left = (120, 2e-4) if activation == "relu2" else (40, 1e-9)
    wanted = cumulant_by_quadrature(lambda z: function(gain * z), rho, points)
    assert found.value == pytest.approx(wanted, abs=left + found.truncation)
    assert found.truncation < 1e-4


@settings(max_examples=10)
@given(gain=st.floats(0.2, 0.8), rho=st.floats(-0.5, 0.5), sites=st.sampled_from([(0, 0, 1), (0, 0, 1, 1)]))
def test_exponential_data(gain: float, rho: float, sites: tuple[int, ...]) -> None:
    """x = exp(g z): moments are exp(g^2 (n/2 + sum rho)), cumulants of shared sites follow from them"""

    def raw(group: tuple[int, ...]) -> float:
        pairs = sum(rho if a != b else 1.0 for a, b in combinations(group, 2))
        return math.exp(gain**2 * (len(group) / 2 + pairs))

    scale = math.sqrt(raw((0, 0)) - raw((0,)) ** 2)
    if len(sites) == 3:
        a, b, c = sites
        joint = raw(sites) - raw((a, b)) * raw((c,)) - 2 * raw((a, c)) * raw((b,)) + 2 * raw((a,)) ** 3
    else:
        mean = raw((0,))
        joint = raw(sites) - 4 * mean * raw((0, 0, 1)) - raw((0, 0)) ** 2 - 2 * raw((0, 1)) ** 2
        joint += 2 * mean**2 * (2 * raw((0, 0)) + 4 * raw((0, 1))) - 6 * mean**4
    found = replicas.DataCumulants(np.exp, gain=gain).cumulant(legs(rho, *sites), 12)
    assert found.value * scale ** len(sites) == pytest.approx(joint, rel=1e-6, abs=1e-9)


def test_a_polynomial_is_complete() -> None:
    """x = He_2(z)/2^(1/2): the n-th cumulant is 2^(n/2)/2 times the sum over the (n - 1)! rings"""
    rho, data = chain(4, 3.0), replicas.DataCumulants([0.0, 0.0, 1.0])
    found = data.cumulant(rho, 4)
    rings = sum(
        rho[0, a] * rho[a, b] * rho[b, c] * rho[c, 0] for a, b, c in ((1, 2, 3), (1, 3, 2), (2, 1, 3))
    )
    assert found.value == pytest.approx(4 * rings, rel=1e-12)
    assert (found.is_complete, found.truncation) == (True, 0.0)
    assert data.cumulant(np.ones((4, 4)), 0).value == pytest.approx(12.0, rel=1e-12)  # chi^2: 12/1
    apart = rho.copy()
    apart[0, 1:] = apart[1:, 0] = 0.0
    assert data.cumulant(apart, 3).best == (0.0, 0.0)


def test_functions_with_gaps() -> None:
    """He_1 + He_20: what lies beyond 15 lines at a vertex is not taken for nothing"""
    coefficients = [0.0, 1.0, *[0.0] * 18, 1.0]
    data = replicas.DataCumulants(coefficients)
    for order in (6, 15):
        found = data.cumulant(legs(0.5, 0, 1), order)
        assert found.terms[1] == pytest.approx(0.25, rel=1e-12)
        assert (found.is_complete, found.truncation) == (False, math.inf)
    assert not data.cumulant(chain(3, 1.0), 8).is_complete
    alone = replicas.DataCumulants(coefficients[:1] + [0.0] + coefficients[2:])
    assert alone.cumulant(legs(0.5, 0, 1), 15).truncation == math.inf
    assert alone.cumulant(np.ones((2, 2)), 15).best == (pytest.approx(1.0, rel=1e-12), 0.0)


def test_six_sites() -> None:
    """Signs of a Gaussian field on six sites: moment - pairs - pairs with fours, from a large sample"""
    gain, rho = 0.7, chain(6, 1.2)
    found = replicas.DataCumulants("erf", gain=gain).cumulant(rho, 9)
    x = ft.NonlinearGaussianData(gain).sample(rho, 400_000, seed=2)
    means: dict[tuple[int, ...], Any] = {}

    def moment(group: tuple[int, ...]) -> Any:
        if group not in means:
            means[group] = np.array([np.prod(part[:, group], axis=1).mean() for part in np.split(x, 20)])
        return means[group]

    def cumulant(group: tuple[int, ...]) -> Any:
        """By subtracting all partitions: the block with the first site, times the rest."""
        total = moment(group)
        for size in range(2, len(group), 2):
            for rest in combinations(group[1:], size - 1):
                block = (group[0], *rest)
                others = tuple(each for each in group if each not in block)
                total = total - cumulant(block) * moment(others)
        return total

    measured = cumulant(tuple(range(6)))
    stderr = measured.std(ddof=1) / math.sqrt(20)
    assert abs(measured.mean() - found.value) < 4 * stderr
    assert replicas.DataCumulants("erf", gain=gain).cumulant(rho[:5, :5], 9).best == (0.0, 0.0)


def test_vertices_for_a_theory() -> None:
    """`Theory.from_cumulants` with a field for each site: couplings are the cumulants"""
    rho = chain(3, 1.5)
    found = replicas.DataCumulants("erf", gain=1.0).vertices(rho, legs=4, order=14)
    exact = ft.NonlinearGaussianData(1.0)
    assert len(found) == 15
    for names, value in found.items():
        sites = [int(each[1:]) - 1 for each in names]
        assert float(value) == pytest.approx(exact.cumulant(rho[np.ix_(sites, sites)]), abs=1e-5)
    theory = Theory.from_cumulants(found)
    assert not any(each.local for each in theory.vertices)
    # the fourth cumulant of w.x: 4! times -S_int at the fields w
    w = dict(zip(("x1", "x2", "x3"), (0.5, -1.0, 0.8), strict=True))
    weights = list(w.values())
    action = sum(
        float(each.coupling) * math.prod(w[name] ** n / math.factorial(n) for name, n in each.legs.items())
        for each in theory.vertices
    )
    wanted = sum(
        math.prod(weights[i] for i in sites) * exact.cumulant(rho[np.ix_(sites, sites)])
        for sites in product(range(3), repeat=4)
    )
    assert 24 * action == pytest.approx(wanted, abs=1e-4)
    assert replicas.DataCumulants("erf").vertices(rho, legs=3) == {}


def test_bars_of_short_series() -> None:
    """Too few terms tell nothing: no error bar but an infinite one"""
    data = replicas.DataCumulants("erf", gain=1.0)
    for order in range(6):
        assert math.isinf(data.cumulant(chain(4, 2.0), order).truncation)
    assert data.cumulant([[1.0]], 3).best == (0.0, 0.0)
    assert "arXiv 2202.00565" in "".join(data.cumulant(chain(4, 2.0), 3).references)
    assert "slepian" in ft.cite(data.cumulant(chain(4, 2.0), 3))


def test_budget() -> None:
    """More diagrams than there is room for are refused before they are made, with the order as remedy"""
    with ft.budget(max_memory=1e5), pytest.raises(ValueError, match="order = 9 with 5 sites .* lower order"):
        replicas.DataCumulants("relu").cumulant(chain(5, 1.0), 9)
    with pytest.raises(ValueError, match="legs = 8 at 20 sites would take .* lower legs"):
        replicas.DataCumulants("erf").vertices(chain(20, 1.0), legs=8)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: replicas.DataCumulants("erff"), "activation .*erff"),
        (lambda: replicas.DataCumulants("erf", gain=0), "gain must be .*0"),
        (lambda: replicas.DataCumulants("erf", gain=1e9), r"gain must be from 0.001 to 1000 \(got 1e\+09\)"),
        (lambda: replicas.DataCumulants(lambda z: 0 * z + 1), "activation must vary at gain = 1"),
        (lambda: replicas.DataCumulants().cumulant(np.eye(9)), r"at most 8 sites \(got 9\)"),
        (lambda: replicas.DataCumulants().cumulant(np.eye(2), 16), "order must be .*15.*16"),
        (lambda: replicas.DataCumulants().cumulant(np.ones((2, 3))), "correlations must be a square matrix"),
        (lambda: replicas.DataCumulants().diagrams(1, 3), "sites must be .*2.*1"),
        (lambda: replicas.DataCumulants().coefficients(-1), "most must be .*-1"),
        (lambda: replicas.DataCumulants().vertices(chain(4, 2.0), 4, 3), "order must be higher.*inf"),
        (lambda: require_correlations("rho", [[1, 2], [2, 1]]), r"rho must be from -1 to 1 \(got 2\)"),
    ],
)
def test_refusals(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
