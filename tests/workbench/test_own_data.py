"""`fieldtheory curve` on one's own data: what it prints is what the library says."""

import json
import re
import shlex

import numpy as np
import pytest
from sklearn.datasets import load_iris

import fieldtheory as ft
from fieldtheory.data_kernels import DATA_KERNELS, data_gram
from tests.workbench.command_line import command_line

run, succeed = command_line("curve")
IRIS = load_iris()
POINTS = (IRIS.data - IRIS.data.mean(axis=0)) / IRIS.data.std(axis=0)
ONE_HOT = np.eye(3)[IRIS.target]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A kernel matrix and labels of 30 points, and a table of all."""
    monkeypatch.chdir(tmp_path)
    K = data_gram(POINTS[::5], "rbf:0.5")
    np.save("K.npy", K)
    np.save("y.npy", IRIS.target[::5] - 1.0)
    lines = ["sepal length,sepal width,petal length,petal width,species"]
    for point, kind in zip(IRIS.data.tolist(), IRIS.target_names[IRIS.target], strict=True):
        lines.append(",".join([*map(str, point), kind]))
    (tmp_path / "iris.csv").write_text("\n".join(lines))
    return tmp_path


@pytest.mark.parametrize("points", ["all", "unseen"])
def test_a_kernel_matrix(folder, points):
    """Fields and values of `learning_curve` and `simulate_gram`."""
    options = "--gram K.npy --labels y.npy --n 5,10 --ridge 0.1 --label-noise 0.2 --simulate 40 --seed 3"
    options += f" --points {points} --sampling without-replacement --json"
    found = json.loads(succeed(*options.split()))
    K, y = np.load("K.npy"), np.load("y.npy")
    common = {"ridge": 0.1, "label_noise": 0.2, "points": points, "sampling": "without-replacement"}
    curve = ft.learning_curve(*ft.Spectrum.from_gram(K, y), [5, 10], **common)
    assert found["curves"]["auto"]["error"] == curve.error.tolist()
    assert found["curves"]["auto"]["error_by_point"] == curve.error_by_point.tolist()
    simulation = ft.simulate_gram(K, y, [5, 10], repeats=40, seed=3, **common)
    assert found["simulation"] == json.loads(json.dumps(simulation.to_dict()))
    assert found["settings"] == {
        "gram": "K.npy",
        "labels": "y.npy",
        "points_of_data": 30,
        **common,
    }


def test_a_table(folder):
    """Text labels are classes, an output for each, and said; columns are standardised."""
    options = (
        "--data iris.csv --label species --kernel-on-data rbf:0.5 --standardise --n 10 --ridge 0.1 --json"
    )
    result = run(*options.split())
    assert result.exit_code == 0, result.output
    assert result.stderr == (
        "warning: label species is text, an output for each of 3 classes: setosa, versicolor, virginica\n"
    )
    curve = ft.learning_curve(*ft.Spectrum.from_gram(data_gram(POINTS, "rbf:0.5"), ONE_HOT), [10], ridge=0.1)
    found = json.loads(result.stdout)["curves"]["auto"]
    np.testing.assert_allclose(found["error"], curve.error, rtol=1e-9)
    np.testing.assert_allclose(found["error_by_output"], curve.error_by_output, rtol=1e-9)


def test_a_label_of_numbers(folder):
    """A column by its number from the end, others as they are."""
    (folder / "table.csv").write_text("\n".join(f"{a},{b},{c}" for a, b, c, _ in IRIS.data[:40].tolist()))
    options = "--data table.csv --label=-1 --kernel-on-data poly:2 --n 5 --ridge 10 --json"
    found = json.loads(run(*options.split()).stdout)["curves"]["auto"]
    K = (1 + IRIS.data[:40, :2] @ IRIS.data[:40, :2].T) ** 2
    with pytest.warns(UserWarning, match="where the kernel vanishes"):
        curve = ft.learning_curve(*ft.Spectrum.from_gram(K, IRIS.data[:40, 2]), [5], ridge=10)
    np.testing.assert_allclose(found["error"], curve.error, rtol=1e-9)


def test_table_and_files(folder):
    """Title, both columns, and what --out writes."""
    options = (
        "--gram K.npy --labels y.npy --n 5,10 --ridge 2 --simulate 4 --out a.csv --out a.svg --out a.json"
    )
    printed = succeed(*options.split(), columns=120)
    assert "K.npy, 30 points, ridge 2, with replacement, error on all points" in printed
    assert "simulation" in printed
    assert (folder / "a.csv").read_text().count("\n") == 5
    assert "error_by_point" in json.loads((folder / "a.json").read_text())["curves"]["auto"]
    assert (folder / "a.svg").read_text().startswith("<?xml")


def test_a_constant_column_standardised_is_zero(folder):
    """It neither divides by zero nor counts."""
    rows = [f"{a},7,{b}" for a, b, *_ in IRIS.data[:30].tolist()]
    (folder / "table.csv").write_text("\n".join(rows))
    (folder / "less.csv").write_text("\n".join(row.replace(",7,", ",") for row in rows))
    options = "--label=-1 --kernel-on-data rbf:1 --standardise --n 5 --ridge 0.1 --json"
    with_it, without = (
        json.loads(run("--data", name, *options.split()).stdout) for name in ("table.csv", "less.csv")
    )
    assert with_it["curves"] == without["curves"]


TABLE = "--data iris.csv --label species --kernel-on-data rbf:0.5"
MATRIX = "--gram K.npy --labels y.npy"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("", "Missing option '--dim'"),
        ("--dim 5", "Missing option '--target'"),
        ("--gram K.npy", "Missing option '--labels'"),
        ("--data iris.csv --label species", "Missing option '--kernel-on-data'"),
        (f"{MATRIX} --dim 3", "--dim must be left out with --gram (got '3')"),
        (f"{MATRIX} --target 1:1", "--target must be left out with --gram"),
        (f"{MATRIX} --label y", "--label must be left out with --gram"),
        (f"{MATRIX} --data iris.csv", "--data must be left out with --gram"),
        (f"{TABLE} --labels y.npy", "--labels must be left out with --data"),
        (f"{TABLE} --hidden-layers 2", "--hidden-layers must be left out with --data"),
        ("--dim 5 --target 1:1 --points all", "--points must be given with --gram or --data"),
        ("--dim 5 --target 1:1 --standardise", "--standardise must be given with --gram or --data"),
        ("--gram y.npy --labels y.npy", "K must be a square matrix"),
        ("--gram K.npy --labels K.npy --n 40 --sampling without-replacement", "n must be at most 30"),
        (f"{MATRIX} --n 500 --points unseen", "n must leave at least one of the 30 points unseen"),
        (f"{MATRIX} --points some", "points must be one of"),
        (f"{MATRIX} --sampling twice", "sampling must be one of"),
        ("--gram iris.csv --labels y.npy", "gram must be a NumPy file (.npy)"),
        ("--gram none.npy --labels y.npy", "none.npy: No such file"),
        ("--data iris.csv --label kind --kernel-on-data rbf:1", "label must be a column of the table"),
        ("--data iris.csv --label 0 --kernel-on-data rbf:1", "numbers in column 'species' (got 'setosa'"),
        ("--data iris.csv --label species --kernel-on-data rfb:1", "kernel must be one of"),
        ("--data iris.csv --label species --kernel-on-data rbf", "kernel must be given as rbf:GAMMA"),
        ("--data K.npy --label species --kernel-on-data rbf:1", "data must be a table as text in UTF-8"),
    ],
)
def test_refusals(folder, options, message):
    """One line, exit status 2."""
    result = run(*shlex.split(options), "--ridge", "0.1")
    assert result.exit_code == 2
    (line,) = (line for line in result.stderr.splitlines() if not line.startswith("warning: "))
    assert message in line
    assert result.stdout == ""


def test_the_kernels_that_messages_propose(folder):
    """kernel must be given as ..., such as ...: that one is taken."""
    for row in DATA_KERNELS.values():
        if not row.parameter:
            continue
        table = ["--data", "iris.csv", "--label", "species", "--n", "5", "--ridge", "1"]
        said = run(*table, "--kernel-on-data", f"{row.name}:x").stderr
        proposed = re.search(r"such as (\S+)", said)[1]
        assert run(*table, "--kernel-on-data", proposed).exit_code == 0


@pytest.mark.parametrize(
    ("K", "y", "message"),
    [
        ([[1.0, 0.5], [0.4, 1.0]], [1.0, 2.0], "K must be symmetric"),
        ([[1.0, 2.0], [2.0, 1.0]], [1.0, 2.0], "K must have no negative eigenvalues"),
        ([[1.0, np.nan], [np.nan, 1.0]], [1.0, 2.0], "K must be finite"),
        ([[1.0]], [1.0], "K must hold at least 2 points"),
        ([[1.0, 0.0], [0.0, 1.0]], [1.0, 2.0, 3.0], "y must have shape"),
        ([[1.0, 0.0], [0.0, 1.0]], [3.0, 3.0], "y must not be the same at every point"),
    ],
)
def test_refused_data(folder, K, y, message):
    np.save("K.npy", np.array(K))
    np.save("y.npy", np.array(y))
    result = run("--gram", "K.npy", "--labels", "y.npy", "--n", "1", "--ridge", "0.1")
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
