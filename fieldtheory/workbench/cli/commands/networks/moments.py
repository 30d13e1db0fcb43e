"""`fieldtheory network moments`: what a given network makes of mean and covariance of its inputs."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

import fieldtheory as ft
from fieldtheory.workbench.cli.options.budget import budget_options
from fieldtheory.workbench.cli.options.moments import given_network, moments_options
from fieldtheory.workbench.cli.options.output import output_options
from fieldtheory.workbench.cli.printing.results import hand_over
from fieldtheory.workbench.output_files import require_writable

_EXAMPLES = """\b
Examples:
  fieldtheory network moments --weights net.npz --activation relu --input-covariance 0.5
  fieldtheory network moments --weights net.npz --activation gelu --input-mean mean.npy \\
      --input-covariance covariance.npy --order gaussian --order edgeworth --sample 100000"""


@click.command("moments", epilog=_EXAMPLES, short_help="Mean and covariance of outputs for random inputs.")
@moments_options
@output_options
@budget_options
def moments_command(**options: Any) -> None:
    """Uncertainty through a given network: mean and covariance of its outputs for Gaussian inputs.

    With Gaussian pre-activations, or with their third and fourth cumulants; by sampling beside them.
    """
    require_writable(options["files"])
    network = given_network(options)
    if options["sample"] < 0:
        raise ValueError(f"sample must be 0, or how many inputs to draw (got {options['sample']})")
    parts = (network.weights, network.biases, network.activation, network.mean, network.covariance)
    spreads: dict[str, Any] = {
        "weight_variances": network.weight_variances,
        "bias_variances": network.bias_variances,
    }
    orders = tuple(dict.fromkeys(options["orders"] or ("gaussian",)))
    found = {order: ft.propagate_moments(*parts, order=order, **spreads) for order in orders}
    sampling = None
    if options["sample"]:
        sampling = ft.sample_moments(*parts, options["sample"], options["seed"], **spreads)
    from fieldtheory.workbench.cli.results.moments import MomentsResult

    settings = {name: str(options[name]) for name in ("weights", "activation", "input_mean")}
    settings |= {name: str(options[name]) for name in ("input_covariance", "sample", "seed")}
    result = MomentsResult(f"{options['activation']}, {options['weights'].name}", found, sampling, settings)
    hand_over(result, options, partial(_print, result))


def _print(result: Any) -> None:
    from fieldtheory.workbench.cli.printing.moments import print_moments

    print_moments(result)
