"""`fieldtheory network`: networks while they are trained, what their data and their inputs do to them."""

from __future__ import annotations

import click

from fieldtheory.workbench.cli.commands.networks.dynamics import dynamics_command
from fieldtheory.workbench.cli.commands.networks.moments import moments_command
from fieldtheory.workbench.cli.commands.networks.variability import variability_command
from fieldtheory.workbench.cli.root import CommandGroup

_EXAMPLES = """\b
Examples:
  fieldtheory network dynamics --activation linear --hidden-layers 2 --input-scale 1/8 \\
      --data points.csv --label y --steps 100 --richness 1.5
  fieldtheory network variability --dim 50 --mean 0.4 --ridge 1 --n 5:500:9
  fieldtheory network moments --weights net.npz --activation relu --input-covariance 0.5"""


@click.group(
    "network",
    cls=CommandGroup,
    commands=(dynamics_command, variability_command, moments_command),
    epilog=_EXAMPLES,
    invoke_without_command=True,
    short_help="Networks: training, random data sets, random inputs.",
)
@click.pass_context
def network_command(context: click.Context) -> None:
    """Networks on given data.

    dynamics: gradient descent, from lazy training to rich. variability: what random data sets do to a kernel.
    moments: what a given network makes of random inputs.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
