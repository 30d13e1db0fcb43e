"""The option --out of commands that write figures or data, and what it refuses before they compute."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

SUFFIXES = (".svg", ".png", ".pdf", ".json", ".csv")

out_option = click.option(
    "--out",
    "files",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Write a figure (.svg .png .pdf) or data (.json .csv); repeatable.",
)


def require_writable(paths: Iterable[Path]) -> None:
    """Refuse now what would fail after the computation."""
    for path in paths:
        if path.suffix.lower() not in SUFFIXES:
            raise ValueError(f"out must be a file that ends in {', '.join(SUFFIXES)} (got {str(path)!r})")
        if path.is_dir():
            raise ValueError(f"out must be a file (got the folder {str(path)!r})")
        if not path.parent.is_dir():
            raise ValueError(f"out must be in a folder that exists (got {str(path)!r})")
