"""The mean evidence: against kernels whose determinant is known, and data sets drawn."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fieldtheory as ft
from fieldtheory.workbench.curves.learning_problem import learning_problem
from replicas.saddle_point.evidence import mean_evidence


def evidence(spectrum: ft.Spectrum, powers: dict[int, float], n: int, ridge: float, noise: float) -> Any:
    problem, _ = learning_problem(spectrum, ft.Target(powers), [n], ridge, noise, "fixed")
    found = mean_evidence(problem)
    return found.log_evidence[0], found.error_bar[0]


@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.integers(10, 2000), st.floats(0.0, 1.0))
def test_a_constant_kernel(constant: float, ridge: float, n: int, noise: float) -> None:
    """K = lambda 1 1^T: ln det = (N-1) ln s + ln(s + N lambda), y = 1: y^T (K+s)^-1 y = N/(s + N lambda)"""
    spectrum = ft.Spectrum.from_arrays([constant], [1], dim=5)
    found, bar = evidence(spectrum, {0: 1.0}, n, ridge, noise)
    whole = ridge + n * constant
    form = n / whole + noise * ((n - 1) / ridge + 1 / whole)
    exact = -0.5 * (form + (n - 1) * math.log(ridge) + math.log(whole) + n * math.log(2 * math.pi))
    # one mode of N: a share 1/N of its determinant is left out
    assert abs(found - exact) <= bar + 0.5 / n + 1e-12 * abs(exact)


@pytest.mark.parametrize(
    ("dim", "layers", "bias", "ridge", "noise", "powers", "n"),
    [
        (10, 1, 0.1, 0.1, 0.1, {1: 0.5, 2: 0.5}, 80),
        (5, 3, 0.0, 0.02, 0.02, {1: 1.0}, 60),
        (5, 3, 0.0, 0.3, 0.3, {0: 0.2, 1: 1.0, 3: 0.1}, 60),
        (20, 2, 0.5, 0.01, 0.0, {2: 1.0}, 100),
        (3, 2, 0.5, 0.01, 0.01, {2: 1.0}, 200),
    ],
)
def test_data_sets(
    dim: int, layers: int, bias: float, ridge: float, noise: float, powers: dict[int, float], n: int
) -> None:
    """The mean of -(y^T (K+s)^-1 y + ln det(K+s) + N ln 2 pi)/2 over data sets: bar + 3 standard errors

    Equation: mean-evidence
    """
    kernel = ft.FullyConnected(layers, "relu", 2.0, bias).ntk()
    found, bar = evidence(kernel.spectrum(dim, 60), powers, n, ridge, noise)
    rng, values = np.random.default_rng(3), []
    for _ in range(25):
        X = rng.normal(size=(n, dim))
        X /= np.linalg.norm(X, axis=1)[:, None]
        y = math.sqrt(noise) * rng.normal(size=n)
        for degree, power in powers.items():
            axis = rng.normal(size=dim)
            t = X @ (axis / np.linalg.norm(axis))
            y += math.sqrt(power * ft.multiplicity(degree, dim)) * ft.gegenbauer(degree, t, dim)[degree]
        K = kernel.gram(X) + ridge * np.eye(n)
        form = y @ np.linalg.solve(K, y)
        values.append(-0.5 * (form + np.linalg.slogdet(K)[1] + n * math.log(2 * math.pi)))
    spread = float(np.std(values, ddof=1)) / math.sqrt(len(values))
    assert abs(found - np.mean(values)) <= bar + 3 * spread
    assert bar < 0.05 * abs(found)


def test_no_ridge_no_evidence() -> None:
    with pytest.raises(ValueError, match="ridge must be positive for the evidence"):
        evidence(ft.Spectrum.from_arrays([1.0], [1], dim=5), {0: 1.0}, 5, 0.0, 0.1)
