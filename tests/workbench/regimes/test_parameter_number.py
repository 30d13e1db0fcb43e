"""The error over the number of parameters: reference runs, exact solutions, and what is refused."""

import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import erf
from threadpoolctl import threadpool_limits

import fieldtheory as ft
from fieldtheory.data.digits import digits
from fieldtheory.workbench.regimes.ensemble_statistics import MEASURED, ensemble_statistics
from fieldtheory.workbench.regimes.erf_network import descend
from fieldtheory.workbench.regimes.feature_regression import feature_outputs
from tests.workbench.command_line import command_line

run, succeed = command_line("regimes", "parameters")
FILE = Path(__file__).parents[2] / "data" / "regimes.json"
ROWS = {row["id"]: row for row in json.loads(FILE.read_text(encoding="utf-8"))["rows"]}
ORDER = np.random.default_rng(0).permutation(1797)


def parity(components, train, test):
    """Points and labels of the protocols digits_features and parameter_number."""
    points, labels = digits().on_sphere(components)[ORDER], digits().parity[ORDER]
    if components:
        points = points * math.sqrt(components)
    end = train + test
    return points[:train], labels[:train], points[train:end], labels[train:end]


def sphere(test):
    """48 training and so many test points of the protocol random_features."""
    x = np.random.default_rng(2).normal(size=(448, 5))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    y = 5 * x[:, 0] * x[:, 1] + x[:, 2]
    return x[:48], y[:48], x[48 : 48 + test], y[48 : 48 + test]


@pytest.mark.parametrize("width", [100, 3200])
def test_digits_by_random_features(width):
    """From the same draws: every number of the rows, to rounding"""
    row = ROWS[f"digits_features/h{width}"]
    found = ft.parameter_number(*parity(None, 300, 500), width, gain=3, ridge=0.01, repeats=row["n_rep"])
    assert found.widths.tolist() == found.parameters.tolist() == [width]
    values = {
        "h_var": width * found.variance.value,
        "mean_mse": found.error.value,
        "classification_error": found.classification_error.value,
        "ensemble_mse": found.ensemble_error.value,
        "ensemble_classification_error": found.ensemble_classification_error.value,
    }
    assert {name: value[0] for name, value in values.items()} == pytest.approx(row["values"], rel=1e-9)
    assert found.error.stderr[0] == pytest.approx(row["stderr"]["mean_mse"], rel=1e-9)
    wrong = row["stderr"]["classification_error"]
    assert found.classification_error.stderr[0] == pytest.approx(wrong, rel=1e-9)


def test_sphere_by_random_features():
    """Other draws of the same features: within 4 standard errors of both"""
    rows = [ROWS[f"random_features_ensemble/h{width}"] for width in (512, 4096)]
    found = ft.parameter_number(
        *sphere(400), [512, 4096], gain=math.sqrt(5), ridge=0.01, repeats=48, seed=1000
    )
    for k, row in enumerate(rows):
        for name, measured, factor in (
            ("h_var", found.variance, row["params"]["h"]),
            ("mean_mse", found.error, 1),
            ("ensemble_mse", found.ensemble_error, 1),
        ):
            off = factor * measured.value[k] - row["values"][name]
            allowed = 4 * np.hypot(factor * measured.stderr[k], row["stderr"][name])
            assert abs(off) < allowed


def test_networks_that_learn_features():
    """From the same draws: the wrong signs of the rows exactly, the variance in 4 standard errors"""
    rows = [ROWS[f"parameter_number/alpha0.2_h{width}"] for width in (16, 32)]
    found = ft.parameter_number(
        *parity(10, 200, 1000), [16, 32], model="network", scale=0.2, repeats=rows[0]["n_rep"]
    )
    assert found.parameters.tolist() == [11 * 16, 11 * 32]
    for k, row in enumerate(rows):
        values, stderr = row["values"], row["stderr"]
        wrong, together = found.classification_error, found.ensemble_classification_error
        assert wrong.value[k] == pytest.approx(values["classification_error"], rel=1e-12)
        assert together.value[k] == pytest.approx(values["ensemble_classification_error"], rel=1e-12)
        off = found.widths[k] * found.variance.value[k] - values["h_var"]
        assert abs(off) < 4 * stderr["h_var"]
    assert found.converged.all()
    assert found.training_loss.max() < 1e-4
    assert found.warnings == ()


def test_lazy_networks():
    """alpha -> infinity: F = Theta_* Theta^-1 [1 - (1 - 0.8 Theta/lambda_max)^steps] y, Theta at first"""
    random = np.random.default_rng(3)
    x, y, other = random.normal(size=(6, 2)), random.normal(size=6), random.normal(size=(4, 2))
    width, gain, steps = 50, 0.7, 40
    found = ft.parameter_number(
        x, y, other, np.zeros(4), width, "network", "erf", gain, 0.0, 1e5, "square", 2, 5, steps=steps
    )
    ends = []
    for r in range(2):
        draw = np.random.default_rng([5 + r, width])
        w, a = draw.normal(size=(2, width)), draw.normal(size=width)
        at = [gain * points / math.sqrt(2) for points in (x, other)]
        phi = [erf(u @ w) for u in at]
        slope = [2 / math.sqrt(math.pi) * np.exp(-((u @ w) ** 2)) * a for u in at]
        theta, across = (
            (phi[k] @ phi[0].T + (slope[k] @ slope[0].T) * (at[k] @ at[0].T)) / width for k in (0, 1)
        )
        values, modes = np.linalg.eigh(theta)
        learnt = modes @ ((1 - (1 - 0.8 * values / values[-1]) ** steps) / values * (modes.T @ y))
        ends.append(across @ learnt)
        assert found.training_loss[0, r] == pytest.approx(np.mean((theta @ learnt - y) ** 2) / 2, rel=1e-3)
    assert found.error.value[0] == pytest.approx(np.mean(np.square(ends)), rel=1e-3)


@given(st.integers(0, 10**6), st.integers(1, 4), st.floats(0.2, 3))
@settings(max_examples=20, deadline=None)
def test_a_step_on_the_hinge(seed, width, scale):
    """The change of all weights is -rate times the gradient of sum max(0, 1 - y F)^2/(2 alpha^2)"""
    random = np.random.default_rng(seed)
    a, w, x = random.normal(size=width), random.normal(size=(width, 2)), random.normal(size=(5, 2))
    y = random.choice([-1.0, 1.0], size=5)

    def f(weights):
        readout, hidden = weights[:width], weights[width:].reshape(width, 2)
        return erf(x @ hidden.T) @ readout / math.sqrt(width)

    before = np.concatenate([a, w.reshape(-1)])
    start = f(before) - random.normal(size=5) / scale  # so that some margins are satisfied

    def loss(weights):
        return np.sum(np.maximum(0, 1 - y * scale * (f(weights) - start)) ** 2) / (2 * scale**2)

    step, shift = 1e-5, np.eye(3 * width)
    gradient = [(loss(before + step * e) - loss(before - step * e)) / (2 * step) for e in shift]
    readout, hidden = a.copy(), w.copy()
    short = descend(readout, hidden, x, y, start, scale, 1e-3, 1, True)
    after = np.concatenate([readout, hidden.reshape(-1)])
    np.testing.assert_allclose(after - before, -1e-3 * np.array(gradient), rtol=1e-4, atol=1e-9)
    assert short == pytest.approx(loss(after) * 2 * scale**2 / 5, rel=1e-9, abs=1e-12)


@given(st.integers(0, 10**6), st.sampled_from([1, 3, 8, 20, 5000]), st.sampled_from([0.0, 1e-12, 1e-3, 1.0]))
@settings(max_examples=40, deadline=None)
def test_regression_on_features(seed, width, ridge):
    """f = Z_* (Z^T Z + ridge)^-1 Z^T y, with the pseudo-inverse at ridge 0: one least-squares problem"""
    random = np.random.default_rng(seed)
    x, y, other = random.normal(size=(8, 3)), random.normal(size=8), random.normal(size=(5, 3))
    weights = random.normal(size=(3, width))
    z, z_other = (np.tanh(points @ weights) / math.sqrt(width) for points in (x, other))
    small = min(width, 400)  # of the wide ones the dual, by a pseudo-inverse in 8 dimensions
    if width > small:
        readout = z.T @ np.linalg.pinv(z @ z.T + ridge * np.eye(8), rcond=1e-15) @ y
    else:
        rows = np.vstack([z, math.sqrt(ridge) * np.eye(width)])
        readout = np.linalg.lstsq(rows, np.concatenate([y, np.zeros(width)]), rcond=1e-14)[0]
    fit, found = feature_outputs(np.tanh, weights, x, y, other, ridge)
    size = 1 + np.abs(readout).max()
    np.testing.assert_allclose(fit, z @ readout, atol=1e-7 * size)
    np.testing.assert_allclose(found, z_other @ readout, atol=1e-7 * size)


@given(st.integers(0, 10**6), st.integers(3, 7))
def test_standard_errors_are_those_of_the_jackknife(seed, number):
    """sqrt[(n - 1)/n sum_i (s_i - mean)^2], s_i without network i, of all five statistics"""
    random = np.random.default_rng(seed)
    f, y = random.normal(size=(number, 9)), random.choice([-1.0, 1.0], size=9)
    whole = ensemble_statistics(f, y)
    parts = [ensemble_statistics(np.delete(f, i, axis=0), y) for i in range(number)]
    for name in MEASURED:
        values = np.array([part[name][0] for part in parts])
        expected = math.sqrt((number - 1) / number * np.sum((values - values.mean()) ** 2))
        assert whole[name][1] == pytest.approx(expected, abs=1e-12)
    assert whole["variance"][0] == pytest.approx(np.mean(np.var(f, axis=0, ddof=1)))
    # mean error = error of the ensemble + (1 - 1/n) variance
    gap = (1 - 1 / number) * whole["variance"][0]
    assert whole["error"][0] == pytest.approx(whole["ensemble_error"][0] + gap)


def test_threads_and_seeds():
    """The same numbers at every call, for any number of threads; network r of a seed is 0 of the seed r on"""
    task = parity(None, 60, 40)
    first = ft.parameter_number(*task, [30, 200], gain=2, ridge=0.1, repeats=3, seed=4)
    with threadpool_limits(1):
        again = ft.parameter_number(*task, [200, 30], gain=2, ridge=0.1, repeats=3, seed=4)
    assert first.to_dict() == again.to_dict()
    later = ft.parameter_number(*task, [30, 200], gain=2, ridge=0.1, repeats=2, seed=5)
    np.testing.assert_array_equal(first.training_loss[:, 1:], later.training_loss)


def test_jammed_networks_are_named():
    """Random labels, too few parameters: not converged, and a warning that says so"""
    random = np.random.default_rng(0)
    x, y = random.normal(size=(60, 3)), random.choice([-1.0, 1.0], size=60)
    found = ft.parameter_number(x, y, x, y, [2], model="network", repeats=2, steps=400)
    assert not found.converged.any()
    assert "2 of 2 networks, at width 2, are jammed or unfinished" in found.warnings[0]
    assert found.training_loss.min() > 1e-3


def test_what_it_prints(tmp_path):
    """One line; JSON with value and stderr; CSV with a row for each width; no error of two networks' Var"""
    found = ft.parameter_number(*sphere(20), [4, 8, 16], ridge=0.1, repeats=2)
    assert repr(found) == "ParameterNumber(features, erf, widths 4 ... 16 (3), 2 repeats)"
    plain = json.loads(json.dumps(found.to_dict()))
    assert plain["error"]["value"] == found.error.value.tolist()
    assert plain["widths"] == [4, 8, 16]
    assert "task" not in plain
    assert np.isnan(found.variance.stderr).all()
    assert np.isfinite(found.ensemble_error.stderr).all()
    found.to_csv(tmp_path / "errors.csv")
    heads, *rows = (tmp_path / "errors.csv").read_text().splitlines()
    assert heads.startswith("width,parameters,error,error_stderr,classification_error,")
    assert [row.split(",")[0] for row in rows] == ["4", "8", "16"]
    assert float(rows[1].split(",")[2]) == found.error.value[1]


def test_the_lines_of_the_figures():
    """error_infinity + e_1/h + e_2/h^2; of the ensemble e - (1 - 1/repeats) v in place of e; h times both"""
    found = ft.parameter_number(*sphere(20), [200, 1000], gain=math.sqrt(5), ridge=0.01, repeats=4)
    limits = found.require_limits()
    lines = [np.array(line.get_xydata()) for line in found.plot().get_lines() if len(line.get_xdata()) == 100]
    for k, (share, order) in enumerate([(0, 1), (0, 2), (0.75, 1), (0.75, 2)]):
        h, drawn = lines[k].T
        at = [limits.at(width) for width in h]
        expected = np.array([each.excess - share * each.variance for each in at])
        if order == 1:
            expected = (limits.excess - share * limits.variance) / h
        np.testing.assert_allclose(drawn, limits.infinite_width_error + expected, rtol=1e-9)
        assert h[-1] == 1000
    scaled = found.plot(scaled=True).get_lines()
    h, drawn = next(np.array(line.get_xydata()).T for line in scaled if line.get_linestyle() == "-")
    np.testing.assert_allclose(drawn, [width * limits.at(width).excess for width in h], rtol=1e-9)


def test_figures_without_lines():
    """Networks, and no ridge: the points alone, and h times excess error refused"""
    task = sphere(20)
    signs = (task[0], np.sign(task[1]), task[2], np.sign(task[3]))
    bare = ft.parameter_number(*task, [4, 8], repeats=2)
    network = ft.parameter_number(*signs, [4, 8], model="network", repeats=2, steps=20)
    for found, label in ((bare, "error"), (network, "share of wrong signs")):
        axes = found.plot()
        assert label in axes.get_ylabel()
        assert len(axes.containers) == 2
        assert found.limits is None
        with pytest.raises(ValueError, match="^limits of diagrams are those of regression on features"):
            found.plot(scaled=True)


def test_the_command(tmp_path):
    """The digits row of h = 100, the published limits of the sphere in 4 standard errors, files, refusals"""
    row = ROWS["digits_features/h100"]
    result = run("--widths", "100", "--repeats", "40", "--json")
    found = json.loads(result.stdout)
    assert found["error"]["value"] == pytest.approx([row["values"]["mean_mse"]], rel=1e-9)
    paths = [tmp_path / name for name in ("errors.csv", "errors.svg")]
    words = [word for path in paths for word in ("--out", str(path))]
    data = ("--data", "sphere", "--widths", "100:400:2", "--repeats", "3")
    limits = json.loads(succeed(*data, "--json"))["limits"]
    row = ROWS["random_features_limit/sphere"]
    for name, short in (("variance", "h_var"), ("excess", "h_excess")):
        off = limits[name] - row["values"][short]
        assert abs(off) < 4 * np.hypot(limits[f"{name}_stderr"], row["stderr"][short])
    shown = run(*data, *words, columns=120)
    assert "h → ∞, from diagrams: error 1.143, h·Var 1" in shown.stdout
    assert paths[0].read_text().count("\n") == 3
    assert b"<svg" in paths[1].read_bytes()
    network = ("--model", "network", "--widths", "2", "--repeats", "2", "--steps", "5", "--train", "60")
    trained = run(*network, columns=120)
    assert trained.exit_code == 0
    assert "0 of 2" in trained.stdout
    assert "2 of 2 networks, at width 2, are jammed or unfinished" in trained.stderr


def test_digits_need_scikit_learn(monkeypatch):
    """Without it the command names the extra; the sphere goes without"""
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    refused = run("--widths", "10", columns=200)
    assert refused.exit_code == 2
    assert 'pip install "deep-fieldtheory[sklearn]"' in refused.stderr
    assert run("--data", "sphere", "--widths", "10", "--repeats", "2").exit_code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--widths", "0"), "widths must be at least 1"),
        (("--widths", "2.5"), "widths must be integers"),
        (("--widths", "a"), "widths must be a:b:k"),
        (("--widths", "9:3:2"), "widths = a:b:k must have a below b"),
        (("--data", "cats"), "data must be one of 'digits', 'sphere'"),
        (("--model", "trees"), "model must be one of"),
        (("--scale", "0"), "scale must be"),
        (("--model", "network", "--ridge", "0.1"), "ridge must be 0"),
        (("--model", "network", "--data", "sphere"), "labels must be +1 or -1"),
        (("--train", "0"), "train must be at least 1"),
        (("--train", "1700"), "train and test must be at most 1797 digits together (got 2200)"),
        (("--repeats", "1"), "repeats must be at least 2"),
    ],
)
def test_what_the_command_refuses(words, message):
    refused = run(*words, columns=200)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert message in refused.stderr


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"widths": [0]}, "^widths must be at least 1"),
        ({"widths": []}, "^widths must be integers of at least 1"),
        ({"widths": [4, 4]}, "^widths must be a number or a flat list of different"),
        ({"widths": [2.5]}, "^widths must be integers"),
        ({"train": [1.0, 2.0]}, "^train must be"),
        ({"labels": [1.0]}, "^labels must be one for each of 2 points of train"),
        ({"test_labels": [1.0, 1.0]}, "^test_labels must be one for each of 1 points of test"),
        ({"test": [[1.0]]}, "^test must have points of dimension 2"),
        ({"labels": [1.0, math.nan]}, "^labels must be finite"),
        ({"labels": [1.0, 0.5], "model": "network"}, r"^labels must be \+1 or -1 \(got 0.5\)"),
        ({"train": [[0.0, 0.0], [1.0, 2.0]], "model": "network"}, "^train must not be 0"),
        ({"model": "tree"}, "^model must be one of 'features', 'network'"),
        ({"loss": "cross-entropy"}, "^loss must be one of"),
        ({"activation": "relu", "model": "network"}, "^activation must be 'erf'"),
        ({"activation": "nonsense"}, "^activation must"),
        ({"ridge": -1.0}, "^ridge must"),
        ({"ridge": 0.1, "model": "network"}, "^ridge must be 0"),
        ({"scale": 0.0}, "^scale must"),
        ({"scale": 2.0}, "^scale must be 1"),
        ({"gain": 0.0}, "^gain must"),
        ({"repeats": 1}, "^repeats must be at least 2"),
        ({"seed": -1}, "^seed must"),
        ({"steps": 0}, "^steps must"),
        ({"repeats": 10**9}, "would take"),
    ],
)
def test_what_is_refused(change, message):
    right = {"train": [[1.0, 0.5], [0.3, 2.0]], "labels": [1.0, -1.0], "test": [[1.0, 1.0]]}
    with pytest.raises(ValueError, match=message):
        ft.parameter_number(**right | {"test_labels": [1.0], "widths": [3]} | change)
