"""Cumulants behind an activation, from diagrams, against enumeration."""

import numpy as np
import pytest
from scipy.special import erf

from renormalization.moments.activation_cumulants import activation_cumulant
from renormalization.moments.cumulant_graphs import cumulant_diagrams, cumulant_graphs
from renormalization.moments.edgeworth import contracted
from renormalization.moments.neuron_derivatives import neuron_derivatives
from renormalization.moments.pair_cumulants import fourth_pairs, pair_entries
from tests.renormalization.moments.exact_cumulants import (
    binomial_cumulants,
    binomial_points,
    cumulant,
    diagonal,
    gaussian_points,
)

MEAN = np.array([0.4, -0.7, 0.2, 1.1])
MAP = np.array([[1.0, 0.3, 0.0], [0.2, -0.8, 0.5], [-0.4, 0.6, 0.9], [0.7, 0.1, -0.3]])


def parts(function, mean, covariance):
    deviation = np.sqrt(np.diagonal(covariance))
    return (
        neuron_derivatives(function, mean, deviation),
        covariance / np.outer(deviation, deviation),
        deviation,
    )


def scaled(tensor, deviation):
    return contracted(tensor, np.diag(1 / deviation))


@pytest.mark.parametrize("order", [3, 4])
def test_quadratic_activations_of_gaussian_inputs_are_exact(order):
    """phi = x + x^2/3 has no more lines than one loop: kappa_n to rounding, equal neurons included."""
    function = lambda x: x + x**2 / 3  # noqa: E731
    neurons, correlation, _ = parts(function, MEAN, MAP @ MAP.T)
    points, weights = gaussian_points(3, 6)
    exact = cumulant(function(MEAN + points @ MAP.T), weights, order)
    found = activation_cumulant(order, neurons, correlation, {})
    assert np.abs(found - exact).max() < 1e-9 * np.abs(exact).max()


@pytest.mark.parametrize("order", [3, 4])
def test_one_neuron_is_exact_for_any_activation(order):
    """kappa_n of one neuron, whatever its kinks: relu by its moments."""
    neurons, correlation, deviation = parts(lambda x: np.maximum(x, 0), np.array([0.3]), np.array([[2.25]]))
    z = np.linspace(-0.2, 12, 200_001)  # from the kink at x = 0
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    moments = [np.trapezoid((0.3 + 1.5 * z) ** p * density, z) for p in range(1, 5)]
    one, two, three, four = moments
    exact = {
        3: three - 3 * two * one + 2 * one**3,
        4: four - 4 * three * one - 3 * two**2 + 12 * two * one**2 - 6 * one**4,
    }
    found = activation_cumulant(order, neurons, correlation, {})
    assert found.ravel() == pytest.approx([exact[order]], rel=1e-6)


@pytest.mark.parametrize("order", [3, 4])
def test_linear_activations_hand_cumulants_on(order):
    """phi = x: kappa_n[phi] = kappa_n."""
    rng = np.random.default_rng(order)
    factors = rng.standard_normal((order, 3))
    tensor = sum(np.einsum(",".join("abcd"[:order]), *[row] * order) for row in factors)
    neurons, correlation, deviation = parts(lambda x: x, MEAN[:3], np.diag([0.5, 1.0, 2.0]))
    found = activation_cumulant(order, neurons, correlation, {order: scaled(tensor, deviation)})
    assert found == pytest.approx(tensor, abs=1e-12)


@pytest.mark.parametrize(("order", "slope"), [(3, -3), (4, -4)])
def test_trees_are_the_leading_order_of_weakly_non_gaussian_inputs(order, slope):
    """x = m + A y/sqrt(N), y sums of N numbers: kappa_n[phi(x)] is N^(1-n) of trees + O(N^-n)."""
    errors, sizes = [], np.array([16, 32, 64])
    for trials in sizes:
        points, weights = binomial_points(2, int(trials), 0.3)
        cumulants = binomial_cumulants(trials, 0.3)
        matrix = MAP[:, :2] / np.sqrt(trials)
        exact = cumulant(np.tanh(MEAN + points @ matrix.T), weights, order)
        neurons, correlation, deviation = parts(np.tanh, MEAN, matrix @ matrix.T)
        incoming = {
            legs: scaled(contracted(diagonal(entry, legs, 2), matrix), deviation)
            for legs, entry in zip((3, 4), cumulants, strict=True)
        }
        errors.append(np.abs(activation_cumulant(order, neurons, correlation, incoming) - exact).max())
    slopes = np.diff(np.log(errors)) / np.diff(np.log(sizes))
    assert slopes[-1] < slope + 0.25


@pytest.mark.parametrize(("order", "lines"), [(3, 4), (4, 5)])
def test_one_loop_is_the_next_order_of_weak_correlations(order, lines):
    """Off-diagonal covariance times e: what trees and one loop leave of kappa_abc... is O(e^(n+1))."""
    mean = MEAN[:order]
    function, errors, strengths = np.sin, [], np.array([0.05, 0.1])
    points, weights = gaussian_points(order, 13 if order == 4 else 26)
    for strength in strengths:
        covariance = np.full((order, order), strength) + (1 - strength) * np.eye(order)
        matrix = np.linalg.cholesky(covariance)
        exact = cumulant(function(mean + points @ matrix.T), weights, order)
        neurons, correlation, _ = parts(function, mean, covariance)
        found = activation_cumulant(order, neurons, correlation, {})
        errors.append(abs((found - exact)[tuple(range(order))]))
    assert np.diff(np.log(errors))[0] / np.log(2) > lines - 0.6


def test_pairs_of_a_wide_layer_are_those_of_the_dense_cumulant():
    """W x 4 on the dense kappa_4 has the entries iiij and iijj that contractions without it have."""
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((5, 4))
    neurons, correlation, deviation = parts(erf, MEAN, MAP @ MAP.T + 0.1 * np.eye(4))
    third = scaled(contracted(diagonal(0.4, 3, 3), MAP), deviation)
    dense = contracted(activation_cumulant(4, neurons, correlation, {3: third}), weights)
    exact = pair_entries(np.zeros((5, 5, 5)), dense)
    fourth, mixed = fourth_pairs(weights, neurons, correlation, third, None)
    assert fourth == pytest.approx(exact.fourth, rel=1e-10, abs=1e-12)
    assert mixed == pytest.approx(exact.mixed, rel=1e-10, abs=1e-12)


def test_pairs_that_come_in_are_handed_on():
    """phi = x, independent inputs: kappa_4 = sum_a W_a W_a W_a W_a kappa_aaaa + the pairs given."""
    rng = np.random.default_rng(1)
    weights, factors = rng.standard_normal((3, 2)), rng.standard_normal((4, 2))
    dense = sum(np.einsum("a,b,c,d", row, row, row, row) for row in factors)  # of two neurons all are pairs
    neurons, correlation, _ = parts(lambda x: x, np.zeros(2), np.eye(2))
    found = fourth_pairs(weights, neurons, correlation, None, pair_entries(np.zeros((2, 2, 2)), dense))
    exact = pair_entries(np.zeros((3, 3, 3)), contracted(dense, weights))
    assert found[0] == pytest.approx(exact.fourth)
    assert found[1] == pytest.approx(exact.mixed)


def test_the_tree_of_three_neurons_is_the_published_one():
    """kappa'_abc = kappa_abc V_11 V_11 V_11 + sum_3 R_ab R_bc V_11 V_12 V_11 for different neurons."""
    trees = [
        g for g in cumulant_graphs(3) if len(g.neurons) == 3 and len(g.lines) + 2 * len(g.cumulants) == 2
    ]
    assert [(g.weight, g.neurons, g.lines, g.cumulants) for g in trees] == [
        (1, ((1, 1), (1, 1), (1, 1)), (), ((0, 1, 2),)),
        (3, ((1, 1), (1, 1), (1, 2)), ((0, 2), (1, 2)), ()),
    ]


def test_diagrams_have_no_line_that_ends_where_it_began():
    """V_pk are averages over the neuron itself."""
    for order in (3, 4):
        assert all(i != j for diagram in cumulant_diagrams(order) for i, j, _ in diagram.edges)
