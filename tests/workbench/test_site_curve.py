"""Learning curves on the points of a data set: what the theory of sites is asked, and what a user gets."""

import itertools
import json
import math

import numpy as np
import pytest
from sklearn.datasets import load_wine

import fieldtheory as ft
import replicas

WAYS = [
    (sampling, points)
    for sampling in ("with-replacement", "without-replacement")
    for points in ("all", "unseen")
]


def low_rank(seed=0, size=30, rank=6, outputs=2):
    """A Gram matrix of `rank` features, and random labels."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(size, rank)) * rng.uniform(0.3, 2.0, size=rank)
    return features @ features.T + 0.1 * np.eye(size), rng.normal(size=(size, outputs))


@pytest.fixture(scope="module")
def wine():
    """A Gaussian kernel between all 178 wines, which of three they are, and a random order of them."""
    table, kind = load_wine(return_X_y=True)
    table = (table - table.mean(axis=0)) / table.std(axis=0)
    squares = ((table[:, None] - table[None]) ** 2).sum(axis=-1)
    order = np.random.default_rng(5).permutation(len(kind))
    K = np.exp(-squares / (2 * np.median(squares)))
    return K[np.ix_(order, order)], np.eye(3)[kind][order]


def regression(K, y, drawn, ridge):
    """The posterior means at all points and the posterior variances of regression on some of the first."""
    solved = np.linalg.solve(
        K[np.ix_(drawn, drawn)] + ridge * np.eye(len(drawn)), np.hstack([y[drawn], K[drawn]])
    )
    outputs = y.shape[1]
    found = K[:, drawn] @ solved[:, :outputs]
    return found, np.diag(K) - np.einsum("ti,it->t", K[:, drawn], solved[:, outputs:])


@pytest.mark.parametrize(("sampling", "points"), WAYS)
def test_parts_add_up(sampling, points):
    """error = mean over points = sum over outputs = bias + variance, by output and with label noise."""
    curve = ft.learning_curve(
        *ft.Spectrum.from_gram(*low_rank()), [5, 12.5], 0.3, 0.2, sampling=sampling, points=points
    )
    assert isinstance(curve, ft.SiteCurve)
    assert curve.error_by_point.shape == (2, 30)
    assert curve.error_by_output.shape == (2, 2)
    noise = 0.2 * curve.label_noise_gain
    if points == "all":
        np.testing.assert_allclose(curve.error_by_point.mean(axis=1) + noise, curve.error, rtol=1e-12)
    np.testing.assert_allclose(curve.error_by_output.sum(axis=1), curve.error, rtol=1e-12)
    np.testing.assert_allclose(curve.training_error_by_output.sum(axis=1), curve.training_error, rtol=1e-12)
    np.testing.assert_allclose(curve.bias + curve.variance, curve.error, rtol=1e-12)
    np.testing.assert_allclose(curve.bias_by_output.sum(axis=1), curve.bias, rtol=1e-12)
    silent = ft.learning_curve(
        *ft.Spectrum.from_gram(*low_rank()), [5, 12.5], 0.3, sampling=sampling, points=points
    )
    np.testing.assert_allclose(silent.error_by_output.sum(axis=1), silent.error, rtol=1e-12)
    np.testing.assert_allclose(silent.error + noise, curve.error, rtol=1e-9)
    assert (curve.sampling, curve.points, curve.asked) == (sampling, points, "auto")
    assert repr(curve).startswith("SiteCurve(")
    assert len(repr(curve)) < 100


@pytest.mark.parametrize(("theory", "order"), [("self-consistent", None), ("loop-expansion", 1)])
def test_points_seen_and_not(theory, order):
    """M E = N E_train + (M − N) E_unseen, without replacement: the error of a point is one or the other."""
    data = ft.Spectrum.from_gram(*low_rank(1))
    n = np.array([4.0, 10.0, 22.0])
    options = {"ridge": 0.4, "theory": theory, "order": order, "sampling": "without-replacement"}
    seen = ft.learning_curve(*data, n, **options)
    unseen = ft.learning_curve(*data, n, **options, points="unseen")
    np.testing.assert_allclose(30 * seen.error, n * seen.training_error + (30 - n) * unseen.error, rtol=1e-12)


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("theory", ["self-consistent", "auto"])
def test_test_points_that_are_the_data(theory, outputs):
    """Points with the kernel and the label of data points have their errors, and posterior variances.

    Exactly for independent numbers of points on the sites; exactly N points are an expansion to 1/N², in
    which points that are never drawn differ a little from those that may be.
    """
    K, y = low_rank(2, outputs=outputs)
    close = 1e-8 if theory == "self-consistent" else 1e-2
    curve = ft.learning_curve(*ft.Spectrum.from_gram(K, y), [8, 20], 0.5, 0.1, theory=theory)
    test = curve.predicted(K, y, np.diag(K))
    for name in (
        "error",
        "bias",
        "variance",
        "error_by_point",
        "error_by_output",
        "bias_by_output",
        "label_noise_gain",
        "posterior_variance",
        "training_error",
        "effective_ridge",
        "coefficients",
    ):
        np.testing.assert_allclose(
            getattr(test, name), getattr(curve, name), rtol=close, atol=1e-12, err_msg=name
        )
    assert test.points == "given"
    part = curve.predicted(K[3:5], y[3:5], np.diag(K)[3:5])
    np.testing.assert_allclose(part.error_by_point, test.error_by_point[:, 3:5], rtol=1e-8)
    again = test.predicted(K[3:5], y[3:5], np.diag(K)[3:5])
    np.testing.assert_array_equal(again.error_by_point, part.error_by_point)


@pytest.mark.parametrize("sampling", ["with-replacement", "without-replacement"])
def test_held_out_wines(wine, sampling):
    """Training sets from 120 wines, error and posterior variance on the other 58, by brute force."""
    K, y = wine
    own, ridge, repeats = 120, 0.02, 600
    curve = ft.learning_curve(
        *ft.Spectrum.from_gram(K[:own, :own], y[:own]), [20, 60], ridge, sampling=sampling
    )
    test = curve.predicted(K[own:, :own], y[own:], 1.0)
    rng = np.random.default_rng(0)
    for place, n in enumerate((20, 60)):
        errors, variances = np.empty((repeats, 58)), np.empty(repeats)
        for repeat in range(repeats):
            drawn = rng.choice(own, n, replace=sampling == "with-replacement")
            mean, variance = regression(K, y, drawn, ridge)
            errors[repeat] = ((mean - y)[own:] ** 2).sum(axis=1)
            variances[repeat] = variance[own:].mean()
        error, stderr = errors.mean(), errors.mean(axis=1).std(ddof=1) / np.sqrt(repeats)
        assert stderr < 0.015 * error
        assert abs(test.error[place] - error) < test.error_bar[place] + 2 * stderr
        assert test.error_bar[place] < 0.05 * error
        assert test.posterior_variance[place] == pytest.approx(variances.mean(), rel=0.01)
        hardest = np.argsort(errors.mean(axis=0))[-10:]
        np.testing.assert_allclose(
            test.error_by_point[place, hardest], errors.mean(axis=0)[hardest], rtol=0.15
        )


def test_without_variances_a_lower_bound(wine):
    K, y = wine
    curve = ft.learning_curve(*ft.Spectrum.from_gram(K[:60, :60], y[:60]), [20], 0.05)
    bare, whole = curve.predicted(K[60:, :60], y[60:]), curve.predicted(K[60:, :60], y[60:], np.ones(118))
    assert any("variances of the test points" in text for text in bare.warnings)
    assert bare.posterior_variance[0] < whole.posterior_variance[0]
    assert bare.error[0] == pytest.approx(whole.error[0], rel=1e-12)


def test_powers_alone_are_random_signs():
    """The mean over all signs of the modes; labels beyond the modes in every direction there alike."""
    rng = np.random.default_rng(4)
    features = rng.normal(size=(7, 3))
    spectrum, _ = ft.Spectrum.from_gram(features @ features.T, rng.normal(size=7))
    vectors, left = np.linalg.qr(features)[0], np.linalg.svd(features)[0][:, 3:]
    values, rotation = np.linalg.eigh(features.T @ features)
    vectors = features @ rotation[:, ::-1] / np.sqrt(values[::-1])
    powers = {0: 0.2, 1: 0.5, 2: 1.0, 3: 0.8}
    errors = []
    for signs in itertools.product([1, -1], repeat=3):
        shape = vectors @ (np.array(signs) * np.sqrt([0.2, 0.5, 1.0]))
        for direction in left.T:
            for side in (1, -1):
                y = np.sqrt(7) * (shape + side * np.sqrt(0.8) * direction)
                target = ft.Target(powers, labels=y[:, None])
                with pytest.warns(UserWarning, match="kernel vanishes"):
                    curve = ft.learning_curve(spectrum, target, 4, 0.3, theory="self-consistent")
                errors.append(curve.error[0])
    with pytest.warns(UserWarning, match="kernel vanishes"):
        curve = ft.learning_curve(spectrum, ft.Target(powers), 4, 0.3, theory="self-consistent")
    assert curve.error[0] == pytest.approx(np.mean(errors), rel=1e-10)
    assert np.std(errors) > 0.01


def test_truncated_modes_are_ridge():
    """The kernel of the first modes alone, with the trace of the rest as ridge and as prior variance."""
    K, y = low_rank(6, size=25)
    spectrum, target = ft.Spectrum.from_gram(K, y)
    cut = spectrum.truncate(5)
    found = ft.learning_curve(cut, target, [10], 0.2)
    trimmed = ft.Spectrum.from_gram(cut.features @ cut.features.T, y)
    with pytest.warns(UserWarning, match="kernel vanishes"):
        expected = ft.learning_curve(*trimmed, [10], 0.2 + cut.tail)
    for name in ("error", "bias", "training_error", "label_noise_gain", "error_bar"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-8, err_msg=name)
    assert found.posterior_variance[0] == pytest.approx(expected.posterior_variance[0] + cut.tail)


def test_modes_are_judged_by_points():
    """A theory of modes has its own numbers, and as bar its distance from the theory of points."""
    data = ft.Spectrum.from_gram(*low_rank(7))
    best = ft.learning_curve(*data, [6, 20], 0.3)
    curve = ft.learning_curve(*data, [6, 20], 0.3, theory="perturbative", order=1)
    assert not isinstance(curve, ft.SiteCurve)
    np.testing.assert_allclose(curve.error_bar, abs(curve.error - best.error) + best.error_bar, rtol=1e-12)
    problem = replicas.Problem(
        data.spectrum, data.target.as_array(data.spectrum.max_degree), curve.n, 0.3, 0.0, "fixed"
    )
    modes = replicas.predict(problem, "perturbative", 1, error_bar=False)
    np.testing.assert_allclose(curve.error, modes.error, rtol=1e-10)


def test_many_kernels_on_the_same_points(wine):
    """A batch is each of its curves; labels are those of the target, for every kernel."""
    K, y = wine[0][:40, :40], wine[1][:40]
    spectra = [ft.Spectrum.from_gram(K**power, y).spectrum for power in (1, 2)]
    target = ft.Spectrum.from_gram(K, y).target
    batch = ft.learning_curves(spectra, target, [5, 20], [0.1, 0.4])
    for place, spectrum in enumerate(spectra):
        for number, ridge in enumerate((0.1, 0.4)):
            curve = ft.learning_curve(spectrum, target, [5, 20], ridge)
            np.testing.assert_array_equal(batch.error[place, number], curve.error)
            np.testing.assert_array_equal(batch.error_bar[place, number], curve.error_bar)
    np.testing.assert_array_equal(batch.curve(1, 0).error, batch.error[1, 0])
    own = ft.learning_curve(*ft.Spectrum.from_gram(K**2, y), [5, 20], 0.1)
    np.testing.assert_allclose(batch.error[1, 0], own.error, rtol=1e-12)
    modes = ft.learning_curves(spectra, target, [5, 20], 0.4, theory="perturbative", order=1)
    alone = ft.learning_curve(*ft.Spectrum.from_gram(K**2, y), [5, 20], 0.4, theory="perturbative", order=1)
    np.testing.assert_allclose(modes.error[1, 0], alone.error, rtol=1e-9)


@pytest.mark.parametrize("sampling", ["with-replacement", "without-replacement"])
def test_least_norm_beyond_the_rank(sampling):
    """Ridge 0 on both sides of the five modes, against solutions of least norm: a list keeps every size."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(40, 5))
    K, y = features @ features.T, features[:, 0] + features[:, 1] ** 2
    n = [2, 5, 8, 10, 20, 35]
    with pytest.warns(UserWarning, match="kernel vanishes"):
        curve = ft.learning_curve(*ft.Spectrum.from_gram(K, y), n, sampling=sampling)
    brute = ft.simulate_gram(K, y, n, sampling=sampling, repeats=1000)
    with np.errstate(invalid="ignore"):
        off, within = abs(curve.error - brute.error), curve.error_bar + 2 * brute.error_stderr
    known = np.isfinite(curve.error)
    assert known.tolist() == [True, sampling == "with-replacement", True, True, True, True]
    assert (off < within)[[0, 2, 3, 4, 5]].all()
    assert (curve.error_bar < 0.5 * curve.error)[[0, 3, 4, 5]].all()
    assert (curve.error_bar < 0.02 * curve.error)[4:].all()
    assert any("n = 5" in text for text in curve.warnings)
    with (
        pytest.warns(match="kernel vanishes"),
        pytest.raises(ValueError, match="ridge must be positive at n = 5"),
    ):
        ft.learning_curve(*ft.Spectrum.from_gram(K, y), 5, sampling="without-replacement")
    np.testing.assert_allclose(curve.training_error[:1], 0, atol=1e-12)


@pytest.mark.parametrize("ridge", [1e-320, 1e-100, 1e-30])
def test_a_ridge_that_no_digit_feels(ridge):
    K, y = low_rank(9)
    data = ft.Spectrum.from_gram(K, y)
    np.testing.assert_allclose(
        ft.learning_curve(*data, [5, 20], ridge).error, ft.learning_curve(*data, [5, 20]).error, rtol=1e-10
    )


def test_points_that_the_kernel_does_not_see():
    """K diagonal, partly zero: y² <(1 + K_ii n/ridge)^-2> with n binomial, and y² where K is zero."""
    K, y, ridge = np.diag([3.0, 2.0, 0.0, 0.0]), np.array([1.0, 1.0, 2.0, 3.0]), 0.1
    with pytest.warns(UserWarning, match="kernel vanishes"):
        curve = ft.learning_curve(*ft.Spectrum.from_gram(K, y), 10, ridge)
    chances = np.array([math.comb(10, n) * 0.25**n * 0.75 ** (10 - n) for n in range(11)])
    exact = [y[i] ** 2 * chances @ (1 + K[i, i] * np.arange(11) / ridge) ** -2.0 for i in range(4)]
    np.testing.assert_allclose(curve.error_by_point[0], exact, rtol=1e-3)
    np.testing.assert_allclose(curve.error_by_point[0, 2:], [4, 9], rtol=1e-12)


def test_records(tmp_path):
    """A table has columns by output and none by point; xarray has points and outputs as coordinates."""
    curve = ft.learning_curve(*ft.Spectrum.from_gram(*low_rank()), [5, 12], 0.3)
    curve.to_csv(tmp_path / "curve.csv")
    heads = (tmp_path / "curve.csv").read_text().splitlines()[0].split(",")
    assert {"error_by_output_0", "error_by_output_1"} <= set(heads)
    assert not any("by_point" in head for head in heads)
    data = curve.to_xarray()
    assert data.error_by_point.dims == ("n", "point")
    assert data.error_by_output.dims == ("n", "output")
    assert data.coefficients.dims == ("n", "degree")
    again = json.loads(json.dumps(curve.to_dict()))
    assert again["error_by_point"] == curve.error_by_point.tolist()
    assert "problem" not in again
    assert curve.coefficients.shape == curve.error_by_degree.shape == (2, 30)


DATA = ft.Spectrum.from_gram(*low_rank())
SPHERE = ft.Spectrum.from_arrays([0.4, 0.3], [1, 5], dim=5), ft.Target({1: 1.0})


@pytest.mark.parametrize(
    ("data", "options", "match"),
    [
        (DATA, {"sampling": "twice"}, "sampling must be one of 'with-replacement', 'without-replacement'"),
        (DATA, {"points": "new"}, "points must be one of 'all', 'unseen'"),
        (DATA, {"points": 3}, "points must be one of"),
        (DATA, {"ensemble": "poisson"}, "ensemble must be 'fixed' for .* Gram matrix"),
        (DATA, {"n": 31, "sampling": "without-replacement"}, "n must be at most 30"),
        (DATA, {"n": 30, "sampling": "without-replacement", "points": "unseen"}, "n must leave .* unseen"),
        (DATA, {"n": 200, "points": "unseen"}, "n must leave at least one of the 30 points unseen"),
        (
            DATA,
            {"theory": "perturbative", "order": 1, "points": "unseen"},
            "points must be 'all' for theory=",
        ),
        (
            DATA,
            {"theory": "perturbative", "order": 1, "sampling": "without-replacement"},
            "sampling must be 'with-replacement' for theory='perturbative', which knows modes only",
        ),
        (DATA, {"theory": "loop-expansion", "order": 2}, "order must be an integer from 0 to 1"),
        (DATA, {"order": 1}, 'order must be None for theory="auto"'),
        (SPHERE, {"sampling": "with-replacement"}, "sampling must be left out for a spectrum without points"),
        (SPHERE, {"points": "all"}, "points must be left out for a spectrum without points"),
        (
            (DATA.spectrum, ft.Spectrum.from_gram(*low_rank(size=20)).target),
            {},
            "target must have labels for the 30 points of the spectrum .got 20",
        ),
        (ft.Spectrum.from_gram(np.eye(3), np.ones(3)), {}, "y must not be the same at every point"),
    ],
)
def test_refusals(data, options, match):
    with pytest.raises(ValueError, match=match):
        ft.learning_curve(*data, **{"n": 5, "ridge": 0.1} | options)


def test_what_test_points_are_not():
    """Another number of points or outputs, no numbers, and rows that are no kernel together with K."""
    rng = np.random.default_rng(8)
    features = rng.normal(size=(20, 3))
    curve = ft.learning_curve(*ft.Spectrum.from_gram(features @ features.T, features), [5], 0.1)
    test = rng.normal(size=(4, 3))
    K_test, y_test = test @ features.T, rng.normal(size=(4, 3))
    curve.predicted(K_test, y_test, (test**2).sum(axis=1))
    curve.predicted(K_test.astype(np.float32), y_test, 1.01 * (test**2).sum(axis=1))
    for K, y, variances, match in [
        (K_test[:, :-1], y_test, None, r"K_test must have shape \(tests, 20\)"),
        (K_test[0], y_test, None, "K_test must be real numbers, an array of"),
        (K_test * np.nan, y_test, None, "K_test must be finite"),
        (K_test, y_test[:2], None, r"y_test must have shape \(4,\) or \(4, outputs\)"),
        (K_test, y_test[:, :2], None, "y_test must have 3 outputs, as y .got 2"),
        (K_test + rng.normal(size=K_test.shape), y_test, None, "K_test must be a kernel together with K"),
        (K_test, y_test, 1e-3, "variances must be at least what K_test says of them"),
        (K_test, y_test, [1.0, 2.0], "variances must be K.x, x. of each of the 4 test points"),
        (K_test, y_test, -1.0, "variances must not be negative"),
    ]:
        with pytest.raises(ValueError, match=match):
            curve.predicted(K, y, variances)


def test_a_narrow_kernel_far_away_is_no_contradiction(wine):
    """Rows of a kernel with eigenvalues from 1 down to rounding, and of points that it does not reach."""
    t = np.linspace(-1, 1, 60)
    K = np.exp(-((t[:, None] - t) ** 2))
    curve = ft.learning_curve(*ft.Spectrum.from_gram(K, t), [10], 0.01)
    places = np.array([0.05, 1.5, 9.0])
    test = curve.predicted(np.exp(-((places[:, None] - t) ** 2)), places, 1.0)
    assert test.error_by_point[0, 2] == pytest.approx(81.0, rel=1e-6)
    assert test.error_by_point[0, 0] < 0.01
