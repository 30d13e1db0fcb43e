"""`fieldtheory network moments`: tables, JSON and files say what `propagate_moments` says."""

import csv
import json

import numpy as np
import pytest

import fieldtheory as ft
from tests.workbench.command_line import command_line

RNG = np.random.default_rng(3)
WEIGHTS = [RNG.normal(size=shape).round(3) for shape in ((4, 3), (4, 4), (2, 4))]
BIAS = RNG.normal(size=4).round(3)
COVARIANCE = np.array([[1.0, 0.3, 0.0], [0.3, 0.5, 0.1], [0.0, 0.1, 2.0]])
run, succeed = command_line("network", "moments")


@pytest.fixture
def network(tmp_path):
    path = tmp_path / "net.npz"
    np.savez(path, W1=WEIGHTS[0], b1=BIAS, W2=WEIGHTS[1], W3=WEIGHTS[2])
    np.save(tmp_path / "C.npy", COVARIANCE)
    return ["--weights", str(path), "--activation", "gelu"]


def test_json(network, tmp_path):
    """Mean, covariance, layers and closure error of both orders, and sampling, as the functions give them."""
    words = ["--input-mean", "0.5,-1,2", "--input-covariance", str(tmp_path / "C.npy"), "--json"]
    words += ["--order", "gaussian", "--order", "edgeworth", "--sample", "500", "--seed", "4"]
    found = json.loads(succeed(*network, *words))
    parts = (WEIGHTS, [BIAS, None, None], "gelu", [0.5, -1, 2], COVARIANCE)
    for order in ("gaussian", "edgeworth"):
        direct = ft.propagate_moments(*parts, order=order)
        of = found["orders"][order]
        assert of["mean"] == pytest.approx(direct.mean.tolist(), rel=1e-12)
        np.testing.assert_allclose(of["covariance"], direct.covariance, rtol=1e-12)
        assert of["closure_error"] == pytest.approx(direct.closure_error, rel=1e-9)
        assert [len(layer["mean"]) for layer in of["layers"]] == [4, 4, 2]
    sampled = ft.sample_moments(*parts, samples=500, seed=4)
    np.testing.assert_allclose(found["sampling"]["covariance"], sampled.covariance, rtol=1e-12)


def test_table_and_files(network, tmp_path):
    """Numbers for all inputs; the same numbers as CSV, and a picture."""
    names = [str(tmp_path / f"moments.{ending}") for ending in ("csv", "png")]
    words = ["--input-covariance", "0.5", "--sample", "200", *(w for name in names for w in ("--out", name))]
    text = succeed(*network, *words, columns=100)
    assert "error of the closure" in text
    direct = ft.propagate_moments(WEIGHTS, [BIAS, None, None], "gelu", np.zeros(3), 0.5 * np.eye(3))
    with open(names[0], encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["gaussian_covariance"]) for row in rows] == pytest.approx(direct.covariance.ravel())
    assert [row["other"] for row in rows] == ["0", "1", "0", "1"]
    assert (tmp_path / "moments.png").stat().st_size > 5_000


def test_random_weights(tmp_path):
    """W1_variance and b1_variance of the file."""
    path = tmp_path / "net.npz"
    np.savez(path, W1=WEIGHTS[2], W1_variance=np.full((2, 4), 0.1), b1_variance=np.array(0.2))
    found = json.loads(succeed("--weights", str(path), "--json", "--input-covariance", "1,2,3,4"))
    direct = ft.propagate_moments(
        [WEIGHTS[2]],
        None,
        "relu",
        np.zeros(4),
        np.diag([1.0, 2, 3, 4]),
        weight_variances=[0.1],
        bias_variances=[0.2],
    )
    np.testing.assert_allclose(found["orders"]["gaussian"]["covariance"], direct.covariance, rtol=1e-12)
    assert found["orders"]["gaussian"]["closure_error"] is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--input-mean", "1,2"], "input_mean must be a number, or one for each of 3 inputs"),
        (["--input-covariance", "a"], "input_covariance must be a number"),
        (["--input-covariance", "-1"], "covariance must have no negative"),
        (["--order", "second"], "order must be one of"),
        (["--sample", "-1"], "sample must be 0"),
        (["--sample", "5"], "samples must be at least 128"),
        (["--activation", "rectified"], "activation must be one of"),
    ],
)
def test_refusals(network, words, said):
    """One line on stderr, exit status 2."""
    found = run(*network, *words)
    assert (found.exit_code, found.stdout) == (2, "")
    assert said in found.stderr


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"W1": np.ones((2, 3)), "W3": np.ones((1, 2))}, "weights must hold arrays W1, b1"),
        ({"W1": np.ones((2, 3)), "bias": np.ones(2)}, "weights must hold arrays W1, b1"),
        ({"W1": np.ones((2, 3)), "W2": np.ones((1, 3))}, "weights must chain"),
        ({"W1": np.array([["a"]])}, "weights must hold real numbers"),
        ({"W1": np.array([[None]], dtype=object)}, "weights must be a NumPy archive"),
    ],
)
def test_other_files_are_refused(tmp_path, arrays, said):
    """Objects are never loaded, names and shapes are those of a network."""
    np.savez(tmp_path / "net.npz", **arrays)
    found = run("--weights", str(tmp_path / "net.npz"))
    assert found.exit_code == 2
    assert said in found.stderr


def test_no_archive_is_refused(tmp_path):
    """A file of other bytes."""
    (tmp_path / "net.npz").write_bytes(b"no archive")
    found = run("--weights", str(tmp_path / "net.npz"))
    assert (found.exit_code, found.stdout) == (2, "")
    assert "weights must be a NumPy archive" in found.stderr
