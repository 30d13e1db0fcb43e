"""`fieldtheory train` as a user types it."""

import csv
import json

import pytest
from click.testing import CliRunner

import fieldtheory as ft
from fieldtheory.workbench.cli import main

NETWORK = "--hidden-layers 1 --weight-variance 2 --dim 3 --target 1:1"
SMALL = f"{NETWORK} --n 4,6 --widths 8,16 --members 2 --datasets 2"


def run(words, *more):
    return CliRunner().invoke(main, ["train", *f"{SMALL} --tests 10 {words}".split(), *more])


def test_table_and_json(tmp_path):
    """The numbers of the call, as a table, JSON, CSV and picture"""
    net = ft.FullyConnected(1, "relu", weight_variance=2.0)
    found = ft.train(
        net, 3, ft.Target({1: 1.0}), [4, 6], [8, 16], members=2, datasets=2, tests=10, tolerance=0.001
    )
    printed = run("--tolerance 1e-3")
    assert printed.exit_code == 0, printed.output
    assert [line.split()[0] for line in printed.output.splitlines()[3:7]] == ["4", "NTK", "8", "16"]
    table, picture = tmp_path / "curve.csv", tmp_path / "curve.svg"
    plain = json.loads(run("--tolerance 1e-3 --json", "--out", str(table), "--out", str(picture)).stdout)
    assert plain["error"] == found.error.tolist()
    assert plain["theory"]["error"] == found.theory.error.tolist()
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert [float(row["excess"]) for row in rows] == found.excess.ravel().tolist()
    assert "<svg" in picture.read_text()


def test_posterior():
    printed = run("--method langevin --ridge 3 --steps 1500 --activation erf --n 2 --widths 8")
    assert printed.exit_code == 0, printed.output
    assert "NNGP" in printed.output


def test_unfinished():
    """No number, and a sentence that says why"""
    printed = run("--tolerance 1e-10 --steps 10")
    assert printed.exit_code == 0
    assert "networks are not at the end of training after 10 steps" in printed.output
    assert "-: not trained to the end" in printed.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--widths 0", "widths must be at least 1"),
        ("--widths a", "widths must be"),
        ("--n 0", "n must be"),
        ("--members 1", "members must be at least 2"),
        ("--method langevin", "ridge must be positive"),
        ("--method adam", "method must be one of"),
        ("--learning-rate 5", "learning_rate must be at most 1 over"),
        ("--hidden-layers 0", "net must have a hidden layer"),
        ("--target 1:nan", "powers"),
        ("--device tpu", "device must be"),
    ],
)
def test_refusals(words, said):
    """One line, exit status 2"""
    printed = run(words)
    assert printed.exit_code == 2
    assert said in printed.output
    assert "Traceback" not in printed.output
