"""Simulations where the Gram matrix has no inverse: solutions of least norm, double descent."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from mpmath import mp
from scipy.special import j0

import fieldtheory as ft
from fieldtheory.workbench.simulation.dataset_regression import draw_points

LINEAR = ft.ZonalKernel.from_function(sympy.Symbol("t"))
DIM = 20


def linear(n, **options):
    """Regression without ridge on d features: f = x·w."""
    target = ft.Target({1: 1.0})
    return ft.simulate(LINEAR, options.pop("dim", DIM), target, n, **({"repeats": 200} | options))


@pytest.mark.parametrize("n", [1, 5, 10, 15])
def test_gain_below_the_number_of_features(n):
    """W = N(d−2)/(d(d−N−1)): 1/(A⁻¹)_nn is the squared distance of x_n to the span of the others.

    That is Beta((d−N+1)/2, (N−1)/2), and K2 = K/d, W = Tr A⁻¹/d. Of the target the span of the points is
    learnt: a_1 = N/d, E_1 = V = 1 − N/d, in every data set.
    """
    found = linear(n, label_noise=0.3)
    gain = n * (DIM - 2) / (DIM * (DIM - n - 1))
    assert abs(found.label_noise_gain[0] - gain) < 4 * found.label_noise_gain_stderr[0] + 1e-14
    assert found.label_noise_gain_stderr[0] < 0.06 * gain
    np.testing.assert_allclose(found.coefficients[0, 1], n / DIM, rtol=1e-12)
    np.testing.assert_allclose(found.error_by_degree[0, 1], 1 - n / DIM, rtol=1e-12)
    np.testing.assert_allclose(found.posterior_variance[0], 1 - n / DIM, rtol=1e-12)
    assert abs(found.error[0] - (1 - n / DIM + 0.3 * gain)) < 4 * found.error_stderr[0] + 1e-14
    assert found.training_error.tolist() == [0.0]


@pytest.mark.parametrize("n", [25, 40, 200])
@pytest.mark.parametrize("orientations", ["exact", 2])
def test_least_squares_above_the_number_of_features(n, orientations):
    """W = Tr (XᵀX)⁻¹/d by NumPy, E_1 = 0, training error τ² (N − d)/N, on the same points."""
    found = linear(n, label_noise=0.3, repeats=30, orientations=orientations)
    gains = []
    for repeat in range(30):
        points = draw_points(n, DIM, np.random.default_rng([0, n, repeat]))
        gains.append(np.trace(np.linalg.inv(points.T @ points)) / DIM)
    missed, known = 0.3 * (n - DIM) / n, 1e-9
    if orientations == "exact":
        np.testing.assert_allclose(found.label_noise_gain[0], np.mean(gains), rtol=1e-10)
        np.testing.assert_allclose(found.training_error[0], missed, rtol=1e-10)
    else:
        assert abs(found.label_noise_gain[0] - np.mean(gains)) < 4 * found.label_noise_gain_stderr[0]
        assert abs(found.training_error[0] - missed) < 4 * found.training_error_stderr[0]
        known = 1e-6
    np.testing.assert_allclose(found.coefficients[0, 1], 1.0, rtol=known)
    assert abs(found.error_by_degree[0, 1]) < known
    assert abs(found.posterior_variance[0]) < known
    assert f"n = {n}: solutions of least norm for 30 data sets of 30" in found.warnings[0]


def test_gain_on_the_circle_by_an_exact_integral():
    """d = 2: Tr (XᵀX)⁻¹/2 = 2N/(N² − R²), R the length of a walk of N unit steps (Kluyver's density)."""
    n = 8

    def density(r):
        t = np.linspace(0.0, 300.0, 300_001)
        return r * np.trapezoid(t * j0(r * t) * j0(t) ** n, t)

    nodes, weights = np.polynomial.legendre.leggauss(60)
    r = (nodes + 1) * n / 2
    densities = np.array([density(each) for each in r]) * weights * n / 2
    assert densities.sum() == pytest.approx(1.0, abs=1e-4)
    exact = float((densities * 2 * n / (n**2 - r**2)).sum())
    found = linear(n, dim=2, repeats=2000)
    assert abs(found.label_noise_gain[0] - exact) < 4 * found.label_noise_gain_stderr[0]
    assert found.label_noise_gain_stderr[0] < 0.02 * exact


def test_every_size_of_double_descent():
    """A list with N = d: the others as alone, and a warning that names what has no mean."""
    found = linear([5, 15, 20, 30, 80], label_noise=0.3, repeats=100)
    for place, n in enumerate(found.n):
        assert found.error[place] == linear(n, label_noise=0.3, repeats=100).error[0]
    (heavy, _) = (text for text in found.warnings if "its mean may not exist" in text)
    assert heavy.startswith("n = 20: one data set of 100 makes up")
    assert np.isfinite(found.error).all()
    assert found.failures == {}


def test_poisson_sizes_around_the_rank():
    """Averages over N from below to above the rank: E_1 = ⟨(1 − N/d)₊⟩."""
    found = linear(20, ensemble="poisson", repeats=400)
    counts = [int(np.random.default_rng([0, 20, repeat]).poisson(20)) for repeat in range(400)]
    expected = np.maximum(1 - np.array(counts) / DIM, 0).mean()
    np.testing.assert_allclose(found.error_by_degree[0, 1], expected, atol=1e-6)


@pytest.mark.parametrize("n", [60, 150])
def test_degrees_below_rounding(n):
    """erf, d = 3, ridge 0: with modes at rounding, E_1 is still known to be small, and V positive."""
    kernel = ft.FullyConnected(1, "erf").nngp()
    found = ft.simulate(kernel, 3, ft.Target({1: 1.0}), n, repeats=4)
    assert abs(found.error[0]) <= 4 * found.error_stderr[0] < 0.1
    assert abs(found.error[0]) < 1e-4
    assert -4 * found.posterior_variance_stderr[0] < found.posterior_variance[0] < 1e-4
    for name, value in vars(found).items():
        assert np.isfinite(value).all() if isinstance(value, np.ndarray) else True, name


def test_modes_of_a_matrix():
    """A⁺ of a matrix of rank 2 with ridge: 60-digit pseudo-inverse; what is missed adds up to 1."""
    from fieldtheory.workbench.simulation.least_norm import LeastNorm

    features = np.array([[1.0, 2.0], [0.0, 1.0], [3.0, 1.0], [1.0, 1.0]])
    found = LeastNorm.of(features @ features.T, 0.0, 1e-15)
    with mp.workdps(60):
        F = mp.matrix(features.tolist())
        gram = F.T * F
        expected = F * gram**-1 * gram**-1 * F.T
    np.testing.assert_allclose(found.inverse, np.array(expected.tolist(), dtype=float), atol=1e-14)
    right = np.eye(4)
    np.testing.assert_allclose(found.solve(right), found.inverse, atol=1e-15)
    projector = features @ np.linalg.pinv(features)
    np.testing.assert_allclose(found.residuals(right), right - projector, atol=1e-14)


def test_a_size_without_memory_is_a_named_row():
    """The other sizes stay; MemoryError where none is left."""
    kernel, target = ft.FullyConnected(2, "relu").ntk(), ft.Target({1: 1.0})
    arguments = {"ridge": 0.1, "repeats": 2, "max_memory": 5e6}
    found = ft.simulate(kernel, 5, target, [50, 2000, 100], **arguments)
    alone = ft.simulate(kernel, 5, target, [50, 100], **arguments)
    assert found.n.tolist() == [50, 2000, 100]
    assert found.error[[0, 2]].tolist() == alone.error.tolist()
    assert np.isnan(found.error[1])
    assert np.isnan(found.coefficients_stderr[1]).all()
    assert found.failures[2000].startswith("needs 0.")
    assert found.warnings[0].startswith("n = 2000 was not computed: needs")
    with pytest.raises(MemoryError, match="n = 2000 needs"):
        ft.simulate(kernel, 5, target, [1500, 2000], **arguments)
    K = np.eye(500)
    gram = ft.simulate_gram(K, np.arange(500.0), [5, 400], 0.1, repeats=2, max_memory=5e6)
    assert list(gram.failures) == [400]
    assert np.isnan(gram.error_by_point[1]).all()
    assert np.isfinite(gram.error[0])
