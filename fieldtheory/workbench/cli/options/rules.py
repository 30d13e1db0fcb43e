"""The options of coarse-graining rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from fieldtheory.arguments import require_choice
from fieldtheory.shown_value import shown
from fieldtheory.workbench.cli.options.values import one_of, read_number

if TYPE_CHECKING:
    from renormalization.real_space.rules import Rule

BEST = "best"
RULES = ("decimation", "majority", "plurality", "soft")
SHOWN = "decimation[:SITE]|majority[:SITE,...]|plurality|soft:W,W,..."

ties_option = click.option(
    "--ties", **one_of(("random", "first")), default="random", help="Of majority and plurality."
)
VALUES_OPTION = click.option("--values", type=int, default=2, metavar="M", help="Values of the best rule.")


def read_rule(text: str, states: Sequence[int], ties: str) -> Rule:
    """The rule of a name, with numbers, for variables with so many states.

    >>> read_rule("majority:0,1,2", (2, 2, 2, 2), "random").table[:3, 0]
    array([1., 1., 1.])
    """
    from renormalization.real_space.rules import Rule

    name, _, numbers = text.partition(":")
    name, shape = require_choice("rule", name, (*RULES, BEST)), tuple(states)
    if len(set(shape)) > 1:
        raise ValueError(
            f"rule must be best for variables with different numbers of states (got {shown(text)})"
        )
    sites, q = len(shape), shape[0]
    if name == "soft":
        return Rule.soft([float(read_number(part)) for part in numbers.split(",")])
    places = [_place(part, text) for part in numbers.split(",")] if numbers else []
    if name == "decimation" and len(places) <= 1:
        return Rule.decimation(sites, keep=places[0] if places else 0, states=q)
    if name == "majority":
        return Rule.majority(sites, of=places or None, ties=ties)
    if name == "plurality" and not places:
        return Rule.plurality(sites, q, ties=ties)
    raise ValueError(f"rule must be of {SHOWN} (got {shown(text)})")


def _place(part: str, text: str) -> int:
    if not (part.isascii() and part.isdecimal() and len(part) < 10):
        raise ValueError(f"rule must name sites of a group by their numbers, from 0 on (got {shown(text)})")
    return int(part)
