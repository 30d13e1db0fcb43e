"""Langevin dynamics of real networks: their law is the posterior, whatever the step."""

import math

import numpy as np
import pytest

import fieldtheory as ft
from fieldtheory.workbench.training.langevin import langevin
from fieldtheory.workbench.training.network_batch import Architecture

CHAINS = 40


def chains(net, width, x, labels, ridge, steps, tests):
    batch = Architecture.of(net, x.shape[1], [width] * net.hidden_layers)
    rngs = [np.random.default_rng([3, chain]) for chain in range(CHAINS)]
    return langevin(batch, batch.normal(rngs), rngs, x, labels, ridge, steps, tests)


def assert_means(found, expected):
    """Averages of f and f² over time, with the standard errors of independent chains."""
    for values, exact in ((found.means, expected[0]), (found.squares, expected[1])):
        by_chain = values.mean(axis=1)
        stderr = by_chain.std(axis=0, ddof=1) / math.sqrt(CHAINS)
        assert (stderr < 0.06 * np.abs(expected[1]).max()).all()
        assert (np.abs(by_chain.mean(axis=0) - exact) < 4 * stderr).all()


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_one_neuron(activation):
    """⟨f⟩, ⟨f²⟩ of f = √g a φ(√w W·x + √b β) + √b β₂, by quadrature over its five weights"""
    net = ft.FullyConnected(1, activation, 3.0, 0.4, readout_variance=2.0)
    x, labels, ridge = np.array([[1.0, 0.3], [-0.4, 0.9]]), np.array([1.0, -0.5]), 0.3
    tests = np.array([[0.5, 0.5], [1.0, -1.0], [-1.0, 0.2]])
    nodes, weights = np.polynomial.hermite_e.hermegauss(24)
    # W·x + β at the points is Gaussian in three numbers; a and the last bias are integrated exactly
    grid = np.stack(np.meshgrid(nodes, nodes, nodes, indexing="ij"), axis=-1).reshape(-1, 3)
    density = np.einsum("a,b,c->abc", weights, weights, weights).ravel()
    points = np.vstack([x, tests])
    hidden = net.phi.require_function("a test")(
        math.sqrt(3.0) * grid[:, :2] @ points.T + math.sqrt(0.4) * grid[:, 2:]
    )
    prior = 2.0 * hidden[:, :, None] * hidden[:, None] + 0.4
    inner = prior[:, :2, :2] + ridge * np.eye(2)
    gain = np.linalg.solve(inner, prior[:, :2, 2:])
    exponent = np.linalg.solve(inner, np.tile(labels[:, None], (len(grid), 1, 1)))[:, :, 0] @ labels
    mass = density * np.exp(-exponent / 2) / np.sqrt(np.linalg.det(inner))
    mean = np.einsum("kij,i->kj", gain, labels)
    variance = np.einsum("kjj->kj", prior[:, 2:, 2:]) - np.einsum("kij,kij->kj", gain, prior[:, :2, 2:])
    mass /= mass.sum()
    expected = mass @ mean, mass @ (variance + mean**2)
    assert_means(chains(net, 1, x, labels, ridge, 6000, tests), expected)


def test_two_layers_beside_another_sampler():
    """⟨f⟩ of two hidden layers, width 3, from `sample_posterior`, which draws layer by layer"""
    net = ft.FullyConnected(2, "erf", 1.5, 0.2, width=3)
    x, labels = np.eye(3)[:2] * 1.2, np.array([1.0, -1.0])
    tests = np.array([[0.7, 0.7, 0.0], [0.3, -0.3, 1.0]])
    other = ft.sample_posterior(net, x, labels, ridge=0.2, X_test=tests, sweeps=20000, seed=1)
    found = chains(net, 3, x, labels, 0.2, 5000, tests).means.mean(axis=1)
    stderr = found.std(axis=0, ddof=1) / math.sqrt(CHAINS)
    assert (stderr < 0.02).all()
    assert (np.abs(found.mean(axis=0) - other.mean[2:]) < 4 * np.hypot(stderr, other.mean_stderr[2:])).all()


def test_prior_stays():
    """A likelihood of no weight: every step is accepted, and f has the variance of the prior"""
    net = ft.FullyConnected(1, "relu", 2.0)
    tests = np.eye(3)
    found = chains(net, 200, np.eye(3), np.zeros(3), 1e9, 400, tests)
    assert found.accepted == pytest.approx(np.ones(CHAINS))
    by_chain = found.squares.mean(axis=1)
    stderr = by_chain.std(axis=0, ddof=1) / math.sqrt(CHAINS)
    assert (np.abs(by_chain.mean(axis=0) - net.nngp().trace) < 4 * stderr).all()
