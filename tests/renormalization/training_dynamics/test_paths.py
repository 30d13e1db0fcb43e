"""Responses along one path, and the noise of many."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renormalization.training_dynamics.path_noise import ConstantField, GrowingField, white_noise
from renormalization.training_dynamics.path_responses import add_responses


def causal(rng, times, points, same_time):
    """A matrix between times by points that vanishes for later times, at equal ones too unless asked for."""
    mask = np.kron(np.tri(times, k=0 if same_time else -1), np.ones((points, points)))
    return 0.5 * rng.normal(size=mask.shape) * mask


def path(up, down, chi, xi, points):
    """h and g of h = χ + C g, z = ξ + D tanh(h), g = tanh′(h) z."""
    h, g = np.zeros_like(chi), np.zeros_like(chi)
    for start in range(0, len(chi), points):
        now = slice(start, start + points)
        h[now] = chi[now] + up[now] @ g
        z = xi[now] + down[now] @ np.tanh(h)
        g[now] = (1 - np.tanh(h[now]) ** 2) * z
    return h, g


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.integers(1, 4), st.integers(1, 3), st.sampled_from([1, 5, 16, 21]))
def test_responses(seed, times, points, paths):
    """A = ⟨∂φ(h)/∂ξ⟩ and B = ⟨∂g/∂χ⟩ by complex steps of the path itself, and by N⁻¹, N = 1 − Cq − CpDp"""
    rng, size = np.random.default_rng(seed), times * points
    up, down = causal(rng, times, points, False), causal(rng, times, points, True)
    chi, xi = rng.normal(size=(2, paths, size))
    expected, algebra = np.zeros((2, size, size)), np.zeros((2, size, size))
    slopes, curvatures = np.zeros((2, size, paths))
    for k in range(paths):
        for j in range(size):
            small = 1e-30j * np.eye(size)[j]
            expected[0, :, j] += np.tanh(path(up, down, chi[k] + 0j, xi[k] + small, points)[0]).imag / 1e-30
            expected[1, :, j] += path(up, down, chi[k] + small, xi[k] + 0j, points)[1].imag / 1e-30
        h, g = path(up, down, chi[k], xi[k], points)
        slopes[:, k] = 1 - np.tanh(h) ** 2
        curvatures[:, k] = -2 * np.tanh(h) * g
        p, q = np.diag(slopes[:, k]), np.diag(curvatures[:, k])
        inverse = np.linalg.inv(np.eye(size) - up @ (q + p @ down @ p))
        algebra += np.array([p @ inverse @ up @ p, (q + p @ down @ p) @ inverse])
    found = np.zeros((2, size, size))
    for forward, rows in ((True, found[0]), (False, found[1])):
        for last in range(0, size, points):
            add_responses(up, down, slopes, curvatures, last, forward, rows[last : last + points])
    assert found == pytest.approx(expected / paths, rel=1e-9, abs=1e-12)
    assert found == pytest.approx(algebra / paths, rel=1e-9, abs=1e-12)


@settings(max_examples=20)
@given(st.integers(0, 2**32), st.integers(1, 6), st.integers(1, 6), st.integers(6, 12))
def test_white_noise(seed, first, second, draws):
    """⟨u⟩ = 0, ⟨u uᵀ⟩ = 1 of both fields together, ⟨u v²⟩ = ⟨u² v⟩ = 0, to rounding"""
    u, v = white_noise(np.random.default_rng(seed), first, second, draws)
    assert u.shape == (first, 4 * draws)
    both, size = np.vstack([u, v]), first + second
    assert both.mean(1) == pytest.approx(np.zeros(size), abs=1e-14)
    assert both @ both.T / (4 * draws) == pytest.approx(np.eye(size), abs=1e-12)
    assert u @ (v**2).T == pytest.approx(np.zeros((first, second)), abs=1e-12)


def test_white_noise_of_many_components():
    """More components than draws: exact in groups, and standard normal altogether"""
    u, _ = white_noise(np.random.default_rng(1), 300, 1, 64)
    covariance = u @ u.T / 256
    assert covariance[:64, :64] == pytest.approx(np.eye(64), abs=1e-12)
    assert np.diag(covariance) == pytest.approx(np.ones(300), abs=1e-12)
    assert np.sqrt(np.mean(covariance[:64, 64:] ** 2)) == pytest.approx(1 / 8, rel=0.1)
    assert np.mean(u**4) == pytest.approx(3, rel=0.1)


@settings(max_examples=20)
@given(st.integers(0, 2**32), st.integers(1, 4), st.integers(1, 3))
def test_growing_field(seed, times, points):
    """The covariance over paths is the kernel, row by row, plus the jitter it reports"""
    rng, size = np.random.default_rng(seed), times * points
    root = rng.normal(size=(size, size))
    kernel = root @ root.T
    field = GrowingField.of(white_noise(rng, size, 1, 2 * size)[0])
    values = [field.move(kernel[k : k + points, : k + points]) for k in range(0, size, points)]
    sampled = np.vstack(values) @ np.vstack(values).T / (8 * size)
    assert 0 < field.jitter <= 1e-9 * np.trace(kernel)
    assert sampled == pytest.approx(kernel, abs=1.001 * field.jitter + 1e-13 * np.trace(kernel))


def test_constant_field():
    """A covariance of rank 2 at four points, and the same values at all times"""
    rng = np.random.default_rng(0)
    root = rng.normal(size=(4, 2))
    field = ConstantField.of(root @ root.T, white_noise(rng, 4, 1, 8)[0])
    values = field.move(root)
    assert values @ values.T / 32 == pytest.approx(root @ root.T, abs=1e-13)
    assert field.move(root) is values
    assert np.linalg.matrix_rank(values) == 2
