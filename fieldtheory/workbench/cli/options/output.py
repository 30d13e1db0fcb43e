"""The options that say what becomes of a result: --out, --json, --quiet and --references."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON with all results instead of the table."
)
references_option = click.option(
    "--references", is_flag=True, help="List the papers behind the numbers, instead of their count."
)
_OPTIONS = (
    click.option(
        "--out",
        "files",
        type=click.Path(path_type=Path),
        multiple=True,
        metavar="FILE",
        help="Write a figure (.svg .png .pdf) or data (.json .csv); repeatable.",
    ),
    json_option,
    click.option(
        "-q", "--quiet", is_flag=True, help="Print no table; warnings and errors still go to stderr."
    ),
    references_option,
)


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --out, --json, --quiet and --references to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
