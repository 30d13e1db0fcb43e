"""Ill-conditioned Gram matrices: the numbers stay honest."""

from functools import lru_cache

import numpy as np
import pytest
from mpmath import mp

import fieldtheory as ft
from fieldtheory.workbench.simulation.dataset_regression import draw_points, regress
from fieldtheory.workbench.simulation.simulation import dataset_problems


def exact_matrices(ridge: float, size: int, dim: int, seed: int):
    """A⁻¹, K2 and cosines of data set 0, and λ_0 … λ_39, in 60 digits (erf, L = 1, d = 3)."""
    gram, squared, cosines = kernel_matrices(size, dim, seed)
    with mp.workdps(60):
        return (gram + mp.mpf(repr(ridge)) * mp.eye(size)) ** -1, squared, cosines, erf_eigenvalues()


@lru_cache
def kernel_matrices(size: int, dim: int, seed: int):
    """K, K2 and cosines of data set 0 in 60 digits."""
    points = draw_points(size, dim, np.random.default_rng([seed, size, 0]))
    with mp.workdps(60):
        x = mp.matrix(points.tolist())
        for n in range(size):
            norm = mp.sqrt(mp.fsum(x[n, k] ** 2 for k in range(dim)))
            for k in range(dim):
                x[n, k] /= norm
        cosines, eigenvalues = x * x.T, erf_eigenvalues()
        gram, squared = mp.matrix(size), mp.matrix(size)
        for i in range(size):
            for j in range(i + 1):
                polynomials = legendre(39, cosines[i, j])
                for matrix, power in ((gram, 1), (squared, 2)):
                    matrix[i, j] = matrix[j, i] = mp.fsum(
                        (2 * degree + 1) * v**power * p
                        for degree, (v, p) in enumerate(zip(eigenvalues, polynomials, strict=True))
                        if v
                    )
        return gram, squared, cosines


@lru_cache
def erf_eigenvalues():
    """λ_0 … λ_39 of (2/π) asin(2t/3), d = 3, to 60 digits: its Taylor series, by ∫ t^q P_l dμ"""
    found = [mp.mpf(0)] * 40
    for k in range(200):  # (2/3)^400 < 1e-70
        q = 2 * k + 1
        coefficient = mp.binomial(2 * k, k) / mp.mpf(4) ** k / q * (mp.mpf(2) / 3) ** q * 2 / mp.pi
        for degree in range(1, min(q, 39) + 1, 2):
            found[degree] += coefficient * mp.factorial(q) / mp.fac2(q - degree) / mp.fac2(q + degree + 1)
    return found


def legendre(max_degree: int, t):
    """P_0(t) … P_max_degree(t) in three dimensions."""
    found = [mp.mpf(1), t]
    for l in range(1, max_degree):
        found.append(((2 * l + 1) * t * found[l] - l * found[l - 1]) / (l + 1))
    return found


def trace_of_product(left, right):
    """Tr[L R] for symmetric matrices."""
    return mp.fsum(left[i, j] * right[i, j] for i in range(left.rows) for j in range(left.cols))


def exact_error(ridge: float, size: int, dim: int, seed: int) -> float:
    """E_1 = Tr[A⁻¹ K2 A⁻¹ P_1] − 2 λ_1 Tr[A⁻¹ P_1] + 1 of data set 0 in 60 digits (erf, L = 1, d = 3)."""
    inverse, squared, cosines, eigenvalues = exact_matrices(ridge, size, dim, seed)
    with mp.workdps(60):
        response = inverse * squared * inverse
        first, second = trace_of_product(response, cosines), trace_of_product(inverse, cosines)
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


@pytest.mark.parametrize(("ridge", "known"), [(1e-4, 1e-6), (1e-6, 1e-3), (1e-7, 1e-1)])
def test_every_average_is_within_its_rounding(ridge: float, known: float) -> None:
    """a_l, E_l, Tr[A⁻² P_l], V, W, Tr[A⁻²] of one data set in 60 digits, up to condition 3e8.

    Degrees 0 to 2 are solved for, as they have few harmonics; odd ones have power, even ones none (λ_l = 0).
    """
    size, dim, seed = 80, 3, 5
    kernel = ft.FullyConnected(1, "erf").nngp()
    problems, _ = dataset_problems(kernel, dim, 6, [size], ridge, "fixed", seed, 0)
    found = regress(problems[0], 0)
    inverse, squared, cosines, eigenvalues = exact_matrices(ridge, size, dim, seed)
    with mp.workdps(60):
        explained = inverse * squared
        response, double = explained * inverse, inverse * inverse
        training = mp.mpf(repr(ridge)) ** 2 / size
        trace = mp.fsum((2 * degree + 1) * v for degree, v in enumerate(eigenvalues))
        polynomials = [mp.matrix(size) for _ in range(6)]
        for i in range(size):
            for j in range(size):
                for degree, value in enumerate(legendre(5, cosines[i, j])):
                    polynomials[degree][i, j] = value
        for degree, polynomial in enumerate(polynomials):
            coefficient = eigenvalues[degree] * trace_of_product(inverse, polynomial)
            error = trace_of_product(response, polynomial) - 2 * coefficient + 1
            fit, entries = training * trace_of_product(double, polynomial), found.rounding_of_training
            relative, rounding = found.relative_rounding, found.rounding_by_degree[degree]
            assert abs(found.coefficients[degree] - coefficient) <= relative * abs(coefficient)
            assert abs(found.error_by_degree[degree] - error) <= rounding < known
            assert abs(found.training_by_degree[degree] - fit) <= 2 * relative * fit + entries
        gain, variance = (mp.fsum(m[n, n] for n in range(size)) for m in (response, explained))
        fit = training * mp.fsum(double[n, n] for n in range(size))
    assert found.rounding_by_degree[1::2].max() < 1e-6  # only what is not learnt loses digits
    assert abs(found.label_noise_gain - gain) <= found.rounding_of_gain < 10 * known
    assert abs(found.posterior_variance - (trace - variance)) <= found.rounding_of_variance < known
    assert abs(found.training_label_noise - fit) <= 2 * relative * fit
    assert found.rounding_of_training < 1e-15


def test_degree_zero_is_known_to_all_digits() -> None:
    """E_0 of relu, d = 50, ridge 0: α = A⁻¹1, (1 − Σα λ_0)² ≤ E_0 = α·K2 α − 2 λ_0 Σα + 1 < 1e-7."""
    network = ft.FullyConnected(3, "relu", weight_variance=1, bias_variance=1, input_scale=1 / 50)
    problems, _ = dataset_problems(network.ntk(), 50, 6, [200], 0.0, "fixed", 0, 0)
    found = regress(problems[0], 0)
    deviation = 1 - found.coefficients[0]
    assert deviation**2 * (1 - 1e-6) <= found.error_by_degree[0] < 1e-7
