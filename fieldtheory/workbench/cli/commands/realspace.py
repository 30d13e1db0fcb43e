"""`fieldtheory realspace`: coarse-graining of lattice models."""

from __future__ import annotations

import click

from fieldtheory.workbench.cli.commands.real_space.couplings import couplings_command
from fieldtheory.workbench.cli.commands.real_space.layers import layers_command
from fieldtheory.workbench.cli.commands.real_space.map import map_command
from fieldtheory.workbench.cli.commands.real_space.maze import maze_command
from fieldtheory.workbench.cli.commands.real_space.rsmi import rsmi_command
from fieldtheory.workbench.cli.commands.real_space.strip import strip_command
from fieldtheory.workbench.cli.root import CommandGroup

_COMMANDS = (rsmi_command, layers_command, couplings_command, map_command, strip_command, maze_command)
_EXAMPLES = """\b
Examples:
  fieldtheory realspace rsmi --shape 6x6 --coupling 0.3 --block 2,2:3,3 --rule majority
  fieldtheory realspace map --map migdal-kadanoff --states 3 --dim 3
  fieldtheory realspace strip --width 3,4,5,6 --states 3"""


@click.group(
    "realspace",
    cls=CommandGroup,
    commands=_COMMANDS,
    epilog=_EXAMPLES,
    invoke_without_command=True,
    short_help="Renormalisation in real space: rules, layers, couplings, maps.",
)
@click.pass_context
def realspace_command(context: click.Context) -> None:
    """Lattice models, coarse-grained exactly.

    rsmi: information that a rule keeps, and the best rule. layers: what each layer of rules keeps.
    couplings: the effective Hamiltonian of coarse variables. map: fixed points and exponents of
    renormalisation-group maps. strip: critical points from strips. maze: what shallow networks miss of
    critical mazes.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
