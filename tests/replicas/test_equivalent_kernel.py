"""The equivalent kernel: its formulas, and its distance from the self-consistent theory, order by order."""

from __future__ import annotations

import numpy as np
import pytest
from mpmath import mp, mpf

from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.spectrum import Spectrum
from fieldtheory.sphere.harmonics import multiplicities
from fieldtheory.targets import Target
from fieldtheory.workbench.curves.learning_curve import learning_curve

LAM = np.array([1.0, 0.5, 0.125])
DEG = np.array(multiplicities(2, 5), dtype=float)
POWERS = {0: 0.25, 1: 1.0, 2: 0.5}


def curve(theory, n, ridge=1.0, tail=0.0, dim=5, **options):
    spectrum = Spectrum.from_arrays(LAM, DEG, tail=tail, dim=dim)
    return learning_curve(spectrum, Target(POWERS), n, ridge=ridge, theory=theory, **options)


def bare(n, ridge):
    """δ = σ²/N, C_l = λδ/(λ+δ), tr(C^k) = Σ deg C_l^k, in mpmath."""
    lam, delta = [mpf(x) for x in LAM], mpf(ridge) / n
    c = [x * delta / (x + delta) for x in lam]
    return lam, delta, c, lambda k: mp.fsum(int(m) * x**k for m, x in zip(DEG, c, strict=True))


@pytest.mark.parametrize("n", [1, 20, 3000])
@pytest.mark.parametrize("ridge", [1e-6, 0.3, 40.0])
def test_leading_order(n, ridge):
    """a_l = λ/(λ+δ), E_l = (δ/(λ+δ))², no variance, V = tr(C) and W = dV/dσ².

    Equation: equivalent-kernel
    """
    found = curve("equivalent-kernel", [n], ridge)
    with mp.workdps(40):
        lam, delta, _, power_sum = bare(n, ridge)
        learnt = [float(x / (x + delta)) for x in lam]
        errors = [float((delta / (x + delta)) ** 2) for x in lam]
        posterior = float(power_sum(1))
        step = mpf(ridge) * mpf(10) ** -10
        gain = float((bare(n, ridge + step)[3](1) - bare(n, ridge - step)[3](1)) / (2 * step))
    assert found.coefficients[0] == pytest.approx(learnt, rel=1e-14, abs=0)
    assert found.error_by_degree[0] == pytest.approx(errors, rel=1e-14, abs=0)
    assert found.error[0] == pytest.approx(sum(POWERS[l] * errors[l] for l in range(3)), rel=1e-14, abs=0)
    assert found.bias[0] == found.error[0]
    assert found.variance[0] == 0
    assert found.effective_ridge[0] == pytest.approx(ridge / n, rel=1e-15, abs=0)
    assert found.posterior_variance[0] == pytest.approx(posterior, rel=1e-14, abs=0)
    assert found.label_noise_gain[0] == pytest.approx(gain, rel=1e-13, abs=0)


def test_label_noise_adds_its_gain():
    """error = Σ g_l² E_l + τ² W, bias + variance = error."""
    clean, noisy = (curve("equivalent-kernel", [5, 50], label_noise=noise) for noise in (0.0, 2.0))
    np.testing.assert_allclose(noisy.error, clean.error + 2 * clean.label_noise_gain, rtol=1e-14)
    np.testing.assert_allclose(noisy.error, noisy.bias + noisy.variance, rtol=1e-14)


@pytest.mark.parametrize("quantity", ["coefficients", "error", "variance", "posterior", "gain"])
def test_first_order_is_the_step_to_the_self_consistent_theory(quantity):
    r"""SC − EK − (first order, sections 3.2 and 3.3 of the notes) is smaller by one more power of N.

    a_l^(1) = −(tr(C)/N) λ/(λ+δ)²;  E_l^(1) = (N/(λσ²)²)(2 C_l³ tr(C) + C_l² tr(C²));
    v_l^(1) = (C_l/λ)² (N/σ⁴) tr(C²);  V^(1) = (N/σ⁴) tr(C) tr(C²), from G^(1) = C_l² (N/σ⁴) tr(C),
    and W^(1) = dV^(1)/dσ².
    """
    ridge = 1.0
    powers = np.array([POWERS[l] for l in range(3)])

    def remainder(n):
        """(what is left beyond first order, first order), float64: at these n they are far above rounding."""
        leading, full = (curve(theory, [n], ridge) for theory in ("equivalent-kernel", "self-consistent"))
        with mp.workdps(30):
            lam, delta, c, power_sum = bare(n, ridge)
            c1, c2, c3 = (power_sum(k) for k in (1, 2, 3))
            eta = n / mpf(ridge) ** 2
            first = {
                "coefficients": [-c1 / n * x / (x + delta) ** 2 for x in lam],
                "error": [(2 * g**3 * c1 + g**2 * c2) * eta / x**2 for g, x in zip(c, lam, strict=True)],
                "variance": [(g / x) ** 2 * eta * c2 for g, x in zip(c, lam, strict=True)],
                "posterior": eta * c1 * c2,
                # d/dσ²: dC_l/dσ² = C_l²/(Nδ²), so d tr(C^k)/dσ² = k tr(C^(k+1))/(Nδ²)
                "gain": -2 * eta / mpf(ridge) * c1 * c2 + eta * (c2 * c2 + 2 * c1 * c3) / (n * delta**2),
            }[quantity]
        if quantity == "error":
            difference = full.error_by_degree[0] - leading.error_by_degree[0]
        elif quantity == "coefficients":
            difference = full.coefficients[0] - leading.coefficients[0]
        elif quantity == "variance":  # the variance of the SC theory is all beyond the equivalent kernel
            difference = full.error_by_degree[0] - (1 - full.coefficients[0]) ** 2
        elif quantity == "posterior":
            difference = full.posterior_variance - leading.posterior_variance
        else:
            difference = full.label_noise_gain - leading.label_noise_gain
        first = np.atleast_1d(np.array(first, dtype=float))
        return difference - first, first

    if quantity == "error":
        assert curve("self-consistent", [100], ridge).error[0] == pytest.approx(
            curve("self-consistent", [100], ridge).error_by_degree[0] @ powers, rel=1e-14
        )
    (small, first_small), (large, first_large) = remainder(4000), remainder(8000)
    order = np.log2(first_small / first_large)
    beyond = np.log2(small / large)
    np.testing.assert_allclose(beyond - order, 1.0, atol=0.05)
    assert (np.abs(large) < 0.02 * np.abs(first_large)).all()


def test_error_bar_covers_the_step_to_the_best_theory():
    n = np.geomspace(3, 3000, 30)
    leading, best = curve("equivalent-kernel", n), curve("auto", n)
    np.testing.assert_allclose(
        leading.error_bar, np.abs(leading.error - best.error) + best.error_bar, rtol=1e-10
    )


def test_tail_is_its_ridge():
    """The renormalised ridge of Cohen, Malka, Ringel: δ = (σ² + tail)/N; V has the trace of the tail."""
    found, plain = (
        curve("equivalent-kernel", [10, 100], 0.2, tail=0.3),
        curve("equivalent-kernel", [10, 100], 0.5),
    )
    for name in ("error", "coefficients", "label_noise_gain", "effective_ridge"):
        np.testing.assert_allclose(getattr(found, name), getattr(plain, name), rtol=1e-14)
    np.testing.assert_allclose(found.posterior_variance, plain.posterior_variance + 0.3, rtol=1e-14)


def test_no_ridge_takes_the_tail_and_says_so():
    kernel = FullyConnected(3, "relu", weight_variance=1, bias_variance=1, input_scale=1 / 50).ntk()
    spectrum = kernel.spectrum(50, max_degree=3)
    found = learning_curve(spectrum, Target({1: 1.0, 2: 1.0}), [500, 3000], theory="equivalent-kernel")
    assert not any("truncate" in text for text in found.warnings)
    whole = learning_curve(kernel.spectrum(50, 60), Target({1: 1.0}), [500], theory="equivalent-kernel")
    assert any("far below the effective one" in text and "truncate" in text for text in whole.warnings)
    np.testing.assert_allclose(found.effective_ridge, spectrum.tail / np.array([500, 3000]), rtol=1e-15)
    quiet = learning_curve(spectrum, Target({1: 1.0, 2: 1.0}), [500], ridge=0.1, theory="equivalent-kernel")
    assert not any("truncate" in text for text in quiet.warnings)


def test_paper_ridge():
    """Cohen, Malka, Ringel, Fig. 1: r = 3, σ_r² ≈ 0.0187 (Taylor-trimmed; 0.0170-0.0187 harmonically)."""
    kernel = FullyConnected(3, "relu", weight_variance=1, bias_variance=1, input_scale=1 / 50).ntk()
    found = learning_curve(
        kernel.spectrum(50, max_degree=3), Target({1: 1.0}), [1000], theory="equivalent-kernel"
    )
    assert 0.015 < 1000 * found.effective_ridge[0] < 0.020


def test_no_ridge_and_no_tail():
    """δ = 0: all modes learnt whatever N, which only a warning and the error bar can make up for."""
    found = curve("equivalent-kernel", [5, 10, 30], 0.0)
    assert found.error.tolist() == [0, 0, 0]
    assert any("far below the effective one" in text for text in found.warnings)
    full = curve("self-consistent", [5, 10, 30], 0.0)
    assert (found.error_bar >= full.error).all()


def test_no_ridge_at_the_interpolation_peak():
    """σ² = 0 and N = 20 modes: the distance from the self-consistent theory is infinite."""
    with pytest.raises(ValueError, match="ridge must be positive at n = 20"):
        curve("equivalent-kernel", [20], 0.0)


def test_training_error_of_label_noise():
    """What a fit leaves of the noise on its own labels is less than the noise: σ⁴ <tr A^-2>/N ≤ 1."""
    found = curve("equivalent-kernel", [100], label_noise=100.0)
    assert found.training_error[0] <= 100.0 + found.bias[0]
