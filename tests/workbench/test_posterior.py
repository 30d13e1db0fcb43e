"""Posterior means as a user calls them: shapes, bars, warnings, refusals."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import fieldtheory as ft
import renormalization
from fieldtheory.workbench.records import json_text
from renormalization.feature_learning.assessment import judged_posterior, own_bar
from renormalization.feature_learning.posteriors.posterior_prediction import PosteriorPrediction

DATA = json.loads((Path(__file__).parents[1] / "data/finite_width.json").read_text(encoding="utf-8"))
ROWS = {each["id"]: each for each in DATA["rows"]}
RNG = np.random.default_rng(0)
X, Y, X_TEST = RNG.normal(size=(4, 3)), RNG.normal(size=4), RNG.normal(size=(2, 3))
FEW = {"nodes": 2**8, "scrambles": 2}


def net(**changes):
    return ft.FullyConnected(1, **({"activation": "erf", "width": 10, "input_scale": 1 / 3} | changes))


def sampled(name):
    """The network, data and sampled posterior mean with its standard error of a row."""
    found = ROWS[name]
    given, data = found["parameters"], DATA["data"][found["data"]]
    x, y = np.array(data["X"]), np.array(data.get("Y", data.get("y")), dtype=float)
    network = ft.FullyConnected(
        1,
        given["activation"],
        weight_variance=given["g_w"],
        input_scale=1 / x.shape[1],
        width=given.get("n", given.get("widths", [None])[0]),
        readout_variance=given["g_a"],
        feature_strength=given["chi"],
    )
    shape = (len(x), *y.shape[1:])
    mean, error = (np.reshape(found[key]["f"], shape) for key in ("reference", "stderr"))
    return network, (x[: len(y)], y, x[len(y) :], given["kappa_0"]), mean, error


ONE_LAYER = [
    *("adaptive.20-4", "adaptive.20-20", "adaptive.80-1", "adaptive.relu.20-20", "adaptive.relu.20-1"),
    "adaptive.erf.two-outputs.20-20",
]


def test_coverage_of_the_public_rows():
    """|theory - sampling| <= error bar + 2 standard errors at 90 % of all points of all rows and theories."""
    inside = []
    for name in ONE_LAYER:
        network, data, mean, error = sampled(name)
        for theory in ("nngp", "tree", "one-loop"):
            found = ft.posterior_mean(network, *data, theory=theory, nodes=2**12)
            inside.append(np.abs(found.mean - mean) <= found.error_bar + 2 * error)
    assert np.mean(np.concatenate([each.ravel() for each in inside])) >= 0.9


def importance_sampled(network, x, y, x_test, ridge, samples, rng):
    """Posterior mean and its standard error: hidden weights of the prior, the read-out integrated out."""
    points, p, chi = np.concatenate([x, x_test]), len(y), network.strength
    covariance = network.input_covariance(points)
    root = np.linalg.cholesky(covariance + 1e-12 * np.eye(len(points)))
    phi = ft.activation(network.activation).function
    values = phi(rng.normal(size=(samples, network.width, len(points))) @ root.T)
    kernel = network.scaled_readout_variance / network.width * np.einsum("sia,sib->sab", values, values)
    inner = kernel[:, :p, :p] + ridge / chi * np.eye(p)
    solved = np.linalg.solve(inner, np.broadcast_to(y[:, None], (samples, p, 1)))[..., 0]
    logs = -np.linalg.slogdet(inner)[1] / 2 - solved @ y / 2
    weight = np.exp(logs - logs.max())
    means = np.einsum("sab,sb->sa", kernel[:, :, :p], solved)
    mean = weight @ means / weight.sum()
    error = np.sqrt((weight**2) @ (means - mean) ** 2) / weight.sum()
    return mean, error


def test_coverage_of_random_problems():
    """20 small problems: |theory - sampling| <= error bar + 2 standard errors at 90 % of the points; and the
    bars of one loop are not wide, in the median less than five times what they are to hold"""
    inside, bars, deviations = [], [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        network = net(
            activation=["erf", "relu", "tanh", "gelu"][seed % 4],
            width=int(rng.integers(6, 20)),
            weight_variance=float(rng.uniform(0.5, 2)),
            readout_variance=float(rng.uniform(0.5, 2)),
            feature_strength=float(rng.choice([1.0, 2.0, 4.0])),
        )
        x, y = rng.normal(size=(4, 3)), rng.normal(size=3)
        ridge = float(rng.uniform(0.1, 0.5))
        mean, error = importance_sampled(network, x[:3], y, x[3:], ridge, 20_000, rng)
        for theory in ("tree", "one-loop"):
            found = ft.posterior_mean(network, x[:3], y, x[3:], ridge, theory, nodes=2**10, scrambles=4)
            inside.append(np.abs(found.mean - mean) <= found.error_bar + 2 * error)
        bars.append(found.error_bar)
        deviations.append(np.abs(found.mean - mean))
    assert np.mean(inside) >= 0.9
    assert np.mean(inside[1::2]) >= 0.9
    assert np.median(bars) < 5 * np.median(deviations)


def test_bars_of_few_scrambles():
    """The spread counts for two standard errors of many scrambles: Student's t at the same level"""
    problem = ft.posterior_mean(net(), X, Y, theory="nngp", error_bar=False).problem
    for scrambles, factor in ((2, 13.968), (4, 3.307), (10_001, 2.0)):
        found = renormalization.POSTERIOR_THEORIES["nngp"].prediction(problem)
        found = replace(found, spread=np.ones((4, 1)), scrambles=scrambles, error_bar=np.zeros((4, 1)))
        np.testing.assert_allclose(own_bar(found), factor, rtol=1e-3)


def test_auto_takes_the_smallest_bar():
    network, data, mean, error = sampled("adaptive.relu.20-1")
    found = ft.posterior_mean(network, *data, nodes=2**12)
    one = ft.posterior_mean(network, *data, theory="one-loop", nodes=2**12)
    assert (found.theory, found.asked) == ("two-loop", "auto")
    assert np.mean(found.error_bar**2) < np.mean(one.error_bar**2)
    assert np.all(np.abs(found.mean - mean) < found.error_bar + 3 * error)
    assert ft.posterior_mean(net(width=None), X, Y).theory == "nngp"
    assert not ft.posterior_mean(net(width=None), X, Y).error_bar.any()


def test_exact():
    """Of a linear network: what `linear_posterior` gives, with the bar of its quadrature, and what "auto"
    takes; the other theories are within their bars of it"""
    network = net(activation="linear", width=30, feature_strength=3.0)
    found = ft.posterior_mean(network, X, Y, X_TEST)
    direct = renormalization.linear_posterior(network, X, Y, X_TEST)
    assert (found.theory, found.asked) == ("exact", "auto")
    np.testing.assert_array_equal(found.mean, direct.mean)
    np.testing.assert_array_equal(found.kernel, direct.kernel)
    assert found.error_bar.max() < 1e-12
    assert json.loads(json_text(found.to_dict()))["theory"] == "exact"
    assert ft.cite(found)
    column = ft.posterior_mean(network, X, Y[:, None], X_TEST, theory="exact")
    np.testing.assert_array_equal(column.mean[:, 0], found.mean)
    for theory in ("nngp", "tree", "one-loop", "two-loop"):
        other = ft.posterior_mean(network, X, Y, X_TEST, theory=theory, nodes=2**12)
        assert np.mean(np.abs(other.mean - found.mean) <= other.error_bar + 1e-12) >= 0.8
    np.testing.assert_allclose(found.predict(X_TEST), found.test, rtol=1e-12)
    with pytest.raises(ValueError, match="activation must be 'linear' for an exact posterior"):
        ft.posterior_mean(net(), X, Y, theory="exact")
    with pytest.raises(ValueError, match="y must have one output for an exact posterior"):
        ft.posterior_mean(network, X, np.stack([Y, Y], axis=1), theory="exact")


@pytest.mark.parametrize("theory", [name for name in renormalization.POSTERIOR_THEORIES if name != "exact"])
def test_shapes_and_views(theory):
    """One column per output if y has two axes; train and test are views; all of it is JSON."""
    for y in (Y, np.stack([Y, -Y], axis=1)):
        found = ft.posterior_mean(net(), X, y, X_TEST, theory=theory, **FEW)
        shape = (6, *np.shape(y)[1:])
        for values in (found.mean, found.error_bar, found.variance, found.spread):
            assert values.shape == shape
        assert found.discrepancy.shape == np.shape(y)
        assert found.kernel.shape == (6, 6)
        assert len(found.hidden_kernels) == 1
        assert np.shares_memory(found.train, found.mean)
        assert np.shares_memory(found.test, found.mean)
        assert len(found.train) == 4
        assert np.all(found.error_bar >= 0)
        read = json.loads(json_text(found.to_dict()))
        assert read["theory"] == theory
        assert len(read["mean"]) == 6
        assert found.references
        assert ft.cite(found)
    assert str(found).startswith(f"PosteriorMean({theory}, 4 training points, 2 test points")


def test_scaling_of_the_ridge():
    """chi divides the variance of the read-out, and the ridge unless told not to; the NNGP sees neither."""
    lazy, rich = (net(feature_strength=chi) for chi in (1.0, 5.0))
    means = [ft.posterior_mean(each, X, Y, theory="nngp", error_bar=False).mean for each in (lazy, rich)]
    np.testing.assert_allclose(*means, rtol=1e-10)
    fixed = ft.posterior_mean(rich, X, Y, ridge=0.06, scale_ridge=False, theory="tree", **FEW)
    scaled = ft.posterior_mean(rich, X, Y, ridge=0.3, theory="tree", **FEW)
    np.testing.assert_allclose(fixed.mean, scaled.mean, rtol=1e-12)


def test_new_points():
    """`predict` is the test mean of another call, to the spread over scrambles."""
    found = ft.posterior_mean(net(), X, Y, theory="one-loop", nodes=2**12)
    other = ft.posterior_mean(net(), X, Y, X_TEST, theory="one-loop", nodes=2**12)
    np.testing.assert_allclose(found.predict(X_TEST), other.test, atol=1e-12)
    many = found.predict(np.repeat(X_TEST, 20, axis=0))
    assert np.all(np.abs(many - np.repeat(other.test, 20)) < 10 * other.spread.max() + 1e-6)
    with pytest.raises(ValueError, match="X_new must have points in 3 dimensions"):
        found.predict(np.ones((1, 2)))


def test_diagrams_draw_themselves():
    found = ft.posterior_mean(net(), X, Y, theory="one-loop", **FEW)
    (tadpole,) = found.diagrams
    assert "<svg" in tadpole.to_svg()
    assert len(ft.posterior_mean(net(), X, Y, theory="two-loop", **FEW).diagrams) == 8
    assert ft.posterior_mean(net(), X, Y, theory="tree", error_bar=False, **FEW).diagrams is None


def test_plot():
    figure = ft.posterior_mean(net(), X, Y, X_TEST, theory="one-loop", **FEW).plot()
    assert len(figure.axes) == 4
    assert figure.axes[0].get_ylabel() == "posterior mean"


def test_warnings():
    strong = ft.posterior_mean(
        net(width=3, activation="relu", readout_variance=8.0), X, 3 * Y, ridge=0.01, theory="tree", **FEW
    )
    assert any("P/n is 1.33" in said for said in strong.warnings)
    loops = ft.posterior_mean(
        net(width=1, activation="relu", feature_strength=0.1), X, Y, ridge=1.0, theory="one-loop", **FEW
    )
    assert any("of the tree" in said for said in loops.warnings)


def test_a_kernel_that_is_not_positive_definite_is_an_error(monkeypatch):
    row = renormalization.POSTERIOR_THEORIES["nngp"]
    problem = ft.posterior_mean(net(), X, Y, theory="nngp", error_bar=False).problem
    wrong = row.prediction(problem)

    def indefinite(problem) -> PosteriorPrediction:
        return replace(wrong, kernel=-wrong.kernel)

    from renormalization.feature_learning import registry

    monkeypatch.setitem(registry._ROWS, "nngp", replace(row, function=indefinite))
    with pytest.raises(FloatingPointError, match="'nngp' has a kernel that is not positive definite"):
        judged_posterior(problem, "nngp", error_bar=False)


REFUSED = [
    ({"y": Y[:3]}, "y must have one label, or one row of outputs, for each of 4 training points"),
    ({"ridge": 0.0}, "ridge must be"),
    ({"X": np.full((4, 3), np.nan)}, "X must be finite"),
    ({"X": np.zeros((4, 3))}, "X must have a point other than 0"),
    ({"X_test": np.ones((1, 2))}, "X_test must have points in 3 dimensions"),
    ({"theory": "no such"}, "theory must be one of"),
    ({"theory": "tree", "order": 1}, "order must be None for theory='tree'"),
    ({"nodes": 1000}, "nodes must be a power of 2"),
    ({"scrambles": 1}, "scrambles must be at least 2"),
    ({"net": net(width=None), "theory": "tree"}, "hidden layers of finite width for theory='tree'"),
    ({"net": "net"}, "net must be a FullyConnected"),
]


@pytest.mark.parametrize(("changes", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_refusals(changes, said):
    with pytest.raises(ValueError, match=said):
        ft.posterior_mean(**({"net": net(), "X": X, "y": Y} | FEW | changes))


@pytest.mark.parametrize("changes", [{"width": 0}, {"feature_strength": -1.0}, {"feature_strength": "lazy"}])
def test_networks_that_are_none(changes):
    with pytest.raises(ValueError, match="must be"):
        net(**changes)


def test_deep_networks():
    """All theories that hold for two hidden layers; bars, new points, and the refusal of two loops."""
    deep = ft.FullyConnected(2, "erf", width=[12, 8], input_scale=1 / 3, readout_variance=0.5)
    for theory in ("auto", "tree", "nngp"):
        found = ft.posterior_mean(deep, X, Y, X_TEST, theory=theory, nodes=2**9, scrambles=2)
        assert found.theory == {"auto": "perturbative"}.get(theory, theory)
        assert len(found.hidden_kernels) == 2
        assert np.all(found.error_bar > 0)
    loop = ft.posterior_mean(deep, X, Y, theory="one-loop", nodes=2**10)
    assert np.all(np.abs(loop.predict(X_TEST) - found.test) < 0.3)
    with pytest.raises(ValueError, match="net must have 1 hidden layer for theory='two-loop' \\(got 2\\)"):
        ft.posterior_mean(deep, X, Y, theory="two-loop", **FEW)


def test_too_many_points_for_a_deep_network():
    deep = ft.FullyConnected(2, "erf", width=50)
    with ft.budget(max_memory=1e9), pytest.raises(ValueError, match="matrix fields of 2 hidden layers at 60"):
        ft.posterior_mean(deep, np.eye(60), np.ones(60), theory="tree", error_bar=False)
