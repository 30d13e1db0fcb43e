"""Real networks: published runs, and gradient descent written out with weight matrices."""

import math

import numpy as np
import pytest

import fieldtheory as ft
from fieldtheory.activations.derivatives import activation_derivative
from renormalization.training_dynamics.moving_tangent_kernel import moving_tangent_kernel
from renormalization.training_dynamics.networks import initial_weights, train
from renormalization.training_dynamics.training_problem import TrainingProblem
from tests.renormalization.training_dynamics.training_rows import random_problem, row, row_data, row_problem


def backpropagated(problem, inputs, n, seed):
    """f(t), Φ^l(T) and G^l(T) of one network whose weights and biases are changed by θ −= ηγ²n ∂L/∂θ."""
    rng, phi = np.random.default_rng(seed), problem.activation.function
    slope = activation_derivative(problem.activation, 1)
    w, depth = np.sqrt(problem.weight_variances), problem.depth
    b, gamma, p = math.sqrt(problem.bias_variance), problem.richness, problem.training_points
    scales = [1.0, *(w[:-1] / math.sqrt(n))]
    weights = [rng.standard_normal((n, inputs.shape[1]))]
    weights += [rng.standard_normal((n, n)) for _ in range(depth - 1)]
    readout = rng.standard_normal(n)
    biases = [rng.standard_normal(n)]
    biases += list(rng.standard_normal((depth - 1, n))) if depth > 1 else []
    last, found = rng.standard_normal(), []
    for _ in range(problem.steps):
        fields, features = [], [inputs.T]
        for scale, weight, bias in zip(scales, weights, biases, strict=True):
            fields.append(scale * weight @ features[-1] + b * bias[:, None])
            features.append(phi(fields[-1]))
        f = (w[-1] * readout @ features[-1] / math.sqrt(n) + b * last) / (gamma * math.sqrt(n))
        found.append(f)
        residuals = np.zeros(len(f))
        residuals[:p] = problem.labels - f[:p]
        rate = problem.learning_rate * gamma**2 * n
        back = np.outer(w[-1] * readout, np.ones(len(f))) / (gamma * n)  # df/dphi^L
        steps = []
        for layer in range(depth - 1, -1, -1):
            back = slope(fields[layer]) * back
            kernel = (gamma * n * back).T @ (gamma * n * back) / n
            steps.append(
                (scales[layer] * (back * residuals) @ features[layer].T, b * back @ residuals, kernel)
            )
            back = scales[layer] * weights[layer].T @ back
        readout = readout + rate * w[-1] * features[-1] @ residuals / (gamma * n)
        last += rate * b * residuals.sum() / (gamma * math.sqrt(n))
        for layer, (change, moved, _) in enumerate(reversed(steps)):
            weights[layer] = weights[layer] + rate * change
            biases[layer] = biases[layer] + rate * moved
    kernels = [each.T @ each / n for each in features[1:]]
    return np.array(found), kernels, [kernel for *_, kernel in reversed(steps)]


@pytest.mark.parametrize(("name", "depth"), [("tanh", 2), ("relu", 3), ("linear", 1), ("gelu", 2)])
def test_descent_written_out(name, depth):
    """Low-rank steps = θ −= ηγ²n ∂L/∂θ on every weight and bias, test points included

    Equation: gradient-descent
    """
    rng = np.random.default_rng(depth)
    x = rng.normal(size=(4, 3))
    problem = TrainingProblem(
        activation=ft.activation(name),
        input_kernel=0.7 * x @ x.T + 0.3,
        weight_variances=(1.3, 0.8, 1.1)[:depth],
        bias_variance=0.3,
        labels=rng.normal(size=3),
        steps=8,
        learning_rate=0.05,
        richness=1.2,
    )
    inputs = math.sqrt(0.7) * x
    found = train(problem, initial_weights(problem, inputs, 12, [5, 6]))
    for number, seed in enumerate([5, 6]):
        outputs, kernels, gradients = backpropagated(problem, inputs, 12, seed)
        assert found.outputs[number] == pytest.approx(outputs, rel=1e-10, abs=1e-12)
        assert found.kernels[number, :, -1, :, -1] == pytest.approx(np.array(kernels), rel=1e-10, abs=1e-12)
        last = found.gradient_kernels[number, :, -1, :, -1]
        assert last == pytest.approx(np.array(gradients), rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("name", ["linear", "gelu"])
def test_a_small_step_is_that_of_the_tangent_kernel(name):
    """η → 0: [f(t+1) − f(t)]/η = Θ(t) Δ(t), Θ of this very network, read-out and biases included"""
    rates, slopes = (1e-4, 5e-5), []
    for rate in rates:
        problem = random_problem(3, depth=2, activation=ft.activation(name), learning_rate=rate, steps=2)
        inputs = np.linalg.cholesky(problem.input_kernel - problem.bias_variance + 1e-12 * np.eye(4))
        found = train(problem, initial_weights(problem, inputs, 10, [2]))
        slopes.append((found.outputs[0, 1] - found.outputs[0, 0]) / rate)
    tangent = moving_tangent_kernel(problem, tuple(found.kernels[0]), tuple(found.gradient_kernels[0]))
    residuals = problem.residuals(found.outputs[0, 0])
    assert 2 * slopes[1] - slopes[0] == pytest.approx(tangent[0, :, :3] @ residuals, rel=1e-6)


@pytest.mark.parametrize("name", ["dmft.gamma1.5.n64", "dmft-nonlinear.tanh.gamma1.5.n400"])
def test_published_runs(name):
    """f, Φ¹, Φ² and G² of the very networks of a row, and their standard errors, to the digits printed"""
    given, expected, stderr = (row(name)[key] for key in ("parameters", "reference", "stderr"))
    x, _ = row_data(name)
    problem, first, count = row_problem(name), given["first_seed"], given["networks"]
    runs = [
        train(problem, initial_weights(problem, x / math.sqrt(8), given["n"], range(start, start + 8)))
        for start in range(first, first + count, 8)
    ]
    outputs, kernels, gradients = (np.concatenate(each) for each in zip(*runs, strict=True))
    assert outputs[:, -1].mean(0) == pytest.approx(np.array(expected["f_last"]), abs=1e-6)
    deviation = outputs[:, -1].std(0, ddof=1) / math.sqrt(count)
    assert deviation == pytest.approx(np.array(stderr["f_last"]), abs=6e-6)
    for layer, key in enumerate(["Phi1_last", "Phi2_last"]):
        found = kernels[:, layer, -1, :, -1].mean(0)
        assert found == pytest.approx(np.array(expected[key]), abs=1e-5)
    found = gradients[:, 1, -1, :, -1].mean(0)
    assert found == pytest.approx(np.array(expected["G2_last"]) * np.ones((3, 3)), abs=1e-5)


def test_runaway():
    """A learning rate far too large for the networks is refused with the step"""
    problem = row_problem("dmft.gamma1.5.n64", learning_rate=5.0)
    x, _ = row_data("dmft.gamma1.5.n64")
    with pytest.raises(ValueError, match=r"learning_rate must be below .* by step \d"):
        train(problem, initial_weights(problem, x / math.sqrt(8), 8, [1]))
