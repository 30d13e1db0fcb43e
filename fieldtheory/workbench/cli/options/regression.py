"""The options that say which regression a command is about, and the spectrum and target made from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

import fieldtheory as ft
from fieldtheory.workbench.cli.options.values import read_number, read_target

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


def regression_options(command: Callable[..., Any], sizes: str, require_target: bool) -> Callable[..., Any]:
    """Add --target, --ridge, --label-noise, --n (default `sizes`) and --max-degree to a command."""
    target = click.option(
        "--target",
        required=require_target,
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


def noise_settings(options: dict[str, Any]) -> dict[str, float]:
    """Ridge and label noise as plain numbers."""
    return {name: float(options[name]) for name in ("ridge", "label_noise")}


def target_of(options: dict[str, Any]) -> ft.Target | None:
    """The target, None for none."""
    return None if options["target"] is None else read_target(options["target"], options["dim"])


def target_settings(target: ft.Target | None) -> dict[str, Any]:
    """The powers of the target by degree, for JSON."""
    powers = None if target is None else {str(degree): power for degree, power in target.powers.items()}
    return {"target": powers}


def spectrum_of(kernel: ft.ZonalKernel, target: ft.Target | None, options: dict[str, Any]) -> ft.Spectrum:
    """Up to --max-degree; without it, as far as the tail acts as ridge and the target has power."""
    dim, highest = options["dim"], options["max_degree"]
    spectrum = kernel.spectrum(dim, highest)
    if highest is None and target is not None and target.max_degree > spectrum.max_degree:
        return kernel.spectrum(dim, target.max_degree)
    return spectrum
