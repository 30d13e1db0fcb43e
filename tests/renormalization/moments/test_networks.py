"""Moments of given networks: the Gaussian closure and the Edgeworth series against brute force."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fieldtheory as ft
from tests.renormalization.moments.given_networks import ROW, distance, reference_network

NAMES = ("relu", "gelu", "erf")


@cache
def propagated(name, order, dims=(6, 16, 16, 3), seed=9):
    weights, biases, mean, covariance = reference_network(dims, seed)
    return ft.propagate_moments(weights, biases, name, mean, covariance, order=order)


@cache
def sampled(name, dims=(6, 16, 16, 3), seed=9, samples=200_000):
    weights, biases, mean, covariance = reference_network(dims, seed)
    return ft.sample_moments(weights, biases, name, mean, covariance, samples=samples)


def small(seed, dims=(3, 4, 4, 2)):
    return reference_network(dims, seed)


def test_gaussian_closure_of_the_reference_network():
    """The theory of moments.network.relu."""
    found, theory = propagated("relu", "gaussian"), ROW["theory"]
    assert found.mean == pytest.approx(np.array(theory["mean"]), abs=1e-9)
    assert found.covariance == pytest.approx(np.array(theory["covariance"]), abs=1e-9)
    reference = np.array(ROW["reference"]["covariance"])
    assert distance(found.covariance, reference) == pytest.approx(
        theory["relative_error_covariance"], rel=1e-3
    )


def test_sampling_of_the_reference_network():
    """The 10^6 samples of moments.network.relu, within standard errors of both."""
    found, row = sampled("relu"), ROW["reference"]
    error = np.hypot(found.mean_stderr, ROW["stderr"]["mean"])
    assert (np.abs(found.mean - row["mean"]) < 4 * error).all()
    share = np.sqrt(1 + found.samples / ROW["parameters"]["samples"])
    apart = np.abs(found.covariance - row["covariance"])
    assert (apart < 4 * share * found.covariance_stderr).all()


@pytest.mark.parametrize("name", NAMES)
def test_edgeworth_halves_the_error_of_the_covariance(name):
    """|C - C_sampled| of the Edgeworth series is at most 0.4 of that of the Gaussian closure."""
    exact, gaussian, series = sampled(name), propagated(name, "gaussian"), propagated(name, "edgeworth")
    before = distance(gaussian.covariance, exact.covariance)
    assert before > 0.09
    assert distance(series.covariance, exact.covariance) < 0.4 * before
    assert distance(series.mean, exact.mean) < 0.5 * distance(gaussian.mean, exact.mean)
    assert series.warnings == ()


@pytest.mark.parametrize("name", NAMES)
def test_closure_error_is_near_the_error(name):
    """What cumulants add estimates what the closure misses, and second order what the series does."""
    exact = sampled(name).covariance
    for order in ("gaussian", "edgeworth"):
        found = propagated(name, order)
        assert 0.5 < found.closure_error / distance(found.covariance, exact) < 2


@pytest.mark.parametrize("name", NAMES)
def test_three_hidden_layers(name):
    """Where cumulants come in as well as out: the error of the covariance still shrinks."""
    dims, seed = (6, 16, 16, 16, 3), 1
    exact = sampled(name, dims, seed)
    errors = [
        distance(propagated(name, order, dims, seed).covariance, exact.covariance)
        for order in ("gaussian", "edgeworth")
    ]
    assert errors[1] < 0.5 * errors[0]


def test_a_wide_layer_between_narrow_ones():
    """Beyond 40 neurons fourth cumulants are kept for pairs: 6-60-60-3."""
    dims, seed = (6, 60, 60, 3), 2
    exact = sampled("relu", dims, seed, 100_000)
    errors = [
        distance(propagated("relu", order, dims, seed).covariance, exact.covariance)
        for order in ("gaussian", "edgeworth")
    ]
    assert errors[1] < 0.5 * errors[0]


@pytest.mark.parametrize("name", [*NAMES, "heaviside"])
def test_one_hidden_layer_is_exact(name):
    """Pre-activations of one hidden layer are Gaussian: brute force, within its standard error.

    Equation: covariance-propagation
    """
    weights, biases, mean, covariance = small(3, (3, 8, 2))
    found = ft.propagate_moments(weights, biases, name, mean, covariance)
    exact = ft.sample_moments(weights, biases, name, mean, covariance, samples=100_000)
    assert (np.abs(found.mean - exact.mean) < 4 * exact.mean_stderr).all()
    assert (np.abs(found.covariance - exact.covariance) < 4 * exact.covariance_stderr).all()
    assert found.closure_error == 0.0
    series = ft.propagate_moments(weights, biases, name, mean, covariance, order="edgeworth")
    assert series.covariance == pytest.approx(found.covariance, rel=1e-13)


@pytest.mark.parametrize("choice", ["tanh", lambda x: np.maximum(x, 0.2 * x) - np.cos(x)])
def test_any_activation(choice):
    """Averages by quadrature: one hidden layer against brute force; two, with the series nearer to it."""
    weights, biases, mean, covariance = small(3, (3, 6, 6, 2))
    for depth in (2, 3):
        ends = (weights[: depth - 1] + weights[2:], biases[: depth - 1] + biases[2:])
        parts = (*ends, choice, mean, covariance)
        exact = ft.sample_moments(*parts, samples=100_000)
        gaussian, series = (ft.propagate_moments(*parts, order=order) for order in ("gaussian", "edgeworth"))
        if depth == 2:
            assert (np.abs(gaussian.mean - exact.mean) < 4 * exact.mean_stderr).all()
            assert (np.abs(gaussian.covariance - exact.covariance) < 4 * exact.covariance_stderr).all()
        else:
            before = distance(gaussian.covariance, exact.covariance)
            assert distance(series.covariance, exact.covariance) < 0.7 * before


@pytest.mark.parametrize("order", ["gaussian", "edgeworth"])
def test_linear_networks_are_one_matrix(order):
    """C = (W_3 W_2 W_1) C (W_3 W_2 W_1)^T, and no cumulant arises."""
    weights, biases, mean, covariance = small(4)
    found = ft.propagate_moments(weights, biases, "linear", mean, covariance, order=order)
    product = weights[2] @ weights[1] @ weights[0]
    assert found.covariance == pytest.approx(product @ covariance @ product.T, rel=1e-12)
    shift = weights[2] @ (weights[1] @ biases[0] + biases[1]) + biases[2]
    assert found.mean == pytest.approx(product @ mean + shift, rel=1e-12)
    assert np.abs(found.layers[-1].skewness).max() < 1e-12
    assert found.closure_error < 1e-12


@pytest.mark.parametrize("order", ["gaussian", "edgeworth"])
def test_inputs_without_variance_are_computed(order):
    """Covariance 0: the mean is the output of the network."""
    weights, biases, mean, _ = small(5)
    found = ft.propagate_moments(weights, biases, "gelu", mean, np.zeros((3, 3)), order=order)
    x = mean
    gelu = ft.activation("gelu").function
    for place, (matrix, bias) in enumerate(zip(weights, biases, strict=True)):
        x = matrix @ (gelu(x) if place else x) + bias
    assert found.mean == pytest.approx(x, rel=1e-12)
    assert np.abs(found.covariance).max() < 1e-30


@settings(max_examples=10)
@given(
    seed=st.integers(0, 10**6), name=st.sampled_from(NAMES), order=st.sampled_from(["gaussian", "edgeworth"])
)
def test_hidden_neurons_have_no_order(seed, name, order):
    """Permuting the neurons of a hidden layer changes nothing."""
    weights, biases, mean, covariance = small(seed)
    found = ft.propagate_moments(weights, biases, name, mean, covariance, order=order)
    turn = np.random.default_rng(seed).permutation(4)
    moved = [weights[0][turn], weights[1][:, turn], weights[2]]
    other = ft.propagate_moments(moved, [biases[0][turn], *biases[1:]], name, mean, covariance, order=order)
    scale = np.abs(found.covariance).max()
    assert other.mean == pytest.approx(found.mean, rel=1e-8, abs=1e-8)
    assert other.covariance == pytest.approx(found.covariance, rel=1e-7, abs=1e-7 * scale)


@settings(max_examples=10)
@given(
    seed=st.integers(0, 10**6), factor=st.floats(1e-3, 1e3), order=st.sampled_from(["gaussian", "edgeworth"])
)
def test_relu_networks_are_homogeneous(seed, factor, order):
    """Weights and biases of the first layer times c, other biases times c: moments times c and c^2."""
    weights, biases, mean, covariance = small(seed)
    found = ft.propagate_moments(weights, biases, "relu", mean, covariance, order=order)
    larger = [factor * weights[0], *weights[1:]]
    other = ft.propagate_moments(larger, [factor * b for b in biases], "relu", mean, covariance, order=order)
    assert other.mean == pytest.approx(factor * found.mean, rel=1e-8, abs=1e-8 * factor)
    scale = factor**2 * np.abs(found.covariance).max()
    assert other.covariance == pytest.approx(factor**2 * found.covariance, rel=1e-7, abs=1e-7 * scale)


def test_random_weights_of_a_linear_network():
    """Moments of products of independent numbers, by hand: y = v (w x), all of mean m and variance s."""
    found = ft.propagate_moments(
        [[[2.0]], [[3.0]]], None, "linear", [0.5], [[1.5]], weight_variances=[0.25, [[0.5]]]
    )
    square = (4 + 0.25) * (0.25 + 1.5) * (9 + 0.5)
    assert found.mean == pytest.approx([3.0])
    assert found.covariance == pytest.approx(np.array([[square - 9]]))
    assert found.closure_error is None


def test_random_weights_against_sampling():
    """One layer of random weights and biases is exact to second order, whatever its size."""
    weights, biases, mean, covariance = small(6, (3, 5))
    spread = {"weight_variances": [np.full((5, 3), 0.3)], "bias_variances": [np.arange(5) / 10]}
    found = ft.propagate_moments(weights, biases, "relu", mean, covariance, **spread)
    exact = ft.sample_moments(weights, biases, "relu", mean, covariance, samples=100_000, **spread)
    assert (np.abs(found.mean - exact.mean) < 4 * exact.mean_stderr).all()
    assert (np.abs(found.covariance - exact.covariance) < 4.5 * exact.covariance_stderr).all()


def test_sampled_errors_are_those_of_the_estimates():
    """Over seeds, estimates scatter as their standard errors say."""
    weights, biases, mean, covariance = small(7)
    runs = [ft.sample_moments(weights, biases, "erf", mean, covariance, 2000, seed) for seed in range(60)]
    spread = np.std([run.covariance for run in runs], axis=0)
    stated = np.mean([run.covariance_stderr for run in runs], axis=0)
    assert spread == pytest.approx(stated, rel=0.35)
    assert np.std([run.mean for run in runs], axis=0) == pytest.approx(runs[0].mean_stderr, rel=0.35)


def test_samples_add_up_whatever_the_batches():
    """The covariance is the pooled one: that of all samples at once, by numpy."""
    weights, biases, mean, covariance = small(8, (3, 2))
    found = ft.sample_moments(weights, biases, "relu", mean, covariance, 1000, 5)
    generator = np.random.default_rng(5)
    values, vectors = np.linalg.eigh(covariance)
    x = mean + generator.standard_normal((1000, 3)) @ (vectors * np.sqrt(values)).T
    exact = np.cov((x @ weights[0].T + biases[0]).T)
    assert found.covariance == pytest.approx(exact, rel=1e-10)


def test_a_deep_narrow_network_says_how_much_it_changed():
    """Negative variances that are set to 0 stand in the warnings."""
    weights, biases, mean, covariance = reference_network((6, 16, 16, 16, 16, 16, 3), 0)
    found = ft.propagate_moments(weights, biases, "relu", mean, covariance, order="edgeworth")
    assert any("negative variances before layer" in text for text in found.warnings)
    assert np.linalg.eigvalsh(found.covariance)[0] > -1e-12


def test_results_are_plain_values():
    """to_dict has the numbers of the result, and the closure error."""
    found = propagated("erf", "edgeworth")
    record = found.to_dict()
    assert record["mean"] == found.mean.tolist()
    assert record["closure_error"] == found.closure_error
    assert [len(layer["mean"]) for layer in record["layers"]] == [16, 16, 3]
    assert len(found.diagrams) == 3
    assert repr(found) == "PropagatedMoments(edgeworth, erf, 6-16-16-3)"


WEIGHTS = [np.ones((2, 3)), np.ones((1, 2))]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": []}, "weights must have an array for each layer"),
        ({"weights": [np.ones((2, 3)), np.ones((1, 4))]}, r"weights\[1\] must take the 2 outputs"),
        ({"weights": [[1.0, 2.0]]}, r"weights\[0\] must be"),
        ({"weights": 3.0}, "weights must be an array for each layer"),
        ({"weights": [np.full((2, 3), np.nan), np.ones((1, 2))]}, r"weights\[0\] must be finite"),
        ({"weights": [np.full((2, 3), 1e200), np.ones((1, 2))]}, "must leave moments of at most 1e"),
        ({"weights": [np.ones((2, 3)), np.full((1, 2), 1e60)]}, "must leave moments of at most 1e"),
        ({"bias_variances": [1e200, 0.0]}, "must leave moments of at most 1e"),
        ({"biases": [np.ones(2)]}, "biases must have an entry for each of 2 weights"),
        ({"biases": [np.ones(3), np.ones(1)]}, r"biases\[0\] must have shape \(2,\)"),
        ({"mean": [1.0], "covariance": [[1.0]]}, "mean must have an entry for each of 3 inputs"),
        ({"covariance": np.eye(2)}, "covariance must have shape"),
        ({"covariance": [[1, 2, 0], [0, 1, 0], [0, 0, 1]]}, "covariance must be symmetric"),
        ({"covariance": np.diag([1.0, -1.0, 1.0])}, "covariance must have no negative variance"),
        ({"order": "second"}, "order must be one of"),
        ({"activation": "rectified"}, "activation must be one of"),
        ({"weight_variances": [-1.0, 0.0]}, r"weight_variances\[0\] must not be negative"),
        ({"weight_variances": [1.0, 0.0], "order": "edgeworth"}, "order must be 'gaussian' with weight_var"),
    ],
)
def test_refusals(changes, message):
    """One line that names the argument, before any work."""
    arguments = {"weights": WEIGHTS, "biases": None, "activation": "relu"}
    arguments |= {"mean": np.zeros(3), "covariance": np.eye(3)}
    with pytest.raises(ValueError, match=message) as caught:
        ft.propagate_moments(**(arguments | changes))
    assert "\n" not in str(caught.value)


def test_samples_that_are_no_floats_are_refused():
    """Weights of 1e200 twice overflow."""
    with pytest.raises(ValueError, match="must leave samples of at most 1e"):
        ft.sample_moments([np.full((2, 1), 1e200), np.ones((1, 2))], None, "relu", [0.0], [[1.0]])


def test_deviations_whose_fourth_powers_are_no_floats_are_refused():
    """1e-120: fourth cumulants of 1e-480."""
    weights = [np.full((2, 1), 1e-120), np.ones((2, 2)), np.ones((1, 2))]
    with pytest.raises(ValueError, match="must leave standard deviations of 0 or at least 1e-70"):
        ft.propagate_moments(weights, None, "relu", [0.0], [[1.0]], "edgeworth")


@pytest.mark.parametrize(
    ("size", "order"),
    [
        (1e-120, "gaussian"),
        *((size, order) for size in (1e-60, 1e30, 1e49) for order in ("gaussian", "edgeworth")),
    ],
)
def test_sizes_of_relu_networks(size, order):
    """First weights times c, however small or large: moments times c and c^2."""
    generator = np.random.default_rng(3)
    first, *others = [generator.normal(size=shape) for shape in ((5, 3), (4, 5), (2, 4))]
    expected = ft.propagate_moments([first, *others], None, "relu", np.ones(3), np.eye(3), order)
    found = ft.propagate_moments([first * size, *others], None, "relu", np.ones(3), np.eye(3), order)
    assert found.mean / size == pytest.approx(expected.mean, rel=1e-9)
    assert found.covariance / size / size == pytest.approx(expected.covariance, rel=1e-9)


def test_wide_layers_are_refused_by_their_memory():
    """Third cumulants of 129 neurons are beyond the usual limit, which a budget lifts."""
    weights = [np.ones((129, 1)) / 129, np.ones((1, 129))]
    with pytest.raises(MemoryError, match="max_memory allows"):
        ft.propagate_moments(weights, None, "relu", [0.0], [[1.0]], order="edgeworth")
    with ft.budget(max_memory=1e9):
        found = ft.propagate_moments(weights, None, "linear", [0.0], [[1.0]], order="edgeworth")
    assert found.covariance == pytest.approx(np.array([[1.0]]))
