"""Adaptive kernels against published solutions, the rescaled linear network, quadrature, identities."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

import fieldtheory as ft
from fieldtheory.networks.point_covariance import layer_covariance
from renormalization.feature_learning.closures.gaussian_adaptation import adapted, prediction
from renormalization.feature_learning.closures.pair_averages import pair_averages
from renormalization.feature_learning.posteriors.infinite_width import prediction as infinite_width
from renormalization.feature_learning.posteriors.infinite_width import prior_kernels
from tests.renormalization.feature_learning.posterior_rows import (
    random_problem,
    root_mean_square,
    row,
    row_problem,
    sampled_mean,
)

SEEDS = st.integers(0, 10**6)
FEW = settings(max_examples=3)


@pytest.mark.parametrize("name", ["adaptive.20-4", "adaptive.20-20", "adaptive.80-1"])
def test_published_solutions(name):
    """f of (2.4) to 1e-6, without and with log det(K + kappa)."""
    problem, stated = row_problem(name), row(name)["theory"]
    for fluctuations, key in ((False, "f_gaussian"), (True, "f_gaussian_with_fluctuation")):
        found = prediction(problem, fluctuations)
        np.testing.assert_allclose(found.mean[:, 0], stated[key], atol=1e-6)
        assert found.residual < 1e-6
    (mean, _), off = sampled_mean(name), stated["rms_error"]["gaussian_with_fluctuation"]
    assert root_mean_square(found.mean - mean) == pytest.approx(off, abs=5e-4)


@pytest.mark.parametrize("activation", ["erf", "relu", "tanh", "leaky_relu:0.2", "abs", "gelu"])
def test_averages_of_pairs(activation):
    """E[phi phi^T] is the kernel of the layer; what W pulls at Q is its differential."""
    rng, phi = np.random.default_rng(1), ft.activation(activation)
    root, weights = rng.normal(size=(4, 4)), rng.normal(size=(4, 4))
    q, weights = root @ root.T / 4, weights + weights.T
    found = pair_averages(phi, q)
    np.testing.assert_allclose(found.values, layer_covariance(phi, q), atol=1e-6)
    shift = rng.normal(size=(4, 4))
    shift = (shift + shift.T) / 2
    step = 1e-4
    up, down = (np.sum(weights * layer_covariance(phi, q + s * step * shift)) for s in (1, -1))
    assert np.sum(found.pulled(weights) * shift) == pytest.approx((up - down) / (2 * step), rel=1e-5)


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_linear_networks_are_rescaled(layers):
    """Without fluctuations R = u^L, n (1 - u) = -Q tau^T C tau, to 1e-8."""
    problem = random_problem(
        3,
        activation=ft.activation("linear"),
        widths=(12,) * layers,
        weight_variances=(1.5,) * layers,
    )
    p, kernel = 4, prior_kernels(problem)[-1][:4, :4]

    def tau(u):
        return np.linalg.solve(u**layers * kernel + problem.ridge * np.eye(p), problem.y[:, 0])

    def equation(u):
        return 12 * (1 - u) + u**layers * tau(u) @ kernel @ tau(u)

    u = brentq(equation, 1.0, 40.0, xtol=1e-15)
    np.testing.assert_allclose(
        prediction(problem).discrepancy[:, 0], tau(u), atol=1e-8 * np.abs(tau(u)).max(), rtol=0
    )


def test_stationary():
    """Q^-1 = C^-1 + H/n, H_ab = 2 A_ab J_ab s_a s_b - 2 delta_ab s_a^2 sum_c A_ac J_ac R_ac (2.5)."""
    problem = random_problem(2, dim=8)
    (q,) = adapted(problem).covariances
    c, g, n = problem.first_covariance[:4, :4], problem.readout_variance, problem.widths[0]
    s = (1 + 2 * np.diag(q)) ** -0.5
    r = 2 * q * np.outer(s, s)
    tau = np.linalg.solve(g * 2 / np.pi * np.arcsin(r) + problem.ridge * np.eye(4), problem.y)
    a, j = -tau @ tau.T, 2 * g / np.pi / np.sqrt(1 - r**2)
    h = 2 * a * j * np.outer(s, s) - 2 * np.diag(s**2 * np.sum(a * j * r, axis=1))
    scale = np.linalg.norm(np.linalg.inv(c))
    np.testing.assert_allclose(np.linalg.inv(q), np.linalg.inv(c) + h / n, atol=1e-5 * scale)


@pytest.mark.parametrize(
    ("name", "most"), [("adaptive-deep.erf.20-20-1", 0.055), ("adaptive.relu.20-20", 0.065)]
)
def test_sampled_networks(name, most):
    """As far from sampled means as few non-Gaussian neurons are; kernels are closer than the prior."""
    problem, (mean, _) = row_problem(name), sampled_mean(name)
    found = prediction(problem)
    assert root_mean_square(found.mean - mean) < most
    sampled = np.array(row(name)["reference"]["kernel"])
    prior = infinite_width(problem).kernel
    assert np.linalg.norm(found.kernel - sampled) < 0.7 * np.linalg.norm(prior - sampled)


@FEW
@given(SEEDS, st.sampled_from([4, 2]))
def test_symmetries(seed, dim):
    """y -> -y; permuted points; n -> oo is the Gaussian process; also where C is singular."""
    problem = random_problem(seed, dim=dim, widths=(30,))
    found = prediction(problem)
    np.testing.assert_allclose(prediction(replace(problem, y=-problem.y)).mean, -found.mean, atol=1e-5)
    order = [2, 0, 3, 1]
    moved = prediction(replace(problem, X=problem.X[order], y=problem.y[order]))
    np.testing.assert_allclose(moved.mean[:4], found.mean[order], atol=1e-4)
    same = prediction(replace(problem, X_test=problem.X[:2]))
    np.testing.assert_allclose(same.mean[4:], same.mean[:2], atol=1e-8)
    wide = replace(problem, widths=(10**8,))
    np.testing.assert_allclose(prediction(wide).mean, infinite_width(wide).mean, atol=1e-5)


def test_several_outputs_and_layers():
    """An output that is 0 changes nothing without fluctuations; all kernels are positive definite."""
    problem = random_problem(5, widths=(20, 15), weight_variances=(1.5, 1.0), bias_variance=0.1)
    found = prediction(problem)
    both = prediction(replace(problem, y=np.hstack([problem.y, 0 * problem.y])))
    np.testing.assert_allclose(both.mean[:, :1], found.mean, atol=1e-6)
    np.testing.assert_allclose(both.mean[:, 1], 0, atol=1e-12)
    assert len(found.hidden_kernels) == 2
    assert all(np.linalg.eigvalsh(kernel)[0] > 0 for kernel in found.hidden_kernels)


def test_points_that_depend_on_others():
    """Deep linear networks of more points than dimensions: hidden kernels without inverse."""
    problem = random_problem(
        0, dim=2, activation=ft.activation("linear"), widths=(9, 9), weight_variances=(1.0, 1.0)
    )
    with pytest.raises(ValueError, match="hidden kernels have an inverse for theory='gaussian'"):
        prediction(problem)


def test_activations_that_jump():
    """E[phi phi^T] of a sign is (2/pi) asin of the correlation, with a finite pull between different points:
    the saddle is that of a steep erf; parallel points have none"""
    found = [
        prediction(
            random_problem(
                2,
                dim=8,
                activation=ft.activation(phi),
                widths=(20, 20),
                weight_variances=(steepness, steepness),
                readout_variance=1.0,
            )
        ).mean
        for phi, steepness in (("sign", 1.0), ("erf", 1e10))
    ]
    np.testing.assert_allclose(found[0], found[1], atol=2e-4)
    parallel = random_problem(2, activation=ft.activation("sign"))
    with pytest.raises(ValueError, match="activation must not jump for theory='gaussian' with points that"):
        prediction(replace(parallel, X=np.ones_like(parallel.X)))
