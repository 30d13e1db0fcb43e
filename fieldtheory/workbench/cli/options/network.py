"""The options that say which network a command is about, and the kernel made from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from click.shell_completion import CompletionItem

import fieldtheory as ft
from fieldtheory.activations.by_name import ACTIVATIONS, parameters
from fieldtheory.arguments import require_choice
from fieldtheory.workbench.cli.options.values import one_of, read_number

KERNELS = ("ntk", "nngp")


class ActivationOption(click.Option):
    """An option that takes an activation; help and shell completion list what the registry holds."""

    def __init__(self, *declarations: Any, **keywords: Any) -> None:
        defaults = {"default": "relu", "help": "Of all hidden layers", "metavar": "NAME"}
        super().__init__(*declarations, **(defaults | keywords))

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The option with all names, and those that take a number."""
        record = super().get_help_record(ctx)
        if record is None:
            return None
        numbers = ", ".join(f"{name}:{parameter.upper()}" for name, parameter in parameters().items())
        said, bracket, default = record[1].partition("  [")
        return record[0], f"{said}: {', '.join(ACTIVATIONS)}; {numbers}.{bracket}{default}"

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The names that begin like this."""
        return [CompletionItem(name) for name in ACTIVATIONS if name.startswith(incomplete)]


_OPTIONS = (
    click.option("--kernel", **one_of(KERNELS), default="ntk", help="Neural tangent kernel, or NNGP."),
    click.option("--activation", cls=ActivationOption),
    click.option("--hidden-layers", type=int, default=3, metavar="L", help="Number of hidden layers."),
    click.option(
        "--weight-variance", type=read_number, default=1.0, metavar="W", help="Weight variance times fan-in."
    ),
    click.option("--bias-variance", type=read_number, default=0.0, metavar="B", help="Bias variance."),
    click.option(
        "--input-scale",
        type=read_number,
        default=1.0,
        metavar="S",
        help="The first layer sees S x·x', x on the unit sphere; 1/D is the usual fan-in scaling.",
    ),
    click.option("--dim", type=int, required=True, metavar="D", help="Dimension of the inputs, on S^{D-1}."),
)
_FREE_DIM = click.option("--dim", type=int, metavar="D", help="Dimension of the inputs, on S^{D-1}.")


def network_options(command: Callable[..., Any], require_dim: bool = True) -> Callable[..., Any]:
    """Add the options --kernel ... --dim to a command; `require_dim`: it never runs without the last."""
    for option in reversed(_OPTIONS if require_dim else (*_OPTIONS[:-1], _FREE_DIM)):
        command = option(command)
    return command


def layer_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of the network alone, --activation ... --input-scale, to a command."""
    for option in reversed(_OPTIONS[1:-1]):
        command = option(command)
    return command


def kernel_of(options: dict[str, Any]) -> ft.ZonalKernel:
    """The kernel that the values of the network options describe; ValueError for those it refuses."""
    kind = require_choice("kernel", options["kernel"], KERNELS)
    network = ft.FullyConnected(
        options["hidden_layers"],
        options["activation"],
        weight_variance=options["weight_variance"],
        bias_variance=options["bias_variance"],
        input_scale=options["input_scale"],
    )
    return network.ntk() if kind == "ntk" else network.nngp()


def network_settings(options: dict[str, Any]) -> dict[str, Any]:
    """The network options as plain values, for JSON."""
    settings = {name: options[name] for name in ("kernel", "activation", "hidden_layers")}
    settings |= {name: float(options[name]) for name in ("weight_variance", "bias_variance", "input_scale")}
    return settings | {"dim": options["dim"]}
