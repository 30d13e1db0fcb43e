"""Sampled posteriors against exact ones, other samplers and published rows; the chains behind them."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

import fieldtheory as ft
import renormalization
from fieldtheory.activations.by_name import ACTIVATIONS
from fieldtheory.activations.compiled_activation import compiled_activation
from fieldtheory.workbench.records import json_text

DATA = json.loads((Path(__file__).parents[1] / "data/finite_width.json").read_text(encoding="utf-8"))
ROWS = {each["id"]: each for each in DATA["rows"]}
RNG = np.random.default_rng(0)
X, Y, X_TEST = RNG.normal(size=(4, 3)), RNG.normal(size=4), RNG.normal(size=(2, 3))
FEW = {"chains": 2, "sweeps": 120, "burn_in": 30}


def net(**changes):
    return ft.FullyConnected(1, **({"activation": "erf", "width": 8, "input_scale": 1 / 3} | changes))


def near(found, expected, stderr, at_most=4.0):
    """Every deviation within so many standard errors, and most of them within two"""
    z = np.abs(np.asarray(found) - expected) / stderr
    assert z.max() < at_most
    assert np.mean(z < 2) > 0.75


@pytest.mark.parametrize("name", [name for name in ROWS if name.startswith("adaptive")])
def test_published_rows(name):
    """Mean and kernels within 4 standard errors of both samplers; R-hat below 1.01."""
    row = ROWS[name]
    given, data = row["parameters"], DATA["data"][row["data"]]
    x, y = np.array(data["X"]), np.array(data.get("Y", data.get("y")), dtype=float)
    network = ft.FullyConnected(
        len(given.get("widths", [1])),
        given["activation"],
        weight_variance=given["g_w"],
        input_scale=1 / x.shape[1],
        width=given.get("n", given.get("widths")),
        readout_variance=given["g_a"],
        feature_strength=given["chi"],
    )
    p = len(y)
    sweeps = 4000 if network.hidden_layers == 1 else 2500
    found = ft.sample_posterior(network, x[:p], y, x[p:], given["kappa_0"], sweeps=sweeps, burn_in=1000)
    assert found.r_hat < 1.01
    assert not found.warnings
    reference, error = row["reference"], row["stderr"]
    shape = found.mean.shape
    near(
        found.mean,
        np.reshape(reference["f"], shape),
        np.hypot(found.mean_stderr, np.reshape(error["f"], shape)),
    )
    lower = np.tril_indices(len(x))
    kernels = [(found.kernel, "kernel")]
    if "hidden_kernel" in reference:
        kernels.append((found.hidden_kernels[0], "hidden_kernel"))
    for kernel, key in kernels:
        # 36 entries, whose errors in the rows are of 8 chains
        deviation = (kernel - reference[key])[lower]
        assert np.abs(deviation).max() < 6 * np.hypot(found.kernel_stderr, error[key])[lower].max()
    if "variance" in reference:
        np.testing.assert_allclose(found.variance, np.reshape(reference["variance"], shape), rtol=0.06)


def weighted_mean(values, weights, axis=0):
    """Self-normalised mean and its standard error"""
    w = weights / weights.sum()
    mean = np.tensordot(w, values, axes=1)
    return mean, np.sqrt(np.tensordot(w**2, (values - mean) ** 2, axes=1))


def importance_sampling(network, x, y, x_test, ridge, draws=40_000, seed=5):
    """f = K_*(K + kappa)^-1 y over weights from the prior, with weights det(K + kappa)^-1/2 exp(-y M y/2):
    the mean and output kernel with their errors; the readout is integrated out"""
    rng = np.random.default_rng(seed)
    points = np.concatenate([x, x_test])
    phi, p, bias = network.phi.function, len(x), float(network.bias_variance)
    inputs = np.sqrt(float(network.input_scale)) * points
    values = np.broadcast_to(inputs, (draws, *inputs.shape))
    variances = [float(each) for each in network.weight_variances[:-1]]
    for layer, width in enumerate(network.widths):
        weights = rng.normal(size=(draws, values.shape[2], width))
        scale = np.sqrt(variances[layer] / (values.shape[2] if layer else 1))
        shift = np.sqrt(bias) * rng.normal(size=(draws, 1, width))
        values = phi(scale * (values @ weights) + shift)
    kernel = bias + network.scaled_readout_variance / values.shape[2] * (values @ values.transpose(0, 2, 1))
    total = kernel[:, :p, :p] + ridge / network.strength * np.eye(p)
    solved = np.linalg.solve(total, np.broadcast_to(y[:, None], (draws, p, 1)))
    log_weight = -np.linalg.slogdet(total)[1] / 2 - (solved[..., 0] @ y) / 2
    weight = np.exp(log_weight - log_weight.max())
    assert weight.sum() ** 2 / (weight**2).sum() > 2000
    return weighted_mean((kernel[:, :, :p] @ solved)[..., 0], weight), weighted_mean(kernel, weight)


@pytest.mark.parametrize(
    ("layers", "activation", "width", "bias"),
    [(1, "erf", 5, 0.0), (1, "relu", 4, 0.3), (2, "tanh", [3, 4], 0.2), (3, "relu", [3, 2, 4], 0.1)],
)
def test_importance_sampling(layers, activation, width, bias):
    """Mean and kernel equal those of weights drawn from the prior and weighted by the likelihood.

    Equation: posterior
    """
    network = ft.FullyConnected(
        layers, activation, weight_variance=1.5, bias_variance=bias, input_scale=1 / 3, width=width
    )
    data = (X[:3], Y[:3], X_TEST)
    (mean, error), (kernel, kernel_error) = importance_sampling(network, *data, 0.4)
    found = ft.sample_posterior(network, *data, ridge=0.4, sweeps=4000, burn_in=300)
    assert found.r_hat < 1.01
    near(found.mean, mean, np.hypot(error, found.mean_stderr))
    assert np.all(np.abs(found.kernel - kernel) < 4.5 * np.hypot(kernel_error, found.kernel_stderr))


@pytest.mark.parametrize(
    ("layers", "width", "chi", "bias"),
    [(1, 6, 1.0, 0.4), (1, 10, 10.0, 0.0), (2, [5, 8], 1.0, 0.0), (3, 6, 3.0, 0.0)],
)
def test_linear_networks(layers, width, chi, bias):
    """Mean, variance, discrepancy and kernels of the exact posterior; more points than dimensions."""
    network = ft.FullyConnected(
        layers, "linear", width=width, input_scale=1 / 3, bias_variance=bias, feature_strength=chi
    )
    exact = renormalization.linear_posterior(network, X, Y, X_TEST, ridge=0.3)
    found = ft.sample_posterior(network, X, Y, X_TEST, ridge=0.3, sweeps=8000, burn_in=1000)
    assert found.r_hat < 1.01
    near(found.mean, exact.mean, found.mean_stderr)
    np.testing.assert_allclose(found.variance, exact.variance, rtol=0.05)
    assert np.all(np.abs(found.kernel - exact.kernel) < 4.5 * found.kernel_stderr)
    assert len(found.hidden_kernels) == layers
    for sampled, known in zip(found.hidden_kernels, exact.hidden_kernels, strict=True):
        np.testing.assert_allclose(sampled, known, atol=0.05 * np.abs(known).max())
    size = np.abs(exact.discrepancy).max()
    np.testing.assert_allclose(found.discrepancy, exact.discrepancy, atol=0.05 * size)


def same(one, other):
    for name in ("mean", "mean_stderr", "variance", "kernel", "kernel_stderr", "discrepancy"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert (one.r_hat, one.effective_samples, one.acceptance) == (
        other.r_hat,
        other.effective_samples,
        other.acceptance,
    )


def deep(**changes):
    return ft.FullyConnected(2, "erf", width=[4, 5], input_scale=1 / 3, bias_variance=0.1, **changes)


@pytest.mark.parametrize("network", [net(), deep()])
def test_jobs_change_nothing(network):
    runs = [ft.sample_posterior(network, X, Y, X_TEST, chains=3, sweeps=200, jobs=jobs) for jobs in (1, 2, 7)]
    for run in runs[1:]:
        same(runs[0], run)
    assert np.any(ft.sample_posterior(network, X, Y, X_TEST, **FEW, seed=1).mean != runs[0].mean)


@pytest.mark.parametrize("network", [net(), deep()])
def test_extended_runs_are_long_runs(network):
    """Any way to cut the sweeps gives the numbers of one run, also where batches are merged; what was
    extended stays as it is."""
    whole = ft.sample_posterior(network, X, Y, X_TEST, chains=2, sweeps=6533, burn_in=77)
    first = ft.sample_posterior(network, X, Y, X_TEST, chains=2, sweeps=133, burn_in=77)
    mean = first.mean.copy()
    parts = first.extend(sweeps=1).extend(sweeps=3066, jobs=2).extend(sweeps=3333)
    same(whole, parts)
    assert (parts.sweeps, parts.burn_in) == (6533, 77)
    assert parts.seconds > first.seconds > 0
    np.testing.assert_array_equal(first.mean, mean)
    same(first.extend(sweeps=10), first.extend(sweeps=10))


def test_test_points_do_not_move_the_chain():
    """Training points have the same numbers with other test points or none; `predict` is another test."""
    with_test = ft.sample_posterior(net(), X, Y, X_TEST, **FEW)
    without = ft.sample_posterior(net(), X, Y, **FEW)
    np.testing.assert_array_equal(with_test.train, without.mean)
    np.testing.assert_array_equal(without.predict(X_TEST), with_test.test)
    with pytest.raises(ValueError, match="X_new must have points in 3 dimensions"):
        without.predict(np.ones((1, 2)))


def test_symmetries():
    """f(-y) = -f(y), f = 0 for y = 0, outputs in another order, a test point that is a training point."""
    found = ft.sample_posterior(net(), X, Y, X_TEST, **FEW)
    np.testing.assert_allclose(ft.sample_posterior(net(), X, -Y, X_TEST, **FEW).mean, -found.mean, rtol=1e-9)
    nothing = ft.sample_posterior(net(), X, 0 * Y, X_TEST, **FEW)
    assert not nothing.mean.any()
    assert nothing.effective_samples > 0
    two = np.stack([Y, Y[::-1]], axis=1)
    outputs = ft.sample_posterior(net(), X, two, X_TEST, **FEW)
    swapped = ft.sample_posterior(net(), X, two[:, ::-1], X_TEST, **FEW)
    np.testing.assert_allclose(swapped.mean[:, ::-1], outputs.mean, rtol=1e-9)
    again = ft.sample_posterior(net(), X, Y, X[:2], **FEW)
    np.testing.assert_allclose(again.test, again.train[:2], rtol=1e-7)
    assert np.all(np.abs(again.variance[4:] / again.variance[:2] - 1) < 1e-6)


def test_column_of_outputs():
    """y with one column is y with one axis, but for the shape; fields, views, JSON, picture."""
    flat, column = (ft.sample_posterior(net(), X, y, X_TEST, **FEW) for y in (Y, Y[:, None]))
    np.testing.assert_array_equal(flat.mean, column.mean[:, 0])
    for values in (column.mean, column.mean_stderr, column.variance, column.error_bar):
        assert values.shape == (6, 1)
    assert column.predict(X_TEST).shape == (2, 1)
    assert flat.kernel.shape == flat.kernel_stderr.shape == (6, 6)
    np.testing.assert_array_equal(flat.kernel, flat.kernel.T)
    assert np.shares_memory(flat.test, flat.mean)
    assert flat.discrepancy.shape == (4,)
    np.testing.assert_allclose(flat.discrepancy * 0.3, Y - flat.train, rtol=1e-9)
    read = json.loads(json_text(flat.to_dict()))
    assert (read["theory"], len(read["mean"]), read["sweeps"]) == ("sampling", 6, 120)
    assert "murray" in ft.cite(flat)
    assert str(flat).startswith("SampledPosterior(2 chains of 120 sweeps, R-hat")
    assert len(flat.plot().axes) == 4


def test_more_chains_and_sweeps_are_more_precise():
    """Standard errors are honest: they fall as one over the root of the work, and means of independent runs
    differ by as much as they say."""
    runs = [
        ft.sample_posterior(net(), X, Y, X_TEST, sweeps=1000, burn_in=200, seed=seed) for seed in range(12)
    ]
    spread = np.std([run.mean for run in runs], axis=0, ddof=1)
    stated = np.sqrt(np.mean([run.mean_stderr**2 for run in runs], axis=0))
    assert np.all((spread / stated > 0.4) & (spread / stated < 1.6))
    long = ft.sample_posterior(net(), X, Y, X_TEST, sweeps=16000, burn_in=200)
    assert 0.15 < np.median(long.mean_stderr / stated) < 0.4


def test_small_ridge():
    """Where neurons are fewer than points the inverse is made anew, not updated: exact to the digits of the
    likelihood, which rounding blurs by less than it says. A linear network of width n is a Gaussian process
    q C with q ~ chi^2_n/n."""
    n, kappa = 3, 1e-5
    network = ft.FullyConnected(1, "linear", width=n, input_scale=1 / 3)
    q = np.exp(np.linspace(-8, 25, 20001))[:, None]
    values, vectors = np.linalg.eigh(X @ X.T / 3)
    values, b = np.maximum(values, 0.0), vectors.T @ Y
    energy = np.sum(np.log(q * values + kappa) + b**2 / (q * values + kappa), axis=1)
    log_weight = (n * np.log(q[:, 0]) - n * q[:, 0] - energy) / 2
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    mean = X_TEST @ X.T / 3 @ vectors @ (weight @ (q * b / (q * values + kappa)))
    found = ft.sample_posterior(network, X, Y, X_TEST, ridge=kappa, sweeps=4000, burn_in=2000)
    assert found.rounding < 1e-3
    near(found.test, mean, found.mean_stderr[4:])


@pytest.mark.parametrize(
    "name", [*ACTIVATIONS, "sin:3", "cos:0.5", "gaussian:2", "elu:0.5", "leaky_relu:0.3"]
)
def test_compiled_activations(name):
    """Every built-in activation has a row of its own, with the values of its NumPy function."""
    phi = ft.activation(name)
    x = np.concatenate([np.linspace(-9, 9, 1001), [-700.0, 0.0, 700.0]])
    np.testing.assert_allclose(compiled_activation(phi)(x), phi.function(x), rtol=1e-12, atol=1e-14)
    assert compiled_activation(phi).code != compiled_activation(ft.activation(lambda x: x * np.cos(x))).code


@pytest.mark.parametrize(
    "choice", [[0.3, 1.0, 0.2, -0.1], lambda x: x / (1 + np.exp(-x)), lambda x: np.where(x > 1, x, np.sin(x))]
)
def test_activations_of_ones_own(choice):
    phi = ft.activation(choice)
    x = np.linspace(-5, 5, 101)
    np.testing.assert_allclose(compiled_activation(phi)(x), phi.function(x), rtol=1e-12, atol=1e-14)
    named = ft.Activation.from_function("erf", lambda x: x / (1 + x**2))  # a name is no proof
    np.testing.assert_allclose(compiled_activation(named)(x), x / (1 + x**2), rtol=1e-12)
    found = ft.sample_posterior(net(activation=choice), X, Y, **FEW)
    assert np.all(np.isfinite(found.mean))


def test_warnings():
    short = ft.sample_posterior(net(feature_strength=8.0), X, 5 * Y, ridge=0.01, **FEW)
    assert any("R-hat is" in said for said in short.warnings)
    assert any("effective samples, fewer than 400" in said for said in short.warnings)


def test_quiet_unless_on_a_terminal(capsys):
    for progress in (None, True, False):
        ft.sample_posterior(net(), X, Y, **FEW, progress=progress)
    assert capsys.readouterr() == ("", "")


def test_interrupted_chains_stop(monkeypatch):
    """Ctrl-C, or an error in one chain, ends all of them"""
    from fieldtheory.workbench.weight_sampling import chain

    calls = []

    def run(*arguments):
        calls.append(arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(chain, "run_sweeps", run)
    with pytest.raises(KeyboardInterrupt):
        ft.sample_posterior(net(), X, Y, chains=6, jobs=2)
    assert len(calls) <= 6


REFUSED = [
    ({"y": Y[:3]}, "y must have one label"),
    ({"ridge": 0.0}, "ridge must be"),
    ({"X": np.full((4, 3), np.nan)}, "X must be finite"),
    ({"net": net(width=None)}, "net must have hidden layers of finite width to sample \\(got width=None\\)"),
    ({"net": ft.FullyConnected(0, "erf")}, "to sample \\(got no hidden layer\\)"),
    ({"chains": 1}, "chains must be at least 2"),
    ({"sweeps": 99}, "sweeps must be at least 100"),
    ({"burn_in": -1}, "burn_in must be at least 0"),
    ({"jobs": 0}, "jobs must be at least 1"),
    ({"progress": 1}, "progress must be True or False"),
    ({"net": net(width=2), "ridge": 1e-25}, "ridge must be larger"),
    ({"net": net(activation=lambda x: x * expit(x))}, "Numba compiles .*expit"),
    ({"sweeps": 10**9}, "lower sweeps or the number of points"),
]


@pytest.mark.parametrize(("changes", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_refusals(changes, said):
    with pytest.raises(ValueError, match=said):
        ft.sample_posterior(**({"net": net(), "X": X, "y": Y} | FEW | changes))


def test_coverage_of_random_problems():
    """|theory - sampling| <= error bar + 2 standard errors in at least 90 %, over 20 random problems: one or
    two hidden layers, any activation, lazy to mean-field, with and without biases."""
    rng = np.random.default_rng(11)
    inside = []
    for problem in range(20):
        layers = 2 if problem % 5 == 4 else 1
        activation = ("erf", "relu", "tanh", "gelu", "linear")[rng.integers(5)]
        width = rng.integers(10, 40, size=layers).tolist()
        chi = np.exp(rng.uniform(0, np.log(width[-1])))
        p, d = rng.integers(2, 5), rng.integers(2, 6)
        x, y = rng.normal(size=(p + 2, d)), rng.normal(size=p)
        bias, ridge = rng.choice([0.0, 0.2]), rng.uniform(0.1, 0.5)
        network = ft.FullyConnected(
            layers,
            activation,
            weight_variance=1.5,
            bias_variance=float(bias),
            input_scale=1 / d,
            width=width,
            feature_strength=chi,
        )
        data = (x[:p], y, x[p:], ridge)
        theory = ft.posterior_mean(network, *data, nodes=2**10, scrambles=4)
        found = ft.sample_posterior(network, *data, sweeps=1000, burn_in=500)
        inside.append(np.abs(theory.mean - found.mean) <= theory.error_bar + 2 * found.mean_stderr)
    assert np.mean(np.concatenate(inside)) >= 0.9
