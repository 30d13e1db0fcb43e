"""Spectrum and target of a data set: Fourier, the sphere, regression on draws, handwritten digits."""

import copy
import math
import pickle
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits

import fieldtheory as ft
import replicas


def low_rank(seed, size, rank, outputs=None):
    """A Gram matrix of `rank` features and labels, both random."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(size, rank)) * rng.uniform(0.1, 2.0, size=rank)
    return features @ features.T, rng.normal(size=size if outputs is None else (size, outputs))


@settings(max_examples=40)
@given(
    st.integers(0, 10**6),
    st.integers(2, 30),
    st.integers(1, 40),
    st.sampled_from([None, 1, 3]),
    st.floats(-8, 8),
)
def test_sums(seed, size, rank, outputs, scale):
    """Σ λ = tr K/M, Σ powers = mean of y², multiplicities count the points."""
    K, y = low_rank(seed, size, rank, outputs)
    K *= 10.0**scale
    spectrum, target = ft.Spectrum.from_gram(K, y)
    assert spectrum.trace == pytest.approx(np.trace(K) / size, rel=1e-10)
    assert target.norm_squared == pytest.approx((y**2).sum() / size, rel=1e-10)
    assert sum(spectrum.exact_multiplicities) == size
    assert (np.diff(spectrum.eigenvalues) <= 0).all()
    assert spectrum.dim is None
    assert spectrum.tail == 0.0


@pytest.mark.parametrize("size", [2, 7, 64])
def test_circulant(size):
    """The eigenvalues of a kernel on the cyclic group are its Fourier transform, the powers those of y."""
    i = np.arange(size)
    row = np.exp(-1.5 * np.sin(np.pi * i / size) ** 2)
    y = np.random.default_rng(size).normal(size=size)
    spectrum, target = ft.Spectrum.from_gram(row[(i[:, None] - i) % size], y)
    transform, powers = np.fft.fft(row).real / size, np.abs(np.fft.fft(y) / size) ** 2
    order = np.argsort(-transform, kind="stable")
    kept = int((spectrum.eigenvalues > 0).sum())
    wrong = np.abs(spectrum.eigenvalues - transform[order][: len(spectrum.eigenvalues)])[:kept]
    assert (wrong <= spectrum.relative_error[:kept] * spectrum.eigenvalues[:kept]).all()
    # k and size - k are degenerate: only their sum is defined
    found = target.as_array(size - 1)
    waves = np.minimum(order, size - order)
    for wave in range(1 + size // 2):
        if transform[wave] > 1e-9:  # above rounding of the eigenvectors
            assert found[waves == wave].sum() == pytest.approx(powers[np.minimum(i, size - i) == wave].sum())


@settings(max_examples=40)
@given(
    st.integers(0, 10**6),
    st.integers(2, 30),
    st.integers(1, 40),
    st.sampled_from([None, 3]),
    st.integers(0, 9),
)
def test_points_are_carried(seed, size, rank, outputs, kept):
    """K = F F^T, columns of F orthogonal with squares M λ; a truncation keeps the first; y as given."""
    K, y = low_rank(seed, size, rank, outputs)
    spectrum, target = ft.Spectrum.from_gram(K, y)
    scale = np.linalg.norm(K, 2)
    assert np.abs(spectrum.features @ spectrum.features.T - K).max() <= 1e-13 * size * scale
    squares = spectrum.features.T @ spectrum.features
    assert (
        np.abs(squares - np.diag(size * spectrum.eigenvalues[: len(squares)])).max() <= 1e-13 * size * scale
    )
    assert np.array_equal(target.labels, y.reshape(size, -1))
    kept = min(kept, spectrum.max_degree)
    assert np.array_equal(spectrum.truncate(kept).features, spectrum.features[:, : kept + 1])


def test_targets_with_labels_are_equal_if_both_agree():
    """Rotated by a reflection that K knows, labels have the same powers, and another average in training."""
    K, y = np.eye(3), np.array([1.0, 2.0, -1.0])
    target = ft.Spectrum.from_gram(K, y).target
    assert target == ft.Spectrum.from_gram(K, y).target == pickle.loads(pickle.dumps(target))
    assert copy.deepcopy(target) == target
    other = ft.Spectrum.from_gram(K, -y).target
    assert other.powers == target.powers
    assert other != target
    assert ft.Target(target.powers) != target
    assert hash(other) == hash(target)


def test_a_spectrum_of_arrays_has_no_points():
    assert ft.Spectrum.from_arrays([1.0], [2]).features is None
    assert ft.Target({1: 1.0}).labels is None


@pytest.mark.parametrize("labels", [[1.0, 2.0], [[np.nan]], "ab"])
def test_labels_that_are_none(labels):
    with pytest.raises(ValueError, match="labels must be"):
        ft.Target({1: 1.0}, labels=labels)


def test_degenerate_eigenvalues_stay_separate():
    spectrum, _ = ft.Spectrum.from_gram(np.eye(5), np.ones(5))
    assert spectrum.eigenvalues.tolist() == pytest.approx([0.2] * 5)
    assert spectrum.exact_multiplicities == (1,) * 5


def test_sphere():
    """The mean of the deg(l) eigenvalues of degree l is λ_l (1 + 1/M Σ_{l'≠l} deg(l') λ_l'/(λ_l − λ_l')).

    Second-order perturbation theory in the sampling of the points; the first order vanishes by the addition
    theorem.
    """
    dim, size = 4, 400
    kernel = ft.ZonalKernel.from_function(np.exp)
    exact = kernel.spectrum(dim, max_degree=6)
    found, mean = [], []
    for seed in range(30):
        points = np.random.default_rng(seed).normal(size=(size, dim))
        points /= np.linalg.norm(points, axis=1)[:, None]
        spectrum, target = ft.Spectrum.from_gram(kernel(points @ points.T), points)
        found.append(
            [spectrum.eigenvalues[0], *(spectrum.eigenvalues[a:b].mean() for a, b in ((1, 5), (5, 14)))]
        )
        mean.append(target.norm_squared)
    assert mean == pytest.approx([1.0] * 30)
    for degree, each in enumerate(np.transpose(found)):
        value, others = exact.eigenvalues[degree], np.arange(7) != degree
        shift = (exact.degree_traces / (value - exact.eigenvalues + ~others))[others].sum() / size
        stderr = each.std(ddof=1) / math.sqrt(30)
        assert stderr < 0.005 * value
        assert abs(each.mean() - value * (1 + shift)) < 4 * stderr + value * shift**2


def brute_force(K, y, n, ridge, rng, repeats):
    """Mean and standard error of the error over all points, of regression on n draws with replacement."""
    found = []
    for _ in range(repeats):
        drawn = rng.choice(len(K), n)
        fit = K[:, drawn] @ np.linalg.solve(K[np.ix_(drawn, drawn)] + ridge * np.eye(n), y[drawn])
        found.append(((fit - y) ** 2).reshape(len(K), -1).sum(axis=1).mean())
    return np.mean(found), np.std(found, ddof=1) / math.sqrt(repeats)


def of_modes(spectrum, target, n, ridge, theory="auto", order=None):
    """The theory that knows the modes only: points stand for a density."""
    powers = target.as_array(spectrum.max_degree)
    problem = replicas.Problem(spectrum, powers, np.array(n, dtype=float), ridge, 0.0, "fixed")
    return replicas.predict(problem, theory, order)


def test_every_draw_of_one_point():
    """n = 1 and a large ridge: the mean over all M training sets, to first order in 1/ridge."""
    K, y = low_rank(3, 12, 4)
    spectrum, target = ft.Spectrum.from_gram(K, y)
    ridge = 1e4 * spectrum.trace
    errors = [((K[:, i] * y[i] / (K[i, i] + ridge) - y) ** 2).mean() for i in range(12)]
    with pytest.warns(UserWarning, match="kernel vanishes"):
        curve = ft.learning_curve(spectrum, target, n=[1], ridge=ridge)
    change = np.mean(errors) - target.norm_squared
    modes = of_modes(spectrum, target, [1], ridge)
    assert modes.error[0] - target.norm_squared == pytest.approx(change, rel=1e-3)
    assert curve.error[0] - target.norm_squared == pytest.approx(change, rel=3e-3)


@pytest.fixture(scope="module")
def digits():
    """Images on the unit sphere, and which digit they show, one output for each, without its mean."""
    images, digit = load_digits(return_X_y=True)
    return images / np.linalg.norm(images, axis=1)[:, None], np.eye(10)[digit] - 0.1


def neural_tangent(images):
    kernel = ft.FullyConnected(2, "relu", weight_variance=2.0, bias_variance=0.1).ntk()
    return kernel(images @ images.T) / kernel.trace


def gaussian(images):
    return np.exp((images @ images.T - 1) / 0.5)


@pytest.mark.parametrize("kernel", [neural_tangent, gaussian])
def test_digits(digits, kernel):
    """At ridge K(x, x) theory and regression on draws agree to 1 %; measured: 0.6 % at most, ± 0.3 %.

    First-order perturbation theory needs modes that are few against n: it is 2 % off at n = 10.
    """
    images, y = digits
    K = kernel(images)
    spectrum, target = ft.Spectrum.from_gram(K, y)
    assert target.norm_squared == pytest.approx(0.9)
    sizes, repeats = [10, 30, 100, 300, 800], [400, 200, 100, 40, 16]
    curve, first = (
        of_modes(spectrum, target, sizes, 1.0),
        of_modes(spectrum, target, sizes, 1.0, "perturbative", 1),
    )
    assert curve.theory == "self-consistent"
    rng = np.random.default_rng(0)
    for n, times, theory, order_1 in zip(sizes, repeats, curve.error, first.error, strict=True):
        error, stderr = brute_force(K, y, n, 1.0, rng, times)
        assert stderr < 0.005 * error
        assert abs(theory - error) < 0.01 * error + 2 * stderr
        assert n < 100 or abs(order_1 - error) < 0.01 * error + 2 * stderr


def test_thousands_of_degrees_show_as_one_line(digits):
    result = ft.Spectrum.from_gram(gaussian(digits[0]), digits[1])
    assert len(result.spectrum.eigenvalues) > 1000
    assert len(repr(result)) < 250
    assert len(repr(ft.Spectrum.from_gram(gaussian(digits[0][:100]), digits[1][:100]).target)) < 100


def test_power_that_cannot_be_learnt_is_kept():
    """Labels orthogonal to all features stay at their mean square, and disturb what is learnt."""
    K = np.diag([3.0, 2.0, 0.0, 0.0])
    spectrum, target = ft.Spectrum.from_gram(K, [0.0, 1.0, 2.0, 3.0])
    assert spectrum.eigenvalues.tolist() == [0.75, 0.5, 0.0]
    assert spectrum.exact_multiplicities == (1, 1, 2)
    assert np.isinf(spectrum.relative_error[-1])
    assert dict(target.powers) == {1: 0.25, 2: 13 / 4}
    with pytest.warns(UserWarning, match="degree 2, where the kernel vanishes"):
        curve = ft.learning_curve(spectrum, target, n=[10], ridge=0.1)
    assert curve.error[0] > 13 / 4
    assert of_modes(spectrum, target, [10], 0.1).error[0] > 13 / 4


def test_labels_in_the_range_of_the_kernel_have_no_null_power():
    features = np.random.default_rng(5).normal(size=(200, 6))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        spectrum, target = ft.Spectrum.from_gram(features @ features.T, features @ np.arange(1.0, 7.0))
        ft.learning_curve(spectrum, target, n=[50], ridge=0.1)
    assert spectrum.exact_multiplicities == (1,) * 6 + (194,)
    assert target.max_degree == 5


def test_single_precision_has_its_own_rounding():
    K, y = low_rank(7, 60, 5)
    double, _ = ft.Spectrum.from_gram(K, y)
    single, _ = ft.Spectrum.from_gram(K.astype(np.float32), y)
    assert len(single.eigenvalues) == len(double.eigenvalues) == 6
    wrong = np.abs(single.eigenvalues - double.eigenvalues)[:5]
    assert (wrong < single.relative_error[:5] * single.eigenvalues[:5]).all()
    assert wrong.max() > 1e-12


GOOD = np.diag([2.0, 1.0, 0.5])


@pytest.mark.parametrize(
    ("K", "y", "match"),
    [
        (np.ones((2, 3)), [1, 2], r"K must be a square matrix \(got shape \(2, 3\)\)"),
        (np.ones(3), [1, 2, 3], r"K must be a square matrix \(got shape \(3,\)\)"),
        ([[1.0]], [1.0], r"K must hold at least 2 points \(got 1\)"),
        (np.empty((0, 0)), [], r"K must hold at least 2 points \(got 0\)"),
        ([[1.0, 0.5], [0.4, 1.0]], [1, 2], r"symmetric \(got entries 0.5 and 0.4 .* 0.1 apart"),
        (
            [[1.0, 2.0], [2.0, 1.0]],
            [1, 2],
            r"negative eigenvalues \(got -0.5 for K/2, .* rounding, .*explains",
        ),
        (-np.eye(2), [1, 2], "negative eigenvalues"),
        (np.zeros((2, 2)), [1, 2], "K must not be zero everywhere"),
        ([[1.0, np.nan], [np.nan, 1.0]], [1, 2], "K must be finite .got nan at row 0, column 1"),
        ([["a", "b"], ["c", "d"]], [1, 2], "K must be an array of real numbers"),
        ([[1.0, 2.0], [1.0]], [1, 2], "K must be an array of real numbers"),
        (np.eye(2) * 1j, [1, 2], "K must be an array of real numbers"),
        (GOOD, [1, 2], r"y must have shape \(3,\) or \(3, outputs\).*got shape \(2,\)"),
        (GOOD, np.ones((3, 0)), "y must have shape"),
        (GOOD, np.ones((3, 1, 1)), "y must have shape"),
        (GOOD, 1.0, "y must have shape"),
        (GOOD, [1.0, np.inf, 0.0], "y must be finite .got inf at point 1"),
        (GOOD, ["a", "b", "c"], r"y must be an array of real numbers \(got text, 'a'\)"),
        (GOOD, [0, 0, 0], "y must not be zero at every point"),
    ],
)
def test_bad_input(K, y, match):
    with pytest.raises(ValueError, match=match):
        ft.Spectrum.from_gram(K, y)


def test_rounding_is_not_refused():
    """A matrix whose smallest eigenvalues are rounding of either sign, and one not quite symmetric."""
    t = np.linspace(-1, 1, 300)
    K = np.exp(-((t[:, None] - t) ** 2))
    assert np.linalg.eigvalsh(K).min() < 0
    K[0, 1] *= 1 + 1e-15
    spectrum, _ = ft.Spectrum.from_gram(K, t)
    assert spectrum.exact_multiplicities[-1] > 250
    assert (spectrum.eigenvalues >= 0).all()
