"""Rescaled kernels against published saddles, exact integrals over the scale, typed actions, identities."""

from dataclasses import replace

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

import fieldtheory as ft
from renormalization.feature_learning.posteriors.infinite_width import prediction as infinite_width
from renormalization.feature_learning.posteriors.infinite_width import prior_kernels
from renormalization.feature_learning.registry import POSTERIOR_THEORIES
from renormalization.feature_learning.scales.linear_posterior import scale_mixture
from renormalization.feature_learning.scales.rescaled_action import rescaled_action
from renormalization.feature_learning.scales.rescaled_process import RescaledProcess, mean_features
from renormalization.feature_learning.scales.rescaling import prediction
from tests.renormalization.feature_learning.posterior_rows import (
    random_problem,
    reference,
    root_mean_square,
    row,
    row_problem,
    sampled_mean,
)

SEEDS = st.integers(0, 10**6)
FEW = settings(max_examples=5)
LINEAR = [each["id"] for each in reference()["rows"] if each["id"].split(".")[0] in ("linear", "deep-linear")]
LINEAR.remove("linear.brute-force")


def linear_problem(name):
    """The problem of a row with Ising inputs."""
    numbers = row(name)["parameters"]
    data = reference()["data"][row(name)["data"]]
    x = np.array([[1.0 if each == "+" else -1.0 for each in line] for line in data["X_signs"]])
    y = np.array([[1.0 if each == "+" else -1.0] for each in data["y_signs"]])[: data["P"]]
    layers = numbers.get("hidden_layers", 1)
    return random_problem(
        0,
        activation=ft.activation("linear"),
        widths=(numbers["n"],) * layers,
        weight_variances=(numbers["g_w"], *[1.0] * (layers - 1)),
        readout_variance=numbers["g"],
        ridge=numbers["kappa"],
        input_scale=1 / x.shape[1],
        feature_strength=numbers.get("chi", 1.0),
        X=x[: data["P"]],
        y=y * numbers.get("label_amplitude", 1.0),
        X_test=x[data["P"] :],
    )


def scale_of(problem):
    action = RescaledProcess.of(problem).action
    return action.at(action.saddle()[0]).scale


def test_derived_action():
    """n [log(1 + q_bar) - q q_bar]/2 and 1/(1 + q_bar), as typed, and E exp(-(g/2n) u^2) by mpmath."""
    free, mean_factor = rescaled_action()
    n, q, q_bar = sympy.symbols("n q q_bar", positive=True)
    assert sympy.simplify(free - n / 2 * (sympy.log(1 + q_bar) - q * q_bar)) == 0
    assert sympy.simplify(mean_factor - 1 / (1 + q_bar)) == 0
    width, coupling, mean, variance = 7, 0.3, 0.8, 1.7
    density = mpmath.quad(
        lambda u: mpmath.exp(-((u - mean) ** 2) / (2 * variance) - coupling * u**2 / 2), [-30, 0, 30]
    )
    logs = -width * mpmath.log(density / mpmath.sqrt(2 * mpmath.pi * variance))
    here = {n: width, q: 0, q_bar: coupling * variance}
    found = float(free.subs(here)) + float(mean_factor.subs(here)) * width * coupling * mean**2 / 2
    assert found == pytest.approx(float(logs), rel=1e-12)


@pytest.mark.parametrize("name", LINEAR)
def test_published_scales(name):
    """R of the saddle to 1e-8; the mean within its bar of the exact integral; variances and kernels.

    Equation: rescaled-kernel
    """
    problem = linear_problem(name)
    stated = row(name)["theory"]["R_li_sompolinsky"]
    assert scale_of(problem)[0, 0] == pytest.approx(stated, rel=1e-8)
    found, exact = prediction(problem), scale_mixture(problem)
    assert np.mean(np.abs(found.mean[:, 0] - exact.mean) <= found.error_bar[:, 0]) >= 0.9
    assert root_mean_square(found.mean[:, 0] - exact.mean) > 0.2 * root_mean_square(found.error_bar)
    np.testing.assert_allclose(found.variance[:, 0], exact.variance, rtol=0.05)
    for kernel, expected in zip(found.hidden_kernels, exact.hidden_kernels, strict=True):
        assert np.linalg.norm(kernel - expected) < 0.04 * np.linalg.norm(expected)


def test_one_loop_is_the_next_order():
    """At P fixed the error of the saddle of a linear network is its loop, up to 1/n."""
    for n in (40, 160):
        problem = random_problem(3, activation=ft.activation("linear"), widths=(n,), feature_strength=1.0)
        found, exact = prediction(problem), scale_mixture(problem)
        loop = found.loop_ratio * np.linalg.norm(found.mean)
        assert np.linalg.norm(exact.mean - found.mean[:, 0]) == pytest.approx(loop, rel=6 / n)


def typed_action(problem, n, kernel, mean, q, q_bar):
    """n [log(1 + q_bar) - q q_bar] + log det A + y^T A^-1 y, halved."""
    p, y = problem.training_points, problem.y[:, 0]
    a = problem.ridge * np.eye(p) + problem.bias_variance + q * kernel + np.outer(mean, mean) / (1 + q_bar)
    logs = np.linalg.slogdet(a)[1] + y @ np.linalg.solve(a, y)
    return (n * (np.log(1 + q_bar) - q * q_bar) + logs) / 2


@FEW
@given(SEEDS, st.sampled_from([0.0, 0.3]))
def test_scale_of_a_network_with_means(seed, bias):
    """ReLU: the typed action is stationary, by differences, and f = [q (K - M) + M/(1 + q_bar)] A^-1 y."""
    problem = random_problem(seed, activation=ft.activation("relu"), bias_variance=bias)
    process, p = RescaledProcess.of(problem), problem.training_points
    x, _ = process.action.saddle()
    (q, q_bar), n, g = x, problem.widths[0], problem.readout_variance
    # E max(h, 0) = (C/2 pi)^(1/2)
    mean = np.sqrt(g * np.diag(problem.first_covariance) / (2 * np.pi))
    kernel = prior_kernels(problem)[-1] - bias - np.outer(mean, mean)
    inner, step = kernel[:p, :p], 1e-5
    for dq, dq_bar in ((step, 0), (0, step)):
        up, down = (
            typed_action(problem, n, inner, mean[:p], q + s * dq, q_bar + s * dq_bar) for s in (1, -1)
        )
        assert abs(up - down) / (2 * step) < 1e-6 * n
    across = q * kernel + np.outer(mean, mean) / (1 + q_bar) + bias
    whole = across[:p, :p] + problem.ridge * np.eye(p)
    found = prediction(problem)
    np.testing.assert_allclose(found.mean, across[:, :p] @ np.linalg.solve(whole, problem.y), atol=1e-10)
    value = typed_action(problem, n, inner, mean[:p], q, q_bar)
    assert process.action.value(x) == pytest.approx(value, rel=1e-10)


def test_mean_features():
    """E phi(h) of a ReLU is (C/2 pi)^(1/2), of erf 0."""
    covariance = np.diag([0.3, 2.0, 5.0])
    expected = np.sqrt(np.diag(covariance) / (2 * np.pi))
    np.testing.assert_allclose(mean_features(ft.activation("relu"), covariance), expected, rtol=1e-12)
    np.testing.assert_allclose(mean_features(ft.activation("erf"), covariance), 0, atol=1e-14)


def test_unequal_widths():
    """All n_l (1 - u_l) equal tr[Q K (Q K + kappa)^-1] - Q tau^T K tau, one equation for each layer."""
    problem = random_problem(
        5, activation=ft.activation("linear"), widths=(9, 17), weight_variances=(1.5, 0.8)
    )
    p, kernel = 4, prior_kernels(problem)[-1][:4, :4]

    def right(scale):
        tau = np.linalg.solve(scale * kernel + problem.ridge * np.eye(p), problem.y[:, 0])
        trace = np.trace(np.linalg.solve(scale * kernel + problem.ridge * np.eye(p), scale * kernel))
        return trace - scale * tau @ kernel @ tau

    def equation(scale):
        return scale - (1 - right(scale) / 9) * (1 - right(scale) / 17)

    assert scale_of(problem)[0, 0] == pytest.approx(brentq(equation, 0.3, 5, xtol=1e-14), rel=1e-9)


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("adaptive.80-1", 0.004),
        ("adaptive.20-4", 0.02),
        ("adaptive.20-20", 0.06),
        ("adaptive.relu.20-20", 0.062),
        ("adaptive.relu.20-1", 0.04),
        ("adaptive.erf.two-outputs.20-20", 0.055),
    ],
)
def test_sampled_networks(name, most):
    """Of sampled means: as far off as scales without directions are, and the bar says so."""
    found, (mean, error) = prediction(row_problem(name)), sampled_mean(name)
    assert root_mean_square(found.mean - mean) < most
    assert np.mean(np.abs(found.mean - mean) <= found.error_bar + 2 * error) >= 0.9


@FEW
@given(SEEDS)
def test_symmetries(seed):
    """y -> -y; orthogonal outputs turn the mean; n -> oo is the Gaussian process; permuted points."""
    problem = random_problem(seed, outputs=2)
    found = prediction(problem)
    np.testing.assert_allclose(prediction(replace(problem, y=-problem.y)).mean, -found.mean, atol=1e-9)
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(2, 2)))[0]
    turned = prediction(replace(problem, y=problem.y @ turn))
    np.testing.assert_allclose(turned.mean, found.mean @ turn, atol=1e-8)
    np.testing.assert_allclose(turned.kernel, found.kernel, atol=1e-8)
    order = [2, 0, 3, 1]
    moved = prediction(replace(problem, X=problem.X[order], y=problem.y[order]))
    np.testing.assert_allclose(moved.mean[:4], found.mean[order], atol=1e-9)
    wide = replace(problem, widths=(10**9,))
    np.testing.assert_allclose(prediction(wide).mean, infinite_width(wide).mean, atol=1e-6)


def test_scales_of_several_outputs():
    """Without means: n (q - log q) + sum log det(kappa + lambda q) + ..., stationary by differences."""
    problem = random_problem(4, outputs=2)
    q = scale_of(problem)
    kernel, n, size = prior_kernels(problem)[-1][:4, :4], problem.widths[0], problem.y.size

    def action(q):
        a = np.kron(kernel, q) + problem.ridge * np.eye(size)
        misfit = problem.y.ravel() @ np.linalg.solve(a, problem.y.ravel())
        return n * (np.trace(q) - np.linalg.slogdet(q)[1]) + np.linalg.slogdet(a)[1] + misfit

    for shift in ([[1, 0], [0, 0]], [[0, 0], [0, 1]], [[0, 1], [1, 0]]):
        step = 1e-5 * np.array(shift)
        assert abs(action(q + step) - action(q - step)) / 2e-5 < 1e-6 * n


def test_refusals():
    """Deep networks: odd activations without bias, one output."""
    row = POSTERIOR_THEORIES["rescaled"]
    deep = random_problem(0, widths=(5, 5), weight_variances=(1.0, 1.0))
    assert not row.refused(deep)
    for changes, said in (
        ({"activation": ft.activation("relu")}, "activation must be odd"),
        ({"bias_variance": 0.1}, "bias_variance 0"),
        ({"y": np.ones((4, 2))}, "y must have one output for theory='rescaled'"),
    ):
        with pytest.raises(ValueError, match=said):
            prediction(replace(deep, **changes))
        assert said in row.refused(replace(deep, **changes))
    assert "finite width" in row.refused(replace(deep, widths=None))
