"""Moments and cumulants of x = erf(g z)/Z in closed form: integrals, orthants, limits, samples."""

from __future__ import annotations

import json
import math
from itertools import combinations
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

import fieldtheory as ft

DATA = json.loads((Path(__file__).parents[2] / "data" / "regimes.json").read_text(encoding="utf-8"))
ROWS = {row["id"]: row for row in DATA["rows"] if row["feature"].startswith("nlgp")}
GAINS = (1e-6, 1e-3, 0.3, 2.0, 1e3, 1e9)


def legs(rho: float, *sites: int) -> Any:
    """The matrix of correlations between sites of two, which may be the same."""
    return np.array([[1.0, rho], [rho, 1.0]])[np.ix_(sites, sites)]


@st.composite
def correlations(draw: Any, sites: int = 4) -> Any:
    """A random correlation matrix: of unit vectors, two of which may be equal or opposite."""
    numbers = st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(lambda v: np.linalg.norm(v) > 0.1)
    vectors = np.array([draw(numbers) for _ in range(sites)])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    if draw(st.booleans()):
        vectors[1] = vectors[0] * draw(st.sampled_from([1.0, -1.0]))
    found = vectors @ vectors.T
    np.fill_diagonal(found, 1.0)
    return found


def moment_by_quadrature(gain: float, matrix: Any, points: int = 28) -> float:
    """<x_1 x_2 x_3 x_4>, sites 2 and 3 given z_1, z_4: a product rule over all four, for smooth erf."""
    z, weights = np.polynomial.hermite_e.hermegauss(points)
    weights = weights / math.sqrt(2 * math.pi)
    factor = np.linalg.cholesky(matrix)
    grid = np.stack(np.meshgrid(*[z] * 4, indexing="ij"))
    x = ft.NonlinearGaussianData(gain)(np.tensordot(factor, grid, axes=1))
    return float(np.einsum("abcd,a,b,c,d->", np.prod(x, axis=0), *[weights] * 4))


@pytest.mark.parametrize(
    "row", [row for row in ROWS.values() if row["feature"] == "nlgp"], ids=lambda r: r["id"]
)
def test_covariance_and_kurtosis(row: dict[str, Any]) -> None:
    """<x x'> = asin(w rho)/asin w, w = 2 g^2/(1 + 2 g^2); the quadrature of E erf^4/Z^4 - 3; a sample"""
    data, rho = ft.NonlinearGaussianData(row["params"]["gain"]), row["params"]["rho"]
    found = {"covariance": data.covariance(rho), "excess_kurtosis": data.excess_kurtosis}
    for name, value in found.items():
        assert value == pytest.approx(row["values"][name], rel=1e-12)
        measured = row["values"][f"{name}_measured"]
        assert abs(value - measured) < 4 * row["stderr"][f"{name}_measured"]


@pytest.mark.parametrize(
    "row", [row for row in ROWS.values() if row["feature"] == "nlgp_cumulants"], ids=lambda r: r["id"]
)
def test_cumulants_of_two_sites(row: dict[str, Any]) -> None:
    """kappa_iiii, kappa_iijj and kappa_iiij by quadrature in z: coinciding sites have rho = 1"""
    data, rho, wanted = ft.NonlinearGaussianData(row["params"]["gain"]), row["params"]["rho"], row["values"]
    assert data.covariance(rho) == pytest.approx(wanted["covariance"], rel=1e-12)
    for name, sites in (("iiii", (0, 0, 0, 0)), ("iijj", (0, 0, 1, 1)), ("iiij", (0, 0, 0, 1))):
        assert data.cumulant(legs(rho, *sites)) == pytest.approx(wanted[f"kappa_{name}"], rel=1e-12)


@pytest.mark.parametrize(
    "row", [row for row in ROWS.values() if row["feature"] == "nlgp_four_sites"], ids=lambda r: r["id"]
)
def test_four_sites(row: dict[str, Any]) -> None:
    """The one-dimensional integral of Plackett, by another program"""
    distance = np.abs(np.subtract.outer(row["params"]["sites"], row["params"]["sites"]))
    rho = np.exp(-distance / row["params"]["xi"])
    data = ft.NonlinearGaussianData(row["params"]["gain"])
    assert data.moment(rho) == pytest.approx(row["values"]["moment"], rel=1e-12)
    assert data.cumulant(rho) == pytest.approx(row["values"]["cumulant"], rel=1e-11)


@pytest.mark.parametrize("gain", GAINS)
def test_kurtosis_at_every_gain(gain: float) -> None:
    """<erf(g z)^4>/Z^4 - 3 with 40 digits, relatively: from -8 g^2 to -2"""
    with mpmath.workdps(40):
        g = mpmath.mpf(gain)
        ends = sorted({mpmath.mpf(0), *(each / g for each in (0.5, 1, 2, 4, 8) if each < 10 * g), 1, 3, 12})
        fourth = 2 * mpmath.quad(lambda z: mpmath.erf(g * z) ** 4 * mpmath.npdf(z), ends)
        second = 2 / mpmath.pi * mpmath.asin(2 * g**2 / (1 + 2 * g**2))
        wanted = float(fourth / second**2 - 3)
    assert ft.NonlinearGaussianData(gain).excess_kurtosis == pytest.approx(wanted, rel=3e-15)


def test_limits_of_the_gain() -> None:
    """g -> 0 is Gaussian, g -> infinity takes signs: kurtosis -2, covariance (2/pi) asin rho"""
    weak, strong = ft.NonlinearGaussianData(1e-50), ft.NonlinearGaussianData(1e50)
    assert abs(weak.excess_kurtosis) < 1e-99
    assert strong.excess_kurtosis == pytest.approx(-2, rel=1e-15)
    rho = np.linspace(-1, 1, 9)
    np.testing.assert_allclose(weak.covariance(rho), rho, rtol=1e-15)
    np.testing.assert_allclose(strong.covariance(rho), 2 / math.pi * np.arcsin(rho), rtol=1e-15)
    np.testing.assert_allclose(strong([-2.0, 0.0, 1e-9]), [-1.0, 0.0, 1.0])


@settings(max_examples=5, derandomize=True)
@given(matrix=correlations(), gain=st.sampled_from([0.2, 1.0, 3.0, 1e3]))
def test_moment_against_orthants(matrix: Any, gain: float) -> None:
    """<s_1 s_2 s_3 s_4> = sum over signs of s_1 s_2 s_3 s_4 P(s_i y_i > 0), y of correlations w rho, w < 1"""
    weight = 2 * gain**2 / (1 + 2 * gain**2)
    between = weight * matrix + (1 - weight) * np.eye(4)
    total = 0.0
    for bits in range(8):  # of 16: P(s) = P(-s)
        signs = np.array([1.0, *(1.0 if bits >> k & 1 else -1.0 for k in range(3))])
        turned = signs[:, None] * between * signs
        orthant = scipy.stats.multivariate_normal.cdf(
            np.zeros(4),
            np.zeros(4),
            turned,
            maxpts=400_000,
            abseps=3e-7,
            releps=0,
            rng=np.random.default_rng(0),
        )
        total += 2 * np.prod(signs) * orthant
    scale = ft.NonlinearGaussianData(gain).scale
    found = ft.NonlinearGaussianData(gain).moment(matrix) * scale**4
    assert found == pytest.approx(total, abs=1e-5)


@settings(max_examples=4, derandomize=True)
@given(matrix=correlations(), gain=st.floats(0.05, 0.4))
def test_moment_against_a_product_rule(matrix: Any, gain: float) -> None:
    """<x_1 x_2 x_3 x_4> by Gauss-Hermite quadrature over all four z"""
    matrix = 0.9 * matrix + 0.1 * np.eye(4)
    assert ft.NonlinearGaussianData(gain).moment(matrix) == pytest.approx(
        moment_by_quadrature(gain, matrix), rel=1e-9
    )


@settings(max_examples=60)
@given(matrix=correlations(), gain=st.floats(1e-3, 1e3), order=st.permutations(range(4)))
def test_symmetries_of_cumulants(matrix: Any, gain: float, order: list[int]) -> None:
    """Symmetric, odd in each z; moment = cumulant + three products; 0 with an independent site"""
    data = ft.NonlinearGaussianData(gain)
    found = data.cumulant(matrix)
    assert data.cumulant(matrix[np.ix_(order, order)]) == pytest.approx(found, abs=1e-13)
    turned = np.diag([-1.0, 1.0, 1.0, 1.0])
    assert data.cumulant(turned @ matrix @ turned) == pytest.approx(-found, abs=1e-13)
    c = data.covariance(matrix)
    pairs = c[0, 1] * c[2, 3] + c[0, 2] * c[1, 3] + c[0, 3] * c[1, 2]
    assert data.moment(matrix) == pytest.approx(found + pairs, abs=1e-13)
    apart = matrix.copy()
    apart[3, :3] = apart[:3, 3] = 0.0
    assert abs(data.cumulant(apart)) < 1e-13


@settings(max_examples=40)
@given(matrix=correlations(), gain=st.floats(1e-2, 1e2), rho=st.floats(-1, 1))
def test_squares_of_one_site(matrix: Any, gain: float, rho: float) -> None:
    """<x^2 y^2> <= <x^4>, and <x^2 y z> -> <y z> at g -> infinity, where x^2 = 1"""
    data = ft.NonlinearGaussianData(gain)
    assert data.moment(legs(rho, 0, 0, 1, 1)) <= data.moment(np.ones((4, 4))) * (1 + 1e-14)
    three = 0.9 * matrix[1:, 1:] + 0.1 * np.eye(3)
    twice = three[np.ix_([0, 0, 1, 2], [0, 0, 1, 2])]
    signs = ft.NonlinearGaussianData(1e50)
    assert signs.moment(twice) == pytest.approx(signs.covariance(three[1, 2]), abs=1e-13)


def test_moments_of_a_sample() -> None:
    """(5.4) against Monte Carlo, at four sites, two of them the same, to 4 standard errors"""
    rho = np.exp(-np.abs(np.subtract.outer(range(3), range(3))) / 2)
    for data in (ft.NonlinearGaussianData(3.0), ft.NonlinearGaussianData(3.0).clone()):
        x = data.sample(rho, 200_000, seed=1)
        for sites in ((0, 1), (0, 0, 1, 2), (0, 0, 0, 0), (0, 0, 2, 2)):
            products = np.prod(x[:, sites], axis=1)
            stderr = products.std() / math.sqrt(len(x))
            wanted = data.moment(rho[np.ix_(sites, sites)])
            assert abs(products.mean() - wanted) < 4 * stderr + 1e-15


def test_samples_are_the_same_again() -> None:
    """Same seed, same numbers; a clone of another field with the same covariance"""
    data = ft.NonlinearGaussianData(2.0)
    np.testing.assert_array_equal(data.sample(np.eye(3), 5, seed=3), data.sample(np.eye(3), 5, seed=3))
    assert (data.sample(np.eye(3), 5, seed=3) != data.sample(np.eye(3), 5, seed=4)).all()
    equal = data.sample(np.ones((2, 2)), 4)
    np.testing.assert_allclose(equal[:, 0], equal[:, 1], rtol=1e-12)


def test_samples_for_any_number_of_threads() -> None:
    """The same numbers, to the last digit"""
    rho = np.exp(-np.abs(np.subtract.outer(range(300), range(300))) / 6)
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            found.append(ft.NonlinearGaussianData(3.0).sample(rho, 1000, seed=0))
    np.testing.assert_array_equal(*found)


def test_clone() -> None:
    """Equal covariance, no fourth cumulant, Wick's theorem"""
    data = ft.NonlinearGaussianData(1.5)
    clone, rho = data.clone(), legs(0.4, 0, 0, 1, 1)
    assert clone.covariance(0.4) == data.covariance(0.4)
    assert clone.cumulant(rho[1:3, 1:3]) == data.cumulant(rho[1:3, 1:3])
    assert clone.cumulant(rho) == clone.excess_kurtosis == 0.0
    assert clone.moment(rho) == pytest.approx(1 + 2 * data.covariance(0.4) ** 2, rel=1e-15)
    assert clone.moment(rho[1:3, 1:3]) == clone.covariance(0.4)
    assert "10.1093/biomet/41.3-4.351" in ft.cite(data)
    assert "10.1073/pnas.2201854119" in ft.cite(clone)


def test_stacks_of_matrices() -> None:
    """(..., k, k) gives the numbers one by one; odd cumulants vanish"""
    data, rho = ft.NonlinearGaussianData(3.0), np.exp(-np.abs(np.subtract.outer(range(6), range(6))) / 3)
    chosen = np.array([rho[np.ix_(each, each)] for each in combinations(range(6), 4)]).reshape(3, 5, 4, 4)
    found = data.cumulant(chosen)
    assert found.shape == (3, 5)
    np.testing.assert_allclose(found[1, 2], data.cumulant(chosen[1, 2]), rtol=1e-13)
    np.testing.assert_array_equal(data.moment(chosen[..., :3, :3]), np.zeros((3, 5)))
    np.testing.assert_array_equal(data.moment(chosen[..., :2, :2]), data.covariance(chosen[..., 0, 1]))
    assert data.moment([[1.0]]) == data.cumulant([[1.0]]) == 0.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ft.NonlinearGaussianData(0), "gain must be .*0"),
        (lambda: ft.NonlinearGaussianData(math.inf), "gain must be .*inf"),
        (lambda: ft.NonlinearGaussianData(1e60), r"gain must be from 1e-50 to 1e\+50 \(got 1e\+60\)"),
        (lambda: ft.NonlinearGaussianData(1).covariance(1.5), r"rho must be from -1 to 1 \(got 1.5\)"),
        (lambda: ft.NonlinearGaussianData(1).cumulant(np.ones(4)), "correlations must be a square matrix"),
        (lambda: ft.NonlinearGaussianData(1).cumulant(np.ones((0, 0))), "correlations must be of one site"),
        (
            lambda: ft.NonlinearGaussianData(1).moment(np.eye(2) * 2),
            "correlations must have 1 on the diagonal",
        ),
        (lambda: ft.NonlinearGaussianData(1).moment([[1, 0.5], [0.4, 1]]), "correlations must be symmetric"),
        (
            lambda: ft.NonlinearGaussianData(1).moment([[1, 1.5], [1.5, 1]]),
            "correlations must be from -1 to 1",
        ),
        (lambda: ft.NonlinearGaussianData(1).moment(1.9 * np.eye(3) - 0.9), "no negative eigenvalue .*-0.8"),
        (lambda: ft.NonlinearGaussianData(1).moment(np.eye(5)), r"at most 4 sites .*\(got 5\)"),
        (lambda: ft.NonlinearGaussianData(1).clone().moment(np.eye(5)), r"at most 4 sites .*\(got 5\)"),
        (
            lambda: ft.NonlinearGaussianData(1).sample(np.ones((1, 2, 2)), 3),
            "covariance must be a square matrix",
        ),
        (lambda: ft.NonlinearGaussianData(1).sample(np.eye(2), 0), "n must be .*0"),
        (lambda: ft.NonlinearGaussianData(1).sample(np.eye(2), 1, seed=-1), "seed must be .*-1"),
    ],
)
def test_refusals(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
