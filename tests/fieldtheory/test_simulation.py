"""Simulated learning curves: identities, explicit regressions in plain NumPy, and reference runs."""

from __future__ import annotations

import csv
import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from scipy.special import eval_gegenbauer

import fieldtheory as ft
from fieldtheory.budgets import OverBudget
from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.targets import Target
from fieldtheory.workbench.simulation import dataset_batches
from fieldtheory.workbench.simulation.dataset_regression import regress, required_bytes
from fieldtheory.workbench.simulation.simulation import dataset_problems, simulate

DATA = json.loads((Path(__file__).parents[1] / "data" / "simulations.json").read_text())


def relu_ntk(hidden_layers=2):
    network = FullyConnected(
        hidden_layers=hidden_layers, activation="relu", weight_variance=2.0, bias_variance=0.1
    )
    return network.ntk()


def points_of(seed, size, repeat, dim, poisson=False):
    """The points that data set `repeat` must have, drawn here a second time."""
    rng = np.random.default_rng([seed, size, repeat])
    count = rng.poisson(size) if poisson else size
    points = rng.standard_normal((count, dim))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def legendre(degree, t, dim):
    """P_l(t) with P_l(1) = 1, from SciPy."""
    return eval_gegenbauer(degree, dim / 2 - 1, t) / eval_gegenbauer(degree, dim / 2 - 1, 1.0)


def squared_kernel(kernel, t, dim, max_degree=60):
    """K2(t) = Σ deg λ² P_l(t), summed directly."""
    spectrum = kernel.spectrum(dim=dim, max_degree=max_degree)
    weights = spectrum.multiplicities * spectrum.eigenvalues**2
    return sum(weight * legendre(degree, t, dim) for degree, weight in enumerate(weights))


def unit(rng, dim):
    vector = rng.standard_normal(dim)
    return vector / np.linalg.norm(vector)


def test_single_point():
    """N = 1: a_l = λ_l/(K(1)+σ²), E_l = K2(1)/(K(1)+σ²)² − 2 a_l + 1, V = K(1) − K2(1)/(K(1)+σ²)."""
    dim, ridge, kernel = 7, 0.3, relu_ntk()
    simulation = simulate(kernel, dim, Target({1: 0.5, 2: 0.7}), 1, ridge=ridge, label_noise=0.2, repeats=2)
    spectrum = kernel.spectrum(dim=dim, max_degree=60)
    response = 1 / (kernel.trace + ridge)
    square = float(spectrum.multiplicities @ spectrum.eigenvalues**2)
    coefficients = spectrum.eigenvalues[:6] * response
    errors = square * response**2 - 2 * coefficients + 1
    total = 0.5 * errors[1] + 0.7 * errors[2] + 0.2 * square * response**2
    bias = 0.5 * (1 - coefficients[1]) ** 2 + 0.7 * (1 - coefficients[2]) ** 2
    np.testing.assert_allclose(simulation.coefficients[0], coefficients, rtol=1e-12)
    np.testing.assert_allclose(simulation.error_by_degree[0], errors, rtol=1e-12)
    np.testing.assert_allclose(simulation.error, total, rtol=1e-12)
    np.testing.assert_allclose(simulation.bias, bias, rtol=1e-12)
    np.testing.assert_allclose(simulation.variance, total - bias, rtol=1e-12)
    np.testing.assert_allclose(simulation.posterior_variance, kernel.trace - square * response, rtol=1e-12)
    np.testing.assert_allclose(simulation.label_noise_gain, square * response**2, rtol=1e-12)
    np.testing.assert_allclose(simulation.training_error, ridge**2 * response**2 * 1.4, rtol=1e-12)
    assert simulation.error_stderr[0] < 1e-12


@pytest.mark.parametrize("dim", [2, 3, 5])
@pytest.mark.parametrize("ensemble", ["fixed", "poisson"])
def test_traces_by_plain_linear_algebra(dim, ensemble):
    """a_l = λ_l Tr[A⁻¹P_l], E_l = Tr[A⁻¹K₂A⁻¹P_l] − 2a_l + 1, V, W, training error, in NumPy."""
    kernel, size, ridge, repeats, seed = relu_ntk(), 6, 0.05, 8, 3
    target = Target({0: 0.1, 1: 1.0, 3: 0.5})
    simulation = simulate(
        kernel,
        dim,
        target,
        [size],
        ridge=ridge,
        label_noise=0.3,
        ensemble=ensemble,
        repeats=repeats,
        seed=seed,
    )
    eigenvalues = kernel.spectrum(dim=dim, max_degree=6).eigenvalues
    powers = target.as_array(5)
    rows = []
    for repeat in range(repeats):
        points = points_of(seed, size, repeat, dim, ensemble == "poisson")
        t = np.clip(points @ points.T, -1, 1)
        np.fill_diagonal(t, 1.0)
        inverse = np.linalg.inv(kernel(t) + ridge * np.eye(len(t)))
        square = squared_kernel(kernel, t, dim, 300) if dim > 2 else chebyshev_square(kernel, t)
        response = inverse @ square @ inverse
        p = [np.cos(l * np.arccos(t)) if dim == 2 else legendre(l, t, dim) for l in range(6)]
        a = [eigenvalues[l] * np.sum(inverse * p[l]) for l in range(6)]
        e = [np.sum(response * p[l]) - 2 * a[l] + 1 for l in range(6)]
        noisy = sum(g * q for g, q in zip(powers, p, strict=True)) + 0.3 * np.eye(len(t))
        training = ridge**2 / size * np.sum(inverse @ inverse * noisy)
        variance = kernel.trace - np.sum(inverse * square)
        rows.append([*a, *e, variance, np.trace(response), training])
    expected = np.mean(rows, axis=0)
    spread = np.std(rows, axis=0, ddof=1) / np.sqrt(repeats)
    obtained, stderr = (
        np.concatenate(
            [
                getattr(simulation, "coefficients" + tail)[0],
                getattr(simulation, "error_by_degree" + tail)[0],
                getattr(simulation, "posterior_variance" + tail),
                getattr(simulation, "label_noise_gain" + tail),
                getattr(simulation, "training_error" + tail),
            ]
        )
        for tail in ("", "_stderr")
    )
    # The sums over degrees are cut at different places; on the circle they converge like L⁻³.
    np.testing.assert_allclose(obtained, expected, rtol=1e-7 if dim == 2 else 1e-9, atol=1e-9)
    np.testing.assert_allclose(stderr, spread, rtol=1e-6, atol=1e-9)
    if ensemble == "poisson":
        assert simulation.error_by_degree_stderr.min() > 0


def chebyshev_square(kernel, t):
    spectrum = kernel.spectrum(dim=2, max_degree=1000)
    weights = spectrum.multiplicities * spectrum.eigenvalues**2
    return sum(weight * np.cos(degree * np.arccos(t)) for degree, weight in enumerate(weights))


def test_error_on_a_test_set_with_random_orientations():
    """⟨(f(x) − g(x))²⟩ over test points, orientations and label noise = Σ g_l² E_l + τ² W, within 4σ.

    Equation: regression-error
    """
    kernel, dim, size, ridge, noise, seed = relu_ntk(), 5, 25, 0.01, 0.2, 4
    arguments = {"ridge": ridge, "label_noise": noise, "repeats": 2, "seed": seed}
    simulation = simulate(kernel, dim, Target({2: 0.8}), [size], **arguments)
    rng = np.random.default_rng(7)
    amplitude = np.sqrt(0.8 * 14)  # deg(2) = 14 in five dimensions
    errors, training, coefficients = [], [], []
    for repeat in range(2):
        points = points_of(seed, size, repeat, dim)
        gram = kernel(np.clip(points @ points.T, -1, 1))
        inverse = np.linalg.inv(gram + ridge * np.eye(size))
        for _ in range(300):
            pole = unit(rng, dim)
            test = rng.standard_normal((1000, dim))
            test /= np.linalg.norm(test, axis=1, keepdims=True)
            truth = amplitude * legendre(2, test @ pole, dim)
            labels = amplitude * legendre(2, points @ pole, dim)
            labels += np.sqrt(noise) * rng.standard_normal(size)
            weights = inverse @ labels
            prediction = kernel(test @ points.T) @ weights
            errors.append(np.mean((prediction - truth) ** 2))
            coefficients.append(np.mean(prediction * truth) / 0.8)
            training.append(np.mean((gram @ weights - labels) ** 2))
    for samples, value in (
        (errors, simulation.error[0]),
        (coefficients, simulation.coefficients[0, 2]),
        (training, simulation.training_error[0]),
    ):
        assert abs(np.mean(samples) - value) < 4 * np.std(samples) / np.sqrt(len(samples))


@pytest.mark.parametrize("ensemble", ["fixed", "poisson"])
def test_sampled_orientations_agree_with_the_exact_average(ensemble):
    kernel, target = relu_ntk(), Target({1: 1.0, 2: 1.0})
    arguments = {"ridge": 0.02, "label_noise": 0.1, "ensemble": ensemble, "repeats": 60, "seed": 5}
    exact = simulate(kernel, 6, target, [12, 60], **arguments)
    sampled = simulate(kernel, 6, target, [12, 60], orientations=3, **arguments)
    assert (exact.orientations, sampled.orientations) == ("exact", 3)
    for name in AVERAGES:
        stderr = np.hypot(getattr(exact, name + "_stderr"), getattr(sampled, name + "_stderr"))
        assert np.all(np.abs(getattr(exact, name) - getattr(sampled, name)) < 4 * stderr + 1e-13), name


AVERAGES = (
    "error",
    "bias",
    "variance",
    "coefficients",
    "error_by_degree",
    "variance_by_degree",
    "posterior_variance",
    "label_noise_gain",
    "training_error",
)


def test_sampling_works_in_several_row_blocks(monkeypatch):
    """Blocks of 16 rows give what one block gives, in both modes."""
    from fieldtheory.workbench.simulation import dataset_regression

    arguments = {"ridge": 0.02, "repeats": 2}
    whole = [simulate(relu_ntk(), 4, Target({1: 1.0}), 50, orientations=o, **arguments) for o in ("exact", 2)]
    monkeypatch.setattr(dataset_regression, "_BLOCK_ENTRIES", 1)
    parts = [simulate(relu_ntk(), 4, Target({1: 1.0}), 50, orientations=o, **arguments) for o in ("exact", 2)]
    for one, many in zip(whole, parts, strict=True):
        for name in AVERAGES:
            np.testing.assert_allclose(getattr(one, name), getattr(many, name), rtol=1e-10, atol=1e-13)


def test_no_difference_between_one_and_two_processes():
    arguments = {"ridge": 0.0, "repeats": 7, "seed": 11}
    one = simulate(relu_ntk(), 5, Target({1: 1.0}), [10, 150], jobs=1, **arguments)
    two = simulate(relu_ntk(), 5, Target({1: 1.0}), [10, 150], jobs=2, **arguments)
    assert one.to_dict() == two.to_dict()


def test_data_sets_depend_on_seed_size_and_number_only():
    """The curve at N is the same whichever other sizes are simulated; another seed gives another one."""
    together = simulate(relu_ntk(), 5, Target({1: 1.0}), [10, 20], repeats=3)
    alone = simulate(relu_ntk(), 5, Target({1: 1.0}), 20, repeats=3)
    other = simulate(relu_ntk(), 5, Target({1: 1.0}), 20, repeats=3, seed=1)
    assert together.error[1] == alone.error[0] != other.error[0]


def test_label_noise_adds_the_gain():
    """error(τ²) = error(0) + τ² W."""
    quiet = simulate(relu_ntk(), 5, Target({1: 1.0}), [30], ridge=0.1, repeats=4)
    noisy = simulate(relu_ntk(), 5, Target({1: 1.0}), [30], ridge=0.1, repeats=4, label_noise=0.5)
    np.testing.assert_allclose(noisy.error, quiet.error + 0.5 * quiet.label_noise_gain, rtol=1e-13)
    np.testing.assert_allclose(noisy.bias, quiet.bias, rtol=1e-13)


def test_interpolation_has_no_training_error():
    simulation = simulate(relu_ntk(), 5, Target({1: 1.0}), [30], repeats=2, label_noise=1.0)
    assert simulation.training_error.tolist() == [0.0]


def test_bias_is_unbiased():
    """The mean bias of many two-data-set simulations is that of one with all the data sets."""
    kernel, target = relu_ntk(), Target({1: 0.3, 2: 1.0})
    many = simulate(kernel, 5, target, [8], repeats=3000)
    few = [simulate(kernel, 5, target, [8], repeats=2, seed=seed) for seed in range(1, 301)]
    biases = [one.bias[0] for one in few]
    spread = np.std(biases) / np.sqrt(len(biases))
    assert abs(np.mean(biases) - many.bias[0]) < 4 * np.hypot(spread, many.bias_stderr[0])
    # Twenty data sets each: the standard errors tell the scatter.
    some = [simulate(kernel, 5, target, [8], repeats=20, seed=seed) for seed in range(400, 500)]
    for name in ("bias", "variance", "error"):
        scatter = np.std([getattr(one, name)[0] for one in some])
        claimed = np.sqrt(np.mean([getattr(one, name + "_stderr")[0] ** 2 for one in some]))
        assert 0.7 < scatter / claimed < 1.4, name


def test_poisson_with_hardly_any_point():
    """Mean 1: e⁻¹ of the data sets are empty and leave f = 0, V = K(1), error = power of the target."""
    kernel = relu_ntk()
    simulation = simulate(kernel, 5, Target({1: 2.0}), 1, ensemble="poisson", repeats=400, ridge=1e9)
    np.testing.assert_allclose(simulation.error, 2.0, rtol=1e-6)
    np.testing.assert_allclose(simulation.posterior_variance, kernel.trace, rtol=1e-6)
    # With a huge ridge the training error is power times (number of points)/N, the number being Poisson.
    assert abs(simulation.training_error[0] / 2.0 - 1.0) < 4 / np.sqrt(400)


NETWORKS = {
    row["kernel"]: FullyConnected(
        hidden_layers=row["params"]["L"],
        activation=row["params"]["act"],
        weight_variance=row["params"]["sw2"],
        bias_variance=row["params"]["sb2"],
        input_scale=row["params"].get("in_scale", 1.0),
    )
    for row in DATA["configs"]
}


@pytest.mark.parametrize("row", DATA["configs"], ids=lambda row: f"{row['id']}-{row['kernel']}-d{row['d']}")
def test_reference_simulations(row):
    """Coefficients, errors and variances per degree, V, W of independent runs, within 4 standard errors."""
    network = NETWORKS[row["kernel"]]
    kernel = network.ntk() if row["params"]["kind"] == "ntk" else network.nngp()
    assert kernel.trace == pytest.approx(row["K1"], rel=1e-12)
    repeats = 400 if row["N"] <= 50 else 120
    simulation = simulate(
        kernel,
        row["d"],
        Target({1: 1.0}),
        row["N"],
        ridge=row["sigma2"],
        ensemble=row["ensemble"],
        repeats=repeats,
        seed=1,
    )
    pairs = [
        (
            row[name]["value"],
            row[name]["se"],
            getattr(simulation, name)[0],
            getattr(simulation, name + "_stderr")[0],
        )
        for name in ("posterior_variance", "label_noise_gain")
    ]
    for entry in row["degrees"]:
        for name, field in (
            ("coef", "coefficients"),
            ("err", "error_by_degree"),
            ("var", "variance_by_degree"),
        ):
            obtained = getattr(simulation, field)[0, entry["l"]]
            stderr = getattr(simulation, field + "_stderr")[0, entry["l"]]
            pairs.append((entry[name], entry[name + "_se"], obtained, stderr))
    for value, value_stderr, obtained, stderr in pairs:
        assert abs(obtained - value) < 4 * np.hypot(stderr, value_stderr) + 1e-12


def test_lost_digits_are_reported():
    kernel = FullyConnected(hidden_layers=1, activation="linear", weight_variance=1.0).nngp()
    simulation = simulate(kernel, 3, Target({1: 1.0}), [2, 40], repeats=2, ridge=1e-12)
    assert simulation.condition[1] > 1e12
    (warning,) = simulation.warnings
    assert warning.startswith("n = 40: the Gram matrix has condition number")


def test_condition_number():
    """The estimate is that of the 1-norm, within a factor of 3 of the exact one."""
    kernel = relu_ntk()
    simulation = simulate(kernel, 5, Target({1: 1.0}), [40], ridge=0.01, repeats=2)
    exact = []
    for repeat in range(2):
        points = points_of(0, 40, repeat, 5)
        exact.append(np.linalg.cond(kernel(np.clip(points @ points.T, -1, 1)) + 0.01 * np.eye(40), 1))
    assert max(exact) / 3 < simulation.condition[0] < 1.001 * max(exact)


def test_memory_is_checked_before_the_start():
    with pytest.raises(MemoryError, match=r"n = 20000 needs .* GB .*orientations=4.*smaller n.*max_memory"):
        simulate(relu_ntk(), 5, Target({1: 1.0}), 20_000, repeats=2, jobs=1, max_memory=1e9)
    with pytest.raises(MemoryError, match=r"use jobs=1 or"):
        simulate(relu_ntk(), 5, Target({1: 1.0}), 2000, repeats=2, jobs=2, max_memory=1e8)


@pytest.mark.parametrize("dim", [3, 50])
@pytest.mark.parametrize(("size", "orientations"), [(10, 0), (700, 0), (700, 4)])
def test_stated_memory_is_what_a_data_set_takes(dim, size, orientations):
    """Peak of the arrays of one data set ≤ required_bytes, and more than a third of it."""
    (problem,), _ = dataset_problems(relu_ntk(), dim, 6, [size], 0.01, "fixed", 0, orientations)
    regress(problem, 0)
    tracemalloc.start()
    regress(problem, 0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 1 / 3 < peak / required_bytes(size, False, orientations, dim=dim) <= 1


def test_estimated_time_is_that_of_the_method():
    """Sampled orientations take N³/3 flops, the exact average 5 N³: a limit may allow one of them."""
    with ft.budget(max_time=0.3):
        with pytest.raises(OverBudget, match="lower repeats or n"):
            simulate(relu_ntk(), 5, Target({1: 1.0}), 1500, repeats=2)
        simulate(relu_ntk(), 5, Target({1: 1.0}), 1500, repeats=2, orientations=1)


def test_choice_of_processes(monkeypatch):
    monkeypatch.setattr(dataset_batches, "usable_cores", lambda: 4)
    counts = dataset_batches.worker_counts
    assert counts([50, 100], 20, None, [10**5, 10**5], 1e9) == [1, 1]
    assert counts([1000, 4000], 50, None, [10**8, 10**9], 4e9) == [4, 1]
    assert counts([1000], 50, None, [10**8], 2.5e8) == [2]
    assert counts([1000], 3, 8, [10**8], 1e10) == [3]
    assert dataset_batches.available_bytes() > 0


def test_progress_bar(capsys):
    quiet = simulate(relu_ntk(), 5, Target({1: 1.0}), [5], repeats=2)
    shown = simulate(relu_ntk(), 5, Target({1: 1.0}), [5], repeats=2, progress=True)
    assert quiet.to_dict() == shown.to_dict()
    assert capsys.readouterr().out == ""


def test_result_as_a_dictionary():
    simulation = simulate(relu_ntk(), 5, Target({1: 1.0}), [5, 9], repeats=2, seed=8)
    plain = json.loads(json.dumps(simulation.to_dict()))
    assert plain["n"] == [5, 9]
    assert plain["error"] == simulation.error.tolist()
    assert (plain["seed"], plain["repeats"], plain["ensemble"]) == (8, 2, "fixed")
    assert len(plain["coefficients"][0]) == 6
    assert any("Rasmussen" in reference for reference in plain["references"])


def test_result_as_a_table_and_as_a_dataset(tmp_path):
    """Every array, digit for digit, with its standard error; what was asked for as attributes."""
    simulation = simulate(relu_ntk(), 5, Target({1: 1.0}), [5, 9], repeats=2, seed=8)
    simulation.to_csv(tmp_path / "simulation.csv")
    with open(tmp_path / "simulation.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    data = simulation.to_xarray()
    for name in ("n", "error", "error_stderr", "bias", "condition"):
        assert [float(row[name]) for row in rows] == getattr(simulation, name).tolist()
        np.testing.assert_array_equal(data[name], getattr(simulation, name))
    assert [float(row["coefficients_5"]) for row in rows] == simulation.coefficients[:, 5].tolist()
    np.testing.assert_array_equal(data["coefficients_stderr"].sel(n=9), simulation.coefficients_stderr[1])
    assert (data.attrs["seed"], data.attrs["ensemble"]) == (8, "fixed")


def test_targets_of_high_degree_widen_the_arrays():
    simulation = simulate(relu_ntk(), 5, Target({8: 1.0}), [5], repeats=2)
    assert simulation.coefficients.shape == (1, 9)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n": [10, 0]}, "n must be at least 1"),
        ({"n": 2.5}, "n must be an integer"),
        ({"n": []}, "n must name at least one"),
        ({"dim": 1}, "dim must be at least 2"),
        ({"ridge": -0.1}, "ridge must be"),
        ({"ridge": float("nan")}, "ridge must be"),
        ({"label_noise": -1.0}, "label_noise must be"),
        ({"ensemble": "canonical"}, "ensemble must be one of 'fixed', 'poisson'"),
        ({"repeats": 1}, "repeats must be at least 2"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"orientations": 0}, "orientations must be 'exact' or"),
        ({"orientations": "all"}, "orientations must be 'exact' or a positive integer .got 'all'"),
        ({"jobs": 0}, "jobs must be at least 1"),
        ({"max_memory": -1.0}, "max_memory must be"),
    ],
)
def test_bad_input(changes, message):
    arguments = {"dim": 5, "target": Target({1: 1.0}), "n": [10], "repeats": 2} | changes
    with pytest.raises(ValueError, match=message):
        simulate(relu_ntk(), **arguments)
