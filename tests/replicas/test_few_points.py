"""No, one and two training points exactly; Poisson numbers of points as averages over exact ones."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import fieldtheory as ft
from fieldtheory.sphere.harmonics import gegenbauer
from replicas.assessment.few_points import exactly_few_points
from replicas.prediction import Problem

SPECTRUM = ft.FullyConnected(2, "relu", 2.0, 0.1).ntk().spectrum(dim=6, max_degree=8)
TARGET = ft.Target({0: 0.5, 1: 1.0, 3: 0.25})


def exactly(count: int, spectrum: ft.Spectrum, ridge: float, repeats: int) -> dict[str, np.ndarray]:
    """Means over training sets drawn here, with standard errors: E_l, a_l by linear algebra for each set."""
    rng = np.random.default_rng(count)
    total, degrees = ridge + spectrum.tail, spectrum.max_degree + 1
    errors, learnt, gains, posterior = [], [], [], []
    for _ in range(repeats):
        x = rng.standard_normal((count, spectrum.dim))
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        p = gegenbauer(degrees - 1, np.clip(x @ x.T, -1, 1), spectrum.dim)
        inverse = np.linalg.inv(np.tensordot(spectrum.degree_traces, p, 1) + total * np.eye(count))
        second = np.tensordot(spectrum.degree_traces * spectrum.eigenvalues, p, 1)
        share = spectrum.eigenvalues * np.einsum("ij,lji->l", inverse, p)
        spread = inverse @ second @ inverse
        learnt.append(share)
        errors.append(1 - 2 * share + np.einsum("ij,lji->l", spread, p))
        gains.append(np.trace(spread))
        posterior.append(spectrum.trace - np.trace(inverse @ second))
    found = {"errors": errors, "learnt": learnt, "gain": gains, "posterior": posterior}
    return {
        name: np.array([np.mean(v, axis=0), np.std(v, axis=0) / np.sqrt(repeats)])
        for name, v in found.items()
    }


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("ridge", [0.0, 0.2])
def test_against_sets_drawn_here(count: int, ridge: float) -> None:
    drawn = exactly(count, SPECTRUM, ridge, 4000)
    problem = Problem(SPECTRUM, TARGET.as_array(8), np.array([9.0]), ridge, 0.0, "fixed")
    found = exactly_few_points(problem, count)
    pairs = [
        (found.error_by_degree[0], drawn["errors"]),
        (found.coefficients[0], drawn["learnt"]),
        (found.label_noise_gain, drawn["gain"]),
        (found.posterior_variance, drawn["posterior"]),
    ]
    for mine, (mean, stderr) in pairs:
        assert (np.abs(mine - mean) <= 4.5 * stderr + 1e-12).all()
    assert (found.error_bar <= 1e-6 * found.error).all()


def test_training_error_of_two_points() -> None:
    """Two points, all labels: mean squared residual against linear algebra on drawn sets."""
    rng = np.random.default_rng(5)
    ridge, values = 0.3, []
    for _ in range(4000):
        x = rng.standard_normal((2, 6))
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        p = gegenbauer(8, np.clip(x @ x.T, -1, 1), 6)
        inverse = np.linalg.inv(
            np.tensordot(SPECTRUM.degree_traces, p, 1) + (ridge + SPECTRUM.tail) * np.eye(2)
        )
        values.append(ridge**2 / 2 * np.trace(inverse @ p[1] @ inverse))
    problem = Problem(SPECTRUM, np.eye(9)[1], np.array([2.0]), ridge, 0.0, "fixed")
    found = exactly_few_points(problem, 2).training_error[0]
    assert abs(found - np.mean(values)) < 4.5 * np.std(values) / np.sqrt(len(values))


def test_no_points() -> None:
    problem = Problem(SPECTRUM, TARGET.as_array(8), np.array([1.0]), 0.1, 0.7, "fixed")
    found = exactly_few_points(problem, 0)
    assert found.error[0] == found.bias[0] == pytest.approx(1.75)
    assert found.label_noise_gain[0] == 0
    assert found.posterior_variance[0] == SPECTRUM.trace


def test_auto_takes_the_exact_numbers() -> None:
    curve = ft.learning_curve(SPECTRUM, TARGET, [1, 2, 3], ridge=0.1, label_noise=0.2)
    problem = Problem(SPECTRUM, TARGET.as_array(8), np.array([1.0]), 0.1, 0.2, "fixed")
    for place, count in enumerate((1, 2)):
        assert curve.error[place] == pytest.approx(exactly_few_points(problem, count).error[0], rel=1e-12)
    assert curve.error_bar[0] == 0
    assert curve.error_bar[2] > 0


def test_fractional_numbers_are_mixtures() -> None:
    """1.25 points: one with probability 3/4, two with 1/4; so the error is linear and continuous."""
    n = [0.0001, 0.5, 1.0, 1.25, 2.0]
    curve = ft.learning_curve(SPECTRUM, TARGET, n, ridge=0.1, label_noise=0.2)
    assert curve.error[3] == pytest.approx(0.75 * curve.error[2] + 0.25 * curve.error[4])
    assert curve.error[1] == pytest.approx((1.75 + curve.error[2]) / 2)
    assert curve.error[0] == pytest.approx(1.75, rel=1e-3)
    assert (curve.variance >= 0).all()
    assert curve.converged.all()


@pytest.mark.parametrize("n", [4, 6, 8])
def test_rare_empty_sets_of_a_poisson_number(n: int) -> None:
    """A kernel with one large mode: no point at all has probability exp(-N), and error 1."""
    spectrum = ft.FullyConnected(3, "relu", 1.0, 1.0, 1 / 50).ntk().spectrum(50)
    curve = ft.learning_curve(spectrum, ft.Target({0: 1.0}), [n], ridge=1e-3, ensemble="poisson")
    assert curve.error[0] >= np.exp(-n)
    assert any("rare small training sets" in text for text in curve.warnings)
    few = ft.learning_curve(spectrum, ft.Target({0: 1.0}), np.arange(1, 60), ridge=1e-3)
    weights = stats.poisson.pmf(np.arange(60), n)
    assert curve.error[0] == pytest.approx(weights @ np.concatenate([[1.0], few.error]), rel=1e-6)


def test_many_points_do_not_ask_for_rare_sets() -> None:
    spectrum = ft.FullyConnected(3, "relu", 2.0).ntk().spectrum(20)
    curve = ft.learning_curve(spectrum, ft.Target({1: 1.0}), [200, 800], ridge=0.1, ensemble="poisson")
    loops = ft.learning_curve(
        spectrum,
        ft.Target({1: 1.0}),
        [200, 800],
        ridge=0.1,
        ensemble="poisson",
        theory="loop-expansion",
        order=1,
    )
    np.testing.assert_allclose(curve.error, loops.error, rtol=1e-14)
    assert curve.warnings == ()


def test_fewer_modes_than_points_without_ridge() -> None:
    """The constant kernel, one mode: two points say the same, and their matrix has no inverse."""
    constant = ft.Spectrum.from_arrays([1.0], [1], dim=5)
    curve = ft.learning_curve(constant, ft.Target({0: 1.0}), [1.5, 2, 3])
    assert (curve.error == 0).all()
    assert np.isfinite(curve.error_bar).all()
