"""Learning curves as the user meets them: fields, forms of n, refusals, files."""

from __future__ import annotations

import csv
import dataclasses
import json
import time
import tracemalloc
import warnings

import numpy as np
import pytest

import fieldtheory as ft
from fieldtheory.workbench.learning_curve import learning_curve
from fieldtheory.workbench.records import CURVE_COLUMNS, PARTS

BY_N = (
    "n", "error", "bias", "variance", "error_bar", "effective_ridge", "posterior_variance",
    "label_noise_gain", "training_error",
)  # fmt: skip
BY_DEGREE = ("coefficients", "error_by_degree")


@pytest.fixture(scope="module")
def spectrum():
    return (
        ft.FullyConnected(2, "erf", weight_variance=2.0, bias_variance=0.1)
        .ntk()
        .spectrum(dim=5, max_degree=12)
    )


TARGET = ft.Target({1: 0.25, 2: 1.0})


@pytest.mark.parametrize("theory", ["auto", "self-consistent", "equivalent-kernel"])
@pytest.mark.parametrize("dim", [2, 5, 50, 10**4])
def test_contract(theory, dim):
    """Every field of the contract, finite, float64, with its shape; error = bias + variance."""
    spectrum = ft.FullyConnected(2, "erf", weight_variance=2.0, bias_variance=0.1).ntk().spectrum(dim=dim)
    curve = ft.learning_curve(spectrum, TARGET, n=[50, 100, 200], ridge=0.1, label_noise=0.2, theory=theory)
    for name in BY_N:
        value = getattr(curve, name)
        assert (value.shape, value.dtype) == ((3,), np.float64), name
        assert (np.isfinite(value) & (value >= 0)).all(), name
    for name in BY_DEGREE:
        value = getattr(curve, name)
        assert (value.shape, value.dtype) == ((3, spectrum.max_degree + 1), np.float64), name
        assert np.isfinite(value).all(), name
    np.testing.assert_allclose(curve.error, curve.bias + curve.variance, rtol=1e-12)
    assert ((curve.coefficients >= 0) & (curve.coefficients <= 1)).all()
    assert (curve.theory, curve.order) == (("loop-expansion", 1) if theory == "auto" else (theory, None))
    assert curve.converged.all()
    assert curve.ensemble == "fixed"
    assert (curve.ridge, curve.label_noise) == (0.1, 0.2)
    assert all(isinstance(text, str) for text in (*curve.references, *curve.warnings))
    assert any("1906.05301" in text for text in curve.references)


def test_defaults(spectrum):
    """ridge 0, no label noise, "auto", "fixed"."""
    short = learning_curve(spectrum, TARGET, [10, 20])
    full = learning_curve(
        spectrum,
        TARGET,
        [10, 20],
        ridge=0.0,
        label_noise=0.0,
        theory="loop-expansion",
        order=1,
        ensemble="fixed",
    )
    assert short.to_dict() == full.to_dict()


@pytest.mark.parametrize(
    "form",
    [
        lambda: [10, 20, 30],
        lambda: (10, 20, 30),
        lambda: range(10, 31, 10),
        lambda: (x for x in (10, 20, 30)),
        lambda: map(float, (10, 20, 30)),
        lambda: np.array([10, 20, 30]),
        lambda: np.array([10, 20, 30], dtype=np.uint8),
        lambda: np.array([10.0, 20.0, 30.0], dtype=np.float32)[::1],
        lambda: {10: None, 20: None, 30: None}.keys(),
    ],
)
def test_forms_of_n(spectrum, form):
    expected = learning_curve(spectrum, TARGET, [10.0, 20.0, 30.0], ridge=0.1)
    assert learning_curve(spectrum, TARGET, form(), ridge=0.1).to_dict() == expected.to_dict()


@pytest.mark.parametrize("n", [20, 20.0, np.int64(20), np.float64(20), np.array(20), [20], np.array([20])])
def test_one_n(spectrum, n):
    """A number is a curve of one point, the same point as in a longer curve."""
    alone = learning_curve(spectrum, TARGET, n, ridge=0.1)
    assert alone.n.tolist() == [20.0]
    assert alone.coefficients.shape == (1, 13)
    assert alone.error[0] == pytest.approx(
        learning_curve(spectrum, TARGET, [5, 20], ridge=0.1).error[1], rel=1e-13
    )


def test_order_of_n_is_kept(spectrum):
    mixed = learning_curve(spectrum, TARGET, [300, 10, 10, 40], ridge=0.1)
    assert mixed.n.tolist() == [300, 10, 10, 40]
    falling = learning_curve(spectrum, TARGET, [10, 10, 40, 300], ridge=0.1)
    for name in (*BY_N, *BY_DEGREE):
        rtol = 1e-7 if name == "error_bar" else 1e-13  # the bar takes a second difference
        np.testing.assert_allclose(
            getattr(mixed, name)[[1, 2, 3, 0]], getattr(falling, name), rtol=rtol, err_msg=name
        )


def test_input_is_not_touched_or_shared(spectrum):
    n = np.array([10.0, 20.0])
    curve = learning_curve(spectrum, TARGET, n)
    n[0] = -1
    assert curve.n.tolist() == [10, 20]


def test_frozen(spectrum):
    curve = learning_curve(spectrum, TARGET, [10])
    with pytest.raises(AttributeError):
        curve.error = 0


BAD_N = [
    (0, "0"), ([10, -5], "-5"), ([10, float("nan")], "nan"), ([float("inf")], "inf"), (float("-inf"), "-inf"),
    ("abc", "'abc'"), (["a", "b"], "'a'"), ([], r"\[\]"), (np.empty(0), "array"),
    ([[1, 2], [3, 4]], r"\[\[1, 2\]"),
    (range(0), "range"), ([None], "nan|None"),
]  # fmt: skip


@pytest.mark.parametrize(("n", "value"), BAD_N)
def test_bad_n(spectrum, n, value):
    """The message names n, what it got, and what is right."""
    with pytest.raises(
        ValueError, match=rf"^n must be .*(positive|numbers of training points).*got .*({value})"
    ):
        learning_curve(spectrum, TARGET, n)


@pytest.mark.parametrize(
    "n", [[[1, 2], [3]], [10**400], [10 + 5j], "100", True, np.array([10], dtype="m8[s]")]
)
def test_worse_n(spectrum, n):
    with pytest.raises(ValueError, match="^n must be"):
        learning_curve(spectrum, TARGET, n)


@pytest.mark.parametrize("name", ["ridge", "label_noise"])
@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), "abc", None, 1j, [0.1, 0.2]])
def test_bad_variances(spectrum, name, value):
    with pytest.raises(ValueError, match=rf"^{name} must be .*finite.*at least 0 \(got .*\)"):
        learning_curve(spectrum, TARGET, [10], **{name: value})


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("theory", "self consistent", "self-consistent"),
        ("theory", "Self-Consistent", "self-consistent"),
        ("theory", "equivalent_kernel", "equivalent-kernel"),
        ("theory", "autp", "auto"),
        ("ensemble", "Poisson", "poisson"),
        ("ensemble", "fix", "fixed"),
    ],
)
def test_misspelt_names(spectrum, name, value, meant):
    message = rf"^{name} must be one of .*got '{value}'\); did you mean '{meant}'"
    with pytest.raises(ValueError, match=message):
        learning_curve(spectrum, TARGET, [10], **{name: value})


@pytest.mark.parametrize("value", [None, 3, "", "xyz"])
def test_names_like_no_other(spectrum, value):
    for name, first in (("theory", "'equivalent-kernel'"), ("ensemble", "'fixed', 'poisson'")):
        with pytest.raises(ValueError, match=rf"^{name} must be one of {first}.*\(got {value!r}\)"):
            learning_curve(spectrum, TARGET, [10], **{name: value})


@pytest.mark.parametrize("theory", ["auto", "self-consistent", "one-loop", "equivalent-kernel"])
@pytest.mark.parametrize("order", [0, 1, 2.5, "two"])
def test_order_for_what_is_no_expansion(spectrum, theory, order):
    why = "which chooses" if theory == "auto" else "which is not an expansion"
    with pytest.raises(ValueError, match=rf"^order must be None .*{why} \(got {order!r}\)"):
        learning_curve(spectrum, TARGET, [10], theory=theory, order=order)


def test_target_beyond_the_spectrum(spectrum):
    message = r"target must .* 0 to 12 \(got degree 13\); pass max_degree=13 or more"
    with pytest.raises(ValueError, match=message):
        learning_curve(spectrum, ft.Target({1: 1.0, 13: 1e-9}), [10])


@pytest.mark.parametrize(("name", "value"), [("target", {1: 1.0}), ("spectrum", ft.FullyConnected(1).ntk())])
def test_what_is_no_target_or_no_spectrum(spectrum, name, value):
    with pytest.raises((ValueError, TypeError), match=f"^{name} must be"):
        learning_curve(**{"spectrum": spectrum, "target": TARGET, "n": [10]} | {name: value})


def test_interpolation_peak_names_the_ridge():
    with pytest.raises(ValueError, match=r"^ridge must be positive at n = 6.*\(got 0"):
        learning_curve(ft.Spectrum.from_arrays([1.0, 0.5], [1, 5]), ft.Target({0: 1.0}), [5, 6])


def test_unlearnable_target_warns_here():
    """One-hidden-layer ReLU NNGP without bias has no odd degree ≥ 3: a warning at the caller, and a curve."""
    spectrum = ft.FullyConnected(1, "relu", weight_variance=2.0).nngp().spectrum(dim=10, max_degree=8)
    with pytest.warns(UserWarning, match=r"target has power at degree 3, 5, .*unlearnable") as caught:
        curve = learning_curve(spectrum, ft.Target({1: 1.0, 3: 0.5, 5: 0.25}), [30, 300], ridge=0.1)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert (curve.coefficients[:, [3, 5]] == 0).all()
    assert (curve.error > 0.75).all()
    assert np.isfinite(curve.error_bar).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        learning_curve(spectrum, ft.Target({1: 1.0, 2: 0.5}), [30])


def test_remainder_of_a_target_is_not_lost(spectrum):
    """Power above the degrees of a target is unlearnt: label noise that is also part of the error."""
    target = ft.Target({1: 1.0}, remainder=0.5)
    curve = learning_curve(spectrum, target, [10, 100], ridge=0.1)
    plain = learning_curve(spectrum, ft.Target({1: 1.0}), [10, 100], ridge=0.1)
    lost = 0.5 * (1 + plain.label_noise_gain)
    assert curve.error == pytest.approx(plain.error + lost, rel=1e-14)
    assert (curve.error_bar > 0.5).all()


def test_dictionary_is_json(spectrum):
    curve = learning_curve(spectrum, TARGET, [10, 20], ridge=0.1, label_noise=0.3, ensemble="poisson")
    back = json.loads(json.dumps(curve.to_dict(), allow_nan=False))
    assert back["n"] == [10.0, 20.0]
    for name in (*BY_N, *BY_DEGREE):
        np.testing.assert_array_equal(back[name], getattr(curve, name))
    assert (back["theory"], back["order"]) == ("loop-expansion", 1)
    assert back["converged"] == [True, True]
    assert (back["ensemble"], back["ridge"], back["label_noise"]) == ("poisson", 0.1, 0.3)
    assert back["references"] == list(curve.references)


@pytest.mark.parametrize("n", [[10, 20, 40], 7])
def test_csv_round_trip(spectrum, tmp_path, n):
    """Every array back, digit for digit, one row per n."""
    curve = learning_curve(spectrum, TARGET, n, ridge=0.1)
    curve.to_csv(tmp_path / "curve.csv")
    with open(tmp_path / "curve.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(curve.n)
    for name in BY_N:
        assert [float(row[name]) for row in rows] == getattr(curve, name).tolist()
    for name in BY_DEGREE:
        back = [[float(row[f"{name}_{l}"]) for l in range(13)] for row in rows]
        np.testing.assert_array_equal(back, getattr(curve, name))
    curve.to_csv(str(tmp_path / "again.csv"))
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "curve.csv").read_bytes()


def test_one_list_of_columns(spectrum):
    """The columns of tables are all arrays over n; a simulation measures the error and its two parts too."""
    curve = learning_curve(spectrum, TARGET, [10, 20], ridge=0.1)
    arrays = {name for name, value in vars(curve).items() if getattr(value, "ndim", 0) == 1}
    assert arrays == {"n", *CURVE_COLUMNS} == {*BY_N, "converged"}
    np.testing.assert_allclose(curve.error, sum(getattr(curve, name) for name in PARTS[1:]), rtol=1e-12)
    measured = {field.name for field in dataclasses.fields(ft.Simulation)}
    assert {f"{name}_stderr" for name in PARTS} <= measured


def test_columns_without_error_bar(spectrum, tmp_path):
    """error_bar=False: no such column, no such variable."""
    curve = learning_curve(spectrum, TARGET, [10], ridge=0.1, error_bar=False)
    curve.to_csv(tmp_path / "curve.csv")
    heads = (tmp_path / "curve.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert "error" in heads
    assert "error_bar" not in heads
    assert "error_bar" not in curve.to_xarray()


def test_xarray(spectrum):
    pytest.importorskip("xarray")
    curve = learning_curve(spectrum, TARGET, [10, 20], ridge=0.1)
    data = curve.to_xarray()
    assert data["coefficients"].dims == ("n", "degree")
    np.testing.assert_array_equal(data["error"], curve.error)
    assert data.sel(n=20)["error"] == curve.error[1]
    assert data.attrs["theory"] == "loop-expansion"


def test_circle():
    """d = 2: deg(l) = 2; ridge 0. N = 3 is too few for degree 2, N = 30 enough for both."""
    net = ft.FullyConnected(2, "erf", weight_variance=2.0, bias_variance=0.1)
    spectrum = net.ntk().spectrum(dim=2, max_degree=40)
    assert spectrum.multiplicities[1:].tolist() == [2] * 40
    curve = learning_curve(spectrum, TARGET, [3, 10, 30, 60])
    assert curve.error[0] > 1
    assert (np.diff(curve.error) < 0).all()
    assert curve.error[2] < 1e-4


def test_very_many_dimensions():
    """d = 10^4, ridge 0: degree l is learnt at N ~ d^l."""
    spectrum = ft.FullyConnected(3, "relu", weight_variance=2.0).ntk().spectrum(dim=10**4)
    curve = learning_curve(spectrum, ft.Target({1: 1.0, 2: 1.0}), [10, 10**4, 10**6, 10**10])
    assert (curve.coefficients[0, 1:] < 0.01).all()
    assert 0.2 < curve.coefficients[1, 1] < 0.9
    assert curve.coefficients[2, 1] > 0.95
    assert curve.coefficients[2, 2] < 0.05
    assert curve.coefficients[3, 2] > 0.95
    assert curve.error[3] < 0.01


def test_hundred_thousand_points():
    """10^5 points of a spectrum in d = 50 take seconds, and a dozen times the memory of the result."""
    spectrum = ft.FullyConnected(3, "relu", weight_variance=2.0).ntk().spectrum(dim=50, max_degree=8)
    n = np.geomspace(3, 1e6, 10**5)  # to two points the numbers are exact, and do not join smoothly
    learning_curve(spectrum, TARGET, n[:10], ridge=0.1)
    tracemalloc.start()
    start = time.perf_counter()
    curve = learning_curve(spectrum, TARGET, n, ridge=0.1)
    seconds, peak = time.perf_counter() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (np.diff(curve.coefficients, axis=0) > 0).all()
    result = sum(getattr(curve, name).nbytes for name in (*BY_N, *BY_DEGREE))
    assert seconds < 10
    assert peak < 15 * result
