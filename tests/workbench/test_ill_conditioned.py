"""Ill-conditioned Gram matrices: the numbers stay honest."""

import numpy as np
import pytest
from mpmath import mp

import fieldtheory as ft
from fieldtheory.workbench.simulation.dataset_regression import draw_points, regress
from fieldtheory.workbench.simulation.simulation import dataset_problems


def exact_error(ridge: float, size: int, dim: int, seed: int) -> float:
    """E_1 = Tr[A⁻¹ K2 A⁻¹ P_1] − 2 λ_1 Tr[A⁻¹ P_1] + 1 of data set 0 in 60 digits (erf, L = 1, d = 3)."""
    points = draw_points(size, dim, np.random.default_rng([seed, size, 0]))
    with mp.workdps(60):
        x = mp.matrix(points.tolist())
        for n in range(size):
            norm = mp.sqrt(mp.fsum(x[n, k] ** 2 for k in range(dim)))
            for k in range(dim):
                x[n, k] /= norm
        cosines = x * x.T
        kernel = ft.FullyConnected(1, "erf").nngp()
        eigenvalues = [kernel.eigenvalue(degree, dim, 55) for degree in range(0, 40)]

        def zonal(weights, t):
            total, previous, current = mp.mpf(0), mp.mpf(1), t
            for degree, weight in enumerate(weights):
                total += (2 * degree + 1) * weight * previous
                following = ((2 * degree + 3) * t * current - (degree + 1) * previous) / (degree + 2)
                previous, current = current, following
            return total

        gram, squared = mp.matrix(size), mp.matrix(size)
        for i in range(size):
            for j in range(i + 1):
                gram[i, j] = gram[j, i] = zonal(eigenvalues, cosines[i, j])
                squared[i, j] = squared[j, i] = zonal([v**2 for v in eigenvalues], cosines[i, j])
            gram[i, i] += mp.mpf(repr(ridge))
        inverse = gram**-1
        response = inverse * squared * inverse
        first = mp.fsum(response[i, j] * cosines[i, j] for i in range(size) for j in range(size))
        second = mp.fsum(inverse[i, j] * cosines[i, j] for i in range(size) for j in range(size))
        return float(first - 2 * eigenvalues[1] * second + 1)


def test_small_error_of_an_ill_conditioned_matrix() -> None:
    """E_1 of one data set with condition above 1e6 against 60 digits, within the stated rounding."""
    ridge, size, seed = 1e-7, 40, 3
    kernel = ft.FullyConnected(1, "erf").nngp()
    problems, _ = dataset_problems(kernel, 3, 6, [size], ridge, "fixed", seed, 0)
    found = regress(problems[0], 0)
    assert found.condition > 1e6
    difference = abs(found.error_by_degree[1] - exact_error(ridge, size, 3, seed))
    assert difference < found.rounding_by_degree[1] < 1e-6


@pytest.mark.parametrize("ridge", [1e-8, 1e-10])
def test_rounding_is_stated(ridge: float) -> None:
    """Linear kernel of rank 5, 50 points, label noise: what rounding does is in the stderr and said."""
    kernel, target = ft.FullyConnected(0).nngp(), ft.Target({1: 1.0})
    found = ft.simulate(kernel, 5, target, [50], ridge=ridge, label_noise=0.5, repeats=4)
    truth = 0.5 * 5 / (50 - 5 - 1)  # least squares with m = 5 Gaussian-like features: about m/(N-m-1)
    assert abs(found.error[0] - truth) < 4 * found.error_stderr[0] + 0.02
    assert found.rounding[0] > 0.01
    assert abs(found.label_noise_gain[0] - 5 / 44) < 4 * found.label_noise_gain_stderr[0] + 0.04
    assert any("rounding may change the error" in text for text in found.warnings)
