"""Equations of a flow instead of numbers."""

from __future__ import annotations

from typing import Any, Protocol

import click


class Formula(Protocol):
    """What can be written in either format."""

    def __str__(self) -> str: ...

    def latex(self) -> str:
        """For LaTeX."""
        ...


def print_formula(formula: Formula, options: dict[str, Any], legend: str) -> None:
    """`legend`: what the symbols are, for people only."""
    if options["language"] == "latex":
        click.echo(formula.latex())
    else:
        click.echo(f"{formula}\n\n{legend}")
