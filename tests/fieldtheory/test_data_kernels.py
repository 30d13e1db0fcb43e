"""Kernels on data by name, against scikit-learn, zonal kernels and exact numbers."""

import numpy as np
import pytest
from mpmath import mp
from sklearn.metrics.pairwise import polynomial_kernel, rbf_kernel

import fieldtheory as ft
from fieldtheory.data_kernels import DATA_KERNELS, data_gram
from tests.gram_problems import kernel_matrix

X = np.random.default_rng(0).normal(size=(12, 4)) * 3


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("linear", X @ X.T),
        ("poly:3", polynomial_kernel(X, degree=3, gamma=1, coef0=1)),
        ("rbf:0.05", rbf_kernel(X, gamma=0.05)),
        ("rbf:1e-3", rbf_kernel(X, gamma=1e-3)),
        *[
            (f"relu-ntk:{layers}", kernel_matrix(X, "relu_ntk", layers, weight_variance=2.0))
            for layers in (1, 2, 5)
        ],
    ],
)
def test_against_others(name, expected):
    found = data_gram(X, name)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)
    assert (found == found.T).all()


def test_relu_on_the_sphere_keeps_its_digits():
    """On unit vectors it is the zonal kernel of the same network, next to coinciding points too."""
    points = X / np.linalg.norm(X, axis=1)[:, None]
    points[1] = points[0] + 1e-7 * points[2]
    points[1] /= np.linalg.norm(points[1])
    points[3] = -points[4]
    kernel = ft.FullyConnected(3, "relu", weight_variance=2.0).ntk()
    np.testing.assert_allclose(data_gram(points, "relu-ntk:3"), kernel.gram(points), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(data_gram(5 * points, "relu-ntk:3"), 25 * kernel.gram(points), rtol=1e-12)


def test_relu_of_close_points_by_exact_numbers():
    """NTK of one hidden layer at an angle a: 2 (sin a + (π − a) cos a)/π + 2 (1 − a/π) cos a (mpmath)."""
    for gap in (1e-9, 1e-5, 1e-2, 0.05, 1.0, 3.0):
        points = np.array([[1.0, 0.0], [np.cos(gap), np.sin(gap)]])
        with mp.workdps(50):
            a = mp.atan2(mp.mpf(float(points[1, 1])), mp.mpf(float(points[1, 0])))
            norm = mp.sqrt(mp.mpf(float(points[1, 0])) ** 2 + mp.mpf(float(points[1, 1])) ** 2)
            value = 2 * (mp.sin(a) + (mp.pi - a) * mp.cos(a)) / mp.pi + 2 * (1 - a / mp.pi) * mp.cos(a)
            missed = float((value * norm - mp.mpf(float(data_gram(points, "relu-ntk:1")[0, 1]))) / value)
        assert abs(missed) < 1e-15 + 1e-14 * min(gap, 1)


def test_a_point_at_the_origin():
    points = np.array([[0.0, 0.0], [1.0, 2.0]])
    assert data_gram(points, "relu-ntk:2")[0].tolist() == [0.0, 0.0]
    assert data_gram(points, "rbf:1")[0, 0] == 1.0


def test_all_are_positive():
    """No negative eigenvalue beyond rounding, with copies among the points."""
    points = np.vstack([X, X[:3]])
    for row in DATA_KERNELS.values():
        values = np.linalg.eigvalsh(data_gram(points, row.example or row.name))
        assert values[0] > -1e-13 * values[-1]


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        ("rfb:1", "kernel must be one of .* did you mean 'rbf'"),
        ("rbf", "kernel must be given as rbf:GAMMA .got 'rbf'"),
        ("rbf:", "kernel must be given as rbf:GAMMA, such as rbf:0.5"),
        ("rbf:-1", "kernel must be given as rbf:GAMMA"),
        ("rbf:nan", "kernel must be given as rbf:GAMMA"),
        ("linear:2", "kernel must be given as linear .got"),
        ("poly:2.5", "kernel must be given as poly:DEGREE, such as poly:3"),
        ("poly:0", "kernel must be given as poly:DEGREE"),
        ("relu-ntk:__import__('os')", "kernel must be given as relu-ntk:L"),
        (None, "kernel must be one of"),
    ],
)
def test_refusals(kernel, message):
    with pytest.raises(ValueError, match=message):
        data_gram(X, kernel)


def test_numbers_that_overflow():
    with pytest.raises(ValueError, match="X must have points at which poly:300 is a float"):
        data_gram(1e5 * X, "poly:300")
    with pytest.raises(ValueError, match="X must be finite"):
        data_gram([[1.0, np.nan]], "linear")
    with pytest.raises(ValueError, match="X must be finite numbers, one point a row"):
        data_gram([1.0, 2.0], "linear")
