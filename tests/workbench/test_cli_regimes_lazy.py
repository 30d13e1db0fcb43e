"""`fieldtheory regimes lazy`: the published runs from the command line; what it refuses."""

import csv
import json

import pytest

from tests.workbench.command_line import command_line

run, succeed = command_line("regimes", "lazy")


def test_json_of_published_runs():
    """h = 64, alpha = 0.1 of tests/data/regimes.json, and sqrt(1 + 1/(alpha^2 h)) - 1 beside it"""
    result = run("--widths", "64", "--scales", "0.1", "--json")  # stderr has an estimate of the time
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["mean_change"][0][0] == pytest.approx(7.035072678780721, rel=1e-6)
    assert found["stderr"][0][0] == pytest.approx(1.3312401627298727, rel=1e-5)
    assert found["linear_change"][0][0] == pytest.approx((1 + 1 / 0.64) ** 0.5 - 1, rel=1e-12)
    assert found["converged"] == [[[True] * 3]]
    assert found["scale"] == [None]  # one scale brackets nothing


def test_table_and_files(tmp_path):
    """A row per width and scale, alpha* and its exponent, the picture; a warning for runs cut short"""
    paths = [tmp_path / name for name in ("lazy.csv", "lazy.svg")]
    words = [word for path in paths for word in ("--out", str(path))]
    result = run("--widths", "8,32", "--scales", "0.05:50:2", "--steps", "200", "--repeats", "2", *words)
    assert result.exit_code == 0
    rows = list(csv.DictReader(paths[0].read_text().splitlines()))
    assert [(row["width"], row["scale"]) for row in rows] == [
        ("8", "0.05"), ("8", "50.0"), ("32", "0.05"), ("32", "50.0"),
    ]  # fmt: skip
    assert "d ln α*/d ln h" in result.stdout
    assert "runs have not reached the tolerance" in result.stderr
    assert b"<svg" in paths[1].read_bytes()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--widths", "0"), "widths must be at least 1"),
        (("--widths", "a"), "width must be an integer"),
        (("--scales", "0"), "scales must be finite and greater than 0"),
        (("--scales", "-1"), "scales must be finite and greater than 0"),
        (("--scales", "1:2"), "scales must be a:b:k"),
        (("--repeats", "0"), "repeats must be at least 1"),
        (("--seed", "-1"), "seed must be at least 0"),
        (("--steps", "0"), "steps must be at least 1"),
    ],
)
def test_refusals(words, message):
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
