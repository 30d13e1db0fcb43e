"""`fieldtheory posterior`: tables, JSON and files say what `posterior_mean` and `width_curve` say."""

import csv
import json

import numpy as np
import pytest

import fieldtheory as ft
from tests.workbench.command_line import command_line

RNG = np.random.default_rng(5)
X, Y = RNG.normal(size=(8, 3)).round(3), RNG.normal(size=(8, 2)).round(3)
NETWORK = [
    "--width",
    "12",
    "--weight-variance",
    "2",
    "--input-scale",
    "1/3",
    "--feature-strength",
    "4",
    "--nodes",
    "256",
]
run, _ = command_line("posterior")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    np.savetxt(path, np.hstack([X, Y]), delimiter=",", header="a,b,c,y,z", comments="")
    return str(path)


def network(width=12):
    return ft.FullyConnected(
        1, "erf", weight_variance=2.0, input_scale=1 / 3, width=width, feature_strength=4.0
    )


def test_json(tmp_path):
    """Means, bars and warnings of every theory as `posterior_mean` gives them, one column per output"""
    path = tmp_path / "table.csv"
    np.savetxt(path, np.hstack([X, Y])[:3], delimiter=",", header="a,b,c,y,z", comments="")
    words = [*NETWORK, "--data", str(path), "--label", "y", "--label", "z", "--train", "2", "--ridge", "0.2"]
    found = json.loads(run(*words, "--theory", "tree", "--theory", "one-loop", "--json").stdout)
    assert set(found["theories"]) == {"tree", "one-loop"}
    for theory, fields in found["theories"].items():
        direct = ft.posterior_mean(network(), X[:2], Y[:2], X[2:3], ridge=0.2, theory=theory, nodes=256)
        np.testing.assert_allclose(fields["mean"], direct.mean, rtol=1e-12)
        np.testing.assert_allclose(fields["error_bar"], direct.error_bar, rtol=1e-12)
        assert fields["warnings"] == list(direct.warnings)
    assert found["sampling"] is None
    assert (found["train"], found["labels"]) == (2, Y[:3].tolist())


def test_archive_and_order(tmp_path):
    """Arrays X and y of a .npz; an expansion with its order"""
    np.savez(tmp_path / "data.npz", X=X, y=Y[:, 0])
    words = [*NETWORK, "--data", str(tmp_path / "data.npz"), "--theory", "perturbative:1", "--json"]
    result = run(*words)
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    direct = ft.posterior_mean(network(), X, Y[:, 0], theory="perturbative", order=1, nodes=256)
    mean = np.array(found["theories"]["perturbative:1"]["mean"])
    np.testing.assert_allclose(mean[:, 0], direct.mean, rtol=1e-12)


def test_table_and_files(table, tmp_path):
    """One row per point, training points first; the same numbers as CSV, and a picture"""
    names = [str(tmp_path / f"p.{ending}") for ending in ("csv", "png")]
    words = [*NETWORK, "--data", table, "--label", "y", "--train", "6", "--theory", "tree", "--sample", "100"]
    result = run(*words, "--out", names[0], "--out", names[1], columns=120)
    assert result.exit_code == 0
    assert "7 test" in result.stdout
    assert "sampling" in result.stdout
    with open(names[0], encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["set"] for row in rows] == ["train"] * 6 + ["test"] * 2
    assert [float(row["label"]) for row in rows] == Y[:, 0].tolist()
    assert (tmp_path / "p.png").stat().st_size > 10_000


def test_scan(table):
    """Test errors along the width, as `width_curve` gives them"""
    words = [
        *NETWORK,
        "--data",
        table,
        "--label",
        "y",
        "--train",
        "6",
        "--theory",
        "one-loop",
        "--theory",
        "tree",
    ]
    found = json.loads(run(*words, "--scan", "width=8,16", "--json").stdout)["scan"]
    # the column z is an input here
    inputs = np.hstack([X, Y[:, 1:]])
    direct = ft.width_curve(
        network(),
        inputs[:6],
        Y[:6, :1],
        inputs[6:],
        Y[6:, :1],
        widths=[8, 16],
        theory=["one-loop", "tree"],
        nodes=256,
    )
    np.testing.assert_allclose(found["error"], direct.error, rtol=1e-12)
    assert found["values"] == [8.0, 16.0]
    assert "alignment" in run(*words, "--scan", "feature-strength=1:4:2", columns=120).stdout


REFUSED = [
    (["--train", "9"], "train must be from 1 to 8"),
    (["--scan", "width=8,16"], "train must leave points to test on"),
    (["--scan", "depth=1"], "scan must be one of width, feature-strength, train"),
    (["--scan", "feature-strength=1:2", "--train", "6"], "scan must have values a:b:k"),
    (["--theory", "no-such"], "theory must be one of"),
    (["--theory", "tree:1"], "order must be None for theory='tree'"),
    (["--theory", "perturbative:x"], "order must be an integer"),
    (["--width", "0"], "width must be"),
    (["--width", "a"], "width must be an integer"),
    (["--feature-strength", "-1"], "feature_strength must be"),
    (["--ridge", "0"], "ridge must be"),
    (["--ridge", "1e-60", "--theory", "one-loop"], "a kernel that is not positive definite here"),
    (["--theory", "exact"], "activation must be 'linear' for an exact posterior"),
    (["--hidden-layers", "2", "--theory", "two-loop"], "net must have 1 hidden layer for theory='two-loop'"),
    (["--label", "y"], "label must name each output once"),
    (["--label", "w"], "label must be a column of the table"),
    (["--sample", "-1"], "sample must be 0, or sweeps"),
]


@pytest.mark.parametrize(("words", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_refusals(table, words, said):
    result = run("--width", "12", "--nodes", "64", "--data", table, "--label", "y", *words)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


def test_archives_that_are_none(tmp_path):
    """Damaged archives, missing arrays and objects are refused; nothing in a file is run"""
    for content, said in ((b"PK no archive", "must be a NumPy archive"), (b"", "must be a NumPy archive")):
        (tmp_path / "bad.npz").write_bytes(content)
        result = run("--width", "9", "--data", str(tmp_path / "bad.npz"))
        assert result.exit_code == 2
        assert said in " ".join(result.stderr.split())
    for arrays, said in (
        ({"X": X}, "must hold arrays X and y"),
        ({"X": X, "y": Y[:3]}, "must hold X of shape"),
        ({"X": X, "y": np.array([object()] * 8)}, "must be a NumPy archive"),
        ({"X": X, "y": np.array(["a"] * 8)}, "must hold real numbers"),
    ):
        np.savez(tmp_path / "bad.npz", **arrays)
        result = run("--width", "9", "--data", str(tmp_path / "bad.npz"))
        assert result.exit_code == 2
        assert said in " ".join(result.stderr.split())
    np.savez(tmp_path / "good.npz", X=X, y=Y)
    result = run("--width", "9", "--data", str(tmp_path / "good.npz"), "--label", "y")
    assert "label must be left out" in result.stderr
    result = run("--width", "9", "--data", str(tmp_path / "none.npz"))
    assert result.exit_code == 2


def test_derived_diagrams():
    """`derive posterior` lists the tadpole and the seven diagrams of two loops; the weights of a posterior"""
    _, derived = command_line("derive")
    found = json.loads(derived("posterior", "--loops", "2", "--json"))
    weights = sorted(each["weight"] for each in found["diagrams"])
    assert weights == sorted(["1/2", "1/8", "1/4", "1/4", "1/6", "1/8", "1/4", "1/4"])
    refused, _ = command_line("derive")
    for words in (
        ["posterior"],
        ["posterior", "--loops", "9"],
        ["posterior", "--loops", "1", "--order", "2"],
    ):
        assert refused(*words).exit_code == 2
