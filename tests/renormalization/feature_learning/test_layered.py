"""Deep networks: derivatives by differences, one layer as before, exact integrals, sampled networks."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import roots_hermitenorm

import fieldtheory as ft
from renormalization.feature_learning.posteriors.infinite_width import prediction as infinite_width
from renormalization.feature_learning.saddles.layered_action import Interface, LayeredAction, LayerNodes
from renormalization.feature_learning.saddles.layered_kernels import moved_fields, moved_kernel
from renormalization.feature_learning.saddles.layered_loops import (
    one_loop,
    one_loop_of,
    propagators,
    tree,
    vertices_of,
)
from renormalization.feature_learning.saddles.layered_saddle import (
    LayeredSaddle,
    layered_newton,
    layered_saddles,
)
from renormalization.feature_learning.saddles.layered_variance import added_variance, local_fourth
from renormalization.feature_learning.saddles.loops import LoopVertices
from renormalization.feature_learning.saddles.saddle import saddles
from tests.renormalization.feature_learning.posterior_rows import (
    random_problem,
    root_mean_square,
    row,
    row_problem,
    sampled_mean,
)


def deep_problem(seed=0, **changes):
    return random_problem(
        seed,
        **(
            {"points": 3, "tests": 1, "widths": (10, 14), "weight_variances": (1.5, 1.3), "nodes": 2**9}
            | changes
        ),
    )


def local_value(action, x):
    """sum_l n_(l+1)/2 log det Lambda - n_l tr A (1/Lambda - b)."""
    total = 0.0
    for k, (each, (up, down)) in enumerate(zip(action.interfaces, action.places, strict=True)):
        ones, matrix = each.basis.sum(0), each.matrix(x[up])
        rest = np.linalg.inv(matrix) - action.bias * np.outer(ones, ones)
        total += action.widths[k + 1] / 2 * np.linalg.slogdet(matrix)[1]
        total -= action.widths[k] * np.trace(each.matrix(x[down]) @ rest)
    return total


@pytest.mark.parametrize("changes", [{}, {"bias_variance": 0.2, "outputs": 2}, {"widths": (6, 8, 10)}])
def test_derivatives(changes):
    """Phi', Phi'', the local part of Phi''' and the measure are differences of what they derive."""
    if len(changes.get("widths", ())) == 3:
        changes = changes | {"weight_variances": (1.5, 1.3, 1.2)}
    saddle = next(layered_saddles(deep_problem(**changes)))
    action, x = saddle.action, saddle.x
    rng, step = np.random.default_rng(0), 1e-5
    direction = rng.normal(size=len(x)) * np.maximum(np.abs(x), 1e-2)
    up, down = x + step * direction, x - step * direction

    def slope(function):
        return (function(up) - function(down)) / (2 * step)

    value = slope(lambda at: action.laws(at).value + local_value(action, at))
    gradient = action.gradient(x, saddle.laws)
    assert value == pytest.approx(gradient @ direction, rel=1e-6, abs=1e-7)
    hessian = slope(lambda at: action.gradient(at, action.laws(at)))
    scale = np.abs(saddle.hessian @ direction).max()
    np.testing.assert_allclose(hessian, saddle.hessian @ direction, atol=1e-6 * scale)
    third = action.local_third(x)
    bare = LayeredAction(
        [replace(each, scores=0 * each.scores, phi=0 * each.phi) for each in action.layers],
        *(action.interfaces, action.widths, action.coupling, action.bias, action.outputs),
    )
    change = slope(lambda at: bare.hessian(at, bare.laws(at)))
    np.testing.assert_allclose(third @ direction, change, atol=1e-6 * np.abs(change).max())
    # on a scale of which the second difference loses least
    step = 1e-3
    up, down = x + step * direction, x - step * direction
    bend = bare.hessian(up, bare.laws(up)) - 2 * bare.hessian(x, bare.laws(x))
    bend = (bend + bare.hessian(down, bare.laws(down))) / step**2
    fourth = local_fourth(action, x, np.outer(direction, direction))
    np.testing.assert_allclose(fourth, bend, atol=1e-4 * np.abs(bend).max())
    step = 1e-5
    up, down = x + step * direction, x - step * direction
    slopes = slope(action.measure)
    np.testing.assert_allclose(action.second_measure(x) @ direction, slopes, atol=1e-6 * np.abs(slopes).max())
    log_det = slope(lambda at: sum(-(len(s) + 1) * -np.linalg.slogdet(s)[1] for s in action.covariances(at)))
    assert log_det == pytest.approx(action.measure(x) @ direction, rel=1e-6)


def test_equations_of_state():
    """G = g <phi phi^T>, A = (n'/2n)(S^-1 Q S^-1 - S^-1), tau = (K + kappa)^-1 y at the saddle."""
    problem = deep_problem(bias_variance=0.1)
    saddle = next(layered_saddles(problem))
    action, (each,) = saddle.action, saddle.action.interfaces
    (covariance,) = action.covariances(saddle.x)
    below = action.layers[0].phi @ each.basis
    ones = each.basis.sum(0)
    state = 1.3 * (below * saddle.laws.p[0][:, None]).T @ below + 0.1 * np.outer(ones, ones)
    np.testing.assert_allclose(covariance, state, rtol=1e-8)
    second = each.matrix(
        -2
        * saddle.laws.p[1]
        @ action.layers[1].scores
        / np.where(each.entries[0] == each.entries[1], 1.0, 2.0)
    )
    inverse = np.linalg.inv(covariance)
    tilt = 14 / 20 * (inverse @ second @ inverse - inverse)
    np.testing.assert_allclose(each.matrix(saddle.x[action.places[0][1]]), tilt, atol=1e-8)
    found = tree(replace(problem, scrambles=2))
    assert found.residual < 1e-8
    p, last = problem.training_points, action.layers[1].phi
    kernel = 0.1 + 0.4 * (last * saddle.laws.p[1][:, None]).T @ last
    tau = np.linalg.solve(kernel[:p, :p] + problem.ridge * np.eye(p), problem.y)
    np.testing.assert_allclose(action.tau(saddle.x)[:p], tau, rtol=1e-8)
    assert np.abs(action.tau(saddle.x)[p:]).max() == 0
    assert np.abs(each.basis @ tilt @ each.basis.T)[p:].max() < 1e-6 * np.abs(tilt).max() + 0.05


@pytest.mark.parametrize("outputs", [1, 2])
def test_one_hidden_layer_as_before(outputs):
    """Without interfaces the loop is the tadpole of the discrepancy alone, on the same nodes."""
    problem = random_problem(4, outputs=outputs, scrambles=2, bias_variance=0.1)
    saddle = next(saddles(problem))
    given = saddle.action
    nodes = LayerNodes(given.phi, np.zeros((len(given.phi), 0)), given.log_weights, np.zeros(0, dtype=int))
    action = LayeredAction([nodes], [], (given.width,), given.coupling, given.bias, outputs)
    x = np.zeros(action.fields)
    x[: saddle.tau.size] = saddle.tau.ravel()
    laws = action.laws(x)
    layered = LayeredSaddle(action, x, laws, action.hessian(x, laws), 0.0)
    found = one_loop_of(layered, propagators(problem, layered), vertices_of(layered))
    vertices = LoopVertices(saddle, problem.ridge)
    expected = vertices.mean(1, {"tau3": vertices.dense(3)})
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-11)
    lines = propagators(problem, layered)
    variance, expected = added_variance(layered, lines), vertices.variance()
    np.testing.assert_allclose(variance, expected, rtol=1e-8, atol=1e-11)
    kernel = moved_kernel(layered, moved_fields(lines, vertices_of(layered)), lines["x", "x"])
    # to second order in eta the same; the mean shift there is that of training points
    loop = vertices.mean(1, {"tau3": vertices.dense(3)})
    np.testing.assert_allclose(kernel, vertices.kernel(loop), rtol=1e-8, atol=1e-11)


def hermite_layers(problem, scale):
    """Gauss-Hermite nodes for one training point and two hidden layers."""
    u, weights = roots_hermitenorm(120)
    kept = weights > 1e-280
    u, weights = u[kept], weights[kept]
    each = Interface(np.ones((1, 1)))
    phi, layers = problem.activation.function, []
    for k in range(2):
        z = (scale[k] * u)[:, None]
        logs = np.log(weights) - np.log(weights.sum()) + u**2 / 2 + np.log(scale[k])
        if not k:
            h, logs = z * np.sqrt(problem.first_covariance[0, 0]), logs - z[:, 0] ** 2 / 2
            scores, where = problem.weight_variances[1] * phi(h) ** 2, np.array([2])
        else:
            h, scores, where = z, -(z**2) / 2, np.array([1])
        layers.append(LayerNodes(phi(h), scores, logs, where))
    coupling = problem.readout_variance / problem.widths[1]
    return LayeredAction(layers, [each], problem.widths, coupling, 0.0, 1)


def exact_deep_linear(problem):
    """<f> from the integral over Q = u_1 u_2, n u ~ chi^2_n, by the trapezoidal rule in log u."""
    n, m = problem.widths
    g = problem.readout_variance * problem.weight_variances[1] * problem.first_covariance[0, 0]
    logs = np.linspace(-6, 6, 1601)
    first, second = np.meshgrid(logs, logs, indexing="ij")
    q = g * np.exp(first + second)
    total, y = q + problem.ridge, problem.y[0, 0]
    exponent = n / 2 * (first - np.exp(first)) + m / 2 * (second - np.exp(second))
    exponent = exponent - np.log(total) / 2 - y**2 / (2 * total)
    weight = np.exp(exponent - exponent.max())
    return float(np.sum(weight * q * y / total) / np.sum(weight))


def test_slopes_of_a_deep_linear_network():
    """Two hidden layers, one point, mean-field scaling: tree and one loop miss by n^-1 and n^-2."""
    errors, widths = [], (40, 160)
    for n in widths:
        problem = random_problem(
            0,
            activation=ft.activation("linear"),
            X=np.array([[1.0]]),
            X_test=np.zeros((0, 1)),
            y=np.array([[1.5]]),
            weight_variances=(1.0, 1.0),
            input_scale=1.0,
            widths=(n, n),
            readout_variance=2.0 / n,
            ridge=0.5 / n,
            feature_strength=float(n),
        )
        action = hermite_layers(problem, scale=(1.2, 1.5))
        start = np.array([0.3 * n, 1 / 1.5, 0.05])
        x = layered_newton(action, problem, start)
        laws = action.laws(x)
        saddle = LayeredSaddle(action, x, laws, action.hessian(x, laws), 0.0)
        tree_mean = problem.y[0, 0] - problem.ridge * x[0]
        loop = one_loop_of(saddle, propagators(problem, saddle), vertices_of(saddle))[0, 0]
        errors.append(np.abs(np.array([tree_mean, tree_mean + loop]) - exact_deep_linear(problem)))
    slopes = np.log(errors[1] / errors[0]) / np.log(widths[1] / widths[0])
    np.testing.assert_allclose(slopes, [-1, -2], atol=0.1)


@pytest.mark.parametrize(
    ("name", "most", "kernels"),
    [("adaptive-deep.erf.20-20-20", 0.008, 0.08), ("adaptive-deep.erf.20-20-1", 0.012, 0.03)],
)
def test_sampled_networks(name, most, kernels):
    """One loop against sampled posterior means (root mean square over points), and tree kernels."""
    found = one_loop(row_problem(name, nodes=2**13))
    mean, _ = sampled_mean(name)
    assert root_mean_square(found.mean - mean) < most
    for kernel, key in ((found.kernel, "kernel"), (found.hidden_kernels[0], "hidden_kernel")):
        sampled = np.array(row(name)["reference"][key])
        assert np.linalg.norm(kernel - sampled) < kernels * np.linalg.norm(sampled)


def test_two_relu_layers():
    """n = 20-20, chi = 1: one loop is five times closer to sampling than the tree, .03 + 3 stderr."""
    found = one_loop(row_problem("adaptive-deep.relu.20-20-1", nodes=2**13, scrambles=4))
    mean, error = sampled_mean("adaptive-deep.relu.20-20-1")
    loop, before = (root_mean_square(each - mean) for each in (found.mean, found.mean - found.last_loop))
    assert loop < before / 5
    assert loop < 0.03 + 3 * root_mean_square(error)


def test_symmetries():
    """y -> -y; infinite width; only chi/n counts at the tree, and one loop is inverse to chi there."""
    problem = deep_problem()
    found = one_loop(problem)
    np.testing.assert_allclose(one_loop(replace(problem, y=-problem.y)).mean, -found.mean, atol=1e-7)
    wide = replace(problem, widths=(10**7, 10**7), nodes=2**11, scrambles=4)
    expected, limit = infinite_width(wide), one_loop(wide)
    assert np.all(np.abs(limit.mean - expected.mean) < 8 * limit.spread + 1e-4)


def test_test_point_equal_to_a_training_point():
    """All covariances are singular then; its mean is that of the training point."""
    problem = deep_problem()
    same = one_loop(replace(problem, X_test=problem.X[:1]))
    np.testing.assert_allclose(same.mean[3], same.mean[0], atol=1e-8)


@pytest.mark.parametrize(
    ("name", "kernel", "hidden", "variance"),
    [
        ("adaptive-deep.erf.20-20-20", 0.012, 0.009, 0.06),
        ("adaptive-deep.erf.20-20-1", 0.008, 0.007, 0.06),
        ("adaptive-deep.relu.20-20-1", 0.035, 0.015, 0.15),
    ],
)
def test_sampled_kernels_and_variances(name, kernel, hidden, variance):
    """To one loop: relative distances from sampling, clearly below those of the tree."""
    problem = row_problem(name, nodes=2**13, scrambles=4)
    sampled = row(name)["reference"]
    distances = np.array(
        [
            [
                np.linalg.norm(each - np.reshape(sampled[key], each.shape)) / np.linalg.norm(sampled[key])
                for each, key in (
                    (found.kernel, "kernel"),
                    (found.hidden_kernels[0], "hidden_kernel"),
                    (found.variance, "variance"),
                )
            ]
            for found in (one_loop(problem), tree(problem))
        ]
    )
    assert (distances[0] < [kernel, hidden, variance]).all()
    assert (distances[0] < 0.6 * distances[1]).all()
