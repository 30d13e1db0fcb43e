"""`fieldtheory regimes`: training regimes, and the data behind them."""

from __future__ import annotations

import click

from fieldtheory.workbench.cli.commands.training_regimes.capacity import capacity_command
from fieldtheory.workbench.cli.commands.training_regimes.data import data_command
from fieldtheory.workbench.cli.commands.training_regimes.jamming import jamming_command
from fieldtheory.workbench.cli.commands.training_regimes.lazy import lazy_command
from fieldtheory.workbench.cli.commands.training_regimes.parameters import parameters_command
from fieldtheory.workbench.cli.commands.training_regimes.stability import stability_command
from fieldtheory.workbench.cli.root import CommandGroup

_COMMANDS = (
    capacity_command,
    jamming_command,
    parameters_command,
    lazy_command,
    stability_command,
    data_command,
)
_EXAMPLES = """\b
Examples:
  fieldtheory regimes capacity --load 0.2:1.8:9 --simulate 12
  fieldtheory regimes data --gain 3 --correlation 0.5
  fieldtheory regimes lazy --widths 64,256 --scales 0.03:10:6
  fieldtheory regimes parameters --data digits --widths 100:3200:6
  fieldtheory regimes stability --function laplace --cutoff 3 --temperature 0.002"""


@click.group(
    "regimes",
    cls=CommandGroup,
    commands=_COMMANDS,
    epilog=_EXAMPLES,
    invoke_without_command=True,
    short_help="Training regimes, and data that is not Gaussian.",
)
@click.pass_context
def regimes_command(context: click.Context) -> None:
    """Solvable references of training regimes.

    capacity: what a perceptron stores. jamming: how many parameters a network needs. parameters: how the
    error falls with their number. lazy: how much networks change while they learn. stability: functions of
    images under deformations. data: cumulants of data that is not Gaussian.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
