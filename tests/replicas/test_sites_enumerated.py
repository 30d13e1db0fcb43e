"""The theory of sites against all data sets of a few points, one by one."""

from __future__ import annotations

import numpy as np
import pytest

import fieldtheory as ft
from replicas.sites.coherent_potential import coherent_potential
from replicas.sites.site_assessment import BARS
from replicas.sites.site_kernel import NoSolution
from replicas.sites.site_theory import predict_sites
from tests.site_problems import WITH, WITHOUT, enumerated, gaussian_kernel, site_problem

SCALARS = [name for name in BARS if name != "coefficients"]


@pytest.mark.parametrize("sampling", [WITH, WITHOUT])
@pytest.mark.parametrize(("width", "ridge"), [(0.7, 1.0), (0.7, 0.1), (0.7, 1e-3), (1.5, 1.0)])
def test_five_of_fourteen_points(sampling, width, ridge):
    """All 2002 data sets without replacement, all 8568 multisets with their weights: the error in its bar."""
    K, X = gaussian_kernel(14, 14, width=width)
    y = np.sign(X[:, 0])
    found = predict_sites(site_problem(K, y, 5, ridge, sampling=sampling))
    exact = enumerated(K, y, 5, ridge, sampling=sampling)
    for name in ("error", "bias", "posterior_variance"):
        assert abs(getattr(found, name)[0] - exact[name]) <= getattr(found, f"{name}_bar")[0], name
    assert found.error_bar[0] < 0.2 * found.error[0]


@pytest.mark.parametrize("points", ["all", "unseen"])
@pytest.mark.parametrize("sampling", [WITH, WITHOUT])
def test_every_average_over_few_points(sampling, points):
    """M = 8, N = 3, two outputs with label noise: 95 % of the averages in their bars, none beyond two."""
    off = []
    for seed in range(6):
        K, X = gaussian_kernel(seed, 8, width=0.7)
        y = np.column_stack([np.sign(X[:, 0]), X[:, 1]])
        found = predict_sites(site_problem(K, y, 3, 0.5, 0.2, sampling, points))
        exact = enumerated(K, y, 3, 0.5, 0.2, sampling, points)
        off += [
            abs(getattr(found, name)[0] - exact[name]) / getattr(found, f"{name}_bar")[0] for name in SCALARS
        ]
        off += list(np.abs(found.coefficients[0] - exact["coefficients"]) / found.coefficients_bar[0])
        np.testing.assert_allclose(found.error_by_point[0], exact["error_by_point"], rtol=0.03, atol=0.01)
        for name in ("error_by_output", "bias_by_output", "training_error_by_output"):
            np.testing.assert_allclose(getattr(found, name)[0], exact[name], rtol=0.03, err_msg=name)
    assert np.mean(np.array(off) <= 1) >= 0.95
    assert max(off) <= 2


@pytest.mark.parametrize("sampling", [WITH, WITHOUT])
def test_test_points(sampling):
    """Errors at points that are never drawn, whose kernel with the data is known."""
    K, X = gaussian_kernel(5, 12, width=0.8)
    y = X[:, 0] + np.cos(X[:, 1])
    found = predict_sites(site_problem(K, y, 3, 0.3, 0.1, sampling, drawn=9))
    exact = enumerated(K, y, 3, 0.3, 0.1, sampling, drawn=9)
    for name in SCALARS:
        assert abs(getattr(found, name)[0] - exact[name]) <= getattr(found, f"{name}_bar")[0], name
    np.testing.assert_allclose(found.error_by_point[0, 9:], exact["error_by_point"], rtol=0.1)


@pytest.mark.parametrize("sampling", [WITH, WITHOUT])
def test_copies_merged(sampling):
    """Four points, three times each: what merging them says is in its bar, of unseen points too."""
    K, X = gaussian_kernel(3, 4, width=0.7)
    thrice = np.repeat(np.arange(4), 3)
    for points in ("all", "unseen"):
        problem = site_problem(K[np.ix_(thrice, thrice)], X[thrice, 0], 4, 0.5, 0.1, sampling, points)
        found = predict_sites(problem)
        exact = enumerated(K[np.ix_(thrice, thrice)], X[thrice, 0], 4, 0.5, 0.1, sampling, points)
        for name in SCALARS:
            assert abs(getattr(found, name)[0] - exact[name]) <= getattr(found, f"{name}_bar")[0], name


@pytest.mark.parametrize("seed", range(3))
def test_modes_of_every_size_without_ridge(seed):
    """Eigenvalues over nine decades, and nine of twelve points: at ridge 0 the averages lie in their bars."""
    K, X = gaussian_kernel(seed, 12, width=6.0)
    y = X[:, 0] + np.cos(X[:, 1])
    found = predict_sites(site_problem(K, y, 9, 0.0, sampling=WITHOUT))
    exact = enumerated(K, y, 9, 0.0, sampling=WITHOUT)
    for name in ("error", "bias", "variance", "posterior_variance", "label_noise_gain"):
        assert abs(getattr(found, name)[0] - exact[name]) <= getattr(found, f"{name}_bar")[0], name


@pytest.mark.parametrize("ridge", [1e-7, 1e-9])
def test_near_copies_with_hardly_a_ridge(ridge):
    """Rounding stops Newton's method before its goal where points are almost one."""
    rng = np.random.default_rng(0)
    X, scale = rng.normal(size=(30, 2)), 10 ** rng.uniform(-3, 1, size=30)
    X[:5], scale[:5] = X[5:10] + 1e-4 * rng.normal(size=(5, 2)), scale[5:10]
    K = np.exp(-((X[:, None] - X) ** 2).sum(axis=2)) * scale[:, None] * scale
    y = np.sin(X[:, 0])
    found = predict_sites(site_problem(K, y, 15, ridge, sampling=WITHOUT))
    drawn = ft.simulate_gram(K, y, 15, ridge=ridge, sampling=WITHOUT, repeats=40)
    for name in ("error", "bias", "posterior_variance"):
        allowed = getattr(found, f"{name}_bar")[0] + 3 * getattr(drawn, f"{name}_stderr")[0]
        assert abs(getattr(found, name)[0] - getattr(drawn, name)[0]) <= allowed, name


@pytest.mark.parametrize("points", ["all", "unseen"])
@pytest.mark.parametrize("ridge", [0.0, 1e-9, 0.1])
@pytest.mark.parametrize("sampling", [WITH, WITHOUT])
def test_points_that_the_kernel_does_not_see(sampling, ridge, points):
    """Three of nine points with K_ii = 0: training sets that hold them are of fewer points, noise stays."""
    K, X = gaussian_kernel(4, 9, width=0.5)
    K[:3] = K[:, :3] = 0.0
    y = np.column_stack([np.sign(X[:, 0]), X[:, 1]])
    found = predict_sites(site_problem(K, y, 3, ridge, 0.2, sampling, points))
    # least norm is the limit of no ridge
    exact = enumerated(K, y, 3, ridge or 1e-9, 0.2, sampling, points)
    for name in SCALARS:
        bar = getattr(found, f"{name}_bar")[0]
        assert abs(getattr(found, name)[0] - exact[name]) <= bar + 1e-8, name
    assert not any("copies" in text for text in found.warnings)
    dark = found.error_by_point[0, :3]
    np.testing.assert_allclose(dark, (y[:3] ** 2).sum(axis=1), rtol=1e-6)


def test_all_points_drawn_without_ridge():
    """A single data set fits its labels: no peak at n = M, where points are as many as modes."""
    K, X = gaussian_kernel(4, 9, width=0.5)
    found = predict_sites(site_problem(K, X[:, 0], [5, 9], 0.0, 0.3, WITHOUT))
    np.testing.assert_allclose(found.error[1], 0.3, rtol=1e-9)
    np.testing.assert_allclose(found.bias[1], 0.0, atol=1e-12)


def test_sizes_that_rounding_leaves_no_solution(monkeypatch):
    """They have the coherent potential of a larger ridge, infinite bars and a reason; the others stay."""
    K, X = gaussian_kernel(4, 9, width=0.5)
    alone = predict_sites(site_problem(K, X[:, 0], 2, 1e-9))

    def rounded(kernel, law, ridge, start=None):
        if law.share > 0.4 and ridge < 0.5e-4:
            raise NoSolution("no digits left")
        return coherent_potential(kernel, law, ridge, start)

    monkeypatch.setattr("replicas.sites.site_curve.coherent_potential", rounded)
    found = predict_sites(site_problem(K, X[:, 0], [2, 5], 1e-9))
    other = predict_sites(site_problem(K, X[:, 0], 5, 1e-4), theory="self-consistent")
    assert found.converged.tolist() == [True, False]
    np.testing.assert_allclose(found.error[0], alone.error[0], rtol=1e-9)
    np.testing.assert_allclose(found.error[1], other.error[0], rtol=1e-9)
    assert np.isfinite(found.error_bar[0])
    assert np.isinf(found.error_bar[1])
    assert "n = 5: rounding leaves no solution at ridge 1e-09, and the numbers are" in found.warnings[0]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("sampling", [WITH, WITHOUT])
def test_close_pairs_without_ridge(sampling, seed):
    """Points 1e-4 apart, their labels 0.1: fits run off, by thousands, and the bars say how far."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(10, 2))
    X[:2] = X[2:4] + 1e-4 * rng.normal(size=(2, 2))
    K = np.exp(-((X[:, None] - X) ** 2).sum(axis=2) / 2)
    y = np.sin(X[:, 0])
    y[0] += 0.1
    found = predict_sites(site_problem(K, y, 3, 1e-9, sampling=sampling))
    exact = enumerated(K, y, 3, 1e-9, sampling=sampling)
    for name in ("error", "variance", "label_noise_gain"):
        bar = getattr(found, f"{name}_bar")[0]
        assert abs(getattr(found, name)[0] - exact[name]) <= bar < 20 * exact[name], name


@pytest.mark.parametrize("seed", range(4))
def test_one_point_left_out(seed):
    """All of twelve points but one: no data set differs from another in what is unseen, and the bars know."""
    K, X = gaussian_kernel(seed, 12, width=1.0)
    y = np.sign(X[:, 0])
    for points in ("all", "unseen"):
        found = predict_sites(site_problem(K, y, 11, 1e-3, 0.1, WITHOUT, points))
        exact = enumerated(K, y, 11, 1e-3, 0.1, WITHOUT, points)
        for name in SCALARS:
            assert abs(getattr(found, name)[0] - exact[name]) <= getattr(found, f"{name}_bar")[0], name
