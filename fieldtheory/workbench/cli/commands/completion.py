"""`fieldtheory completion`: the script with which a shell completes the command line."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from fieldtheory.workbench.cli.root import NAME

_INSTALL = {
    "bash": f'add to ~/.bashrc:  eval "$({NAME} completion bash)"',
    "zsh": f'add to ~/.zshrc, after compinit:  eval "$({NAME} completion zsh)"',
    "fish": f"run once:  {NAME} completion fish > ~/.config/fish/completions/{NAME}.fish",
}
_EPILOG = "\b\n" + "\n".join(f"{shell}: {text}" for shell, text in _INSTALL.items())


@click.command("completion", epilog=_EPILOG, short_help="Completion script for a shell.")
@click.argument("shell", type=click.Choice(tuple(_INSTALL)))
@click.pass_context
def completion_command(context: click.Context, shell: str) -> None:
    """Print the completion script for bash, zsh or fish."""
    kind = get_completion_class(shell)
    assert kind is not None
    program = context.find_root().command
    variable = f"_{NAME.upper()}_COMPLETE"
    complete = kind(program, {}, NAME, variable)
    # The template itself: source() would first look for a bash to ask for its version
    script = complete.source_template % complete.source_vars()
    click.echo(f"{script.strip()}\n\n# To install, {_INSTALL[shell]}")
