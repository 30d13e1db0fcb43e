"""The options that say which regression a command is about, and what is made from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import click

import fieldtheory as ft
from fieldtheory.workbench.cli.options.network import kernel_of, network_settings
from fieldtheory.workbench.cli.options.values import read_number, read_sizes, read_target

_NOISE = (
    click.option(
        "--ridge", type=read_number, default=0.0, metavar="V", help="Ridge: likelihood variance of the model."
    ),
    click.option(
        "--label-noise",
        type=read_number,
        default=0.0,
        metavar="V",
        help="Variance of the noise in the labels.",
    ),
)
_MAX_DEGREE = click.option(
    "--max-degree",
    type=int,
    metavar="M",
    help="Highest degree of the spectrum; the rest acts as ridge. Default: enough for that.",
)


def regression_options(
    command: Callable[..., Any], sizes: str, require_target: bool, or_data: bool = False
) -> Callable[..., Any]:
    """Add --target, --ridge, --label-noise, --n (default `sizes`) and --max-degree to a command.

    `or_data`: the command sees to it itself that there is a target, or a data set.
    """
    target = click.option(
        "--target",
        required=require_target and not or_data,
        metavar="TEXT",
        help="Squared norm by degree, 1:1,2:0.5, or a polynomial in x1 ... xD, such as 'x1*x2 + x1**3'."
        + ("" if require_target else " Default: none."),
    )
    n = click.option(
        "--n",
        "sizes",
        default=sizes,
        metavar="A:B:K|LIST",
        help="Training-set sizes: K values from A to B, log-spaced, or a list such as 50,100.",
    )
    for option in reversed((target, *_NOISE, n, _MAX_DEGREE)):
        command = option(command)
    return command


class Regression(NamedTuple):
    """What the options describe; `settings`: network, target, ridge and noise as plain values, for JSON."""

    kernel: ft.ZonalKernel
    spectrum: ft.Spectrum
    target: ft.Target | None
    sizes: list[int]
    noise: dict[str, float]
    settings: dict[str, Any]


def regression_of(options: dict[str, Any]) -> Regression:
    """The kernel and its spectrum, target, sizes, ridge and label noise; ValueError for what is refused.

    The spectrum ends at --max-degree; without it, where the rest acts as ridge and the target has no power.
    """
    sizes, dim, highest = read_sizes(options["sizes"]), options["dim"], options["max_degree"]
    kernel = kernel_of(options)
    target = None if options["target"] is None else read_target(options["target"], dim)
    spectrum = kernel.spectrum(dim, highest)
    if highest is None and target is not None and target.max_degree > spectrum.max_degree:
        spectrum = kernel.spectrum(dim, target.max_degree)
    noise = {name: float(options[name]) for name in ("ridge", "label_noise")}
    powers = None if target is None else {str(degree): power for degree, power in target.powers.items()}
    settings = network_settings(options) | {"target": powers} | noise | {"max_degree": spectrum.max_degree}
    return Regression(kernel, spectrum, target, sizes, noise, settings)
