"""Theories as the command line writes them: a name, and for an expansion its order, as in perturbative:2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

Theories = Mapping[str, int | None]  # highest order by name; None: not an expansion


def read_theory(text: str, theories: Theories) -> tuple[str, int | None]:
    """Name and order; ValueError for an order that is missing, out of range or not wanted.

    Whether the name is right is for the library to say, which knows the nearest one.

    >>> read_theory("perturbative:2", {"perturbative": 4}), read_theory("one-loop", {"one-loop": None})
    (('perturbative', 2), ('one-loop', None))
    """
    name, colon, written = text.partition(":")
    if name not in theories:
        return name, None
    highest = theories[name]
    if highest is None:
        if colon:
            raise ValueError(f"theory must be {name} without an order, it is not an expansion (got {text!r})")
        return name, None
    if not (written.isascii() and written.isdecimal() and int(written) <= highest):
        raise ValueError(
            f"theory must be {name}:K with the order K, an integer from 0 to {highest}, such as {name}:1 "
            f"(got {text!r})"
        )
    return name, int(written)


def one_of_theories(theories: Theories) -> dict[str, Any]:
    """Keywords for the option: completed by the shell, orders included."""
    names: list[str] = []
    for name, highest in theories.items():
        names += [name] if highest is None else [f"{name}:{order}" for order in range(1, highest + 1)]

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
        return [name for name in names if name.startswith(incomplete)]

    return {"metavar": "NAME[:ORDER]", "shell_complete": complete}


def theories_in_words(theories: Theories) -> str:
    """For the help: all names, with the orders that they take."""
    names = [name if highest is None else f"{name}:K (K ≤ {highest})" for name, highest in theories.items()]
    return f"Theory; repeatable. One of {', '.join(names)}. auto, the default, is the most accurate."
