"""Learning curves of real networks: what they converge to, how, and what is refused."""

import json
import math

import numpy as np
import pytest
from scipy.special import eval_gegenbauer

import fieldtheory as ft
from benchmarks.train_check import width_fit
from fieldtheory.budgets import OverBudget
from fieldtheory.workbench.training.training_sets import KernelRegression, TrainingSet

NET = ft.FullyConnected(1, "relu", weight_variance=2.0)
LINEAR = ft.Target({1: 1.0})


def small(**changes):
    usual = {"n": 4, "widths": 16, "members": 2, "datasets": 2, "tests": 10}
    return ft.train(changes.pop("net", NET), 3, changes.pop("target", LINEAR), **(usual | changes))


@pytest.mark.slow
def test_excess_falls_with_the_width():
    """error − kernel_error ∝ 1/width from 128 to 1024, and 0 in the limit, d = 10, N = 40"""
    found = ft.train(NET, 10, LINEAR, n=40, widths=[128, 256, 512, 1024], members=12, datasets=24, seed=2)
    assert found.converged.all()
    assert found.halving.max() < 0.01
    fit = width_fit(found)
    assert fit.exponent_stderr < 0.15
    assert abs(fit.exponent + 1) < 0.3
    assert fit.limit_stderr < 0.1 * found.kernel_error[0]
    assert abs(fit.limit) < 3 * fit.limit_stderr


@pytest.mark.slow
def test_posterior_of_a_wide_network():
    """Langevin dynamics, width 1024: mean and variance of the NNGP posterior within three standard errors"""
    found = ft.train(
        ft.FullyConnected(1, "erf", 2.0),
        5,
        LINEAR,
        n=10,
        widths=1024,
        members=8,
        datasets=4,
        method="langevin",
        ridge=0.5,
        steps=1000,
        tests=100,
    )
    assert found.converged.all()
    assert abs(found.excess[0, 0]) < 3 * found.excess_stderr[0, 0] < 0.2 * found.kernel_error[0]
    deviation = found.variance[0, 0] - found.kernel_variance[0]
    assert abs(deviation) < 3 * found.variance_stderr[0, 0] < 0.2 * found.kernel_variance[0]


def test_linear_target_of_a_data_set():
    """y = g₁ √d P₁(w·x) + g₂ √deg(2) P₂(w·x), points of norm 1, as simulations draw them"""
    data = TrainingSet.drawn(4, ft.Target({1: 0.5, 2: 2.0}), 200, 30, 7, 3)
    rng = np.random.default_rng([7, 200, 3])
    points = rng.standard_normal((200, 4))
    assert data.x == pytest.approx(points / np.linalg.norm(points, axis=1)[:, None])
    pole = rng.standard_normal(4)
    cosines = data.x @ pole / np.linalg.norm(pole)
    second = eval_gegenbauer(2, 1.0, cosines) / eval_gegenbauer(2, 1.0, 1.0)
    assert data.labels == pytest.approx(math.sqrt(0.5 * 4) * cosines + math.sqrt(2.0 * 9) * second)


def test_descent_is_flow_in_small_steps():
    """η λ = 1/4: the same errors as gradient flow, and `stability` says so"""
    net = ft.FullyConnected(2, "erf", 1.5, 0.2)
    flow = small(net=net, widths=[30], tolerance=1e-5)
    descent = small(net=net, widths=[30], tolerance=1e-5, learning_rate=0.02)
    assert descent.error == pytest.approx(flow.error, rel=5e-3)
    assert 0.01 < descent.stability[0, 0] < 1.0
    assert flow.stability[0, 0] == 0.0
    assert descent.steps[0, 0] > 20 * flow.steps[0, 0]


def test_ridge():
    """½ Σ (y − f)² + ½ σ² |θ − θ(0)|²: kernel regression with a ridge, plus a part that falls as 1/width"""
    found = small(
        net=ft.FullyConnected(1, "erf", 2.0),
        n=20,
        widths=[100, 1600],
        ridge=0.4,
        members=6,
        datasets=6,
        tests=300,
    )
    excess, stderr = found.excess[0], found.excess_stderr[0]
    assert excess[0] > 5 * excess[1] > 0
    assert abs(excess[1]) < 4 * stderr[1] + 0.02 * found.kernel_error[0]


@pytest.mark.parametrize("ridge", [0.0, 0.3])
def test_what_is_left_of_the_start(ridge):
    """Without `centre`: the variance over networks of f − A f(X), f with the NNGP covariance"""
    net = ft.FullyConnected(1, "erf", 2.0, 0.1)
    found = small(net=net, n=5, widths=800, members=60, datasets=4, ridge=ridge, centre=False, tests=100)
    assert abs(found.variance[0, 0] - found.kernel_variance[0]) < 4 * found.variance_stderr[0, 0]
    assert abs(found.excess[0, 0]) < 4 * found.excess_stderr[0, 0] < 0.2 * found.kernel_error[0]


@pytest.mark.parametrize("posterior", [False, True])
def test_regression_beside_theory(posterior):
    """Errors of regression on the data sets that networks are trained on, whose mean the theory predicts"""
    net, target, ridge = ft.FullyConnected(2, "relu", 2.0), ft.Target({1: 0.5, 2: 0.5}), 0.2
    errors, variances = [], []
    for number in range(80):
        data = TrainingSet.drawn(6, target, 30, 300, 1, number)
        if posterior:
            found = KernelRegression.of_posterior(net, data, ridge)
            variances.append(found.variance.mean())
        else:
            found = KernelRegression.of_flow(net, data, ridge, centre=True)
        errors.append(found.error(data))
    kernel = net.nngp() if posterior else net.ntk()
    theory = ft.learning_curve(kernel.spectrum(6), target, n=30, ridge=ridge)
    stderr = np.std(errors, ddof=1) / math.sqrt(len(errors))
    assert stderr < 0.06 * theory.error[0]
    assert abs(np.mean(errors) - theory.error[0]) < 4 * stderr + theory.error_bar[0]
    if posterior:
        stderr = np.std(variances, ddof=1) / math.sqrt(len(variances))
        assert stderr < 0.005 * theory.posterior_variance[0]
        assert abs(np.mean(variances) - theory.posterior_variance[0]) < 4 * stderr


def test_unfinished_training_has_no_number():
    with pytest.warns(UserWarning, match="not at the end of training after 10 steps"):
        found = small(n=8, tolerance=1e-10, steps=10)
    assert not found.converged.any()
    assert np.isnan(found.error).all()
    assert np.isnan(found.excess).all()
    assert "not at the end" in found.warnings[0]


def test_result(tmp_path):
    found = small(n=[4, 6], widths=[8, 16])
    again = small(n=[6, 4], widths=[16, 8])
    assert again.error[::-1, ::-1] == pytest.approx(found.error, rel=1e-12)
    assert "widths 8, 16" in repr(found)
    assert "\n" not in repr(found)
    found.to_csv(tmp_path / "curve.csv")
    lines = (tmp_path / "curve.csv").read_text().splitlines()
    assert len(lines) == 5
    assert lines[0].startswith("n,width,error,error_stderr,excess")
    assert float(lines[4].split(",")[2]) == found.error[1, 1]
    plain = json.loads(json.dumps(found.to_dict()))
    assert plain["widths"] == [8, 16]
    assert plain["theory"]["error"] == found.theory.error.tolist()
    labels = [text.get_text() for text in found.plot().get_legend().get_texts()]
    assert "networks of width 16" in labels
    dataset = pytest.importorskip("xarray") and found.to_xarray()
    assert dataset["error"].dims == ("n", "width")
    assert float(dataset["error"].sel(n=6, width=16)) == found.error[1, 1]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"net": 3}, "net must be a FullyConnected"),
        ({"net": ft.FullyConnected(0)}, "net must have a hidden layer"),
        ({"net": ft.FullyConnected(1, "sign")}, "activation must have a derivative"),
        ({"target": {1: 1.0}}, "target must be a Target"),
        ({"target": ft.Spectrum.from_gram(np.eye(2), [1.0, 0.0])[1]}, "target must be given by its powers"),
        ({"n": 0}, "n must be at least 1"),
        ({"widths": []}, "widths must name at least one width"),
        ({"widths": 0}, "widths must be at least 1"),
        ({"members": 1}, "members must be at least 2"),
        ({"method": "adam"}, "method must be one of"),
        ({"method": "langevin"}, "ridge must be positive for Langevin dynamics"),
        (
            {"method": "langevin", "ridge": 1.0, "learning_rate": 0.1},
            "learning_rate must be None for Langevin",
        ),
        ({"ridge": -1.0}, "ridge must be"),
        ({"tolerance": 0.5}, "tolerance must be at most 0.1"),
        ({"device": "tpu"}, "device must be"),
        ({"learning_rate": 10.0}, "learning_rate must be at most 1 over the largest eigenvalue"),
        ({"centre": 1.5}, "centre must be"),
        ({"progress": "yes"}, "progress must be True, False or None"),
    ],
)
def test_refusals(changes, words):
    with pytest.raises(ValueError, match=words) as refused:
        small(**changes)
    assert "\n" not in str(refused.value)


def test_budget():
    with pytest.raises(OverBudget, match="lower members, datasets, widths or n"):
        small(n=10**5, widths=10**5)
