"""Limits of the commands: what looks too long or too large is refused in one line, and can be let through."""

import re

import pytest
from click.testing import CliRunner

from fieldtheory.workbench.cli import main


def run(*arguments):
    return CliRunner().invoke(main, list(arguments))


@pytest.mark.parametrize(
    ("command", "option"),
    [
        ("derive phi4 --loops 50", ""),
        ("spectrum --dim 10 --hidden-layers 2147483648", "--max-time"),
        ("spectrum --dim 10 --digits 1000000", ""),
        ("spectrum --dim 10 --max-degree 1000 --max-time 1e-3", "--max-time 1"),
        ("spectrum --dim 10 --max-degree 1000 --max-memory 1MB", "--max-memory"),
        ("curve --dim 10 --target 1:1 --n 10 --simulate 1000000000000000000000000000000", ""),
        ("curve --dim 3 --target 1:1 --ridge 0.1 --theory perturbative:4", "--max-time"),
        ("curve --dim 3 --target 100000000:1", "--max-time"),
        ("flow depth --layers 100000000", "--max-time"),
        ("flow wilson --dim 10 --target 1:1 --max-degree 100000000", "--max-time"),
    ],
)
def test_commands_refuse_what_never_ends(command, option):
    """One line, exit 2, and the option that lifts the limit where one can."""
    done = run(*command.split())
    assert done.exit_code == 2
    line = done.stderr.strip()
    assert "\n" not in line
    assert re.search(r"would take .*, and --max-(time|memory) allows .*: lower", line), line
    assert option in line
    assert "ft.budget" not in line


@pytest.mark.parametrize("limit", ["5x", "-1", "", "nan", "1..5", "0"])
def test_limits_are_quantities(limit):
    """--max-time and --max-memory take a positive number with a unit; anything else is refused."""
    for option in ("--max-time", "--max-memory"):
        done = run("spectrum", "--dim", "5", option, limit)
        assert done.exit_code == 2, done.stderr
        assert f"{option} must be" in done.stderr
