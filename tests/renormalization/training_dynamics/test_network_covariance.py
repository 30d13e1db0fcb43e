"""The covariance of outputs over networks at order 1/n: the Hessian of the action, and real networks."""

import math

import numpy as np
import pytest

from renormalization.training_dynamics.linear import linear_dynamics
from renormalization.training_dynamics.network_covariance import network_covariance
from renormalization.training_dynamics.networks import initial_weights, train
from tests.renormalization.training_dynamics.training_rows import random_problem, row_data, row_problem


def layout(problem):
    """Names, shapes and places of the order parameters: kernels, responses, outputs, and their conjugates."""
    t, q = problem.steps, problem.points
    size, shapes = t * q, {"f": (t, q), "f^": (t, q)}
    for layer in range(1, problem.depth):
        shapes |= {f"Phi{layer}": (size, size), f"Phi^{layer}": (size, size)}
        shapes |= {f"G{layer + 1}": (t, t), f"G^{layer + 1}": (t, t)}
        shapes |= {f"A{layer}": (size, t), f"B{layer}": (t, size)}
    return shapes


def symmetric(name):
    return name.startswith(("Phi", "G"))


def unpacked(problem, fields):
    """Independent entries as matrices; symmetric ones mirrored."""
    found, start = {}, 0
    for name, shape in layout(problem).items():
        if symmetric(name):
            rows, columns = np.tril_indices(shape[0])
            value = np.zeros((*fields.shape[:-1], *shape), fields.dtype)
            value[..., rows, columns] = value[..., columns, rows] = fields[..., start : start + len(rows)]
            start += len(rows)
        else:
            count = math.prod(shape)
            value = fields[..., start : start + count].reshape(*fields.shape[:-1], *shape)
            start += count
        found[name] = value
    return found


def saddle_point(problem, dynamics):
    parts = []
    values = {"f": dynamics.outputs, "f^": np.zeros_like(dynamics.outputs)}
    size = problem.steps * problem.points
    for layer in range(1, problem.depth):
        here, above = dynamics.layers[layer - 1], dynamics.layers[layer]
        values |= {f"Phi{layer}": here.kernel.reshape(size, size), f"Phi^{layer}": np.zeros((size, size))}
        values |= {f"G{layer + 1}": above.gradient, f"G^{layer + 1}": np.zeros_like(above.gradient)}
        values |= {f"A{layer}": here.forward.reshape(size, -1), f"B{layer}": above.backward.reshape(-1, size)}
    for name, shape in layout(problem).items():
        rows = np.tril_indices(shape[0]) if symmetric(name) else ...
        parts.append(np.asarray(values[name][rows]).ravel())
    return np.concatenate(parts)


def action(problem, fields):
    """S/n of the order parameters, e^S their weight: −Σ conjugates × (field − average) + Σ_l log Z_l, Z_l the
    Gaussian integral over a neuron's h, z and their response fields χ~, ξ~; flat arrays of fields, stacked.
    """
    t, q, p = problem.steps, problem.points, problem.training_points
    w, b, gamma = problem.weight_variances, problem.bias_variance, problem.richness
    size, x, batch = t * q, unpacked(problem, fields), fields.shape[:-1]
    scaled = np.zeros((*batch, t, q), fields.dtype)
    scaled[..., :p] = problem.labels - x["f"][..., :p]
    moved = np.cumsum(scaled.sum(-1), axis=-1)
    shift = np.concatenate([np.zeros((*batch, 1)), moved[..., :-1]], axis=-1) * problem.learning_rate * b
    scaled = problem.feature_rate * scaled
    conjugate = x["f^"]
    total = (conjugate * (shift[..., None] - x["f"])).sum((-1, -2))
    total = total + b / gamma**2 * conjugate.sum((-1, -2)) ** 2 / 2
    earlier = np.tri(t, k=-1)
    unit = np.eye(size)
    h, z = slice(0, size), slice(size, size + t)
    chi, xi = slice(size + t, 2 * size + t), slice(2 * size + t, 2 * (size + t))
    for layer in range(1, problem.depth + 1):
        first, last = layer == 1, layer == problem.depth
        below = np.tile(problem.input_kernel, (t, t)) if first else w[layer - 2] * x[f"Phi{layer - 1}"] + b
        above = np.full((t, t), w[-1]) if last else w[layer - 1] * x[f"G{layer + 1}"]
        below, above = np.broadcast_to(below, (*batch, size, size)), np.broadcast_to(above, (*batch, t, t))
        feature = below.reshape(*batch, t, q, t, q) * scaled[..., None, None, :, :]
        up = (feature.sum(-1) * earlier[:, None]).reshape(*batch, size, t)
        down = (above * earlier)[..., None] * scaled[..., None, :, :]
        down = down.reshape(*batch, t, size)
        quadratic = np.zeros((*batch, xi.stop, xi.stop), fields.dtype)
        if not first:
            up = up + w[layer - 2] * x[f"A{layer - 1}"]
            quadratic[..., z, z] += x[f"G^{layer}"]
            pairing = (x[f"Phi{layer - 1}"] * x[f"Phi^{layer - 1}"]).sum((-1, -2))
            pairing = pairing + (x[f"G{layer}"] * x[f"G^{layer}"]).sum((-1, -2))
            turned = np.swapaxes(x[f"B{layer - 1}"], -1, -2)
            total = total - pairing / 2 - w[layer - 2] * (x[f"A{layer - 1}"] * turned).sum((-1, -2))
        if not last:
            down = down + w[layer - 1] * x[f"B{layer}"]
            quadratic[..., h, h] += x[f"Phi^{layer}"]
        else:
            both = np.zeros((*batch, t, q, t), fields.dtype)
            for time in range(t):
                both[..., time, :, time] = conjugate[..., time, :] / gamma
            quadratic[..., h, z] += both.reshape(*batch, size, t)
            quadratic[..., z, h] += np.swapaxes(both.reshape(*batch, size, t), -1, -2)
        # chi~ (C z − h) + xi~ (D h − z) + ½ chi~ Phi chi~ + ½ xi~ G xi~, symmetrised
        quadratic[..., chi, chi], quadratic[..., xi, xi] = below, above
        for one, other, value in ((chi, h, -unit), (chi, z, up), (xi, z, -np.eye(t)), (xi, h, down)):
            quadratic[..., one, other] += value
            quadratic[..., other, one] += np.swapaxes(
                np.broadcast_to(value, (*batch, *value.shape[-2:])), -1, -2
            )
        sign, size_of = np.linalg.slogdet(-quadratic)
        total = total - (np.log(sign * np.sign(sign.real)) + size_of) / 2
    return total


def hessian(problem, fields):
    """By the complex step, whose results are differentiated by differences of fourth order."""
    count, step, small = len(fields), 1e-3, 1e-30
    directions = 1j * small * np.eye(count)

    def gradient(at):
        return action(problem, at + directions).imag / small

    found = np.zeros((count, count))
    for place in range(count):
        move = step * np.eye(count)[place]
        near = gradient(fields + move) - gradient(fields - move)
        far = gradient(fields + 2 * move) - gradient(fields - 2 * move)
        found[place] = (8 * near - far) / (12 * step)
    return gradient(fields), found


@pytest.mark.parametrize(("seed", "depth", "tests"), [(1, 1, 1), (2, 2, 1), (3, 3, 0)])
def test_hessian_of_the_action(seed, depth, tests):
    """The dynamics is the saddle point of S, and n Cov(f, f′) the entry of −(S″)⁻¹, test points included"""
    points = 2 if depth == 1 else 1
    problem = random_problem(seed, points=points, tests=tests, depth=depth, steps=3, learning_rate=0.1)
    dynamics = linear_dynamics(problem)
    slope, second = hessian(problem, saddle_point(problem, dynamics))
    assert slope == pytest.approx(np.zeros(len(slope)), abs=1e-12)
    count = problem.steps * problem.points
    covariance = -np.linalg.inv(second)[:count, :count]
    found = network_covariance(problem, dynamics)
    for t in range(problem.steps):
        at = slice(t * problem.points, (t + 1) * problem.points)
        assert found[t] == pytest.approx(covariance[at, at], rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_before_training(depth):
    """n Cov(f, f′) = K_L/γ² exactly at t = 0, K_l = w K_(l−1) + b"""
    problem = random_problem(4, depth=depth)
    kernel = problem.input_kernel
    for weight in problem.weight_variances:
        kernel = weight * kernel + problem.bias_variance
    found = network_covariance(problem, linear_dynamics(problem))[0]
    assert found == pytest.approx(kernel / problem.richness**2, rel=1e-12)


def test_outputs_in_blocks(monkeypatch):
    """However many outputs are done at once, and test points beside training points"""
    problem = random_problem(5, depth=2, tests=1)
    dynamics = linear_dynamics(problem)
    found = network_covariance(problem, dynamics)
    monkeypatch.setattr("renormalization.training_dynamics.network_covariance._AT_ONCE", 0.0)
    assert network_covariance(problem, dynamics) == pytest.approx(found, rel=1e-12, abs=1e-15)
    alone = random_problem(5, depth=2, tests=1, input_kernel=problem.input_kernel[:3, :3])
    assert network_covariance(alone, linear_dynamics(alone)) == pytest.approx(found[:, :3, :3], rel=1e-11)


@pytest.mark.parametrize(("width", "networks"), [(64, 2000), (256, 600)])
def test_real_networks(width, networks):
    """n Cov(f, f′) of networks, within 4 standard errors + 6/n of the largest entry at every step"""
    name = "dmft.gamma1.5.n64"
    problem, (x, _) = row_problem(name, steps=12), row_data(name)
    runs = [
        train(problem, initial_weights(problem, x / math.sqrt(8), width, range(start, start + 100)))
        for start in range(0, networks, 100)
    ]
    deviations = np.concatenate([each.outputs for each in runs])
    deviations -= deviations.mean(0)
    products = width * deviations[..., :, None] * deviations[..., None, :]
    stderr = products.std(0) / math.sqrt(networks)
    expected = network_covariance(problem, linear_dynamics(problem))
    # the order after this one, relative to the largest entry of this one
    close = 4 * stderr + 6 / width * np.abs(expected).max()
    assert (np.abs(products.mean(0) - expected) < close).all()
    # with the fluctuations of no step left out: 20 % more would be seen
    assert not (np.abs(products.mean(0) - 1.2 * expected) < close).all()
