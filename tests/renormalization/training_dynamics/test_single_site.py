"""Nonlinear networks on sampled paths: real networks, the closed equations of linear ones, identities."""

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fieldtheory as ft
from fieldtheory.budgets import OverBudget
from renormalization.training_dynamics.divergence import initial_tangent_kernel, largest_stable_rate
from renormalization.training_dynamics.linear import linear_prediction
from renormalization.training_dynamics.single_site import single_site_prediction
from renormalization.training_dynamics.training_problem import TrainingProblem
from tests.renormalization.training_dynamics.training_rows import random_problem, row, row_data, row_problem

PUBLIC = "dmft-nonlinear.tanh.gamma1.5.n400"
NETWORKS = ["tanh.strong", "tanh.gamma1.5", "gelu.deep", "sin.shallow"]


@cache
def network_rows():
    path = Path(__file__).parents[2] / "data/nonlinear_networks.json"
    return {each["id"]: each for each in json.loads(path.read_text(encoding="utf-8"))["rows"]}


def network_problem(name):
    given, (x, y) = network_rows()[name]["parameters"], row_data(PUBLIC)
    points = np.vstack([x, np.array(network_rows()[name]["X_test"]).reshape(-1, x.shape[1])])
    first, *others = given["weight_variances"]
    return TrainingProblem(
        activation=ft.activation(given["activation"]),
        input_kernel=first * given["input_scale"] * points @ points.T + given["bias_variance"],
        weight_variances=tuple(others),
        bias_variance=given["bias_variance"],
        labels=y,
        steps=given["steps"],
        learning_rate=given["learning_rate"],
        richness=given["richness"],
    )


@cache
def predictions(name):
    """Of four seeds: what kernels scatter by."""
    problem = row_problem(name) if name == PUBLIC else network_problem(name)
    return [single_site_prediction(replace(problem, seed=seed)) for seed in range(4)]


def require_outputs(found, t, expected, expected_stderr, width):
    """Those of the first seed, within three standard errors of both, 2/n and .003"""
    allowed = 3 * np.hypot(found[0].stderr[t], expected_stderr) + 2 / width + 0.003
    assert (np.abs(found[0].outputs[t] - np.array(expected)) <= allowed).all()


def require_kernel(found, expected, expected_stderr):
    """The mean over seeds, within three standard errors of both and 2 % of √(K_aa K_bb)"""
    mean, stderr = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / np.sqrt(len(found))
    size = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    allowed = 3 * np.hypot(stderr, expected_stderr) + 0.02 * size
    assert (np.abs(mean - np.array(expected)) <= allowed).all()


def test_published_networks():
    """f, Φ¹, Φ² and G² of networks of width 400 at the last step, f at t = 5

    Equation: single-site
    """
    given, found = row(PUBLIC), predictions(PUBLIC)
    expected, stderr = given["reference"], given["stderr"]
    for t, key in ((-1, "f_last"), (5, "f_t5")):
        require_outputs(found, t, expected[key], stderr[key], 400)
    for layer, key in ((0, "Phi1_last"), (1, "Phi2_last")):
        require_kernel([each.kernels[layer][-1, :, -1] for each in found], expected[key], stderr[key])
    gradients = [each.gradient_kernels[1][-1, :, -1] for each in found]
    require_kernel(gradients, expected["G2_last"], stderr["G2_last"])


@pytest.mark.parametrize("name", NETWORKS)
def test_networks(name):
    """f at half time and at the end, Φ and G of all layers there: one to three hidden layers, test points"""
    given, found = network_rows()[name], predictions(name)
    width, half = given["parameters"]["width"], given["parameters"]["half"]
    expected, stderr = given["reference"], given["stderr"]
    for t, key in ((-1, "f_last"), (half, "f_half")):
        require_outputs(found, t, expected[key], stderr[key], width)
    for field, key in (("kernels", "Phi_last"), ("gradient_kernels", "G_last")):
        for layer, values in enumerate(expected[key]):
            kernels = [getattr(each, field)[layer][-1, :, -1] for each in found]
            require_kernel(kernels, values, stderr[key][layer])


def test_response_at_the_same_time():
    """Φ¹₀₀ = .601(2) in networks of γ = 3; .670 without B(t,t), which is 0 before training only"""
    found, given = predictions("tanh.strong")[0], network_rows()["tanh.strong"]
    assert found.kernels[0][-1, 0, -1, 0] == pytest.approx(given["reference"]["Phi_last"][0][0][0], rel=0.02)
    same_time = np.einsum("tmtn->tmn", found.responses[1].backward)
    assert np.abs(same_time[0]).max() < 1e-12
    assert np.abs(same_time[-1]).max() > 0.1


@settings(max_examples=12)
@given(st.integers(0, 2**32), st.integers(1, 3), st.integers(0, 2))
def test_linear_networks(seed, depth, tests):
    """φ(h) = h: the closed equations, with no error of the sample, whose second moments are exact"""
    problem = random_problem(seed, depth=depth, tests=tests, paths=1024)
    found, expected = single_site_prediction(problem), linear_prediction(problem)
    close = {"rel": 1e-6, "abs": 1e-6}
    assert found.outputs == pytest.approx(expected.outputs, **close)
    assert found.stderr.max() < 1e-6
    for layer in range(depth):
        assert found.kernels[layer] == pytest.approx(expected.kernels[layer], **close)
        assert found.gradient_kernels[layer] == pytest.approx(expected.gradient_kernels[layer], **close)
        ours, closed = found.responses[layer], expected.responses[layer]
        if layer + 1 < depth:
            assert ours.forward.sum(-1) == pytest.approx(closed.forward, **close)
        if layer:
            assert ours.backward == pytest.approx(closed.backward, **close)


@pytest.mark.parametrize(("name", "depth"), [("tanh", 1), ("erf", 2), ("softplus", 2), ("elu", 3)])
def test_lazy_training(name, depth):
    """γ → 0: f(t+1) = f(t) + η Θ Δ(t) with the NTK before training, within the error of the sample"""
    problem = random_problem(1, depth=depth, activation=ft.activation(name), richness=1e-2)
    tangent, found = initial_tangent_kernel(problem), single_site_prediction(problem)
    expected = np.zeros_like(found.outputs)
    for t in range(1, problem.steps):
        residuals = problem.labels - expected[t - 1, : problem.training_points]
        expected[t] = expected[t - 1] + problem.learning_rate * tangent[:, :3] @ residuals
    scale = np.abs(expected).max()
    assert found.stderr.max() < 0.02 * scale
    assert (np.abs(found.outputs - expected) <= 5 * found.stderr.max(1, keepdims=True) + 1e-3 * scale).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_order_of_points(seed):
    """Training points in another order: the same outputs, in that order, within the error of the sample"""
    problem = random_problem(seed, activation=ft.activation("tanh"), richness=2.0)
    places = [2, 0, 1, 3]
    other = replace(
        problem,
        input_kernel=problem.input_kernel[np.ix_(places, places)],
        labels=problem.labels[places[:3]],
        seed=7,
    )
    found, moved = single_site_prediction(problem), single_site_prediction(other)
    error = np.hypot(found.stderr.max(1), moved.stderr.max(1))[:, None]
    assert (np.abs(moved.outputs - found.outputs[:, places]) <= 5 * error).all()


def test_test_points_ride_along():
    """A test point that repeats a training point has its outputs and kernels, but for the jitter"""
    problem = random_problem(5, tests=0, activation=ft.activation("silu"), richness=2.0, paths=1024)
    places = [0, 1, 2, 1]
    found = single_site_prediction(
        replace(problem, input_kernel=problem.input_kernel[np.ix_(places, places)])
    )
    assert found.outputs[:, 3] == pytest.approx(found.outputs[:, 1], abs=1e-4)
    for kernel in (*found.kernels, *found.gradient_kernels):
        assert kernel[:, 3] == pytest.approx(kernel[:, 1], rel=1e-3, abs=1e-3)
    # nothing is learnt from it
    assert not found.responses[0].forward[..., 3].any()


def test_standard_errors():
    """The scatter of the outputs over seeds is what `stderr` says"""
    problem = random_problem(3, activation=ft.activation("tanh"), richness=2.0, paths=256)
    found = [single_site_prediction(replace(problem, seed=seed)) for seed in range(24)]
    scatter = np.std([each.outputs[-1] for each in found], axis=0, ddof=1)
    stated = np.sqrt(np.mean([each.stderr[-1] ** 2 for each in found], axis=0))
    assert stated / scatter == pytest.approx(np.ones(4), abs=0.5)


def test_seeds():
    """The same seed gives the same numbers; another one, others within their errors"""
    problem = random_problem(4, activation=ft.activation("tanh"), paths=300)
    first, again = single_site_prediction(problem), single_site_prediction(problem)
    other = single_site_prediction(replace(problem, seed=1))
    assert (first.outputs == again.outputs).all()
    assert (first.kernels[1] == again.kernels[1]).all()
    assert np.abs(first.outputs - other.outputs).max() > 0


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "abs", "selu", "elu:0.5", "heaviside", "sign"])
def test_kinks_are_refused(name):
    """φ″ of a kink is a δ-function, which paths never meet: a smooth activation is the remedy"""
    problem = random_problem(0, activation=ft.activation(name), steps=2, paths=256)
    with pytest.raises(ValueError, match=rf"activation must .* \(got '{name}'\)") as said:
        single_site_prediction(problem)
    remedies = re.findall(r"'(\w+)'", str(said.value).split("take")[1])
    assert remedies
    for remedy in remedies:
        single_site_prediction(replace(problem, activation=ft.activation(remedy)))


def test_few_paths_are_refused():
    """Eight samples of all signs and some draws"""
    with pytest.raises(ValueError, match=r"paths must be at least 256 \(got 255\)"):
        single_site_prediction(random_problem(0, activation=ft.activation("tanh"), paths=255))


def test_least_richness():
    """f = ⟨φ z⟩/γ: at the least γ rounding is still far below the error of the sample, below it is refused"""
    problem = random_problem(0, activation=ft.activation("silu"), paths=256, richness=1e-8)
    found = single_site_prediction(problem)
    assert np.abs(found.outputs[0]).max() < 1e-8
    expected = single_site_prediction(replace(problem, richness=1e-5))
    assert found.outputs == pytest.approx(expected.outputs, abs=1e-4)
    with pytest.raises(ValueError, match=r"richness must be at least 1e-08 .* \(got 9e-09"):
        single_site_prediction(replace(problem, richness=9e-9))


@pytest.mark.parametrize("name", ["tanh", "softplus"])
def test_nothing_to_learn(name):
    """Labels 0: the outputs stay 0, to rounding, and the kernels what they are"""
    found = single_site_prediction(
        random_problem(0, activation=ft.activation(name), labels=np.zeros(3), paths=256)
    )
    assert np.abs(found.outputs).max() < 1e-12
    for kernel in (*found.kernels, *found.gradient_kernels):
        assert kernel[-1, :, -1] == pytest.approx(kernel[0, :, 0], rel=1e-3, abs=1e-3)


def test_long_training_is_refused():
    """Work grows as the cube of steps × points: refused before it begins"""
    with pytest.raises(OverBudget, match="steps"):
        single_site_prediction(random_problem(0, activation=ft.activation("tanh"), steps=2000))


def test_runaway():
    """Above 2/λ_max(NTK) training diverges, and the message says at which step"""
    problem = random_problem(2, tests=0, activation=ft.activation("silu"), steps=60, paths=256, richness=0.1)
    stable = largest_stable_rate(problem)
    for times in (3, 1e150):  # the second within one step
        with pytest.raises(ValueError, match=rf"below {stable:.3g}, .* by step \d+\)"):
            single_site_prediction(replace(problem, learning_rate=times * stable))
