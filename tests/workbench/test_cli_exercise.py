"""`fieldtheory exercise`: what it prints is what `fieldtheory.exercises` says; what it refuses."""

from __future__ import annotations

import pytest

from fieldtheory import exercises
from tests.workbench.command_line import command_line

run, succeed = command_line("exercise")


def test_list() -> None:
    """A line for each exercise, its number first."""
    assert [line.split()[0] for line in succeed().splitlines()] == exercises.all()


def test_pages_and_verdicts() -> None:
    """Statement by default, otherwise what is asked for."""
    assert succeed("05.1") == f"{exercises.show('05.1')}\n"
    assert succeed("05.1", "--hint") == f"{exercises.hint('05.1')}\n"
    assert succeed("05.1", "--solution") == f"{exercises.solution('05.1')}\n"
    assert succeed("05.1", "--answer", "0.0922") == "Right.\n"
    assert succeed("05.1", "--answer", "1/20") == f"{exercises.check('05.1', 0.05).message}\n"
    assert succeed("04.2", "--answer", "-3*N*lam^2*r^2/(N*lam + r)^4") == "Right.\n"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("04.9",), "number"),
        (("04.9", "--hint"), "number"),
        (("--answer", "1"), "number"),
        (("05.1", "--answer", "nan"), "answer"),
        (("05.1", "--answer", "exit()"), "answer"),
        (("01.4", "--answer", "1"), "answer"),
    ],
)
def test_refusals(words: tuple[str, ...], named: str) -> None:
    """One line that names the argument, and status 2."""
    result = run(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert f"error: {named} " in result.stderr
    assert len(result.stderr.splitlines()) == 1
