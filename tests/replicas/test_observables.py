"""Exact relations between observables, in every theory, and their limits."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.spectrum import Spectrum
from fieldtheory.sphere.harmonics import multiplicities
from fieldtheory.targets import Target
from fieldtheory.workbench.curves.learning_curve import learning_curve
from fieldtheory.workbench.records import CURVE_COLUMNS, DEGREE_COLUMNS

THEORIES = [
    ("self-consistent", None),
    ("loop-expansion", 1),
    ("skeleton", 2),
    ("skeleton", 3),
    ("one-loop", None),
    ("perturbative", 1),
    ("perturbative", 2),
    ("perturbative", 3),
    ("perturbative", 4),
]
EVERY = [*THEORIES, ("equivalent-kernel", None), ("perturbative", 0), ("skeleton", 0), ("auto", None)]
ARRAYS = tuple(name for name in (*CURVE_COLUMNS, *DEGREE_COLUMNS) if name != "converged")


def curve(lam, n, ridge, theory, dim=5, powers=None, **options):
    deg = multiplicities(len(lam) - 1, dim) if dim else [1, 5, 14, 30][: len(lam)]
    spectrum = Spectrum.from_arrays(lam, deg, dim=dim)
    target = Target(powers or {l: 1.0 / (1 + l) for l in range(len(lam))})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="target has power at degree", category=UserWarning)
        return learning_curve(spectrum, target, n, ridge=ridge, theory=theory[0], order=theory[1], **options)


cases = st.tuples(
    st.lists(st.floats(-2.5, 0.5).map(lambda x: 10.0**x), min_size=1, max_size=4),
    st.floats(0.5, 3).map(lambda x: 10.0**x),
    st.floats(-1.5, 1).map(lambda x: 10.0**x),
    st.sampled_from([3, 5, 20]),
    st.sampled_from(["poisson", "fixed"]),
)


# theories whose self-energy is the derivative of one functional of the line. Skeletons of finite order are
# not: the words from scattering off a dressed point that would belong to them are of higher order
CONSERVING = [each for each in THEORIES if each[0] != "skeleton"]


def lines_of(theory):
    """The theory whose lines go with the gain of this one: W of order n belongs to V of order n - 1."""
    return (theory[0], theory[1] - 1) if theory[0] == "perturbative" else theory


@pytest.mark.parametrize("theory", CONSERVING, ids=lambda each: f"{each[0]}-{each[1]}")
@settings(max_examples=10)
@given(cases)
def test_gain_is_the_derivative_of_the_posterior_variance(theory, case):
    """W = dV/dridge, one from the source at infinite degree, the other from the lines at two ridges."""
    lam, n, ridge, dim, ensemble = case
    step = 1e-3
    found = curve(lam, [n], ridge, theory, dim, ensemble=ensemble)
    ridges = [ridge * (1 + k * step) for k in (-2, -1, 1, 2)]
    nearby = [curve(lam, [n], r, lines_of(theory), dim, ensemble=ensemble) for r in ridges]
    assume(found.converged.all() and all(each.converged.all() for each in nearby))
    v = [each.posterior_variance[0] for each in nearby]
    slope = (v[0] - 8 * v[1] + 8 * v[2] - v[3]) / (12 * step * ridge)
    size = max(abs(x) for x in v) / ridge
    assert found.label_noise_gain[0] == pytest.approx(slope, rel=1e-7, abs=1e-8 * size)


@pytest.mark.parametrize("theory", CONSERVING, ids=lambda each: f"{each[0]}-{each[1]}")
@settings(max_examples=10)
@given(cases)
def test_gain_is_a_sum_over_modes(theory, case):
    """ridge W = sum deg (G_l - (G^2)_l/lambda_l), (G^2)_l = lambda_l^2 E_l."""
    lam, n, ridge, dim, ensemble = case
    found, lines = (
        curve(lam, [n], ridge, each, dim, ensemble=ensemble) for each in (theory, lines_of(theory))
    )
    assume(found.converged.all())
    traces = np.array(lam) * multiplicities(len(lam) - 1, dim)
    terms = traces * ((1 - lines.coefficients[0]) - lines.error_by_degree[0])
    size = (traces * np.abs(lines.error_by_degree[0])).sum() + abs(lines.posterior_variance[0])
    assert ridge * found.label_noise_gain[0] == pytest.approx(terms.sum(), rel=1e-7, abs=1e-9 * size)


@pytest.mark.parametrize("theory", EVERY, ids=lambda each: f"{each[0]}-{each[1]}")
@settings(max_examples=8)
@given(cases, st.floats(0, 3))
def test_sums(theory, case, label_noise):
    """error = bias + variance = sum g^2 E_l + noise W; bias = sum g^2 (1 - a_l)^2 up to what is beyond."""
    lam, n, ridge, dim, ensemble = case
    powers = {l: 1.0 / (1 + l) for l in range(len(lam))}
    found = curve(lam, [n], ridge, theory, dim, powers, ensemble=ensemble, label_noise=label_noise)
    total = found.error_by_degree @ list(powers.values()) + label_noise * found.label_noise_gain
    size = np.abs(found.bias) + np.abs(found.variance) + 1e-12
    assert (np.abs(found.error - found.bias - found.variance) <= 1e-12 * size).all()
    assert (
        np.abs(found.error - total) <= 1e-11 * (size + label_noise * np.abs(found.label_noise_gain))
    ).all()
    # one degree after the other: linear in the powers
    parts = [curve(lam, [n], ridge, theory, dim, {l: g}, ensemble=ensemble) for l, g in powers.items()]
    assume(found.converged.all() and all(part.converged.all() for part in parts))
    if theory[0] != "auto":  # which chooses by the error
        clean = sum(part.error for part in parts) + label_noise * found.label_noise_gain
        np.testing.assert_allclose(found.error, clean, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("theory", [("self-consistent", None), ("skeleton", 2), ("one-loop", None)])
@settings(max_examples=25)
@given(cases)
def test_variance_is_positive(theory, case):
    """E_l >= (1 - a_l)^2 where corrections are small: modes/N < 1/2."""
    lam, n, ridge, dim, ensemble = case
    deg = multiplicities(len(lam) - 1, dim)
    learnt = sum(m * x / (x + ridge / n) for m, x in zip(deg, lam, strict=True))
    assume(theory[0] == "self-consistent" or learnt < n / 2)
    found = curve(lam, [n], ridge, theory, dim, ensemble=ensemble)
    bias = (1 - found.coefficients) ** 2
    assert (found.error_by_degree >= bias * (1 - 1e-9)).all()
    assert found.label_noise_gain[0] > 0


def simulated(lam, n, ridge, dim, repeats, label_noise):
    """Means and standard errors over data sets: training error, E_l, V and W, targets at random angles."""
    generator = np.random.default_rng(7)
    deg = np.array(multiplicities(len(lam) - 1, dim))
    x = generator.standard_normal((repeats, n, dim))
    x /= np.linalg.norm(x, axis=-1, keepdims=True)
    t = x @ x.transpose(0, 2, 1)
    rows = [1 + 0 * t, t]
    for l in range(1, len(lam)):
        rows.append(((2 * l + dim - 2) * t * rows[l] - l * rows[l - 1]) / (l + dim - 2))
    grams = np.array(rows[: len(lam)])
    kernel = np.einsum("l,lrij->rij", lam * deg, grams)
    twice = np.einsum("l,lrij->rij", lam**2 * deg, grams)
    inverse = np.linalg.inv(kernel + ridge * np.eye(n))
    gain = np.einsum("rij,rji->r", inverse @ twice, inverse)
    fit = ridge**2 / n * np.einsum("rij,lrjk,rki->lr", inverse, grams, inverse)
    noise = label_noise * ridge**2 / n * np.einsum("rij,rji->r", inverse, inverse)
    errors = (
        1
        - 2 * lam[:, None] * np.einsum("rij,lrji->lr", inverse, grams)
        + np.einsum("rij,rjk,lrki->lr", inverse @ twice, inverse, grams)
    )
    everything = np.vstack([fit + noise, errors, gain[None]])
    return everything.mean(axis=1), everything.std(axis=1) / repeats**0.5


def test_training_error_against_simulation():
    """The residual on noisy labels, ridge^2 |A^-1 y|^2/N, of 4000 data sets at exactly N points."""
    lam, n, ridge, dim, noise = np.array([1.0, 0.3, 0.05]), 25, 0.4, 4, 0.5
    mean, error = simulated(lam, n, ridge, dim, 4000, noise)
    found = [
        curve(lam, [n], ridge, ("loop-expansion", 1), dim, {l: 1.0}, label_noise=noise) for l in range(3)
    ]
    for l in range(3):
        assert found[l].training_error[0] == pytest.approx(mean[l], rel=0.003, abs=4 * error[l])
        assert found[l].error_by_degree[0, l] == pytest.approx(mean[3 + l], rel=0.01, abs=4 * error[3 + l])
    assert found[0].label_noise_gain[0] == pytest.approx(mean[6], rel=0.01, abs=4 * error[6])
    # next to the self-consistent theory
    plain = curve(lam, [n], ridge, ("self-consistent", None), dim, {1: 1.0}, label_noise=noise)
    assert abs(plain.training_error[0] / mean[1] - 1) < 0.03


@pytest.mark.parametrize("theory", [each for each in EVERY if each[0] != "skeleton"] + [("skeleton", 2)])
@pytest.mark.parametrize("ensemble", ["poisson", "fixed"])
def test_no_data(theory, ensemble):
    """N -> 0: nothing learnt, E_l -> 1, V -> K(1), W -> 0: what every theory agrees on where it exists."""
    found = curve([1.0, 0.3, 0.02], [1e-7], 0.5, theory, ensemble=ensemble)
    size = 1e-5 if theory[0] != "perturbative" or theory[1] == 0 else np.inf  # an expansion in 1/N
    if size < np.inf:
        assert found.error_by_degree[0] == pytest.approx(1.0, abs=size)
        assert np.abs(found.coefficients).max() < size
        assert found.posterior_variance[0] == pytest.approx(1 + 5 * 0.3 + 14 * 0.02, rel=size)
        assert abs(found.label_noise_gain[0]) < size
    else:
        assert np.isfinite(found.error).all()


@pytest.mark.parametrize("theory", EVERY, ids=lambda each: f"{each[0]}-{each[1]}")
@pytest.mark.parametrize("ensemble", ["poisson", "fixed"])
def test_much_data(theory, ensemble):
    """N -> infinity: E_l -> (ridge/(N lambda_l))^2, W -> modes/N, V -> modes ridge/N, training -> noise."""
    lam, n = np.array([1.0, 0.3, 0.02]), 1e8
    found = curve(lam, [n], 0.5, theory, ensemble=ensemble, label_noise=0.25)
    assert found.error_by_degree[0] == pytest.approx((0.5 / (n * lam)) ** 2, rel=1e-5, abs=0)
    if theory != ("perturbative", 0):  # first order by its powers of 1/N
        assert found.label_noise_gain[0] == pytest.approx(20 / n, rel=1e-5, abs=0)
    assert found.posterior_variance[0] == pytest.approx(10 / n, rel=1e-5, abs=0)
    assert found.training_error[0] == pytest.approx(0.25, rel=1e-5, abs=0)
    assert found.error_bar[0] < 1e-2 * found.error[0] or theory[0] in ("equivalent-kernel", "perturbative")


@pytest.mark.parametrize("theory", [("auto", None), ("self-consistent", None), ("loop-expansion", 1)])
@pytest.mark.parametrize("ensemble", ["poisson", "fixed"])
@pytest.mark.parametrize("dim", [5, None])
def test_finite_rank_without_ridge(theory, ensemble, dim):
    """20 modes, N = 40 and 400, no ridge: all learnt, exactly; noise passes through least squares.

    Exactly N points and Gaussian features would give W = modes/(N - modes - 1).
    """
    if dim is None and theory[0] == "loop-expansion":
        theory = ("loop-expansion", 0)
    n = np.array([40, 400])
    clean = curve([1.0, 0.3, 0.02], n, 0.0, theory, dim, ensemble=ensemble)
    for name in ("error", "bias", "variance", "error_by_degree", "posterior_variance", "error_bar"):
        assert (getattr(clean, name) == 0).all(), name
    assert (clean.coefficients == 1).all()
    assert not any("larger than the zeroth" in text for text in clean.warnings)
    noisy = curve([1.0, 0.3, 0.02], n, 0.0, theory, dim, ensemble=ensemble, label_noise=0.5)
    np.testing.assert_allclose(noisy.label_noise_gain, 20 / (n - 20), rtol=0.25)
    np.testing.assert_allclose(noisy.error, 0.5 * noisy.label_noise_gain, rtol=1e-13)
    np.testing.assert_allclose(noisy.training_error, 0.5 * (1 - 20 / n), rtol=1e-12)
    assert (noisy.error_bar > 0).all()


@pytest.mark.parametrize("theory", [each for each in EVERY if each[0] not in ("perturbative",)])
def test_finite_rank_without_ridge_is_a_limit(theory):
    """Ridge 0 and ridge 1e-12 agree, unlearnable degree and label noise included."""
    lam, n = [1.0, 0.0, 0.02], [40, 400]
    here, near = (curve(lam, n, r, theory, ensemble="fixed", label_noise=0.5) for r in (0.0, 1e-12))
    for name in ARRAYS:
        if theory[0] == "equivalent-kernel" and name == "training_error":
            continue
        np.testing.assert_allclose(
            getattr(here, name), getattr(near, name), rtol=1e-5, atol=1e-9, err_msg=name
        )
    if theory[0] != "equivalent-kernel":
        assert (here.error_by_degree[:, 1] > 1).all()


@pytest.mark.parametrize("theory", EVERY, ids=lambda each: f"{each[0]}-{each[1]}")
def test_label_noise_is_an_unlearnable_mode_of_high_degree(theory):
    """A mode that vanishes, beyond the reach of crossed lines, has E_l = 1 + W; noise adds W per unit."""
    lam = [1.0, 0.3] + [0.0] * 14  # six lines reach degree 6
    found = curve(lam, [12, 60], 0.4, theory, powers={15: 1.0})
    noisy = curve(lam, [12, 60], 0.4, theory, powers={1: 1.0}, label_noise=2.0)
    clean = curve(lam, [12, 60], 0.4, theory, powers={1: 1.0})
    assert (found.coefficients[:, 15] == 0).all()
    if theory[0] != "equivalent-kernel":
        np.testing.assert_allclose(found.error, 1 + found.label_noise_gain, rtol=1e-10)
    if theory[0] != "auto":
        np.testing.assert_allclose(noisy.error - clean.error, 2 * clean.label_noise_gain, rtol=1e-9)


@pytest.mark.parametrize("theory", EVERY, ids=lambda each: f"{each[0]}-{each[1]}")
@pytest.mark.parametrize(("dim", "n"), [(2, 40.0), (3, 80.0), (1000, 500.0)])
def test_heavy_and_huge_spectra(theory, dim, n):
    """Hundreds of degrees (d = 2, 3), or multiplicities beyond the float range: finite, or an error said."""
    spectrum = FullyConnected(2, "relu", weight_variance=2.0, bias_variance=0.1).ntk().spectrum(dim)
    if dim == 2:
        spectrum = spectrum.truncate(min(spectrum.max_degree, 300))
    if theory in (("skeleton", 3), ("perturbative", 4), ("perturbative", 3)) and dim < 1000:
        spectrum = spectrum.truncate(20)  # words of these orders convolve products of lines
    found = learning_curve(
        spectrum, Target({1: 0.5, 2: 0.5}), [n], ridge=1.0, theory=theory[0], order=theory[1]
    )
    for name in ARRAYS:
        assert np.isfinite(getattr(found, name)).all(), name
    if theory[0] != "perturbative":
        assert found.error[0] > 0


def test_multiplicities_beyond_the_float_range():
    """d = 1000, degrees to 400: deg(l) is inf there, and the numbers are those of a truncated spectrum."""
    kernel = FullyConnected(2, "relu", weight_variance=2.0, bias_variance=0.1).ntk()
    whole, cut = kernel.spectrum(1000, max_degree=400), kernel.spectrum(1000, max_degree=6)
    assert np.isinf(whole.multiplicities).any()
    for theory, order in (("auto", None), ("self-consistent", None), ("skeleton", 2), ("one-loop", None)):
        options = {"ridge": 0.3, "theory": theory, "order": order, "label_noise": 0.1}
        found = learning_curve(whole, Target({1: 1.0}), [300, 5000], **options)
        plain = learning_curve(cut, Target({1: 1.0}), [300, 5000], **options)
        np.testing.assert_allclose(found.error, plain.error, rtol=1e-6)


def test_spectrum_without_dim():
    """No crossing words: the self-consistent numbers, whatever the ensemble; the numbers of a sphere's."""
    free, round_ = (curve([1.0, 0.3, 0.02], [5, 50], 0.2, ("auto", None), dim) for dim in (None, 5))
    plain = curve([1.0, 0.3, 0.02], [5, 50], 0.2, ("self-consistent", None), 5)
    assert free.theory == "self-consistent"
    assert round_.theory == "loop-expansion"
    np.testing.assert_allclose(free.error, plain.error, rtol=1e-14)
    assert any("no dim" in text for text in free.warnings)
    first = {each: curve([1.0, 0.3, 0.02], [50], 0.2, ("perturbative", 1), each) for each in (None, 5)}
    np.testing.assert_allclose(first[None].error, first[5].error, rtol=1e-13)


def test_divergence_at_ridge_0_is_found_whatever_the_digits():
    """As many modes as points: an error for every spectrum, not for those where rounding is kind."""
    rng = np.random.default_rng(0)
    for _ in range(300):
        spectrum = Spectrum.from_arrays(10.0 ** rng.uniform(-8, 0, 4), [1, 5, 14, 30], dim=5)
        with pytest.raises(ValueError, match="number of modes"):
            learning_curve(spectrum, Target({1: 1.0}), [50], theory="self-consistent")


def test_impossible_averages_are_said():
    """Perturbation theory far outside its range: negative training errors do not go without a word."""
    spectrum = FullyConnected(3, "relu", weight_variance=2.0).ntk().spectrum(20)
    curve = learning_curve(spectrum, Target({1: 1.0}), [50], ridge=0.1, theory="perturbative", order=2)
    negative = [
        name
        for name in ("variance", "label_noise_gain", "posterior_variance", "training_error")
        if getattr(curve, name)[0] < 0
    ]
    for name in negative:
        assert any(re.search(rf"\b{name}\b.* out negative at every size", text) for text in curve.warnings)
    assert negative


def test_effective_ridge_of_an_expansion_is_cut_at_its_order():
    """1/(Sigma_loc) to first order: kappa_0 (1 - S_1), not the inverse of the sum."""
    spectrum = Spectrum.from_arrays([1.0, 0.5], [1, 5], dim=5)
    curve = learning_curve(
        spectrum, Target({1: 1.0}), [100], ridge=2.0, theory="perturbative", order=1, ensemble="poisson"
    )
    delta = 2.0 / 100
    learnt = spectrum.eigenvalues / (spectrum.eigenvalues + delta)
    assert curve.effective_ridge[0] == pytest.approx(delta * (1 + (spectrum.multiplicities @ learnt) / 100))
