"""Linear networks: published numbers, the matrix form of the equations, the constant tangent kernel."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renormalization.training_dynamics.divergence import initial_tangent_kernel, largest_stable_rate
from renormalization.training_dynamics.linear import linear_dynamics, linear_prediction
from tests.renormalization.training_dynamics.training_rows import random_problem, row, row_problem

ROWS = ["dmft.gamma0.5.n256", "dmft.gamma1.5.n64", "dmft.gamma1.5.n1024"]


@pytest.mark.parametrize("name", ROWS)
def test_published_numbers(name):
    """f, Φ¹, Φ² and G² at the last step, f at t = 10, of an iteration of (6.2) to rounding"""
    expected, found = row(name)["theory"], linear_prediction(row_problem(name))
    assert found.outputs[-1] == pytest.approx(np.array(expected["f_last"]), abs=1e-10)
    assert found.outputs[10] == pytest.approx(np.array(expected["f_t10"]), abs=1e-10)
    for kernel, key in zip(found.kernels, ["Phi1_last", "Phi2_last"], strict=True):
        assert kernel[-1, :, -1] == pytest.approx(np.array(expected[key]), abs=1e-10)
    assert found.gradient_kernels[1][-1, :, -1] == pytest.approx(expected["G2_last"], abs=1e-10)


@settings(max_examples=15)
@given(st.integers(0, 2**32), st.integers(1, 3), st.integers(0, 2))
def test_matrix_form(seed, depth, tests):
    """Φ = (1−CD)⁻¹(Φ⁻ + C G⁺Cᵀ)(1−CD)⁻ᵀ, G = (1−DC)⁻¹(G⁺ + D Φ⁻Dᵀ)(1−DC)⁻ᵀ, A = (1−CD)⁻¹C, B = (1−DC)⁻¹D,
    γ f = (1−CD)⁻¹(Φ⁻Dᵀ + C G⁺)(1−DC)⁻ᵀ at equal times, with C, D of the layers on either side
    """
    problem = random_problem(seed, depth=depth, tests=tests)
    dynamics = linear_dynamics(problem)
    steps, q, p = problem.steps, problem.points, problem.training_points
    w, b, size = problem.weight_variances, problem.bias_variance, problem.steps * problem.points
    scaled = np.zeros((steps, q))
    scaled[:, :p] = problem.feature_rate * problem.residuals(dynamics.outputs)
    earlier = np.tri(steps, k=-1)
    for number, layer in enumerate(dynamics.layers):
        below, above = dynamics.layers[number - 1] if number else None, dynamics.layers[number + 1 :]
        kernel = np.broadcast_to(problem.input_kernel[None, :, None], (steps, q, steps, q))
        response = np.zeros((steps, q, steps))
        if below is not None:
            kernel, response = w[number - 1] * below.kernel + b, w[number - 1] * below.forward
        gradient, answer = np.full((steps, steps), w[-1]), np.zeros((steps, steps, q))
        if above:
            gradient = w[number] * above[0].gradient
            answer = w[number] * above[0].backward
        c = response + np.einsum("tmsn,sn,ts->tms", kernel, scaled, earlier)
        d = answer + np.einsum("ts,sn,ts->tsn", gradient, scaled, earlier)
        c, d, kernel = c.reshape(size, steps), d.reshape(steps, size), kernel.reshape(size, size)
        up, down = np.linalg.inv(np.eye(size) - c @ d), np.linalg.inv(np.eye(steps) - d @ c)
        close = {"rel": 1e-10, "abs": 1e-11}
        assert layer.kernel.reshape(size, size) == pytest.approx(
            up @ (kernel + c @ gradient @ c.T) @ up.T, **close
        )
        assert layer.gradient == pytest.approx(down @ (gradient + d @ kernel @ d.T) @ down.T, **close)
        assert layer.forward.reshape(size, steps) == pytest.approx(up @ c, **close)
        backward = (down @ d).reshape(steps, steps, q)
        assert layer.backward == pytest.approx(backward, **close)
        assert not layer.backward[..., p:].any()
    cross = (up @ (kernel @ d.T + c @ gradient) @ down.T).reshape(steps, q, steps)
    outputs = np.einsum("tmt->tm", cross) / problem.richness
    shift = problem.learning_rate * b * problem.residuals(dynamics.outputs).sum(1)
    outputs[1:] += np.cumsum(shift)[:-1, None]
    assert dynamics.outputs == pytest.approx(outputs, rel=1e-10, abs=1e-11)


@settings(max_examples=10)
@given(st.integers(0, 2**32), st.integers(1, 3))
def test_lazy_training(seed, depth):
    """γ → 0: f(t+1) = f(t) + η Θ Δ(t) with the NTK before training, up to O(γ²)"""
    problem = random_problem(seed, depth=depth)
    tangent = initial_tangent_kernel(problem)
    expected = np.zeros((problem.steps, problem.points))
    for t in range(1, problem.steps):
        residuals = problem.labels - expected[t - 1, : problem.training_points]
        expected[t] = expected[t - 1] + problem.learning_rate * tangent[:, :3] @ residuals
    small, smaller = (
        np.abs(linear_dynamics(replace(problem, richness=gamma)).outputs - expected).max()
        for gamma in (2e-2, 1e-2)
    )
    assert smaller < 1e-3 * np.abs(expected).max()
    assert small / smaller == pytest.approx(4, rel=0.02)


@settings(max_examples=10)
@given(st.integers(0, 2**32), st.permutations(range(3)))
def test_order_of_points(seed, order):
    """Training points in another order: the same outputs, in that order"""
    problem = random_problem(seed)
    places = [*order, 3]
    other = replace(
        problem,
        input_kernel=problem.input_kernel[np.ix_(places, places)],
        labels=problem.labels[order],
    )
    assert linear_dynamics(other).outputs == pytest.approx(
        linear_dynamics(problem).outputs[:, places], rel=1e-12, abs=1e-13
    )


def test_test_points_ride_along():
    """A test point that repeats a training point has its outputs; training points do not see test points"""
    problem = random_problem(5, tests=0)
    places = [0, 1, 2, 1]
    more = replace(problem, input_kernel=problem.input_kernel[np.ix_(places, places)])
    found = linear_dynamics(more).outputs
    assert found[:, :3] == pytest.approx(linear_dynamics(problem).outputs, rel=1e-13, abs=1e-14)
    assert (found[:, 3] == found[:, 1]).all()


def test_runaway():
    """Above 2/λ_max(NTK) lazy training diverges, and the message says when; below it does not"""
    problem = random_problem(2, tests=0, steps=60, richness=1e-3)
    stable = largest_stable_rate(problem)
    linear_dynamics(replace(problem, learning_rate=0.98 * stable))
    with pytest.raises(ValueError, match=rf"below {stable:.3g}, .* by step \d+\)"):
        linear_dynamics(replace(problem, learning_rate=1.5 * stable))
