"""The program `fieldtheory`."""

from __future__ import annotations

import click

import fieldtheory
from fieldtheory.workbench.cli.commands.table import COMMANDS
from fieldtheory.workbench.cli.root import NAME, CommandGroup

_EXAMPLES = """\b
Examples:
  fieldtheory curve --dim 50 --target 1:1,2:1 --n 50:2000:8
  fieldtheory spectrum --dim 50 --max-degree 6
  fieldtheory derive phi4 --external 2 --loops 2

Every command has its own --help."""


@click.group(
    name=NAME,
    cls=CommandGroup,
    commands=COMMANDS,
    epilog=_EXAMPLES,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True, "max_content_width": 110},
)
@click.version_option(fieldtheory.__version__, prog_name=NAME, message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context) -> None:
    """Field theory of neural networks: learning curves and spectra of wide networks, and Feynman diagrams."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
