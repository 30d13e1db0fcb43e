"""Training dynamics and trained networks as a user calls them."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import fieldtheory as ft
from fieldtheory.budgets import OverBudget
from tests.renormalization.training_dynamics.training_rows import row, row_data

X, Y = row_data("dmft.gamma1.5.n1024")
NET = ft.FullyConnected(2, "linear", input_scale=1 / 8, width=64)
RNG = np.random.default_rng(3)
SPHERE = np.linalg.qr(RNG.normal(size=(4, 4)))[0][:3] + 0.0
MIXED = (SPHERE + SPHERE[[1, 2, 0]]) / math.sqrt(2)


@pytest.fixture(scope="module")
def dynamics():
    return ft.training_dynamics(NET, X, Y, steps=30, learning_rate=0.05, richness=1.5)


@pytest.fixture(scope="module")
def networks():
    return ft.train_networks(NET, X, Y, networks=200, steps=30, learning_rate=0.05, richness=1.5, seed=1000)


def test_networks_of_a_published_row():
    """n = 1024: f at the last step and at t = 10, Φ¹, Φ², G² within 3 standard errors of infinite width"""
    expected, stderr = (row("dmft.gamma1.5.n1024")[key] for key in ("reference", "stderr"))
    found = ft.training_dynamics(NET, X, Y, steps=30, learning_rate=0.05, richness=1.5)
    pairs = {
        "f_last": found.outputs[-1],
        "f_t10": found.outputs[10],
        "Phi1_last": found.kernels[0][-1, :, -1],
        "Phi2_last": found.kernels[1][-1, :, -1],
        "G2_last": found.gradient_kernels[1][-1, 0, -1, 0],
    }
    for key, values in pairs.items():
        assert (np.abs(values - expected[key]) < 3 * np.array(stderr[key])).all()


def test_networks_beside_dynamics(dynamics, networks):
    """n = 64: every average within 4 standard errors + 2/n of that at infinite width, at all steps"""
    for name in ("outputs", "ntk"):
        error = networks.stderr if name == "outputs" else networks.ntk_stderr
        deviation = np.abs(getattr(networks, name) - getattr(dynamics, name))
        assert (deviation < 4 * error + 2 / 64 * max(1, np.abs(dynamics.ntk).max() / 4)).all()
    for name in ("kernels", "gradient_kernels"):
        for found, error, expected in zip(
            getattr(networks, name), getattr(networks, f"{name}_stderr"), getattr(dynamics, name), strict=True
        ):
            assert (np.abs(found - expected) < 4 * error + 2 / 64 * np.abs(expected).max()).all()
    assert networks.outputs[-1] == pytest.approx(
        np.array(row("dmft.gamma1.5.n64")["reference"]["f_last"]), abs=1e-6
    )


def test_nonlinear_networks_beside_dynamics():
    """erf, n = 256, a test point: outputs within 4 standard errors + 2/n, kernels and NTK + 3 %"""
    net = ft.FullyConnected(2, "erf", [1.2, 0.9], 0.1, input_scale=1 / 8, readout_variance=1.1, width=256)
    run = {"steps": 8, "learning_rate": 0.05, "richness": 1.5, "X_test": [X[0] - X[1]]}
    found, networks = ft.training_dynamics(net, X, Y, **run), ft.train_networks(net, X, Y, networks=60, **run)
    error = np.hypot(found.stderr, networks.stderr)
    assert (np.abs(found.outputs - networks.outputs) < 4 * error + 2 / 256).all()
    assert (np.abs(found.ntk - networks.ntk) < 4 * networks.ntk_stderr + 0.03 * networks.ntk.max()).all()
    for name in ("kernels", "gradient_kernels"):
        for ours, theirs, stderr in zip(
            getattr(found, name), getattr(networks, name), getattr(networks, f"{name}_stderr"), strict=True
        ):
            assert (np.abs(ours - theirs) < 4 * stderr + 0.03 * theirs.max()).all()
    assert found.to_dict()["responses"][0]["backward"] is None


@pytest.mark.parametrize("bias", [0.0, 0.4])
def test_lazy_limit_is_the_constant_ntk(bias):
    """γ → 0: f(t+1) = f(t) + η Θ (y − f(t)) with `net.ntk()`, to O(γ²); the NTK that moves starts from it"""
    net = ft.FullyConnected(2, "linear", [1.3, 0.8], bias, input_scale=0.7, readout_variance=1.2)
    tangent = net.ntk().gram(MIXED)
    expected = np.zeros((12, 3))
    for t in range(11):
        expected[t + 1] = expected[t] + 0.05 * tangent @ (Y - expected[t])
    errors = []
    for gamma in (2e-2, 1e-2):
        found = ft.training_dynamics(net, MIXED, Y, steps=12, learning_rate=0.05, richness=gamma)
        assert found.ntk[0] == pytest.approx(tangent, rel=1e-12)
        errors.append(np.abs(found.outputs - expected).max())
    assert errors[1] < 1e-4
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.02)


def test_same_numbers_for_any_number_of_threads():
    """Jobs and batches change no digit; a seed is a network"""
    net = ft.FullyConnected(2, "tanh", input_scale=1 / 8, width=200)
    run = {"steps": 4, "richness": 1.0}
    one, two = (ft.train_networks(net, X, Y, networks=40, seed=7, jobs=jobs, **run) for jobs in (1, 2))
    for name in ("outputs", "ntk", "network_variance", "stderr"):
        assert (getattr(one, name) == getattr(two, name)).all()
    halves = [ft.train_networks(net, X, Y, networks=20, seed=seed, **run).outputs for seed in (7, 27)]
    assert one.outputs == pytest.approx(sum(halves) / 2, rel=1e-12, abs=1e-14)


def test_test_points_ride_along(dynamics):
    """X_test adds outputs, and changes none"""
    found = ft.training_dynamics(
        NET, X, Y, steps=30, learning_rate=0.05, richness=1.5, X_test=[X[1], 2 * X[0]]
    )
    assert found.train == pytest.approx(dynamics.outputs, rel=1e-13, abs=1e-15)
    # a linear network is linear in x
    expected = np.column_stack([dynamics.outputs[:, 1], 2 * dynamics.outputs[:, 0]])
    assert found.test == pytest.approx(expected, rel=1e-12, abs=1e-15)
    assert found.alignment == pytest.approx(dynamics.alignment, rel=1e-13)


def test_sharpening_is_said():
    """Rich training may make the NTK grow beyond 2/η: said, with the step"""
    labels = np.array([1.0, -1.0, 0.5])
    found = ft.training_dynamics(NET, X, labels, steps=40, learning_rate=0.2, richness=1.5)
    largest = np.array([np.linalg.eigvalsh(each)[-1] for each in found.ntk])
    (said,) = found.warnings
    assert f"first at step {np.flatnonzero(largest > 2 / 0.2)[0]}:" in said
    assert f"grown to {largest.max():.3g}, beyond 2 over the learning rate of 0.2" in said
    assert not ft.training_dynamics(NET, X, labels, steps=40, learning_rate=0.05, richness=1.5).warnings


def test_network_variance(dynamics, networks):
    """Cov(f, f′) at n = 64 within 4 standard errors + 15 % of the largest, at every step; ∝ 1/n"""
    expected = dynamics.network_variance
    close = 4 * networks.network_variance_stderr + 0.15 * np.abs(expected).max()
    assert (np.abs(networks.network_variance - expected) < close).all()
    other = ft.FullyConnected(2, "linear", input_scale=1 / 8, width=640)
    tenth = ft.training_dynamics(other, X, Y, steps=30, learning_rate=0.05, richness=1.5)
    assert tenth.network_variance == pytest.approx(expected / 10, rel=1e-13)


def test_network_shift():
    """⟨f⟩ at n = 64 minus f at infinite width, within 4 standard errors + 25 % of the largest"""
    run = {"X": X[:1], "y": Y[:1], "steps": 6, "learning_rate": 0.15, "richness": 1.5}
    found = ft.training_dynamics(NET, **run)
    networks = ft.train_networks(NET, networks=2000, **run)
    shift = networks.outputs - found.outputs
    largest = np.abs(found.network_shift).max()
    assert (np.abs(shift - found.network_shift) < 4 * networks.stderr + 0.25 * largest).all()
    assert not (np.abs(shift) < 4 * networks.stderr + 0.25 * largest).all()
    assert [str(diagram.symmetry_factor) for diagram in found.diagrams] == ["1/2"]


def test_rich_training_aligns(dynamics):
    """Kernels turn to y yᵀ, and the more the richer; loss is ½ Σ (y − f)²"""
    lazy = ft.training_dynamics(NET, X, Y, steps=30, learning_rate=0.05, richness=0.1)
    assert (dynamics.alignment[:, -1] > dynamics.alignment[:, 0] + 0.1).all()
    assert (lazy.alignment[:, -1] < lazy.alignment[:, 0] + 0.01).all()
    assert dynamics.loss == pytest.approx(((Y - dynamics.outputs) ** 2).sum(1) / 2, rel=1e-14)
    kernel = dynamics.kernels[1][-1, :, -1]
    expected = Y @ kernel @ Y / (Y @ Y * np.linalg.norm(kernel))
    assert dynamics.alignment[1, -1] == pytest.approx(expected, rel=1e-14)


def test_results(dynamics, networks, tmp_path):
    """Plain values, a picture, a name"""
    for found in (dynamics, networks):
        plain = json.loads(json.dumps(found.to_dict()))
        assert np.array_equal(plain["kernels"][1], found.kernels[1])
        assert set(plain.get("responses", [{}])[0]) <= {"forward", "backward"}
        ft.plot.save_figure(found.plot(), tmp_path / "training.png")
        assert "30 steps" in repr(found)
        assert ft.cite(found).startswith("@inproceedings{bordelon-pehlevan,")
        assert found.train.shape == (30, 3)
    assert Path(tmp_path / "training.png").stat().st_size > 10_000


REFUSED = [
    ({"learning_rate": 5.0}, r"learning_rate must be below 0\.364, .*got 5, at which .* by step \d"),
    ({"learning_rate": -1}, "learning_rate must be finite and greater than 0"),
    ({"richness": 0}, "richness must be finite and greater than 0"),
    ({"richness": 1e200}, "richness must be from 1e-30 to 1e"),
    ({"steps": 0}, "steps must be at least 1"),
    ({"steps": 10**6}, "steps of training at 3 points would take"),
    ({"y": [1.0, 2.0]}, "y must have one label for each of 3 training points"),
    ({"y": [[1.0], [2.0], [3.0]]}, r"y must have one label .*got shape \(3, 1\)"),
    ({"y": [1e200, 0.0, 0.0]}, "y must have a largest label"),
    ({"X": np.zeros((3, 8))}, "X must have a point other than 0"),
    ({"X": 1e100 * X}, "X must have points whose kernel"),
    ({"X": 1e-160 * X}, r"X must have points whose kernel .*got [0-9.]+e-3"),
    ({"X_test": [[1.0]]}, "X_test must have points in 8 dimensions"),
    ({"seed": -1}, "seed must be at least 0"),
    ({"net": 3}, "net must be a FullyConnected"),
    ({"net": ft.FullyConnected(0, "linear", width=None)}, "net must have a hidden layer"),
    ({"net": ft.FullyConnected(2, "linear", width=[3, 4])}, "net must have hidden layers of one width"),
    ({"net": ft.FullyConnected(1, "linear", feature_strength=2.0)}, "net must have feature_strength=1"),
    ({"net": ft.FullyConnected(1, "heaviside")}, "activation must have a derivative"),
    ({"net": ft.FullyConnected(1, lambda x: x + np.sign(x))}, "activation must be continuous"),
]


@pytest.mark.parametrize(("changes", "said"), REFUSED, ids=[said[:40] for _, said in REFUSED])
def test_refusals(changes, said):
    arguments = {"net": NET, "X": X, "y": Y, "steps": 30, "richness": 1.5} | changes
    with pytest.raises((ValueError, MemoryError), match=said):
        ft.training_dynamics(**arguments)


def test_refusals_of_network_variance():
    """Only linear networks, with a width, and within the budget"""
    run = {"X": X, "y": Y, "steps": 2, "paths": 256}
    with pytest.raises(ValueError, match=r"activation must be 'linear' for network_variance \(got 'erf'\)"):
        _ = ft.training_dynamics(ft.FullyConnected(1, "erf", input_scale=1 / 8), **run).network_variance
    with pytest.raises(ValueError, match="net must have a width for network_variance"):
        _ = ft.training_dynamics(ft.FullyConnected(1, "linear", input_scale=1 / 8), **run).network_variance
    with pytest.raises(OverBudget, match="network_shift of 14700 order parameters would take"):
        _ = ft.training_dynamics(NET, X, Y, steps=30).network_shift
    long = ft.training_dynamics(NET, X, Y, steps=100)
    with (
        pytest.raises(OverBudget, match="network_variance of 100 steps at 3 points would take"),
        ft.budget(max_time=10),
    ):
        _ = long.network_variance


def test_refusals_of_networks():
    """Without a width, with too few networks, and beyond the budget"""
    with pytest.raises(ValueError, match=r"net must have a width to be trained"):
        ft.train_networks(ft.FullyConnected(1, "linear"), X, Y)
    with pytest.raises(ValueError, match="networks must be at least 2"):
        ft.train_networks(NET, X, Y, networks=1)
    with pytest.raises(ValueError, match=r"training 10000 networks of width 64 .* would take"):
        ft.train_networks(NET, X, Y, networks=10_000, steps=10_000)
    with pytest.raises(ValueError, match=r"learning_rate must be below .* by step \d"):
        ft.train_networks(NET, X, Y, networks=2, learning_rate=5.0)
