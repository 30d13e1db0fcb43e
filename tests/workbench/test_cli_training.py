"""`fieldtheory network dynamics`: tables, JSON and files say what `training_dynamics` says."""

import csv
import json

import numpy as np
import pytest

import fieldtheory as ft
from tests.workbench.command_line import command_line

RNG = np.random.default_rng(6)
X, Y = RNG.normal(size=(5, 3)).round(3), RNG.normal(size=5).round(3)
NETWORK = ["--activation", "linear", "--hidden-layers", "2", "--weight-variance", "3/2"]
NETWORK += ["--input-scale", "1/3", "--steps", "12", "--learning-rate", "1/50"]
run, succeed = command_line("network", "dynamics")
NET = ft.FullyConnected(2, "linear", weight_variance=1.5, input_scale=1 / 3, width=16)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    np.savetxt(path, np.column_stack([X, Y]), delimiter=",", header="a,b,c,y", comments="")
    return ["--data", str(path), "--label", "y", "--train", "4"]


def test_json(table):
    """Outputs, loss, alignment, NTK and last kernels as the functions give them"""
    words = [*NETWORK, *table, "--richness", "1.2", "--width", "16", "--seed", "3"]
    found = json.loads(succeed(*words, "--networks", "6", "--json"))
    common = {"steps": 12, "learning_rate": 0.02, "richness": 1.2, "seed": 3, "X_test": X[4:]}
    theory = ft.training_dynamics(NET, X[:4], Y[:4], **common)
    networks = ft.train_networks(NET, X[:4], Y[:4], 6, **common)
    for name, direct in (("dynamics", theory), ("networks", networks)):
        for field in ("outputs", "stderr", "loss", "alignment", "ntk"):
            np.testing.assert_allclose(found[name][field], getattr(direct, field), rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(found[name]["kernels_last"][1], direct.kernels[1][-1, :, -1], rtol=1e-12)
    assert (found["train"], found["labels"]) == (4, Y.tolist())


def test_table_and_files(table, tmp_path):
    """Loss by step, outputs by point; the same numbers as CSV, and a picture"""
    names = [str(tmp_path / f"t.{ending}") for ending in ("csv", "png", "json")]
    text = succeed(*NETWORK, *table, *(word for name in names for word in ("--out", name)), columns=100)
    assert "4 test" in text
    assert "alignment by layer" in text
    with open(names[0], encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    direct = ft.training_dynamics(NET, X[:4], Y[:4], steps=12, learning_rate=0.02, X_test=X[4:])
    assert [float(row["dynamics"]) for row in rows] == pytest.approx(direct.outputs.ravel().tolist())
    assert [row["set"] for row in rows[:5]] == ["train"] * 4 + ["test"]
    assert (tmp_path / "t.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--learning-rate", "50"], "learning_rate must be below"),
        (["--richness", "0"], "richness must be finite and greater than 0"),
        (["--steps", "0"], "steps must be at least 1"),
        (["--networks", "-1"], "networks must be 0, or how many to train"),
        (["--networks", "3"], "net must have a width to be trained"),
        (["--label", "a"], "label must name one column"),
        (["--activation", "heaviside"], "activation must have a derivative"),
        (["--activation", "relu"], "take a smooth one by name, such as 'gelu'"),
        (["--activation", "tanh", "--paths", "9"], "paths must be at least 256 (got 9)"),
        (["--activation", "tanh", "--paths", "90000", "--max-memory", "1MB"], "--max-memory"),
        (["--steps", "100000"], "--max-time"),
        (["--train", "9"], "train must be from 1 to 5"),
    ],
)
def test_refusals(table, words, said):
    """One line, exit 2"""
    done = run(*NETWORK, *table, *words)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())
    assert len(done.stderr.strip().splitlines()) == 1


def test_group():
    """`network` alone is its help"""
    assert "dynamics" in command_line("network")[1]()
