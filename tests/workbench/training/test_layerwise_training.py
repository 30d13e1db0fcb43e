"""Networks trained layer by layer for the evidence of the labels, beside training end to end."""

import json
import math

import numpy as np
import pytest

import fieldtheory as ft
import renormalization
from fieldtheory.workbench.training.layerwise_training import _Problem
from fieldtheory.workbench.training.network_batch import Architecture

RNG = np.random.default_rng(4)


def sphere(count, dim=5):
    found = RNG.normal(size=(count, dim))
    return found / np.linalg.norm(found, axis=1)[:, None]


def polynomial(x):
    return 3 * (x[:, 0] + 3 * x[:, 1] * x[:, 2])


X, TESTS = sphere(50), sphere(200)
NET = ft.FullyConnected(2, "relu", weight_variance=2.0)


@pytest.fixture(scope="module")
def found():
    tests = {"X_test": TESTS, "y_test": polynomial(TESTS)}
    return ft.train_layerwise(NET, X, polynomial(X), width=40, members=4, **tests)


def test_gradient():
    """S and dS/dW of a second layer with biases, by differences of `gp_conditional_entropy`"""
    net = ft.FullyConnected(2, "tanh", 1.5, 0.3)
    batch = Architecture.of(net, 5, [6, 7])
    at = batch.normal([np.random.default_rng(2)])
    x, labels = X[:8], polynomial(X[:8])
    problem = _Problem(batch, x, labels, X[:0], labels[:0], 0.2)
    before = np.tanh(math.sqrt(1.5) * x @ at.weights[0][0].T + math.sqrt(0.3) * at.biases[0][0])

    def entropy(flat):
        weights = flat.reshape(7, 6)
        after = np.tanh(math.sqrt(1.5 / 6) * before @ weights.T + math.sqrt(0.3) * at.biases[1][0])
        kernel = 1.5 / 7 * after @ after.T + 0.3
        return renormalization.gp_conditional_entropy(kernel, labels[:, None], ridge=0.2)

    flat = at.weights[1][0].ravel()
    value, gradient = problem.objective(1, before, at.biases[1][0], flat)
    assert value == pytest.approx(entropy(flat), rel=1e-10)
    steps = 1e-5 * np.eye(len(flat))
    expected = [(entropy(flat + step) - entropy(flat - step)) / 2e-5 for step in steps]
    assert gradient == pytest.approx(np.array(expected), rel=1e-5, abs=1e-6)


def test_inputs(found):
    """Layer 0 is the process with the kernel w s x·x′, whatever is trained"""
    labels, kernel = polynomial(X), 2.0 * X @ X.T
    entropy = renormalization.gp_conditional_entropy(kernel, labels[:, None], ridge=0.1)
    mean = 2.0 * TESTS @ X.T @ np.linalg.solve(kernel + 0.1 * np.eye(50), labels)
    for each in (found.random, found.layerwise, found.end_to_end):
        assert each.entropy[:, 0] == pytest.approx(np.full(4, entropy))
        assert each.test_error[:, 0] == pytest.approx(np.full(4, np.mean((mean - polynomial(TESTS)) ** 2)))


def test_each_layer_lowers_it(found):
    """On a polynomial every trained layer lowers the conditional entropy, more than training end to end"""
    mean, stderr = found.layerwise.entropy_mean, found.layerwise.entropy_stderr
    assert (mean[1:] - mean[:-1] < -3 * np.hypot(stderr[1:], stderr[:-1])).all()
    assert found.converged.all()
    assert (found.layerwise.entropy[:, 1:] < found.end_to_end.entropy[:, 1:]).all()
    assert (found.end_to_end.entropy[:, 1:] < found.random.entropy[:, 1:]).all()
    last = found.layerwise.test_error_mean[-1] + 3 * found.layerwise.test_error_stderr[-1]
    assert last < found.random.test_error_mean[-1] - 3 * found.random.test_error_stderr[-1]


def test_networks_end_to_end(found):
    """`network_error` of wide networks is that of regression with the NTK and the same ridge"""
    wide = ft.FullyConnected(1, "erf", weight_variance=2.0)
    labels, truth = polynomial(X), polynomial(TESTS)
    trained = ft.train_layerwise(
        wide, X, labels, width=2000, members=2, ridge=0.5, X_test=TESTS, y_test=truth, steps=20, tolerance=1.0
    )
    kernel = wide.ntk()
    inner = kernel.gram(X) + 0.5 * np.eye(50)
    mean = kernel.gram(TESTS, X) @ np.linalg.solve(inner, labels)
    assert trained.network_error == pytest.approx(np.full(2, np.mean((mean - truth) ** 2)), rel=0.1)


def test_digits():
    """Parity of handwritten digits: layers trained one by one tell more of it than random ones"""
    pytest.importorskip("sklearn")
    from fieldtheory.data.digits import digits

    images, labels = digits().on_sphere(components=20), digits().parity
    found = ft.train_layerwise(
        NET, images[:80], labels[:80], width=30, members=3, X_test=images[900:1400], y_test=labels[900:1400]
    )
    assert (found.layerwise.entropy[:, 1:] < found.random.entropy[:, 1:]).all()
    assert (found.layerwise.entropy[:, 2] < found.layerwise.entropy[:, 1]).all()


def test_result(found):
    again = ft.train_layerwise(NET, X, polynomial(X), width=40, members=2)
    assert again.layerwise.entropy == pytest.approx(found.layerwise.entropy[:2], rel=1e-9)
    assert np.isnan(again.network_error).all()
    assert "\n" not in repr(found)
    plain = json.loads(json.dumps(found.to_dict()))
    assert plain["layerwise"]["entropy"] == found.layerwise.entropy.tolist()


def test_unfinished_layers_are_named():
    with pytest.warns(UserWarning, match="2 of 2 networks not at a minimum after 1 step; raise steps"):
        found = ft.train_layerwise(NET, X, polynomial(X), width=40, members=2, steps=1)
    assert not found.converged[:, :2].any()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"net": 3}, "net must be a FullyConnected"),
        ({"X": 2 * X}, "X must have points of norm 1, on the sphere"),
        ({"y": [1.0]}, "y must have one label for each of 50 points"),
        ({"width": 0}, "width must be at least 1"),
        ({"objective": "loss"}, "objective must be"),
        ({"ridge": 0.0}, "ridge must be"),
        ({"members": 1}, "members must be at least 2"),
        ({"X_test": X}, "X_test and y_test must be given together"),
        ({"X_test": sphere(3, 4), "y_test": [0.0] * 3}, "X_test must have points in 5 dimensions"),
        ({"y": np.full(50, np.nan)}, "y must"),
    ],
)
def test_refusals(changes, words):
    usual = {"net": NET, "X": X, "y": polynomial(X), "width": 10}
    with pytest.raises(ValueError, match=words) as refused:
        ft.train_layerwise(**(usual | changes))
    assert "\n" not in str(refused.value)
