"""`fieldtheory optimise`: the table, JSON, files, and what is refused in one line."""

import csv
import json
from pathlib import Path

import pytest

import fieldtheory as ft
from tests.workbench.command_line import command_line

TASK = ("--dim", "10", "--target", "1:0.7,3:0.3", "--label-noise", "0.2")
CHOICES = ("--hidden-layers", "1:3", "--ridge", "0.01:10", "--weight-variance", "2")
run, succeed = command_line("optimise", *TASK)


def test_the_command_is_the_call(tmp_path: Path) -> None:
    target = ft.Target({1: 0.7, 3: 0.3})
    best = ft.optimise(
        target,
        10,
        60,
        hidden_layers=[1, 2, 3],
        ridge=(0.01, 10.0),
        weight_variance=2.0,
        bias_variance=0.1,
        label_noise=0.2,
    )
    words = ("--n", "60", *CHOICES, "--bias-variance", "1/10")
    files = [str(tmp_path / name) for name in ("landscape.svg", "landscape.csv", "best.json")]
    outs = [word for file in files for word in ("--out", file)]
    found = json.loads(succeed(*words, "--json", "--simulate", "4", "--jobs", "1", *outs))
    assert found["best"]["parameters"] == dict(best.parameters)
    assert (found["best"]["error"], found["best"]["error_bar"]) == (best.error, best.error_bar)
    assert (found["default"]["error"], found["gain"]) == (best.default.error, best.gain)
    assert found["evaluations"] == best.evaluations
    assert found["tied"] == [dict(each) for each in best.tied]
    simulated = ft.simulate(
        best.kernel, 10, target, [60], best.parameters["ridge"], 0.2, repeats=4, seed=0, jobs=1
    )
    assert found["best"]["simulated_error"] == simulated.error[0]
    assert found["best"]["simulated_error_stderr"] == simulated.error_stderr[0]
    assert "<svg" in Path(files[0]).read_text()
    with Path(files[1]).open() as rows:
        assert min(float(row["error"]) for row in csv.DictReader(rows)) == pytest.approx(best.error, rel=1e-9)
    assert json.loads(Path(files[2]).read_text())["gain"] == best.gain


def test_the_table() -> None:
    """A row for the best, for each choice that is tied, and for the default"""
    words = ("--n", "60", *CHOICES, "--bias-variance", "0.1", "--simulate", "4", "--jobs", "1")
    lines = succeed(*words, columns=120).splitlines()
    rows = [line.split()[0] for line in lines if line.startswith(("best", "tied", "default"))]
    assert (rows[0], rows[-1]) == ("best", "default")
    assert set(rows[1:-1]) <= {"tied"}
    assert "simulated ± s.e." in lines[1]
    assert lines[0].startswith("d = 10, N = 60, ")


def test_fewest_points_and_flat_directions() -> None:
    text = succeed(
        *("--objective", "samples", "--goal", "0.3", "--hidden-layers", "1,2", "--bias-variance", "0:1"),
        *("--input-scale", "0.5:2", "--kernel", "nngp", "--activation", "relu", "--max-degree", "20"),
        columns=120,
    )
    assert "points needed" in text
    assert "times the points" in text
    assert "flat: input_scale times c and bias_variance times c: the error does not change" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--n", "0"), "n must be finite and positive"),
        (("--n", "50", "--bias-variance", "2:0"), "low below high"),
        (
            ("--n", "50", "--bias-variance", "0:1:2"),
            "must be a number, a list such as 0.1,0.5 or an interval",
        ),
        (("--n", "50", "--ridge", "nan"), "ridge must be finite"),
        (("--n", "50", "--ridge", "0.1,,1"), "must be a number, a list"),
        (("--n", "50", "--ridge", "__import__('os')"), "must be a number, a list"),
        (("--n", "50", "--hidden-layers", "6:1"), "hidden-layers must be a:b"),
        (("--n", "50", "--hidden-layers", "2"), "must be a list (a choice) or a pair of numbers"),
        (("--n", "50", "--activation", "relu,relx"), "did you mean 'relu'"),
        (("--n", "50", "--kernel", "ntk,nngo"), "did you mean 'nngp'"),
        (("--n", "50", "--objective", "sample"), "did you mean 'samples'"),
        (("--objective", "samples", "--goal", "1e-30"), "goal must be reached at some n up to 1e+09"),
        (("--objective", "samples"), "goal must be given"),
        (("--n", "50", "--objective", "evidence"), "ridge must be positive for"),
        (("--n", "50", "--theory", "one-lop"), "did you mean 'one-loop'"),
        (("--n", "50", "--simulate", "1"), "simulate must be 0, or 2 and more"),
        (("--n", "50", "--out", "best.txt"), "out must be a file that ends in"),
        (("--n", "50", "--target", "999:1"), "target must have no power above degree"),
    ],
)
def test_what_is_refused(words: tuple[str, ...], message: str) -> None:
    found = run(*words, columns=300)
    assert found.exit_code == 2
    assert message in found.stderr
    assert found.stderr.count("\n") == 1
    assert found.stdout == ""
