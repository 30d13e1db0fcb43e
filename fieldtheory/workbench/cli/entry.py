"""The program `fieldtheory` and the list of its commands."""

from __future__ import annotations

import click

import fieldtheory
from fieldtheory.workbench.cli.commands.completion import completion_command
from fieldtheory.workbench.cli.commands.curve import curve_command
from fieldtheory.workbench.cli.commands.derive import derive_command
from fieldtheory.workbench.cli.commands.flow import flow_command
from fieldtheory.workbench.cli.commands.spectrum import spectrum_command
from fieldtheory.workbench.cli.program import PROGRAM, Program

_EXAMPLES = """\b
Examples:
  fieldtheory curve --dim 50 --target 1:1,2:1 --n 50:2000:8
  fieldtheory spectrum --dim 50 --max-degree 6
  fieldtheory derive phi4 --external 2 --loops 2

Every command has its own --help."""


@click.group(
    name=PROGRAM,
    cls=Program,
    epilog=_EXAMPLES,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True, "max_content_width": 110},
)
@click.version_option(fieldtheory.__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context) -> None:
    """Field theory of neural networks: learning curves and spectra of wide networks, and Feynman diagrams."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for _command in (curve_command, spectrum_command, derive_command, flow_command, completion_command):
    main.add_command(_command)
