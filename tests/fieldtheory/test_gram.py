"""Tables of zonal kernels against the kernels themselves, and Gram matrices made with them."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from fieldtheory.sphere.kernel_table import KernelTable, gram_matrix, mirror_lower


def relu_ntk(t, layers, weight_variance, bias_variance):
    """Θ_h = K_h + K̇_h Θ_{h−1} with the arc-cosine kernels, for mpmath numbers and float arrays."""
    if isinstance(t, np.ndarray):
        pi, root = np.pi, lambda x: np.sqrt(np.maximum(x, 0))
        arccos = lambda x: np.arccos(np.clip(x, -1, 1))  # noqa: E731
    else:
        pi, arccos, root = mpmath.pi, mpmath.acos, mpmath.sqrt
    kernel, trace = bias_variance + weight_variance * t, bias_variance + weight_variance
    tangent = kernel
    for _ in range(layers):
        rho = kernel / trace
        opening = (pi - arccos(rho)) / pi
        kernel = bias_variance + weight_variance / 2 * trace * (root(1 - rho**2) / pi + rho * opening)
        trace = bias_variance + weight_variance / 2 * trace
        tangent = kernel + weight_variance / 2 * opening * tangent
    return tangent


@pytest.mark.parametrize(
    ("layers", "weight_variance", "bias_variance"), [(1, 2, 0), (3, 1, 1), (4, 2, 0.125), (10, 2, 0)]
)
def test_table_of_deep_relu_ntk(layers, weight_variance, bias_variance):
    """|table(t) − K(t)| ≤ 1e-13 K(1) for −1 ≤ t ≤ 1, K to 40 digits: near t = ±1 better than float64."""
    table = KernelTable.build(lambda t: relu_ntk(t, layers, weight_variance, bias_variance))
    edge = np.logspace(-12, -1, 40)
    t = np.concatenate([np.linspace(-1, 1, 101), 1 - edge, edge - 1])
    with mpmath.workdps(40):
        exact = [float(relu_ntk(mpmath.mpf(float(x)), layers, weight_variance, bias_variance)) for x in t]
    deviation = np.abs(table(t) - exact) / table.trace
    assert deviation.max() < 1e-13
    assert deviation[np.abs(t) < 0.99].max() < 1e-14
    assert table.error < 2e-12


@pytest.mark.parametrize("kernel", [np.exp, np.sin, lambda t: 1 / (1.5 - t), lambda t: (1 + t) ** 5])
def test_table_of_smooth_kernels(kernel):
    table = KernelTable.build(kernel)
    t = np.random.default_rng(0).uniform(-1, 1, 10_000)
    assert table.reached
    assert np.abs(table(t) - kernel(t)).max() < 1e-14 * abs(kernel(1.0)) + 4 * np.finfo(float).eps


def test_intervals_double_until_the_tolerance_is_met():
    narrow = KernelTable.build(lambda t: 1 / (1.01 - t), tolerance=1e-13)
    assert narrow.intervals > 16
    assert narrow.reached
    loose = KernelTable.build(lambda t: 1 / (1.01 - t), tolerance=1e-6)
    assert loose.intervals < narrow.intervals


def test_a_missed_tolerance_is_in_the_stored_error():
    def kinked(t):
        return np.abs(t - 0.3)

    table = KernelTable.build(kinked, max_intervals=64)
    assert not table.reached
    t = np.linspace(-1, 1, 2001)
    assert 1e-6 < np.abs(table(t) - kinked(t)).max() / 1.3 < 10 * table.error


def test_vanishing_kernel():
    table = KernelTable.build(np.zeros_like)
    assert table.error == 0.0
    assert table(np.array([0.2, 1.0])).tolist() == [0.0, 0.0]


def test_rounding_of_inner_products_beyond_one():
    """K(1 + 4e-16) = K(1), K(−1 − 4e-16) = K(−1)."""
    table = KernelTable.build(np.exp)
    beyond = 1 + 4e-16
    np.testing.assert_allclose(table(np.array([beyond, -beyond])), [np.e, 1 / np.e], rtol=1e-15)


def test_shapes_of_evaluation():
    table = KernelTable.build(np.exp)
    assert table(0.5).shape == ()
    t = np.random.default_rng(1).uniform(-1, 1, (3, 4, 5))
    np.testing.assert_allclose(table(t), np.exp(t), rtol=1e-13)
    np.testing.assert_allclose(table(t.T), np.exp(t.T), rtol=1e-13)


@pytest.mark.parametrize("count", [1, 7, 150, 700])
def test_gram_matrix_entries(count):
    """K_nm = K(x_n·x_m), diagonal exactly K(1); 700 points take several row blocks."""
    points = np.random.default_rng(count).standard_normal((count, 6))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    table = KernelTable.build(lambda t: np.exp(2 * t))
    matrix = gram_matrix(table, points)
    np.testing.assert_allclose(matrix, np.exp(2 * np.clip(points @ points.T, -1, 1)), rtol=1e-12)
    assert np.array_equal(matrix, matrix.T)
    assert set(np.diag(matrix)) == {table.trace}
    out = np.empty((count, count))
    assert gram_matrix(table, points, symmetric=False, out=out) is out
    assert np.array_equal(np.tril(out), np.tril(matrix))


def test_repeated_points_meet_at_the_trace():
    points = np.tile([[0.6, 0.8]], (3, 1))
    table = KernelTable.build(np.exp)
    np.testing.assert_allclose(gram_matrix(table, points), np.e, rtol=1e-7)


def test_fill_rectangle_with_a_diagonal():
    table = KernelTable.build(np.exp)
    t = np.random.default_rng(2).uniform(-0.9, 0.9, (2, 5))
    block = t.copy()
    table.fill(block, diagonal=2)
    expected = np.exp(t)
    expected[0, 2] = expected[1, 3] = np.e
    np.testing.assert_allclose(block, expected, rtol=1e-13)
    assert block[0, 2] == table.trace
    lower = t.copy()
    table.fill(lower, diagonal=2, lower_only=True)
    assert lower[0, 3] == t[0, 3]
    assert lower[1, 3] == table.trace


def test_mirror_lower():
    matrix = np.random.default_rng(3).standard_normal((200, 200))
    expected = np.tril(matrix) + np.tril(matrix, -1).T
    mirror_lower(matrix)
    assert np.array_equal(matrix, expected)


def test_bad_input():
    table = KernelTable.build(np.exp)
    with pytest.raises(ValueError, match="tolerance must be positive"):
        KernelTable.build(np.exp, tolerance=0.0)
    with pytest.raises(ValueError, match="max_intervals must be at least 16"):
        KernelTable.build(np.exp, max_intervals=2)
    with pytest.raises(ValueError, match="kernel must return finite real values"):
        KernelTable.build(lambda t: np.where(t > 0.5, np.nan, t))
    with pytest.raises(ValueError, match="kernel must return finite real values"):
        KernelTable.build(lambda t: t[:1])
    with pytest.raises(ValueError, match="points must have unit norm"):
        gram_matrix(table, np.ones((3, 2)))
    with pytest.raises(ValueError, match="points must be an"):
        gram_matrix(table, np.ones(3))
    with pytest.raises(ValueError, match="out must be a C-contiguous"):
        gram_matrix(table, np.eye(3), out=np.empty((2, 2)))
    with pytest.raises(ValueError, match="inner_products must be"):
        table.fill(np.zeros(3))
    with pytest.raises(ValueError, match="lower_only needs diagonal"):
        table.fill(np.zeros((2, 2)), lower_only=True)
