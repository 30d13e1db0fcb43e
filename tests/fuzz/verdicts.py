"""What may come of a command line or a call: each function here returns what is wrong, or None."""

import contextlib
import inspect
import io
import os
import resource
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from click.testing import CliRunner

from fieldtheory.workbench.cli import main
from tests.fuzz.calls import Call
from tests.fuzz.values import TRACE

_SECONDS = 60  # of processor time; what takes longer must have been refused
_MEMORY = 4 << 30  # bytes more than before
_LONGEST = 1000  # characters of a message
_SHELL = {"PATH": os.environ["PATH"], "COLUMNS": "100", "PYTHONUTF8": "1", "MPLBACKEND": "Agg"}
# Python's own words for a wrong call
_PYTHON = ("unexpected keyword", "missing", "takes ", "required positional", "multiple values")


class TooLong(BaseException):
    """Raised by the clock of processor time."""


@contextlib.contextmanager
def limited() -> Iterator[None]:
    """Processor time and memory end; what wants more gets TooLong or MemoryError."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooLong

    before = signal.signal(signal.SIGPROF, stop)
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    size = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (size + _MEMORY, hard))
    signal.setitimer(signal.ITIMER_PROF, _SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def fault_of_command(words: list[str]) -> str | None:
    """Of a command line in this process, whose folder is that of the command line."""
    try:
        with limited():
            result = CliRunner().invoke(main, words, env={"COLUMNS": "100"})
    except TooLong:
        return f"more than {_SECONDS} s of processor time"
    if isinstance(result.exception, TooLong):
        return f"more than {_SECONDS} s of processor time"
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return f"traceback: {result.exception!r:.500}"
    return _fault(result.exit_code, result.stdout, result.stderr)


def fault_of_process(words: list[str]) -> str | None:
    """Of a command line in a process of its own."""
    command = [sys.executable, "-m", "fieldtheory", *words]
    try:
        done = subprocess.run(
            command, capture_output=True, env=os.environ | _SHELL, timeout=4 * _SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"more than {4 * _SECONDS} s"
    return _fault(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def _fault(status: int, output: str, errors: str) -> str | None:
    lines = errors.splitlines()
    said = [line for line in lines if line.startswith("fieldtheory: error: ")]
    if "Traceback (most recent" in errors or "Traceback (most recent" in output:
        return f"traceback: {errors[-500:]}"
    if status not in (0, 2):
        return f"exit status {status}: {errors[-500:]}"
    if status == 2:
        if len(said) != 1 or lines[-1] != said[0]:
            return f"exit status 2 with {len(said)} lines of error: {errors[-500:]!r}"
        if len(said[0]) > _LONGEST:
            return f"an error of {len(said[0])} characters: {said[0][:200]}"
        if said[0].rstrip().endswith(":") or "Errno" in said[0]:
            return f"an error without words: {said[0]}"
    if any(not line.startswith(("warning: ", "fieldtheory: error: ")) for line in lines):
        return f"something else on stderr: {errors[-500:]!r}"
    return _executed()


def fault_of_call(call: Call) -> str | None:
    """Of a call of the library: ValueError or TypeError in one line that names the argument, or a result."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("ignore", UserWarning)
        try:
            with limited(), contextlib.redirect_stdout(io.StringIO()):
                _used(call.function(**call.arguments))
        except TooLong:
            return f"more than {_SECONDS} s of processor time"
        except (ValueError, TypeError, ArithmeticError, OSError) as error:
            return _fault_of_message(call, error) or _executed()
        except Exception as error:
            return f"{type(error).__name__}: {error!s:.500}"
    return _executed()


def _used(result: Any) -> None:
    """Draw from what is made on demand."""
    if inspect.isgenerator(result):
        for _, _ in zip(range(100), result, strict=False):
            pass


def _fault_of_message(call: Call, error: Exception) -> str | None:
    text = str(error)
    if isinstance(error, UnicodeError | OverflowError | ZeroDivisionError):
        return f"{type(error).__name__} of Python's own: {text[:300]}"
    if len(text.splitlines()) != 1 or len(text) > _LONGEST:
        return f"a message of {len(text.splitlines())} lines and {len(text)} characters: {text[:300]!r}"
    if any(words in text for words in _PYTHON):
        return None
    if not any(name in text or name.replace("_", " ") in text for name in call.wrong):
        return f"{type(error).__name__} names none of {', '.join(call.wrong)}: {text}"
    return None


def _executed() -> str | None:
    if Path(TRACE).exists():
        Path(TRACE).unlink()
        return "text was executed"
    return None
