"""The group of all commands, and how it speaks of trouble: a line on stderr and a known exit status."""

from __future__ import annotations

import io
import re
import sys
import warnings
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, NoReturn, TextIO

import click

from fieldtheory.shown_value import shown

NAME = "fieldtheory"
_ERROR, _INTERRUPTED = 2, 130
# numpy.linalg.LinAlgError is a ValueError
# arguments of the library by the names of the options
_ARGUMENT = re.compile(
    r"\b(hidden_layers|weight_variance|bias_variance|input_scale|label_noise|max_degree|max_memory|q_star)\b"
)
_SHOWN, _LONGEST = 100, 900  # characters of a word, when it is much longer, and of a line
_ALLOCATION = re.compile(r"Unable to allocate ([0-9.]+ \S+) for an array")  # NumPy's words
_WORD = re.compile(r"\S{200,}")
_REFUSALS = (click.ClickException, OSError, MemoryError, ValueError, ArithmeticError)


class CommandGroup(click.Group):
    """A click group whose errors and warnings are one line each on stderr.

    Exit status: 0; 1 if a process that simulated was killed; 2 for bad usage, refused values, lack of memory
    and files that cannot be written; 130 after Ctrl-C. Errors of any other type are bugs, and keep their
    traceback.
    """

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line in `args` (default: that of the process) and exit."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")  # a terminal that lacks a letter still gets its numbers

        def show(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
            say_warnings([str(message)])

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", UserWarning)
            warnings.simplefilter("always", RuntimeWarning)
            warnings.showwarning = show
            try:
                status = super().main(args, prog_name or NAME, complete_var, standalone_mode=False, **extra)
            except click.Abort:
                status = _INTERRUPTED
            except _REFUSALS as error:
                status = say_error(_explain(error))
            except RuntimeError as error:
                if not hasattr(error, "finished"):  # WorkerDied, without the import of simulations
                    raise
                say_error(_explain(error))
                status = 1
        sys.exit(status if isinstance(status, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; after Ctrl-C, leave without a word."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise click.exceptions.Exit(_INTERRUPTED) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that `args` starts with; a wrong name is answered with the nearest right one."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            self._refuse(ctx, args[0])
        return super().resolve_command(ctx, args)

    def _refuse(self, ctx: click.Context, name: str) -> NoReturn:
        commands = self.list_commands(ctx)
        near = get_close_matches(name, commands, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        ctx.fail(f"command must be one of {', '.join(commands)} (got {shown(name)}){hint}")


def _explain(error: BaseException) -> str:
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'standard output'}: {error.strerror}"
    text = str(error)
    if isinstance(error, MemoryError):
        wanted = _ALLOCATION.search(text)
        text = text if text and not wanted else "out of memory" + (f": {wanted[1]} at once" if wanted else "")
    elif isinstance(error, ArithmeticError) and (not text or isinstance(error.args[0], int)):
        text = "a number left the range of floats, 1e-308 to 1e308: bring the values given closer to 1"
    elif not text:
        text = type(error).__name__
    return _ARGUMENT.sub(lambda found: "--" + found[0].replace("_", "-"), text)


def say_error(message: str) -> int:
    """Print the error; the exit status that goes with it."""
    _say("error", message, sys.stderr)
    return _ERROR


def say_warnings(messages: Sequence[str]) -> None:
    """Print each message on a line of its own, once in the run of a command."""
    context = click.get_current_context(silent=True)
    said = context.find_root().meta.setdefault("warnings said", set()) if context else set()
    for message in messages:
        if message not in said:
            said.add(message)
            _say("warning", message, sys.stderr)


def _say(kind: str, message: str, stream: TextIO) -> None:
    line = _WORD.sub(lambda word: word[0][:_SHOWN] + "...", " ".join(message.split()))
    line = line if len(line) <= _LONGEST else line[:_LONGEST] + "..."
    line = "".join(letter if letter.isprintable() else "�" for letter in line)
    prefix = f"{NAME}: error:" if kind == "error" else f"{kind}:"
    sys.stdout.flush()
    click.echo(f"{prefix} {line}", file=stream)
