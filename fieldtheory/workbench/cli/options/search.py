"""The options that say what an optimisation may vary: one value, a list, or an interval."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from fieldtheory.shown_value import shown
from fieldtheory.workbench.cli.options.network import ActivationOption
from fieldtheory.workbench.cli.options.values import read_integers, read_number

_REALS = {
    "weight_variance": ("W", "1", "Weight variance times fan-in."),
    "bias_variance": ("B", "0", "Bias variance."),
    "input_scale": ("S", "1", "The first layer sees S x·x', x on the unit sphere."),
    "ridge": ("V", "0", "Ridge: likelihood variance of the model."),
}
_OPTIONS = (
    click.option("--kernel", default="ntk", metavar="ntk|nngp|LIST", help="Neural tangent kernel, or NNGP."),
    click.option("--activation", cls=ActivationOption, metavar="NAME|LIST"),
    click.option(
        "--hidden-layers",
        default="1:6",
        metavar="L|A:B|LIST",
        help="Number of hidden layers; A:B: all from A to B.",
    ),
    *(
        click.option(
            f"--{name.replace('_', '-')}",
            default=default,
            metavar=f"{metavar}|A:B|LIST",
            help=text.removesuffix(".") + "; A:B: an interval." * (name == "weight_variance"),
        )
        for name, (metavar, default, text) in _REALS.items()
    ),
)


def search_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --kernel ... --ridge to a command, each a value, a list or an interval."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def searched(options: dict[str, Any]) -> dict[str, Any]:
    """What the options say, as `optimise` takes it; ValueError names the option that is refused."""
    found: dict[str, Any] = {name: read_values(name, options[name]) for name in _REALS}
    for name in ("kernel", "activation"):
        words = [word.strip() for word in options[name].split(",")]
        found[name] = words if len(words) > 1 else words[0]
    layers = read_integers("hidden_layers", options["hidden_layers"])
    found["hidden_layers"] = layers if len(layers) > 1 else layers[0]
    return found


def read_values(name: str, text: str) -> float | list[float] | tuple[float, ...]:
    """A number; numbers from "1,2,3" as a list; an interval from "a:b" as a pair. ValueError for others.

    >>> read_values("ridge", "0.1"), read_values("ridge", "1/2,1"), read_values("ridge", "0:1")
    (0.1, [0.5, 1.0], (0.0, 1.0))
    """
    interval = ":" in text
    try:
        found = [float(read_number(part)) for part in text.split(":" if interval else ",")]
    except (click.BadParameter, OverflowError):
        found = []
    if not found or (interval and len(found) != 2):
        raise ValueError(
            f"{name} must be a number, a list such as 0.1,0.5 or an interval such as 0:2 (got {shown(text)})"
        )
    return tuple(found) if interval else found if len(found) > 1 else found[0]
