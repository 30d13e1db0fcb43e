"""The exact posterior of linear networks: published integrals, mpmath, sampled weights, identities."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

import fieldtheory as ft
from renormalization import linear_posterior
from renormalization.feature_learning.scales.linear_posterior import prediction
from tests.renormalization.feature_learning.posterior_rows import random_problem, reference, row

SCANS = [f"linear.scan.{number}" for number in (0, 4, 8, 11, 13, 15, 19)]
DEEP = [f"deep-linear.{number}" for number in (1, 2, 9, 10, 12, 17)]


def signs(rows):
    return np.array([[1.0 if each == "+" else -1.0 for each in line] for line in rows])


def data_of(name):
    """X, y, X_test of a row."""
    given_data = reference()["data"][row(name)["data"]]
    if "X" in given_data:
        return tuple(np.array(given_data[each]) for each in ("X", "y", "X_test"))
    x, size = signs(given_data["X_signs"]), given_data["P"]
    y = signs([given_data["y_signs"]])[0][:size]
    return x[:size], y * row(name)["parameters"].get("label_amplitude", 1.0), x[size:]


def posterior_of(name):
    numbers, (x, y, test) = row(name)["parameters"], data_of(name)
    layers, chi = numbers.get("hidden_layers", 1), numbers.get("chi", 1.0)
    net = ft.FullyConnected(
        *(layers, "linear", [numbers["g_w"]] + [1.0] * (layers - 1), 0.0, 1 / x.shape[1]),
        **{"width": numbers["n"], "readout_variance": numbers["g"] * chi, "feature_strength": chi},
    )
    return y, linear_posterior(net, x, y, test, ridge=numbers["kappa"] * chi)


@pytest.mark.parametrize("name", SCANS + DEEP)
def test_published_integrals(name):
    """R = <Q>/g, exp <log Q/g>, the mean at test points and |y − f|²/P of (3.1), one hidden layer to four"""
    expected = row(name)["reference"]
    y, found = posterior_of(name)
    # g of the rows has 12 digits
    assert found.scale == pytest.approx(expected["R_exact"], rel=1e-10)
    assert found.test == pytest.approx(np.array(expected["f_test_exact"]), abs=2e-11)
    if "exp_mean_log_R" in expected:
        assert found.geometric_scale == pytest.approx(expected["exp_mean_log_R"], rel=1e-10)
    if "mean_square_training_discrepancy" in expected:
        square = np.mean((y - found.train) ** 2)
        assert square == pytest.approx(expected["mean_square_training_discrepancy"], rel=1e-10)


def test_sampled_weights():
    """`linear.brute-force`: the mean over weights of a real network, weighted by exp(−|y − f|²/2κ); and (3.1)
    in mpmath (the row's own integral is 1.7e-10 off it at the first point)

    Equation: linear-posterior
    """
    found, (x, y, test) = posterior_of("linear.brute-force")[1], data_of("linear.brute-force")
    expected, stderr = row("linear.brute-force")["reference"], row("linear.brute-force")["stderr"]
    deviation = np.abs(found.test - expected["f_test_sampled"])
    assert (deviation < 3 * np.array(stderr["f_test_sampled"])).all()
    with mp.workdps(25):
        c = mp.matrix(x.tolist()) * mp.matrix(x.T.tolist()) / 4
        values, vectors = mp.eigsy(c)
        labels, seen = vectors.T * mp.matrix(y), mp.matrix((test @ x.T / 4).tolist()) * vectors

        def weight(log, point=None):
            q = mp.e**log
            left = [q * value + mpf("0.2") for value in values]
            size = mp.e ** (
                mpf(5) / 2 * (log - q)
                - sum(mp.log(a) + b**2 / a for a, b in zip(left, labels, strict=True)) / 2
            )
            if point is None:
                return size
            return size * sum(q * seen[point, i] * labels[i] / left[i] for i in range(3))

        ends = [-30, -10, -5, -3, -2, -1, 0, 0.5, 1, 1.5, 2, 3, 4]
        total = mp.quad(weight, ends)
        exact = [float(mp.quad(lambda log, k=k: weight(log, k), ends) / total) for k in (0, 1)]
    assert found.test == pytest.approx(exact, rel=1e-13)
    assert found.test[1] == pytest.approx(expected["f_test_exact"][1], abs=1e-10)


def importance(widths, weights, readout, bias, x, ridge, y, samples, seed):
    """Posterior averages over drawn hidden weights of random networks, the read-out integrated out: mean,
    variance and kernels of the layers, in 20 batches."""
    rng = np.random.default_rng(seed)
    size = len(y)
    batches = []
    for _ in range(20):
        h = np.broadcast_to(x, (samples, *x.shape)) / math.sqrt(x.shape[1])
        kernels = []
        for width, before in zip(widths, weights, strict=True):
            w = rng.normal(size=(samples, h.shape[2], width)) * math.sqrt(before)
            h = h @ w if not kernels else h @ w / math.sqrt(h.shape[2])
            kernels.append(h @ h.transpose(0, 2, 1) / width)
        kernels = [bias + after * each for after, each in zip((*weights[1:], readout), kernels, strict=True)]
        k = kernels[-1]
        noisy = k[:, :size, :size] + ridge * np.eye(size)
        inverse = np.linalg.inv(noisy)
        tau = inverse @ y
        logs = -np.linalg.slogdet(noisy)[1] / 2 - tau @ y / 2
        p = np.exp(logs - logs.max())
        p /= p.sum()
        means = np.einsum("sij,sj->si", k[:, :, :size], tau)
        within = np.einsum("sii->si", k) - np.einsum(
            "sij,sjk,sik->si", k[:, :, :size], inverse, k[:, :, :size], optimize=True
        )
        mean = p @ means
        batches.append(
            [mean, p @ (within + means**2) - mean**2, *(np.tensordot(p, each, 1) for each in kernels)]
        )
    return [
        (np.mean(each, axis=0), np.std(each, axis=0, ddof=1) / math.sqrt(20))
        for each in zip(*batches, strict=True)
    ]


@pytest.mark.parametrize(("widths", "bias"), [((4,), 0.0), ((3,), 0.5), ((3, 5), 0.0)])
def test_moments_of_networks(widths, bias):
    """Mean, variance and all hidden kernels: importance sampling over the weights, within 4.5 stderr"""
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(4, 3)), np.array([1.5, -1.0, 0.5])
    weights, readout = (1.5, 0.8)[: len(widths)], 1.2
    net = ft.FullyConnected(
        len(widths), "linear", weights, bias, 1 / 3, width=widths, readout_variance=readout
    )
    # the bias of the first layer is a coordinate that is always there
    constant = np.full((4, 1), math.sqrt(bias * 3 / 1.5))
    sampled_x = np.hstack([x, constant]) * math.sqrt(4 / 3) if bias else x
    found = linear_posterior(net, x[:3], y, x[3:], ridge=0.4)
    sampled = importance(widths, weights, readout, bias, sampled_x, 0.4, y, 8000, 1)
    for value, (mean, stderr) in zip(
        (found.mean, found.variance, *found.hidden_kernels), sampled, strict=True
    ):
        assert (np.abs(value - mean) < 4.5 * stderr + 1e-9).all()


@given(
    st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, 60), st.floats(0.01, 2), st.floats(0.2, 4)
)
@settings(max_examples=25)
def test_identities(seed, layers, width, ridge, strength):
    """τ = (y − f)/κ; turning X, permuting points and y → −y; a test point that is a training point"""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(4, 3)), rng.normal(size=4)
    net = ft.FullyConnected(layers, "linear", 1.3, 0.0, 0.4, width=width, feature_strength=strength)
    found = linear_posterior(net, x, y, x[:2], ridge=ridge)
    assert found.train + ridge / strength * found.discrepancy == pytest.approx(y, abs=1e-11)
    assert found.test == pytest.approx(found.train[:2], abs=1e-12)
    assert (found.variance > 0).all()
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    other = linear_posterior(net, (x @ turn)[::-1], -y[::-1], ridge=ridge)
    assert other.mean == pytest.approx(-found.train[::-1], abs=1e-11)
    assert other.log_evidence == pytest.approx(found.log_evidence, abs=1e-10)
    assert (found.error_bar < 1e-10).all()


def test_infinite_width():
    """n → ∞: the Gaussian process, with corrections of order 1/n; its log evidence"""
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(5, 3)), rng.normal(size=5)
    for layers, bias in ((1, 0.3), (3, 0.0)):
        net = ft.FullyConnected(layers, "linear", 1.3, bias, 0.4, width=10**8)
        kernel = net.nngp_gram(x) + 0.2 * np.eye(5)
        found = linear_posterior(net, x, y, ridge=0.2)
        exact = y - 0.2 * np.linalg.solve(kernel, y)
        assert found.mean == pytest.approx(exact, abs=1e-6)
        evidence = -(np.linalg.slogdet(2 * math.pi * kernel)[1] + y @ np.linalg.solve(kernel, y)) / 2
        assert found.log_evidence == pytest.approx(evidence, abs=1e-5)
        assert found.hidden_kernels[-1] == pytest.approx(net.nngp_gram(x), abs=1e-6)


def test_as_a_theory():
    """The prediction that theories of finite width state: the same numbers"""
    problem = random_problem(
        3, activation=ft.activation("linear"), widths=(7, 9), weight_variances=(1.0, 1.5)
    )
    found = prediction(problem)
    net = ft.FullyConnected(
        *(2, "linear", problem.weight_variances, 0.0, problem.input_scale),
        **{"width": problem.widths, "readout_variance": problem.readout_variance},
    )
    direct = linear_posterior(net, problem.X, problem.y, problem.X_test, ridge=problem.ridge)
    assert (found.mean[:, 0] == direct.mean).all()
    assert found.mean.shape == (len(problem.X) + len(problem.X_test), 1)
    assert len(found.hidden_kernels) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"net": ft.FullyConnected(1, "erf", width=5)}, "activation must be 'linear'"),
        ({"net": ft.FullyConnected(1, "linear")}, "width must be"),
        ({"net": ft.FullyConnected(0, "linear")}, "net must be"),
        ({"net": "linear"}, "net must be"),
        ({"net": ft.FullyConnected(2, "linear", 1.0, 0.1, width=5)}, "bias_variance must be 0"),
        ({"y": [1.0]}, "y must have one number"),
        ({"y": np.ones((2, 2))}, "y must have one number"),
        ({"X": [[math.nan, 1.0], [1.0, 1.0]]}, "X must be finite"),
        ({"X_test": [[1.0]]}, "X_test must have points in 2"),
        ({"ridge": 0.0}, "ridge must be"),
        ({"ridge": -1.0}, "ridge must be"),
        ({"scale_ridge": "no"}, "scale_ridge must be"),
    ],
)
def test_refusals(changes, words):
    right = {"net": ft.FullyConnected(1, "linear", width=5), "X": np.eye(2), "y": [1.0, 2.0]}
    with pytest.raises(ValueError, match=words):
        linear_posterior(**(right | changes))


@given(
    st.integers(0, 10**6),
    st.integers(1, 3),
    st.integers(1, 20),
    st.floats(-8, 0),
    st.floats(-3, 5),
    st.integers(1, 2),
)
@settings(max_examples=25)
def test_more_points_than_dimensions(seed, dim, width, log_ridge, log_labels, layers):
    """With X = Q R and orthonormal columns of Q, R and Qᵀy have the same mean, and log p(y) has
    −|y − QQᵀy|²/2κ − (P − d) log(2πκ)/2 less: labels that no network can learn say nothing of its scale"""
    rng = np.random.default_rng(seed)
    x, y, test = rng.normal(size=(dim + 2, dim)), rng.normal(size=dim + 2), rng.normal(size=(2, dim))
    y, kappa = 10**log_labels * y, 10**log_ridge
    net = ft.FullyConnected(layers, "linear", input_scale=1 / dim, width=width)
    q, r = np.linalg.qr(x)
    found = linear_posterior(net, x, y, test, ridge=kappa)
    few = linear_posterior(net, r, q.T @ y, test, ridge=kappa)
    size = np.abs(few.test).max()
    # the eigenvalues of x xᵀ are known to ε of the largest
    conditioned = np.linalg.cond(x) ** 2 * max(1.0, size)
    assert found.test == pytest.approx(few.test, rel=1e-10, abs=1e-14 * conditioned + 1e-10 * size)
    rest = np.sum((y - q @ (q.T @ y)) ** 2) / kappa + 2 * math.log(2 * math.pi * kappa)
    assert found.log_evidence == pytest.approx(few.log_evidence - rest / 2, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("width", "label", "ridge"), [(1, 1e4, 1e-5), (3, 1e7, 1.0), (1, 1e5, 1e4), (20, 1e5, 1e3)]
)
def test_labels_beyond_the_prior(width, label, ridge):
    """One point x = 1, |y| far above its prior: <Q> of Q^(n/2) e^(−nQ/2) N(y; 0, Q + κ), in mpmath"""
    found = linear_posterior(
        ft.FullyConnected(1, "linear", width=width), [[1.0]], [label], [[2.0]], ridge=ridge
    )
    with mp.workdps(30):
        n, y, kappa = mpf(width), mpf(label), mpf(ridge)
        # around the saddle Q + κ = y/√n
        middle = mp.log(y / mp.sqrt(n) - kappa)

        def weight(log, power=0):
            q = mp.e**log
            shift = n / 2 * (log - q) - mp.log(q + kappa) / 2 - y**2 / (q + kappa) / 2
            return mp.e ** (shift + mp.sqrt(n) * y - n * kappa / 2) * (q / (q + kappa)) ** power

        ends = [middle + k / mp.sqrt(mp.sqrt(n) * y) for k in range(-24, 25, 4)]
        ratio = mp.quad(lambda log: weight(log, 1), ends) / mp.quad(weight, ends)
        mean = [float(y * ratio), float(2 * y * ratio)]
        scale = float(y * mp.quad(lambda log: weight(log) * mp.e**log / y, ends) / mp.quad(weight, ends))
    assert found.mean == pytest.approx(mean, rel=1e-12)
    assert found.scale == pytest.approx(scale, rel=1e-10)
