"""500 cases in this process, half command lines, half calls, and 20 processes; `make fuzz`: thousands."""

from pathlib import Path

import pytest

from tests.fuzz.calls import FACES, RESULTS, Calls, right_calls
from tests.fuzz.command_lines import THEORY_FILE, CommandLines
from tests.fuzz.verdicts import fault_of_call, fault_of_command, fault_of_process

SEED = 20_261_127


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("part", range(5))
def test_command_lines(part: int, folder: Path) -> None:
    lines = CommandLines(SEED + part, folder)
    for number in range(50):
        words = lines.draw()
        fault = fault_of_command(words)
        assert fault is None, f"command line {number}: {words!r:.400}\n{fault}"


@pytest.mark.parametrize("part", range(5))
def test_calls(part: int, folder: Path) -> None:
    calls = Calls(SEED + part)
    for number in range(50):
        call = calls.draw()
        fault = fault_of_call(call)
        assert fault is None, f"call {number}: {call}\n{fault}"


def test_processes(folder: Path) -> None:
    lines = CommandLines(SEED, folder)
    drawn = [lines.draw() for _ in range(40)]
    possible = [words for words in drawn if not any("\0" in word for word in words)][:20]
    for words in possible:
        fault = fault_of_process([word.encode("utf-8", "replace").decode() for word in words])
        assert fault is None, f"{words!r:.400}\n{fault}"


@pytest.mark.parametrize("name", right_calls())
def test_right_calls_are_right(name: str, folder: Path) -> None:
    """The calls that are made wrong are not wrong by themselves."""
    function, arguments = right_calls()[name]
    if name == "read_theory":
        (folder / arguments["path"]).write_text(THEORY_FILE)
    function(**arguments)


@pytest.mark.parametrize("name", right_calls())
def test_each_argument(name: str, folder: Path) -> None:
    """One argument at a time is each of the objects that people pass by mistake."""
    for call in Calls(SEED).each(name):
        fault = fault_of_call(call)
        assert fault is None, f"{call}\n{fault}"


def test_every_public_name_is_called() -> None:
    called = {part for name in right_calls() for part in (name, name.split(".")[0])}
    public = {name for face in FACES for name in face.__all__}
    assert public - called == RESULTS
