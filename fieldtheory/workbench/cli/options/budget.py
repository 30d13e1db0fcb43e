"""The options that lift the limits of a command: --max-time and --max-memory."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from fieldtheory.budgets import budget

_UNITS = {
    "memory": {"": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12},
    "time": {"": 1.0, "s": 1.0, "min": 60.0, "h": 3600.0},
}
_EXAMPLES = {"memory": "8GB", "time": "600 or 10min"}
_OPTIONS = (
    click.option("--max-time", metavar="TIME", help="Refuse what looks longer, in s, min or h. Default: 1h."),
    click.option(
        "--max-memory",
        metavar="SIZE",
        help="Refuse what looks larger, such as 8GB. Default: 80 % of what is available.",
    ),
)


def budget_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --max-time and --max-memory to a command, which hold while it runs; large estimates are said."""

    @wraps(command)
    def run(*arguments: Any, max_time: str | None, max_memory: str | None, **options: Any) -> Any:
        limits = {
            f"max_{kind}": None if text is None else read_quantity(kind, text)
            for kind, text in (("time", max_time), ("memory", max_memory))
        }
        with budget(**limits, say=_say):
            return command(*arguments, **options)

    found: Callable[..., Any] = run
    for option in reversed(_OPTIONS):
        found = option(found)
    return found


def read_quantity(kind: str, text: str) -> float:
    """Seconds or bytes from text; ValueError for anything else.

    >>> read_quantity("time", "10min"), read_quantity("memory", "1.5 GB"), read_quantity("memory", "8e9")
    (600.0, 1500000000.0, 8000000000.0)
    """
    found = re.fullmatch(r"\s*([0-9.]+(?:e[+-]?[0-9]+)?)\s*([a-z]*)\s*", text.lower())
    try:
        if found:
            return float(found[1]) * _UNITS[kind][found[2]]
    except (ValueError, KeyError):
        pass
    raise ValueError(f"max_{kind} must be such as {_EXAMPLES[kind]} (got {text!r})")


def _say(sentence: str) -> None:
    click.echo(f"estimate: {sentence}", err=True)
