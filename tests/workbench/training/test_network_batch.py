"""Networks as numbers: outputs, gradients, gradient flow and Langevin dynamics."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import fieldtheory as ft
from fieldtheory.workbench.training.gradient_flow import gradient_flow
from fieldtheory.workbench.training.network_batch import Architecture, Parameters

NETS = {
    "tanh": ft.FullyConnected(2, "tanh", [1.5, 2.0], 0.3, 0.7, readout_variance=0.8),
    "relu": ft.FullyConnected(1, "relu", 2.0),
}
RNG = np.random.default_rng(5)
X = RNG.normal(size=(4, 3)) / math.sqrt(3)
Y = RNG.normal(size=4)


def drawn(name, networks=2, widths=(5, 6)):
    net = NETS[name]
    batch = Architecture.of(net, 3, widths[: net.hidden_layers])
    return batch, batch.normal([np.random.default_rng(seed) for seed in range(networks)])


def flat(parameters):
    """All numbers of each network, in one row."""
    return np.concatenate([each.reshape(len(each), -1) for each in parameters.all], axis=1)


def shaped(row, like):
    """The parameters of one network from its row."""
    found, start = [], 0
    for each in like.all:
        size = each[0].size
        found.append(row[start : start + size].reshape(1, *each.shape[1:]))
        start += size
    return Parameters(tuple(found[: len(like.weights)]), tuple(found[len(like.weights) :]))


def gradient(batch, row, like):
    """J of one network by central differences, (points, parameters)."""
    step = 1e-6
    columns = [
        (batch.outputs(shaped(row + each, like), X) - batch.outputs(shaped(row - each, like), X))[0]
        / (2 * step)
        for each in step * np.eye(len(row))
    ]
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("name", NETS)
def test_gradients(name):
    """J D, Jᵀ c, Θ = J Jᵀ with J by differences"""
    batch, at = drawn(name)
    tangent, rows = batch.tangent(at, X), flat(at)
    direction, along = (
        batch.normal([np.random.default_rng(8), np.random.default_rng(9)]),
        RNG.normal(size=(2, 4)),
    )
    for k, row in enumerate(rows):
        jacobian = gradient(batch, row, at)
        assert tangent.kernel[k] == pytest.approx(jacobian @ jacobian.T, rel=1e-6, abs=1e-8)
        assert tangent.pushed(direction)[k] == pytest.approx(jacobian @ flat(direction)[k], rel=1e-6)
        assert flat(tangent.pulled(along))[k] == pytest.approx(jacobian.T @ along[k], rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("name", NETS)
def test_kernels_at_infinite_width(name):
    """⟨Θ⟩ and ⟨f f⟩ of wide networks are the NTK and the NNGP kernel"""
    net, points = NETS[name], X / np.linalg.norm(X, axis=1)[:, None]
    batch = Architecture.of(net, 3, [400] * net.hidden_layers)
    tangent = batch.tangent(batch.normal([np.random.default_rng(seed) for seed in range(60)]), points)
    kernels = tangent.kernel
    stderr = kernels.std(axis=0, ddof=1) / math.sqrt(60)
    assert (np.abs(kernels.mean(axis=0) - net.ntk().gram(points)) < 4 * stderr + 0.01).all()
    products = np.einsum("ma,mb->mab", tangent.outputs, tangent.outputs)
    stderr = products.std(axis=0, ddof=1) / math.sqrt(60)
    assert (np.abs(products.mean(axis=0) - net.nngp().gram(points)) < 4 * stderr).all()


@pytest.mark.parametrize("ridge", [0.0, 0.3])
def test_flow_beside_an_integrator(ridge):
    """θ' = Jᵀ(y − f) − σ²(θ − θ(0)), followed by an adaptive Runge-Kutta method until nothing moves

    Equation: gradient-flow
    """
    batch, start = drawn("tanh", networks=1, widths=(12, 10))
    row = flat(start)[0]

    def speed(_, now):
        tangent = batch.tangent(shaped(now, start), X)
        return flat(tangent.pulled(Y - tangent.outputs))[0] - ridge * (now - row)

    end = solve_ivp(speed, (0, 300), row, rtol=1e-7, atol=1e-9).y[:, -1]
    assert np.abs(speed(0, end)).max() < 1e-5
    tests = RNG.normal(size=(50, 3))
    expected = batch.outputs(shaped(end, start), tests)[0]
    errors = []
    for turn in (5e-3, 5e-5):
        found = gradient_flow(batch, start, X, Y[None], ridge, 1e-8, 1000, turn)
        assert found.converged.all()
        errors.append(np.abs(batch.outputs(found.parameters, tests)[0] - expected).max())
    moved = np.abs(expected - batch.outputs(start, tests)[0]).max()
    assert errors[0] < 0.02 * moved
    assert errors[1] < 5e-4 * moved
