"""Kernels of points: float32 and float16, any norm, coinciding and close points, and other processes."""

from __future__ import annotations

import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

import fieldtheory as ft
from fieldtheory.activations.by_name import ACTIVATIONS

RELU = ft.FullyConnected(2, "relu", weight_variance=2.0).ntk()
ERF = ft.FullyConnected(1, "erf", bias_variance=0.1).nngp()


def unit_vectors(kind: Any, count: int, dim: int) -> Any:
    points = np.random.default_rng(dim).normal(size=(count, dim)).astype(kind)
    return (points / np.sqrt((points.astype(float) ** 2).sum(axis=1, keepdims=True))).astype(kind)


def relu_ntk(t: Any) -> Any:
    """Θ_2 of ReLU, w = 2: K_h = κ_1(K_{h-1}), Θ_h = K_h + κ_0(K_{h-1}) Θ_{h-1}, Θ_0 = 2t, variance 2"""
    kernel = tangent = 2 * t
    for _ in range(2):
        angle = mp.acos(kernel / 2)
        slope = (mp.pi - angle) / mp.pi
        kernel = 2 * (mp.sin(angle) / mp.pi + mp.cos(angle) * slope)
        tangent = kernel + slope * tangent
    return tangent


@pytest.mark.parametrize("kernel", [RELU, ERF])
@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("dim", [2, 7, 300])
def test_inner_products_in_their_own_precision(kernel: ft.ZonalKernel, kind: Any, dim: int) -> None:
    """K(Z Zᵀ) of unit vectors in the precision of their type: t above 1 by rounding counts as 1"""
    z = unit_vectors(kind, 40, dim)
    t = z @ z.T
    found = kernel(t)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, kernel(np.minimum(t.astype(float), 1.0)))


def test_what_no_rounding_explains() -> None:
    """1.0000001 in float32 counts as 1, in float64 it is refused, as is 1.1 in any precision"""
    assert RELU(np.float32(1.0000001)) == RELU.trace
    for bad in (1.0000001, np.float32(1.1), np.float16(1.1), np.float32(-1.00001)):
        with pytest.raises(ValueError, match=r"t must be in \[-1, 1\]"):
            RELU(bad)


@given(
    st.lists(st.floats(-3, 3).filter(lambda x: abs(x) > 1e-3), min_size=3, max_size=3),
    st.floats(1e-150, 1e150),
)
@settings(max_examples=25)
def test_gram_sees_directions(x: list[float], norm: float) -> None:
    """K(a x, b y) = K(x, y) for a, b > 0"""
    points = np.array([x, [1.0, -2.0, 0.5], [0.3, 0.3, 0.3]])
    scaled = points * np.array([[norm], [1 / norm], [1.0]])
    np.testing.assert_allclose(RELU.gram(scaled), RELU.gram(points), rtol=1e-13)
    np.testing.assert_allclose(RELU.gram(points, scaled), RELU.gram(points), rtol=1e-13)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("kernel", [RELU, ERF, ft.ZonalKernel.from_function(lambda t: np.exp(t - 1))])
def test_coinciding_points_are_exact(kernel: ft.ZonalKernel, kind: Any) -> None:
    """K(x, x) = K(1) bit for bit, repeated points and points of X in Y included; the matrix is symmetric"""
    x = np.random.default_rng(0).normal(size=(50, 17)).astype(kind)
    x[7], x[9] = x[3], 4 * x[3]
    found = kernel.gram(x)
    assert (np.diag(found) == kernel.trace).all()
    assert found[3, 7] == found[3, 9] == kernel.trace
    assert (found == found.T).all()
    across = kernel.gram(x, x[::-1])
    assert (np.diag(across[:, ::-1]) == kernel.trace).all()
    np.testing.assert_allclose(across[:, ::-1], found, rtol=1e-14, atol=1e-15 * kernel.trace)


@pytest.mark.parametrize("apart", [1e-3, 1e-6, 1e-9, 1e-12])
def test_close_points_keep_their_digits(apart: float) -> None:
    """K(1) - Θ(t) of x = (1, 0), y = (1, δ)/norm, t = (1 + δ²)^{-1/2}; exact by mpmath"""
    with mp.workdps(60):
        t = 1 / mp.sqrt(1 + mp.mpf(Fraction(apart).numerator) ** 2 / mp.mpf(Fraction(apart).denominator) ** 2)
        exact = float(relu_ntk(mp.mpf(1)) - relu_ntk(t))
    found = RELU.trace - RELU.gram([[1.0, 0.0]], [[1.0, apart]])[0, 0]
    assert found == pytest.approx(exact, abs=4e-15)


def test_opposite_points() -> None:
    """Θ_1(-1) = 0 of one ReLU layer without bias, for x and -x of any norm"""
    x = np.random.default_rng(1).normal(size=(20, 9))
    kernel = ft.FullyConnected(1, "relu", weight_variance=2.0).ntk()
    assert (np.diag(kernel.gram(x, -3 * x)) == 0).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([[0.0, 0.0], [1.0, 0.0]],), r"X must have no point at the origin, .* \(got row 0\)"),
        (([1.0, 2.0],), r"X must be a matrix with one point in each row \(got shape \(2,\)\)"),
        (([[1.0, np.nan]],), "X must be finite"),
        (([["a", "b"]],), "X must be real numbers"),
        (([[1.0, 2.0]], [[1.0, 2.0, 3.0]]), r"Y must have points in 2 dimensions, .* \(got 3 dimensions\)"),
        (([[1.0, 2.0]], np.ones((0, 2))), "Y must be a matrix"),
    ],
)
def test_what_gram_refuses(arguments: Any, words: str) -> None:
    """No direction, no matrix, no numbers, another space"""
    with pytest.raises(ValueError, match=words):
        RELU.gram(*arguments)


@pytest.mark.parametrize("choice", [*ACTIVATIONS, np.arctan, [0.0, 1.0, 0.5]], ids=str)
@pytest.mark.parametrize("kind", ["ntk", "nngp"])
def test_kernels_survive_pickle(choice: Any, kind: str) -> None:
    """The same values, spectrum and digits after pickle, twice"""
    if kind == "ntk" and choice in ("heaviside", "step", "sign"):
        kind = "nngp"
    kernel = getattr(ft.FullyConnected(2, choice, bias_variance=0.1), kind)()
    copy = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(kernel))))
    t = np.linspace(-1, 1, 9)
    np.testing.assert_array_equal(copy(t), kernel(t))
    first, second = (each.spectrum(5, max_degree=3).eigenvalues for each in (kernel, copy))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    "function", [np.exp, sympy.exp(sympy.Symbol("t")), sympy.exp(sympy.Symbol("z") / 2)], ids=str
)
def test_kernels_of_functions_survive_pickle(function: Any) -> None:
    """e^t and e^(t/2): values, and formula and digits where there is one, after pickle"""
    kernel = ft.ZonalKernel.from_function(function)
    copy = pickle.loads(pickle.dumps(kernel))
    t = np.linspace(-1, 1, 9)
    np.testing.assert_array_equal(copy(t), kernel(t))
    np.testing.assert_array_equal(copy.spectrum(5, 3).eigenvalues, kernel.spectrum(5, 3).eigenvalues)
    if function is not np.exp:
        assert copy.symbolic(2) == kernel.symbolic(2) == function.subs({s: 2 for s in function.free_symbols})
        assert copy.eigenvalue(2, 5, digits=40) == kernel.eigenvalue(2, 5, digits=40)
