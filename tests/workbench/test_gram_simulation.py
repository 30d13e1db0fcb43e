"""Regression on draws from a data set: published runs, plain linear algebra, enumeration, closed forms."""

from __future__ import annotations

import csv
import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

import fieldtheory as ft
from fieldtheory.workbench.simulation.gram_regression import (
    GramRegression,
    draws,
    regress_on_gram,
    regress_on_points,
)
from tests.gram_problems import ROWS, problem

SAMPLINGS = ("with-replacement", "without-replacement")
FIELDS = (
    "error",
    "bias",
    "variance",
    "posterior_variance",
    "label_noise_gain",
    "training_error",
    "error_by_point",
    "error_by_output",
    "bias_by_output",
    "training_error_by_output",
)


def random_problem(seed, size, rank=None, outputs=None):
    """A Gram matrix of `rank` features, of points known to different degrees, and labels."""
    rng = np.random.default_rng(seed)
    rank = 2 * size if rank is None else rank
    features = rng.normal(size=(size, rank)) * rng.uniform(0.2, 2.0, size=(size, 1)) / np.sqrt(rank)
    return features @ features.T, rng.normal(size=size if outputs is None else (size, outputs))


def regression(K, y, n, ridge, seed=0, replacement=True, unseen=False):
    labels = np.asarray(y).reshape(len(K), -1)
    eps = float(np.finfo(float).eps)
    return GramRegression(n, K, labels, ridge, seed, eps, replacement, unseen)


def plain(K, y, drawn, ridge, unseen):
    """All averages of one training set, by the inverse of K(D, D) + ridge with its copies, in NumPy."""
    y = y.reshape(len(K), -1)
    inverse = np.linalg.inv(K[np.ix_(drawn, drawn)] + ridge * np.eye(len(drawn)))
    weights = K[:, drawn] @ inverse
    averaged = np.setdiff1d(np.arange(len(K)), drawn) if unseen else np.arange(len(K))
    variance = np.diagonal(K) - np.einsum("ij,ij->i", weights, K[:, drawn])
    residuals = y - weights @ y[drawn]
    return {
        "residuals": residuals,
        "error_by_output": (residuals[averaged] ** 2).mean(axis=0),
        "posterior_variance": variance[averaged].mean(),
        "label_noise_gain": (weights[averaged] ** 2).sum(axis=1).mean(),
        "training_by_output": (residuals[drawn] ** 2).mean(axis=0),
        "training_label_noise": ((np.eye(len(drawn)) - weights[drawn]) ** 2).sum() / len(drawn),
    }


@settings(max_examples=60)
@given(
    st.integers(0, 10**6),
    st.integers(2, 12),
    st.integers(1, 20),
    st.sampled_from([1e-3, 0.1, 3.0]),
    st.sampled_from([None, 3]),
    st.booleans(),
    st.booleans(),
)
def test_one_training_set(seed, size, n, ridge, outputs, replacement, unseen):
    """f = K(·, D)(K(D, D) + σ²)⁻¹ y(D): merging copies changes no average."""
    n = n if replacement else min(n, size)
    K, y = random_problem(seed, size, outputs=outputs)
    task = regression(K, y, n, ridge, seed, replacement, unseen)
    drawn = draws(task, 3)
    if unseen and len(set(drawn)) == size:
        return
    found, expected = regress_on_gram(task, 3), plain(K, y, drawn, ridge, unseen)
    np.testing.assert_allclose(found.residuals, expected["residuals"], rtol=1e-8, atol=1e-9)
    for name in (
        "posterior_variance",
        "label_noise_gain",
        "training_by_output",
        "training_label_noise",
    ):
        np.testing.assert_allclose(getattr(found, name), expected[name], rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("unseen", [False, True])
@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_means_and_standard_errors(sampling, unseen):
    """Means over training sets of the averages of each, their scatter/√R; two outputs, with label noise."""
    K, y = random_problem(5, 12, outputs=2)
    arguments = {"ridge": 0.05, "label_noise": 0.3, "sampling": sampling, "repeats": 9, "seed": 2}
    found = ft.simulate_gram(K, y, [6], points="unseen" if unseen else "all", **arguments)
    task = regression(K, y, 6, 0.05, 2, sampling == SAMPLINGS[0], unseen)
    rows = [plain(K, y, draws(task, repeat), 0.05, unseen) for repeat in range(9)]
    gain = np.array([row["label_noise_gain"] for row in rows])
    noise = np.array([row["training_label_noise"] for row in rows])
    samples = {
        "error_by_output": np.array([row["error_by_output"] for row in rows]) + 0.15 * gain[:, None],
        "training_error_by_output": np.array([row["training_by_output"] for row in rows])
        + 0.15 * noise[:, None],
        "label_noise_gain": gain,
        "posterior_variance": np.array([row["posterior_variance"] for row in rows]),
    }
    samples["error"] = samples["error_by_output"].sum(axis=1)
    samples["training_error"] = samples["training_error_by_output"].sum(axis=1)
    for name, each in samples.items():
        np.testing.assert_allclose(getattr(found, name)[0], each.mean(axis=0), rtol=1e-10)
        spread = each.std(axis=0, ddof=1) / 3
        np.testing.assert_allclose(getattr(found, name + "_stderr")[0], spread, rtol=1e-6)
    residuals = np.array([row["residuals"] for row in rows])
    in_use = np.ones((9, 12), dtype=bool)
    if unseen:
        in_use = np.array([~np.isin(np.arange(12), draws(task, repeat)) for repeat in range(9)])
    for point in range(12):
        mine = (residuals[in_use[:, point], point] ** 2).sum(axis=1)
        assert found.error_by_point[0, point] == pytest.approx(mine.mean(), rel=1e-10)
        assert found.error_by_point_stderr[0, point] == pytest.approx(
            mine.std(ddof=1) / np.sqrt(len(mine)), rel=1e-6
        )
    assert found.error_by_output.sum() == pytest.approx(found.error[0])
    assert found.bias_by_output.sum() == pytest.approx(found.bias[0])
    assert found.bias[0] + found.variance[0] == pytest.approx(found.error[0])


@pytest.mark.parametrize("unseen", [False, True])
@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_enumeration_of_all_training_sets(sampling, unseen):
    """M = 5, N = 3: the mean over all 125 (or 60) ordered draws, the bias of their mean fit.

    Equation: gram-error
    """
    K, y = random_problem(11, 5, outputs=2)
    ridge, noise = 0.02, 0.2
    every = [
        np.array(drawn)
        for drawn in itertools.product(range(5), repeat=3)
        if sampling == SAMPLINGS[0] or len(set(drawn)) == 3
    ]
    rows = [plain(K, y, drawn, ridge, unseen) for drawn in every]
    gain = np.mean([row["label_noise_gain"] for row in rows])
    in_use = np.array([~np.isin(np.arange(5), drawn) if unseen else np.ones(5, bool) for drawn in every])
    residuals = np.array([row["residuals"] for row in rows])
    mean = (residuals * in_use[:, :, None]).sum(axis=0) / in_use.sum(axis=0)[:, None]
    square = (residuals**2 * in_use[:, :, None]).sum(axis=(0, 2)) / in_use.sum(axis=0)
    by_output = np.mean([row["error_by_output"] for row in rows], axis=0) + noise / 2 * gain
    exact = {
        "error": by_output.sum(),
        "error_by_output": by_output,
        "error_by_point": square,
        "bias": (mean**2).sum() / 5,
        "bias_by_output": (mean**2).sum(axis=0) / 5,
        "variance": by_output.sum() - (mean**2).sum() / 5,
        "label_noise_gain": gain,
        "posterior_variance": np.mean([row["posterior_variance"] for row in rows]),
        "training_error_by_output": np.mean([row["training_by_output"] for row in rows], axis=0)
        + noise / 2 * np.mean([row["training_label_noise"] for row in rows]),
    }
    arguments = {"ridge": ridge, "label_noise": noise, "sampling": sampling}
    arguments["points"] = "unseen" if unseen else "all"
    many = ft.simulate_gram(K, y, 3, repeats=3000, **arguments)
    for name, value in exact.items():
        deviation = np.abs(getattr(many, name)[0] - value)
        assert (deviation < 4 * getattr(many, name + "_stderr")[0] + 1e-12).all(), name
    # Ten sets each: their standard errors tell the scatter, and the bias has none of the variance in it.
    some = [ft.simulate_gram(K, y, 3, repeats=10, seed=seed, **arguments) for seed in range(1, 101)]
    for name in ("error", "bias", "variance"):
        values = np.array([getattr(one, name)[0] for one in some])
        claimed = np.sqrt(np.mean([getattr(one, name + "_stderr")[0] ** 2 for one in some]))
        assert 0.7 < values.std() / claimed < 1.4, name
        assert abs(values.mean() - exact[name]) < 4 * values.std() / 10, name


def digest(row, repeats):
    """The error of a row by its own protocol: one generator, one call of choice for each training set."""
    K, y = problem(row)
    rng = np.random.default_rng(row["seed"])
    task = regression(K, y, row["N"], row["ridge"], 0, row["replacement"], row["points"] == "unseen")
    errors = []
    for _ in range(repeats):
        found = regress_on_points(task, rng.choice(len(K), row["N"], replace=row["replacement"]))
        kept = ~found.drawn if task.unseen else slice(None)
        errors.append((found.residuals[kept] ** 2).sum(axis=1).mean())
    return np.mean(errors), np.std(errors, ddof=1) / np.sqrt(repeats)


@pytest.mark.parametrize("name", ["digits-1-all", "digits-1-unseen", "wine-55-all", "diabetes-40-unseen"])
def test_published_rows_to_the_digit(name):
    """The same training sets give the same error and standard error."""
    row = next(each for each in ROWS if each["id"] == name)
    np.testing.assert_allclose(digest(row, row["reps"]), (row["err"], row["err_se"]), rtol=1e-9)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_published_rows(row):
    """Training sets of our own agree with every row within 4 standard errors of both."""
    K, y = problem(row)
    sampling = SAMPLINGS[0] if row["replacement"] else SAMPLINGS[1]
    found = ft.simulate_gram(
        K, y, row["N"], row["ridge"], sampling=sampling, points=row["points"], repeats=40
    )
    assert abs(found.error[0] - row["err"]) < 4 * np.hypot(found.error_stderr[0], row["err_se"])
    assert found.error_stderr[0] < 0.05 * found.error[0]
    assert found.warnings == ()


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(3, 12), st.floats(0.01, 1.0))
def test_all_points_are_training_points_or_unseen(seed, size, ridge):
    """M E = N E_train + (M − N) E_unseen without replacement, at every size."""
    K, y = random_problem(seed, size)
    sizes = list(range(1, size))
    arguments = {"ridge": ridge, "sampling": "without-replacement", "repeats": 3, "seed": seed}
    whole = ft.simulate_gram(K, y, sizes, **arguments)
    unseen = ft.simulate_gram(K, y, sizes, points="unseen", **arguments)
    sums = whole.n * whole.training_error + (size - whole.n) * unseen.error
    np.testing.assert_allclose(size * whole.error, sums, rtol=1e-12)


def test_points_that_do_not_feel_each_other():
    """K diagonal: e_i = y_i² ⟨(1 + K_ii c/σ²)⁻²⟩, c binomial; unseen points keep their whole label."""
    diagonal, y, n, ridge = np.array([0.5, 1.0, 2.0, 3.0, 4.0]), np.arange(1.0, 6.0), 4, 0.7
    counts = np.arange(n + 1)
    weights = np.array([mp.binomial(n, c) * 0.2**c * 0.8 ** (n - c) for c in counts], dtype=float)
    factors = (1 + diagonal[:, None] * counts / ridge) ** -2.0
    found = ft.simulate_gram(np.diag(diagonal), y, n, ridge, repeats=4000)
    exact = y**2 * (factors @ weights)
    assert (np.abs(found.error_by_point[0] - exact) < 4 * found.error_by_point_stderr[0]).all()
    unseen = ft.simulate_gram(np.diag(diagonal), y, n, ridge, points="unseen", repeats=40)
    np.testing.assert_allclose(unseen.error_by_point[0], y**2, rtol=1e-14)
    assert unseen.label_noise_gain.tolist() == [0.0]


@pytest.mark.parametrize("n", [4, 10, 25, 60])
def test_solutions_of_least_norm(n):
    """Ten features at ridge 0: f = φ·w, w of least norm among the least squares on the draws (NumPy)."""
    rng = np.random.default_rng(1)
    features, y = rng.normal(size=(30, 10)), rng.normal(size=30)
    K = features @ features.T
    task = regression(K, y, n, 0.0)
    for repeat in range(5):
        drawn = draws(task, repeat)
        weights = features @ np.linalg.pinv(features[drawn])
        found = regress_on_gram(task, repeat)
        np.testing.assert_allclose(found.residuals[:, 0], y - weights @ y[drawn], atol=1e-8)
        assert found.label_noise_gain == pytest.approx((weights**2).sum(axis=1).mean(), rel=1e-8)
        assert found.training_by_output[0] == pytest.approx(
            ((y - weights @ y[drawn])[drawn] ** 2).mean(), abs=1e-12
        )
        missed = np.eye(n) - weights[drawn]
        assert found.training_label_noise == pytest.approx((missed**2).sum() / n, abs=1e-10)
        variance = ((features - weights @ features[drawn]) ** 2).sum(axis=1).mean()
        assert found.posterior_variance == pytest.approx(variance, abs=1e-10)


def test_least_norm_is_said():
    K, y = random_problem(2, 30, rank=5)
    found = ft.simulate_gram(K, y, [3, 20])
    (warning,) = found.warnings
    assert warning == (
        "n = 20: solutions of least norm for 20 training sets of 20, where K has 5 modes above rounding, "
        "fewer than points"
    )


def test_single_precision_has_its_own_rounding():
    """A float32 matrix of rank 5 has 5 modes, whatever its rounding makes of the others."""
    K, y = random_problem(2, 30, rank=5)
    exact = ft.simulate_gram(K, y, [20], repeats=5)
    single = ft.simulate_gram(K.astype(np.float32), y, [20], repeats=5)
    assert "K has 5 modes" in single.warnings[0]
    assert single.error[0] == pytest.approx(exact.error[0], rel=1e-4)
    assert single.error[0] != exact.error[0]


@pytest.mark.parametrize("ridge", [1e-6, 1e-10])
def test_rounding_is_stated(ridge):
    """Error and V of one training set against 50 digits: within 10 times the stated rounding."""
    x = np.linspace(-1, 1, 20)
    K, y = np.exp(-2 * (x[:, None] - x) ** 2), np.sign(x)
    task = regression(K, y, 14, ridge, seed=4)
    drawn = draws(task, 0)
    with mp.workdps(50):
        A, rows = mp.matrix(K[np.ix_(drawn, drawn)].tolist()), mp.matrix(K[:, drawn].tolist())
        weights = rows * (A + mp.mpf(ridge) * mp.eye(14)) ** -1
        fit, explained = weights * mp.matrix(y[drawn].tolist()), weights * rows.T
        error = float(mp.fsum((fit[i] - y[i]) ** 2 for i in range(20)) / 20)
        variance = float(mp.fsum(K[i, i] - explained[i, i] for i in range(20)) / 20)
    found = regress_on_gram(task, 0)
    assert abs((found.residuals**2).mean() - error) < 10 * found.rounding < 1e-2 * error
    assert abs(found.posterior_variance - variance) < 10 * found.rounding_of_variance + 1e-15


def test_one_and_two_processes_and_other_sizes():
    """Training set r of size N is a function of (seed, N, r) alone."""
    K, y = random_problem(7, 20)
    arguments = {"ridge": 0.1, "repeats": 5, "seed": 3}
    one = ft.simulate_gram(K, y, [5, 10], jobs=1, **arguments)
    two = ft.simulate_gram(K, y, [5, 10], jobs=2, **arguments)
    alone = ft.simulate_gram(K, y, 10, **arguments)
    assert one.to_dict() == two.to_dict()
    assert one.error[1] == alone.error[0] != ft.simulate_gram(K, y, 10, 0.1, repeats=5).error[0]


def test_points_in_every_training_set():
    """A point that no training set leaves out has no error as an unseen one: nan, and said."""
    K, y = random_problem(3, 4)
    found = ft.simulate_gram(K, y, 4, 0.1, points="unseen", repeats=4)
    task = regression(K, y, 4, 0.1)
    times = sum(~np.isin(np.arange(4), draws(task, r)) for r in range(4))
    assert np.isnan(found.error_by_point[0]).tolist() == (times == 0).tolist()
    assert np.isnan(found.error_by_point_stderr[0]).tolist() == (times < 2).tolist()
    assert f"n = 4: {(times < 2).sum()} points in all training sets but one at most" in found.warnings[0]
    assert 0 < (times == 0).sum() < 4
    assert np.isfinite([found.error[0], found.bias[0], found.variance[0]]).all()


def test_results_as_tables(tmp_path):
    """Columns over n and output in CSV, arrays over point as well in xarray, everything in JSON."""
    K, y = random_problem(8, 6, outputs=2)
    found = ft.simulate_gram(K, y, [2, 4], 0.1, repeats=4, seed=5)
    assert repr(found).startswith("GramSimulation(n = 2 ... 4 (2), error ")
    assert json.loads(json.dumps(found.to_dict()))["error_by_point"] == found.error_by_point.tolist()
    found.to_csv(tmp_path / "found.csv")
    with open(tmp_path / "found.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["error_by_output_1"]) for row in rows] == found.error_by_output[:, 1].tolist()
    assert not any("by_point" in name for name in rows[0])
    data = found.to_xarray()
    for name in FIELDS:
        np.testing.assert_array_equal(data[name], getattr(found, name))
    assert data["error_by_point"].dims == ("n", "point")
    assert data["bias_by_output_stderr"].dims == ("n", "output")
    assert data.attrs["sampling"] == "with-replacement"
    assert found.plot().get_xlabel()


def test_negative_eigenvalues_up_to_rounding():
    """Refused where `Spectrum.from_gram` refuses: rank 3 with a little taken off, in float64 and float32."""
    features = np.random.default_rng(4).normal(size=(60, 3))
    K, y = features @ features.T, np.arange(60.0)
    for dtype in (np.float64, np.float32):
        eps = float(np.finfo(dtype).eps)
        for share, refused in ((1e-2, False), (0.3, False), (30.0, True)):
            less = (K - share * 60 * eps * np.linalg.norm(K, 2) * np.eye(60)).astype(dtype)
            for call in (lambda K: ft.simulate_gram(K, y, 10, 1.0), lambda K: ft.Spectrum.from_gram(K, y)):
                if refused:
                    with pytest.raises(ValueError, match="K must have no negative eigenvalues"):
                        call(less)
                else:
                    call(less)


GOOD = np.diag([2.0, 1.0, 0.5])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"K": np.ones((2, 3))}, "K must be a square matrix"),
        ({"K": [[1.0]], "y": [1.0]}, "K must hold at least 2 points"),
        ({"K": [[1.0, 0.5], [0.4, 1.0]], "y": [1, 2]}, "K must be symmetric"),
        ({"K": [[1.0, 2.0], [2.0, 1.0]], "y": [1, 2]}, "K must have no negative eigenvalues"),
        ({"K": GOOD * np.nan}, "K must be finite"),
        ({"K": np.zeros((3, 3))}, "K must not be zero everywhere"),
        ({"y": [1, 2]}, "y must have shape"),
        ({"y": [1.0, np.inf, 0.0]}, "y must be finite"),
        ({"y": [0, 0, 0]}, "y must not be zero"),
        ({"y": [2.0, 2.0, 2.0]}, r"y must not be the same at every point \(got \[2.0\]"),
        ({"n": 0}, "n must be at least 1"),
        (
            {"n": [2, 4], "sampling": "without-replacement"},
            "n must be at most 3, .* without replacement .got 4",
        ),
        ({"n": 40, "points": "unseen"}, "n must leave at least one of the 3 points unseen .got 40"),
        (
            {"n": 3, "points": "unseen", "sampling": "without-replacement"},
            "n must leave at least one of the 3 points unseen .got 3",
        ),
        ({"sampling": "with"}, "sampling must be one of"),
        ({"points": "test"}, "points must be one of"),
        ({"ridge": -1.0}, "ridge must be finite"),
        ({"label_noise": -1.0}, "label_noise must be finite"),
        ({"repeats": 1}, "repeats must be at least 2"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"jobs": 0}, "jobs must be at least 1"),
        ({"progress": "yes"}, "progress must be True or False"),
    ],
)
def test_bad_input(changes, message):
    with pytest.raises(ValueError, match=message):
        ft.simulate_gram(**{"K": GOOD, "y": [1.0, 2.0, 3.0], "n": 2} | changes)
