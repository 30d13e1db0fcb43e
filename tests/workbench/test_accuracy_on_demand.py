"""learning_curve(accuracy=): sizes whose bar is too wide are finished by drawn data sets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fieldtheory as ft
from fieldtheory.workbench.simulation import drawn_estimates, drawn_sample
from fieldtheory.workbench.simulation import sphere_draws as sphere_draws_module
from fieldtheory.workbench.simulation.control_variates import control_slopes, pair_controls
from fieldtheory.workbench.simulation.dataset_regression import draw_dataset, regress_on
from fieldtheory.workbench.simulation.joined_error import join
from fieldtheory.workbench.simulation.sphere_draws import sphere_draws
from replicas import Problem
from tests.clock import Clock
from tests.workbench.command_line import command_line

CORNERS = json.loads((Path(__file__).parents[1] / "data" / "corners.json").read_text())["configs"]
SPECTRUM = ft.FullyConnected(1, "relu", weight_variance=2.0, bias_variance=0.2).ntk().spectrum(8, 12)
MODES = ft.Spectrum.from_arrays([1.0, 0.5, 0.1, 0.05], [1, 5, 14, 30], dim=5)
TWO = ft.Target({1: 0.5, 2: 0.5})
FIELDS = ("error", "bias", "variance", "posterior_variance", "label_noise_gain")


def problem(spectrum: ft.Spectrum, n: int, ensemble: str) -> Problem:
    powers = TWO.as_array(spectrum.max_degree)
    return Problem(spectrum, powers, np.array([float(n)]), 0.1, 0.0, ensemble)


@pytest.mark.parametrize("ensemble", ["fixed", "poisson"])
def test_controls(ensemble: str) -> None:
    """⟨S_l⟩ = 0, ⟨S_l²⟩ = (N(N−1)/2)/deg(l), S_l = Σ_{i<j} P_l(x_i·x_j); n − N has mean 0, variance N."""
    (draws,) = sphere_draws(problem(MODES, 7, ensemble), [7], seed=3)
    found = []
    for repeat in range(4000):
        points, _ = draw_dataset(draws.regression, repeat)
        found.append(pair_controls(draws.regression, points))
        if repeat < 5:
            rows, columns = np.tril_indices(len(points), -1)
            cosines = (points @ points.T)[rows, columns]
            sums = ft.gegenbauer(3, cosines, 5)[1:].sum(axis=1)
            pairs = 7 * 7 / 2 if ensemble == "poisson" else 7 * 6 / 2
            expected = sums * np.sqrt(np.array([5, 14, 30]) / pairs)
            np.testing.assert_allclose(found[-1][:3], expected, rtol=1e-12)
            if ensemble == "poisson":
                assert found[-1][3] == pytest.approx((len(points) - 7) / 7**0.5)
    controls = np.array(found)
    stderr = controls.std(axis=0) / 4000**0.5
    assert (np.abs(controls.mean(axis=0)) < 4 * stderr).all()
    spread = (controls**2).std(axis=0) / 4000**0.5
    assert (np.abs((controls**2).mean(axis=0) - 1) < 4 * spread).all()


def test_slopes() -> None:
    """Least squares find what is linear in the controls, and leave alone what does not depend on them."""
    rng = np.random.default_rng(0)
    controls = rng.normal(size=(200, 3))
    linear = controls @ [1.0, -2.0, 0.5] + 3.0
    noise = np.where(np.arange(200) % 2, 1.0, -1.0)
    noise -= (
        np.linalg.lstsq(np.c_[np.ones(200), controls], noise, rcond=None)[0] @ np.c_[np.ones(200), controls].T
    )
    slopes = control_slopes(np.c_[linear, noise], controls)
    np.testing.assert_allclose(slopes[:, 0], [1.0, -2.0, 0.5], atol=1e-12)
    assert (slopes[:, 1] == 0).all()
    assert (control_slopes(np.c_[linear][:6], controls[:6]) == 0).all()  # too few to tell


def test_two_points() -> None:
    """Bars over 20 seeds hold the integral over one angle, the exact average of two points, in 95 % or so."""
    exact = ft.learning_curve(SPECTRUM, TWO, 2, ridge=0.0, label_noise=0.1)
    held = {name: 0 for name in FIELDS}
    for seed in range(20):
        found = ft.learning_curve(
            SPECTRUM, TWO, 2, 0.0, 0.1, theory="self-consistent", accuracy=0.004, seed=seed, jobs=1
        )
        assert found.sampled.all()
        assert (found.error_bar <= 0.004 * found.error).all()
        for name in FIELDS:
            bar = getattr(found, f"{name}_bar")
            held[name] += int((np.abs(getattr(found, name) - getattr(exact, name)) <= bar).all())
    assert min(held.values()) >= 16, held
    assert held["error"] >= 18


@pytest.mark.parametrize(
    ("row", "target"),
    [("n008", "pure1"), ("n008", "pure2"), ("n016", "pure1"), ("n020", "pure0"), ("n022", "pure0")]
    + [("n022", "pure1"), ("n024", "pure1"), ("n028", "pure0"), ("n048", "mix12_noise"), ("n050", "pure2")],
)
def test_corners(row: str, target: str) -> None:
    """Within 1 % and two standard errors of another code's simulation; the theory alone is up to 7 % off."""
    case = next(each for each in CORNERS if each["id"] == row)
    p, wanted = case["params"], case["targets"][target]
    net = ft.FullyConnected(p["L"], p["act"], p["sw2"], p["sb2"], p.get("in_scale", 1.0))
    kernel = net.ntk() if p["kind"] == "ntk" else net.nngp()
    found = ft.learning_curve(
        kernel.spectrum(dim=case["d"]),
        ft.Target({int(degree): power for degree, power in wanted["weights"].items()}),
        case["N"],
        case["sigma2"],
        wanted["label_noise"],
        ensemble=case["ensemble"],
        accuracy=0.01,
        jobs=1,
    )
    assert found.sampled.all()
    assert found.warnings == ()
    assert (found.error_bar <= 0.01 * found.error).all()
    assert (np.abs(found.error - wanted["err"]) <= 0.01 * wanted["err"] + 2 * wanted["err_se"]).all()
    for name, value in (("bias", wanted["bias2"]), ("variance", wanted["var"])):
        stderr = wanted[{"bias": "bias2_se", "variance": "var_se"}[name]]
        assert (
            np.abs(getattr(found, name) - value) <= 1.5 * getattr(found, f"{name}_bar") + 3 * stderr
        ).all()


@settings(max_examples=8)
@given(
    n=st.integers(3, 12),
    ridge=st.sampled_from([0.01, 0.3]),
    noise=st.sampled_from([0.0, 0.2]),
    ensemble=st.sampled_from(["fixed", "poisson"]),
    theory=st.sampled_from(["equivalent-kernel", "self-consistent", "auto"]),
    seed=st.integers(0, 99),
)
def test_identities(n: int, ridge: float, noise: float, ensemble: str, theory: str, seed: int) -> None:
    """error = bias + variance = Σ g_l² E_l + label_noise W, joined with the theory or not; bars as wanted."""
    found = ft.learning_curve(
        MODES, TWO, [n, 60], ridge, noise, theory, None, ensemble, accuracy=0.03, seed=seed, jobs=1
    )
    np.testing.assert_allclose(found.error, found.bias + found.variance, rtol=1e-12)
    powers = TWO.as_array(3)
    if theory != "equivalent-kernel" or found.sampled.all():
        parts = found.error_by_degree @ powers + noise * found.label_noise_gain
        np.testing.assert_allclose(found.error, parts, rtol=1e-10)
    assert (found.error_bar <= 0.03 * found.error).all() or found.warnings
    theory_alone = ft.learning_curve(MODES, TWO, [n, 60], ridge, noise, theory, None, ensemble)
    np.testing.assert_array_equal(found.sampled, theory_alone.error_bar > 0.03 * theory_alone.error)
    kept = ~found.sampled
    for name in (*FIELDS, "error_bar", "coefficients", "training_error"):
        np.testing.assert_array_equal(getattr(found, name)[kept], getattr(theory_alone, name)[kept])
    np.testing.assert_array_equal(found.effective_ridge, theory_alone.effective_ridge)


def test_same_seed_same_numbers() -> None:
    """Whatever the number of processes and the other sizes; another seed, another number within the bars."""

    def found(n: list[int], seed: int, jobs: int) -> ft.LearningCurve:
        return ft.learning_curve(MODES, TWO, n, 0.01, accuracy=0.02, seed=seed, jobs=jobs)

    first, second = found([20, 40, 20], 1, 1), found([20], 1, 2)
    for name in (*FIELDS, "error_bar", "error_by_degree", "training_error"):
        values = getattr(first, name)
        np.testing.assert_allclose(values[0], values[2], rtol=1e-12)
        np.testing.assert_allclose(values[0], getattr(second, name)[0], rtol=1e-9)
    assert first.seed == 1
    other = found([20], 2, 1)
    assert other.error[0] != first.error[0]
    assert abs(other.error[0] - first.error[0]) < 3 * first.error_bar[0]


def test_the_tail_acts_as_ridge() -> None:
    """Bars and numbers of a kernel cut at degree 6, against all its degrees drawn by `simulate`."""
    kernel = ft.FullyConnected(1, "relu", weight_variance=2.0, bias_variance=0.1).ntk()
    cut = kernel.spectrum(dim=5, max_degree=8)
    found = ft.learning_curve(cut, TWO, 20, 0.1, 0.1, accuracy=0.03, jobs=1)
    assert found.sampled.all()
    drawn = ft.simulate(kernel, 5, TWO, 20, 0.1, 0.1, repeats=3000, seed=77, jobs=1)
    for name in (*FIELDS, "training_error"):
        distance = np.abs(getattr(found, name) - getattr(drawn, name))
        assert (distance < 1.5 * getattr(found, f"{name}_bar") + 3 * getattr(drawn, f"{name}_stderr")).all()


def test_target_of_unknown_degree() -> None:
    """Unresolved power is missed and is noise in the labels; data sets don't make its bar any narrower."""
    target = ft.Target({1: 1.0}, remainder=0.02)
    found = ft.learning_curve(MODES, target, 10, 0.1, theory="self-consistent", accuracy=0.1, jobs=1)
    plain = ft.learning_curve(
        MODES, ft.Target({1: 1.0}), 10, 0.1, 0.02, "self-consistent", accuracy=0.1, jobs=1
    )
    assert found.sampled.tolist() == plain.sampled.tolist()
    close = ft.learning_curve(MODES, target, 20, 0.01, accuracy=0.01, jobs=1)
    assert not close.sampled.any()
    assert "out of reach at n = 20" in close.warnings[-1]


@pytest.mark.parametrize("seconds", [0.5, 8.0, 1e9])
def test_time_runs_out(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """A data set takes a hundredth of a second by this clock; the bar tells how many there were."""
    clock = Clock(0.01)
    monkeypatch.setattr(drawn_estimates, "time", clock)
    monkeypatch.setattr(drawn_sample, "time", clock)
    plain = ft.learning_curve(MODES, TWO, [15, 20], 0.01)
    found = ft.learning_curve(MODES, TWO, [15, 20], 0.01, accuracy=0.003, jobs=1, max_seconds=seconds)
    exact = ft.learning_curve(MODES, TWO, [15, 20], 0.01, accuracy=0.003, jobs=1, seed=5)
    assert (np.abs(found.error - exact.error) <= 1.5 * found.error_bar + exact.error_bar).all()
    assert (found.error_bar <= plain.error_bar).all()
    if seconds > 1e6:
        assert found.warnings == plain.warnings
        assert (found.error_bar <= 0.003 * found.error).all()
    else:
        assert (found.error_bar > 0.003 * found.error).all()
        assert f"raise max_seconds = {seconds:g}" in found.warnings[-1]


def test_no_time_at_all() -> None:
    """The theory's numbers, and a warning for each size."""
    plain = ft.learning_curve(MODES, TWO, [20, 25], 0.01)
    found = ft.learning_curve(MODES, TWO, [20, 25], 0.01, accuracy=0.003, jobs=1, max_seconds=1e-9)
    assert not found.sampled.any()
    assert found.seed is None
    np.testing.assert_array_equal(found.error, plain.error)
    np.testing.assert_array_equal(found.error_bar, plain.error_bar)
    assert [text for text in found.warnings if "no time" in text and "n = 25" in text]


def test_a_singular_matrix_does_not_take_the_others_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """The theory's numbers at the size that fails, with the reason, and data sets at the other."""

    def fails_at_16(regression: Any, points: Any, rng: Any) -> Any:
        if len(points) == 16:
            raise np.linalg.LinAlgError("the Gram matrix is singular")
        return regress_on(regression, points, rng)

    monkeypatch.setattr(sphere_draws_module, "regress_on", fails_at_16)
    found = ft.learning_curve(MODES, TWO, [16, 20], 0.01, accuracy=0.005, jobs=1)
    plain = ft.learning_curve(MODES, TWO, [16, 20], 0.01)
    assert found.sampled.tolist() == [False, True]
    assert found.error[0] == plain.error[0]
    assert "n = 16: no data sets, the Gram matrix is singular" in found.warnings


@given(
    theory=st.floats(0.1, 10.0),
    drawn=st.floats(0.1, 10.0),
    bars=st.tuples(st.floats(1e-3, 10.0), st.floats(1e-3, 10.0)),
)
def test_join(theory: float, drawn: float, bars: tuple[float, float]) -> None:
    """Weights 1/bar², a bar no wider than that of the data sets, which win a contradiction."""
    found = join(theory, bars[0], drawn, bars[1])
    assert 0 < found.bar <= bars[1]
    weights = np.array(bars) ** -2.0
    mean = np.average([theory, drawn], weights=weights)
    if found.bar < bars[1]:
        assert found.value == pytest.approx(mean)
        spread = max(1.0, 2 * abs(theory - drawn) / np.hypot(*bars))
        assert found.bar == pytest.approx(spread / np.sqrt(weights.sum()))
    else:
        assert found.value == drawn
    assert found.contradiction == (2 * abs(theory - drawn) / (bars[0] ** 2 + bars[1] ** 2) ** 0.5 > 3.0)


def test_nothing_changes_without_accuracy() -> None:
    """No size is sampled, no seed kept."""
    found = ft.learning_curve(MODES, TWO, [5, 20], 0.01, seed=3)
    assert (found.sampled.tolist(), found.seed, found.accuracy) == ([False, False], None, None)
    assert found.to_dict()["sampled"] == [False, False]


def test_command_line() -> None:
    """`fieldtheory curve --accuracy` draws what `learning_curve` does; a bad one is refused."""
    run, succeed = command_line("curve", "--dim", "5", "--max-degree", "8", "--hidden-layers", "1")
    problem = ("--target", "1:1", "--n", "20", "--ridge", "0.01", "--accuracy")
    curve = json.loads(succeed(*problem, "0.05", "--seed", "4", "--jobs", "1", "--json"))["curves"]["auto"]
    kernel = ft.FullyConnected(1, "relu").ntk()
    expected = ft.learning_curve(
        kernel.spectrum(5, 8), ft.Target({1: 1.0}), 20, 0.01, accuracy=0.05, seed=4, jobs=1
    )
    assert curve["sampled"] == [True]
    np.testing.assert_allclose(curve["error"], expected.error, rtol=1e-9)
    assert "drawn data sets" in succeed(*problem, "0.05", "--jobs", "1", columns=200)
    refused = run(*problem, "0")
    assert refused.exit_code == 2
    assert "accuracy must be finite and greater than 0 (got 0.0)" in refused.stderr
