"""The options --formula and --format of `fieldtheory flow`: equations instead of numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from fieldtheory.arguments import require_choice
from fieldtheory.shown_value import shown
from fieldtheory.workbench.cli.options.values import one_of

FORMATS = ("text", "latex")


def formula_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --formula and --format to a command."""
    command = click.option("--format", "language", **one_of(FORMATS), help="Of --formula. Default: text.")(
        command
    )
    return click.option("--formula", is_flag=True, help="Print the equations of the flow, and stop.")(command)


def require_format(options: dict[str, Any]) -> None:
    """Refuse a format that is unknown or has nothing to format, and --formula with what needs numbers."""
    if options["language"] is not None:
        require_choice("format", options["language"], FORMATS)
        if not options["formula"]:
            raise ValueError(f"format must only be given with --formula (got {shown(options['language'])})")
    if options["formula"] and (options["files"] or options["as_json"]):
        given = "--out" if options["files"] else "--json"
        raise ValueError(f"formula must be printed: give --format text or latex instead of {given}")
