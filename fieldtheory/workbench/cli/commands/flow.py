"""`fieldtheory flow`: how parameters run, with the cut-off degree of a kernel or with depth."""

from __future__ import annotations

import click

from fieldtheory.workbench.cli.commands.flows.depth import depth_command
from fieldtheory.workbench.cli.commands.flows.wilson import wilson_command
from fieldtheory.workbench.cli.root import CommandGroup

_EXAMPLES = """\b
Examples:
  fieldtheory flow wilson --dim 20 --n 100,1000 --ridge 0.01
  fieldtheory flow wilson --formula
  fieldtheory flow depth --activation tanh --critical --bias-variance 0.05"""


@click.group(
    "flow",
    cls=CommandGroup,
    commands=(wilson_command, depth_command),
    epilog=_EXAMPLES,
    invoke_without_command=True,
    short_help="Renormalisation: flow with cut-off or with depth.",
)
@click.pass_context
def flow_command(context: click.Context) -> None:
    """Renormalisation-group flows.

    wilson: what modes that cannot be learnt do to those that can. depth: random networks, layer by layer.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
