"""Derivatives of activations: numerical differentiation in mpmath, and the rules of polynomials."""

import mpmath
import numpy as np
import pytest
from mpmath import mp
from scipy.special import ndtr

from fieldtheory.activations.by_name import activation
from fieldtheory.activations.derivatives import activation_derivative

PLACES = np.array([-7.3, -1.1, -0.2, 0.4, 2.6, 5.0])
FORMULAS = {
    "tanh": mpmath.tanh,
    "erf": mpmath.erf,
    "gelu": lambda x: x * mpmath.ncdf(x),
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "sin:1.5": lambda x: mpmath.sin(1.5 * x),
    "elu": lambda x: x if x > 0 else mpmath.expm1(x),
    "leaky_relu:0.2": lambda x: x if x > 0 else x / 5,
    "relu2": lambda x: x**2 if x > 0 else 0 * x,
}


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", FORMULAS)
def test_derivatives_of_formulas(name, order):
    """φ′ and φ″, away from kinks"""
    with mp.workdps(40):
        expected = [float(mpmath.diff(FORMULAS[name], mp.mpf(float(x)), order)) for x in PLACES]
    found = activation_derivative(activation(name), order)(PLACES)
    assert found == pytest.approx(np.array(expected), rel=1e-13, abs=1e-13)


@pytest.mark.parametrize("name", ["softplus", "silu", "sigmoid"])
def test_derivatives_far_out(name):
    """φ′ = 0 or 1 and φ″ = 0, where the exponentials of the formula overflow"""
    far, phi = np.array([-900.0, 900.0]), activation(name)
    slope = np.array([0.0, 0.0 if name == "sigmoid" else 1.0])
    assert activation_derivative(phi, 1)(far) == pytest.approx(slope, abs=1e-10)
    assert activation_derivative(phi, 2)(far) == pytest.approx(np.zeros(2), abs=1e-8)


@pytest.mark.parametrize(("order", "within"), [(1, 1e-11), (2, 1e-9)])
def test_derivatives_of_functions(order, within):
    """A function without a formula has the derivatives of the same function with one"""
    found = activation_derivative(activation(lambda x: x * ndtr(x)), order)(PLACES)
    assert found == pytest.approx(activation_derivative(activation("gelu"), order)(PLACES), abs=within)


@pytest.mark.parametrize("order", [1, 2])
def test_derivatives_of_series(order):
    """(Σ c_n He_n/√n!)′ by the polynomial's own coefficients"""
    coefficients = [0.3, -1.0, 0.5, 0.7]
    scaled = np.array(coefficients) / np.sqrt([1.0, 1.0, 2.0, 6.0])
    expected = np.polynomial.hermite_e.HermiteE(scaled).deriv(order)(PLACES)
    found = activation_derivative(activation(coefficients), order)(PLACES)
    assert found == pytest.approx(expected, rel=1e-13)
