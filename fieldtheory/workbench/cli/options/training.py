"""The options of a training run: a network, its data, steps and rates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from fieldtheory.workbench.cli.options.posterior import (
    DATA_OPTIONS,
    NETWORK_OPTIONS,
    SEED_OPTION,
    with_options,
)
from fieldtheory.workbench.cli.options.values import read_number

_OPTIONS = (
    *NETWORK_OPTIONS,
    *DATA_OPTIONS,
    click.option("--steps", type=int, default=100, metavar="T", help="Values of the time, the first 0."),
    click.option("--learning-rate", type=read_number, default=0.05, metavar="ETA", help="Of the descent."),
    click.option(
        "--richness", type=read_number, default=1.0, metavar="GAMMA", help="How much features are to move."
    ),
    click.option("--paths", type=int, default=4000, metavar="M", help="Of a neuron, unless it is linear."),
    click.option("--networks", type=int, default=0, metavar="R", help="Train networks too, 0: not."),
    SEED_OPTION,
)


def training_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add all of them to a command."""
    return with_options(command, _OPTIONS)
