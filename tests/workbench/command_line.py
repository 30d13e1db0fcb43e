"""How the tests call the program: in this process, stdout and stderr apart; or what a fresh one loads."""

import subprocess
import sys
from collections.abc import Callable

from click.testing import CliRunner, Result

from fieldtheory.workbench.cli import main


def command_line(*first: str) -> tuple[Callable[..., Result], Callable[..., str]]:
    """Functions of the words after `first`: run, and succeed, whose result is stdout when nothing is said."""

    def run(*words: str, columns: int = 80) -> Result:
        return CliRunner().invoke(main, [*first, *words], env={"COLUMNS": str(columns)})

    def succeed(*words: str, columns: int = 80) -> str:
        result = run(*words, columns=columns)
        assert result.exit_code == 0, result.output
        assert result.stderr == ""
        return result.stdout

    return run, succeed


def completions(*words: str) -> list[str]:
    """What bash is offered for the last word."""
    written = {"COMP_WORDS": " ".join(["fieldtheory", *words]), "COMP_CWORD": str(len(words))}
    found = CliRunner().invoke(main, [], env=written | {"_FIELDTHEORY_COMPLETE": "bash_complete"})
    return found.stdout.split()


def process(*words: str) -> tuple[list[str], set[str]]:
    """What a fresh process prints, by lines, and the modules that it holds at the end."""
    code = (
        "import sys\nfrom fieldtheory.workbench.cli import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "print(*sys.modules)"
    )
    command = [sys.executable, "-c", code, *words]
    *lines, loaded = subprocess.check_output(command, text=True, encoding="utf-8").splitlines()
    return lines, set(loaded.split())
