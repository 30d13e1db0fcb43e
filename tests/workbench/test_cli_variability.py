"""`fieldtheory network variability`: what it prints and writes is what `binary_learning_curve` says."""

import csv
import json

import numpy as np
import pytest

import fieldtheory as ft
from replicas import BinaryTask, binary_learning_curve
from tests.workbench.command_line import command_line

run, succeed = command_line("network", "variability")
TASK = ("--dim", "20", "--mean", "0.3", "--ridge", "1/2")
DRAWN = ("--simulate", "150", "--seed", "4")
THEORY = (
    "mean",
    "error_bar",
    "zeroth",
    "first_order",
    "annealed",
    "matched",
    "effective_ridge_mean",
    "bound",
)


def test_json():
    """Orders, effective ridge and both averages over drawn data sets, as the library gives them"""
    found = json.loads(succeed(*TASK, "--n", "3,8", *DRAWN, "--annealed", "--json"))
    curve = binary_learning_curve(BinaryTask(20, 0.3), [3, 8], 0.5, repeats=150, seed=4)
    for name in THEORY:
        np.testing.assert_allclose(found[name], getattr(curve, name), rtol=1e-12)
    assert found["n"] == [3, 8]
    assert found["trusted"] == list(curve.trusted)
    np.testing.assert_allclose(found["sampled"]["mean"], curve.sampled.mean, rtol=1e-12)
    weighted = ft.simulate_datasets(BinaryTask(20, 0.3), [3, 8], 0.5, 150, 4, average="annealed")
    np.testing.assert_allclose(found["sampled_annealed"]["mean"], weighted.mean, rtol=1e-12)
    assert found["settings"] == {"dim": 20, "mean": 0.3, "kernel": "linear", "ridge": 0.5}


def test_kernel_of_a_network():
    """--kernel and the options of a network: its kernel on the overlaps"""
    words = ("--kernel", "nngp", "--activation", "erf", "--hidden-layers", "2", "--bias-variance", "0.1")
    found = json.loads(succeed(*TASK, "--n", "4", *words, "--json"))
    kernel = ft.FullyConnected(2, "erf", bias_variance=0.1).nngp()
    curve = binary_learning_curve(BinaryTask(20, 0.3, kernel), 4, 0.5)
    np.testing.assert_allclose(found["mean"], curve.mean, rtol=1e-12)
    assert found["settings"]["activation"] == "erf"


def test_table():
    """A row per size: the mean with its bar and the name of what is trusted, sampling beside it"""
    lines = succeed(*TASK, "--n", "3,300", *DRAWN).splitlines()
    curve = binary_learning_curve(BinaryTask(20, 0.3), [3, 300], 0.5)
    rows = [line for line in lines if line.split()[:1] in (["3"], ["300"])]
    for row, mean, trusted in zip(rows, curve.mean, curve.trusted, strict=True):
        assert f"{mean:.3f}"[:4] in row
        assert trusted in row
    weighted = run(*TASK, "--n", "5", "--simulate", "60", "--annealed")
    assert weighted.exit_code == 0
    assert "annealed" in weighted.stdout
    assert "warning: at n = 5 " in weighted.stderr


def test_files(tmp_path):
    """CSV rows are the arrays; a picture is drawn"""
    paths = [tmp_path / name for name in ("curve.csv", "curve.json", "curve.svg")]
    succeed(
        *TASK, "--n", "3,9,30", *DRAWN, "--quiet", *(word for path in paths for word in ("--out", str(path)))
    )
    heads, *rows = csv.reader(paths[0].read_text(encoding="utf-8").splitlines())
    table = json.loads(paths[1].read_text(encoding="utf-8"))
    for name in THEORY:
        np.testing.assert_allclose([float(row[heads.index(name)]) for row in rows], table[name])
    np.testing.assert_allclose([float(row[heads.index("sampled")]) for row in rows], table["sampled"]["mean"])
    assert b"<svg" in paths[2].read_bytes()


def test_picture():
    """Lines are zeroth, first order, effective ridge and what is trusted; points are drawn data sets"""
    curve = binary_learning_curve(BinaryTask(20, 0.3), [3, 9, 30], 0.5, repeats=20)
    axes = ft.plot.binary_curve(curve)
    drawn = [line.get_ydata() for line in axes.get_lines()[:4]]
    expected = [curve.zeroth, curve.first_order, curve.effective_ridge_mean, curve.mean]
    np.testing.assert_array_equal(drawn, expected)
    (container,) = axes.containers
    np.testing.assert_array_equal(container[0].get_ydata(), curve.sampled.mean)
    assert ft.plot.binary_curve(binary_learning_curve(BinaryTask(20, 0.3), [3, 9], 0.5), axes) is axes


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--ridge", "0"), "ridge must be finite and greater than 0"),
        (("--mean", "2"), "mean must be at most 1"),
        (("--kernel", "lin"), "kernel must be one of"),
        (("--n", "2.5"), "n must be a list of integers"),
        (("--simulate", "1"), "simulate must be 0"),
        (("--annealed",), "annealed must only be given with --simulate"),
        (("--simulate", "30", "--annealed", "--n", "60"), "repeats must be more for the annealed average"),
        (("--dim", "0"), "dim must be at least 1"),
        (("--out", "curve.txt"), "curve.txt"),
    ],
)
def test_refusals(words, said):
    """One line on stderr, status 2"""
    found = run(*TASK, *words)
    assert found.exit_code == 2
    assert found.stdout == ""
    assert said in found.stderr
    assert found.stderr.count("\n") == 1
