"""The order 1/n of the mean: derivatives of the action, the diagram engine on it, real networks."""

import math
from functools import cache

import numpy as np
import pytest
import sympy

import diagrams
from renormalization.training_dynamics.linear import linear_dynamics
from renormalization.training_dynamics.network_covariance import network_covariance
from renormalization.training_dynamics.network_shift import network_shift
from renormalization.training_dynamics.networks import initial_weights, train
from renormalization.training_dynamics.order_parameters import OrderParameters
from tests.renormalization.training_dynamics.test_network_covariance import hessian, saddle_point
from tests.renormalization.training_dynamics.training_rows import random_problem


@pytest.mark.parametrize(("seed", "depth", "tests"), [(1, 1, 1), (2, 2, 0)])
def test_derivatives_of_the_action(seed, depth, tests):
    """S″, and S‴ along a direction, of the action with all fields, differentiated numerically"""
    problem = random_problem(seed, points=1, tests=tests, depth=depth, steps=3, learning_rate=0.1)
    dynamics = linear_dynamics(problem)
    parameters, saddle = OrderParameters(problem, dynamics), saddle_point(problem, dynamics)
    assert parameters.second() == pytest.approx(hessian(problem, saddle)[1], rel=1e-7, abs=1e-7)
    along = np.random.default_rng(seed).normal(size=len(saddle)) / math.sqrt(len(saddle))
    high, low, far, near = (hessian(problem, saddle + step * along)[1] for step in (1e-3, -1e-3, 2e-3, -2e-3))
    expected = (8 * (high - low) - (far - near)) / 12e-3
    found = parameters.third() @ along
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-6 * np.abs(expected).max())


@cache
def one_neuron(steps, rate, gamma):
    """S = −Σ f^ f − ½ log det(−Q) of one hidden layer, one point, K = g = y = 1, no biases, in SymPy: Q the
    form of h, z, χ~, ξ~ with h = χ + C z, z = ξ + C h, C = ηγ (1 − f(s)) for s < t, and f^ h z/γ
    """
    f, conjugate = sympy.symbols(f"f:{steps}"), sympy.symbols(f"c:{steps}")
    lower = sympy.Matrix(steps, steps, lambda t, s: rate * gamma * (1 - f[s]) if s < t else 0)
    one, zero = sympy.eye(steps), sympy.zeros(steps, steps)
    source = sympy.diag(*conjugate) / gamma
    all_ones = sympy.ones(steps, steps)
    form = sympy.BlockMatrix(
        [
            [zero, source, -one, lower.T],
            [source, zero, lower.T, -one],
            [-one, lower, all_ones, zero],
            [lower, -one, zero, all_ones],
        ]
    ).as_explicit()
    determinant = (-form).to_DM().to_field().det()
    action = -sum(a * b for a, b in zip(f, conjugate, strict=True))
    action -= sympy.log(determinant.as_expr() if hasattr(determinant, "as_expr") else determinant) / 2
    return action, (*f, *conjugate)


def test_the_engine_on_the_action():
    """`Theory.from_action` of S: the line ⟨f f⟩ is `network_covariance`, one loop of ⟨f⟩ `network_shift`"""
    rate, gamma = sympy.Rational(1, 4), sympy.Rational(3, 2)
    action, fields = one_neuron(3, rate, gamma)
    problem = random_problem(
        0,
        points=1,
        tests=0,
        depth=1,
        steps=3,
        input_kernel=np.ones((1, 1)),
        weight_variances=(1.0,),
        bias_variance=0.0,
        labels=np.ones(1),
        learning_rate=float(rate),
        richness=float(gamma),
    )
    dynamics = linear_dynamics(problem)
    # all numbers are dyadic, so that the saddle point is one exactly
    values = [sympy.Rational(value) for value in dynamics.outputs[:, 0].tolist()]
    saddle = dict(zip(fields, [*values, 0, 0, 0], strict=True))
    assert all(sympy.diff(action, each).subs(saddle) == 0 for each in fields)
    theory = diagrams.Theory.from_action(-action, fields, background=saddle, degree=3)
    lines = {(line.first, line.second): line.value for line in theory.propagators}
    covariance, shift = network_covariance(problem, dynamics), network_shift(problem, dynamics)
    assert [float(lines[f"f{t}", f"f{t}"]) for t in range(3)] == pytest.approx(covariance[:, 0, 0])
    for t in range(3):
        found = sum(each.value for each in diagrams.generate(theory, (f"f{t}",), 1))
        assert float(found) == pytest.approx(shift[t, 0], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("depth", [1, 2])
def test_real_networks(depth):
    """n (⟨f⟩ − f) of networks: at n = 32 within 4 standard errors + 20 % of the largest"""
    problem = random_problem(
        6, points=1, tests=1, depth=depth, steps=4, learning_rate=0.2 / depth, richness=1.5
    )
    slope = problem.input_kernel - problem.bias_variance
    inputs = np.linalg.cholesky(slope)
    runs = [
        train(problem, initial_weights(problem, inputs, 32, range(start, start + 500))).outputs
        for start in range(0, 8000, 500)
    ]
    outputs = np.concatenate(runs)
    # the mean of f before training is 0: what chance left of it is taken out
    start = outputs[:, 0] - outputs[:, 0].mean(0)
    moved = outputs.reshape(len(outputs), -1)
    moved = moved - (outputs[:, 0] @ np.linalg.lstsq(start, moved - moved.mean(0), rcond=None)[0])
    found = 32 * (moved.mean(0) - linear_dynamics(problem).outputs.ravel())
    stderr = 32 * moved.std(0) / math.sqrt(len(moved))
    expected = network_shift(problem, linear_dynamics(problem)).ravel()
    close = 4 * stderr + 0.2 * np.abs(expected).max()
    assert (np.abs(found - expected) < close).all()
    assert not (np.abs(found) < close).all()
