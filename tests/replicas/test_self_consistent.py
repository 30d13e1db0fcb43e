"""The self-consistent theory against its formulas in mpmath and SymPy, its limits, and published numbers."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from fieldtheory.spectrum import Spectrum
from fieldtheory.sphere.harmonics import multiplicities
from fieldtheory.targets import Target
from fieldtheory.workbench.curves.learning_curve import learning_curve
from replicas.theories.self_consistent import saddle_point_formulas

FINITE_RANK = json.loads((Path(__file__).parents[1] / "data" / "finite_rank.json").read_text())
LAM, DEG = [1.0, 0.3, 0.02, 1e-4], [1, 5, 14, 30]


def curve(n, ridge=0.1, lam=LAM, deg=DEG, powers=None, tail=0.0, dim=None, **options):
    target = Target(powers or {l: 1.0 / (l + 1) for l in range(len(lam))})
    spectrum = Spectrum.from_arrays(lam, deg, tail=tail, dim=dim)
    return learning_curve(spectrum, target, n, ridge=ridge, theory="self-consistent", **options)


def kappa_at(n, ridge, lam=LAM, deg=DEG, source=0):
    """N κ = ridge + Σ deg G_l, G_l = 1/(1/λ_l + s + 1/κ), by bisection to the working precision."""
    lam, source, ridge = [mpf(x) for x in lam if x > 0], mpf(source), mpf(ridge)
    deg = [m for m, x in zip(deg, lam, strict=False)]
    low, high = mpf(10) ** -60, mpf(10) ** 60
    while high > low * (1 + mpf(10) ** (5 - mp.dps)):
        k = mp.sqrt(low * high)
        above = ridge / k + mp.fsum(m / (k * (1 / x + source) + 1) for m, x in zip(deg, lam, strict=True)) > n
        low, high = (k, high) if above else (low, k)
    return k


def textbook(n, ridge, lam=LAM, deg=DEG):
    """κ, γ and by degree a_l, E_l; V, W: the formulas of docs/conventions.md."""
    k = kappa_at(n, ridge, lam, deg)
    lam = [mpf(x) for x in lam]
    gamma = mp.fsum(m * x**2 / (x + k) ** 2 for m, x in zip(deg, lam, strict=True)) / n
    rest = mpf(ridge) / (n * k) + mp.fsum(m * x * k / (x + k) ** 2 for m, x in zip(deg, lam, strict=True)) / n
    assert abs(gamma + rest - 1) < mpf(10) ** (15 - mp.dps)  # 1 − γ, without cancellation
    learnt = [x / (x + k) for x in lam]
    errors = [(k / (x + k)) ** 2 / rest for x in lam]
    return k, gamma, rest, learnt, errors, n * k - mpf(ridge), gamma / rest


spectra = st.lists(st.tuples(st.floats(-6, 2), st.integers(1, 3000)), min_size=1, max_size=5)


@settings(max_examples=60)
@given(spectra, st.floats(0.5, 5000), st.just(0.0) | st.floats(-6, 2).map(lambda x: 10.0**x), st.floats(0, 3))
def test_textbook_formulas(pairs, n, ridge, label_noise):
    """E_l = (κ/(λ+κ))²/(1−γ), V = Nκ − σ², W = γ/(1−γ), training error (σ²/Nκ)² (E + τ²).

    Equation: learnability, self-consistent-kappa, self-consistent-error
    """
    lam, deg = [10.0**x for x, _ in pairs], [m for _, m in pairs]
    assume(ridge > 0 or sum(deg) > 1.001 * n)
    found = curve([n], ridge, lam, deg, label_noise=label_noise)
    with mp.workdps(40):
        k, gamma, rest, learnt, errors, posterior, gain = textbook(n, ridge, lam, deg)
        powers = [mpf(1) / (l + 1) for l in range(len(lam))]
        bias = mp.fsum(p * (1 - a) ** 2 for p, a in zip(powers, learnt, strict=True))
        error = mp.fsum(p * e for p, e in zip(powers, errors, strict=True)) + mpf(label_noise) * gain
        training = (mpf(ridge) / (n * k)) ** 2 * (error + mpf(label_noise))
        lost = 1e-15 / float(rest)  # digits that 1 − γ may lose
        expected = {
            "effective_ridge": k,
            "bias": bias,
            "variance": (bias + mpf(label_noise)) * gamma / rest,
            "error": error,
            "posterior_variance": posterior,
            "label_noise_gain": gain,
            "training_error": training,
        }
        for name, value in expected.items():
            assert getattr(found, name)[0] == pytest.approx(float(value), rel=2e-14 + lost, abs=0), name
        assert found.coefficients[0] == pytest.approx([float(a) for a in learnt], rel=2e-14, abs=0)
        assert found.error_by_degree[0] == pytest.approx([float(e) for e in errors], rel=2e-14 + lost, abs=0)


def test_digits_on_a_wide_plateau():
    """N = 10 learnt modes, the others λ = 1e-20: κ ≈ 1e-9 and 1 − γ ≈ 2e-9; E_0 = κ²/(1−γ) = 5e-10."""
    found = curve([10], 0.0, [1.0, 1e-20], [10, 1000], {0: 1.0})
    with mp.workdps(60):
        exact = float(textbook(10, 0.0, [1.0, 1e-20], [10, 1000])[4][0])
    assert found.error[0] == pytest.approx(exact, rel=1e-12, abs=0)


def test_plateau_wider_than_the_float_digits():
    """λ = (1, 1e-40), N = 10 of 1010 modes: finite, E_0 = 5e-20."""
    assert curve([10], 0.0, [1.0, 1e-40], [10, 1000], {0: 1.0}).error[0] == pytest.approx(
        5e-20, rel=1e-6, abs=0
    )


@pytest.mark.parametrize("n", [3, 8, 40])
@pytest.mark.parametrize("ridge", [0.0, 0.2])
def test_source_identity(n, ridge):
    """E_l = −(1/λ_l²) dG_l/ds, the derivative taken numerically with 50 digits; W = d(1/κ)/ds.

    Equation: source-identity
    """
    found = curve([n], ridge)
    with mp.workdps(50):

        def green(x, s):
            return 1 / (1 / mpf(x) + s + 1 / kappa_at(n, ridge, source=s))

        step = mpf(10) ** -12
        for l, x in enumerate(LAM):
            slope = (green(x, step) - green(x, -step)) / (2 * step)
            assert found.error_by_degree[0, l] == pytest.approx(float(-slope / mpf(x) ** 2), rel=1e-12, abs=0)
        slope = (1 / kappa_at(n, ridge, source=step) - 1 / kappa_at(n, ridge, source=-step)) / (2 * step)
        assert found.label_noise_gain[0] == pytest.approx(float(slope), rel=1e-12, abs=0)


@pytest.mark.parametrize(("n", "ridge"), [(3, 1e-3), (12, 0.1), (200, 2.0)])
def test_label_noise_gain_is_a_derivative(n, ridge):
    """W = dV/dσ², V = Σ deg G_l.

    Equation: label-noise-gain
    """
    with mp.workdps(50):

        def posterior(r):
            k = kappa_at(n, r)
            return mp.fsum(m / (1 / mpf(x) + 1 / k) for m, x in zip(DEG, LAM, strict=True))

        step = mpf(ridge) * mpf(10) ** -12
        slope = (posterior(ridge + step) - posterior(ridge - step)) / (2 * step)
        assert curve([n], ridge).posterior_variance[0] == pytest.approx(
            float(posterior(mpf(ridge))), rel=1e-13, abs=0
        )
    assert curve([n], ridge).label_noise_gain[0] == pytest.approx(float(slope), rel=1e-12, abs=0)


def test_compiled_against_sympy():
    """The formulas that SymPy derives from the fixed point, at κ of 40 digits, are the compiled numbers."""
    import sympy

    found = saddle_point_formulas(2)
    lam, deg, n, ridge = [1.0, 0.25, 0.03125], [1, 5, 14], 11, 0.125
    with mp.workdps(40):
        kappa = sympy.Float(kappa_at(n, ridge, lam, deg), 38)
    names = {"N": n, "kappa": kappa, "sigma2": sympy.Rational(ridge)}
    names |= {f"lambda{l}": sympy.Rational(x) for l, x in enumerate(lam)}
    names |= {f"deg{l}": m for l, m in enumerate(deg)}

    def number(expression):
        return float(expression.subs({s: names[s.name] for s in expression.free_symbols}).evalf(30))

    assert abs(number(found["fixed_point"])) < 1e-25
    numbers = curve([n], ridge, lam, deg)
    assert numbers.coefficients[0] == pytest.approx(
        [number(a) for a in found["learnability"]], rel=1e-14, abs=0
    )
    assert numbers.error_by_degree[0] == pytest.approx([number(e) for e in found["error"]], rel=1e-14, abs=0)
    assert numbers.label_noise_gain[0] == pytest.approx(number(found["label_noise_gain"]), rel=1e-14, abs=0)


def test_sympy_formulas_are_those_of_the_textbook():
    """E_l = (κ/(λ_l+κ))²/(1−γ) as SymPy expressions, for one and for three degrees."""
    import sympy

    for highest in (0, 2):
        found = saddle_point_formulas(highest)
        n, kappa, ridge = sympy.symbols("N kappa sigma2", positive=True)
        lam = sympy.symbols(f"lambda:{highest + 1}", positive=True)
        deg = sympy.symbols(f"deg:{highest + 1}", positive=True)
        total = ridge + sum(m * x * kappa / (x + kappa) for m, x in zip(deg, lam, strict=True))
        assert sympy.simplify(found["fixed_point"] - (n * kappa - total)) == 0
        gamma = sum(m * x**2 / (x + kappa) ** 2 for m, x in zip(deg, lam, strict=True)) / n
        # as derived from the fixed point by SymPy; σ² is not used, or stands for Nκ − Σ deg λκ/(λ+κ)
        on_shell = {ridge: n * kappa - total + ridge}
        gain = found["label_noise_gain"].subs(on_shell)
        assert sympy.simplify(gain - gamma / (1 - gamma)) == 0
        for x, error in zip(lam, found["error"], strict=True):
            assert sympy.simplify(error.subs(on_shell) - (kappa / (x + kappa)) ** 2 / (1 - gamma)) == 0


@pytest.mark.parametrize(
    "case", FINITE_RANK["cases"], ids=lambda c: f"{c['ensemble']}-d{c['d']}-{c['n']}-{c['sig2']}"
)
def test_finite_rank_numbers(case):
    """G_l = λ(1−a_l) and (G²)_l = λ² E_l of kernels with two degrees, to 1e-10."""
    lam = np.array(case["lam"])
    deg = multiplicities(1, case["d"])
    found = curve([case["n"]], case["sig2"], lam, deg, dim=case["d"], ensemble=case["ensemble"])
    resolvent = lam * (1 - found.coefficients[0])
    squared = lam**2 * found.error_by_degree[0]
    assert [*resolvent, *squared] == pytest.approx(case["SC"], rel=1e-10, abs=0)
    # and the exact averages by Monte Carlo: what is left out is of relative order (modes/N)²/d
    size = (sum(deg) / case["n"]) ** 2
    assert [*resolvent, *squared] == pytest.approx(case["mc"], rel=5 * size + 2 / case["n"], abs=0)


@settings(max_examples=30)
@given(
    st.floats(0.1, 1e4),
    st.floats(1e-4, 1e2),
    st.floats(0, 5),
    st.lists(st.floats(0, 2), min_size=4, max_size=4),
)
def test_sums(n, ridge, label_noise, powers):
    """error = bias + variance = Σ g_l² E_l + τ² W and bias = Σ g_l² (1−a_l)²; linear in g_l² and τ²."""
    assume(sum(powers) > 1e-3)
    found = curve([n], ridge, powers=dict(enumerate(powers)), label_noise=label_noise)
    assert found.error == pytest.approx(found.bias + found.variance, rel=1e-14, abs=0)
    total = found.error_by_degree @ powers + label_noise * found.label_noise_gain
    assert found.error == pytest.approx(total, rel=1e-13, abs=0)
    rounding = 1e-15 * float(found.bias[0]) ** 0.5  # of 1 - a, where a is next to 1
    assert found.bias == pytest.approx((1 - found.coefficients) ** 2 @ powers, rel=1e-9, abs=rounding)
    clean = curve([n], ridge, powers=dict(enumerate(powers)))
    assert found.error - clean.error == pytest.approx(
        label_noise * clean.label_noise_gain, rel=1e-9, abs=1e-13
    )
    np.testing.assert_array_equal(found.coefficients, clean.coefficients)
    np.testing.assert_array_equal(found.bias, clean.bias)


def test_no_data():
    """N → 0: nothing learnt, error → Σ g_l², V → K(1)."""
    found = curve([1e-9], powers={0: 0.5, 2: 1.5})
    assert found.error[0] == pytest.approx(2.0, rel=1e-7, abs=0)
    assert found.posterior_variance[0] == pytest.approx(np.dot(LAM, DEG), rel=1e-7, abs=0)
    assert np.abs(found.coefficients).max() < 1e-7
    assert found.label_noise_gain[0] < 1e-7


def test_much_data():
    """N → ∞: E_l → (σ²/(Nλ_l))², W → modes/N, V → modes σ²/N."""
    n = 1e10
    found = curve([n], 0.1)
    assert found.error_by_degree[0] == pytest.approx((0.1 / (n * np.array(LAM))) ** 2, rel=1e-4, abs=0)
    assert found.label_noise_gain[0] == pytest.approx(sum(DEG) / n, rel=1e-4, abs=0)
    assert found.posterior_variance[0] == pytest.approx(0.1 * sum(DEG) / n, rel=1e-4, abs=0)


def test_large_ridge():
    """σ² → ∞: a_l → Nλ_l/σ², error → Σ g_l²; the training error is then that of predicting 0."""
    found = curve([7], 1e9, powers={1: 1.0, 3: 2.0}, label_noise=0.5)
    assert found.coefficients[0] == pytest.approx(7e-9 * np.array(LAM), rel=1e-7, abs=0)
    assert found.error[0] == pytest.approx(3.0, rel=1e-7, abs=0)
    assert found.training_error[0] == pytest.approx(3.5, rel=1e-7, abs=0)


def test_more_data_never_hurts_the_mean():
    """a_l grows with N and shrinks with the ridge, and with the degree for falling eigenvalues."""
    n = np.geomspace(0.1, 1e5, 200)
    found = curve(n, 0.01).coefficients
    assert (np.diff(found, axis=0) > 0).all()
    assert (np.diff(found, axis=1) < 0).all()
    assert (curve(n, 0.02).coefficients < found).all()


def test_tail_acts_as_ridge():
    """tail t and ridge σ²: the error of ridge σ² + t; V has the trace of the tail; training (σ²/(σ²+t))²."""
    n = [1, 5, 20, 300]
    tail, plain = curve(n, 0.2, tail=0.3), curve(n, 0.5)
    for name in (
        "error",
        "bias",
        "variance",
        "coefficients",
        "error_by_degree",
        "effective_ridge",
        "label_noise_gain",
    ):
        np.testing.assert_allclose(getattr(tail, name), getattr(plain, name), rtol=1e-14, err_msg=name)
    np.testing.assert_allclose(tail.posterior_variance, plain.posterior_variance + 0.3, rtol=1e-14)
    np.testing.assert_allclose(tail.training_error, 0.4**2 * plain.training_error, rtol=1e-14)


def test_interpolation_without_ridge():
    """Ridge 0, more modes than N: training error 0; with a tail also where the kept modes are fewer."""
    assert (curve([1, 10, 40], 0.0).training_error == 0).all()
    found = curve([10, 100, 1000], 0.0, tail=0.5)
    assert (found.training_error == 0).all()
    assert (found.error > 0).all()


def test_kernel_learnt_exactly():
    """Ridge 0, fewer modes than N: least squares, error 0, W = modes/(N − modes), V = 0."""
    found = curve([60, 500], 0.0, label_noise=0.25)
    assert found.effective_ridge.tolist() == [0.0, 0.0]
    assert found.bias.tolist() == [0.0, 0.0]
    np.testing.assert_allclose(found.label_noise_gain, 50 / (np.array([60, 500]) - 50), rtol=1e-14)
    np.testing.assert_allclose(found.error, 0.25 * found.label_noise_gain, rtol=1e-14)
    assert found.posterior_variance.tolist() == [0.0, 0.0]
    left = 1 - 50 / np.array([60, 500])  # of the noise on the training labels
    np.testing.assert_allclose(found.training_error, 0.25 * left, rtol=1e-13)


def test_unlearnable_degree_is_label_noise():
    """λ_l = 0: a_l = 0, E_l = 1/(1−γ) = 1 + W, the same as label noise of the same variance (plus itself)."""
    lam, n = [1.0, 0.0, 0.1], [0.5, 3, 10, 100]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message="target has power at degree 1", category=UserWarning)
        found = curve(n, 0.1, lam, [1, 5, 14], {1: 2.0, 2: 1.0}, dim=5)
        noisy = curve(n, 0.1, lam, [1, 5, 14], {2: 1.0}, dim=5, label_noise=2.0)
    assert (found.coefficients[:, 1] == 0).all()
    np.testing.assert_allclose(found.error_by_degree[:, 1], 1 + found.label_noise_gain, rtol=1e-14)
    np.testing.assert_allclose(found.error, noisy.error + 2.0, rtol=1e-14)
    np.testing.assert_allclose(found.training_error, noisy.training_error, rtol=1e-14)


@pytest.mark.parametrize("dim", [None, 5])
def test_unlearnable_degree_without_ridge(dim):
    """λ_1 = 0, 15 modes learnt exactly from N = 20 points: E_1 = 1/(1 − 15/20), E_2 = 0."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message="target has power at degree 1", category=UserWarning)
        found = curve([20], 0.0, [1.0, 0.0, 0.1], [1, 5, 14], {1: 2.0, 2: 1.0}, dim=dim)
    assert found.error_by_degree[0] == pytest.approx([0, 4, 0], abs=1e-13)
    assert found.error[0] == pytest.approx(8.0, rel=1e-14, abs=0)
    assert np.isfinite(found.error_bar).all()


@pytest.mark.parametrize("dim", [None, 5])
def test_interpolation_peak_without_ridge_raises(dim):
    with pytest.raises(ValueError, match=r"ridge must be positive at n = 50, the number of modes.*got 0"):
        curve([50], 0.0, dim=dim)


@pytest.mark.parametrize("dim", [None, 5])
def test_sizes_beside_the_interpolation_peak_are_not_lost(dim):
    """All modes are learnt at the peak, W is infinite, and with label noise the error."""
    found = curve([49, 50, 51], 0.0, dim=dim)
    others = curve([49, 51], 0.0, dim=dim)
    for name in ("error", "error_bar", "label_noise_gain", "coefficients", "error_by_degree"):
        np.testing.assert_array_equal(getattr(found, name)[[0, 2]], getattr(others, name))
    assert found.label_noise_gain[1] == found.error_bar[1] == np.inf
    assert (found.error[1], found.bias[1], found.training_error[1]) == (0.0, 0.0, 0.0)
    assert found.converged.tolist() == [*others.converged[:1], False, *others.converged[1:]]
    assert "n = 50 is the number of modes of the kernel" in found.warnings[-1]
    assert np.isfinite(found.coefficients).all()


def test_beside_the_interpolation_peak():
    """N = 1000, 999 modes, ridge 0: W = 999; the bar may be infinite (least squares has m/(N−m−1))."""
    found = curve([1000], 0.0, [1.0, 0.5], [1, 998], label_noise=0.1)
    assert found.error[0] == pytest.approx(99.9, rel=1e-9, abs=0)
    assert found.error_bar[0] > 1


def test_ensembles_have_the_same_mean():
    fixed, poisson = (curve([5, 50], dim=5, ensemble=name) for name in ("fixed", "poisson"))
    np.testing.assert_array_equal(fixed.error, poisson.error)
    assert (fixed.error_bar != poisson.error_bar).all()
