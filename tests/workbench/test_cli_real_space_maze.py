"""`fieldtheory realspace maze`: what it prints and writes is what `maze_statistics` says."""

import json

import pytest

from renormalization import maze_statistics
from tests.workbench.command_line import command_line

run, succeed = command_line("realspace", "maze")


def test_json_and_table(tmp_path):
    """The same mazes as the library, with standard errors; CSV has the same numbers"""
    file = tmp_path / "mazes.csv"
    words = ("--size", "17", "--samples", "400", "--seed", "3", "--depth", "9", "--depth", "12")
    found = json.loads(succeed(*words, "--json", "--out", str(file)))
    mazes = maze_statistics(17, samples=400, seed=3)
    assert found["connected"] == mazes.connected._asdict()
    assert found["mean_path"] == mazes.mean_path._asdict()
    assert [row["error"]["value"] for row in found["depths"]] == [mazes.error(m).value for m in (9, 12)]
    heads, *rows = (line.split(",") for line in file.read_text().splitlines())
    assert [float(row[heads.index("missed")]) for row in rows] == [mazes.missed(m).value for m in (9, 12)]
    assert "connected" in succeed("--size", "9", "--samples", "20")
    assert "none" in succeed("--size", "9", "--samples", "20", "--p", "0")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--size", "0"), "size must be at least 1"),
        (("--p", "1.5"), "p must be at most 1"),
        (("--samples", "0"), "samples must be at least 1"),
        (("--depth", "-1"), "depth must be finite and at least 0"),
        (("--size", "20001", "--samples", "1000000"), "would take"),
    ],
)
def test_refusals(words, said):
    """One line on stderr, status 2"""
    found = run(*words)
    assert (found.exit_code, found.stdout) == (2, "")
    assert said in found.stderr
    assert found.stderr.count("\n") == 1
