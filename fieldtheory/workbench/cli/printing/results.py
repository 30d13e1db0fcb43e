"""What every command that computes does at its end: files first, then JSON or a table, then warnings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from fieldtheory.workbench.cli.results.result import Result, write_result
from fieldtheory.workbench.cli.root import say_warnings
from fieldtheory.workbench.records import json_text


def hand_over(result: Result, options: dict[str, Any], print_table: Callable[[], None]) -> None:
    """Write the files of --out; then, even if one can't be, JSON or the table; then warnings."""
    try:
        for path in options["files"]:
            write_result(result, path)
    finally:
        if options["as_json"]:
            click.echo(json_text(result.to_dict()))
        else:
            if not options["quiet"]:
                print_table()
            _print_notes(result.references, options)
        say_warnings(result.warnings)


def _print_notes(references: Sequence[str], options: dict[str, Any]) -> None:
    if not references and not options["files"]:
        return
    from fieldtheory.workbench.cli.printing.tables import print_files, print_references

    if options["references"] or not options["quiet"]:
        print_references(references, options["references"])
    if not options["quiet"]:
        print_files(options["files"])
