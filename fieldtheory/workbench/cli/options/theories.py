"""Theories as the command line writes them: a name, and for an expansion its order, as in perturbative:2."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import CompletionItem

from fieldtheory.shown_value import shown
from replicas.theories.registry import AUTO, orders_by_theory


def read_theory(text: str) -> tuple[str, int | None]:
    """Name and order; ValueError for an order that is missing, out of range or not wanted.

    Whether the name is right is for the library to say, which knows the nearest one.

    >>> read_theory("perturbative:2"), read_theory("one-loop")
    (('perturbative', 2), ('one-loop', None))
    """
    name, colon, written = text.partition(":")
    theories = orders_by_theory()
    if name not in theories:
        return name, None
    highest = theories[name]
    if highest is None:
        if colon:
            raise ValueError(
                f"theory must be {name} without an order, it is not an expansion (got {shown(text)})"
            )
        return name, None
    if not (written.isascii() and written.isdecimal() and int(written) <= highest):
        raise ValueError(
            f"theory must be {name}:K with the order K, an integer from 0 to {highest}, such as {name}:1 "
            f"(got {shown(text)})"
        )
    return name, int(written)


class TheoryOption(click.Option):
    """An option that takes a theory; help and shell completion list what the registry holds."""

    def __init__(self, *declarations: Any, **keywords: Any) -> None:
        super().__init__(*declarations, **({"metavar": "NAME[:ORDER]", "help": "Theory."} | keywords))

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """All names, with the orders that they take."""
        names = [
            name if highest is None else f"{name}:K (K ≤ {highest})"
            for name, highest in reversed(orders_by_theory().items())
        ]
        self.help = (
            f"Theory; repeatable. One of {', '.join(names)}. {AUTO}, the default, is the most accurate."
        )
        return super().get_help_record(ctx)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The names, each with its orders."""
        names: list[str] = []
        for name, highest in orders_by_theory().items():
            names += [name] if highest is None else [f"{name}:{order}" for order in range(1, highest + 1)]
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]
