"""What the README shows is what happens: its commands run, its output is right, its Python works."""

import doctest
import math
import os
import re
import shlex
import subprocess
import sysconfig
from pathlib import Path
from typing import NamedTuple

import pytest

README = Path(__file__).parents[1] / "README.md"
SKIPPED = ("make", "git clone", "cd")
ENV = os.environ | {
    "PATH": sysconfig.get_path("scripts") + os.pathsep + os.environ["PATH"],
    "MPLBACKEND": "Agg",
    "NO_COLOR": "1",
    "COLUMNS": "120",
    "PYTHONUTF8": "1",
}
NUMBER = re.compile(r"[-+−]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?", re.IGNORECASE)
DOCTEST_OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Block(NamedTuple):
    language: str
    line: int
    text: str


def read_blocks(markdown: str) -> list[Block]:
    fences = re.finditer(r"^```(\w*)[^\n]*\n(.*?)^```$", markdown, re.MULTILINE | re.DOTALL)
    return [Block(m[1], markdown.count("\n", 0, m.start(2)) + 1, m[2]) for m in fences]


BLOCKS = read_blocks(README.read_text(encoding="utf-8")) if README.exists() else []
SHELL = [pytest.param(b.text, id=f"line{b.line}") for b in BLOCKS if b.language in {"console", "bash"}]
PYTHON = [pytest.param(b, id=f"line{b.line}") for b in BLOCKS if b.language == "python"]


def read_commands(block: str) -> list[tuple[str, list[str]]]:
    """(command, lines of output shown below it); a block without `$ ` holds commands only."""
    lines = [line for line in block.replace("\\\n", " ").splitlines() if line.strip()]
    if not any(line.startswith("$ ") for line in lines):
        lines = ["$ " + line for line in lines if not line.startswith("#")]
    commands: list[tuple[str, list[str]]] = []
    for line in lines:
        if line.startswith("$ "):
            commands.append((line[2:].strip(), []))
        else:
            assert commands, f"output before the first command: {line}"
            commands[-1][1].append(line)
    return commands


def pieces(line: str) -> tuple[list[str], list[float]]:
    """The words between the numbers, and the numbers; rules and boxes count as white space."""
    words = [" ".join(re.sub("[\u2500-\u257f]", " ", word).split()) for word in NUMBER.split(line)]
    return words, [float(number.replace("−", "-")) for number in NUMBER.findall(line)]


def agree(shown: list[str], printed: list[str]) -> bool:
    """Line by line: equal words, numbers within 1 %; `...` stands for any lines, or the rest of its line."""
    if not shown:
        return not printed
    if shown[0].strip() == "...":
        return any(agree(shown[1:], printed[i:]) for i in range(len(printed) + 1))
    if not printed:
        return False
    expected, found = shown[0], printed[0]
    if expected.endswith("..."):
        expected = expected.removesuffix("...")
        found = " ".join(found.split()[: len(expected.split())])
    (words, numbers), (printed_words, printed_numbers) = pieces(expected), pieces(found)
    return (
        words == printed_words
        and all(math.isclose(a, b, rel_tol=0.01) for a, b in zip(numbers, printed_numbers, strict=True))
        and agree(shown[1:], printed[1:])
    )


def visible(text: str) -> list[str]:
    return [line for line in text.splitlines() if pieces(line) != ([""], [])]


def run(command: str, folder: Path) -> str:
    bash = ["bash", "-euo", "pipefail", "-c", command]
    result = subprocess.run(bash, env=ENV, cwd=folder, capture_output=True, encoding="utf-8", timeout=600)
    assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"
    return result.stdout


def check_options(command: str, folder: Path) -> None:
    """For a command too long to run: its subcommand and options exist."""
    program, subcommand, *arguments = shlex.split(command, comments=True)
    described = run(f"{program} {subcommand} --help", folder)
    for option in (a.partition("=")[0] for a in arguments if a.startswith("--")):
        assert re.search(re.escape(option) + r"(?![\w-])", described), f"{subcommand} has no {option}"


class NumbersAgree(doctest.OutputChecker):
    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        return super().check_output(want, got, optionflags) or agree(visible(want), visible(got))


def test_readme_has_examples() -> None:
    assert README.exists()
    assert SHELL
    assert PYTHON


@pytest.mark.parametrize("block", SHELL)
def test_commands(block: str, tmp_path: Path) -> None:
    for command, shown in read_commands(block):
        if command.startswith("fieldtheory "):
            if command.endswith("# takes minutes"):
                check_options(command, tmp_path)
                continue
            printed = run(command, tmp_path)
            if shown:
                assert agree(visible("\n".join(shown)), visible(printed)), f"{command}\nprinted\n{printed}"
        elif not re.match(rf"({'|'.join(SKIPPED)})\b", command):
            pytest.fail(f"no way to check this command: {command}")


@pytest.mark.parametrize("block", PYTHON)
def test_python(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    namespace: dict[str, object] = {"__name__": "readme"}
    if ">>>" in block.text:
        parser = doctest.DocTestParser()
        test = parser.get_doctest(block.text, namespace, "README", str(README), block.line - 1)
        report: list[str] = []
        runner = doctest.DocTestRunner(NumbersAgree(), verbose=False, optionflags=DOCTEST_OPTIONS)
        assert runner.run(test, out=report.append).failed == 0, "".join(report)
    else:
        # Empty lines in front, so that a traceback shows the README's line numbers
        exec(compile("\n" * (block.line - 1) + block.text, README, "exec"), namespace)


def test_agreement() -> None:
    """The comparison itself: numbers to 1 %, words exactly, `...` for any lines."""
    assert agree(["n  error", "...", "50 │ 0.123 ± 1e-3"], ["n error", "1 2", "50   0.1234 ± 0.001"])
    assert not agree(["50  0.123"], ["50  0.126"])
    assert not agree(["error 1"], ["bias 1"])
    assert not agree(["1"], ["1", "2"])
