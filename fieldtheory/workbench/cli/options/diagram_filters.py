"""Options that say which diagrams of an order are wanted: a flag for each filter of the diagram engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

# By the names of diagrams.generation.filters.FILTERS, which the listing of commands must not load
WORDS = {
    "one_particle_irreducible": "Only diagrams that no cut of a line divides.",
    "no_tadpoles": "Leave out diagrams with tadpoles.",
    "no_self_energies": "Leave out diagrams with a self-energy in any line, external ones too.",
    "on_shell": "Leave out diagrams with corrections to external lines.",
    "skeletons": "Leave out tadpoles and self-energies (of two points: keep the proper self-energies).",
}


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with a flag for each filter."""
    for name, words in reversed(WORDS.items()):
        command = click.option(f"--{name.replace('_', '-')}", name, is_flag=True, help=words)(command)
    return command
